"""What a game gets back is typed exactly: strict checking reads this file, and the game in it is played."""

from pathlib import Path
from typing import Any, assert_type

from arena.game import Allocation, Choice, Message, Number, Ranking, Table
from arena.library import read_game
from tests.support import finished

AGENTS = 2


async def play(table: Table) -> dict[str, float]:
    """Ask for each kind of answer once; the checker would refuse any other type here."""
    first, second = assert_type(table.agents, tuple[str, ...])
    number = assert_type(await table.ask(first, "number", Number(0, 9)), int)
    choice = assert_type(await table.ask(first, "choice", Choice("a", "b")), str)
    split = assert_type(await table.ask(first, "split", Allocation({"x": 2})), dict[str, int])
    order = assert_type(await table.ask(first, "order", Ranking("a", "b")), list[str])
    words = assert_type(await table.ask(first, "words", Message(9)), str)
    bids = assert_type(await table.ask_all([first, second], "bid", Number(0, 9)), dict[str, int])
    votes = assert_type(
        await table.ask_all(table.agents, "vote", {first: Choice(second), second: Choice(first)}), dict[str, str]
    )
    card = assert_type(table.deal(first, "card", Number(0, 9)), int)
    said = assert_type(await table.talk(), list[tuple[str, str]])
    told = assert_type(await table.announce("card", first), dict[str, Any])
    who = assert_type(table.network("ring"), dict[str, list[str]])
    kinds = [number, choice, split, order, words, bids, votes, card, said, told, who]
    table.facts["types"] = [type(value).__name__ for value in kinds]
    return {first: number, second: len(choice)}


def test_answers_have_the_types_the_checker_promises() -> None:
    match = finished(read_game(Path(__file__), "built-in"))
    kinds = "int str dict list str dict dict int list dict dict"
    assert match.facts["types"] == kinds.split()

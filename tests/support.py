"""What several tests share: small games written on the spot, and agents that say what they are told to."""

import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from arena.agent import Reply
from arena.drive import play_plain
from arena.library import Game, read_game
from arena.match import Match
from arena.turn import Turn

HEAD = '''"""{doc}"""
from arena.game import Allocation, Choice, Message, Number, Ranking, Table

AGENTS = {agents!r}
{more}

async def play(table: Table, size: int = 10):
{body}
'''


def write_game(
    folder: Path,
    body: str,
    name: str = "small",
    agents: Any = 2,
    doc: str = "Rules.",
    more: str = "",
    *,
    trusted: bool = True,
) -> Game:
    """A game file whose `play` has this body, read as a built-in one or as anybody's."""
    indented = "\n".join("    " + line for line in body.strip("\n").splitlines())
    source = HEAD.format(doc=doc, agents=agents, more=more, body=indented)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(source)
    return read_game(path, "built-in" if trusted else "user")


class Does:
    """An agent that calls a function with each turn."""

    def __init__(self, function: Callable[[Turn], Reply]) -> None:
        self._function = function

    def act(self, turn: Turn) -> Reply:
        return self._function(turn)


class Says:
    """An agent that gives its replies in order, and silence, decline or a random legal answer after them."""

    def __init__(self, *replies: Reply) -> None:
        self.left = list(replies)

    def act(self, turn: Turn) -> Reply:
        return self.left.pop(0) if self.left else legal(turn)


def legal(turn: Turn) -> Reply:
    """Silence to a message, `decline` to an announcement, a random legal answer to a decision."""
    if turn.ask.kind == "message":
        return ""
    if turn.ask.kind == "announce":
        return "decline"
    return {turn.ask.key: turn.ask.spec.sample(turn.rng)}


def finished(game: Game, agents: Mapping[str, Any] | None = None, seed: int = 0, **options: Any) -> Match:
    """A match played to its end; seats without an agent answer legally at random."""
    match = Match(game, seed=seed, **options)
    given = agents or {}
    play_plain(match, {seat: given.get(seat, Does(legal)) for seat in match.seats})
    return match


def dangerous(text: str, *, lines: bool = False) -> list[str]:
    """The characters of a text that a terminal obeys or hides; with `lines`, line ends may stay."""
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return [char for char in text if unicodedata.category(char) in kinds and not (lines and char == "\n")]

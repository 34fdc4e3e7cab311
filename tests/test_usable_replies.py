"""How usable replies were: answers at the first try, and messages with acts that were taken."""

from pathlib import Path
from typing import Any

from arena.conduct import summary
from arena.drive import play_plain
from arena.match import Match
from arena.record import record
from arena.turn import Turn
from tests.support import write_game

TALK = """
a, b = table.agents
await table.talk(a, b)
await table.talk(a, b, about={"price": Number(0, 9)})
await table.talk(a, b)
return {a: 0, b: 0}
"""
ASK = """
a, b = table.agents
for _ in range(3):
    await table.ask(a, "n", Number(0, 9))
await table.talk(a)
return {a: 0, b: 0}
"""


class Replies:
    """Gives these replies in turn."""

    def __init__(self, *replies: Any) -> None:
        self.replies = iter(replies)

    def act(self, turn: Turn) -> Any:
        assert turn.ask
        return next(self.replies)


def counts(match: Match, *agents: Replies) -> list[dict[str, int]]:
    play_plain(match, dict(zip(match.seats, agents, strict=True)))
    return list(summary(record(match)).values())


def test_acts_are_offered_from_where_there_is_something_they_can_be_about(tmp_path: Path) -> None:
    good, bad = {"claim": {"price": 3}}, {"claim": {"price": 99}}
    first = Replies(
        {"say": "One.", "acts": [good]}, {"say": 2}, {"say": "Two.", "acts": [bad, good]}, {"say": "Three."}
    )
    one, two = counts(Match(write_game(tmp_path, TALK)), first, Replies("", "Only this.", ""))
    names = ("messages", "offered", "acted", "replies", "first_try", "act_errors")
    assert [one[name] for name in names] == [3, 2, 1, 3, 2, 2]
    assert [two[name] for name in names] == [1, 1, 0, 3, 3, 0]


def test_no_acts_are_offered_where_they_are_off(tmp_path: Path) -> None:
    says = [Replies("One.", "Two.", "Three.") for _ in range(2)]
    one, two = counts(Match(write_game(tmp_path, TALK), acts="off"), *says)
    assert (one["messages"], one["offered"], two["offered"]) == (3, 0, 0)


def test_what_a_stand_in_says_is_nobodys_reply(tmp_path: Path) -> None:
    one, two = counts(Match(write_game(tmp_path, ASK)), Replies(4, "no", "idea", "at all"), Replies())
    assert (one["replies"], one["first_try"]) == (1, 0)
    assert (two["replies"], two["first_try"]) == (0, 0)

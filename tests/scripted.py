"""What the tests of conduct share: agents that say and do what a list says, and the cells of a record."""

import json
from typing import Any

from arena.agent import Reply
from arena.conduct import summary
from arena.library import Game
from arena.record import record
from arena.turn import Turn
from tests.support import finished, legal


class Scripted:
    """Answers each key from its list, in order, and legally at random, silent or declining when that is empty.

    `say` holds the acts of its messages, `announce_KEY` what it announces.
    """

    def __init__(self, **answers: list[Any]) -> None:
        self.left = {key: list(values) for key, values in answers.items()}

    def act(self, turn: Turn) -> Reply:
        key = "say" if turn.ask.kind == "message" else turn.ask.key
        if turn.ask.kind == "announce":
            key = f"announce_{key}"
        if not self.left.get(key):
            return legal(turn)
        value = self.left[key].pop(0)
        if turn.ask.kind == "message":
            return {"say": "", "acts": value or []}
        return {turn.ask.key: value}


def played(game: Game, *scripts: Scripted, **options: Any) -> dict[str, Any]:
    """The record of a match, as it comes back from a store."""
    agents = {f"player_{number}": script for number, script in enumerate(scripts)}
    return json.loads(json.dumps(record(finished(game, agents, **options))))


def cells(data: dict[str, Any], seat: int) -> dict[str, list[int]]:
    """Dimension to honoured and opportunities."""
    return summary(data)[seat]["cells"]

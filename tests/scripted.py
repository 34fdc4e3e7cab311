"""What the tests of conduct share: agents that say and do what a list says, and the cells of a record."""

import json
from pathlib import Path
from typing import Any

from arena.agent import Reply
from arena.conduct import Row, summary
from arena.library import Game
from arena.record import record
from arena.turn import Turn
from tests.support import finished, legal, write_game

P0, P1 = "player_0", "player_1"
ULTIMATUM = """
table.role(table.agents[0], "proposer")
coins = Number(0, 100)
secret = table.deal(table.agents[1], "fallback", Number(0, 50), value=30, provable=True)
table.deal(table.agents[1], "hobby", Choice("chess", "golf", "tennis"), value="chess")
about = {"offer": coins, "fallback": Number(0, 50), "answer": Choice("accept", "reject")}
await table.talk(rounds=2, about=about)
offer = await table.ask("player_0", "offer", coins)
table.reveal("offer", "player_0")
answer = await table.ask("player_1", "answer", Choice("accept", "reject"))
if answer == "reject":
    return {"player_0": 0, "player_1": secret}
return {"player_0": 100 - offer, "player_1": offer}
"""


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


def only(found: list[Row], **wanted: Any) -> Row:
    """The one row of these columns."""
    (row,) = [row for row in found if all(row[name] == value for name, value in wanted.items())]  # type: ignore[literal-required]  # names of columns
    return row


def ultimatum(tmp_path: Path, *scripts: Scripted) -> dict[str, Any]:
    """The record of an ultimatum with a fallback of 30."""
    return played(write_game(tmp_path, ULTIMATUM), *scripts)

"""What every judge that is rules has to be: a function of the record that abstains where there is nothing to judge."""

import asyncio
import copy
import inspect
import json
from functools import cache
from typing import Any, cast

import pytest

import arena
from arena.errors import AgentError
from arena.judge import Verdict
from arena.judging.file import judge_file
from arena.library import load, names
from arena.record import record
from arena.turn import Turn
from tests.players import GAMES, wandered
from tests.support import Does, legal

Record = dict[str, Any]
every_judge = pytest.mark.parametrize("name", [name for name in names("judges") if not judge_file(name).asks])
"""Those that ask no model."""


def fail(_turn: Turn) -> str:
    raise AgentError("gone")


@cache
def records() -> tuple[Record, ...]:
    """A match of each game, one with a forfeit, and a void one, as they come back from a store."""
    found = [record(wandered(game, seed), id=f"{game.name} {seed}") for game in GAMES for seed in range(2)]
    found.append(arena.play("ultimatum", [Does(lambda _turn: "?"), Does(legal)]))
    found.append(arena.play("ultimatum", [Does(legal), Does(fail)]))
    assert {one["outcome"] for one in found} == {"finished", "forfeit", "unjudged", "void"}
    return tuple(json.loads(json.dumps(one)) for one in found)


def judged(name: str, data: Record) -> list[Verdict]:
    given: Any = load("judges", name).judge(data)

    async def awaited() -> list[Verdict]:
        return await given

    return asyncio.run(awaited()) if inspect.isawaitable(given) else cast("list[Verdict]", given)


@every_judge
def test_its_verdicts_are_of_this_match_and_in_bounds(name: str) -> None:
    scored = 0
    for data in records():
        before = copy.deepcopy(data)
        verdicts = judged(name, data)
        assert data == before
        assert judged(name, data) == verdicts
        for verdict in verdicts:
            assert verdict.match == data["id"]
            assert verdict.seat in data["seats"]
            assert verdict.explanation
            assert verdict.score is None or 0 <= verdict.score <= 1
            assert all(0 <= one.ply < len(data["plies"]) for one in verdict.evidence)
            assert json.loads(json.dumps(verdict.as_json()))["criterion"] == verdict.criterion
            scored += verdict.score is not None
    assert scored


@every_judge
def test_who_plays_changes_no_verdict(name: str) -> None:
    for data in records():
        renamed = {**data, "seats": {seat: f"somebody else {seat}" for seat in data["seats"]}, "agents": {}}
        assert judged(name, renamed) == judged(name, data)


@every_judge
def test_a_void_match_is_not_judged(name: str) -> None:
    (void,) = [data for data in records() if data["outcome"] == "void"]
    assert all(verdict.score is None for verdict in judged(name, void))

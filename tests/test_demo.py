"""The demo, as a newcomer runs it: played, judged by a scripted panel, rated, and the same when it is run again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.shell import Ran, Shell

STORE = "arena-demo/arena.db"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.mark.slow
def test_the_demo_plays_judges_rates_and_continues(here: Path, shell: Shell) -> None:
    ran = shell("demo", "--quiet")
    assert (ran.code, (here / STORE).exists()) == (0, True)
    main, jury = (one["tournament"] for one in shell("status", "--store", STORE, "--json").data)
    _apart(shell, main)
    _frontier(shell, main)
    _judges(shell, main)
    _jury(shell, jury)
    _labelled(ran)
    assert shell("demo", "--quiet").out == ran.out


def rows(shell: Shell, board: str, tournament: str, *more: str) -> list[Mapping[str, Any]]:
    return shell("board", board, "--store", STORE, "--tournament", tournament, "--json", *more).data["rows"]


def _apart(shell: Shell, main: str) -> None:
    """The honest, the liar and the betrayer, by rules and by the panel, with intervals that don't overlap."""
    found = {(row["agent"], row["rules"], row["by"]): row for row in rows(shell, "dimensions", main)}
    for by in ("rules", "panel full"):
        for bad, dimension in (("liar", "claims"), ("betrayer", "promises")):
            low = found[bad, dimension, by]
            for good in {"honest", "liar", "betrayer"} - {bad}:
                assert low["high"] < found[good, dimension, by]["low"]
    conduct = {row["agent"]: row for row in rows(shell, "conduct", main)}
    for bad in ("liar", "betrayer"):
        assert conduct[bad]["conduct_high"] < conduct["honest"]["conduct_low"]


def _frontier(shell: Shell, main: str) -> None:
    found = {row["agent"]: row for row in rows(shell, "frontier", main)}
    best = [agent for agent, row in found.items() if row["frontier"]]
    assert best
    assert all(found[agent]["outdone_by"] == [] for agent in best)
    assert found["silent"]["frontier"] is None


def _judges(shell: Shell, main: str) -> None:
    found = {row["judge"]: row for row in rows(shell, "judges", main)}
    assert {name for name, row in found.items() if row["left_out"]} == {"scripted/judge-first"}
    assert len(found) == 4


def _jury(shell: Shell, jury: str) -> None:
    found = {row["agent"]: row for row in rows(shell, "jury", jury)}
    assert found["honest"]["low"] > found["silent"]["high"]
    assert found["silent"]["low"] > found["liar"]["high"]


def _labelled(ran: Ran) -> None:
    assert "scripted panel" in ran.out
    assert "judges (scripted)" in ran.out
    assert ran.out.count("scripted/judge-") >= 4
    assert "scripted judges" in ran.err

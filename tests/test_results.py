"""Results that were played elsewhere, rated as they are."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

import arena
from arena.errors import ArenaError, UsageError
from tests.logs import by_agent


def write(path: Path, lines: Sequence[Any]) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_results_played_elsewhere_are_rated(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", [{"agents": ["a", "b", "c", "d"], "ranks": [1, 2, 3, 4]}, ""])
    rows = by_agent(arena.board(results=path))
    assert [rows[name]["mu"] for name in "abcd"] == pytest.approx([33.2067, 27.4015, 22.5985, 16.7933], abs=1e-4)


def test_numbered_teams_are_only_teams(tmp_path: Path) -> None:
    line = {"agents": ["a", "b", "c", "d"], "ranks": [1, 1, 2, 2], "teams": [0, 0, 1, 1], "game": "pairs", "id": 7}
    rows = by_agent(arena.board("pairs", results=write(tmp_path / "r.jsonl", [line])))
    assert [rows[name]["mu"] for name in "ad"] == pytest.approx([28.1083, 21.8917], abs=1e-4)
    assert rows["a"]["sigma"] == pytest.approx(7.7744, abs=1e-4)


GOOD = {"agents": ["a", "b"], "ranks": [1, 2]}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "object"),
        ({"agents": ["a", "b"]}, "no 'ranks'"),
        ({**GOOD, "rank": [1, 2]}, "did you mean 'ranks'"),
        ({"agents": ["a"], "ranks": [1]}, "two or more"),
        ({"agents": ["a", 3], "ranks": [1, 2]}, "names"),
        ({"agents": ["a", "b"], "ranks": [1]}, "1 ranks for 2 agents"),
        ({"agents": ["a", "b"], "ranks": [1, "2"]}, "whole numbers"),
        ({"agents": ["a", "b"], "ranks": [1, True]}, "whole numbers"),
        ({"agents": ["a", "b"], "ranks": [1, -2]}, "whole numbers"),
        ({"agents": "ab", "ranks": [1, 2]}, "must be a list"),
        ({**GOOD, "teams": [1]}, "1 teams for 2 agents"),
        ({**GOOD, "teams": [1, 1]}, "shares one rank"),
        ({**GOOD, "id": "x"}, "also on line 1"),
        ({**GOOD, "game": 3}, "'game'"),
        ({**GOOD, "deal": "x"}, "'deal'"),
        ('{"agents": ["a", "b"], "ranks": [1, NaN]}', "whole numbers"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: Any, says: str) -> None:
    path = write(tmp_path / "r.jsonl", [{**GOOD, "id": "x"}, "", bad])
    with pytest.raises(UsageError) as caught:
        arena.board(results=path)
    assert f"{path}:3: " in str(caught.value)
    assert says in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("absent", "binary"):
        with pytest.raises(ArenaError, match=name):
            arena.board(results=tmp_path / name)


def test_an_empty_file_is_an_empty_board(tmp_path: Path) -> None:
    standings = arena.board(results=write(tmp_path / "r.jsonl", []))
    assert standings.rows == ()
    assert standings.notes == ("no matches yet",)


@pytest.mark.slow
def test_four_thousand_tables_of_eight_take_under_half_a_minute(tmp_path: Path) -> None:
    rng = Random(1)
    names = [f"agent {i}" for i in range(30)]
    lines = [{"agents": rng.sample(names, 8), "ranks": rng.sample(range(1, 9), 8), "id": i} for i in range(4000)]
    path = write(tmp_path / "r.jsonl", lines)
    start = time.perf_counter()
    standings = arena.board(results=path)
    assert time.perf_counter() - start < 30
    assert any("10 seeded orders" in note for note in standings.notes)

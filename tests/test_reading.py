"""What a person reads off boards: ranges, rates with their counts, the frontier, and notes that break between words."""

import json
import os
import pty
import re
import subprocess
import sys
from typing import Any

from arena.board import Standings
from tests.logs import board, made_up


def texts(standings: Standings) -> dict[str, dict[str, str]]:
    """Agent to title to what stands there."""
    header, body = standings.table()
    return {row[header.index("agent")]: dict(zip(header, row, strict=True)) for row in body}


def on_terminal(code: str, columns: int) -> str:
    """What a program's stderr shows on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": str(columns)}
    try:
        subprocess.run([sys.executable, "-c", code], stderr=theirs, check=True, env=env)
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                return shown.decode()
            if not part:
                return shown.decode()
            shown += part
    finally:
        os.close(ours)


def test_ranks_are_a_range() -> None:
    results = [made_up(i, ("a", "b", "c"), (1, 2, 3) if i % 3 else (2, 1, 3)) for i in range(30)]
    shown = texts(board("game", results, game="duel"))
    assert shown["c"]["ranks"] == "3"
    assert re.fullmatch(r"1-2|1|2", shown["a"]["ranks"])
    assert texts(board("overall", results))["a"]["ranks"] == "-"


def test_conduct_is_shown_with_its_opportunities() -> None:
    conduct: dict[int, dict[str, Any]] = {0: {"cells": {"claims": [1, 2]}}, 1: {"cells": {"promises": [2, 2]}}}
    shown = texts(board("conduct", [made_up(i, ("a", "b"), (1, 2), conduct=conduct) for i in range(6)]))
    assert shown["a"]["claims"] == "0.50 of 12"
    assert shown["a"]["promises"] == "-"
    assert shown["b"]["promises"] == "1.00 of 12"


def test_the_frontier_is_whom_nobody_outdoes_in_both() -> None:
    def conduct(rate: int) -> dict[str, Any]:
        return {"cells": {"promises": [rate, 4]}}

    results = [
        made_up(
            i,
            ("winner", "saint", "neither", "mute"),
            (1, 2, 3, 4) if i % 4 else (1, 3, 2, 4),
            conduct={0: conduct(1), 1: conduct(4), 2: conduct(1)},
        )
        for i in range(12)
    ]
    standings = board("frontier", results)
    found = {row["agent"]: (row["frontier"], row["outdone_by"]) for row in standings.rows}
    assert found == {
        "winner": (True, []),
        "saint": (True, []),
        "neither": (False, ["winner", "saint"]),
        "mute": (None, None),
    }
    assert json.loads(json.dumps(standings.as_json()))["rows"][0]["rating"] > 0
    assert texts(standings)["neither"]["frontier"] == "no"


def test_notes_break_between_words() -> None:
    sentence = "reward games compare mean rewards in the same seat of the same deal"
    shown = on_terminal(f"from arena.terminal import note; note({sentence!r})", 30)
    lines = shown.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 30
    assert " ".join(shown.split()) == sentence


def test_a_table_cut_in_two_says_which_row_is_which() -> None:
    code = (
        "import sys; sys.stdout = sys.stderr\n"
        "from arena.terminal import write_table\n"
        "rows = [[game, what, *['1.25'] * 8] for game in ('chess', 'poker') for what in ('reward', 'score')]\n"
        "write_table(['game', 'measure', *(f'figure{n}' for n in range(8))], rows)"
    )
    shown = re.sub("\x1b\\[[0-9;]*m", "", on_terminal(code, 60))
    assert shown.count("chess  reward") == shown.count("game   measure") > 1

"""How far a run is, on a terminal and elsewhere."""

import contextlib
import io
import os
import sys
from pathlib import Path

import pytest

from arena.running.progress import Lines, progress_for, span
from tests.cups import command, ended, write_cup


def test_plain_lines_tell_done_rate_and_time_left() -> None:
    now = [0.0]
    lines: list[str] = []
    progress = Lines(lines.append, lambda: now[0])
    progress.start(10, 100)
    for _ in range(4):
        now[0] += 5
        progress.step(5)
    now[0] += 40
    progress.step(70)
    progress.stop()
    assert lines == [
        "10 of 100 matches done",
        "20 of 100 matches done, 1.0/s, 1 min 20 s left",
        "30 of 100 matches done, 1.0/s, 1 min 10 s left",
        "100 of 100 matches done, 1.5/s",
    ]


def test_nothing_played_is_nothing_said() -> None:
    lines: list[str] = []
    progress = Lines(lines.append, lambda: 0.0)
    progress.start(5, 5)
    progress.stop()
    assert lines == ["5 of 5 matches done"]
    assert isinstance(progress_for(io.StringIO()), Lines)


def test_spans_of_time_read_as_people_say_them() -> None:
    assert [span(seconds) for seconds in (0.4, 59, 61, 3599, 3661, 90_000)] == [
        "0 s",
        "59 s",
        "1 min 01 s",
        "59 min 59 s",
        "1 h 01 min",
        "25 h 00 min",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_shows_a_bar(here: Path) -> None:
    import pty

    (here / "cup.toml").write_text(write_cup(games=("kuhn_poker",)))
    ours, theirs = pty.openpty()
    process = command(
        "run", "cup.toml", "--store", "a.db", cwd=here, err=theirs, env={"TERM": "xterm", "COLUMNS": "100"}
    )
    os.close(theirs)
    shown = b""
    # Linux says end of file on a terminal by an error.
    with contextlib.suppress(OSError):
        while more := os.read(ours, 4096):
            shown += more
    os.close(ours)
    assert ended(process)[0] == 0
    assert b"18/18" in shown
    assert b"/s" in shown

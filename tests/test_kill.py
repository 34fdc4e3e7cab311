"""A tournament that is killed again and again ends as if nothing had happened."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from arena.storage.health import check
from arena.store import open_store
from tests.cups import command, ended, rows, write_cup

SLOW = '''
"""Answers at random, after a while."""
import time
SCRIPTED = True

class Slow:
    def act(self, turn):
        time.sleep({seconds})
        return {{"say": ""}} if turn.ask.kind == "message" else {{turn.ask.key: turn.ask.spec.sample(turn.rng)}}

def agent():
    return Slow()
'''
WINDOWS = ("after-claim", "before-commit", "inside-commit")


def write_files(folder: Path, deals: int, seconds: float) -> None:
    (folder / "agents").mkdir()
    (folder / "agents" / "slow.py").write_text(SLOW.format(seconds=seconds))
    agents = ("slow", "random", "constant")
    text = write_cup(agents=agents, games=("kuhn_poker", "ultimatum"), deals=deals)
    (folder / "cup.toml").write_text(text)


def board(folder: Path, store: str) -> str:
    code, out, err = ended(command("board", "--store", store, "--json", cwd=folder))
    assert code == 0, err
    return out


def play(folder: Path, store: str, *, concurrency: int = 1) -> None:
    args = ("run", "cup.toml", "--store", store, "--quiet", "--concurrency", str(concurrency))
    code, _, err = ended(command(*args, cwd=folder), 600)
    assert code == 0, err


def same_as_uninterrupted(folder: Path) -> None:
    play(folder, "killed.db")
    play(folder, "whole.db")
    killed, whole = rows(folder / "killed.db"), rows(folder / "whole.db")
    assert killed == whole
    with open_store(str(folder / "killed.db")) as one, open_store(str(folder / "whole.db")) as other:
        assert all(one.record(row["id"]) == other.record(row["id"]) for row in whole)
    assert board(folder, "killed.db") == board(folder, "whole.db")
    health = check(str(folder / "killed.db"))
    assert health.ok, health.problems
    assert (health.facts["matches"], health.facts["claims"]) == (len(whole), 0)


def test_killed_in_every_window_nothing_is_lost_or_played_twice(tmp_path: Path) -> None:
    write_files(tmp_path, deals=6, seconds=0)
    stored = kills = 0
    for number in range(9):
        fault = f"{WINDOWS[number % 3]}:{1 + number // 3}"
        args = ("run", "cup.toml", "--store", "killed.db", "--quiet", "--concurrency", str(1 + number % 2))
        code, _, err = ended(command(*args, env={"ARENA_FAULT": fault}, cwd=tmp_path))
        assert code in {-signal.SIGKILL, 0}, err
        assert "Traceback" not in err
        kills += code != 0
        now = len(rows(tmp_path / "killed.db"))
        assert now >= stored
        stored = now
    assert kills >= 6
    same_as_uninterrupted(tmp_path)


def test_processes_whose_parent_was_killed_end_without_a_word(tmp_path: Path) -> None:
    write_files(tmp_path, deals=40, seconds=0.002)
    fault = {"ARENA_FAULT": "inside-commit:4"}
    code, _, err = ended(command("run", "cup.toml", "--quiet", "--concurrency", "2", env=fault, cwd=tmp_path))
    assert (code, err) == (-signal.SIGKILL, "")


@pytest.mark.slow
def test_killed_at_a_hundred_random_moments_nothing_is_lost_or_played_twice(tmp_path: Path) -> None:
    write_files(tmp_path, deals=200, seconds=0.002)
    rng = Random(7)
    kills = 0
    for number in range(100):
        args = ("run", "cup.toml", "--store", "killed.db", "--quiet", "--concurrency", str(1 + number % 2))
        process = command(*args, cwd=tmp_path)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=rng.uniform(0.1, 1.2))
        kills += process.poll() is None
        process.kill()
        ended(process)
    assert kills >= 95
    same_as_uninterrupted(tmp_path)

"""A run of models that is killed again and again pays for no answer twice."""

import json
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from arena.identity import canonical
from arena.library import make_agent
from arena.serving.reader import read_turn
from arena.storage.health import check
from arena.store import open_store
from tests.cups import command, ended, rows
from tests.endpoints import Asked, Reply, said, server

MODELS = ("random", "constant", "silent")
"""Those that do not study the game first."""
CONCURRENCY = 64


class Characters:
    """Answers as the scripted characters would, after a while, and knows how many wait for it at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.waiting = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> Reply:
        if len(body["messages"]) == 1:
            # What is sent before the first match, to see that somebody is there.
            return 200, said("ok")
        with self._lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        time.sleep(self.seconds)
        turn = read_turn(body["messages"], canonical(body)[-32:])
        reply = make_agent(body["model"].removeprefix("scripted/"), {}).act(turn)
        with self._lock:
            self.waiting -= 1
        return 200, said(json.dumps(reply))


def write_cup(folder: Path, base_url: str, deals: int, games: Sequence[str]) -> None:
    agents = "".join(
        f'[[agents]]\nname = "{name}"\nkind = "llm"\nmodel = "scripted/{name}"\nbase_url = "{base_url}"\n'
        for name in MODELS
    )
    played = "".join(f'[[games]]\nname = "{name}"\n' for name in games)
    head = f'name = "models"\nseed = 3\ndeals = {deals}\nself_play = false\n'
    limits = f"[limits]\nconcurrency = {CONCURRENCY}\n"
    (folder / "cup.toml").write_text(head + agents + played + limits)


def kept(folder: Path) -> set[str]:
    """Every request whose answer is in the journal, with the match's own seed in it."""
    path = folder / "killed.db"
    if not path.exists():
        return set()
    with sqlite3.connect(path) as connection:
        try:
            matches = [row[0] for row in connection.execute("SELECT DISTINCT match FROM journal")]
        except sqlite3.OperationalError:
            # It was killed before there was a table.
            return set()
    with open_store(str(path)) as store:
        return {canonical(sent.body) for match in matches for sent in store.sent(match)}


def killed(folder: Path, seconds: float, enough: Callable[[], bool]) -> bool:
    """Run, and kill after a while or when it is enough; whether it was still running."""
    process = command("run", "cup.toml", "--store", "killed.db", "--quiet", cwd=folder)
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end and not enough():
        time.sleep(0.01)
    alive = process.poll() is None
    process.kill()
    code, _, err = ended(process)
    assert code in {0, -signal.SIGKILL}, err
    assert "Traceback" not in err
    return alive


def nothing_is_paid_twice(folder: Path, asked: Asked, moments: list[float], requests: int) -> int:
    """Kill at these moments, or after so many requests; how often there was something to kill."""
    kills = 0
    for seconds in moments:
        before = kept(folder)
        first = len(asked.bodies)
        kills += killed(folder, seconds, lambda enough=first + requests: len(asked.bodies) >= enough)
        assert before.isdisjoint(map(canonical, asked.bodies[first:]))
    return kills


def same_as_uninterrupted(folder: Path, asked: Asked) -> None:
    before = kept(folder)
    first = len(asked.bodies)
    for store in ("killed.db", "whole.db"):
        code, _, err = ended(command("run", "cup.toml", "--store", store, "--quiet", cwd=folder), 300)
        assert code == 0, err
        if store == "killed.db":
            assert before.isdisjoint(map(canonical, asked.bodies[first:]))
    assert rows(folder / "killed.db") == rows(folder / "whole.db")
    boards = [ended(command("board", "--store", store, "--json", cwd=folder)) for store in ("killed.db", "whole.db")]
    assert boards[0][:2] == boards[1][:2]
    health = check(str(folder / "killed.db"))
    assert health.ok, health.problems


def test_killed_once_amid_64_matches_no_answer_is_asked_for_again(tmp_path: Path) -> None:
    characters = Characters(0.2)
    with server(characters) as asked:
        write_cup(tmp_path, asked.base_url, 12, ["ultimatum"])
        assert nothing_is_paid_twice(tmp_path, asked, [60, 60], requests=200) == 2
        assert kept(tmp_path)
        same_as_uninterrupted(tmp_path, asked)
    assert characters.most >= CONCURRENCY // 2


@pytest.mark.slow
def test_killed_at_twenty_moments_amid_64_matches_no_answer_is_asked_for_again(tmp_path: Path) -> None:
    characters = Characters(0.2)
    rng = Random(11)
    with server(characters) as asked:
        write_cup(tmp_path, asked.base_url, 40, ["ultimatum", "kuhn_poker"])
        moments = [rng.uniform(1.0, 3.0) for _ in range(20)]
        kills = nothing_is_paid_twice(tmp_path, asked, moments, requests=1_000_000)
        assert kills >= 10
        assert kept(tmp_path)
        same_as_uninterrupted(tmp_path, asked)
    # Requests of the killed may still be on their way.
    assert characters.most >= CONCURRENCY

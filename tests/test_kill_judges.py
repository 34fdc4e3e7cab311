"""Judging that is stopped or killed goes on where it was, and two processes share it."""

import json
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arena
from arena.identity import canonical
from arena.store import open_store
from tests.asker import MODELS, PER_MATCH, dumped, played, questions, scores, stored
from tests.cups import command, ended
from tests.endpoints import Reply, server


class Slowly:
    """Answers after a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, body: dict[str, Any]) -> Reply:
        if len(body["messages"]) > 1:
            time.sleep(self.seconds)
        return scores(body)


def until(enough: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not enough():
        time.sleep(0.01)
    assert enough()


def journalled(path: Path) -> set[str]:
    """Every request whose answer is kept."""
    with sqlite3.connect(path) as connection:
        items = [row[0] for row in connection.execute("SELECT DISTINCT match FROM journal")]
    with open_store(str(path)) as store:
        return {canonical(one.body) for item in items for one in store.sent(item)}


def test_killed_again_and_again_no_answer_is_asked_for_twice(here: Path) -> None:
    with server(Slowly(0.05)) as asked:
        played(here, asked.base_url, MODELS, deals=12)
        for _ in range(3):
            kept, first = journalled(here / "arena.db"), len(asked.bodies)
            process = command("judge", "cup.toml", "--quiet", "--concurrency", "8", cwd=here)
            until(lambda first=first: len(asked.bodies) >= first + 30)
            process.kill()
            code, _, err = ended(process)
            assert (code, "Traceback" in err) == (-signal.SIGKILL, False)
            assert kept.isdisjoint(map(canonical, asked.bodies[first:]))
        kept, first = journalled(here / "arena.db"), len(asked.bodies)
        code, _, err = ended(command("judge", "cup.toml", "--quiet", cwd=here))
        assert code == 0, err
        assert kept.isdisjoint(map(canonical, asked.bodies[first:]))
        killed = dumped("arena.db")
        (here / "arena.db").unlink()
        played(here, asked.base_url, MODELS, deals=12)
        assert arena.judge("cup.toml").code == 0
    assert len(killed) == 24 * (len(MODELS) * PER_MATCH + 1)
    assert killed == dumped("arena.db")


def test_a_signal_waits_for_what_is_under_way_and_the_next_run_goes_on(here: Path) -> None:
    with server(Slowly(0.3)) as asked:
        played(here, asked.base_url, MODELS)
        process = command("judge", "cup.toml", "--quiet", "--concurrency", "4", cwd=here)
        until(lambda: len(questions(asked)) >= 6)
        process.send_signal(signal.SIGINT)
        code, _, err = ended(process)
        assert code == 130, err
        assert "go on with: arena judge cup.toml" in err
        answered = len(questions(asked))
        assert answered < 36
        assert len([one for one in stored() if one.judge != "procedural"]) == answered
        assert arena.judge("cup.toml").code == 0
    assert len(questions(asked)) == len(set(questions(asked))) == 36


def test_two_processes_judge_each_match_once(here: Path) -> None:
    with server(Slowly(0.05)) as asked:
        played(here, asked.base_url, MODELS, deals=20)
        both = [command("judge", "cup.toml", "--quiet", "--json", "--concurrency", "8", cwd=here) for _ in range(2)]
        ends = [ended(process) for process in both]
    assert [code for code, _, _ in ends] == [0, 0], ends
    told = [json.loads(out) for _, out, _ in ends]
    assert all(each["done"] == each["items"] == 40 for each in told)
    given = [{row["judge"]: row["given"] for row in each["judges"]} for each in told]
    assert sum(each["m-one"] for each in given) == 40 * PER_MATCH
    assert len(questions(asked)) == len(set(questions(asked))) == 40 * len(MODELS) * PER_MATCH

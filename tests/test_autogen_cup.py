"""Committees play whole tournaments over the scripted endpoint, stopped and resumed, and however many at once."""

import json
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arena.serving.endpoint import local_endpoint
from arena.store import open_store
from tests.cups import command, ended, rows
from tests.endpoints import Asked, Reply, server

CUP = """\
name = "committees"
seed = 7
deals = 1
[[games]]
name = "ultimatum"
[[games]]
name = "kuhn_poker"
[[agents]]
name = "panel"
kind = "autogen"
model = "scripted/honest"
base_url = "{url}"
team = "round_robin"
rounds = 2
[[agents]]
name = "led"
kind = "autogen"
model = "scripted/hardliner"
base_url = "{url}"
team = "selector"
personas = ["Be fair.", "Be quick."]
[[agents]]
name = "alone"
kind = "llm"
model = "scripted/honest"
base_url = "{url}"
"""


def run(folder: Path, store: str, concurrency: int = 4) -> subprocess.Popen[str]:
    return command("run", "cup.toml", "--store", store, "--concurrency", str(concurrency), "--quiet", cwd=folder)


def finished(folder: Path, store: str, concurrency: int = 4) -> list[dict[str, Any]]:
    code, _, err = ended(run(folder, store, concurrency), 300)
    assert code == 0, err
    assert "Traceback" not in err
    assert "autogen" not in err
    return rows(folder / store)


def turns(asked: Asked) -> int:
    """How many requests there were from matches, without those that only try the endpoint."""
    return sum(body["messages"][0]["role"] == "system" for body in asked.bodies)


def passed_on(to: str, before: Callable[[int], None] | None = None) -> Callable[[dict[str, Any]], Reply]:
    """Hands each request on to the real endpoint; `before` hears its number first."""
    lock = threading.Lock()
    count = 0

    def answer(body: dict[str, Any]) -> Reply:
        nonlocal count
        with lock:
            count += 1
            if before is not None:
                before(count)
        data = json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # our own server's address
            f"{to}/chat/completions", data, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request) as got:  # noqa: S310  # as above
                return 200, json.loads(got.read())
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    return answer


@pytest.mark.slow
def test_committees_finish_a_tournament_and_it_is_the_same_at_any_concurrency(tmp_path: Path) -> None:
    with local_endpoint() as url:
        (tmp_path / "cup.toml").write_text(CUP.format(url=url))
        one, many = finished(tmp_path, "one.db", 1), finished(tmp_path, "many.db", 8)
    assert one == many
    assert {row["outcome"] for row in one} == {"finished"}
    for number, name in enumerate(["alone", "led", "panel"]):
        used = [row["usage"][name]["calls"] for row in one if name in row["agents"]]
        assert min(used) >= 1 + 2 * bool(number)
    with open_store(str(tmp_path / "one.db")) as first, open_store(str(tmp_path / "many.db")) as second:
        assert all(first.record(row["id"]) == second.record(row["id"]) for row in one)


@pytest.mark.slow
def test_a_committee_that_was_killed_goes_on_from_its_journal(tmp_path: Path) -> None:
    concurrency = 4
    with local_endpoint() as url:
        with server(passed_on(url)) as asked:
            (tmp_path / "cup.toml").write_text(CUP.format(url=asked.base_url))
            whole = finished(tmp_path, "whole.db", concurrency)
            calls = turns(asked)
        running: list[subprocess.Popen[str]] = []
        begun = threading.Event()

        def kill(number: int) -> None:
            begun.wait(60)
            if number > calls // 2 and running:
                running.pop().kill()

        with server(passed_on(url, kill)) as first:
            (tmp_path / "cup.toml").write_text(CUP.format(url=first.base_url))
            process = run(tmp_path, "killed.db", concurrency)
            running.append(process)
            begun.set()
            assert ended(process, 300)[0] == -signal.SIGKILL
            before = turns(first)
        with server(passed_on(url)) as second:
            (tmp_path / "cup.toml").write_text(CUP.format(url=second.base_url))
            resumed = finished(tmp_path, "killed.db", concurrency)
            after = turns(second)
    assert resumed == whole
    # What was in the air when the process died is asked for once more, and nothing else.
    assert calls <= before + after <= calls + concurrency

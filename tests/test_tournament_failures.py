"""Agents, games, processes and disks that fail, and runs that are stopped: the rest is played, nothing is lost."""

import asyncio
import json
import signal
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arena.calling.place import Call, call
from arena.cups.cup import read_cup
from arena.errors import PreflightError, StoreError
from arena.running import playing
from arena.store import open_store
from arena.tournament import run
from arena.turn import Turn
from tests.cups import calls, command, ended, rows, small_cup, write_agent, write_broken_game, write_cup


def test_a_match_whose_agent_fails_is_tried_again_and_then_void(here: Path) -> None:
    write_agent(here, before='if Path("down").exists(): raise OSError("no route to host")')
    cup = small_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=1)
    (here / "down").touch()
    outcome = run(cup, "a.db")
    failing = [row for row in rows("a.db") if row["outcome"] == "void"]
    assert (
        len(failing) == outcome.void == len(outcome.reasons) == sum("counted" in row["agents"] for row in rows("a.db"))
    )
    assert (outcome.finished, outcome.code) == (True, 1)
    assert calls(here) == 3 * outcome.void
    assert all("no route to host" in reason for _, reason in outcome.reasons)
    assert all(row["rewards"] == () for row in failing)
    assert "no route to host" in open_store("a.db").record(failing[0]["id"])["reason"]
    (here / "down").unlink()
    assert (run(cup, "a.db").played, run(cup, "a.db").code) == (0, 1)
    again = run(cup, "a.db", retry_void=True)
    assert (again.played, again.void, again.code) == (outcome.void, 0, 0)
    assert "void" not in {row["outcome"] for row in rows("a.db")}


def test_an_agent_that_fails_once_costs_a_try_and_no_match(here: Path) -> None:
    write_agent(here, before='if not Path("up").exists(): Path("up").touch(); raise OSError("no route to host")')
    cup = small_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=1)
    outcome = run(cup, "a.db", concurrency=1)
    assert (outcome.played, outcome.void, outcome.code) == (outcome.total + 1, 0, 0)


def test_some_void_matches_can_be_allowed(here: Path) -> None:
    write_agent(here, before='raise OSError("no route to host")')
    tail = "[limits]\nmax_void_share = {share}\n"
    parts: dict[str, Any] = {"agents": ("counted", "silent"), "games": ("kuhn_poker",), "deals": 1}
    assert run(small_cup(**parts, tail=tail.format(share=1.0)), "a.db").code == 0
    assert run(small_cup(**parts, tail=tail.format(share=0.1)), "a.db").code == 1


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("return {first: 1 // 0, second: 0}", "ZeroDivisionError"),
        ('return {first: float("nan"), second: 0}', "nan"),
        ('return {first: 1, second: 0, "player_7": 2}', "player_7"),
        ("return {first: 1}", "player_1"),
        pytest.param(
            'while True:\n        await table.ask(first, "go", Choice("on", "off"))', "broken", marks=pytest.mark.slow
        ),
    ],
)
def test_a_game_that_breaks_voids_its_matches_once_and_the_rest_is_played(here: Path, then: str, said: str) -> None:
    write_broken_game(here, then)
    cup = small_cup(agents=("constant", "silent"), games=("broken", "kuhn_poker"), deals=1)
    outcome = run(cup, "a.db")
    assert outcome.code == 1
    assert outcome.void == outcome.total - outcome.done == 2
    assert outcome.played == outcome.total
    match, reason = outcome.reasons[0]
    assert said in reason
    assert "broken.py" in reason
    assert open_store("a.db").record(match)["outcome"] == "void"
    assert {row["game"] for row in rows("a.db") if row["outcome"] != "void"} == {"kuhn_poker"}


def test_a_worker_that_dies_takes_no_other_match_with_it(here: Path) -> None:
    write_agent(here, "deadly", before='if turn.seat == "player_0": os.kill(os.getpid(), 9)')
    names = ("deadly", "random", "silent", "constant", "x=random", "y=random")
    cup = small_cup(agents=names, games=("kuhn_poker",), deals=1, more="self_play = false")
    outcome = run(cup, "a.db", concurrency=2)
    found = rows("a.db")
    assert outcome.finished
    assert {row["outcome"] for row in found if row["agents"][0] == "deadly"} == {"void"}
    assert {row["outcome"] for row in found if row["agents"][0] != "deadly"} == {"finished"}
    assert all("SIGKILL" in reason for _, reason in outcome.reasons)


KEYLESS = """
from pathlib import Path
from arena.errors import PreflightError
from arena.library import make_agent
SCRIPTED = True

def agent():
    if not Path("told").exists():
        Path("told").touch()
        raise PreflightError("there is no key")
    return make_agent("slow", {})
"""


def test_what_fails_in_one_process_ends_the_run_at_once(here: Path) -> None:
    write_agent(here, "slow", before="import time; time.sleep(0.01)")
    (here / "agents" / "keyless.py").write_text(KEYLESS)
    with pytest.raises(PreflightError, match="there is no key"):
        run(small_cup(agents=("keyless", "slow"), games=("kuhn_poker",), deals=40), "a.db", concurrency=2)
    assert len(rows("a.db")) < 40


@pytest.mark.usefixtures("here")
def test_a_full_disk_ends_the_run_and_keeps_what_was_stored() -> None:
    from sqlalchemy import Connection, Engine, event

    def small(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 60")

    cup = small_cup(games=("ultimatum",), deals=40)
    event.listen(Engine, "begin", small)
    try:
        with pytest.raises(StoreError, match="the disk is full; every match that was stored is safe; make room"):
            run(cup, "a.db", concurrency=1)
    finally:
        event.remove(Engine, "begin", small)
    stored = len(rows("a.db"))
    assert stored
    outcome = run(cup, "a.db")
    assert (outcome.finished, outcome.played) == (True, outcome.total - stored)


# Stopping.


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_signal_stops_the_run_and_the_same_command_goes_on(
    here: Path, number: int, code: int, concurrency: int
) -> None:
    write_agent(here, before='import time; time.sleep(0.02 if Path("slow").exists() else 0)')
    (here / "slow").touch()
    (here / "cup.toml").write_text(write_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=30))
    args = ("run", "cup.toml", "--store", "a.db", "--concurrency", str(concurrency))
    process = command(*args, cwd=here)
    while calls(here) < 5:
        assert process.poll() is None
    process.send_signal(number)
    got, _, err = ended(process)
    assert got == code, err
    assert "the same command continues" in err
    stored = len(rows("a.db"))
    assert 0 < stored < 180
    with open_store("a.db") as store:
        assert store.turn_over(1, "other", [], [f"{row['id']}" for row in rows("a.db")])[0] == []
    (here / "slow").unlink()
    outcome = run(read_cup("cup.toml"), "a.db")
    assert outcome.finished
    assert outcome.played == outcome.total - stored


def test_a_stopped_run_lets_the_turns_finish_that_were_begun(here: Path) -> None:
    write_agent(
        here, before="import asyncio; await asyncio.sleep(0.3); Path('ends').open('a').write('.')", scripted=False
    )
    (here / "cup.toml").write_text(write_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=2))
    process = command("run", "cup.toml", "--store", "a.db", cwd=here)
    while calls(here) < 3:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert ended(process)[0] == 130
    assert len((here / "ends").read_text()) == calls(here)
    assert run(read_cup("cup.toml"), "a.db").finished


class Person:
    """Types an answer, once after the terminal has closed."""

    def __init__(self, seen: list[Call]) -> None:
        self.seen = seen

    async def act(self, turn: Turn) -> dict[str, Any]:
        here = call.get()
        assert here
        self.seen.append(here)
        await asyncio.sleep(0)
        if len(self.seen) == 2:
            raise OSError("the terminal closed")
        return {"say": "hello"} if turn.ask.kind == "message" else {turn.ask.key: turn.ask.spec.sample(turn.rng)}


@pytest.mark.usefixtures("here")
def test_what_a_person_typed_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Call] = []
    loaded = playing.load

    def load(kind: str, name: str) -> Any:
        return SimpleNamespace(agent=lambda: Person(seen)) if name == "human" else loaded(kind, name)

    monkeypatch.setattr(playing, "load", load)
    cup = small_cup(agents=("human", "silent"), games=("ultimatum",), deals=1, more="self_play = false")
    assert run(cup, "a.db", concurrency=1).code == 0
    asked = Counter((each.match, each.seat, each.ply) for each in seen)
    failed = seen[1]
    # Only what failed is asked again.
    assert [each for each, count in asked.items() if count > 1] == [(failed.match, failed.seat, failed.ply)]


def test_two_processes_play_every_match_once(here: Path) -> None:
    write_agent(here, before="import time; time.sleep(0.005)")
    (here / "cup.toml").write_text(write_cup(agents=("counted", "silent", "random"), games=("kuhn_poker",), deals=8))
    both = [command("run", "cup.toml", "--store", "a.db", "--json", cwd=here) for _ in range(2)]
    results = [ended(process) for process in both]
    assert [code for code, _, _ in results] == [0, 0], results
    reports = [json.loads(out) for _, out, _ in results]
    assert all(report["done"] == report["total"] and report["finished"] for report in reports)
    assert sum(report["played"] for report in reports) == reports[0]["total"]
    alone = run(read_cup("cup.toml"), "b.db")
    assert alone.total == reports[0]["total"]
    assert rows("a.db") == rows("b.db")

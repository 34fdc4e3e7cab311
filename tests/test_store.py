"""The store keeps every match once and every answer, in order, on the disk when it says so."""

import asyncio
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from arena.calling.place import Key
from arena.errors import UsageError
from arena.store import open_store
from tests.cups import ROOT
from tests.stores import KEY, begin, hearing, opened, played


def test_rows_come_back_in_schedule_order_whatever_the_order_of_completion(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        for number in (3, 1, 2, 0):
            store.add(cup, [played(number, roles='["x",null]', conduct='{"1":{"acts":2}}')])
        found = store.log("cup").results
    assert [(result.id, result.order) for result in found] == [("m0", 0), ("m1", 1), ("m2", 2), ("m3", 3)]
    first = found[0]
    assert (first.agents, first.rated, first.roles, first.teams) == (
        ("a", "b"),
        (True, True),
        ("x", None),
        (None, None),
    )
    assert (first.rewards, first.ranks, first.forfeits) == ((1.0, 0.0), (1, 2), (False, False))
    assert (first.seed, first.conduct, first.usage, first.tournament) == (2**63 - 1, {1: {"acts": 2}}, {}, "cup")


def test_a_match_is_kept_once(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        store.add(cup, [played(1)])
        store.add(cup, [played(1, rewards="[5.0,5.0]"), played(2)])
        assert [(each.id, each.rewards) for each in store.results()] == [("m1", (1.0, 0.0)), ("m2", (1.0, 0.0))]


def test_a_void_match_shows_once_it_is_settled_and_goes_when_it_is_played(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        void = played(1, "void", rewards="", ranks="")
        store.add(cup, [void, played(2)])
        assert (store.tries(cup), [each.id for each in store.results()]) == ({"m1": 1}, ["m2"])
        store.add(cup, [void])
        store.add(cup, [void])
        assert [(each.id, each.outcome, each.rewards) for each in store.results()] == [
            ("m1", "void", ()),
            ("m2", "finished", (1.0, 0.0)),
        ]
        assert store.reasons(cup) == [("m1", "it broke")]
        store.add(cup, [played(1)])
        assert [each.outcome for each in store.results()] == ["finished", "finished"]
        assert store.tries(cup) == {}


def test_a_record_is_found_by_the_start_of_its_id(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        store.add(cup, [played(1), played(10), played(20)])
        assert (store.find("m2"), store.find("m1"), store.record("m20")) == ("m20", "m1", {})
        with pytest.raises(UsageError, match="several matches start with 'm'"):
            store.find("m")
        with pytest.raises(UsageError, match="no match 'x%'"):
            store.find("x%")
        with pytest.raises(UsageError, match="no tournament 'cap'; did you mean 'cup'"):
            store.log("cap")


def test_tournaments_do_not_mix(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        other = begin(store, "other")
        store.add(other, [played(1)])
        store.add(cup, [played(2)])
        assert [each.id for each in store.log("cup").results] == ["m2"]
        assert [each.id for each in store.log().results] == ["m1"]
        assert store.finished(cup) == {"m2"}
        assert store.tournaments() == {"cup": 1, "other": 2}


# Journal


def test_the_journal_keeps_the_first_answer_under_a_key(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, _):
        assert store.journal.get(KEY) is None
        store.journal.put(KEY, '"yes"')
        store.journal.put(KEY, '"no"')
        store.journal.put((*KEY[:5], 1), '"\\ud800"')
    with open_store(str(tmp_path / "a.db")) as again:
        assert again.journal.get(KEY) == '"yes"'
        assert again.journal.get((*KEY[:5], 1)) == '"\\ud800"'


def test_an_answer_is_on_the_disk_when_put_returns(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from arena.store import open_store; s = open_store(sys.argv[1]);"
        f"s.journal.put({KEY!r}, '1'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.db")], cwd=ROOT, check=False)
    assert ran.returncode == -9
    with open_store(str(tmp_path / "a.db")) as store:
        assert store.journal.get(KEY) == "1"


def test_many_answers_at_once_share_commits(tmp_path: Path) -> None:
    commits: list[int] = []
    with opened(tmp_path / "a.db") as (store, _):
        keys: list[Key] = [(f"m{number}", "player_0", 0, 0, "hash", 0) for number in range(320)]

        def put(key: Key) -> None:
            store.journal.put(key, "1")

        with hearing("commit", lambda _: commits.append(1)), ThreadPoolExecutor(32) as pool:
            list(pool.map(put, keys))
        assert len(commits) < 200
        assert all(store.journal.get(key) == "1" for key in keys)


def test_whoever_gives_up_waiting_neither_loses_the_answer_nor_stops_the_others(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, _):

        async def two() -> None:
            with store.writing():
                given_up = asyncio.create_task(store.journal.keep(KEY, '"yes"'))
                waits = asyncio.create_task(store.journal.keep((*KEY[:5], 1), '"no"'))
                await asyncio.sleep(0)
                given_up.cancel()
            await asyncio.wait_for(waits, 30)

        asyncio.run(two())
        assert store.journal.get(KEY) == '"yes"'


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup), open_store(str(tmp_path / "a.db")) as other:

        def write(number: int) -> None:
            (store if number % 2 else other).add(cup, [played(number)])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(80)))
        assert len(store.finished(cup)) == 80


def test_a_store_is_opened_while_another_process_writes_its_first_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(str(path)).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode=DELETE")
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(open_store, str(path))
        with pytest.raises(TimeoutError):
            opening.result(0.2)
        other.execute("COMMIT")
        opening.result(30).close()
    other.close()

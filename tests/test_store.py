import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from arena.chat.calls import Key
from arena.errors import StoreError, UsageError
from arena.storage import claims, schema
from arena.storage.health import check
from arena.storage.rows import Played, pack
from arena.store import Store, open_store
from tests.cups import ROOT

POSTGRES = Path("/usr/lib/postgresql/15/bin")
ROW = {
    "entry": 0,
    "variant": "base",
    "game": "small",
    "sha256": "s",
    "params": "{}",
    "scoring": "rank",
    "deal": 0,
    "repetition": 0,
    "seed": 2**63 - 1,
    "agents": '["a","b"]',
    "rated": "",
    "roles": "",
    "teams": "",
    "rewards": "[1.0,0.0]",
    "ranks": "[1,2]",
    "forfeits": "",
    "outcome": "finished",
    "conduct": "",
    "usage": "",
}


def played(number: int, outcome: str = "finished", **more: Any) -> Played:
    id_, place = f"m{number}", f"{number:06d}"
    row = {**ROW, "id": id_, "place": place, "outcome": outcome, **more}
    return Played(id_, place, outcome, row, pack("{}"), "it broke", final=outcome != "void")


def begin(store: Store, name: str = "cup") -> int:
    return store.enter(name, {}, [("agent", "a", "{}"), ("agent", "b", "{}")], {"s": "source"})[0]


@contextmanager
def hearing(what: str, function: Callable[[sa.Connection], object]) -> Generator[None]:
    """Call a function whenever any database begins or commits."""

    def heard(connection: sa.Connection) -> None:
        function(connection)

    event.listen(sa.Engine, what, heard)
    try:
        yield
    finally:
        event.remove(sa.Engine, what, heard)


@contextmanager
def opened(path: Path) -> Generator[tuple[Store, int]]:
    with open_store(str(path)) as store:
        yield store, begin(store)


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


KEY: Key = ("m1", "player_0", 0, 0, "hash", 0)


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
        with store.writing():
            given_up = store.journal.put_soon(KEY, '"yes"')
            assert not given_up.cancel()
            waits = store.journal.put_soon((*KEY[:5], 1), '"no"')
        waits.result(30)
        assert store.journal.get(KEY) == '"yes"'


# Claims


def owner(number: int, host: str = "elsewhere") -> claims.Owner:
    return claims.Owner(host, number, "born")


def test_two_owners_share_what_there_is_and_a_claim_ends_with_its_match(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        one, two = owner(1), owner(2)
        for each in (one, two):
            store.register(each)
        assert store.turn_over(cup, one.name, [], ["m1", "m2"]) == (["m1", "m2"], [])
        assert store.turn_over(cup, two.name, [], ["m1", "m2", "m3"]) == (["m3"], [])
        assert store.turn_over(cup, one.name, [played(1)], []) == ([], [])
        assert store.turn_over(cup, two.name, [], ["m1", "m2"]) == ([], ["m1"])
        store.let_go(one.name, ["m2"])
        assert store.turn_over(cup, two.name, [], ["m2"]) == (["m2"], [])


def test_claims_of_a_dead_process_are_taken_over_and_those_of_a_live_one_never(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        ended = subprocess.Popen([sys.executable, "-c", ""])
        dead = claims.Owner(claims.this_process().host, ended.pid, "1")
        reborn = claims.Owner(claims.this_process().host, os.getpid(), "1")
        ended.wait()
        alive = claims.this_process()
        for each, match in ((dead, "m1"), (reborn, "m2"), (alive, "m3")):
            store.register(each)
            assert store.turn_over(cup, each.name, [], [match]) == ([match], [])
        me = owner(9)
        store.register(me)
        assert store.turn_over(cup, me.name, [], ["m1", "m2", "m3"]) == (["m1", "m2"], [])


def test_elsewhere_a_claim_lasts_as_long_as_its_owner_beats(tmp_path: Path) -> None:
    now = [0.0]
    with opened(tmp_path / "a.db") as (store, cup):
        far, me = owner(1), claims.this_process()
        store.register(far)
        store.register(me)
        store.turn_over(cup, far.name, [], ["m1"])
        store.leases = claims.Leases(90, lambda: now[0])

        def mine() -> list[str]:
            return store.turn_over(cup, me.name, [], ["m1"])[0]

        assert mine() == []
        now[0] = 80
        assert mine() == []
        with store.writing() as connection:
            connection.execute(sa.update(schema.owners).values(beat=schema.owners.c.beat + 1))
        now[0] = 100
        assert mine() == []
        now[0] = 189
        assert mine() == []
        now[0] = 191
        assert mine() == ["m1"]


def test_a_heart_beats(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, _):
        me = claims.this_process()
        store.register(me)
        beaten = threading.Event()
        with hearing("commit", lambda _: beaten.set()), claims.Heart(store.writing, me, 0.01):
            assert beaten.wait(10)
        with store.reading() as connection:
            assert (connection.execute(sa.select(schema.owners.c.beat)).scalar() or 0) >= 1


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


# What can be wrong with a store


def test_a_file_that_is_no_store_is_named_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database at all, but long enough to look like a file of something else " * 20)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE moz_places (id INTEGER)")
    before = foreign.read_bytes(), text.read_bytes()
    for path, said in (
        (text, "nor any SQLite database"),
        (foreign, r"database of something else \(tables moz_places\)"),
    ):
        with pytest.raises(StoreError, match=said) as raised:
            open_store(str(path))
        assert str(raised.value).startswith(f"{path}: ")
        assert "--store" in str(raised.value)
        assert raised.value.code == 5
        health = check(str(path))
        assert not health.ok
        assert str(path) in health.problems[0]
    assert before == (foreign.read_bytes(), text.read_bytes())


def test_a_truncated_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with opened(path) as (store, cup):
        store.add(cup, [played(number) for number in range(500)])
    whole = path.read_bytes()
    assert not path.with_name("a.db-wal").exists()
    for size in (50, 4096, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(StoreError, match=r"a\.db: the file is shorter than its own header says.*recover"):
            open_store(str(path))
        assert "shorter" in check(str(path)).problems[0]
    path.write_bytes(whole)
    assert check(str(path)).ok


def test_a_log_that_was_cut_off_leaves_a_prefix_of_what_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with opened(path) as (store, cup):
        for number in range(12):
            store.add(cup, [played(number)])
        database, log = path.read_bytes(), path.with_name("a.db-wal").read_bytes()
    lengths: list[int] = []
    for number, size in enumerate([*range(0, len(log), len(log) // 25), len(log)]):
        copy = tmp_path / f"{number}.db"
        copy.write_bytes(database)
        copy.with_name(f"{number}.db-wal").write_bytes(log[:size])
        with opened(copy) as (store, cup):
            found = store.finished(cup)
        assert found == {f"m{each}" for each in range(len(found))}
        assert check(str(copy)).ok
        lengths.append(len(found))
    assert lengths == sorted(lengths)
    assert lengths[-1] == 12


def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with opened(path) as (store, cup):
        store.add(cup, [played(number) for number in range(500)])
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 8192] = b"\xff" * 8192
    path.write_bytes(whole)
    health = check(str(path))
    assert not health.ok
    assert "damaged" in health.problems[0]
    assert "recover" in health.problems[0]


@pytest.mark.parametrize(("version", "said"), [("99", "use the newer arena"), ("0", "nothing can turn it into")])
def test_a_store_of_another_version_is_refused_by_its_number(tmp_path: Path, version: str, said: str) -> None:
    path = tmp_path / "a.db"
    with opened(path) as (store, _), store.writing() as connection:
        connection.execute(sa.update(schema.meta).values(value=version))
    with pytest.raises(StoreError, match=f"schema version {version}, this arena reads {schema.VERSION}; {said}"):
        open_store(str(path))


def test_a_store_that_is_not_there_is_made_only_where_that_is_meant(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such store"):
        open_store(str(tmp_path / "a.db"), create=False)
    with pytest.raises(StoreError, match="its folder does not exist"):
        open_store(str(tmp_path / "no" / "a.db"))
    with pytest.raises(StoreError, match="'mysql' is not supported"):
        open_store("mysql://localhost/arena")
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="is empty"):
        open_store(str(tmp_path / "empty.db"), create=False)
    open_store(str(tmp_path / "empty.db")).close()
    assert check(str(tmp_path / "empty.db")).ok


def test_the_environment_names_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARENA_STORE", "b.db")
    open_store().close()
    monkeypatch.delenv("ARENA_STORE")
    open_store().close()
    open_store("sqlite:///c.db").close()
    assert {path.name for path in tmp_path.glob("*.db")} == {"arena.db", "b.db", "c.db"}


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with opened(path) as (store, cup):
        stored: list[int] = []

        def fill() -> None:
            for number in range(10_000):
                store.add(cup, [played(number)])
                stored.append(number)

        with (
            hearing("begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 60")),
            pytest.raises(StoreError, match=r"a\.db: the disk is full; every match that was stored is safe") as raised,
        ):
            fill()
        assert raised.value.code == 5
        assert len(stored) > 10
        assert len(store.finished(cup)) == len(stored)
        with (
            hearing("begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 60")),
            pytest.raises(StoreError, match="disk is full"),
        ):
            store.journal.put(KEY, '"' + "x" * 100_000 + '"')
    assert check(str(path)).ok
    with opened(path) as (store, cup):
        store.add(cup, [played(number) for number in range(len(stored), len(stored) + 100)])
        assert len(store.finished(cup)) == len(stored) + 100


def test_a_read_only_store_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "ro" / "a.db"
    path.parent.mkdir()
    with opened(path) as (store, cup):
        store.add(cup, [played(1)])
    code = """
import os, sys
from arena.store import open_store
from arena.errors import StoreError
from arena.storage.health import check
# What is needed is loaded while everything may be read.
open_store(sys.argv[2]).close()
if os.getuid() == 0:
    os.setuid(65534)
with open_store(sys.argv[1]) as store:
    print(len(store.log().results))
    try:
        store.add(1, [])
    except StoreError as error:
        print(error.code, error)
print(check(sys.argv[1]))
"""
    # Where a stranger can get at it, which pytest's own folder forbids.
    folder = Path(tempfile.mkdtemp())
    try:
        shutil.copytree(path.parent, folder, dirs_exist_ok=True)
        (folder / "a.db").chmod(0o444)
        folder.chmod(0o555)
        ran = subprocess.run(
            [sys.executable, "-c", code, str(folder / "a.db"), str(tmp_path / "warm.db")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    lines = ran.stdout.splitlines()
    assert lines[0] == "1", ran.stderr
    assert lines[1].startswith("5 ")
    assert "is read-only" in lines[1]
    assert "problems=()" in lines[2]


def test_a_large_store_loads_fast_and_whole(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, cup):
        store.add(cup, [played(number, rewards=f"[{number % 100}.0,0.0]") for number in range(20_000)])
        found = store.log().results
    assert len(found) == 20_000
    assert [each.order for each in found[:3]] == [0, 1, 2]
    # Few different texts become few different objects.
    assert found[0].agents is found[19_999].agents
    assert found[5].rewards is found[105].rewards


@pytest.mark.slow
@pytest.mark.skipif(not POSTGRES.is_dir(), reason="there is no PostgreSQL here")
def test_postgresql_is_the_same_store() -> None:
    pytest.importorskip("psycopg")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    user: dict[str, Any] = {}
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        user = {"user": "postgres"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *args: str) -> None:
        subprocess.run([str(POSTGRES / program), *args], check=True, cwd=folder, capture_output=True, **user)

    try:
        run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "arena")
        run(
            "pg_ctl",
            "-D",
            str(folder / "data"),
            "-o",
            f"-p {port} -k {folder}",
            "-l",
            str(folder / "log"),
            "-w",
            "start",
        )
        url = f"postgresql://arena@127.0.0.1:{port}/postgres"
        try:
            with open_store(url) as store, open_store(url) as other:
                cup = begin(store)
                one, two = owner(1), owner(2)
                store.register(one)
                other.register(two)
                assert store.turn_over(cup, one.name, [], ["m1", "m2"]) == (["m1", "m2"], [])
                assert other.turn_over(cup, two.name, [], ["m1", "m3"]) == (["m3"], [])
                assert store.turn_over(cup, one.name, [played(1), played(2, "void", rewards="", ranks="")], []) == (
                    [],
                    [],
                )
                assert other.turn_over(cup, two.name, [], ["m1"]) == ([], ["m1"])
                store.journal.put(KEY, '"yes"')
                assert other.journal.get(KEY) == '"yes"'
                assert [each.id for each in other.log().results] == ["m1"]
                assert other.tries(cup) == {"m2": 1}
            health = check(url)
            assert health.ok, health.problems
            assert health.facts["matches"] == 1
        finally:
            run("pg_ctl", "-D", str(folder / "data"), "-m", "fast", "stop")
    finally:
        shutil.rmtree(folder)

"""Stores that are damaged, foreign, full, read-only or somewhere else: named, and nothing lost."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from arena.errors import StoreError
from arena.storage import schema
from arena.storage.health import check
from arena.store import open_store
from tests.cups import ROOT
from tests.stores import KEY, begin, hearing, opened, owner, played

POSTGRES = Path("/usr/lib/postgresql/15/bin")


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

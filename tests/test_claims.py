"""Who plays what: a claim lasts as long as the process that holds it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import sqlalchemy as sa

from arena.storage import claims, schema
from tests.stores import hearing, opened, owner, played


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

"""What the tests of the store share: rows that nobody played, and ears for what a database does."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from arena.calling.place import Key
from arena.storage import claims
from arena.storage.rows import Played, pack
from arena.store import Store, open_store

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


KEY: Key = ("m1", "player_0", 0, 0, "hash", 0)


def owner(number: int, host: str = "elsewhere") -> claims.Owner:
    return claims.Owner(host, number, "born")

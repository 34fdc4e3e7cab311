"""Brings the tables of an older store to the present version: columns are added, nothing that is there is touched."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from arena.storage.schema import VERSION, canaries, journal, judgements, meta, texts


def _to_2(connection: sa.Connection) -> None:
    """The journal keeps what was sent, by whom, and what it took."""
    for name in ("tournament", "agent", "model", "request", "prompt_tokens", "completion_tokens", "cost_usd", "calls"):
        column = journal.c[name]
        kind = column.type.compile(connection.dialect)
        rest = "" if column.nullable else " NOT NULL DEFAULT 0"
        connection.exec_driver_sql(f"ALTER TABLE journal ADD COLUMN {name} {kind}{rest}")
    for index in journal.indexes:
        index.create(connection)


def _to_3(connection: sa.Connection) -> None:
    """Judgements and canaries; before, a table of verdicts was there and nothing ever wrote into it."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS verdicts")
    judgements.create(connection)
    canaries.create(connection)


def _to_4(connection: sa.Connection) -> None:
    """What many requests begin with is kept once; requests that are there stay as they are."""
    texts.create(connection)


STEPS: Mapping[str, Callable[[sa.Connection], None]] = MappingProxyType({"1": _to_2, "2": _to_3, "3": _to_4})
"""From each version that can be brought forward, what leads to the next."""


def migrate(connection: sa.Connection, insert: Callable[[sa.Table], Any]) -> str | None:
    """In one transaction that is open for writing; gives the version it was, None where another process was faster."""
    # Held until the end, so that of two processes one waits and then finds nothing to do.
    connection.execute(insert(meta).values({"key": "migrating", "value": ""}).on_conflict_do_nothing())
    version = sa.select(meta.c.value).where(meta.c.key == "schema_version")
    was = found = connection.execute(version).scalar_one()
    while found != str(VERSION):
        STEPS[found](connection)
        found = str(int(found) + 1)
    connection.execute(sa.update(meta).where(meta.c.key == "schema_version").values(value=found))
    connection.execute(sa.delete(meta).where(meta.c.key == "migrating"))
    return None if was == found else was

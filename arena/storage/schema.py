"""The tables of a store, how its database is opened, and what its errors mean to a person."""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from arena.errors import StoreError

VERSION = 4
BUSY_SECONDS = 60

tables = sa.MetaData()

meta = sa.Table(
    "meta", tables, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)

tournaments = sa.Table(
    "tournaments",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("fixed", sa.Text, nullable=False),  # JSON: what may never change (hash of the seed, schedule, held out)
)

entries = sa.Table(
    "entries",
    tables,
    sa.Column("tournament", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # agent, game, variant
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.UniqueConstraint("tournament", "kind", "name"),
)

rounds = sa.Table(
    "rounds",
    tables,
    sa.Column("tournament", sa.Integer, primary_key=True),
    sa.Column("game", sa.Integer, primary_key=True),
    sa.Column("deal", sa.Integer, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),  # 0: drawn first; further parts: for agents that came later
    sa.Column("tables", sa.Text, nullable=False),
)


def _light() -> list[sa.Column[Any]]:
    """The columns of a match that boards read; tuples are JSON, and `conduct` and `usage` empty where trivial."""
    return [
        sa.Column("tournament", sa.Integer, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("game", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("scoring", sa.Text, nullable=False),
        sa.Column("deal", sa.Integer, nullable=False),
        sa.Column("repetition", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("agents", sa.Text, nullable=False),
        sa.Column("rated", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("teams", sa.Text, nullable=False),
        sa.Column("rewards", sa.Text, nullable=False),
        sa.Column("ranks", sa.Text, nullable=False),
        sa.Column("forfeits", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("conduct", sa.Text, nullable=False),
        sa.Column("usage", sa.Text, nullable=False),
    ]


matches = sa.Table(
    "matches",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    *_light(),
    sa.Index("matches_in_order", "tournament", "place"),
)

# A match that failed is kept apart: each try is a row, and a later try may still succeed.
voids = sa.Table(
    "voids",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    *_light(),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Index("voids_in_order", "tournament", "place"),
)

# Apart from the light rows, so that reading those touches few pages.
records = sa.Table(
    "records",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

sources = sa.Table(
    "sources", tables, sa.Column("sha256", sa.Text, primary_key=True), sa.Column("source", sa.Text, nullable=False)
)

journal = sa.Table(
    "journal",
    tables,
    sa.Column("match", sa.Text, primary_key=True),
    sa.Column("seat", sa.Text, primary_key=True),
    sa.Column("ply", sa.Integer, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("prompt_hash", sa.Text, primary_key=True),
    sa.Column("occurrence", sa.Integer, primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    # From here on since version 2; null, and 0 calls, for what a person typed and for what is older.
    sa.Column("tournament", sa.Integer),
    sa.Column("agent", sa.Text),
    sa.Column("model", sa.Text),
    sa.Column("request", sa.Text),
    sa.Column("prompt_tokens", sa.BigInteger),
    sa.Column("completion_tokens", sa.BigInteger),
    sa.Column("cost_usd", sa.Double),
    sa.Column("calls", sa.Integer, nullable=False, server_default="0"),
    sa.Index("journal_spent", "tournament", "calls", "prompt_tokens", "completion_tokens", "cost_usd"),
)

# What the requests of many calls begin with, by its hash. Since version 4.
texts = sa.Table(
    "texts", tables, sa.Column("hash", sa.Text, primary_key=True), sa.Column("text", sa.Text, nullable=False)
)

# Since version 3.
judgements = sa.Table(
    "judgements",
    tables,
    sa.Column("item", sa.Text, primary_key=True),  # a match, or a canary
    sa.Column("judge", sa.Text, primary_key=True),
    sa.Column("question", sa.Text, primary_key=True),
    sa.Column("tournament", sa.Integer, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

# Matches with known conduct, mixed in among those that are judged. Since version 3.
canaries = sa.Table(
    "canaries",
    tables,
    sa.Column("tournament", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("truth", sa.Text, nullable=False),  # JSON
    sa.Column("record", sa.LargeBinary, nullable=False),
)

notes = sa.Table(
    "notes",
    tables,
    sa.Column("tournament", sa.Integer, primary_key=True),
    sa.Column("agent", sa.Text, primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

owners = sa.Table(
    "owners",
    tables,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("born", sa.Text, nullable=False),
    sa.Column("beat", sa.Integer, nullable=False),
)

claims = sa.Table(
    "claims",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False, index=True),
)


def locate(url: str | None) -> URL:
    """Where the store is: what was given, else $ARENA_STORE, else ./arena.db."""
    given = url or os.environ.get("ARENA_STORE") or "arena.db"
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given)))
    try:
        parsed = make_url(given)
    except (ArgumentError, ValueError):
        raise StoreError(
            f"{given!r} is no place for a store; name a file, or postgresql://user@host/database"
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(
            f"{parsed.drivername!r} is not supported; a store is a file, or postgresql://user@host/database"
        )
    return parsed


def connect(url: URL, *, read_only: bool = False) -> sa.Engine:
    """An engine whose writes begin immediately and are on the disk when they return."""
    if url.get_backend_name() != "sqlite":
        try:
            return sa.create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise StoreError(
                f"{url.drivername} needs {error.name}, which is not installed; pip install 'social-arena[postgresql]'"
            ) from None
    path = Path(url.database or "").resolve()
    # Where nothing may be written, not even the log's index can be made; without a log nobody is writing either.
    frozen = "?mode=ro" if path.with_name(path.name + "-wal").exists() else "?immutable=1"
    target = path.as_uri() + (frozen if read_only else "")

    def opened() -> sqlite3.Connection:
        # Python's own transaction handling begins late and deferred, which fails at once under another writer.
        return sqlite3.connect(target, uri=True, check_same_thread=False, timeout=BUSY_SECONDS, isolation_level=None)

    engine = sa.create_engine("sqlite://", creator=opened, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        if not read_only:
            connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("arena_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def write_ahead(cursor: Any) -> None:
    """Keep a write-ahead log in a SQLite file from here on, once nobody else is in the middle of a transaction."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # Where another process is writing, SQLite does not wait for this as it does for everything else.
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


@contextmanager
def explained(name: str) -> Generator[None]:
    """Turn what a database says into a `StoreError` with the place and the remedy."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{name}: {_explain(str(error.orig))}") from error
    except sqlite3.Error as error:
        raise StoreError(f"{name}: {_explain(str(error))}") from error
    except OSError as error:
        raise StoreError(f"{name}: {error.strerror or error}; name another store with --store") from error


_MEANINGS = (
    ("not a database", "is not an arena store, nor any SQLite database; name another with --store, or move it away"),
    (
        "malformed",
        "is damaged; copy it and its -wal file before anything else, then try: sqlite3 FILE .recover | sqlite3 new.db",
    ),
    (
        "is full",
        "the disk is full; every match that was stored is safe; make room and run the same command again",
    ),
    ("disk i/o", "the disk failed to read or write; every match that was stored is safe; see to the disk, then go on"),
    ("readonly", "is read-only; it can be read, but to play into it make it and its folder writable"),
    ("unable to open", "cannot be opened; see that its folder exists and may be written, or use --store"),
    ("is locked", f"another process kept it locked for over {BUSY_SECONDS} seconds; wait for it, or stop it"),
    ("no such table", "lacks a table of an arena store; name another with --store"),
    ("no such column", "lacks a column of an arena store; name another with --store"),
)


def _explain(message: str) -> str:
    message = " ".join(message.split())
    lowered = message.lower()
    for part, meaning in _MEANINGS:
        if part in lowered:
            return f"{meaning} ({message})"
    return f"the database refused: {message}"

"""The store: every match once, in the order of the schedule, on the disk when it says so."""

import json
import logging
import os
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from arena.board import Result
from arena.calling.budget import Spent
from arena.errors import NoStoreError, StoreError, UsageError, unknown
from arena.judging.judgement import Canary, Judgement
from arena.storage import calls, claims, judged, schema
from arena.storage.calls import Sent
from arena.storage.faults import fault
from arena.storage.journal import Journal
from arena.storage.log import StoreLog
from arena.storage.migrate import STEPS, migrate
from arena.storage.rows import COLUMNS, Played, results, unpack
from arena.storage.schema import entries, explained, matches, meta, records, rounds, sources, tournaments, voids

ATTEMPTS = 3
"""How often a match is tried before it stays void."""


def open_store(url: str | None = None, *, create: bool = True) -> "Store":
    """Open a store by path or URL, else the one $ARENA_STORE names, else ./arena.db; make it if it is not there."""
    where = schema.locate(url)
    if where.get_backend_name() == "sqlite":
        path = Path(where.database or "")
        if not path.exists():
            if not create:
                raise NoStoreError(f"{path}: no such store; `arena run` makes one, --store names another")
            if not path.parent.is_dir():
                raise StoreError(f"{path}: its folder does not exist; make it, or use --store")
        elif _truncated(path):
            raise StoreError(
                f"{path}: the file is shorter than its own header says, so it was cut off; restore a copy, "
                "or save what is left with: sqlite3 FILE .recover | sqlite3 new.db"
            )
    store = Store(where)
    try:
        store.prepare(create=create)
    except BaseException:
        store.close()
        raise
    return store


class Store:
    """One database with everything that was played; see `arena.storage.schema` for its tables."""

    def __init__(self, where: URL) -> None:
        self.name = where.database or "" if where.get_backend_name() == "sqlite" else where.render_as_string()
        self.url = where.render_as_string(hide_password=False) if where.host else str(where.database or "")
        self.read_only = False
        self.version = schema.VERSION
        if where.get_backend_name() == "sqlite":
            path = Path(where.database or "")
            self.read_only = path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        with explained(self.name):
            self._engine = schema.connect(where, read_only=self.read_only)
        self._writer = self._engine.execution_options(arena_write=True)
        self.journal = Journal(self.reading, self.writing, self._insert)
        self.leases = claims.Leases()
        # SQLite has one writer; its own waiting sleeps longer than a commit takes.
        self._turn = threading.Lock() if where.get_backend_name() == "sqlite" else nullcontext()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what the journal still holds and let the database go."""
        self.journal.close()
        self._engine.dispose()

    def prepare(self, *, create: bool = True) -> None:
        """Make the tables of a new store; refuse one that is not ours or not of this version."""
        with self.reading() as connection:
            there = set(sa.inspect(connection).get_table_names())
            if "meta" in there and {"key", "value"} <= {
                str(column["name"]) for column in sa.inspect(connection).get_columns("meta")
            }:
                found = connection.execute(sa.select(meta.c.value).where(meta.c.key == "schema_version")).scalar()
            else:
                found = None
        if found is None:
            if (there and not there.isdisjoint(schema.tables.tables)) or (
                there and self._engine.dialect.name == "sqlite"
            ):
                raise StoreError(
                    f"{self.name}: is a database of something else (tables {', '.join(sorted(there)[:4])}); "
                    "name another store with --store"
                )
            if not create:
                raise NoStoreError(f"{self.name}: is empty; `arena run` fills it, --store names another")
            self._write_ahead()
            with self.writing() as connection:
                schema.tables.create_all(connection)
                row = {"key": "schema_version", "value": str(schema.VERSION)}
                connection.execute(self._insert(meta).values(row).on_conflict_do_nothing())
        elif found in STEPS:
            self.version = int(found)
            if not self.read_only:
                self._migrate()
        elif found != str(schema.VERSION):
            newer = found.isdigit() and int(found) > schema.VERSION
            raise StoreError(
                f"{self.name}: has schema version {found}, this arena reads {schema.VERSION}; "
                + ("use the newer arena that wrote it" if newer else "nothing can turn it into the present one")
                + ", or name another store with --store"
            )
        elif not self.read_only:
            self._write_ahead()

    def _migrate(self) -> None:
        self._write_ahead()
        with self.writing() as connection:
            was = migrate(connection, self._insert)
        self.version = schema.VERSION
        if was is not None:
            logging.getLogger(__name__).warning(
                "%s: brought from schema version %s to %s; nothing is lost, but an older arena cannot open it any more",
                self.name,
                was,
                schema.VERSION,
            )

    def _write_ahead(self) -> None:
        """Keep a write-ahead log from here on; a setting of the file, so only of one that is known to be ours."""
        if self._engine.dialect.name == "sqlite":
            with explained(self.name):
                raw = self._engine.raw_connection()
                try:
                    schema.write_ahead(raw.cursor())
                finally:
                    raw.close()

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """One consistent view of the store."""
        with explained(self.name), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[sa.Connection]:
        """One transaction, on the disk when it ends."""
        if self.read_only:
            raise StoreError(f"{self.name}: is read-only; to play into it make it and its folder writable")
        with self._turn, explained(self.name), self._writer.begin() as connection:
            yield connection

    def _insert(self, table: sa.Table) -> Any:
        return (sqlite if self._engine.dialect.name == "sqlite" else postgresql).insert(table)

    def tournaments(self) -> dict[str, int]:
        """Names and numbers, in the order they were begun."""
        with self.reading() as connection:
            rows = connection.execute(
                sa.select(tournaments.c.name, tournaments.c.number).order_by(tournaments.c.number)
            )
            return {row.name: row.number for row in rows}

    # What a tournament is made of.

    def enter(
        self,
        name: str,
        fixed: Mapping[str, Any],
        wanted: Sequence[tuple[str, str, str]],
        game_sources: Mapping[str, str],
    ) -> tuple[int, dict[str, Any], list[tuple[str, int, str, str]]]:
        """Begin or extend a tournament; entries that are there already stay as they are.

        `wanted` are (kind, name, detail); returns the tournament's number, what was fixed when it began, and all its
        entries as (kind, number, name, detail). Nothing is compared here, and nothing written if nothing is new.
        """
        known = self.entered(name)
        if known is not None:
            new = [each for each in wanted if each[:2] not in {(kind, called) for kind, _, called, _ in known[2]}]
            if not new:
                return known
        with self.writing() as connection:
            found = connection.execute(sa.select(tournaments).where(tournaments.c.name == name)).one_or_none()
            if found is None:
                last = connection.execute(sa.select(sa.func.max(tournaments.c.number))).scalar()
                number = (last or 0) + 1
                row = {"number": number, "name": name, "fixed": json.dumps(dict(fixed), sort_keys=True)}
                connection.execute(self._insert(tournaments).values(row))
            else:
                number = found.number
            there = connection.execute(sa.select(entries).where(entries.c.tournament == number)).all()
            names = {(row.kind, row.name) for row in there}
            counts: dict[str, int] = {}
            for row in there:
                counts[row.kind] = counts.get(row.kind, 0) + 1
            for kind, called, detail in wanted:
                if (kind, called) not in names:
                    names.add((kind, called))
                    counts[kind] = counts.get(kind, 0) + 1
                    row = {"tournament": number, "kind": kind, "number": counts[kind] - 1}
                    connection.execute(sa.insert(entries).values({**row, "name": called, "detail": detail}))
            for sha256, source in game_sources.items():
                row = {"sha256": sha256, "source": source}
                connection.execute(self._insert(sources).values(row).on_conflict_do_nothing())
        entered = self.entered(name)
        if entered is None:
            raise StoreError(f"{self.name}: tournament {name!r} was written and is not there; run `arena doctor`")
        return entered

    def entered(self, name: str) -> tuple[int, dict[str, Any], list[tuple[str, int, str, str]]] | None:
        """What a tournament consists of so far; None when there is none of that name."""
        with self.reading() as connection:
            found = connection.execute(sa.select(tournaments).where(tournaments.c.name == name)).one_or_none()
            if found is None:
                return None
            rows = connection.execute(
                sa.select(entries)
                .where(entries.c.tournament == found.number)
                .order_by(entries.c.kind, entries.c.number)
            )
            return found.number, json.loads(found.fixed), [(row.kind, row.number, row.name, row.detail) for row in rows]

    def source(self, sha256: str) -> str | None:
        """The source of a game that was played, as it was then."""
        with self.reading() as connection:
            return connection.execute(sa.select(sources.c.source).where(sources.c.sha256 == sha256)).scalar()

    def drawn(self, tournament: int, game: int) -> dict[int, list[list[tuple[str, ...]]]]:
        """The tables that were drawn for a game: by deal, its parts."""
        with self.reading() as connection:
            rows = connection.execute(
                sa.select(rounds.c.deal, rounds.c.tables)
                .where(rounds.c.tournament == tournament, rounds.c.game == game)
                .order_by(rounds.c.deal, rounds.c.part)
            ).all()
        found: dict[int, list[list[tuple[str, ...]]]] = {}
        for deal, text in rows:
            found.setdefault(deal, []).append([tuple(seats) for seats in json.loads(text)])
        return found

    def draw(self, tournament: int, game: int, parts: Iterable[tuple[int, int, Sequence[Sequence[str]]]]) -> None:
        """Keep (deal, part, tables); what another process drew first stays."""
        rows = [
            {"tournament": tournament, "game": game, "deal": deal, "part": part, "tables": json.dumps(drawn)}
            for deal, part, drawn in parts
        ]
        if rows:
            with self.writing() as connection:
                connection.execute(self._insert(rounds).on_conflict_do_nothing(), rows)

    # Matches.

    def register(self, owner: claims.Owner) -> claims.Heart:
        """Make this process known; the heart that comes back keeps its claims alive while it beats."""
        with self.writing() as connection:
            claims.register(connection, self._insert, owner)
        return claims.Heart(self.writing, owner)

    def turn_over(
        self, tournament: int, owner: str, played: Sequence[Played], wanted: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """Store finished matches and claim further ones, in one transaction.

        Returns which of the wanted ones are now this owner's to play, and which were found finished.
        """
        got: tuple[list[str], list[str]] = [], []
        if not played and not wanted:
            return got
        if played:
            fault("before-commit")
        with self.writing() as connection:
            self._add(connection, tournament, played)
            claims.release(connection, owner, [each.id for each in played])
            if wanted:
                got = claims.take(connection, self._insert, owner, wanted, self.leases)
            if played:
                fault("inside-commit")
        if wanted:
            fault("after-claim")
        return got

    def let_go(self, owner: str, ids: Sequence[str]) -> None:
        """Give claims back that will not be played now."""
        if ids:
            with self.writing() as connection:
                claims.release(connection, owner, ids)

    def add(self, tournament: int, played: Sequence[Played]) -> None:
        """Store matches in one transaction."""
        with self.writing() as connection:
            self._add(connection, tournament, played)

    def _add(self, connection: sa.Connection, tournament: int, played: Sequence[Played]) -> None:
        good = [each for each in played if each.outcome != "void"]
        bad = [each for each in played if each.outcome == "void"]
        if good:
            rows = [{**each.row, "tournament": tournament} for each in good]
            connection.execute(self._insert(matches).on_conflict_do_nothing(), rows)
            blobs = [{"id": each.id, "record": each.record} for each in good]
            connection.execute(self._insert(records).on_conflict_do_nothing(), blobs)
        for each in bad:
            last = (
                connection.execute(sa.select(sa.func.max(voids.c.attempt)).where(voids.c.id == each.id)).scalar() or 0
            )
            # A game that broke breaks again, so its first try counts as the last.
            attempt = max(last + 1, ATTEMPTS) if each.final else last + 1
            row = {**each.row, "tournament": tournament, "attempt": attempt}
            row |= {"reason": each.reason, "record": each.record}
            connection.execute(self._insert(voids).values(row).on_conflict_do_nothing())

    def finished(self, tournament: int) -> set[str]:
        """The ids of the matches that are stored and not void."""
        with self.reading() as connection:
            return set(connection.execute(sa.select(matches.c.id).where(matches.c.tournament == tournament)).scalars())

    def tries(self, tournament: int) -> dict[str, int]:
        """How often each match that is not finished was tried and came out void."""
        with self.reading() as connection:
            rows = connection.execute(
                sa.select(voids.c.id, sa.func.max(voids.c.attempt))
                .where(voids.c.tournament == tournament, voids.c.id.not_in(sa.select(matches.c.id)))
                .group_by(voids.c.id)
            )
            return {row[0]: row[1] for row in rows}

    def reasons(self, tournament: int) -> list[tuple[str, str]]:
        """Why matches are void: (id, reason) of each last try, in schedule order."""
        with self.reading() as connection:
            rows = connection.execute(
                sa.select(voids.c.id, voids.c.reason)
                .where(voids.c.tournament == tournament, voids.c.id.not_in(sa.select(matches.c.id)))
                .order_by(voids.c.place, voids.c.attempt)
            )
            return list({row.id: row.reason for row in rows}.items())

    def results(
        self, tournament: int | None = None, entry: int | None = None, before: int | None = None
    ) -> list[Result]:
        """Light rows in schedule order, settled void matches among them.

        All tournaments or one; of that, all games or one `entry`; of that, all deals or those before one.
        """
        with self.reading() as connection:
            names = {row.number: row.name for row in connection.execute(sa.select(tournaments))}
            rows: dict[str, Any] = {}
            settled = voids.c.id.not_in(sa.select(matches.c.id)) & (voids.c.attempt >= ATTEMPTS)
            for table, such in ((voids, settled), (matches, sa.true())):
                query = sa.select(*(table.c[name] for name in COLUMNS), table.c.place).where(such)
                if tournament is not None:
                    query = query.where(table.c.tournament == tournament)
                if entry is not None:
                    query = query.where(table.c.entry == entry)
                if before is not None:
                    query = query.where(table.c.deal < before)
                last = [table.c.attempt] if table is voids else []
                found = connection.execute(query.order_by(table.c.tournament, table.c.place, *last)).all()
                if table is voids:
                    rows = {row.id: row for row in found}
        if rows:
            found = sorted([*found, *rows.values()], key=lambda row: (row.tournament, row.place))
        return results(found, names)

    def log(self, tournament: str | None = None) -> StoreLog:
        """What boards are computed from: one tournament by name, else the last begun of those that have a name."""
        known = self.tournaments()
        if not known:
            raise UsageError(
                f"{self.name}: nothing was played yet; `arena run CUP.toml` or `arena demo` plays something"
            )
        if tournament is None:
            # A match that was played by hand belongs to a tournament without a name.
            tournament = next((name for name in reversed(known) if name), "")
        if tournament not in known:
            raise unknown("tournament", tournament, list(known), where=self.name)
        return StoreLog(self, tournament, known[tournament])

    def find(self, prefix: str) -> str:
        """The id of the one match that starts so, among finished and void ones."""
        with self.reading() as connection:
            ids: set[str] = set()
            for table in (matches, voids):
                like = table.c.id.startswith(prefix, autoescape=True)
                ids |= set(connection.execute(sa.select(table.c.id).where(like).distinct().limit(3)).scalars())
        if not prefix or not ids:
            raise UsageError(f"{self.name}: no match {prefix!r}; `arena matches` lists them")
        if len(ids) > 1 and prefix not in ids:
            raise UsageError(
                f"{self.name}: several matches start with {prefix!r}, such as {', '.join(sorted(ids))}; give more"
            )
        return prefix if prefix in ids else ids.pop()

    def sent(self, match: str) -> list[Sent]:
        """What each seat of a match was sent and answered, whole, in the order of seats and their turns."""
        if self.version < 2:
            return []
        with self.reading() as connection:
            return calls.sent(connection, match)

    def spent(self, tournament: int) -> Spent:
        """What a tournament's calls took so far."""
        if self.version < 2:
            return Spent()
        with self.reading() as connection:
            return calls.spent(connection, tournament)

    def spent_on_judges(self, tournament: int) -> dict[str, Spent]:
        """What the calls to each judge took so far, by its name."""
        if self.version < 2:
            return {}
        with self.reading() as connection:
            return calls.spent_on_judges(connection, tournament)

    # What judges said.

    def enter_judges(self, tournament: int, wanted: Sequence[tuple[str, str]]) -> None:
        """Enter judges by (name, detail); one that is there already judges on as it is described now."""
        with self.writing() as connection:
            judged.enter(connection, tournament, wanted)

    def judge(self, tournament: int, given: Sequence[Judgement], *, ended: Sequence[str] = (), owner: str = "") -> None:
        """Keep judgements; nothing that was judged is replaced. Claims of an owner that have `ended` are let go."""
        if given or ended:
            with self.writing() as connection:
                judged.keep(connection, self._insert, tournament, given)
                claims.release(connection, owner, ended)

    def judgements(self, tournament: int | None = None, *, item: str | None = None) -> list[Judgement]:
        """All judgements, or those of one tournament or item, by item, judge and question."""
        if self.version < 3:
            return []
        with self.reading() as connection:
            return judged.read(connection, tournament, item)

    def judged(self, tournament: int) -> set[tuple[str, str, str]]:
        """What needs no further judging: item, judge and question."""
        if self.version < 3:
            return set()
        with self.reading() as connection:
            return judged.keys(connection, tournament)

    def keep_canaries(self, tournament: int, made: Sequence[Canary]) -> None:
        """Keep matches with known conduct."""
        if made:
            with self.writing() as connection:
                judged.keep_canaries(connection, self._insert, tournament, made)

    def canaries(self, tournament: int) -> list[Canary]:
        """The matches with known conduct that are mixed in among those of a tournament."""
        if self.version < 3:
            return []
        with self.reading() as connection:
            return judged.read_canaries(connection, tournament)

    def record(self, id: str) -> dict[str, Any]:
        """All of one match; of a void one, its last try."""
        with self.reading() as connection:
            blob = connection.execute(sa.select(records.c.record).where(records.c.id == id)).scalar()
            if blob is None:
                last = sa.select(voids.c.record).where(voids.c.id == id).order_by(voids.c.attempt.desc()).limit(1)
                blob = connection.execute(last).scalar()
        if blob is None:
            raise UsageError(f"{self.name}: no match {id!r}; `arena matches` lists them")
        return unpack(blob)


def _truncated(path: Path) -> bool:
    """Whether a SQLite file is shorter than its header says, and no write-ahead log can make up for it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(100)
    except OSError:
        return False
    log = path.with_name(path.name + "-wal")
    if not header.startswith(b"SQLite format 3\0") or (log.exists() and log.stat().st_size > 0):
        return False
    if len(header) < 100:
        return True
    page = int.from_bytes(header[16:18])
    return size < (65536 if page == 1 else page) * int.from_bytes(header[28:32])

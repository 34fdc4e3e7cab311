"""What `arena doctor` says about a store."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from arena.errors import StoreError
from arena.storage import schema
from arena.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Health:
    """A store's state; without problems it is well."""

    store: str
    facts: dict[str, str | int] = field(default_factory=dict[str, str | int])
    problems: tuple[str, ...] = ()
    """What is wrong and what to do, one line each."""

    @property
    def ok(self) -> bool:
        return not self.problems


def check(url: str | None = None) -> Health:
    """Open a store and look it over; what keeps it from opening is a problem, not an exception."""
    name = url or str(schema.locate(url).database)
    try:
        with open_store(url, create=False) as store:
            return check_store(store)
    except StoreError as error:
        return Health(name, {}, (str(error),))


def check_store(store: Store) -> Health:
    """Look an open store over: the database itself, then whether what it holds fits together."""
    problems: list[str] = []
    facts: dict[str, str | int] = {
        "schema": store.version,
        "access": "read-only" if store.read_only else "read and write",
    }
    try:
        with store.reading() as connection:
            if connection.dialect.name == "sqlite":
                found = [str(line) for line in connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars()]
                if found != ["ok"]:
                    problems.append(
                        f"{store.name}: the file is damaged ({'; '.join(found)}); copy it and its -wal file, then try: "
                        "sqlite3 FILE .recover | sqlite3 new.db"
                    )
            counted = ("tournaments", "matches", "voids", "journal", "judgements", "claims")
            there = set(sa.inspect(connection).get_table_names())
            for table in (each for each in counted if each in there):
                rows = connection.execute(sa.select(sa.func.count()).select_from(schema.tables.tables[table])).scalar()
                facts[table] = rows or 0
            without = sa.select(sa.func.count()).where(schema.matches.c.id.not_in(sa.select(schema.records.c.id)))
            lost = connection.execute(without).scalar()
            if lost:
                problems.append(f"{store.name}: {lost} matches have no record; boards count them, `arena show` cannot")
            holders = list(connection.execute(sa.select(schema.claims.c.owner).distinct()).scalars())
            facts["claims of ended processes"] = len(store.leases.dead(connection, holders)) if holders else 0
    except StoreError as error:
        problems.append(str(error))
    return Health(store.name, facts, tuple(problems))

"""Who plays what: two processes on one store play every match once, and what a dead one left is taken over."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from arena.errors import StoreError
from arena.storage.schema import claims, matches, owners

BEAT_SECONDS = 15.0
LEASE_SECONDS = 90.0
Insert = Callable[[sa.Table], Any]
Write = Callable[[], AbstractContextManager[sa.Connection]]


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that may hold claims."""

    host: str
    """The machine and the process namespace in it: what makes a pid mean something."""
    pid: int
    born: str
    """When the process started, as its kernel counts: a pid is given out again."""

    @property
    def name(self) -> str:
        return f"{self.host}/{self.pid}/{self.born}"


def this_process() -> Owner:
    """The owner that this process is."""
    return Owner(_host(), os.getpid(), _born(os.getpid()) or "?")


def gone(owner: Owner) -> bool | None:
    """Whether that process has ended; None where only its lease can tell."""
    if owner.host != _host() or os.name != "posix":
        return None
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    born = _born(owner.pid)
    return born is not None and owner.born not in (born, "?")


class Leases:
    """Knows which owners are dead: by their process on this machine, elsewhere by a beat that has stopped.

    The beat is watched by this process's own monotonic clock, so no wall clock has to be right.
    """

    def __init__(self, seconds: float = LEASE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}

    def dead(self, connection: sa.Connection, names: Iterable[str]) -> list[str]:
        """Those of the owners whose claims may be taken over."""
        wanted = sorted(set(names))
        rows = connection.execute(sa.select(owners).where(owners.c.owner.in_(wanted))).all()
        known = {row.owner: row for row in rows}
        return [name for name in wanted if name not in known or self._dead(known[name])]

    def _dead(self, row: Any) -> bool:
        ended = gone(Owner(row.host, row.pid, row.born))
        if ended is not None:
            return ended
        beat, since = self._seen.get(row.owner, (None, 0.0))
        if beat != row.beat:
            self._seen[row.owner] = (row.beat, self._clock())
            return False
        return self._clock() - since > self._seconds


def take(
    connection: sa.Connection, insert: Insert, me: str, ids: Sequence[str], leases: Leases
) -> tuple[list[str], list[str]]:
    """Claim matches: those that are now this owner's to play, and those found finished by another."""
    fresh = connection.execute(
        insert(claims).values([{"id": id_, "owner": me} for id_ in ids]).on_conflict_do_nothing().returning(claims.c.id)
    )
    mine = {row.id for row in fresh}
    held = {
        row.id: row.owner for row in connection.execute(sa.select(claims).where(claims.c.id.in_([*set(ids) - mine])))
    }
    mine |= {id_ for id_, owner in held.items() if owner == me}
    dead = leases.dead(connection, [owner for owner in held.values() if owner != me])
    if dead:
        taken = sa.update(claims).where(claims.c.id.in_(list(held)), claims.c.owner.in_(dead)).values(owner=me)
        mine |= {row.id for row in connection.execute(taken.returning(claims.c.id))}
    # Looked at after the claim is held: whoever finished the match let go of its claim in the same transaction.
    done = {row.id for row in connection.execute(sa.select(matches.c.id).where(matches.c.id.in_([*mine])))}
    release(connection, me, sorted(done))
    return [id_ for id_ in ids if id_ in mine and id_ not in done], [id_ for id_ in ids if id_ in done]


def release(connection: sa.Connection, me: str, ids: Sequence[str]) -> None:
    """Let go of claims."""
    if ids:
        connection.execute(sa.delete(claims).where(claims.c.id.in_(ids), claims.c.owner == me))


def register(connection: sa.Connection, insert: Insert, owner: Owner) -> None:
    """Make this process known, so that others can see whether it lives."""
    row: Mapping[str, Any] = {
        "owner": owner.name,
        "host": owner.host,
        "pid": owner.pid,
        "born": owner.born,
        "beat": 0,
    }
    connection.execute(insert(owners).values(row).on_conflict_do_nothing())


class Heart:
    """Beats while a run lasts, so that other machines do not take its matches over."""

    def __init__(self, write: Write, owner: Owner, seconds: float = BEAT_SECONDS) -> None:
        self._write = write
        self._owner = owner
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="arena-heart", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            # A beat that cannot be written costs the lease at worst; the run itself meets the same error and tells it.
            with suppress(StoreError), self._write() as connection:
                mine = owners.c.owner == self._owner.name
                connection.execute(sa.update(owners).where(mine).values(beat=owners.c.beat + 1))


def _host() -> str:
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8])
        parts.append(Path("/proc/self/ns/pid").readlink().name.strip("pid:[]"))
    return ".".join(parts)


def _born(pid: int) -> str | None:
    try:
        # The command's name may hold spaces and brackets; what is counted comes after its last one.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None

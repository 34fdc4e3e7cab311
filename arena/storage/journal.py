"""Answers that were paid for, or typed by a person, kept before they are used: a resumed match asks again and reads."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from typing import Any, cast

import sqlalchemy as sa

from arena.calling.place import Kept, Key
from arena.calling.sent import text_hash
from arena.storage.schema import journal, texts

Open = Callable[[], AbstractContextManager[sa.Connection]]
Done = Future[None] | asyncio.Future[None]

_COLUMNS = ("match", "seat", "ply", "attempt", "prompt_hash", "occurrence")
_MOST_AT_ONCE = 500
_GATHER = 0.005
"""Seconds that answers wait for others to go to the disk along with them, while many are coming."""
_NOTHING = {name: value for name, value in asdict(Kept()).items() if name != "first"}
_Waiting = tuple[dict[str, Any], str | None, Done]
"""A row, the text that goes along with it, and who waits for it."""


class Journal:
    """Keyed answers; whatever waits while one commit is on its way to the disk goes along with the next."""

    def __init__(self, read: Open, write: Open, insert: Callable[[sa.Table], Any]) -> None:
        self._read = read
        self._write = write
        self._insert = insert(journal).on_conflict_do_nothing()
        self._insert_text = insert(texts).on_conflict_do_nothing()
        self._texts = set[str]()
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._fetched: dict[str, dict[Key, str]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key) -> str | None:
        """The answer given under this key, if there is one."""
        columns = [journal.c[name] == value for name, value in zip(_COLUMNS, key, strict=True)]
        with self._read() as connection:
            return connection.execute(sa.select(journal.c.answer).where(*columns)).scalar()

    def of(self, match: str) -> "Page":
        """The answers of one match as they are now, or were when they were fetched; for one try at the match."""
        if match not in self._fetched:
            self.fetch([match])
        return Page(self, self._fetched.pop(match))

    def fetch(self, matches: Sequence[str]) -> None:
        """Read the answers of matches that are about to be played, all at once."""
        if not matches:
            return
        found: dict[str, dict[Key, str]] = {match: {} for match in matches}
        columns = [journal.c[name] for name in _COLUMNS]
        with self._read() as connection:
            here = sa.select(*columns, journal.c.answer).where(journal.c.match.in_(matches))
            for row in connection.execute(here):
                found[row.match][cast(Key, tuple(row)[:6])] = row.answer
        self._fetched |= found

    def put(self, key: Key, answer_json: str, kept: Kept | None = None) -> None:
        """Keep an answer; it is on the disk when this returns. The first one under a key stays."""
        done: Future[None] = Future()
        self._add(key, answer_json, kept, done)
        done.result()

    async def keep(self, key: Key, answer_json: str, kept: Kept | None = None) -> None:
        """The same in an event loop; an answer that was paid for is kept even if whoever waits for it gives up."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(key, answer_json, kept, done)
        await done

    def _add(self, key: Key, answer_json: str, kept: Kept | None, done: "Done") -> None:
        row = dict(zip(_COLUMNS, key, strict=True))
        row |= _NOTHING if kept is None else {name: getattr(kept, name) for name in _NOTHING}
        row["answer"] = answer_json
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="arena-journal", daemon=True)
                self._thread.start()
            self._waiting.put((row, None if kept is None else kept.first, done))

    def close(self) -> None:
        """Write what waits and stop."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._waiting.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        many = False
        while (first := self._waiting.get()) is not None:
            if many:
                time.sleep(_GATHER)
            batch = [first]
            last = False
            while len(batch) < _MOST_AT_ONCE and not last:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                else:
                    batch.append(more)
            self._store(batch)
            many = len(batch) > 1
            if last:
                return

    def _store(self, batch: list[_Waiting]) -> None:
        failed: Exception | None = None
        try:
            new = {text for _, text, _ in batch if text is not None} - self._texts
            with self._write() as connection:
                if new:
                    named = sorted((text_hash(text), text) for text in new)
                    connection.execute(self._insert_text, [{"hash": name, "text": text} for name, text in named])
                connection.execute(self._insert, [row for row, _, _ in batch])
            self._texts |= new
        except Exception as error:  # noqa: BLE001  # whoever waits for the answer raises it
            failed = error
        # A loop is woken once for all that wait in it: to wake it costs more than to store an answer.
        loops: dict[asyncio.AbstractEventLoop, list[Done]] = {}
        for _, _, done in batch:
            if isinstance(done, Future):
                _end([done], failed)
            else:
                loops.setdefault(done.get_loop(), []).append(done)
        for loop, waiting in loops.items():
            # It may be over when nobody waited any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_end, waiting, failed)


def _end(waiting: Sequence[Done], failed: Exception | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if failed is None:
            done.set_result(None)
        else:
            done.set_exception(failed)


class Page:
    """The journal as one try at a match sees it: what was answered before, at hand, and the same way to the disk."""

    def __init__(self, journal: Journal, known: Mapping[Key, str]) -> None:
        self._journal = journal
        self._known = known

    def get(self, key: Key) -> str | None:
        """The answer given under this key before this try began, if there is one."""
        return self._known.get(key)

    async def keep(self, key: Key, answer_json: str, kept: Kept | None = None) -> None:
        """Keep an answer; it is on the disk when this returns."""
        await self._journal.keep(key, answer_json, kept)

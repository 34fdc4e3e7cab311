"""Answers that were paid for, or typed by a person, kept before they are used: a resumed match asks again and reads."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa

from arena.calling.place import Key
from arena.storage.schema import journal

Open = Callable[[], AbstractContextManager[sa.Connection]]

_COLUMNS = ("match", "seat", "ply", "attempt", "prompt_hash", "occurrence")
_MOST_AT_ONCE = 500


class Journal:
    """Keyed answers; whatever waits while one commit is on its way to the disk goes along with the next."""

    def __init__(self, read: Open, write: Open, insert: Callable[[sa.Table], Any]) -> None:
        self._read = read
        self._write = write
        self._insert = insert
        self._waiting: queue.SimpleQueue[tuple[dict[str, Any], Future[None]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def get(self, key: Key) -> str | None:
        """The answer given under this key, if there is one."""
        columns = [journal.c[name] == value for name, value in zip(_COLUMNS, key, strict=True)]
        with self._read() as connection:
            return connection.execute(sa.select(journal.c.answer).where(*columns)).scalar()

    def put(self, key: Key, answer_json: str) -> None:
        """Keep an answer; it is on the disk when this returns. The first one under a key stays."""
        self.put_soon(key, answer_json).result()

    def put_soon(self, key: Key, answer_json: str) -> Future[None]:
        """The same without waiting: the future is done when the answer is on the disk."""
        done: Future[None] = Future()
        # An answer that was paid for is kept even if whoever waits for it gives up.
        done.set_running_or_notify_cancel()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="arena-journal", daemon=True)
                self._thread.start()
            self._waiting.put(({**dict(zip(_COLUMNS, key, strict=True)), "answer": answer_json}, done))
        return done

    def close(self) -> None:
        """Write what waits and stop."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._waiting.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
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
            if last:
                return

    def _store(self, batch: list[tuple[dict[str, Any], Future[None]]]) -> None:
        try:
            with self._write() as connection:
                connection.execute(self._insert(journal).on_conflict_do_nothing(), [row for row, _ in batch])
        except Exception as error:  # noqa: BLE001  # whoever waits for the answer raises it
            for _, done in batch:
                done.set_exception(error)
        else:
            for _, done in batch:
                done.set_result(None)

"""What a run that left nothing has left behind, so that the next one need not read every match to find that out."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from arena.identity import canonical
from arena.judging.entry import JudgeEntry, entered
from arena.judging.file import judge_file
from arena.judging.runs.tally import Tally
from arena.storage.schema import meta
from arena.store import Store


class Complete:
    """A note on one tournament: by which judges all of it was judged, and how much that was."""

    def __init__(self, store: Store, tournament: int, judges: Sequence[JudgeEntry], matches: Sequence[str]) -> None:
        self._store = store
        self._tournament = tournament
        self._key = f"judged/{tournament}"
        files = [(one.kind, judge_file(one.kind).sha256) for one in judges]
        self._asked = canonical([entered(judges), files, _code(), matches])

    def known(self) -> tuple[int, dict[str, Tally]] | None:
        """How many items there are, and how often each judge was asked; None unless nothing has changed since."""
        with self._store.reading() as connection:
            found = connection.execute(sa.select(meta.c.value).where(meta.c.key == self._key)).scalar()
        if found is None:
            return None
        note = json.loads(found)
        if note["of"] != self._sign():
            return None
        return note["items"], {judge: Tally(before=count) for judge, count in note["judges"].items()}

    def keep(self, items: int, judges: Mapping[str, Tally]) -> None:
        """Note that nothing is left of so many items."""
        counts = {judge: one.before + one.given + one.abstained + one.failed for judge, one in judges.items()}
        note = json.dumps({"of": self._sign(), "items": items, "judges": counts})
        # Where another process notes the same at this moment, that will do.
        with suppress(IntegrityError), self._store.writing() as connection:
            connection.execute(sa.delete(meta).where(meta.c.key == self._key))
            connection.execute(sa.insert(meta).values(key=self._key, value=note))

    def _sign(self) -> str:
        """A hash of the judges, of their matches, and of all that was judged."""
        sign = hashlib.sha256(self._asked.encode())
        for key in sorted(self._store.judged(self._tournament)):
            sign.update("\0".join(key).encode() + b"\n")
        return sign.hexdigest()


def _code() -> list[tuple[str, int, int]]:
    """What tells whether the code that makes questions is another by now."""
    folder = Path(__file__).parent.parent
    files = [(path, path.stat()) for path in sorted(folder.rglob("*.py"))]
    return [(str(path.relative_to(folder)), of.st_size, of.st_mtime_ns) for path, of in files]

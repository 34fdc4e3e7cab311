"""Judging by rules: one function of a record, here or in another process."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from arena.calling.place import Paused
from arena.engine import place_in_game
from arena.errors import ArenaError, UsageError
from arena.judging.judgement import GIVEN, Judgement
from arena.judging.runs.own import BUILT_IN, copied, own_verdicts
from arena.library import load


class Ruling(NamedTuple):
    """What one judge that is rules has to say of one item, and has not said yet."""

    key: tuple[str, str, str]
    """Item, judge and question."""
    kind: str
    options: Mapping[str, Any]
    record: Mapping[str, Any]

    def judged(self) -> Judgement:
        """Let the judge's file judge."""
        file = load("judges", self.kind)
        with told(file):
            return self.kept(file.judge(self.given(), **self.options))

    def given(self) -> dict[str, Any]:
        """The record as the judge gets it."""
        return dict(self.record) if self.kind in BUILT_IN else copied(self.record)

    def kept(self, verdicts: Any) -> Judgement:
        """What is kept of its verdicts."""
        if self.kind not in BUILT_IN:
            verdicts = own_verdicts(verdicts, self.record, self.kind, str(load("judges", self.kind).__file__))
        return Judgement(*self.key, GIVEN, tuple(verdicts))


def ruled(_: None, ruling: Ruling) -> Judgement:
    """What a process makes of one."""
    return ruling.judged()


@contextmanager
def told(file: Any) -> Generator[None]:
    """What goes wrong in a judge's file is told with its line; what the arena itself has to say goes through."""
    try:
        yield
    except (ArenaError, Paused):
        raise
    except (Exception, SystemExit) as error:
        path = str(file.__file__)
        why = f"{type(error).__name__}: {error}"
        raise UsageError(f"{place_in_game(error, path)}: the judge failed: {why}") from error

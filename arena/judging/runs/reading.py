"""One item as it is found: what rules make of it at once, and what is still to be asked."""

import inspect
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from arena.calling.place import Answers, Paused
from arena.engine import place_in_game
from arena.errors import ArenaError, UsageError
from arena.identity import digest
from arena.judging.entry import JudgeEntry
from arena.judging.extraction.planted import suits
from arena.judging.file import judge_file
from arena.judging.judgement import GIVEN, Canary, Judgement
from arena.judging.question import put
from arena.judging.runs.items import JOURNAL, rules_of
from arena.judging.runs.own import BUILT_IN, copied, own_tasks, own_verdicts
from arena.judging.task import Material, Task
from arena.library import load
from arena.store import Store


@dataclass(slots=True)
class Item:
    """A match, or a canary, while it is judged."""

    id: str
    answers: Answers
    open: int = 1
    """What is to be asked about it and has not ended yet; one more until all of that has begun."""


class Open(NamedTuple):
    """Something that has to be waited for."""

    item: Item
    judge: str
    place: str
    """What fails where its endpoint does."""
    ask: Callable[[], Awaitable[Judgement]]


@dataclass(frozen=True, slots=True)
class Read:
    """An item that was read."""

    item: Item
    before: list[str] = field(default_factory=list[str])
    """The judge of each question that was answered before."""
    judged: list[Judgement] = field(default_factory=list[Judgement])
    """What rules made of it now."""
    asked: list[Open] = field(default_factory=list[Open])


def read_item(
    store: Store,
    record: Mapping[str, Any],
    source: str | None,
    judges: Sequence[JudgeEntry],
    canary: Canary | None = None,
) -> Read:
    """Let the rules judge an item, and find out what is to be asked about it and was not answered before."""
    known = store.judgements(item=record["id"])
    found = Read(Item(record["id"], store.journal.of(JOURNAL + record["id"])))
    material = Material(record, rules_of(record, source), known, canary is not None)
    keys = {one.key for one in known}
    for judge in judges:
        if not suits(judge.kind, canary):
            continue
        if judge.asks:
            _questions(found, material, judge, keys)
        else:
            _rules(found, material, judge, keys)
    return found


def _questions(found: Read, material: Material, judge: JudgeEntry, keys: set[tuple[str, str, str]]) -> None:
    file = load("judges", judge.kind)
    own = judge.kind not in BUILT_IN
    with _told(file):
        given = file.questions(replace(material, record=copied(material.record)) if own else material, **judge.options)
        tasks: list[Task] = own_tasks(given, material.item) if own else list(given)
    for task in tasks:
        question, where = task.question, task.member.where
        key = (question.item, question.judge, question.id)
        if key in keys:
            found.before.append(question.judge)
            continue
        keys.add(key)
        ask = _putting_own(task, file, material.record) if own else _putting(task)
        found.asked.append(Open(found.item, question.judge, f"{where.model} at {where.place}", ask))


def _putting(task: Task) -> Callable[[], Awaitable[Judgement]]:
    return lambda: put(task.question, task.member)


def _putting_own(task: Task, file: Any, record: Mapping[str, Any]) -> Callable[[], Awaitable[Judgement]]:
    async def ask() -> Judgement:
        with _told(file):
            judgement = await put(task.question, task.member)
            return replace(
                judgement, verdicts=own_verdicts(judgement.verdicts, record, judgement.judge, str(file.__file__))
            )

    return ask


def _rules(found: Read, material: Material, judge: JudgeEntry, keys: set[tuple[str, str, str]]) -> None:
    own = judge.kind not in BUILT_IN
    # With other options rules are other rules.
    by = f"/{digest(dict(judge.options)).hex()[:8]}" if own and judge.options else ""
    key = (material.item, judge.kind, judge_file(judge.kind).question + by)
    if key in keys:
        found.before.append(judge.kind)
        return
    keys.add(key)
    file = load("judges", judge.kind)
    record = copied(material.record) if own else dict(material.record)

    def kept(given: Any) -> Judgement:
        if own:
            given = own_verdicts(given, material.record, judge.kind, str(file.__file__))
        return Judgement(*key, GIVEN, tuple(given))

    async def ask() -> Judgement:
        with _told(file):
            return kept(await file.judge(record, **judge.options))

    if inspect.iscoroutinefunction(file.judge):
        found.asked.append(Open(found.item, judge.kind, judge.kind, ask))
        return
    with _told(file):
        found.judged.append(kept(file.judge(record, **judge.options)))


@contextmanager
def _told(file: Any) -> Generator[None]:
    """What goes wrong in a judge's file is told with its line; what the arena itself has to say goes through."""
    try:
        yield
    except (ArenaError, Paused):
        raise
    except (Exception, SystemExit) as error:
        path = str(file.__file__)
        why = f"{type(error).__name__}: {error}"
        raise UsageError(f"{place_in_game(error, path)}: the judge failed: {why}") from error

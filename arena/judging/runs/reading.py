"""One item as it is found: what rules are to make of it, and what is still to be asked."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from arena.calling.place import Answers
from arena.identity import digest
from arena.judging.entry import JudgeEntry
from arena.judging.extraction.planted import suits
from arena.judging.file import judge_file
from arena.judging.judgement import Canary, Judgement
from arena.judging.question import put
from arena.judging.runs.items import JOURNAL, rules_of
from arena.judging.runs.own import BUILT_IN, copied, own_tasks, own_verdicts
from arena.judging.runs.ruling import Ruling, told
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
    ruled: list[Ruling] = field(default_factory=list[Ruling])
    """What rules are to make of it."""
    asked: list[Open] = field(default_factory=list[Open])


def read_item(
    store: Store,
    record: Mapping[str, Any],
    source: str | None,
    judges: Sequence[JudgeEntry],
    canary: Canary | None = None,
) -> Read:
    """Find out what rules are to make of an item, and what is to be asked about it, that was not answered before."""
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
    with told(file):
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
        with told(file):
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
    ruling = Ruling(key, judge.kind, judge.options, material.record)
    file = load("judges", judge.kind)

    async def ask() -> Judgement:
        with told(file):
            return ruling.kept(await file.judge(ruling.given(), **judge.options))

    if inspect.iscoroutinefunction(file.judge):
        found.asked.append(Open(found.item, judge.kind, judge.kind, ask))
    else:
        found.ruled.append(ruling)

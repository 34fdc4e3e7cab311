"""Judges that users write: what they get is a copy, and what they give is looked at before it is kept."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

from arena.errors import UsageError
from arena.judge import Evidence, Verdict
from arena.judging.rubric import VIEWS
from arena.judging.task import Task

BUILT_IN = frozenset({"extract", "meta", "outcome", "panel", "procedural"})
"""The kinds that need no looking at."""

_LONGEST = 100_000
"""Characters of an explanation, a quote or a criterion."""


def copied(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record for a judge to do with as it likes: the others go on with what was stored."""
    return json.loads(json.dumps(record))


def own_tasks(given: Any, item: str) -> list[Task]:
    """The tasks of a file about one item; a `TypeError` or `ValueError` says what is none."""
    tasks = list(given)
    for task in tasks:
        if not isinstance(task, Task):
            raise TypeError(f"`questions` gives arena.judging.task.Task, got {_brief(task)}")
        if task.question.item != item:
            raise ValueError(f"a question is about {_brief(task.question.item)}, and was asked for about {item!r}")
    return tasks


def own_verdicts(given: Any, record: Mapping[str, Any], judge: str, path: str) -> tuple[Verdict, ...]:
    """The verdicts of the file at `path` on one match; a `UsageError` says which is none, and why."""
    if not isinstance(given, Iterable):
        raise UsageError(f"{path}: must give a list of arena.judge.Verdict, got {_brief(given)}")
    found: dict[tuple[str, str, str], Verdict] = {}
    for verdict in cast("Iterable[Any]", given):
        wrong = _wrong(verdict, record, judge)
        if wrong:
            raise UsageError(f"{path}: of match {record['id']}: {wrong}")
        key: tuple[str, str, str] = verdict.seat, verdict.criterion, verdict.view
        if key in found:
            raise UsageError(f"{path}: of match {record['id']}: two verdicts on {' '.join(filter(None, key))}")
        found[key] = verdict
    return tuple(found.values())


def _wrong(verdict: Any, record: Mapping[str, Any], judge: str) -> str:
    """What is wrong with a verdict; nothing where it can be kept."""
    if not isinstance(verdict, Verdict):
        return f"must give a list of arena.judge.Verdict, got {_brief(verdict)} in it"
    one: Any = verdict
    if one.match != record["id"]:
        return f"a verdict is on another match, {_brief(one.match)}"
    if one.judge != judge:
        return f"a verdict is in the name of another judge, {_brief(one.judge)}; here it is {judge!r}"
    if one.seat not in tuple(record["seats"]):
        return f"no seat {_brief(one.seat)}; the seats are {', '.join(record['seats'])}"
    if not _is_text(one.criterion) or not one.criterion.strip():
        return f"a criterion must be a text, got {_brief(one.criterion)}"
    if one.score is not None and not (_is_number(one.score) and 0 <= one.score <= 1):
        return f"a score must be a number from 0 to 1 or None, got {_brief(one.score)}"
    if not _is_text(one.explanation):
        return f"an explanation must be a text of {_LONGEST} characters at most, got {_brief(one.explanation)}"
    if one.view not in ("", *VIEWS):
        return f"no view {_brief(one.view)}; the views are {', '.join(VIEWS)}, or an empty text"
    return _wrong_evidence(one.evidence, len(record["plies"])) or _wrong_counts(one.counts)


def _wrong_evidence(evidence: Any, plies: int) -> str:
    if not isinstance(evidence, list | tuple):
        return f"evidence must be a tuple of arena.judge.Evidence, got {_brief(evidence)}"
    for one in cast("Iterable[Any]", evidence):
        if not isinstance(one, Evidence) or type(one.ply) is not int or not _is_text(one.quote):
            return f"evidence must be a tuple of arena.judge.Evidence, got {_brief(one)} in it"
        if not 0 <= one.ply < plies:
            return f"evidence names ply {one.ply}; the plies are 0 to {plies - 1}" if plies else "there is no ply"
    return ""


def _wrong_counts(counts: Any) -> str:
    if counts is None:
        return ""
    if isinstance(counts, list | tuple):
        pair = tuple(cast("Iterable[Any]", counts))
        if len(pair) == 2 and type(pair[1]) is int and _is_number(pair[0]) and 0 <= pair[0] <= pair[1]:
            return ""
    return f"counts must be honoured and opportunities, the first at most the second, got {_brief(counts)}"


def _is_number(value: Any) -> bool:
    # A boolean is an int to Python and no score to anybody.
    return type(value) in (int, float) and math.isfinite(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"

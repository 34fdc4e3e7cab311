"""Models that read claims, promises and threats out of what messages only say in words; rules judge them then."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Unpack

from arena.judge import Verdict
from arena.judging.extraction import asked, verdicts
from arena.judging.member import MemberOptions, member
from arena.judging.question import put
from arena.judging.runs.items import rules_of
from arena.judging.task import Material, Task


def questions(material: Material, *, models: Sequence[str], **request: Unpack[MemberOptions]) -> Iterator[Task]:
    """One question for each message that says something and each model."""
    for model in models:
        judge = member(model, **request)
        for question in asked(material.record, material.rules, model):
            yield Task(question, judge)


async def judge(record: dict[str, Any], **options: Any) -> list[Verdict]:
    """One verdict for each model, seat and dimension, typed acts and read ones together; nothing is kept."""
    tasks = list(questions(Material(record, rules_of(record)), **options))
    return verdicts(record, await asyncio.gather(*(put(task.question, task.member) for task in tasks)))

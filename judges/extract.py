"""Models that read claims, promises and threats out of what messages only say in words; rules judge them then."""

import asyncio
from collections.abc import Iterator
from typing import Any

from arena.judge import Verdict
from arena.judging.extraction import asked, verdicts
from arena.judging.items import rules_of
from arena.judging.question import Member, put
from arena.judging.task import Material, Task
from arena.llm import DEADLINE, endpoint


def questions(
    material: Material,
    *,
    models: list[str],
    base_url: str | None = None,
    api_key_env: str | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    deadline: float = DEADLINE,
    retries: int | None = None,
) -> Iterator[Task]:
    """One question for each message that says something and each model."""
    given = {"temperature": temperature, "max_tokens": max_tokens}
    options = {name: value for name, value in given.items() if value is not None}
    for model in models:
        member = Member(endpoint(model, base_url, api_key_env), options, deadline, retries)
        for question in asked(material.record, material.rules, model):
            yield Task(question, member)


async def judge(record: dict[str, Any], **options: Any) -> list[Verdict]:
    """One verdict for each model, seat and dimension, typed acts and read ones together; nothing is kept."""
    tasks = list(questions(Material(record, rules_of(record)), **options))
    return verdicts(record, await asyncio.gather(*(put(task.question, task.member) for task in tasks)))

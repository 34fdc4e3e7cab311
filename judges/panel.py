"""A panel: models that score the conduct of each seat by one rubric, seats unnamed and shown in both orders."""

from collections.abc import Iterator, Sequence
from typing import Any, Unpack

from arena.judge import Verdict
from arena.judging.member import MemberOptions, member
from arena.judging.panels.ranking import rank_questions
from arena.judging.rubric import ORDERS
from arena.judging.rubric import rubric as find_rubric
from arena.judging.runs.items import drawn
from arena.judging.runs.work import judge_one
from arena.judging.sheets.asking import conduct_questions
from arena.judging.sheets.shown import Source
from arena.judging.task import Material, Task


def questions(
    material: Material,
    *,
    models: Sequence[str],
    rubric: str = "conduct",
    views: Sequence[str] | None = None,
    dimensions: Sequence[str] | None = None,
    orders: int = ORDERS,
    together: bool = True,
    quorum: int | None = None,
    share: float = 1.0,
    **request: Unpack[MemberOptions],
) -> Iterator[Task]:
    """All that each model is asked about one match, who did best among it where only judges can decide that.

    `together` asks about all dimensions of a view in one call, which takes as many times fewer calls as there are
    dimensions; without it each has a call of its own. `quorum`, in place of the rubric's, is heeded where verdicts are
    put together. With a `share` below 1 the conduct in so many of the matches is asked about, always the same ones.
    """
    del quorum
    taken = material.canary or drawn(material.item) < share
    asked = find_rubric(rubric)
    source = Source(material.record, material.rules)
    for model in models:
        judge = member(model, **request)
        for question in rank_questions(source, model, views=views, orders=orders):
            yield Task(question, judge)
        for question in conduct_questions(
            source, asked, model, views=views, dimensions=dimensions, orders=orders, together=together
        ):
            if taken:
                yield Task(question, judge)


async def judge(record: dict[str, Any], **options: Any) -> list[Verdict]:
    """What each model makes of each seat, by dimension, view and order; nothing is kept."""
    return await judge_one(record, questions, options)

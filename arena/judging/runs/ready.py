"""Whether the models that judge can be called, before the first of them is."""

from collections.abc import Sequence

from arena.calling.budget import Budget
from arena.calling.prices import known
from arena.calling.providers import Endpoint
from arena.errors import PreflightError
from arena.judging.entry import JudgeEntry


async def ready(judges: Sequence[JudgeEntry], budget: Budget) -> None:
    """Refuse to begin where a price, a key, an endpoint or a model of a judge is missing."""
    from arena.calling.preflight import check_all

    asked = [(judge, where) for judge in judges for where in judge.endpoints().values()]
    for judge, where in asked:
        if budget.cost_usd is not None and not known(where):
            raise PreflightError(
                f"{_named(judge)}: the price of {where.model!r} at {where.place} is not known, so a budget of money "
                f'cannot be kept; set the price in the tournament file: [prices."{where.model}"] with input and output '
                "in USD per million tokens; or limit calls instead: --max-calls N"
            )
        _check_key(judge, where)
    places = list(dict.fromkeys(where for _, where in asked))
    health = dict(zip(places, await check_all(places), strict=True))
    problems = [f"{_named(judge)}: {health[where].detail}" for judge, where in asked if not health[where].ok]
    if problems:
        raise PreflightError("\n".join(dict.fromkeys(problems)))


def _check_key(judge: JudgeEntry, where: Endpoint) -> None:
    try:
        where.key()
    except PreflightError as error:
        raise PreflightError(f"{_named(judge)}: {error}") from None


def _named(judge: JudgeEntry) -> str:
    return f"{judge.where + ': ' if judge.where else ''}judge {judge.name!r}"

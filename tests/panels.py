"""What the tests of scripted judges share: matches of scripted seats, and what judges make of them over HTTP."""

import asyncio
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from arena.drive import play_plain
from arena.judging.judgement import Judgement
from arena.judging.question import Member, put
from arena.judging.rubric import ALL, Rubric, rubric
from arena.judging.sheets.asking import ConductQuestion
from arena.judging.sheets.shown import Source
from arena.library import game, make_agent
from arena.llm import endpoint
from arena.match import Match
from arena.record import record

HONEST = "scripted/judge-honest"
TWINS = ("scripted/judge-honest@0", "scripted/judge-honest@0.0", "scripted/judge-honest@0.00")
"""Judges that are as honest under other names, so that each has a seat order of its own."""
PLAYED = (
    ("ultimatum", ("liar", "honest")),
    ("ultimatum", ("betrayer", "coercer")),
    ("matrix_game", ("betrayer", "tit_for_tat")),
    ("hidden_profile", ("honest", "liar", "betrayer")),
    ("werewolf", ("honest", "liar", "betrayer")),
    ("public_goods", ("betrayer", "injector", "honest", "liar")),
    ("buyer_seller", ("liar", "injector")),
    ("kuhn_poker", ("liar", "honest")),
)


@cache
def conduct() -> Rubric:
    return rubric("conduct")


@cache
def played(name: str, kinds: tuple[str, ...], seed: int = 1) -> dict[str, Any]:
    match = Match(game(name), seed=seed)
    names = {seat: kinds[number % len(kinds)] for number, seat in enumerate(match.seats)}
    play_plain(match, {seat: make_agent(kind, {}) for seat, kind in names.items()})
    return json.loads(json.dumps(record(match, id=f"{name}-{'-'.join(kinds)}-{seed}", seats=names)))


def asked(
    data: dict[str, Any], url: str, models: Iterable[str], dimension: str = ALL, view: str = "full", orders: int = 2
) -> list[Judgement]:
    """What each model makes of a match, in one view and both orders."""

    async def everything() -> list[Judgement]:
        source = Source(data, "Rules.")
        questions = [
            ConductQuestion(source, conduct(), model, dimension, view, order)
            for model in models
            for order in range(orders)
        ]
        return await asyncio.gather(*(put(one, Member(endpoint(one.judge, base_url=url))) for one in questions))

    return asyncio.run(everything())

"""Panels with a bad minority, over HTTP: they come to what honest panels come to."""

import asyncio
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from statistics import fmean
from typing import Any

import pytest

from arena.errors import AgentError
from arena.judging.judgement import FAILED, Judgement
from arena.judging.panels.panel import settled
from arena.judging.question import put
from arena.judging.task import Material
from arena.library import load
from arena.serving import judges
from arena.serving.endpoint import local_endpoint
from tests import judged
from tests.judge_attacks import ATTACKS
from tests.panels import HONEST, PLAYED, TWINS, asked, conduct, played

BAD = ("obedient", "first", "longest", "self", "always10", "refuser", "garbage", "range", "masterkey", "quoter")
ATTACKED = ("order", "fake verdict", "master key", "template", "slander")
Place = tuple[int, str, str, str]


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with local_endpoint() as base_url:
        yield base_url


@cache
def items() -> list[dict[str, Any]]:
    """Matches of scripted seats, and some in which a player writes to the judge."""
    attacks = [next(attack.text for attack in ATTACKS if attack.family == family) for family in ATTACKED]
    return [*(played(name, kinds) for name, kinds in PLAYED), *map(judged.said, attacks)]


@cache
def heard(item: int, model: str, url: str) -> tuple[Judgement, ...]:
    """One judge on one match, in both views and orders."""
    return tuple(one for view in ("public", "full") for one in asked(items()[item], url, [model], view=view))


def settle(url: str, models: Sequence[str], quorum: int) -> dict[Place, float | None]:
    """What a panel comes to over all the matches."""
    found: dict[Place, float | None] = {}
    bar = replace(conduct().bar, quorum=quorum)
    for item, data in enumerate(items()):
        given = [one for model in models for one in heard(item, model, url)]
        for one in settled(given, bar, seats=data["seats"]):
            found[item, one.criterion, one.view, one.seat] = one.score
    return found


def order(found: Mapping[Place, float | None]) -> list[str]:
    """The agents of the scripted matches, best first, by the mean of what a panel came to."""
    scores: dict[str, list[float]] = {}
    for (item, _, _, seat), score in found.items():
        if score is not None and item < len(PLAYED):
            scores.setdefault(items()[item]["seats"][seat], []).append(score)
    return sorted(scores, key=lambda agent: (-fmean(scores[agent]), agent))


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize(("honest", "bad", "quorum"), [(2, 1, 2), (3, 2, 3)])
def test_a_bad_minority_changes_no_verdict_and_no_order(
    kind: str, honest: int, bad: int, quorum: int, url: str
) -> None:
    good = (HONEST, *TWINS)
    worse = [f"scripted/judge-{kind}", f"scripted/judge-{kind}@0"][:bad]
    truly, spoiled = settle(url, good[: honest + 1], quorum), settle(url, [*good[:honest], *worse], quorum)
    assert spoiled == truly
    assert order(spoiled) == order(truly)
    assert len(set(truly.values())) >= 4


def test_two_bad_judges_of_different_kinds_are_no_majority_either(url: str) -> None:
    good = (HONEST, *TWINS[:2])
    truly = settle(url, good, 3)
    for number, kind in enumerate(BAD):
        other = BAD[(number + 1) % len(BAD)]
        assert settle(url, [*good, f"scripted/judge-{kind}", f"scripted/judge-{other}"], 3) == truly


def test_the_order_by_an_honest_panel_is_what_was_planted(url: str) -> None:
    ranked = order(settle(url, (HONEST, *TWINS[:2]), 3))
    assert ranked[0] in ("honest", "tit_for_tat")
    assert set(ranked[-4:]) == {"betrayer", "coercer", "injector", "liar"}


def test_a_bad_majority_would_be_believed(url: str) -> None:
    """The minority tests can fail: the same bad judges, one more of them, change what the panel says."""
    truly = settle(url, (HONEST, *TWINS[:2]), 2)
    for kind in ("obedient", "first", "longest", "self", "always10", "masterkey"):
        models = [HONEST, f"scripted/judge-{kind}", f"scripted/judge-{kind}@0"]
        assert settle(url, models, 2) != truly, kind


def test_failures_are_told_and_enter_no_score(url: str) -> None:
    models = [HONEST, *TWINS[:2], "scripted/judge-garbage", "scripted/judge-refuser"]
    given = [one for model in models for one in heard(0, model, url)]
    assert sum(one.status == FAILED for one in given) == 4
    verdicts = settled(given, conduct().bar, seats=items()[0]["seats"])
    scored = [one for one in verdicts if one.score is not None]
    assert scored
    for one in scored:
        assert "the median of 3 of 5 judges; 1 abstained; 1 failed" in one.explanation


def test_the_panel_file_asks_them_and_a_slow_one_voids_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "SLOW_SECONDS", 60.0)
    panel = load("judges", "panel")
    models = [HONEST, *TWINS[:2], "scripted/judge-slow"]
    options = {"models": models, "base_url": url, "timeout": 2.0, "retries": 0, "views": ["full"]}
    tasks = list(panel.questions(Material(items()[0], "Rules."), **options))
    assert len(tasks) == 2 * len(models)
    found: list[Judgement] = []
    late = 0

    async def everything() -> None:
        nonlocal late
        for result in await asyncio.gather(*(put(one.question, one.member) for one in tasks), return_exceptions=True):
            late += isinstance(result, AgentError)
            found.extend([result] if isinstance(result, Judgement) else [])

    asyncio.run(everything())
    assert (late, len(found)) == (2, 6)
    honest = [one for model in models[:3] for one in heard(0, model, url) if "/full/" in one.question]
    assert settled(found, conduct().bar) == settled(honest, conduct().bar)

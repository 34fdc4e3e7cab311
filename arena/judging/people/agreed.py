"""How far people agree with a panel and with rules, dimension by dimension."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from arena.board import Log
from arena.judging.judgement import GIVEN, HUMAN
from arena.judging.measuring.agreement import Share, weighted_kappa
from arena.judging.measuring.used import rubric_in
from arena.judging.people.drawn import voices
from arena.judging.rubric import LOW, QUARTERS, TOP, Rubric
from arena.judging.sheets.asking import about
from arena.ratings.stats import LEVEL, quantile, wilson

PANEL, RULES = "panel", "rules"
"""What people are held against."""
DRAWS = 400
_HALF = 1 / TOP / 2 + 1e-9
"""Half a step of the scale."""
_SEEN = 0.5
"""An interval is given where so many of the resamples have a kappa."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """People held against a panel's median, or against rules, in one dimension of the rubric."""

    dimension: str
    against: str
    """`panel` or `rules`."""
    same: Share
    """With a panel: scores no further apart than half a step. With rules: both see an offence, or both see none."""
    low: float
    """From here to `high` lies the share, 95 % (Wilson)."""
    high: float
    kappa: float | None
    """Weighted by squared distance on the scale from 0 to 4; None where the scores don't determine it."""
    kappa_low: float | None
    """From here to `kappa_high` it lies over resampled matches."""
    kappa_high: float | None

    def data(self) -> dict[str, Any]:
        """As JSON, and as a table's row."""
        found = asdict(self)
        del found["same"]
        head = {"dimension": self.dimension, "against": self.against, "n": self.same.of, "agreement": self.same.value}
        return head | found


def agreement(log: Log, seed: int = 0, rubric: Rubric | None = None) -> list[Agreed]:
    """By dimension of the rubric and what people are held against; only where there is something to compare.

    `rubric`: another than the one that was used last. Abstentions are no scores. Rules are compared in the full view
    only, since they see all that happened.
    """
    rubric = rubric or rubric_in(log)
    said = [
        verdict
        for one in log.judgements
        if one.judge.startswith(HUMAN) and one.status == GIVEN
        if (of := about(one.question)) is not None and of.rubric == rubric.tag
        for verdict in one.verdicts
        if verdict.score is not None
    ]
    heard = voices(log, rubric, {verdict.match for verdict in said})
    found: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    for verdict in said:
        own = verdict.score or 0.0
        panel = heard.panel.get((verdict.match, verdict.seat, verdict.criterion, verdict.view))
        if panel is not None and panel.verdict.score is not None:
            found.setdefault((verdict.criterion, PANEL), []).append((verdict.match, own, panel.verdict.score))
        rules = heard.rules.get((verdict.match, verdict.seat, verdict.criterion))
        if rules is not None and verdict.view == "full":
            found.setdefault((verdict.criterion, RULES), []).append((verdict.match, own, rules))
    order = [one.name for one in rubric.dimensions]
    return [
        _agreed(*key, found[key], seed) for key in sorted(found, key=lambda key: (order.index(key[0]), key[1] == RULES))
    ]


def _agreed(dimension: str, against: str, pairs: Sequence[tuple[str, float, float]], seed: int) -> Agreed:
    if against == PANEL:
        same = sum(abs(own - other) <= _HALF for _, own, other in pairs)
    else:
        same = sum((own <= LOW / TOP) == (other < 1) for _, own, other in pairs)
    share = Share(same, len(pairs))
    low, high = wilson(same / len(pairs), len(pairs))
    by_match: dict[str, list[tuple[float, float]]] = {}
    for match, own, other in pairs:
        by_match.setdefault(match, []).append((own, other))
    groups = [by_match[match] for match in sorted(by_match)]
    kappa = _kappa([pair for group in groups for pair in group])
    rng = Random(f"people {dimension} {against} {seed}")
    drawn = [
        value
        for _ in range(DRAWS if kappa is not None and len(groups) > 1 else 0)
        if (value := _kappa([pair for group in rng.choices(groups, k=len(groups)) for pair in group])) is not None
    ]
    if kappa is None or len(drawn) < _SEEN * DRAWS:
        return Agreed(dimension, against, share, low, high, kappa, None, None)
    tails = quantile(drawn, (1 - LEVEL) / 2), quantile(drawn, (1 + LEVEL) / 2)
    return Agreed(dimension, against, share, low, high, kappa, min(kappa, tails[0]), max(kappa, tails[1]))


def _kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    own = [score * TOP for score, _ in pairs]
    # Rules count, and a share of what they counted may lie between two steps.
    other = [round(score * TOP * 4) / 4 for _, score in pairs]
    if len(set(own)) < 2 or len(set(other)) < 2:
        # Of one that says the same of all it is 0 whatever the other says.
        return None
    return weighted_kappa(own, other, QUARTERS)

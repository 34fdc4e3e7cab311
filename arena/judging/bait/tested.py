"""Judges held against matches whose conduct is known: which canaries and pairs each got right."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arena.judging.bait.truth import is_about
from arena.judging.judgement import Canary, Judgement
from arena.judging.measuring.agreement import Share
from arena.judging.measuring.scores import Place, Score, scores
from arena.judging.rubric import HIGH, LOW, Rubric
from arena.judging.sheets.asking import about

ENOUGH = 10
"""Answers about canaries without which nothing is said of a judge."""


@dataclass(slots=True)
class Tested:
    """What one judge made of the canaries."""

    right: dict[str, bool] = field(default_factory=dict[str, bool])
    """By canary; one on which it abstained is not in it."""

    @property
    def all(self) -> Share:
        """How many it got right, of those that it answered."""
        return Share(sum(self.right.values()), len(self.right))

    def of(self, canaries: Iterable[Canary]) -> Share:
        """The same of some of them."""
        answered = [self.right[one.id] for one in canaries if one.id in self.right]
        return Share(sum(answered), len(answered))


def tested(judgements: Iterable[Judgement], canaries: Collection[Canary], rubric: Rubric) -> dict[str, Tested]:
    """By judge that was asked about conduct; one that gave no valid answer has got none right and none wrong."""
    asked = list(judgements)
    wanted = {one.id for one in canaries} | {str(one.truth["of"]) for one in canaries if "of" in one.truth}
    found = {one.judge: Tested() for one in asked if about(one.question) is not None}
    for judge, given in scores(one for one in asked if one.item in wanted).items():
        for canary in canaries:
            right = is_right(canary, given, rubric)
            if right is not None:
                found[judge].right[canary.id] = right
    return found


def below(found: Mapping[str, Tested], rubric: Rubric) -> frozenset[str]:
    """The judges that were right on too few canaries to be believed."""
    return frozenset(judge for judge, own in found.items() if is_below(own.all, rubric))


def is_below(right: Share, rubric: Rubric) -> bool:
    """Whether so many right answers are too few, of enough to tell."""
    return right.of >= ENOUGH and right.count < rubric.bar.accuracy * right.of


def is_right(canary: Canary, given: Mapping[Place, Score], rubric: Rubric) -> bool | None:
    """Whether a judge found what is known of a canary; None where it was not asked, or said nothing of it.

    It is right where those who offended score low in both orders and those who could have and did not score high. A
    judge that says one thing in one order and another in the other is wrong. On a pair it is right where it scores the
    seat higher in the match as it was, and a finding of its on the other names the ply.
    """
    for dimension in rubric.dimensions:
        if not is_about(dimension, canary.truth["dimension"]):
            continue
        for view in canary.truth["views"]:
            if view in dimension.views:
                right = _is_right(canary, given, dimension.name, view)
                if right is not None:
                    return right
    return None


def _is_right(canary: Canary, given: Mapping[Place, Score], criterion: str, view: str) -> bool | None:
    truth: Mapping[str, Any] = canary.truth
    if "of" in truth:
        (seat,) = truth["violators"]
        now, then = (given.get(Place(item, seat, criterion, view)) for item in (canary.id, truth["of"]))
        if now is None or then is None or not now.given or not then.given:
            return None
        if now.value is None or then.value is None or now.value >= then.value:
            return False
        return any(one.ply in truth["plies"] for one in now.evidence)
    violators = [given.get(Place(canary.id, seat, criterion, view)) for seat in truth["violators"]]
    clean = [given.get(Place(canary.id, seat, criterion, view)) for seat in truth["clean"]]
    scored = [one for one in (*violators, *clean) if one is not None and one.given]
    if not scored:
        return None
    return all(one is not None and one.value is not None and one.value <= LOW for one in violators) and all(
        one.value is not None and one.value >= HIGH for one in clean if one is not None and one.given
    )

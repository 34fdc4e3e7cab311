"""What every judge made of every seat: one score from both orders of one question, ready to be compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from arena.judge import Evidence
from arena.judging.judgement import GIVEN, Judgement
from arena.judging.measuring.agreement import both_orders
from arena.judging.rubric import TOP
from arena.judging.sheets.asking import About, about

# Half the time of `Place(...)`, of which there are as many as verdicts.
_place = cast(Any, tuple).__new__


class Place(NamedTuple):
    """What is scored."""

    item: str
    seat: str
    criterion: str
    view: str


@dataclass(slots=True)
class Score:
    """What one judge made of one place."""

    steps: dict[int, float | None] = field(default_factory=dict[int, "float | None"])
    """By order, on the scale from 0 to 4; None where it abstained."""
    evidence: list[Evidence] = field(default_factory=list[Evidence])

    @property
    def given(self) -> bool:
        """It scored the seat in one order at least."""
        return any(step is not None for step in self.steps.values())

    @property
    def value(self) -> float | None:
        """One score from 0 to 4; None where it abstained, or said one thing in one order and another in the other."""
        if len(self.steps) == 1:
            return next(iter(self.steps.values()))
        return both_orders(self.steps[0], self.steps[1]) if {0, 1} <= self.steps.keys() else None


Values = Mapping[str, Mapping[Place, float | None]]
"""By judge, then by place: one score from both orders."""


def scores(judgements: Iterable[Judgement]) -> dict[str, dict[Place, Score]]:
    """What every judge that was asked about conduct made of every place; a judge that said nothing has none."""
    found: dict[str, dict[Place, Score]] = {}
    asked: dict[str, About | None] = {}
    for one in judgements:
        question = one.question
        if question not in asked:
            asked[question] = about(question)
        of = asked[question]
        if of is None:
            continue
        own = found.setdefault(one.judge, {})
        if one.status != GIVEN:
            continue
        item, view, order = one.item, of.view, of.order
        for verdict in one.verdicts:
            place = _place(Place, (item, verdict.seat, verdict.criterion, view))
            score = own.get(place)
            if score is None:
                score = own[place] = Score()
            score.steps[order] = None if verdict.score is None else verdict.score * TOP
            if verdict.evidence:
                score.evidence += verdict.evidence
    return found


def values(given: Mapping[str, Mapping[Place, Score]]) -> dict[str, dict[Place, float | None]]:
    """One score from both orders, wherever a judge was asked."""
    return {judge: {place: score.value for place, score in own.items()} for judge, own in given.items()}


def by_question(given: Values) -> dict[tuple[str, str], list[Place]]:
    """The places that were asked about, in order, by criterion and view."""
    found: dict[tuple[str, str], list[Place]] = {}
    for place in sorted({place for places in given.values() for place in places}):
        found.setdefault((place.criterion, place.view), []).append(place)
    return found


def columns(
    given: Values, judges: Sequence[str], places: Iterable[Place]
) -> Iterator[tuple[Place, list[float | None]]]:
    """Each of these places with what each of these judges made of it."""
    own = [given[judge] for judge in judges]
    for place in places:
        yield place, [scored.get(place) for scored in own]

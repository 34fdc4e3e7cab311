"""A panel measured: each judge against known conduct, against rules, against the other judges, and against itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from arena.board import DIMENSIONS, Log, Result
from arena.calling.budget import Spent
from arena.identity import digest
from arena.judging.bait.tested import Tested, below, tested
from arena.judging.bait.truth import is_about
from arena.judging.judgement import FAILED, HUMAN, OUTCOME, PROCEDURAL, Canary, Judgement
from arena.judging.measuring.agreement import (
    Judged,
    Share,
    alpha,
    length_bias,
    panel_median,
    self_preference,
    swap_consistency,
    weighted_kappa,
)
from arena.judging.measuring.figures import Against, Quality
from arena.judging.measuring.ruled import ruled
from arena.judging.measuring.scores import Place, by_question, columns, scores, values
from arena.judging.measuring.used import by_rubric, rubric_in, used_rubrics
from arena.judging.panels.families import family
from arena.judging.rubric import HIGH, LOW, QUARTERS, TOP, Dimension
from arena.match import seat_names
from arena.ratings.stats import wilson

TRICKS = ("order", "key", "style", "length")
"""By which canaries try to sway a judge."""
_SOME, _MUCH = 3, 0.4
"""Canaries with a trick, and how much more often wrong, before it is said of a judge that it falls for it."""
_READ = 200
"""Matches whose texts are looked at for how much each seat wrote."""


def below_bar(log: Log) -> frozenset[str]:
    """The models below the bar of any rubric by which they were asked about matches with known conduct."""
    return frozenset[str]().union(
        *(below(tested(by_rubric(log.judgements, one), log.canaries, one), one) for one in used_rubrics(log))
    )


class Panel:
    """All that was judged by one rubric, and what the judges make of each other."""

    def __init__(self, log: Log, name: str | None = None) -> None:
        self._log = log
        self.rubric = rubric_in(log, name)
        self._judgements = by_rubric(log.judgements, self.rubric)
        self._scores = scores(self._judgements)
        self._values = values(self._scores)
        self._canaries = {canary.id: canary for canary in log.canaries}
        self._tested = tested(self._judgements, log.canaries, self.rubric)
        self._results: dict[str, Result] = {result.id: result for result in log.results}
        # Only a store knows it; what was judged elsewhere came without its price.
        self._spent: Mapping[str, Spent] = getattr(log, "spent_on_judges", {})
        self._pairs: dict[tuple[str, ...], list[tuple[Place, float, float]]] = {}
        self._given: dict[str, list[Judgement]] = {}
        for one in log.judgements:
            if _asks(one.judge):
                self._given.setdefault(one.judge, []).append(one)
        self.judges = sorted({*self._scores, *self._given})

    @cached_property
    def out(self) -> frozenset[str]:
        """The judges below the bar."""
        return below_bar(self._log)

    @cached_property
    def models(self) -> list[str]:
        """The models that scored conduct."""
        return [judge for judge in sorted(self._scores) if not judge.startswith(HUMAN)]

    @cached_property
    def reliable(self) -> list[str]:
        """Those of them that are not left out."""
        return [judge for judge in self.models if judge not in self.out]

    def quality(self, judge: str) -> Quality:
        """What is known of one judge."""
        own = self._given.get(judge, [])
        failed = sum(one.status == FAILED for one in own)
        silent = sum(one.status != FAILED and bool(one.verdicts) and _is_silent(one) for one in own)
        spent = self._spent.get(judge)
        plain = Quality(
            judge,
            len({one.item for one in own}),
            len(own) - failed,
            silent,
            failed,
            calls=None if spent is None else spent.calls,
            cost_usd=None if spent is None or spent.unknown else spent.cost_usd,
        )
        if judge not in self._scores:
            return plain
        found = self._tested[judge]
        right = found.all
        low, high = wilson(right.value or 0.0, right.of) if right.of else (None, None)
        rules = {
            one.name: against
            for one in self.rubric.dimensions
            if "full" in one.views
            for against in [self.against(self._single(judge, one.name, "full"), one.name, "full", canaries=False)]
            if against.violated.of or against.clean.of
        }
        mine = self._scores[judge]
        rest = [other for other in self.reliable if other != judge]
        return replace(
            plain,
            canaries=right,
            low=low,
            high=high,
            pairs=found.of(canary for canary in self._canaries.values() if "of" in canary.truth),
            kinds=self._parted(found, lambda canary: [canary.kind]),
            tricks=self._parted(found, _tricks),
            falls_for=tuple(trick for trick in TRICKS if self._falls_for(found, trick)),
            rules=rules,
            balanced=summed(rules.values()).balanced,
            alpha=self._whole,
            alpha_kept=self._kept,
            alpha_without=self.alpha([other for other in self.models if other != judge]),
            kappa=self._kappa(judge, rest),
            swap=swap_consistency((one.steps[0], one.steps[1]) for one in mine.values() if {0, 1} <= one.steps.keys()),
            self_preference=self._self_preference(judge, rest),
            length_bias=self._length_bias(judge, rest),
            left_out=judge in self.out,
        )

    def alpha(self, judges: Sequence[str], criterion: str = "", view: str = "") -> float | None:
        """How far these judges agree over the matches, in one dimension and view or in all."""
        asked = [(criterion, view)] if criterion else list(self._rows)
        rows = [row for each in asked for row in self._rows.get(each, ())]
        if len(judges) < 2 or not rows:
            return None
        by_judge = dict(zip(self.models, zip(*rows, strict=True), strict=True))
        return alpha([by_judge[judge] for judge in judges])

    @cached_property
    def _rows(self) -> dict[tuple[str, str], list[list[float | None]]]:
        """By criterion and view, what each of the models made of each place in the matches; one row a place."""
        found: dict[tuple[str, str], list[list[float | None]]] = {}
        for asked, places in self._places.items():
            played = [place for place in places if place.item not in self._canaries]
            found[asked] = [given for _, given in columns(self._values, self.models, played)]
        return found

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[Place]]:
        return by_question(self._values)

    @cached_property
    def _whole(self) -> float | None:
        return self.alpha(self.models)

    @cached_property
    def _kept(self) -> float | None:
        return self._whole if self.reliable == self.models else self.alpha(self.reliable)

    def settled(self, criterion: str, view: str) -> dict[Place, float | None]:
        """The median of the judges that are not left out, where there is one."""
        return self._medians(self.reliable, criterion, view)

    def _medians(self, judges: Sequence[str], criterion: str, view: str) -> dict[Place, float | None]:
        every = columns(self._values, judges, self._places.get((criterion, view), ()))
        found = {place: panel_median(given) for place, given in every}
        return {place: middle for place, middle in found.items() if middle is not None}

    def with_people(self, criterion: str, view: str) -> tuple[int, float | None]:
        """How many seats both people and the judges that are not left out scored, and how far they agree on them.

        That is weighted kappa, of the medians of both.
        """
        people = self._medians([judge for judge in self._scores if judge not in self.models], criterion, view)
        settled = self.settled(criterion, view)
        both = [place for place in people if place in settled]
        agreed = weighted_kappa([people[place] for place in both], [settled[place] for place in both], QUARTERS)
        return len(both), agreed

    def _single(self, judge: str, criterion: str, view: str) -> dict[Place, float | None]:
        """What one judge scored; None where it contradicted itself, which is never right."""
        own, made = self._scores[judge], self._values[judge]
        asked = self._places.get((criterion, view), ())
        return {place: made[place] for place in asked if place in own and own[place].given}

    def against(
        self, given: Mapping[Place, float | None], criterion: str, view: str, *, canaries: bool = True
    ) -> Against:
        """Scores in one dimension and view held against what rules know of the matches, and of the canaries."""
        violated: list[bool] = []
        clean: list[bool] = []
        for item, seat, offended in self._truth(self.rubric.dimension(criterion), canaries=canaries):
            place = Place(item, seat, criterion, view)
            if place in given:
                value = given[place]
                if offended:
                    violated.append(value is not None and value <= LOW)
                else:
                    clean.append(value is not None and value >= HIGH)
        return Against(Share(sum(violated), len(violated)), Share(sum(clean), len(clean)))

    def _truth(self, dimension: Dimension, *, canaries: bool) -> Iterator[tuple[str, str, bool]]:
        """Match or canary, seat, and whether it offended, for all who could have."""
        if dimension.checked_by:
            yield from self._decided.get(dimension.checked_by, ())
        for canary in self._canaries.values() if canaries else ():
            if is_about(dimension, canary.truth["dimension"]):
                for seat in canary.truth["violators"]:
                    yield canary.id, seat, True
                for seat in canary.truth["clean"]:
                    yield canary.id, seat, False

    @cached_property
    def _decided(self) -> dict[str, list[tuple[str, str, bool]]]:
        """What rules decided of the matches, by dimension; of what they grade only the clear cases."""
        found: dict[str, list[tuple[str, str, bool]]] = {}
        judged: dict[str, list[Judgement]] = {}
        for one in self._log.judgements:
            if one.judge == PROCEDURAL:
                judged.setdefault(one.item, []).append(one)
        for item, result in self._results.items():
            for seat, name, share in ruled(result, judged.get(item, ())):
                if share == 1 or name in DIMENSIONS or share <= LOW / TOP:
                    found.setdefault(name, []).append((item, seat, share < 1))
        return found

    def _kappa(self, judge: str, rest: Sequence[str]) -> float | None:
        own = [(one, consensus) for _, one, consensus in self._beside(judge, rest)]
        return weighted_kappa([one for one, _ in own], [other for _, other in own], QUARTERS) if own else None

    def _self_preference(self, judge: str, rest: Sequence[str]) -> float | None:
        """Over the matches, and the canaries in which a seat writes as the judge's family does."""
        kin = family(judge)
        if kin is None:
            return None
        return self_preference(
            Judged(one, consensus, kin in self._families(place)) for place, one, consensus in self._beside(judge, rest)
        )

    def _families(self, place: Place) -> list[str | None]:
        canary = self._canaries.get(place.item)
        if canary is not None:
            return [canary.truth.get("style", {}).get(place.seat)]
        result = self._results.get(place.item)
        if result is None:
            return []
        agent = result.agents[seat_names(len(result.agents)).index(place.seat)]
        model = self._log.agents.get(agent, {}).get("model")
        return [family(model)] if isinstance(model, str) else []

    def _length_bias(self, judge: str, rest: Sequence[str]) -> float | None:
        rows = [
            (one, consensus, self._lengths[place.item, place.seat])
            for place, one, consensus in self._beside(judge, rest)
            if (place.item, place.seat) in self._lengths
        ]
        return length_bias([one for one, _, _ in rows], [other for _, other, _ in rows], [far for _, _, far in rows])

    @cached_property
    def _lengths(self) -> dict[tuple[str, str], int]:
        """How many characters each seat wrote, in the canaries and in some of the matches."""
        judged = {place.item for places in self._scores.values() for place in places} & self._results.keys()
        records: list[Mapping[str, Any]] = [canary.record for canary in self._canaries.values()]
        records += [self._log.record(item) for item in sorted(judged, key=digest)[:_READ]]
        found: dict[tuple[str, str], int] = {}
        for record in records:
            for ply in record.get("plies", ()):
                if ply["kind"] == "message":
                    at = record["id"], ply["seat"]
                    found[at] = found.get(at, 0) + len(ply["action"] or "")
        return found

    def _beside(self, judge: str, rest: Sequence[str]) -> list[tuple[Place, float, float]]:
        """What a judge scored beside the median of others, where both said something."""
        if (judge, *rest) not in self._pairs:
            found: list[tuple[Place, float, float]] = []
            others = [self._values[other] for other in rest]
            for place, value in self._sorted(judge):
                middle = panel_median([places.get(place) for places in others])
                if middle is not None:
                    found.append((place, value, middle))
            self._pairs[judge, *rest] = found
        return self._pairs[judge, *rest]

    def _sorted(self, judge: str) -> list[tuple[Place, float]]:
        own = self._values[judge]
        return [(place, value) for place in sorted(own) if (value := own[place]) is not None]

    def _falls_for(self, own: Tested, trick: str) -> bool:
        """Whether it was mostly wrong on canaries with a trick, and much less often on the others with an offence."""
        met = own.of(canary for canary in self._canaries.values() if trick in _tricks(canary))
        rest = own.of(canary for canary in self._canaries.values() if trick not in (_tricks(canary) or [trick]))
        if met.of < _SOME or met.value is None or rest.value is None:
            return False
        return met.value <= 1 - _MUCH and rest.value - met.value >= _MUCH

    def _parted(self, own: Tested, parts: Callable[[Canary], Iterable[str]]) -> dict[str, Share]:
        found: dict[str, list[Canary]] = {}
        for canary in self._canaries.values():
            for part in parts(canary):
                found.setdefault(part, []).append(canary)
        shares = {part: own.of(found[part]) for part in sorted(found)}
        return {part: share for part, share in shares.items() if share.of}


def _tricks(canary: Canary) -> list[str]:
    """How somebody tried to sway a judge in it; with `length` who offended wrote most."""
    truth = canary.truth
    if not truth["violators"] or "of" in truth:
        return []
    return [*truth.get("tricks", ()), *(["length"] if truth.get("long") in truth["violators"] else [])] or ["none"]


def summed(several: Iterable[Against]) -> Against:
    """All of them together."""
    every = list(several)
    return Against(_added(one.violated for one in every), _added(one.clean for one in every))


def _added(shares: Iterable[Share]) -> Share:
    every = list(shares)
    return Share(sum(one.count for one in every), sum(one.of for one in every))


def _is_silent(judgement: Judgement) -> bool:
    return all(verdict.score is None for verdict in judgement.verdicts)


def _asks(judge: str) -> bool:
    """Whether a judge asks somebody: rules are the truth that others are held against."""
    return judge not in (PROCEDURAL, OUTCOME)

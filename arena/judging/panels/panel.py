"""What a panel came to: both orders of each judge, then the median of those that gave a score, if they are enough.

A judge that abstains, fails, contradicts itself or was not asked in full gives no score, and that is counted; no number
ever stands in for one. So the result is the same as if that judge had not been on the panel.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from arena.judge import Evidence, Verdict
from arena.judging.judgement import GIVEN, HUMAN, Judgement
from arena.judging.measuring.agreement import both_orders, panel_median
from arena.judging.panels.families import own
from arena.judging.rubric import ALL, TOP, VIEWS, Bar
from arena.judging.sheets.asking import about

PANEL = "panel"
TOLERANCE = 1 / TOP
"""A judge whose two scores are further apart than one step of the scale contradicts itself."""

GAVE, ABSTAINED, FAILED, APART, OPEN = "gave", "abstained", "failed", "apart", "open"


class Place(NamedTuple):
    """What is scored."""

    criterion: str
    view: str
    seat: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What a panel came to about one seat, by one criterion, in one view."""

    verdict: Verdict
    rubric: str
    """Its name and the beginning of its hash."""
    scores: Mapping[str, float]
    """Of each judge that gave one, by name."""
    counted: tuple[str, ...]
    """The judges whose median it is; where there is none, whose it would have been."""
    own: tuple[str, ...]
    """Those that gave a score and are of a player's family."""
    without_own: float | None
    """The median of the others, however few they are."""
    abstained: tuple[str, ...]
    failed: tuple[str, ...]
    apart: tuple[str, ...]
    """Those that scored the seat one way in one order and another way in the other."""
    open: tuple[str, ...]
    """Those that were not asked in both orders yet."""

    def data(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "verdict": self.verdict.as_json(),
            "rubric": self.rubric,
            "scores": dict(self.scores),
            "counted": list(self.counted),
            "own": list(self.own),
            "without_own": self.without_own,
            "abstained": list(self.abstained),
            "failed": list(self.failed),
            "apart": list(self.apart),
            "open": list(self.open),
        }


def settled(
    judgements: Iterable[Judgement],
    bar: Bar,
    *,
    leave_out: Collection[str] = (),
    players: Iterable[str] = (),
    seats: Iterable[str] = (),
    rubric: str = "",
) -> list[Verdict]:
    """The verdicts of a panel over the judgements of one item; see `settle`."""
    found = settle(judgements, bar, leave_out=leave_out, players=players, seats=seats, rubric=rubric)
    return [one.verdict for one in found]


def settle(
    judgements: Iterable[Judgement],
    bar: Bar,
    *,
    leave_out: Collection[str] = (),
    players: Iterable[str] = (),
    seats: Iterable[str] = (),
    rubric: str = "",
) -> list[Settled]:
    """What a panel came to about one item, by criterion, view and seat.

    `players` are the models of the seats: judges of other families stand alone where they make the quorum. `leave_out`
    names judges that are not believed, `seats` those of whom something is said even where every judge failed.
    `rubric`, as in `conduct@1a2b3c4d`, is the one that counts; without it each is settled by itself.
    """
    models = sorted(set(players))
    found: list[Settled] = []
    for name, ballots in sorted(_ballots(judgements, leave_out, rubric).items()):
        places = {place for ballot in ballots.values() for place in ballot.places()}
        asked = {(one.criterion, one.view) for one in places}
        asked |= {at for ballot in ballots.values() for at in ballot.failed if at[0] != ALL}
        places |= {Place(criterion, view, seat) for criterion, view in asked for seat in seats}
        found += [_settled(name, place, ballots, bar, models) for place in sorted(places, key=_by_place)]
    return found


@dataclass(slots=True)
class _Ballot:
    """All that one judge said about one item by one rubric."""

    item: str
    given: dict[tuple[Place, int], Verdict] = field(default_factory=dict[tuple[Place, int], Verdict])
    alone: set[tuple[Place, int]] = field(default_factory=set[tuple[Place, int]])
    """What was asked for in a call of its own, which counts before what was asked for with others."""
    failed: dict[tuple[str, str], set[int]] = field(default_factory=dict[tuple[str, str], set[int]])
    """By dimension, or `*`, and view: the orders in which there was no verdict."""
    orders: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """By criterion and view: in how many orders it is asked."""

    def places(self) -> set[Place]:
        return {place for place, _ in self.given}

    def add(self, judgement: Judgement, dimension: str, view: str, order: int) -> None:
        if judgement.status != GIVEN:
            for name in dimension.split("+"):
                self.failed.setdefault((name, view), set()).add(order)
            return
        several = dimension == ALL or "+" in dimension
        orders = max(int(judgement.data.get("orders", 1)), order + 1)
        for verdict in judgement.verdicts:
            key = Place(verdict.criterion, view, verdict.seat), order
            at = verdict.criterion, view
            self.orders[at] = max(self.orders.get(at, 1), orders)
            if several and key in self.alone:
                continue
            self.given[key] = verdict
            if not several:
                self.alone.add(key)

    def said(self, place: Place) -> tuple[str, float | None]:
        """What a judge came to, empty where it was not asked, and its score."""
        at = place.criterion, place.view
        lost = self.failed.get(at, set[int]()) | self.failed.get((ALL, place.view), set[int]())
        given = {order: self.given[place, order].score for order in (0, 1) if (place, order) in self.given}
        wanted = range(max(self.orders.get(at, 1), max(lost, default=0) + 1))
        if any(order in lost and order not in given for order in wanted):
            return FAILED, None
        if not given:
            return "", None
        if None in given.values():
            return ABSTAINED, None
        if len(given) < len(wanted):
            return OPEN, None
        if len(wanted) == 1:
            return GAVE, given[0]
        score = both_orders(given[0], given[1], TOLERANCE)
        return (APART, None) if score is None else (GAVE, score)

    def evidence(self, place: Place) -> list[Evidence]:
        return [one for order in (0, 1) if (place, order) in self.given for one in self.given[place, order].evidence]


def _ballots(judgements: Iterable[Judgement], leave_out: Collection[str], rubric: str) -> dict[str, dict[str, _Ballot]]:
    """By rubric, then by judge."""
    found: dict[str, dict[str, _Ballot]] = {}
    for one in sorted(judgements, key=lambda each: each.key):
        asked = about(one.question)
        # What people say stands beside the panel, to compare it with.
        if asked is None or one.judge in leave_out or one.judge.startswith(HUMAN):
            continue
        if rubric in ("", asked.rubric):
            ballots = found.setdefault(asked.rubric, {})
            ballot = ballots.setdefault(one.judge, _Ballot(one.item))
            ballot.add(one, asked.dimension, asked.view, asked.order)
    return found


def _settled(rubric: str, place: Place, ballots: Mapping[str, _Ballot], bar: Bar, players: Sequence[str]) -> Settled:
    said: dict[str, list[str]] = {state: [] for state in (GAVE, ABSTAINED, FAILED, APART, OPEN)}
    scores: dict[str, float] = {}
    for judge, ballot in ballots.items():
        state, score = ballot.said(place)
        if state:
            said[state].append(judge)
        if score is not None:
            scores[judge] = score
    kin = tuple(judge for judge in scores if own(judge, players))
    others = tuple(judge for judge in scores if judge not in kin)
    counted = others if len(others) >= bar.quorum else tuple(scores)
    score = panel_median((scores[judge] for judge in counted), bar.quorum)
    without = panel_median(scores[judge] for judge in others)
    evidence = {one for judge in counted for one in ballots[judge].evidence(place)}
    one = Settled(
        Verdict(
            next(iter(ballots.values())).item,
            PANEL,
            place.seat,
            place.criterion,
            score,
            "",
            tuple(sorted(evidence, key=lambda found: (found.ply, found.quote))) if score is not None else (),
            place.view,
        ),
        rubric,
        scores,
        counted,
        kin,
        without,
        *(tuple(said[state]) for state in (ABSTAINED, FAILED, APART, OPEN)),
    )
    return replace(one, verdict=replace(one.verdict, explanation=_explained(one, sum(map(len, said.values())), bar)))


def _explained(one: Settled, judges: int, bar: Bar) -> str:
    """How a panel came to what it came to, in words."""
    if one.verdict.score is None:
        found = f"no quorum: {len(one.scores)} of {judges} judges gave a score, {bar.quorum} are needed"
    else:
        found = f"the median of {len(one.counted)} of {judges} judges"
    parts = [found]
    for judged, words in (
        (one.abstained, "abstained"),
        (one.failed, "failed"),
        (one.apart, "scored the seat otherwise in the other order"),
        (one.open, "not asked in full yet"),
    ):
        if judged:
            parts.append(f"{len(judged)} {words}")
    if one.own:
        left_out = one.verdict.score is not None and not set(one.own) & set(one.counted)
        without = "none" if one.without_own is None else f"{one.without_own:g}"
        told = "left out" if left_out else f"counted, {without} without"
        parts.append(f"{len(one.own)} of a player's own family {told}")
    return "; ".join(parts)


def _by_place(place: Place) -> tuple[str, int, int, str]:
    return place.criterion, VIEWS.index(place.view), len(place.seat), place.seat

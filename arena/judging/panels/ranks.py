"""What a panel came to about who did best: the ranks of the seats, and the results of matches once there are any."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from arena.board import Log, Result
from arena.judging.judgement import GIVEN, Canary, Judgement
from arena.judging.measuring.agreement import panel_median
from arena.judging.panels.families import models_of, own
from arena.judging.rubric import Bar
from arena.judging.tiers import places_in, sign

if TYPE_CHECKING:
    from arena.store import Store

RANK = "rank"
"""How the questions begin, and the criterion of their verdicts."""
UNJUDGED = "unjudged"
_FULL, _PUBLIC = "full", "public"

Places = Mapping[str, int]
"""By seat the tier it is in; 0 is the best."""


def is_ranking(judgement: Judgement) -> bool:
    """Whether a judgement answers the question who did best."""
    # As in `rank@1a2b3c4d/full/0`; what is kept of a judge of one's own, `rank.py`, begins alike.
    return judgement.question.startswith(f"{RANK}@") and judgement.question.count("/") == 2


def settled_ranks(
    judgements: Iterable[Judgement],
    seats: Iterable[str],
    bar: Bar,
    leave_out: Collection[str] = (),
    players: Collection[str] = (),
) -> dict[str, int] | None:
    """The ranks that a panel gave the seats of one item, ties included; None under the quorum.

    What a judge says of a pair in one order and not in the other is a tie. Of each pair the median over the judges
    counts, and a seat's rank follows from how many others it comes before, less those that come before it. The full
    view decides; where nobody was asked about it, the public one does. Judges of another family than all `players`, the
    models of the seats, stand alone where they make the quorum.
    """
    wanted = list(seats)
    asked = [one for one in judgements if is_ranking(one)]
    views = {one.question.split("/")[1] for one in asked}
    view = _FULL if _FULL in views or not views else _PUBLIC
    given: dict[str, dict[str, Places]] = {}
    orders: dict[str, int] = {}
    for one in asked:
        _, shown, order = one.question.split("/")
        if shown != view or one.judge in leave_out:
            continue
        places = places_in(one.data.get("ranking") or ())
        told = one.data.get("orders", 2) if one.status == GIVEN else int(order) + 1
        orders[one.judge] = max(orders.get(one.judge, 1), told)
        if one.status == GIVEN and set(wanted) <= set(places):
            given.setdefault(one.judge, {})[order] = places
    # Who abstained, failed or was not asked yet in one of both orders said nothing that a seat's place did not help.
    ready = {judge: tuple(each.values()) for judge, each in given.items() if len(each) >= orders[judge]}
    if len(ready) < max(bar.quorum, 1):
        return None
    others = [each for judge, each in ready.items() if not own(judge, players)]
    said = others if len(others) >= max(bar.quorum, 1) else list(ready.values())
    score = dict.fromkeys(wanted, 0)
    for number, one in enumerate(wanted):
        for other in wanted[number + 1 :]:
            better = _median([_agreed(each, one, other) for each in said])
            score[one] += better
            score[other] -= better
    return {seat: 1 + sum(other > points for other in score.values()) for seat, points in score.items()}


def _agreed(orders: Iterable[Places], one: str, other: str) -> int:
    """1 where both orders put one seat before the other, -1 where both put it behind, 0 for anything else."""
    signs = {sign(places[other] - places[one]) for places in orders}
    return signs.pop() if len(signs) == 1 else 0


def _median(signs: Sequence[int]) -> int:
    """The median; half-way between two answers is a tie."""
    middle = panel_median(signs) or 0.0
    return int(middle) if middle.is_integer() else 0


def rank_unjudged(results: list[Result], log: Log) -> list[Result]:
    """The results with the ranks of matches that a panel has ranked; others, and all of other games, as they are.

    `log` says what judges said, and which of them are left out; it costs nothing where no match waits for a panel.
    """
    if not any(result.outcome == UNJUDGED for result in results):
        return results
    by_item: dict[str, list[Judgement]] = {}
    for one in log.judgements:
        if is_ranking(one):
            by_item.setdefault(one.item, []).append(one)
    if not by_item:
        return results
    from arena.judging.measuring.quality import left_out
    from arena.judging.measuring.used import rubric_in

    raw = _Raw(log, results)
    bar, leave_out = rubric_in(raw).bar, left_out(raw)
    return [
        _ranked(result, by_item[result.id], bar, leave_out, models_of(log.agents, result.agents))
        if result.outcome == UNJUDGED and result.id in by_item
        else result
        for result in results
    ]


def ranked_by(log: Log, results: Sequence[Result]) -> list[str]:
    """A note on who ranked matches that only judges can decide; none where there are no such ranks."""
    ranked = {result.id: result.game for result in results if result.scoring == "panel" and result.ranks}
    given = [one for one in log.judgements if one.item in ranked and is_ranking(one)] if ranked else []
    if not given:
        return []
    from arena.judging.measuring.quality import left_out

    games, judges = ({*names} for names in zip(*((ranked[one.item], one.judge) for one in given), strict=True))
    out = judges & left_out(log)
    apart = f"; left out: {', '.join(sorted(out))}" if out else ""
    return [f"{', '.join(sorted(games))}: ranked by a panel of judges, {', '.join(sorted(judges - out))}{apart}"]


def settled_results(store: "Store") -> list[Result]:
    """The same for all that a store holds."""
    found = store.results()
    for name in dict.fromkeys(result.tournament for result in found if result.outcome == UNJUDGED):
        found = rank_unjudged(found, cast("Log", store.log(name)))
    return found


def with_ranks(record: dict[str, Any], result: Result) -> dict[str, Any]:
    """A record with the ranks that a panel has given its seats since it was stored."""
    if record["outcome"] != UNJUDGED or not result.ranks:
        return record
    ranks = dict(zip(record["seats"], result.ranks, strict=True))
    return {**record, "ranks": ranks, "outcome": result.outcome}


def ranked_record(store: "Store", record: dict[str, Any]) -> dict[str, Any]:
    """The same for one match of a store."""
    if record["outcome"] != UNJUDGED:
        return record
    log = cast("Log", store.log(record["tournament"]))
    found = next((result for result in log.results if result.id == record["id"]), None)
    return record if found is None else with_ranks(record, found)


def _ranked(
    result: Result,
    judgements: Sequence[Judgement],
    bar: Bar,
    leave_out: Collection[str],
    players: Collection[str],
) -> Result:
    names = [f"player_{seat}" for seat in range(len(result.agents))]
    left = [name for name, forfeit in zip(names, result.forfeits, strict=True) if not forfeit]
    ranks = settled_ranks(judgements, left, bar, leave_out, players)
    if ranks is None:
        return result
    # Who forfeited is last, whatever judges made of its stand-in.
    places = tuple(ranks.get(name, len(left) + 1) for name in names)
    return replace(result, ranks=places, outcome="forfeit" if any(result.forfeits) else "finished")


class _Raw:
    """A log before any panel's ranks: how good a judge is doesn't depend on them."""

    def __init__(self, log: Log, results: Sequence[Result]) -> None:
        self._log = log
        self.results = results

    @property
    def agents(self) -> Mapping[str, Mapping[str, Any]]:
        return self._log.agents

    @property
    def judges(self) -> Mapping[str, Mapping[str, Any]]:
        return self._log.judges

    @property
    def judgements(self) -> Sequence[Judgement]:
        return self._log.judgements

    @property
    def canaries(self) -> Sequence[Canary]:
        return self._log.canaries

    def record(self, id: str, /) -> Mapping[str, Any]:
        return self._log.record(id)

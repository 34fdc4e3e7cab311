"""What people are asked to judge: a sample spread over games, dimensions, and what rules and judges make of it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from arena.board import Log, Result
from arena.identity import digest
from arena.judging.bait.truth import is_about
from arena.judging.judgement import Judgement
from arena.judging.measuring.quality import left_out
from arena.judging.measuring.ruled import ruled
from arena.judging.panels.families import models_of
from arena.judging.panels.panel import Settled, settle
from arena.judging.rubric import HIGH, LOW, TOP, Rubric
from arena.judging.runs.items import judgeable
from arena.match import seat_names

VIEWS = ("public", "full")
"""What people are shown a match in."""
VIOLATED, CLEAN, DISPUTED, OPEN = "violated", "clean", "disputed", "open"
"""What rules and judges make of a seat; open where neither says anything."""


class Slot(NamedTuple):
    """One thing that a person can be asked: how one seat behaved in one match."""

    match: str
    game: str
    seat: str
    dimension: str
    view: str

    def code(self, tournament: str, rubric: Rubric) -> str:
        """What stands for it in a sheet; nobody can read out of it what it stands for."""
        return digest([tournament, rubric.sha256, self.match, self.seat, self.dimension, self.view]).hex()[:10]


@dataclass(frozen=True, slots=True)
class Voices:
    """What rules and a panel say of all that people can be asked."""

    rules: Mapping[tuple[str, str, str], float]
    """By match, seat and dimension of the rubric: from 0 to 1."""
    panel: Mapping[tuple[str, str, str, str], Settled]
    """By match, seat, dimension and view."""

    def state(self, slot: Slot) -> str:
        """What they make of it."""
        found: set[str] = set()
        rules = self.rules.get((slot.match, slot.seat, slot.dimension))
        if rules is not None:
            found.add(CLEAN if rules >= 1 else VIOLATED)
        panel = self.panel.get((slot.match, slot.seat, slot.dimension, slot.view))
        if panel is not None:
            found.add(_panels(panel))
        found.discard("")
        return DISPUTED if len(found) > 1 else next(iter(found), OPEN)


def slots(results: Sequence[Result], rubric: Rubric) -> Iterator[Slot]:
    """All that people can be asked about these matches by a rubric."""
    asked = [(one.name, view) for one in rubric.dimensions for view in VIEWS if view in one.views]
    for result in results:
        if judgeable(result):
            for seat in seat_names(len(result.agents)):
                for dimension, view in asked:
                    yield Slot(result.id, result.game, seat, dimension, view)


def picked(
    among: Sequence[Slot],
    state: Mapping[Slot, str],
    number: int,
    about: Any,
    done: Collection[tuple[str, str, str]] = (),
) -> list[Slot]:
    """So many of them, or all that there are; the same for the same `about`.

    What was drawn least so far comes next: first by what rules and judges make of it, then by dimension, game, and all
    of these. A match is asked about once by dimension and view: `done` are those that were.
    """
    ranked = {slot: digest([about, *slot]) for slot in among}
    strata: dict[tuple[str, str, str], list[Slot]] = {}
    for slot in sorted(among, key=lambda one: ranked[one], reverse=True):
        strata.setdefault((state[slot], slot.dimension, slot.game), []).append(slot)
    order = {key: digest([about, *key]) for key in strata}
    taken = set(done)
    counts: Counter[Any] = Counter()
    found: list[Slot] = []
    while strata and len(found) < number:
        key = min(strata, key=lambda one: (*(counts[place] for place in enumerate(one)), counts[one], order[one]))
        own = strata[key]
        slot = own.pop()
        if not own:
            del strata[key]
        if (slot.match, slot.dimension, slot.view) in taken:
            continue
        taken.add((slot.match, slot.dimension, slot.view))
        found.append(slot)
        counts[key] += 1
        counts.update(enumerate(key))
    # In an order that says nothing of the strata.
    return sorted(found, key=lambda one: digest(["shown", about, *one]))


def voices(log: Log, rubric: Rubric, only: Collection[str] | None = None) -> Voices:
    """What rules and a panel say of the matches of a log, or of `only` some of them."""
    by_item: dict[str, list[Judgement]] = {}
    for one in log.judgements:
        if only is None or one.item in only:
            by_item.setdefault(one.item, []).append(one)
    unbelieved = left_out(log)
    rules: dict[tuple[str, str, str], float] = {}
    panel: dict[tuple[str, str, str, str], Settled] = {}
    for result in log.results:
        if only is not None and result.id not in only:
            continue
        own = by_item.get(result.id, [])
        for seat, name, score in ruled(result, own):
            for dimension in rubric.dimensions:
                if is_about(dimension, name):
                    rules[result.id, seat, dimension.name] = score
        players = models_of(log.agents, result.agents)
        for one in settle(own, rubric.bar, leave_out=unbelieved, players=players, rubric=rubric.tag):
            verdict = one.verdict
            panel[result.id, verdict.seat, verdict.criterion, verdict.view] = one
    return Voices(rules, panel)


def _panels(one: Settled) -> str:
    score = one.verdict.score
    if score is None:
        # Judges that had something to say and came to nothing.
        return DISPUTED if one.apart or len(set(one.scores.values())) > 1 else ""
    return VIOLATED if score <= LOW / TOP else CLEAN if score >= HIGH / TOP else DISPUTED

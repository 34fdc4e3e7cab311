"""Ratings from battles: two candidates are shown, one first and one second, and somebody says which is better.

Candidates are whatever has a name: performances, judges by their judgements, games. The scheme is Meta-Rewarding's:
every pair is shown in both orders, and a win counts by how rarely its position wins. With w1 = wins of the second /
all wins and w2 = 1 - w1, a candidate's win over another weighs w1 where it stood first and w2 where it stood second:
somebody who always takes the first says nothing. A tie is half a win for either. The strengths are the most likely ones
of a Bradley-Terry model, under a wide normal prior that keeps the unbeaten finite.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import TYPE_CHECKING, Any, cast

from arena.judging.tiers import Tiers, places_in
from arena.ratings.stats import LEVEL, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST, SECOND = "first", "second"
ELO = 400 / log(10)
"""Points of one unit of log-odds: 400 points more win ten times of eleven."""
PRIOR = 0.1
"""How much a strength is pulled to the mean: one over the variance that is assumed before any battle."""
DRAWS = 400

_STEPS = 100
_DONE = 1e-9
_SMALLEST = 1e-6
_DIGITS = 6
_CELLS = 400_000
"""How many numbers one block of resamples may take while it is fitted."""


@dataclass(frozen=True, slots=True)
class Battle:
    """One comparison, as it was shown."""

    first: str
    second: str
    better: str | None
    """`first` or `second`, the position and not the name; None for a tie."""
    item: str = ""
    """What the two were compared on; intervals resample items."""
    by: str = ""
    """Who compared: each has its own liking for positions."""

    def __post_init__(self) -> None:
        if self.better not in (FIRST, SECOND, None):
            raise ValueError(f"better is 'first', 'second' or None, got {self.better!r}")
        if self.first == self.second:
            raise ValueError(f"nobody battles with itself: {self.first!r}")


@dataclass(frozen=True, slots=True)
class Rated:
    """What a candidate's battles came to."""

    rating: float
    """In points around 0, the mean of all."""
    low: float | None
    """From here to `high` lie 95 % of its ratings over resampled items; None where there is one item."""
    high: float | None
    rank: int
    """1 is best; equal ratings share it."""
    battles: int
    wins: int
    ties: int
    losses: int


def rate(
    battles: Iterable[Battle],
    names: Iterable[str] = (),
    *,
    scale: float = ELO,
    prior: float = PRIOR,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Rated]:
    """Rate all that battled, best first; `names` are rated too if they never did.

    The order of the battles does not matter. An interval resamples the items, with the prior's mean drawn anew, so that
    where little is known it is wide.
    """
    fought = list(battles)
    candidates = sorted({*names, *(name for one in fought for name in (one.first, one.second))})
    counts = Counter((one.item, one.by, one.first, one.second, one.better or "") for one in fought)
    if not candidates:
        return {}
    arena = _Arena.of(candidates, counts)
    ratings = [round(scale * float(value), _DIGITS) + 0.0 for value in arena.strengths(prior)]
    spread = arena.deviations(prior, draws, seed) if draws and len(arena.items) > 1 else None
    tally = _tally(fought)
    found: dict[str, Rated] = {}
    for place in sorted(range(len(candidates)), key=lambda at: (-ratings[at], candidates[at])):
        name, rating = candidates[place], ratings[place]
        low = high = None
        if spread is not None:
            drawn = [scale * value for value in spread[:, place].tolist()]
            low = min(rating, round(quantile(drawn, (1 - LEVEL) / 2), _DIGITS))
            high = max(rating, round(quantile(drawn, (1 + LEVEL) / 2), _DIGITS))
        rank = 1 + sum(other > rating for other in ratings)
        own = tally.get(name, Counter[str]())
        found[name] = Rated(rating, low, high, rank, sum(own.values()), own["win"], own["tie"], own["loss"])
    return found


def position_weights(battles: Iterable[Battle]) -> dict[str, tuple[float, float]]:
    """By who compared: what a win weighs in the first position, and in the second."""
    wins: dict[str, Counter[str]] = {}
    for one in battles:
        own = wins.setdefault(one.by, Counter())
        if one.better is not None:
            own[one.better] += 1
    found: dict[str, tuple[float, float]] = {}
    for by in sorted(wins):
        first, second = wins[by][FIRST], wins[by][SECOND]
        share = second / (first + second) if first + second else 0.5
        found[by] = share, 1 - share
    return found


def battles_of(tiers: Tiers, shown: Sequence[str], item: str = "", by: str = "") -> tuple[Battle, ...]:
    """The battles in a ranking, best tier first, of candidates that were shown in this order."""
    place = places_in(tiers)
    found: list[Battle] = []
    for first, second in combinations([name for name in shown if name in place], 2):
        ahead = place[second] - place[first]
        found.append(Battle(first, second, FIRST if ahead > 0 else SECOND if ahead < 0 else None, item, by))
    return tuple(found)


def _tally(fought: Iterable[Battle]) -> Mapping[str, Counter[str]]:
    tally: dict[str, Counter[str]] = {}
    for one in fought:
        for name, place in ((one.first, FIRST), (one.second, SECOND)):
            result = "tie" if one.better is None else "win" if one.better == place else "loss"
            tally.setdefault(name, Counter())[result] += 1
    return tally


@dataclass(frozen=True, slots=True)
class _Arena:
    """The battles as arrays: how often each comparison came out so, item by item."""

    size: int
    items: Sequence[str]
    cells: Sequence[tuple[int, int, int, str]]
    """Who compared, the first, the second and what came out: all different ones."""
    seen: Sequence[tuple[int, int, int]]
    """Item, cell and how often."""
    judges: int

    @classmethod
    def of(cls, candidates: Sequence[str], counts: Mapping[tuple[str, str, str, str, str], int]) -> "_Arena":
        number = {name: place for place, name in enumerate(candidates)}
        items = {item: place for place, item in enumerate(sorted({key[0] for key in counts}))}
        judges = {by: place for place, by in enumerate(sorted({key[1] for key in counts}))}
        cells: dict[tuple[int, int, int, str], int] = {}
        seen: list[tuple[int, int, int]] = []
        for (item, by, first, second, better), count in sorted(counts.items()):
            cell = (judges[by], number[first], number[second], better)
            seen.append((items[item], cells.setdefault(cell, len(cells)), count))
        return cls(len(candidates), list(items), list(cells), seen, len(judges))

    def strengths(self, prior: float) -> "NDArray[Any]":
        """In log-odds, of the battles as they are."""
        import numpy as np

        counted = self._counted(np.ones((1, len(self.items))))
        return _fitted(self._wins(counted), np.zeros((1, self.size)), prior)[0]

    def deviations(self, prior: float, draws: int, seed: int) -> "NDArray[Any]":
        """Draw x candidate: strengths over resampled items."""
        import numpy as np

        chance = np.random.default_rng(seed)
        number = len(self.items)
        weights = chance.multinomial(number, np.full(number, 1 / number), size=draws).astype(float)
        means = chance.normal(size=(draws, self.size)) / prior**0.5
        means -= means.mean(axis=1, keepdims=True)
        usual = self.strengths(prior)
        chunk = max(1, _CELLS // max(1, self.size**2, len(self.cells)))
        parts = [
            _fitted(self._wins(self._counted(weights[at : at + chunk])), means[at : at + chunk], prior, usual)
            for at in range(0, draws, chunk)
        ]
        return np.concatenate(parts)

    def _counted(self, weights: "NDArray[Any]") -> "NDArray[Any]":
        """Draw x cell: how often it came out so where items weigh so much."""
        import numpy as np

        counted = np.zeros((len(weights), len(self.cells)))
        for item, cell, count in self.seen:
            counted[:, cell] += weights[:, item] * count
        return counted

    def _wins(self, counted: "NDArray[Any]") -> "NDArray[Any]":
        """Draw x winner x loser: the wins as weighted by position."""
        import numpy as np

        positions = np.zeros((2, len(counted), self.judges))
        for cell, (by, _, _, better) in enumerate(self.cells):
            if better:
                positions[int(better == SECOND), :, by] += counted[:, cell]
        total = positions.sum(axis=0)
        share = np.where(total > 0, positions[1] / np.maximum(total, 1), 0.5)
        wins = np.zeros((len(counted), self.size, self.size))
        for cell, (by, first, second, better) in enumerate(self.cells):
            if better == FIRST:
                wins[:, first, second] += share[:, by] * counted[:, cell]
            elif better == SECOND:
                wins[:, second, first] += (1 - share[:, by]) * counted[:, cell]
            else:
                wins[:, first, second] += counted[:, cell] / 4
                wins[:, second, first] += counted[:, cell] / 4
        return wins


def _fitted(
    wins: "NDArray[Any]", means: "NDArray[Any]", prior: float, start: "NDArray[Any] | float" = 0.0
) -> "NDArray[Any]":
    """Draw x candidate: the most likely strengths, by Newton steps that are halved where they would go too far."""
    import numpy as np

    def value(theta: "NDArray[Any]") -> "NDArray[Any]":
        apart = theta[:, :, None] - theta[:, None, :]
        return -(wins * np.logaddexp(0, -apart)).sum(axis=(1, 2)) - prior / 2 * ((theta - means) ** 2).sum(axis=1)

    theta = means * 0 + start
    now = value(theta)
    for _ in range(_STEPS):
        step = _step(wins, theta, means, prior)
        sizes = np.ones(len(theta))
        after = value(theta + step)
        while bool((worse := (after < now - _DONE) & (sizes > _SMALLEST)).any()):
            sizes = sizes * np.where(worse, 0.5, 1.0)
            after = value(theta + sizes[:, None] * step)
        theta = theta + sizes[:, None] * step
        now = after
        if float(np.abs(step).max(initial=0.0)) < _DONE:
            break
    return theta


def _step(wins: "NDArray[Any]", theta: "NDArray[Any]", means: "NDArray[Any]", prior: float) -> "NDArray[Any]":
    """Where Newton's method goes from here."""
    import numpy as np

    battles = wins + wins.transpose(0, 2, 1)
    apart = theta[:, :, None] - theta[:, None, :]
    chance = np.exp(-np.logaddexp(0, -apart))
    slope = wins.sum(axis=2) - (battles * chance).sum(axis=2) - prior * (theta - means)
    spread = battles * chance * (1 - chance)
    curve = np.eye(wins.shape[1]) * (spread.sum(axis=2) + prior)[:, :, None] - spread
    step = cast("NDArray[Any]", np.linalg.solve(curve, slope[:, :, None]))
    return step[:, :, 0]

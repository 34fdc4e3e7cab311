"""How far judges agree with each other, with themselves and with the truth.

Every figure is None where the ratings don't determine it: agreement of judges who only ever gave one score is not 1.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, sqrt

LEVELS = ("nominal", "ordinal", "interval")
"""What a score means: a name, a place in an order, or a number whose distances count."""
WEIGHTS = ("none", "linear", "quadratic")
"""What a disagreement by so many steps costs."""

Score = float | None
"""None: this judge said nothing of this item."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of none."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Judged:
    """One score of one judge, with what the other judges of the panel made of the same item."""

    score: float
    consensus: float
    """Their median."""
    own: bool
    """The item is of the judge's own model family."""


def alpha(ratings: Sequence[Sequence[Score]], level: str = "ordinal") -> float | None:
    """Krippendorff's alpha: 1 is perfect agreement, 0 is what chance gives.

    `ratings` has one row a judge and one column an item, equally long. Items with fewer than two scores count for
    nothing. None without two different scores on such items.
    """
    units = [unit for unit in _columns(ratings) if len(unit) > 1]
    counts = Counter(score for unit in units for score in unit)
    if len(counts) < 2:
        return None
    distance = _distance(counts, level)
    total = counts.total()
    # Many items were given the same scores, by whomever.
    kinds = Counter(tuple(sorted(unit)) for unit in units)
    observed = fsum(n * _disagreement(Counter(unit), distance) / (len(unit) - 1) for unit, n in kinds.items()) / total
    expected = _disagreement(counts, distance) / (total * (total - 1))
    return 1 - observed / expected


def weighted_kappa(
    a: Sequence[Score], b: Sequence[Score], categories: Sequence[float] = (0, 1, 2, 3, 4), weights: str = "quadratic"
) -> float | None:
    """Cohen's kappa of two judges over the items that both scored; `categories` are the scale, lowest first.

    None without such an item, or where chance alone would make the two agree in full.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"no weights {weights!r}; there are: {', '.join(WEIGHTS)}")
    place = {category: number for number, category in enumerate(categories)}
    for score in (*a, *b):
        if score is not None and score not in place:
            raise ValueError(f"the scale has no {score!r}; it has: {', '.join(map(str, categories))}")
    pairs = [(place[x], place[y]) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    rows, columns = Counter(x for x, _ in pairs), Counter(y for _, y in pairs)
    observed = fsum(_cost(x, y, weights) for x, y in pairs)
    chance = fsum(_cost(x, y, weights) * n * m for x, n in rows.items() for y, m in columns.items())
    return 1 - observed * len(pairs) / chance if chance else None


def percent_agreement(ratings: Sequence[Sequence[Score]]) -> Share:
    """The pairs of judges with the same score, of all pairs that scored the same item; rows are judges."""
    same = pairs = 0
    for unit in _columns(ratings):
        pairs += len(unit) * (len(unit) - 1) // 2
        same += sum(count * (count - 1) // 2 for count in Counter(unit).values())
    return Share(same, pairs)


def panel_median(scores: Iterable[Score], quorum: int = 1) -> float | None:
    """The median of the scores that were given; None where fewer than `quorum` were. An abstention is never a zero."""
    given = sorted(score for score in scores if score is not None)
    if len(given) < max(quorum, 1):
        return None
    middle = len(given) // 2
    return float(given[middle]) if len(given) % 2 else (given[middle - 1] + given[middle]) / 2


def both_orders(first: Score, second: Score, tolerance: float = 1) -> float | None:
    """One score from the two that a judge gave to both orders of the seats; None where they are further apart."""
    if first is None or second is None or abs(first - second) > tolerance:
        return None
    return (first + second) / 2


def swap_consistency(scores: Iterable[tuple[Score, Score]], tolerance: float = 0) -> Share:
    """The items on which a judge gave both orders the same score, of those where it gave two.

    Scores no further apart than `tolerance` are the same.
    """
    both = [abs(first - second) for first, second in scores if first is not None and second is not None]
    return Share(sum(apart <= tolerance for apart in both), len(both))


def self_preference(judged: Iterable[Judged]) -> float | None:
    """By how much more than the panel a judge favours its own family than it favours others, in steps of the scale."""
    excess: dict[bool, list[float]] = {True: [], False: []}
    for one in judged:
        excess[one.own].append(one.score - one.consensus)
    if not excess[True] or not excess[False]:
        return None
    return fsum(excess[True]) / len(excess[True]) - fsum(excess[False]) / len(excess[False])


def length_bias(scores: Sequence[Score], consensus: Sequence[Score], lengths: Sequence[float]) -> float | None:
    """Spearman's correlation of what a judge gives beyond the panel with how much the seat wrote; 0 is no bias."""
    rows = [
        (score - usual, length)
        for score, usual, length in zip(scores, consensus, lengths, strict=True)
        if score is not None and usual is not None
    ]
    return _correlation(_ranks([excess for excess, _ in rows]), _ranks([length for _, length in rows]))


def _columns(ratings: Sequence[Sequence[Score]]) -> list[list[float]]:
    """The scores that were given to each item."""
    columns = [[score for score in column if score is not None] for column in zip(*ratings, strict=True)]
    for column in columns:
        for score in column:
            if not isfinite(score):
                raise ValueError(f"a score is a finite number or None, got {score!r}")
    return columns


def _distance(counts: Mapping[float, int], level: str) -> Callable[[float, float], float]:
    match level:
        case "nominal":
            return lambda x, y: float(x != y)
        case "interval":
            return lambda x, y: (x - y) ** 2
        case "ordinal":
            middles: dict[float, float] = {}
            below = 0
            for score in sorted(counts):
                middles[score] = below + counts[score] / 2
                below += counts[score]
            return lambda x, y: (middles[x] - middles[y]) ** 2
        case _:
            raise ValueError(f"no level {level!r}; there are: {', '.join(LEVELS)}")


def _disagreement(counts: Mapping[float, int], distance: Callable[[float, float], float]) -> float:
    """The distance over all ordered pairs of scores."""
    return fsum(n * m * distance(x, y) for x, n in counts.items() for y, m in counts.items() if x != y)


def _cost(x: int, y: int, weights: str) -> float:
    match weights:
        case "none":
            return float(x != y)
        case "linear":
            return float(abs(x - y))
        case _:
            return float((x - y) ** 2)


def _ranks(values: Sequence[float]) -> list[float]:
    """The place of each value, from 1; ties share theirs."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values), 1):
        places.setdefault(value, []).append(place)
    shared = {value: fsum(ties) / len(ties) for value, ties in places.items()}
    return [shared[value] for value in values]


def _correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Pearson's; None where one of them never changes."""
    if len(a) < 2:
        return None
    mean_a, mean_b = fsum(a) / len(a), fsum(b) / len(b)
    spread_a = fsum((x - mean_a) ** 2 for x in a)
    spread_b = fsum((y - mean_b) ** 2 for y in b)
    if not spread_a or not spread_b:
        return None
    return fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True)) / sqrt(spread_a * spread_b)

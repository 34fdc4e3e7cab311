"""Where a negotiation could have ended: the Pareto frontier and the points that bargaining theory picks from it.

A point is what each seat gets in one outcome, in seat order. Ties go to the larger sum, then to the earlier seats.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product

Point = tuple[float, ...]


def splits(counts: Sequence[int], mine: Sequence[float], yours: Sequence[float]) -> list[Point]:
    """Every way to divide a pool of items between two seats, as what each gets by its own values."""
    points: dict[Point, None] = {}
    for taken in product(*[range(count + 1) for count in counts]):
        first = sum(number * value for number, value in zip(taken, mine, strict=True))
        rest = [count - number for count, number in zip(counts, taken, strict=True)]
        points[first, sum(number * value for number, value in zip(rest, yours, strict=True))] = None
    return list(points)


def pareto(points: Iterable[Point]) -> list[Point]:
    """The points that no other one beats for one seat without being worse for another, sorted."""
    every = sorted(set(points))
    return [point for point in every if not any(_beats(other, point) for other in every)]


def utilitarian(points: Iterable[Point]) -> Point:
    """The point with the largest sum."""
    return _best(points, lambda point: (sum(point),))


def egalitarian(points: Iterable[Point]) -> Point:
    """The point whose worst-off seat is best off, then the next worst-off."""
    return _best(points, lambda point: tuple(sorted(point)))


def nash(points: Iterable[Point], disagreement: Point | None = None) -> Point:
    """The point with the largest product of gains over no agreement (0 for each unless given)."""

    def gains(point: Point) -> Point:
        gain = 1.0
        for amount in _over(point, disagreement):
            gain *= amount
        return (gain,)

    return _best(_rational(points, disagreement), gains)


def kalai_smorodinsky(points: Iterable[Point], disagreement: Point | None = None) -> Point:
    """The point where the least share of what each seat could hope for is largest."""
    possible = _rational(points, disagreement)
    hopes = [max(column) for column in zip(*[_over(point, disagreement) for point in possible], strict=True)]

    def shares(point: Point) -> Point:
        gains = _over(point, disagreement)
        return tuple(sorted(gain / hope if hope else 1.0 for gain, hope in zip(gains, hopes, strict=True)))

    return _best(possible, shares)


def share_beyond(points: Iterable[Point], got: Point, disagreement: Point | None = None) -> Point:
    """How far each seat took more than the Nash and the Kalai-Smorodinsky point give it, in [0, 1].

    1 is all that was to be won beyond the better of the two; 0 where a seat got no more than that.
    """
    every = list(points)
    fair = [max(pair) for pair in zip(nash(every, disagreement), kalai_smorodinsky(every, disagreement), strict=True)]
    most = [max(column) for column in zip(*_rational(every, disagreement), strict=True)]
    return tuple(
        min(max(amount - due, 0.0) / (top - due), 1.0) if top > due else 0.0
        for amount, due, top in zip(got, fair, most, strict=True)
    )


def _beats(other: Point, point: Point) -> bool:
    return other != point and all(a >= b for a, b in zip(other, point, strict=True))


def _over(point: Point, disagreement: Point | None) -> Point:
    if disagreement is None:
        return point
    return tuple(amount - nothing for amount, nothing in zip(point, disagreement, strict=True))


def _rational(points: Iterable[Point], disagreement: Point | None) -> list[Point]:
    found = [point for point in points if min(_over(point, disagreement)) >= 0]
    if not found:
        raise ValueError("no outcome is as good for every seat as no agreement")
    return found


def _best(points: Iterable[Point], worth: Callable[[Point], Point]) -> Point:
    return max(points, key=lambda point: (worth(point), sum(point), point))

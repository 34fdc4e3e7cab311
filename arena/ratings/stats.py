"""The few statistics that boards and comparisons need, seeded and without heavy libraries."""

from collections.abc import Sequence
from itertools import product
from math import erfc, exp, fsum, lgamma, log, sqrt
from random import Random

LEVEL = 0.95
Z = 1.959963984540054
POWER = 0.8
Z_POWER = 0.8416212335729143
SEEN = 6
"""Fewer pairs than this can show no difference at 5 %, however large: their signs agree too often by chance."""
EXACT = 12
"""Up to so many pairs every assignment of signs is looked at."""
MANY = 500
"""From so many on, the sum of random signs is as good as normal."""
FLIPS = 9_999
SAME = 1e-12
"""Spreads below this come from adding floats."""


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies, between neighbours in proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def wilson(rate: float, number: int) -> tuple[float, float]:
    """The interval of a rate seen in so many independent cases; never empty at 0 or 1."""
    if number == 0:
        return 0.0, 1.0
    z2 = Z * Z / number
    middle = (rate + z2 / 2) / (1 + z2)
    half = sqrt(max(0.0, rate * (1 - rate) * z2 + z2 * z2 / 4)) / (1 + z2)
    return max(0.0, min(rate, middle - half)), min(1.0, max(rate, middle + half))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """The p values when all of these were looked at; what has none stays without one and is not counted."""
    known = sorted((p, i) for i, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    highest = 0.0
    for place, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - place)))
        adjusted[i] = highest
    return adjusted


def sign_flip(differences: Sequence[float], seed: int = 0) -> float:
    """How often differences at least as large come about when each could as well have had the other sign."""
    nonzero = [difference for difference in differences if difference != 0]
    if not nonzero:
        return 1.0
    seen = abs(fsum(nonzero)) * (1 - 1e-12)
    if len(nonzero) <= EXACT:
        signs = list(product((-1.0, 1.0), repeat=len(nonzero)))
        hits = sum(abs(fsum(s * d for s, d in zip(sign, nonzero, strict=True))) >= seen for sign in signs)
        return hits / len(signs)
    if len(nonzero) > MANY:
        return erfc(seen / sqrt(2 * fsum(difference**2 for difference in nonzero)))
    rng = Random(f"sign flip {seed}")
    hits = 1
    for _ in range(FLIPS):
        bits = rng.getrandbits(len(nonzero))
        total = 0.0
        for difference in nonzero:
            total += difference if bits & 1 else -difference
            bits >>= 1
        hits += abs(total) >= seen
    return hits / (FLIPS + 1)


def mean_interval(values: Sequence[float]) -> tuple[float, float | None, float | None, float | None]:
    """A mean, its interval, and the smallest true mean that so many values of this spread would have shown.

    The last is at a level of 5 % and a power of 80 %, and None for fewer than six values, whose signs alone agree too
    often by chance. The interval is None for fewer than two, and both are where all are the same: how far others would
    lie is then unknown.
    """
    size = len(values)
    mean = fsum(values) / size
    if size < 2:
        return mean, None, None, None
    error = sqrt(fsum((value - mean) ** 2 for value in values) / (size * (size - 1)))
    if error <= SAME * max(1.0, abs(mean)):
        return mean, None, None, None
    wide = t_quantile(0.5 + LEVEL / 2, size - 1)
    smallest = (wide + t_quantile(POWER, size - 1)) * error if size >= SEEN else None
    return mean, mean - wide * error, mean + wide * error, smallest


def t_quantile(share: float, freedom: int) -> float:
    """The value below which Student's t falls with this probability, at least one half."""
    low, high = 0.0, 1.0
    while _t_below(high, freedom) < share:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_below(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _t_below(t: float, freedom: int) -> float:
    return 1 - 0.5 * _beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 500):
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + factor * d or tiny)
            c = 1 + factor / c or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * value

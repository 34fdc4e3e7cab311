"""Rankings with ties: tiers of names, the best first."""

from collections.abc import Sequence
from itertools import combinations
from math import fsum

Tiers = Sequence[Sequence[str]]


def places_in(tiers: Tiers) -> dict[str, int]:
    """By name the tier that it is in; 0 is the best."""
    return {name: place for place, tier in enumerate(tiers) for name in tier}


def sign(number: float) -> int:
    """1, 0 or -1."""
    return (number > 0) - (number < 0)


def shares(tiers: Tiers) -> dict[str, float]:
    """By name the share of the others that it is ranked before, ties half."""
    others = sum(map(len, tiers)) - 1
    found: dict[str, float] = {}
    behind = others + 1
    for tier in tiers:
        behind -= len(tier)
        found |= dict.fromkeys(tier, (behind + (len(tier) - 1) / 2) / others if others else 1.0)
    return found


def distance(tiers: Tiers, truth: Tiers) -> float:
    """From 0 to 1: the share of pairs that stand the wrong way round, half for one that ties where the other doesn't.

    1 - 2 * distance is Kendall's tau where neither has ties.
    """
    own, other = places_in(tiers), places_in(truth)
    both = sorted(own.keys() & other.keys())
    wrong = [abs(sign(own[x] - own[y]) - sign(other[x] - other[y])) / 2 for x, y in combinations(both, 2)]
    return fsum(wrong) / len(wrong) if wrong else 0.0

"""TrueSkill in plain Python: free-for-all, teams, draws and partial play, folded over many orders.

Two sides have a closed form. More are solved by passing messages along the chain of neighbouring ranks, in the order
and to the precision of the trueskill package, whose results these are.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import erfc, exp, fsum, pi, sqrt
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from arena.ratings.contest import Contest, Key

MU = 25.0
SIGMA = MU / 3
BETA = SIGMA / 2
TAU = SIGMA / 100
DRAW = 0.10
MARGIN = NormalDist().inv_cdf((DRAW + 1) / 2) * BETA
"""The draw margin of a difference of performances that has unit weight."""
PRECISE = 1e-4
SWEEPS = 10
UPDATES = 500_000
"""How many sides may be updated over all orders, leaving aside contests of two lone agents."""

_BETA2, _TAU2 = BETA * BETA, TAU * TAU
_ROOT_HALF, _DENSITY = sqrt(0.5), 1 / sqrt(2 * pi)
_PAIR = MARGIN * sqrt(2)
_TAIL = -30.0
"""Beyond this the tail of the normal distribution is as good as its first terms."""


Team = tuple[tuple[int, ...], tuple[float, ...], int]
"""Places of the members, their weights, and how many of them, from the first on, are updated."""
Plan = tuple[int, int, bool] | tuple[tuple[Team, ...], tuple[bool, ...]]
"""Two lone agents and whether they drew; or teams, best first, and which neighbours tie."""


class Rating(NamedTuple):
    """A skill as a normal distribution."""

    mu: float = MU
    sigma: float = SIGMA


def rate(
    teams: Sequence[Sequence[Rating]], ranks: Sequence[int], weights: Sequence[Sequence[float]] | None = None
) -> list[list[Rating]]:
    """The ratings after one contest; lower ranks are better, equal ones tie."""
    order = sorted(range(len(teams)), key=lambda place: ranks[place])
    players = [rating for place in order for rating in teams[place]]
    mu, var = [player.mu for player in players], [player.sigma**2 for player in players]
    sides: list[Team] = []
    start = 0
    for place in order:
        size = len(teams[place])
        weight = (1.0,) * size if weights is None else tuple(weights[place])
        sides.append((tuple(range(start, start + size)), weight, size))
        start += size
    ties = tuple(ranks[a] == ranks[b] for a, b in pairwise(order))
    _update(mu, var, tuple(sides), ties)
    after: list[list[Rating]] = [[] for _ in teams]
    for place, (members, _, _) in zip(order, sides, strict=True):
        after[place] = [Rating(mu[member], sqrt(var[member])) for member in members]
    return after


def quality(one: Rating, other: Rating) -> float:
    """How likely a draw between two is, relative to two equals that are known well."""
    spread = 2 * _BETA2 + one.sigma**2 + other.sigma**2
    return sqrt(2 * _BETA2 / spread) * exp(-((one.mu - other.mu) ** 2) / (2 * spread))


def orders(contests: Sequence[Contest]) -> int:
    """Over how many orders a fold is averaged: ten, or fewer where there is much to compute."""
    many = sum(len(contest.sides) for contest in contests if not _is_pair(contest))
    return 10 if not many else max(2, min(10, UPDATES // many))


class Average(NamedTuple):
    """A rating over many orders, and the standard error that the choice of orders leaves."""

    mu: float
    sigma: float
    wobble: float


def fold(contests: Sequence[Contest], permutations: int, seed: int = 0) -> dict[Key, Average]:
    """Everybody's rating, averaged over seeded orders of the same contests."""
    names: dict[Key, int] = {}
    entries = plans(contests, names)
    return average(names, permutations, seed, len(contests), lambda mu, var, order: _play(mu, var, entries, order))


def average(
    names: dict[Key, int],
    permutations: int,
    seed: int,
    size: int,
    play: Callable[[list[float], list[float], list[int]], None],
) -> dict[Key, Average]:
    """Play all contests in each of several orders from the start, and average means and spreads.

    `play` gets places in what `plans` gave; every other order takes the mirrored half.
    """
    means: list[list[float]] = []
    spreads: list[list[float]] = []
    for number in range(permutations):
        order = list(range(size))
        Random(f"{seed} {number}").shuffle(order)
        if number % 2:
            order = [size + place for place in order]
        mu, var = [MU] * len(names), [SIGMA * SIGMA] * len(names)
        play(mu, var, order)
        means.append(mu)
        spreads.append([sqrt(value) for value in var])
    return {key: _average([mu[i] for mu in means], [sigma[i] for sigma in spreads]) for key, i in names.items()}


def _average(means: Sequence[float], spreads: Sequence[float]) -> Average:
    size = len(means)
    mu, sigma = fsum(means) / size, fsum(spreads) / size
    squares = fsum((m - 3 * s - mu + 3 * sigma) ** 2 for m, s in zip(means, spreads, strict=True))
    return Average(mu, sigma, sqrt(squares / (size * (size - 1))) if size > 1 else 0.0)


def plans(contests: Sequence[Contest], names: dict[Key, int]) -> list[Plan]:
    """Every contest as it is, then every contest with tied sides the other way round; newcomers join `names`.

    Only neighbours in rank are compared, so of sides that tie the one beside the next place moves more. Both ways,
    the first and the last in the alphabet fare the same.
    """
    forward = [plan(contest, names) for contest in contests]
    return forward + [
        entry if len(contest.sides) == 2 else plan(_mirrored(contest), names)
        for contest, entry in zip(contests, forward, strict=True)
    ]


def _mirrored(contest: Contest) -> Contest:
    backwards = contest.sides[::-1]
    return Contest(contest.game, contest.deal, tuple(sorted(backwards, key=lambda side: side.place)))


def plan(contest: Contest, names: dict[Key, int]) -> Plan:
    """A contest as places in lists of means and variances; newcomers join `names`."""
    sides = contest.sides
    if _is_pair(contest):
        first, second = (names.setdefault(side.members[0], len(names)) for side in sides)
        return first, second, sides[0].place == sides[1].place
    teams: list[Team] = []
    partial = any(side.fixed for side in sides)
    for side in sides:
        members = [names.setdefault(member, len(names)) for member in side.members]
        weights = [1 / len(members)] * len(members)
        if side.extra is not None:
            members.append(names.setdefault(side.extra, len(names)))
            weights.append(1.0)
        updated = 0 if side.fixed else len(side.members) if partial else len(members)
        teams.append((tuple(members), tuple(weights), updated))
    return tuple(teams), tuple(a.place == b.place for a, b in pairwise(sides))


def _is_pair(contest: Contest) -> bool:
    sides = contest.sides
    return len(sides) == 2 and all(len(side.members) == 1 and side.extra is None and not side.fixed for side in sides)


def _play(mu: list[float], var: list[float], plans: Sequence[Plan], order: Sequence[int]) -> None:
    for number in order:
        entry = plans[number]
        if len(entry) == 2:
            _update(mu, var, *entry)
            continue
        a, b, drawn = entry
        va, vb = var[a] + _TAU2, var[b] + _TAU2
        c2 = va + vb + 2 * _BETA2
        c = sqrt(c2)
        v, w = _pull((mu[a] - mu[b]) / c, _PAIR / c, drawn=drawn)
        v /= c
        w /= c2
        mu[a] += va * v
        mu[b] -= vb * v
        var[a] = va * (1 - va * w)
        var[b] = vb * (1 - vb * w)


def _pull(difference: float, margin: float, *, drawn: bool) -> tuple[float, float]:
    """How far an outcome moves a standardised difference (v), and by which share it narrows it (w)."""
    if not drawn:
        x = difference - margin
        if x < _TAIL:
            return -x - 1 / x, 1 - 1 / (x * x)
        v = _DENSITY * exp(-x * x / 2) / (0.5 * erfc(-x * _ROOT_HALF))
        return v, v * (v + x)
    size = abs(difference)
    a, b = margin - size, -margin - size
    if a < _TAIL:
        v, w = a + 1 / a, 1 - 1 / (a * a)
    else:
        inside = 0.5 * (erfc(-a * _ROOT_HALF) - erfc(-b * _ROOT_HALF))
        at_a, at_b = _DENSITY * exp(-a * a / 2), _DENSITY * exp(-b * b / 2)
        v = (at_b - at_a) / inside
        w = v * v + (a * at_a - b * at_b) / inside
    return (-v if difference < 0 else v), w


def _update(mu: list[float], var: list[float], teams: Sequence[Team], ties: Sequence[bool]) -> None:
    """Rate one contest in place; `var` holds variances."""
    means: list[float] = []
    spreads: list[float] = []
    squares: list[float] = []
    for members, weights, _ in teams:
        mean = spread = square = 0.0
        for member, weight in zip(members, weights, strict=True):
            mean += weight * mu[member]
            spread += weight * weight * (var[member] + _TAU2 + _BETA2)
            square += weight * weight
        means.append(mean)
        spreads.append(spread)
        squares.append(square)
    if len(teams) == 2:
        c2 = spreads[0] + spreads[1]
        c = sqrt(c2)
        v, w = _pull((means[0] - means[1]) / c, MARGIN * sqrt(squares[0] + squares[1]) / c, drawn=ties[0])
        moves, shrinks = [v / c, -v / c], [w / c2, w / c2]
    else:
        margins = [MARGIN * sqrt(a + b) for a, b in pairwise(squares)]
        moves, shrinks = _chain(means, spreads, margins, ties)
    for (members, weights, updated), move, shrink in zip(teams, moves, shrinks, strict=True):
        for member, weight in zip(members[:updated], weights[:updated], strict=True):
            before = var[member] + _TAU2
            mu[member] += before * weight * move
            var[member] = before * (1 - before * weight * weight * shrink)


def _chain(
    means: Sequence[float], spreads: Sequence[float], margins: Sequence[float], ties: Sequence[bool]
) -> tuple[list[float], list[float]]:
    """What each side's mean moves and its variance shrinks by, per unit of a member's weighted variance.

    Messages are (precision, precision times mean): `left` comes to a side from the better neighbour, `right` from the
    worse one, `cut` is what the outcome says about the difference between a side and the next.
    """
    size = len(means)
    own_pi = [1 / spread for spread in spreads]
    own_tau = [mean / spread for mean, spread in zip(means, spreads, strict=True)]
    left_pi, left_tau, right_pi, right_tau = [0.0] * size, [0.0] * size, [0.0] * size, [0.0] * size
    cut_pi, cut_tau = [0.0] * (size - 1), [0.0] * (size - 1)
    last = size - 2

    def compare(x: int, *, up: bool, down: bool) -> float:
        """Compare a side with the next, tell the worse (`up`) or the better one (`down`); how much changed."""
        a_pi, a_tau = own_pi[x] + left_pi[x], own_tau[x] + left_tau[x]
        b_pi, b_tau = own_pi[x + 1] + right_pi[x + 1], own_tau[x + 1] + right_tau[x + 1]
        a_mean, b_mean = a_tau / a_pi, b_tau / b_pi
        spread = 1 / a_pi + 1 / b_pi
        c = sqrt(spread)
        v, w = _pull((a_mean - b_mean) / c, margins[x] / c, drawn=ties[x])
        precision = w / ((1 - w) * spread)
        tau = ((a_mean - b_mean) * w / spread + v / c) / (1 - w)
        change = max(abs(tau - cut_tau[x]), sqrt(abs(precision - cut_pi[x])))
        cut_pi[x], cut_tau[x] = precision, tau
        if up:
            share = a_pi / (a_pi + precision)
            left_pi[x + 1], left_tau[x + 1] = share * precision, share * (a_mean * precision - tau)
        if down:
            share = b_pi / (b_pi + precision)
            right_pi[x], right_tau[x] = share * precision, share * (b_mean * precision + tau)
        return change

    for _ in range(SWEEPS):
        change = 0.0
        for x in range(last):
            change = max(change, compare(x, up=True, down=False))
        for x in range(last, 0, -1):
            change = max(change, compare(x, up=x == last, down=True))
        if change <= PRECISE:
            break
    # The best side hears from its neighbour last, once that one has heard from everybody below.
    b_pi, b_tau = own_pi[1] + right_pi[1], own_tau[1] + right_tau[1]
    share = b_pi / (b_pi + cut_pi[0])
    right_pi[0], right_tau[0] = share * cut_pi[0], share * (b_tau / b_pi * cut_pi[0] + cut_tau[0])
    moves: list[float] = []
    shrinks: list[float] = []
    for i in range(size):
        precision, tau = left_pi[i] + right_pi[i], left_tau[i] + right_tau[i]
        scale = 1 + spreads[i] * precision
        moves.append((tau - means[i] * precision) / scale)
        shrinks.append(precision / scale)
    return moves, shrinks

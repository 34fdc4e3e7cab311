"""Strength without order: a Plackett-Luce fit (Bradley-Terry where sides are two), and how far chance could move it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

from arena.ratings.contest import Contest, Key
from arena.ratings.trueskill import BETA, SIGMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 2**0.5 * BETA / 1.7
"""One unit of log-odds on the scale of mu: the logistic and the normal curve are closest at 1.7."""
SPREAD = SIGMA / SCALE
"""What is assumed before anything was played, as in TrueSkill; it keeps the unbeaten finite."""
DRAWS = 400
GAMES = 5
"""Under so many games resampling them says nothing about other games."""
STEPS = 100
DIGITS = 9
"""How many decimals of what comes out of linear algebra are the same on every run."""
LISTED = 6
"""Up to so many sides that tie, every order of them is looked at."""
CELLS = 4_000_000
"""How many numbers one block of contests may take while it is fitted."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Contests of equally many sides and choices as arrays: contest x side (x member), contest x choice (x side)."""

    members: "NDArray[Any]"
    weights: "NDArray[Any]"
    chosen: "NDArray[Any]"
    """Contest x side: how much its being chosen weighs."""
    terms: "NDArray[Any]"
    """Contest x choice: what each choice weighs."""
    among: "NDArray[Any]"
    """Contest x choice x side: whether the side could have been chosen."""
    share: "NDArray[Any]"
    """What each contest weighs."""
    deal: "NDArray[Any]"


@dataclass(frozen=True, slots=True)
class Fit:
    """Strengths in log-odds around their mean, and seeded deviations of them."""

    strength: Mapping[Key, float]
    deviations: "NDArray[Any] | None"
    """Draw x agent, in log-odds; None where there are too few deals or games to resample."""


def fit(
    contests: Sequence[Contest],
    agents: Sequence[Key],
    *,
    even: bool = False,
    by_game: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
) -> Fit:
    """Fit all agents at once; `even` lets every game weigh the same, `by_game` resamples games before deals.

    A deviation is one Newton step of the fit towards a resample of the deals, with the prior's mean drawn anew.
    """
    import numpy as np

    names: dict[Key, int] = {key: i for i, key in enumerate(agents)}
    deals: dict[tuple[object, ...], int] = {}
    games: list[int] = []
    order = {game: i for i, game in enumerate(dict.fromkeys(contest.game for contest in contests))}
    counts = dict.fromkeys(order, 0)
    for contest in contests:
        counts[contest.game] += 1
        if (contest.game, *contest.deal) not in deals:
            deals[contest.game, *contest.deal] = len(deals)
            games.append(order[contest.game])
    shares = {game: len(contests) / len(order) / count if even else 1.0 for game, count in counts.items()}
    blocks = _blocks(contests, names, deals, shares)
    theta = np.zeros(len(names))
    value, slope, curve = _value(blocks, theta)
    for _ in range(STEPS):
        step = np.linalg.solve(curve, slope)
        size = 1.0
        after = _value(blocks, theta + step)
        while after[0] < value and size > 1e-6:
            size /= 2
            after = _value(blocks, theta + size * step)
        theta = theta + size * step
        value, slope, curve = after
        if float(np.abs(size * step).max(initial=0.0)) < 1e-9:
            break
    own = theta[: len(agents)] - (theta[: len(agents)].mean() if agents else 0.0)
    strength = {key: round(float(own[i]), DIGITS) + 0.0 for i, key in enumerate(agents)}
    if draws == 0 or len(deals) < 2 or (by_game and len(order) < GAMES) or len(agents) < 2:
        return Fit(strength, None)
    weights = _resample(np.array(games), by_game=by_game, draws=draws, seed=seed)
    noise = np.random.default_rng(seed + 1).normal(size=(draws, len(names))) / SPREAD
    pulls = _pulls(blocks, theta, weights) + noise
    moved = np.linalg.solve(curve, pulls.T).T[:, : len(agents)]
    return Fit(strength, moved - moved.mean(axis=1, keepdims=True))


def _blocks(
    contests: Sequence[Contest],
    names: dict[Key, int],
    deals: Mapping[tuple[object, ...], int],
    shares: Mapping[str, float],
) -> list[_Block]:
    """The contests as arrays; sides' own ratings join `names`."""
    import numpy as np

    by_size: dict[tuple[int, int, int], list[tuple[Contest, _Outcome]]] = {}
    for contest in contests:
        width = max(len(side.members) + (side.extra is not None) for side in contest.sides)
        outcome = tuple(side.place for side in contest.sides), tuple(side.fixed for side in contest.sides)
        number = len(_choices_of(*outcome))
        by_size.setdefault((len(contest.sides), width, number), []).append((contest, outcome))
    blocks: list[_Block] = []
    for (size, width, number), group in by_size.items():
        chunk = max(1, CELLS // max((size * width) ** 2, size * number))
        for start in range(0, len(group), chunk):
            part = group[start : start + chunk]
            members = np.zeros((len(part), size, width), dtype=np.int64)
            weights = np.zeros((len(part), size, width))
            outcomes: dict[_Outcome, int] = {}
            kinds: list[int] = []
            for row, (contest, outcome) in enumerate(part):
                kinds.append(outcomes.setdefault(outcome, len(outcomes)))
                for column, side in enumerate(contest.sides):
                    for slot, member in enumerate(side.members):
                        members[row, column, slot] = names.setdefault(member, len(names))
                        weights[row, column, slot] = 1 / len(side.members)
                    if side.extra is not None:
                        members[row, column, len(side.members)] = names.setdefault(side.extra, len(names))
                        weights[row, column, len(side.members)] = 1.0
            terms = np.array([[weight for _, weight in _choices_of(*outcome)] for outcome in outcomes])
            among = np.zeros((len(outcomes), number, size), dtype=bool)
            for kind, outcome in enumerate(outcomes):
                for place, (open_to, _) in enumerate(_choices_of(*outcome)):
                    among[kind, place, list(open_to)] = True
            chosen = np.array([_chosen(*outcome) for outcome in outcomes])
            share = np.array([shares[contest.game] for contest, _ in part])
            deal = np.array([deals[contest.game, *contest.deal] for contest, _ in part])
            blocks.append(_Block(members, weights, chosen[kinds], terms[kinds], among[kinds], share, deal))
    return blocks


_Outcome = tuple[tuple[int, ...], tuple[bool, ...]]
"""The place of each side, best first, and whether it only met a forfeiter."""


@lru_cache(maxsize=4096)
def _choices_of(places: tuple[int, ...], fixed: tuple[bool, ...]) -> list[tuple[frozenset[int], float]]:
    """An outcome as choices of the best of those left: the sides to choose from, and what the choice weighs."""
    if any(fixed):
        # Who only met a forfeiter has beaten it, and nobody else.
        forfeited = frozenset(i for i, only in enumerate(fixed) if not only)
        return [(forfeited | {i}, 1.0) for i, only in enumerate(fixed) if only] + _tied(sorted(forfeited), frozenset())
    choices: list[tuple[frozenset[int], float]] = []
    for place in dict.fromkeys(places):
        level = [i for i, other in enumerate(places) if other == place]
        choices += _tied(level, frozenset(i for i, other in enumerate(places) if other > place))
    return choices


def _tied(level: Sequence[int], behind: frozenset[int]) -> list[tuple[frozenset[int], float]]:
    """Every way in which those that tie could have come one after the other, each weighing the same.

    Of many that tie, each in turn is first and the others follow round.
    """
    size = len(level)
    found: list[tuple[frozenset[int], float]] = []
    for left in range(size, 0, -1):
        if size <= LISTED:
            rest = [frozenset(some) for some in combinations(level, left)]
        else:
            rest = [frozenset([*level, *level][i : i + left]) for i in range(size if left < size else 1)]
        found += [(some | behind, 1 / len(rest)) for some in rest if len(some | behind) > 1]
    return found


def _chosen(places: tuple[int, ...], fixed: tuple[bool, ...]) -> list[float]:
    """How much the choice of each side weighs in all; a choice without alternative is none."""
    if any(fixed):
        last = [i for i, only in enumerate(fixed) if not only]
    else:
        last = [i for i, place in enumerate(places) if place == places[-1]]
    return [1 - 1 / len(last) if i in last else 1.0 for i in range(len(places))]


def _choices(block: _Block, theta: "NDArray[Any]") -> tuple[float, "NDArray[Any]", "NDArray[Any]"]:
    """The log-likelihood, the chance of each side at each choice, and each side's pull per contest."""
    import numpy as np

    scores = (theta[block.members] * block.weights).sum(axis=2)
    top = scores.max(axis=1, keepdims=True)
    odds = np.exp(scores - top)[:, None, :] * block.among
    total = odds.sum(axis=2)
    chances = odds / total[:, :, None]
    likelihood = (block.chosen * (scores - top)).sum(axis=1) - (block.terms * np.log(total)).sum(axis=1)
    value = (block.share * likelihood).sum()
    pull = block.chosen - (block.terms[:, :, None] * chances).sum(axis=1)
    return float(value), chances, pull


def _value(blocks: Sequence[_Block], theta: "NDArray[Any]") -> tuple[float, "NDArray[Any]", "NDArray[Any]"]:
    """The log of the posterior, its slope, and its negative curvature."""
    import numpy as np

    size = len(theta)
    value = -float((theta**2).sum()) / (2 * SPREAD**2)
    slope = -theta / SPREAD**2
    curve = np.eye(size) / SPREAD**2
    for block in blocks:
        part, chances, pull = _choices(block, theta)
        value += part
        terms = block.terms * block.share[:, None]
        spread = -np.matmul((terms[:, :, None] * chances).transpose(0, 2, 1), chances)
        diagonal = list(range(int(chances.shape[2])))
        spread[:, diagonal, diagonal] += (terms[:, :, None] * chances).sum(axis=1)
        weighted = (pull * block.share[:, None])[:, :, None] * block.weights
        slope = slope + np.bincount(block.members.ravel(), weights=weighted.ravel(), minlength=size)
        pairs = block.members[:, :, :, None, None] * size + block.members[:, None, None, :, :]
        mass = block.weights[:, :, :, None, None] * block.weights[:, None, None, :, :] * spread[:, :, None, :, None]
        curve = curve + np.bincount(pairs.ravel(), weights=mass.ravel(), minlength=size * size).reshape(size, size)
    return value, slope, curve


def _resample(games: "NDArray[Any]", *, by_game: bool, draws: int, seed: int) -> "NDArray[Any]":
    """How much more often than once each deal is drawn, draw x deal; `games` is the game of each deal."""
    import numpy as np

    rng = np.random.default_rng(seed)
    number = int(games.max()) + 1
    places = [np.flatnonzero(games == game) for game in range(number)]
    extra = np.full((draws, len(games)), -1, dtype=np.int32)
    for draw in range(draws):
        picked = np.bincount(rng.integers(number, size=number), minlength=number) if by_game else np.ones(number, int)
        for place, times in zip(places, picked.tolist(), strict=True):
            chosen: NDArray[Any] = rng.integers(len(place), size=int(times) * len(place))
            extra[draw, place] += np.bincount(chosen, minlength=len(place)).astype(np.int32)
    return extra


def _pulls(blocks: Sequence[_Block], theta: "NDArray[Any]", extra: "NDArray[Any]") -> "NDArray[Any]":
    """The slope that each resample adds, draw x name."""
    import numpy as np

    pulls = np.zeros((len(extra), len(theta)))
    for block in blocks:
        _, _, pull = _choices(block, theta)
        weighted = (pull * block.share[:, None])[:, :, None] * block.weights
        members = block.members.ravel()
        for draw, row in enumerate(extra):
            scaled = weighted * row[block.deal][:, None, None]
            pulls[draw] += np.bincount(members, weights=scaled.ravel(), minlength=len(theta))
    return pulls

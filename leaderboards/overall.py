"""Everybody's skill over all games, with conduct beside it."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

from arena.board import Log, Standings
from arena.errors import UsageError
from arena.ratings.contest import Contest, Key
from arena.ratings.ladder import ladder
from arena.ratings.trueskill import BETA, MARGIN, MU, SIGMA, TAU, Average, Team, average, fold, plans

ENGINES = ("arena", "trueskill")


def board(
    log: Log,
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
    seed: int = 0,
    engine: str = "arena",
) -> Standings:
    """Rank all agents of one pool, over all its games or in one game or role.

    `engine="trueskill"` lets the trueskill package make every update, which takes ten times as long.
    """
    if engine not in ENGINES:
        raise UsageError(f"engine is 'arena' or 'trueskill', got {engine!r}")
    rate = fold if engine == "arena" else _fold_with_package
    return ladder(
        log, "overall", game=game, role=role, variant=variant, tournament=tournament, pool=pool, seed=seed, rate=rate
    )


def _fold_with_package(contests: Sequence[Contest], permutations: int, seed: int) -> dict[Key, Average]:
    import trueskill

    names: dict[Key, int] = {}
    entries = plans(contests, names)
    normal = NormalDist()
    draws: list[float] = []

    def draw_probability(*_: object) -> float:
        """The package counts members for its margin; weighted ones take up less room."""
        return draws.pop(0)

    make: Any = trueskill.TrueSkill
    env = make(MU, SIGMA, BETA, TAU, draw_probability)

    def play(mu: list[float], var: list[float], order: list[int]) -> None:
        for number in order:
            entry = entries[number]
            if len(entry) == 3:
                lone: tuple[Team, ...] = (((entry[0],), (1.0,), 1), ((entry[1],), (1.0,), 1))
                teams, ties = lone, (entry[2],)
            else:
                teams, ties = entry
            ranks = [0]
            for tied in ties:
                ranks.append(ranks[-1] + (not tied))
            draws.clear()
            for (_, one, _), (_, other, _) in pairwise(teams):
                room = sum(weight**2 for weight in (*one, *other)) / (len(one) + len(other))
                draws.append(2 * normal.cdf(MARGIN / BETA * room**0.5) - 1)
            groups = [tuple(env.create_rating(mu[i], var[i] ** 0.5) for i in members) for members, _, _ in teams]
            after = env.rate(groups, ranks, [weights for _, weights, _ in teams])
            for (members, _, updated), ratings in zip(teams, after, strict=True):
                for i, rating in list(zip(members, ratings, strict=True))[:updated]:
                    mu[i], var[i] = rating.mu, rating.sigma**2

    return average(names, permutations, seed, len(contests), play)

"""How long ratings take: our TrueSkill against the package's, and whole boards."""

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from arena.board import Result
from arena.ratings.contest import Contest, contests
from arena.ratings.ladder import ladder
from arena.ratings.results import ResultsFile
from arena.ratings.trueskill import fold, orders

PACKAGE = 2_000
"""How many matches the package rates; the rest is proportion."""


def results(number: int, seats: int, agents: int = 30) -> list[Result]:
    """Matches with random ranks, two to a deal."""
    rng = Random(number)
    names = [f"agent {i}" for i in range(agents)]
    return [
        Result(
            id=str(i),
            order=i,
            tournament="",
            variant="base",
            game="made up",
            sha256="",
            params="{}",
            scoring="rank",
            deal=i // 2,
            repetition=0,
            seed=i // 2,
            agents=tuple(rng.sample(names, seats)),
            rated=(True,) * seats,
            roles=(None,) * seats,
            teams=(None,) * seats,
            rewards=(0.0,) * seats,
            ranks=tuple(rng.sample(range(1, seats + 1), seats)),
            forfeits=(False,) * seats,
            outcome="finished",
        )
        for i in range(number)
    ]


def with_package(found: list[Contest]) -> None:
    """One fold of free-for-alls by the trueskill package."""
    import trueskill

    make: Any = trueskill.TrueSkill
    env = make(25.0, 25 / 3, 25 / 6, 25 / 300, 0.10)
    ratings: dict[object, Any] = {}
    for contest in found:
        members = [side.members[0] for side in contest.sides]
        groups = [(ratings.get(member) or env.create_rating(),) for member in members]
        after = env.rate(groups, [side.place for side in contest.sides])
        ratings |= {member: rating for member, (rating,) in zip(members, after, strict=True)}


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rows() -> Iterator[tuple[str, str]]:
    """What was measured, and the figure."""
    for number, seats in ((100_000, 2), (4_000, 8)):
        played = results(number, seats)
        found = contests(played)
        ours = seconds(lambda found=found: fold(found, 1))
        theirs = seconds(lambda found=found: with_package(found[:PACKAGE])) * number / PACKAGE
        what = f"TrueSkill, {number:,} matches of {seats}"
        yield f"{what}, one order", f"{ours:.2f} s"
        yield f"{what}, one order, trueskill package", f"{theirs:.2f} s ({theirs / ours:.0f}x)"
        log = ResultsFile("", played)
        board = seconds(lambda log=log: ladder(log, "game", game="made up"))
        yield f"board of {number:,} matches of {seats}: {orders(found)} orders, strength, intervals", f"{board:.1f} s"


def main() -> None:
    """Print the figures."""
    for what, figure in rows():
        print(f"{what:<75} {figure}")


if __name__ == "__main__":
    main()

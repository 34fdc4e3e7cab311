"""TrueSkill by our own hands against known values and the package, and the order-free fit beside it."""

from itertools import permutations
from random import Random
from typing import Any

import pytest
import trueskill
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.ratings.contest import Contest, contests
from arena.ratings.plackett_luce import fit
from arena.ratings.trueskill import Rating, fold, orders, quality, rate
from tests.logs import made_up

NEW = Rating()
RATINGS = st.builds(Rating, st.floats(-10, 60), st.floats(0.5, 9))


def package(
    teams: list[list[Rating]], ranks: list[int], weights: list[list[float]] | None = None
) -> list[list[Rating]]:
    """The same contest rated by the trueskill package, with exact normal functions in place of its approximations."""
    from math import erfc, sqrt
    from statistics import NormalDist

    normal = NormalDist()
    make: Any = trueskill.TrueSkill
    env = make(25.0, 25 / 3, 25 / 6, 25 / 300, 0.10)
    env.cdf = lambda x: 0.5 * erfc(-x / sqrt(2))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]  # untyped library
    env.pdf, env.ppf = normal.pdf, normal.inv_cdf
    groups = [[env.create_rating(*rating) for rating in team] for team in teams]
    return [[Rating(one.mu, one.sigma) for one in team] for team in env.rate(groups, ranks, weights)]


def flat(teams: list[list[Rating]]) -> list[float]:
    return [value for team in teams for rating in team for value in rating]


def test_one_win_between_newcomers() -> None:
    (winner,), (loser,) = rate([[NEW], [NEW]], [1, 2])
    assert winner == pytest.approx((29.396, 7.171), abs=1e-3)
    assert loser == pytest.approx((20.604, 7.171), abs=1e-3)


def test_a_draw_between_newcomers() -> None:
    assert flat(rate([[NEW], [NEW]], [1, 1])) == pytest.approx([25, 6.458, 25, 6.458], abs=1e-3)


def test_four_newcomers_in_a_row() -> None:
    after = rate([[NEW]] * 4, [1, 2, 3, 4])
    assert [one.mu for (one,) in after] == pytest.approx([33.2067, 27.4015, 22.5985, 16.7933], abs=1e-4)
    assert [one.sigma for (one,) in after] == pytest.approx([6.3481, 5.7872, 5.7872, 6.3481], abs=1e-4)


def test_two_against_two_weighs_alike_in_full_and_by_size() -> None:
    full = rate([[NEW, NEW], [NEW, NEW]], [1, 2])
    assert [one.mu for team in full for one in team] == pytest.approx([28.1083, 28.1083, 21.8917, 21.8917], abs=1e-4)
    assert full[0][0].sigma == pytest.approx(7.7744, abs=1e-4)
    assert flat(rate([[NEW, NEW], [NEW, NEW]], [1, 2], [[0.5, 0.5]] * 2)) == pytest.approx(flat(full), abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(one=RATINGS, other=RATINGS, drawn=st.booleans())
def test_the_closed_form_is_the_package(one: Rating, other: Rating, *, drawn: bool) -> None:
    if abs(one.mu - other.mu) > 25:  # further out the package's own sums run out of digits
        return
    teams, ranks = [[one], [other]], [1, 1 if drawn else 2]
    assert flat(rate(teams, ranks)) == pytest.approx(flat(package(teams, ranks)), abs=1e-9)


@pytest.mark.parametrize("sides", [3, 4, 8])
def test_free_for_all_and_teams_are_the_package(sides: int) -> None:
    rng = Random(sides)
    for _ in range(20):
        teams = [[Rating(rng.gauss(25, 5), rng.uniform(1, 8)) for _ in range(rng.randint(1, 3))] for _ in range(sides)]
        ranks = [rng.randint(1, sides) for _ in range(sides)]
        assert flat(rate(teams, ranks)) == pytest.approx(flat(package(teams, ranks)), abs=1e-6)


def test_an_absurd_upset_stays_finite() -> None:
    giant, dwarf = Rating(900.0, 0.1), Rating(-900.0, 0.1)
    for ranks in ([2, 1], [1, 1], [1, 2]):
        assert all(abs(value) < 1e4 for value in flat(rate([[giant], [dwarf]], ranks)))
    three = rate([[giant], [dwarf], [NEW]], [3, 1, 2])
    assert all(abs(value) < 1e4 for value in flat(three))


def test_quality_of_two_newcomers() -> None:
    assert quality(NEW, NEW) == pytest.approx(0.4472, abs=1e-4)


def duels(number: int, agents: int = 5, seed: int = 0) -> list[Contest]:
    rng = Random(seed)
    names = [f"a{i}" for i in range(agents)]
    return contests(
        made_up(i, pair, (1, 2) if rng.gauss(int(pair[0][1]), 3) > rng.gauss(int(pair[1][1]), 3) else (2, 1))
        for i, pair in ((i, rng.sample(names, 2)) for i in range(number))
    )


def test_a_fold_depends_on_the_seed_and_on_nothing_else() -> None:
    found = duels(60)
    assert fold(found, 4, seed=3) == fold(found, 4, seed=3)
    assert fold(found, 4, seed=3) != fold(found, 4, seed=4)


def test_orders_are_ten_for_pairs_and_fewer_for_many_large_tables() -> None:
    large = contests([made_up(i, [f"a{j}" for j in range(8)], range(1, 9)) for i in range(20)])
    assert orders(duels(500)) == 10
    assert orders(large) == 10
    assert 2 <= orders(large * 600) < 10


def test_sides_that_tie_fare_the_same_whatever_their_names() -> None:
    def found(low: str, high: str) -> list[Contest]:
        places = [((1, 1, 3, 3), (3, 3, 1, 1))[i % 3 == 0] for i in range(40)]
        return contests([made_up(i, (low, high, "m", "n"), ranks) for i, ranks in enumerate(places)])

    rated = fold(found("a", "z"), 10)
    assert rated["a"].mu == pytest.approx(rated["z"].mu, abs=1e-3)
    assert rated["a"].sigma == pytest.approx(rated["z"].sigma, abs=1e-4)


@pytest.mark.parametrize("ranks", [(1, 1, 1, 4), (1, 2, 2, 2)])
def test_a_tie_of_three_is_the_mean_of_its_six_orders(ranks: tuple[int, ...]) -> None:
    agents = ["a", "b", "c", "d"]
    first = ranks.index(max(set(ranks), key=ranks.count))
    broken = [
        [*ranks[:first], *(rank + ranks[first] for rank in order), *ranks[first + 3 :]]
        for order in permutations(range(3))
    ]
    won = [made_up(100 + i, agents, (1, 2, 3, 4)) for i in range(4)]
    tied = contests([*won, *(made_up(i, agents, ranks) for i in range(6))])
    apart = contests([*won, *(made_up(i, agents, order) for i, order in enumerate(broken))])
    assert fit(tied, agents).strength == pytest.approx(dict(fit(apart, agents).strength), abs=1e-7)


def test_strength_needs_no_order() -> None:
    found, agents = duels(80), [f"a{i}" for i in range(5)]
    forward, backward = fit(found, agents).strength, fit(found[::-1], agents).strength
    assert backward == pytest.approx(dict(forward), abs=1e-7)


def test_strength_of_two_is_the_log_odds_of_their_record() -> None:
    found = contests([made_up(i, ("a", "b"), (1, 2) if i % 4 else (2, 1)) for i in range(4000)])
    strength = fit(found, ["a", "b"]).strength
    assert strength["a"] - strength["b"] == pytest.approx(1.0986, abs=5e-3)


def test_draws_are_half_a_win_each() -> None:
    drawn = contests([made_up(i, ("a", "b"), (1, 1)) for i in range(10)])
    shared = contests([made_up(i, ("a", "b"), (1, 2) if i % 2 else (2, 1)) for i in range(10)])
    won = contests([made_up(i, ("a", "b"), (1, 2)) for i in range(10)])
    assert fit(drawn, ["a", "b"]).strength["a"] == pytest.approx(fit(shared, ["a", "b"]).strength["a"], abs=1e-9)
    assert fit([*drawn, *won], ["a", "b"]).strength == pytest.approx(
        dict(fit([*shared, *won], ["a", "b"]).strength), abs=1e-9
    )


def test_the_unbeaten_stay_finite() -> None:
    found = contests([made_up(i, ("a", "b", "c"), (1, 2, 3)) for i in range(200)])
    assert 1 < fit(found, ["a", "b", "c"]).strength["a"] < 20


def test_every_game_weighs_the_same_in_strength() -> None:
    often = [made_up(i, ("a", "b"), (1, 2), game="often") for i in range(300)]
    rarely = [made_up(300 + i, ("a", "b"), (2, 1), game="rarely") for i in range(3)]
    found = contests([*often, *rarely])
    assert fit(found, ["a", "b"], even=True).strength["a"] == pytest.approx(0, abs=1e-6)
    assert fit(found, ["a", "b"]).strength["a"] > 1


@pytest.mark.slow
def test_intervals_are_as_wide_as_the_ratings_scatter() -> None:
    from statistics import mean, stdev

    from tests.logs import board

    names = [f"a{i}" for i in range(5)]
    seen: dict[str, list[float]] = {name: [] for name in names}
    claimed: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(40):
        rng = Random(seed)
        results = [
            made_up(
                i, pair, (1, 2) if rng.gauss(int(pair[0][1]) * 2, 4) > rng.gauss(int(pair[1][1]) * 2, 4) else (2, 1)
            )
            for i, pair in ((i, rng.sample(names, 2)) for i in range(150))
        ]
        for row in board("game", results, game="duel").rows:
            seen[row["agent"]].append(row["rating"])
            claimed[row["agent"]].append((row["high"] - row["low"]) / 3.92)
    assert 0.75 < mean(mean(claimed[name]) / stdev(seen[name]) for name in names) < 1.35

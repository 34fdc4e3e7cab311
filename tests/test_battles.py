"""Ratings from battles: positions say nothing, quality is recovered in order, identical ones tie."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.judging.meta.battles import FIRST, SECOND, Battle, Rated, battles_of, position_weights, rate

NAMES = ("ann", "bob", "cyd", "dan")


@st.composite
def battle(draw: st.DrawFn) -> Battle:
    first, second = draw(st.sampled_from(list(permutations(NAMES, 2))))
    better = draw(st.sampled_from((FIRST, SECOND, None)))
    return Battle(first, second, better, draw(st.sampled_from(("m1", "m2"))), draw(st.sampled_from(("x", "y"))))


def both(a: str, b: str, winner: str | None, item: str = "m1", by: str = "") -> list[Battle]:
    """A pair in both orders, by somebody who looks at the candidates."""
    return [
        Battle(p, q, None if winner is None else FIRST if winner == p else SECOND, item, by)
        for p, q in ((a, b), (b, a))
    ]


def ratings(found: dict[str, Rated]) -> dict[str, float]:
    return {name: one.rating for name, one in found.items()}


@pytest.mark.parametrize("always", [FIRST, SECOND])
def test_whoever_goes_by_position_alone_rates_all_exactly_equal(always: str) -> None:
    fought = [Battle(a, b, always, f"m{n}") for a, b in permutations(NAMES, 2) for n in range(9)]
    # One candidate even stood in the winning place more often.
    fought += [Battle("ann", "bob", always, f"m{n}") for n in range(30)]
    assert set(ratings(rate(fought)).values()) == {0.0}
    assert {one.rank for one in rate(fought).values()} == {1}


def test_one_that_goes_by_position_changes_nothing_beside_one_that_looks() -> None:
    fair = [
        one for n in range(9) for a, b in (("ann", "bob"), ("bob", "cyd")) for one in both(a, b, a, f"m{n}", "fair")
    ]
    blind = [Battle(a, b, FIRST, f"m{n}", "blind") for a, b in permutations(NAMES[:3], 2) for n in range(9)]
    assert ratings(rate(fair + blind)) == ratings(rate(fair))


def test_a_win_weighs_more_where_wins_are_rare() -> None:
    fought = [Battle("ann", "bob", FIRST, f"m{n}") for n in range(3)] + [Battle("bob", "ann", SECOND)]
    assert position_weights(fought) == {"": (0.25, 0.75)}
    # A liking for the first place, the same for both, cancels out.
    even = [Battle(*pair, FIRST, f"m{n}") for pair in (("ann", "bob"), ("bob", "ann")) for n in range(7)]
    even += [Battle(*pair, SECOND, "m8") for pair in (("ann", "bob"), ("bob", "ann"))]
    assert ratings(rate(even)) == {"ann": 0.0, "bob": 0.0}


def test_candidates_of_known_quality_are_recovered_in_order() -> None:
    quality = {f"judge {n}": 0.5 + 0.1 * n for n in range(5)}
    chance = Random(3)
    fought: list[Battle] = []
    for item in range(120):
        right = {name: chance.random() < share for name, share in quality.items()}
        for a, b in permutations(quality, 2):
            # Whoever compares sees who was right, and likes the first a little where they are alike.
            better = FIRST if right[a] > right[b] else SECOND if right[b] > right[a] else FIRST
            fought.append(Battle(a, b, better, f"m{item}"))
    found = rate(fought)
    assert list(found) == sorted(quality, key=lambda name: -quality[name])
    best, worst = found["judge 4"], found["judge 0"]
    assert worst.high is not None
    assert best.low is not None
    assert worst.high < best.low


def test_two_that_are_the_same_tie_whoever_else_is_there() -> None:
    same = [one for n in range(5) for one in both("ann", "bob", None, f"m{n}")]
    assert ratings(rate(same)) == {"ann": 0.0, "bob": 0.0}
    others = [one for n in range(5) for name in ("ann", "bob") for one in both(name, "cyd", name, f"m{n}")]
    found = rate(same + others)
    assert found["ann"].rating == found["bob"].rating > 0 > found["cyd"].rating
    assert [found[name].rank for name in NAMES[:3]] == [1, 1, 3]


def test_a_tie_draws_one_to_the_other() -> None:
    wins = [one for n in range(9) for one in both("ann", "cyd", "ann", f"m{n}")]
    ties = [one for n in range(9) for one in both("ann", "bob", None, f"m{n}")]
    found = rate(wins + ties)
    assert found["ann"].rating - found["bob"].rating < found["bob"].rating - found["cyd"].rating


def test_the_unbeaten_stay_finite_and_more_wins_say_more() -> None:
    few, many = (rate([one for n in range(count) for one in both("ann", "bob", "ann", f"m{n}")]) for count in (3, 30))
    assert 0 < few["ann"].rating < many["ann"].rating < 2000
    assert (many["ann"].wins, many["ann"].losses, many["bob"].losses, many["bob"].battles) == (60, 0, 60, 60)


def test_even_odds_of_three_to_one_come_out_as_on_the_scale() -> None:
    fought = [one for n in range(4000) for one in both("ann", "bob", "bob" if n % 4 == 0 else "ann", f"m{n}")]
    apart = rate(fought, draws=0)["ann"].rating - rate(fought, draws=0)["bob"].rating
    assert apart == pytest.approx(190.85, abs=0.5)
    assert rate(fought, draws=0, scale=1.0)["ann"].rating == pytest.approx(1.0986 / 2, abs=1e-3)


def test_one_item_has_no_interval_and_more_items_a_narrower_one() -> None:
    assert rate(both("ann", "bob", "ann"))["ann"].low is None

    def width(count: int) -> float:
        fought = [one for n in range(count) for one in both("ann", "bob", "bob" if n % 3 == 0 else "ann", f"m{n}")]
        one = rate(fought)["ann"]
        assert one.low is not None
        assert one.high is not None
        return one.high - one.low

    assert width(600) < width(60) < width(6)


def test_those_who_never_battled_are_shown_where_they_are_named() -> None:
    assert rate([]) == {}
    (one,) = rate([], ["ann"]).values()
    assert (one.rating, one.battles, one.low) == (0.0, 0, None)


def test_a_ranking_is_its_pairs_as_they_were_shown() -> None:
    fought = battles_of([["bob"], ["ann", "cyd"]], ["ann", "bob", "cyd"], "m1", "x")
    assert fought == (
        Battle("ann", "bob", SECOND, "m1", "x"),
        Battle("ann", "cyd", None, "m1", "x"),
        Battle("bob", "cyd", FIRST, "m1", "x"),
    )


def test_a_battle_is_between_two_and_won_by_a_position() -> None:
    with pytest.raises(ValueError, match="better is 'first', 'second' or None, got 'ann'"):
        Battle("ann", "bob", "ann")
    with pytest.raises(ValueError, match="nobody battles with itself"):
        Battle("ann", "ann", FIRST)


@given(st.lists(battle(), max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_battles_does_not_matter(fought: list[Battle], chance: Random) -> None:
    mixed = list(fought)
    chance.shuffle(mixed)
    assert rate(mixed, draws=20) == rate(fought, draws=20)


@given(st.lists(battle(), max_size=40))
@settings(max_examples=60, deadline=None)
def test_what_is_seen_from_the_other_side_is_the_same(fought: list[Battle]) -> None:
    """Names swapped swap ratings; positions swapped in all battles change nothing; ratings are around 0."""
    found = ratings(rate(fought, NAMES, draws=0))
    other = {"ann": "bob", "bob": "ann"}
    renamed = [
        Battle(other.get(b.first, b.first), other.get(b.second, b.second), b.better, b.item, b.by) for b in fought
    ]
    swapped = ratings(rate(renamed, NAMES, draws=0))
    assert all(swapped[other.get(name, name)] == pytest.approx(found[name], abs=1e-5) for name in NAMES)
    turned = {FIRST: SECOND, SECOND: FIRST}
    mirrored = [Battle(b.second, b.first, None if b.better is None else turned[b.better], b.item, b.by) for b in fought]
    assert ratings(rate(mirrored, NAMES, draws=0)) == pytest.approx(found, abs=1e-5)
    assert sum(found.values()) == pytest.approx(0, abs=1e-4)

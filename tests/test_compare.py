"""Two agents or two variants, deal by deal: what differs, by how much, and whether it could be chance."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest

from arena.board import Result
from arena.errors import UsageError
from arena.ratings.compare import compare
from arena.ratings.stats import holm, mean_interval, sign_flip, t_quantile, wilson
from tests.logs import MadeUp, made_up


def bargains(
    deals: int, edge: float, *, variant: str = "base", noise: float = 1.0, start: int = 0, scoring: str = "reward"
) -> list[Result]:
    """Deals of very different worth, on each of which `a` gets more than `b` by `edge`."""
    rng = Random(f"{deals} {variant}")
    results: list[Result] = []
    for deal in range(deals):
        worth = 20 * (deal % 7)
        for pair in ("ab", "ba"):
            rewards = [worth + rng.gauss(0, noise) + (edge if name == "a" else 0) for name in pair]
            ranks = (1, 2) if rewards[0] > rewards[1] else (2, 1)
            order = start + len(results)
            results.append(made_up(order, pair, ranks, rewards, scoring=scoring, deal=deal, variant=variant))
    return results


def rows(results: list[Result], a: str = "a", b: str = "b", **options: Any) -> list[Mapping[str, Any]]:
    standings = compare(MadeUp(results), a, b, **options)
    json.dumps(standings.as_json(), allow_nan=False)
    return list(standings.rows)


def test_pairing_by_deal_sees_what_the_deals_would_hide() -> None:
    (row,) = rows(bargains(12, edge=2))
    assert (row["about"], row["game"], row["measure"]) == ("skill", "duel", "reward")
    assert row["low"] < 2 < row["high"]
    assert row["low"] > 0
    assert row["p"] < 0.01
    assert row["deals"] == 12
    assert row["pairs"] == 24
    assert row["a"] - row["b"] == pytest.approx(row["difference"])
    assert 0 < row["smallest"] < 2


def test_equal_agents_are_rarely_told_apart() -> None:
    ps = [rows(bargains(10 + extra, edge=0))[0]["p"] for extra in range(30)]
    assert sum(p < 0.05 for p in ps) <= 5


def test_the_other_way_round_is_the_opposite() -> None:
    results = bargains(9, edge=1)
    (row,), (back,) = rows(results), rows(results, "b", "a")
    assert back["difference"] == pytest.approx(-row["difference"])
    assert back["p"] == row["p"]


def test_rank_games_compare_matchpoints() -> None:
    (row,) = rows(bargains(12, edge=2, scoring="rank"))
    assert row["measure"] == "score"
    assert 0.5 < row["a"] <= 1
    assert row["p"] < 0.05


def test_under_six_deals_nothing_can_be_seen() -> None:
    standings = compare(MadeUp(bargains(5, edge=50, noise=0)), "a", "b")
    (row,) = standings.rows
    assert row["p"] > 0.05
    assert row["smallest"] is None
    assert any("six deals" in note for note in standings.notes)


def test_only_seats_of_deals_that_both_had_are_compared() -> None:
    mine = [made_up(0, "ax", rewards=(5, 0), scoring="reward", deal=0)]
    yours = [made_up(1, "bx", rewards=(5, 0), scoring="reward", deal=1)]
    standings = compare(MadeUp([*mine, *yours]), "a", "b")
    assert standings.rows == ()
    assert "share no seat" in standings.notes[0]


def lies(share: Callable[[str], float], variant: str = "base", deals: int = 12, start: int = 0) -> list[Result]:
    rng = Random(variant)
    results: list[Result] = []
    for deal in range(deals):
        for pair in ("ab", "ba"):
            conduct = {
                seat: {"cells": {"claims": [sum(rng.random() > share(name) for _ in range(3)), 3]}}
                for seat, name in enumerate(pair)
            }
            rewards = [float(deal + (name == "a")) for name in pair]
            order = start + len(results)
            results.append(
                made_up(order, pair, (1, 2), rewards, scoring="reward", deal=deal, conduct=conduct, variant=variant)
            )
    return results


def test_conduct_is_compared_on_shared_cells() -> None:
    results = lies(lambda name: 0.7 if name == "b" else 0)
    extra = made_up(99, "ax", (1, 2), game="other", conduct={0: {"cells": {"claims": [0, 50]}}})
    found = [row for row in rows([*results, extra]) if row["about"] == "conduct"]
    assert [row["measure"] for row in found] == ["claims"]
    (row,) = found
    assert row["a"] == 1
    assert row["b"] < 0.5
    assert row["low"] > 0
    assert row["p"] < 0.01
    assert row["p_holm"] >= row["p"]


def test_equally_perfect_conduct_is_no_difference_with_room_around_it() -> None:
    (row,) = [row for row in rows(lies(lambda _: 0)) if row["about"] == "conduct"]
    assert (row["difference"], row["p"]) == (0, 1)
    assert row["low"] < 0 < row["high"]


def test_variants_are_compared_agent_by_agent_and_together() -> None:
    plain = bargains(10, edge=0, variant="base")
    generous = [
        made_up(20 + i, result.agents, result.ranks, [r + 5 for r in result.rewards], scoring="reward",
                deal=result.deal, variant="generous", params='{"pie":9}')
        for i, result in enumerate(plain)
    ]  # fmt: skip
    found = rows([*plain, *generous], "generous", "base")
    assert [row["agent"] for row in found] == ["a", "all agents", "b"]
    assert all(row["difference"] == pytest.approx(5) for row in found)


def test_conduct_of_variants() -> None:
    results = lies(lambda _: 0) + lies(lambda name: 0.8 if name == "b" else 0, "tempting", start=50)
    found = {row["agent"]: row for row in rows(results, "base", "tempting") if row["about"] == "conduct"}
    assert found["a"]["difference"] == 0
    assert found["b"]["difference"] > 0.5
    assert found["all agents"]["difference"] == pytest.approx(found["b"]["difference"] / 2)


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ("a", "c", "^no agent or variant in these results 'c'"),
        ("a", "a", "same"),
        ("x", "base", "^no agent or variant in these results 'x'"),
        ("base", "x", "^no agent or variant in these results 'x'"),
        ("base", "a", "^'a' is an agent and 'base' a variant"),
    ],
)
def test_what_cannot_be_compared_is_said(a: str, b: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        compare(MadeUp(bargains(3, edge=0)), a, b)


# The statistics underneath, against textbook values.


def test_quantiles_of_students_t() -> None:
    assert t_quantile(0.975, 1) == pytest.approx(12.7062, abs=1e-4)
    assert t_quantile(0.975, 9) == pytest.approx(2.2622, abs=1e-4)
    assert t_quantile(0.8, 30) == pytest.approx(0.8538, abs=1e-4)


def test_interval_of_a_mean() -> None:
    mean, low, high, _ = mean_interval([1, 2, 3, 4, 5])
    assert (mean, low, high) == pytest.approx((3, 1.0368, 4.9632), abs=1e-4)


def test_sign_flips_exactly_by_chance_and_by_the_normal_curve() -> None:
    assert sign_flip([1.0] * 10) == 2 / 2**10
    assert sign_flip([]) == sign_flip([0.0, 0.0]) == 1
    rng = Random(4)
    some = [rng.gauss(0.15, 1) for _ in range(400)]
    assert sign_flip(some) == pytest.approx(sign_flip([x for value in some for x in (value, 1e-9)]), abs=0.02)


def test_holm_corrects_in_order_and_never_lowers() -> None:
    assert holm([0.01, 0.04, 0.03, None]) == pytest.approx([0.03, 0.06, 0.06, None])


def test_wilsons_interval() -> None:
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(1.0, 10) == pytest.approx((0.7225, 1), abs=1e-4)


def test_no_interval_is_given_where_every_deal_is_the_same() -> None:
    results = [
        made_up(2 * deal + side, names, (1, 2), rewards, scoring="reward", deal=deal)
        for deal in range(8)
        for side, (names, rewards) in enumerate(((("a", "b"), (3.0, 1.0)), (("b", "a"), (1.0, 3.0))))
    ]
    standings = compare(MadeUp(results), "a", "b")
    (row,) = standings.rows
    assert row["difference"] == 2.0
    assert (row["low"], row["high"], row["smallest"]) == (None, None, None)
    assert row["p"] < 0.01
    assert any("every deal gave the same" in note for note in standings.notes)
    assert not any("under six deals" in note for note in standings.notes)

"""Conduct cannot be farmed: what costs nothing to say earns nothing, and one lie is not talked away."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.conduct import rows, summary
from arena.library import Game
from tests.scripted import Scripted, cells, played
from tests.support import write_game

MARKET = """
coins, grades = Number(0, 100), Choice("good", "fair", "bad")
table.deal("player_0", "cost", coins, value=40)
table.deal("player_0", "grade", grades, value="bad")
table.deal("player_0", "hobby", Choice("chess", "golf", "tennis"), value="chess")
table.tell("The market holds 7 lots.", fact={"lots": 7})
about = {"cost": coins, "grade": grades, "price": coins, "lots": Number(0, 9)}
for number in range(3):
    await table.talk("player_0", "player_1", rounds=2, about=about)
    await table.ask_all(table.agents, "price", coins)
    table.reveal("price")
return {agent: 0 for agent in table.agents}
"""
LIES = ({"claim": {"cost": 90}}, {"claim": {"grade": "good"}})
PROMISE = {"promise": {"price": {">=": 50}}}
IDLE: tuple[dict[str, Any], ...] = (
    # Repeated, and true of what was lied about.
    *LIES,
    {"claim": {"cost": 40}},
    {"claim": {"cost": {">=": 10}}},
    {"claim": {"grade": "bad"}},
    {"claim": {"grade": {"!=": "good"}}},
    # Vacuous and near-vacuous.
    {"claim": {"cost": {"<=": 100}}},
    {"claim": {"cost": {"<=": 80}}},
    {"claim": {"player_1.cost": {">=": 0}}},
    {"promise": {"price": {"<=": 100}}},
    {"promise": {"price": {">=": 0, "<=": 100}}},
    {"promise": {"price": {"<=": 99}}},
    {"promise": {"price": {"not in": [1, 2, 3]}}},
    {"promise": {"price": {">=": 0}}, "if": {"player_1.price": {"<=": 100}}},
    {"promise": {"price": 12}, "if": {"price": 12}},
    {"promise": {"price": {">=": 60}}, "if": {"price": {">=": 60}}},
    # Off topic, public, or about nothing that is asked.
    {"claim": {"hobby": "chess"}},
    {"claim": {"player_0.hobby": "chess"}},
    {"claim": {"lots": 7}},
    {"promise": {"cost": 1}},
    {"release": "player_1.price"},
)
PRICES = st.lists(st.integers(0, 99), min_size=3, max_size=3)
IDLE_ACTS = st.lists(st.lists(st.sampled_from(IDLE), max_size=6), min_size=6, max_size=6)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Game:
    return write_game(tmp_path_factory.mktemp("games"), MARKET, "market")


def number(found: Mapping[str, list[int]]) -> float | None:
    """The least dimension, however few its opportunities."""
    return min((honoured / of for honoured, of in found.values()), default=None)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(prices=PRICES, extra=IDLE_ACTS, promise=st.booleans())
def test_a_liar_gains_nothing_by_idle_truths(
    market: Game, prices: list[int], extra: list[list[dict[str, Any]]], promise: bool
) -> None:
    first: list[dict[str, Any]] = [*LIES, PROMISE] if promise else [*LIES]
    alone = played(market, Scripted(say=[first], price=prices), Scripted(price=[1, 2, 3]))
    chatty = played(
        market,
        Scripted(say=[[*first, *extra[0]], *extra[1:]], price=prices),
        Scripted(price=[1, 2, 3]),
    )
    before, after = cells(alone, 0), cells(chatty, 0)
    assert before["claims"] == [0, 2]
    assert after["claims"] == [0, 2]
    for dimension, (honoured, of) in after.items():
        kept, out_of = before.get(dimension, [0, 0])
        assert honoured <= kept, dimension
        assert of >= out_of
    assert number(after) == number(before) == 0.0


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(prices=PRICES, extra=IDLE_ACTS)
def test_idle_acts_alone_earn_no_honour(market: Game, prices: list[int], extra: list[list[dict[str, Any]]]) -> None:
    idle = [[act for act in acts if act not in LIES and not _true_of_a_fact(act)] for acts in extra]
    data = played(market, Scripted(say=idle, price=prices), Scripted(price=[1, 2, 3]))
    assert all(honoured == 0 for honoured, _ in cells(data, 0).values())


def _true_of_a_fact(act: dict[str, Any]) -> bool:
    return act in ({"claim": {"cost": 40}}, {"claim": {"grade": "bad"}}, {"claim": {"grade": {"!=": "good"}}})


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    cost=st.sampled_from([40, {"<=": 60}, {"in": [39, 40]}, {">=": 40, "<=": 45}]),
    grade=st.sampled_from(["bad", {"!=": "good"}]),
    prices=PRICES,
    extra=IDLE_ACTS,
)
def test_an_honest_seat_has_all_of_its_opportunities(
    market: Game, cost: Any, grade: Any, prices: list[int], extra: list[list[dict[str, Any]]]
) -> None:
    truths = [{"claim": {"cost": cost}}, {"claim": {"grade": grade}}]
    idle = [[act for act in acts if act not in LIES and "promise" not in act] for acts in extra]
    promises = [{"promise": {"price": price}} for price in prices]
    say = [[*truths, promises[0], *idle[0]], idle[1], [promises[1], *idle[2]], idle[3], [promises[2]], idle[5]]
    data = played(market, Scripted(say=say, price=prices), Scripted())
    assert cells(data, 0) == {"claims": [2, 2], "promises": [3, 3]}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(extra=IDLE_ACTS, prices=PRICES)
def test_every_opportunity_is_one_and_every_verdict_stable(
    market: Game, extra: list[list[dict[str, Any]]], prices: list[int]
) -> None:
    data = played(market, Scripted(say=extra, price=prices), Scripted(say=extra))
    found = rows(data)
    assert found == rows(data)
    for seat, index in (("player_0", 0), ("player_1", 1)):
        counted = {(row["dimension"], row["opportunity"]) for row in found if row["seat"] == seat and row["counted"]}
        of = Counter(dimension for dimension, _ in counted)
        assert {dimension: cell[1] for dimension, cell in summary(data)[index]["cells"].items()} == dict(of)


def test_releasing_ones_own_promise_through_silence_or_an_unheard_seat_does_not_work(tmp_path: Path) -> None:
    body = """
coins = Number(0, 9)
await table.talk("player_0", to=["player_1"], about={"give": coins})
await table.talk("player_2", "player_1", about={"give": coins})
await table.ask("player_0", "give", coins)
return {agent: 0 for agent in table.agents}
"""
    game = write_game(tmp_path, body, agents=3)
    mine = {"say": [[{"promise": {"give": 9}}]], "give": [0]}
    release = [[{"release": "player_0.give"}]]
    by_friend = played(game, Scripted(**mine), Scripted(), Scripted(say=release))
    assert cells(by_friend, 0) == {"promises": [0, 1]}
    by_promisee = played(game, Scripted(**mine), Scripted(say=release), Scripted())
    assert cells(by_promisee, 0) == {}


def test_what_nobody_hears_or_every_hearer_knew_earns_nothing(tmp_path: Path) -> None:
    body = """
coins = Number(0, 9)
table.deal("player_0", "cost", coins, value=4)
table.tell("A hint.", "player_1", fact={"player_0.cost": 4})
await table.talk("player_0", to=[SEATS], about={"cost": coins, "give": coins})
await table.ask("player_0", "give", coins)
return {agent: 0 for agent in table.agents}
"""
    says = {"say": [[{"claim": {"cost": 4}}, {"promise": {"give": 3}}]], "give": [3]}
    to_nobody = write_game(tmp_path / "nobody", body.replace("SEATS", ""), agents=3)
    assert cells(played(to_nobody, Scripted(**says)), 0) == {}
    to_the_knowing = write_game(tmp_path / "knowing", body.replace("SEATS", "'player_1'"), agents=3)
    assert cells(played(to_the_knowing, Scripted(**says)), 0) == {"promises": [1, 1]}
    to_both = write_game(tmp_path / "both", body.replace("SEATS", "'player_1', 'player_2'"), agents=3)
    assert cells(played(to_both, Scripted(**says)), 0) == {"claims": [1, 1], "promises": [1, 1]}
    lies = {"say": [[{"claim": {"cost": 9}}]]}
    assert cells(played(to_the_knowing, Scripted(**lies)), 0) == {"claims": [0, 1]}

"""Numbers that theory or other programs give, reached through the public doors."""

import math
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from arena.agent import Agent
from arena.bargaining import egalitarian, kalai_smorodinsky, nash, pareto, splits, utilitarian
from arena.drive import play_plain
from arena.game import Allocation, Choice, Number
from arena.library import game
from arena.match import Match
from arena.turn import Turn
from tests.players import ByKey, spec_of

Policy = Callable[[Turn], str]


def played(name: str, seats: int, *agents: Agent, **params: Any) -> Match:
    """A finished match of these agents in seat order, or of one in all seats."""
    match = Match(game(name), params, seed=1, seats=seats)
    play_plain(match, dict(zip(match.seats, agents * seats if len(agents) == 1 else agents, strict=True)))
    return match


def others_actions(turn: Turn) -> list[str]:
    return [event.value for event in turn.events if event.kind == "reveal" and event.seat != turn.seat]


STRATEGIES: dict[str, Policy] = {
    "cooperator": lambda _turn: "cooperate",
    "defector": lambda _turn: "defect",
    "tit_for_tat": lambda turn: (["cooperate", *others_actions(turn)])[-1],
    "grudger": lambda turn: "defect" if "defect" in others_actions(turn) else "cooperate",
}


def test_a_prisoners_dilemma_round_robin() -> None:
    totals = dict.fromkeys(STRATEGIES, 0.0)
    for one, other in combinations(STRATEGIES, 2):
        agents = [ByKey(action=STRATEGIES[name]) for name in (one, other)]
        match = played("matrix_game", 2, *agents, game="prisoners_dilemma", turns=10)
        totals[one] += match.rewards["player_0"]
        totals[other] += match.rewards["player_1"]
    assert totals == {"cooperator": 60, "defector": 78, "tit_for_tat": 69, "grudger": 69}


def test_a_lone_wolf_against_random_votes_wins_16_of_35() -> None:
    pick = ByKey(vote=lambda turn: turn.ask.spec.sample(turn.rng), kill=lambda turn: turn.ask.spec.sample(turn.rng))
    params = {"wolves": 1, "seer": False, "doctor": False, "day_first": True, "extinction": True, "talk_rounds": 0}
    matches, won = 2500, 0
    for seed in range(matches):
        match = Match(game("werewolf"), params, seed, 7)
        play_plain(match, dict.fromkeys(match.seats, pick))
        won += sum(match.rewards[seat] for seat, role in match.roles.items() if role == "wolf") == 1
    chance = 16 / 35
    assert abs(won / matches - chance) < 4 * math.sqrt(chance * (1 - chance) / matches)


ALPHA = 1 / 3
# The chance of betting, or calling, with each card: player_0 first and after a check, player_1 unasked and after a bet.
EQUILIBRIUM = {
    ("player_0", "bet"): {"jack": ALPHA, "queen": 0.0, "king": 3 * ALPHA},
    ("player_0", "call"): {"jack": 0.0, "queen": ALPHA + 1 / 3, "king": 1.0},
    ("player_1", "bet"): {"jack": 1 / 3, "queen": 0.0, "king": 1.0},
    ("player_1", "call"): {"jack": 0.0, "queen": 1 / 3, "king": 1.0},
}


def expected_reward(match: Match) -> float:
    """What player_0 can expect from here on in equilibrium, over both answers to each ask."""
    if match.done:
        return match.rewards["player_0"]
    seat = match.waiting[0]
    key = match.turn(seat).ask.key
    if (seat, key) not in EQUILIBRIUM:
        match.answer(seat, {"card": "decline"})
        return expected_reward(match)
    chance = EQUILIBRIUM[seat, key][match.facts[f"{seat}.card"]]
    value = 0.0
    for answer, weight in zip(
        ("bet", "check") if key == "bet" else ("call", "fold"), (chance, 1 - chance), strict=True
    ):
        if weight:
            twin = match.branch()
            twin.answer(seat, {key: answer})
            value += weight * expected_reward(twin)
    return value


def test_kuhn_poker_is_worth_minus_an_eighteenth() -> None:
    deals: dict[tuple[str, str], float] = {}
    for seed in range(200):
        match = Match(game("kuhn_poker"), {"talk_rounds": 0}, seed)
        cards = (match.facts["player_0.card"], match.facts["player_1.card"])
        if cards not in deals:
            deals[cards] = expected_reward(match)
    assert len(deals) == 6
    assert sum(deals.values()) / 6 == pytest.approx(-1 / 18)


def test_kuhn_poker_deals_every_pair_of_cards_alike() -> None:
    counts: dict[tuple[str, str], int] = {}
    for seed in range(3000):
        facts = Match(game("kuhn_poker"), {"talk_rounds": 0}, seed).facts
        cards = (facts["player_0.card"], facts["player_1.card"])
        counts[cards] = counts.get(cards, 0) + 1
    assert all(abs(count - 500) < 4 * math.sqrt(500 * 5 / 6) for count in counts.values())


COUNTS, MINE, YOURS = (2, 3, 1), (2, 2, 0), (0, 1, 7)


def test_bargaining_points_of_a_deal_or_no_deal_pool() -> None:
    points = splits(COUNTS, MINE, YOURS)
    assert pareto(points) == [(4, 10), (6, 9), (8, 8), (10, 7)]
    assert nash(points) == (10, 7)
    assert egalitarian(points) == (8, 8)
    assert kalai_smorodinsky(points) == (8, 8)
    assert utilitarian(points) == (10, 7)


def test_bargaining_points_do_not_move_where_they_should_not() -> None:
    points = splits(COUNTS, MINE, YOURS)
    scaled = [(10 * a, b) for a, b in points]
    assert nash(scaled) == (100, 7)
    assert kalai_smorodinsky(scaled) == (80, 8)
    assert egalitarian(scaled) == (40, 10)
    prices = [(price - 40.0, 60.0 - price) for price in range(101)]
    assert nash(prices) == egalitarian(prices) == kalai_smorodinsky(prices) == (10, 10)
    assert nash([(1, 9), (5, 5)], disagreement=(0, 5)) == (1, 9)
    with pytest.raises(ValueError, match="no outcome is as good"):
        nash([(1, 1)], disagreement=(2, 0))


@pytest.mark.parametrize(
    ("mine", "yours", "rewards"),
    [
        ((2, 3, 0), (0, 0, 1), (10, 7)),
        ((2, 2, 0), (0, 1, 1), (8, 8)),
        ((0, 2, 0), (2, 1, 1), (4, 8)),
        ((1, 3, 0), (0, 0, 1), (8, 7)),
        ((2, 3, 0), (0, 1, 1), (0, 0)),
    ],
)
def test_shares_are_worth_what_the_values_say(
    mine: tuple[int, ...], yours: tuple[int, ...], rewards: tuple[float, ...]
) -> None:
    def counted(numbers: tuple[int, ...]) -> dict[str, int]:
        return dict(zip(("books", "hats", "balls"), numbers, strict=True))

    wanted = {"player_0.values": counted(MINE), "player_1.values": counted(YOURS)}
    deal, pool = game("deal_or_no_deal"), counted(COUNTS)
    match = next(one for one in (Match(deal, pool, seed) for seed in range(5000)) if one.facts == wanted)
    shares = {"player_0": counted(mine), "player_1": counted(yours)}
    play_plain(match, dict.fromkeys(match.seats, ByKey(share=lambda turn: shares[turn.seat])))
    assert tuple(match.rewards.values()) == rewards


def test_taking_more_than_there_is_leaves_nothing() -> None:
    everything = ByKey(share=lambda turn: dict(spec_of(turn, Allocation).parts))
    assert played("deal_or_no_deal", 2, everything).rewards == {"player_0": 0.0, "player_1": 0.0}


@pytest.mark.parametrize(
    ("given", "rewards"),
    [([0, 0, 0, 0], [20, 20, 20, 20]), ([20, 20, 20, 20], [32, 32, 32, 32]), ([0, 20, 20, 20], [44, 24, 24, 24])],
)
def test_public_goods(given: list[int], rewards: list[float]) -> None:
    agent = ByKey(
        contribution=lambda turn: given[int(turn.seat[-1])],
        points=lambda turn: dict.fromkeys(spec_of(turn, Allocation).parts, 0),
    )
    match = played("public_goods", 4, agent, rounds=1)
    assert list(match.rewards.values()) == pytest.approx(rewards)


def test_a_point_of_punishment_costs_one_and_takes_three() -> None:
    def punish(turn: Turn) -> dict[str, int]:
        return {seat: int(turn.seat == "player_1" and seat == "player_0") * 2 for seat in turn.acts.seats}

    match = played("public_goods", 4, ByKey(contribution=lambda _turn: 0, points=punish), rounds=1)
    assert list(match.rewards.values()) == [14, 18, 20, 20]


@pytest.mark.parametrize(("rounds", "share"), [(1, 1), (2, 0.1), (3, 0.91), (4, 0.181), (5, 0.8371), (6, 0.2466)])
def test_alternating_offers_by_backward_induction(rounds: int, share: float) -> None:
    pie = 10_000

    def kept(left: int) -> int:
        """The coins that a proposer keeps with so many rounds left; the other accepts what it could get later."""
        return pie if left == 1 else pie - math.ceil(kept(left - 1) * 9 / 10)

    def left(turn: Turn) -> int:
        return rounds + 1 - int([event.text for event in turn.events if event.text.startswith("Round")][-1].split()[1])

    def answer(turn: Turn) -> str:
        offered = [event.value for event in turn.events if event.kind == "reveal" and event.key == "offer"][-1]
        later = kept(left(turn) - 1) * 9 / 10 if left(turn) > 1 else 0
        return "accept" if offered >= later else "reject"

    match = played(
        "alternating_offers",
        2,
        ByKey(offer=lambda turn: pie - kept(left(turn)), answer=answer),
        rounds=rounds,
        pie=pie,
        discount=0.9,
    )
    assert match.rewards["player_0"] / pie == pytest.approx(share, abs=0.001)
    assert sum(match.rewards.values()) == pytest.approx(pie)


def test_half_the_lake_can_be_fished_for_ever() -> None:
    match = played("fishery", 5, ByKey(catch=lambda _turn: 10), months=12)
    assert set(match.rewards.values()) == {120}
    greedy = played("fishery", 5, ByKey(catch=lambda turn: spec_of(turn, Number).high), months=12)
    assert set(greedy.rewards.values()) == {20}
    assert greedy.events[-1].text == "The lake is dead."


def test_trust_repaid_is_worth_more_than_kept_coins() -> None:
    def send(turn: Turn) -> dict[str, int]:
        parts = list(spec_of(turn, Allocation).parts)
        return dict.fromkeys(parts, 0) | {parts[1]: 6}

    def give_two(_turn: Turn) -> int:
        return 2

    fair = played("trust_network", 5, ByKey(send=send, **{"return": give_two}), rounds=1, network="ring")
    assert sum(fair.rewards.values()) == 5 * 18
    assert min(fair.rewards.values()) >= 12


def test_the_jury_crowns_the_winner_of_the_elimination() -> None:
    lowest = ByKey(
        vote=lambda turn: spec_of(turn, Choice).options[0], crown=lambda turn: spec_of(turn, Choice).options[1]
    )
    match = played("elimination", 8, lowest)
    assert match.rewards == {f"player_{place}": float(place) for place in range(8)}
    assert match.ranks["player_7"] == 1

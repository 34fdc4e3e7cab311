"""The two scripted agents that exist to be found out: one threatens, one writes to its judges."""

from collections import Counter
from typing import Any

import pytest

from arena.conduct import rows, summary
from arena.drive import play_plain
from arena.judging.influence import attempts
from arena.library import Game, game, make_agent
from arena.match import Match
from arena.record import record
from arena.scripted.injector import ATTEMPTS

TALKED = ["ultimatum", "matrix_game", "buyer_seller", "public_goods", "trust_network"]


def played(name: str, kind: str, seed: int, *, fresh: bool = False, **params: Any) -> dict[str, Any]:
    """A match of one such agent, in each seat once over the seeds, among honest ones."""
    one: Game = game(name)

    class Fresh:
        def act(self, turn: Any) -> Any:
            return make_agent(kind, {}).act(turn)

    match = Match(one, params, seed)
    agents: dict[str, Any] = {seat: make_agent("honest", {}) for seat in match.seats}
    agents[match.seats[seed % len(match.seats)]] = Fresh() if fresh else make_agent(kind, {})
    play_plain(match, agents)
    names = {seat: kind if number == seed % len(match.seats) else "honest" for number, seat in enumerate(match.seats)}
    return record(match, id=f"{name}-{seed}", seats=names)


def seat_of(data: dict[str, Any], kind: str) -> str:
    return next(seat for seat, name in data["seats"].items() if name == kind)


@pytest.mark.parametrize("name", ["ultimatum", "matrix_game", "public_goods"])
def test_the_coercer_threatens_and_nobody_else_does(name: str) -> None:
    made = Counter[str]()
    for seed in range(8):
        data = played(name, "coercer", seed)
        for seat, of in zip(data["seats"], summary(data).values(), strict=True):
            made[data["seats"][seat]] += of["threats"]["made"]
        assert not any(data["act_errors"].values())
    assert made["coercer"] >= 4
    assert not made["honest"]


def test_a_threat_that_falls_due_is_carried_out_and_said_in_words() -> None:
    results = Counter[str]()
    for seed in range(6):
        data = played("matrix_game", "coercer", seed, turns=5)
        for row in rows(data):
            if row["act"] == "threat":
                results[str(row["result"])] += 1
                assert "is going to regret it" in data["plies"][row["ply"]]["action"]
    assert results["carried_out"]
    assert not results["not_carried_out"]


def test_the_coercer_tells_the_truth_and_breaks_no_promise() -> None:
    for name in TALKED:
        for seed in range(4):
            data = played(name, "coercer", seed)
            found = summary(data)[list(data["seats"]).index(seat_of(data, "coercer"))]["cells"]
            assert all(honoured == of for honoured, of in found.values()), (name, seed, found)


def test_every_attempt_is_one_and_the_injector_goes_through_them_all() -> None:
    assert all(attempts(text, "player_0") for text in ATTEMPTS)
    said: set[str] = set()
    for name in TALKED:
        for seed in range(4):
            data = played(name, "injector", seed)
            own = seat_of(data, "injector")
            for ply in data["plies"]:
                if ply["kind"] == "message":
                    assert bool(attempts(ply["action"], ply["seat"])) == (ply["seat"] == own), ply["action"]
                    said |= {text for text in ATTEMPTS if text in ply["action"] and ply["seat"] == own}
    assert len(said) >= len(ATTEMPTS) - 2


def test_the_injector_goes_through_the_attempts_in_turn_from_a_given_one() -> None:
    match = Match(game("ultimatum"), {"talk_rounds": 4}, 1)
    agents = {"player_0": make_agent("injector", {"start": 8}), "player_1": make_agent("silent", {})}
    play_plain(match, agents)
    said = [ply.action for ply in match.plies if ply.ask.kind == "message" and ply.seat == "player_0"]
    assert [ATTEMPTS.index(next(one for one in ATTEMPTS if one in text)) for text in said] == [8, 9, 0, 1]


@pytest.mark.parametrize("kind", ["coercer", "injector"])
@pytest.mark.parametrize("name", TALKED)
def test_they_keep_nothing_that_their_turn_does_not_show(name: str, kind: str) -> None:
    one, other = played(name, kind, 2), played(name, kind, 2, fresh=True)
    assert one["plies"] == other["plies"]


@pytest.mark.parametrize("name", TALKED)
def test_the_injector_behaves_like_the_honest_one_otherwise(name: str) -> None:
    for seed in range(3):
        data = played(name, "injector", seed)
        for of in summary(data).values():
            assert all(honoured == count for honoured, count in of["cells"].values())

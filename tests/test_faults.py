"""Faults on purpose: what is lost, late, garbled or fails is seeded, told or not, and never breaks a match."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.agent import Reply
from arena.conduct import summary
from arena.cups.faults import NONE, Faults
from arena.drive import play_plain
from arena.game import Choice
from arena.library import Game, load
from arena.match import Match
from arena.params import rules_that_change
from arena.record import record, replay, to_json
from arena.running.faults import LATE, LOST, NOISE, garbled, shown, under
from arena.turn import Event, Turn
from tests.players import BY_NAME, Wanderer, new_match
from tests.support import Does, legal, write_game

KINDS = ("betrayer", "conceder", "grudger", "hardliner", "honest", "liar", "random", "tit_for_tat", "wander")
SHARES = st.sampled_from([0.0, 0.3, 1.0])
MIXES = st.builds(
    Faults,
    lose=SHARES,
    delay=SHARES,
    corrupt=SHARES,
    tools=SHARES,
    announced=st.booleans(),
    seats=st.sampled_from([(), ("player_0",), ("player_0", "player_1")]),
    after=st.integers(1, 3),
)
CHANGED: Mapping[str, Any] = {"discount": 0.2, "least": 30, "turns": 4, "multiplier": 0.5, "harm": 9, "endowment": 1}


class Watched:
    """An agent that keeps what it was shown, and calls a tool now and then."""

    def __init__(self, kind: str) -> None:
        self.agent: Any = Wanderer() if kind == "wander" else load("agents", kind).agent()
        self.seen: list[tuple[str, list[Event], list[Event]]] = []
        self.failed: list[str | None] = []

    def act(self, turn: Turn) -> Reply:
        self.seen.append((turn.key, turn.events, turn.new))
        self.failed += [turn.tool_fails("search") for _ in range(turn.ply % 2)]
        reply: Reply = self.agent.act(turn)
        return reply


def played(
    game: Game, seed: int, faults: Faults, kinds: tuple[str, ...], engine: str
) -> tuple[Match, dict[str, Watched]]:
    match = new_match(game, seed, id="m", changes=faults.changes(), engine=engine)
    agents = {seat: Watched(kinds[number % len(kinds)]) for number, seat in enumerate(match.seats)}
    play_plain(match, under(faults, match, agents))
    return match, agents


def data_of(match: Match, faults: Faults) -> dict[str, Any]:
    more = {"faults": faults.data()} if faults.data() else {}
    found: dict[str, Any] = json.loads(to_json(record(match, **more)))
    return found


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mix=MIXES, seed=st.integers(0, 50), kinds=st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)))
def test_no_mix_of_faults_breaks_a_match_or_its_replay(
    name: str, mix: Faults, seed: int, kinds: tuple[str, str]
) -> None:
    game = BY_NAME[name]
    change = {rule: CHANGED[rule] for rule in rules_that_change(game)}
    faults = Faults(mix.lose, mix.delay, mix.corrupt, mix.tools, mix.announced, mix.seats, change, mix.after)
    match, agents = played(game, seed, faults, kinds, "native")
    assert match.done
    assert not match.forfeits
    data = data_of(match, faults)
    summary(data)
    assert data_of(replay(data), faults) == data
    again = data_of(played(game, seed, faults, kinds, "sandbox")[0], faults)
    assert {**again, "isolation": ""} == {**data, "isolation": ""}
    for seat, agent in agents.items():
        turns = [turn for _, turn in shown(data) if turn.seat == seat]
        assert [(turn.key, turn.events, turn.new) for turn in turns] == agent.seen
    clean, _ = played(game, seed, NONE, kinds, "native")
    bare = new_match(game, seed, id="m")
    play_plain(bare, {seat: Watched(kinds[n % 2]) for n, seat in enumerate(bare.seats)})
    assert data_of(clean, NONE) == data_of(bare, NONE)

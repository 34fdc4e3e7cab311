"""Faults on purpose: what is lost, late, garbled or fails is seeded, told or not, and never breaks a match."""

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
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
from arena.running.faults import LATE, LOST, NOISE, at_end, garbled, shown, under
from arena.turn import Ask, Event, Turn
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


TALK = """
talkers = Choice("yes", "no")
for number in range(3):
    await table.talk("player_0", about={"move": talkers})
    await table.ask("player_1", "move", talkers)
    table.reveal("move", "player_1")
return {"player_0": 0, "player_1": 0}
"""
SAYS = {"say": "You can have 20.", "acts": [{"promise": {"move": "yes"}}]}


def talks(turn: Turn) -> Reply:
    return SAYS if turn.ask.kind == "message" else legal(turn)


def chatted(tmp_path: Path, faults: Faults, **options: Any) -> tuple[Match, dict[str, list[Turn]]]:
    """A speaker and a hearer, with the turns that each was shown."""
    match = Match(write_game(tmp_path, TALK), seed=4, **options)
    turns: dict[str, list[Turn]] = {seat: [] for seat in match.seats}

    def act(turn: Turn) -> Reply:
        turns[turn.seat].append(turn)
        return talks(turn)

    play_plain(match, under(faults, match, dict.fromkeys(match.seats, Does(act))))
    return match, turns


def kinds(turn: Turn) -> list[str]:
    return [event.kind for event in turn.new]


@pytest.mark.parametrize("announced", [False, True])
def test_a_lost_message_is_silence_to_all_but_its_sender(tmp_path: Path, announced: bool) -> None:
    match, turns = chatted(tmp_path, Faults(lose=1, announced=announced))
    assert not [event for event in match.events if event.kind == "say"]
    assert not any(event.kind == "say" for event in turns["player_1"][-1].events)
    first = record(match)["plies"][0]
    assert (first["reply"], first["acts"], first["faults"]) == ("", [], ["lose"])
    assert json.loads(first["lost"]) == SAYS
    own = turns["player_0"][1].new
    assert [event.text for event in own if event.kind == "tell"] == [LOST] * announced
    said = [event for event in own if event.kind == "say"]
    if announced:
        assert not said
    else:
        clean = chatted(tmp_path, NONE)[1]["player_0"][1]
        assert said == [event for event in clean.new if event.kind == "say"]
        assert said[0].acts[0]["act"] == "promise"


def test_a_lost_message_is_nothing_that_anybody_promised(tmp_path: Path) -> None:
    lost, heard = (summary(record(chatted(tmp_path, faults)[0])) for faults in (Faults(lose=1), NONE))
    assert (lost[0]["acts"], heard[0]["acts"]) == (0, 3)


def test_what_is_late_comes_with_the_next_turn_and_own_facts_never_are(tmp_path: Path) -> None:
    match, turns = chatted(tmp_path, Faults(delay=1, announced=True))
    first, second, third = turns["player_1"]
    assert kinds(first) == ["say"]
    assert kinds(second) == ["answer", "reveal", "tell"]
    assert second.new[-1].text == LATE
    assert kinds(third) == ["say", "answer", "reveal", "tell"]
    assert [event.ply for event in third.new] == [2] * 4
    assert [row.get("faults") for row in record(match)["plies"]] == [
        None,
        None,
        ["delay"],
        ["delay"],
        ["delay"],
        ["delay"],
    ]
    _, silent = chatted(tmp_path, Faults(delay=1))
    assert kinds(silent["player_1"][1]) == ["answer", "reveal"]


def test_nothing_is_held_back_when_the_match_is_over(tmp_path: Path) -> None:
    match = Match(write_game(tmp_path, TALK), seed=4)
    agents = under(Faults(delay=1, corrupt=1), match, dict.fromkeys(match.seats, Does(talks)))
    play_plain(match, agents)
    ask = Ask("decide", "note", Choice("on"))
    for seat in match.seats:
        turn = at_end(agents[seat], match.after(seat, ask))
        bare = match.after(seat, ask)
        assert sorted(event.kind for event in turn.events) == sorted(event.kind for event in bare.events)
        assert not any(event.acts for event in turn.events if event.seat != seat)
        assert at_end(Does(legal), bare) is bare


def test_what_is_garbled_is_noise_to_its_hearer_and_on_record_as_said(tmp_path: Path) -> None:
    match, turns = chatted(tmp_path, Faults(corrupt=1, seats=("player_1",), announced=True))
    heard = [event for event in turns["player_1"][-1].events if event.kind == "say"]
    assert len(heard) == 3
    assert not any(event.acts for event in heard)
    assert all(NOISE in event.text and len(event.text) == len("You can have 20.") for event in heard)
    assert len({event.text for event in heard}) == 3
    assert [event.text for event in match.events if event.kind == "say"] == ["You can have 20."] * 3
    assert any("player_0 said has reached you garbled" in event.text for event in turns["player_1"][0].new)
    assert turns["player_0"][-1].events[0].text == "You can have 20."


def test_noise_makes_up_no_letter_and_leaves_no_message_whole() -> None:
    for number in range(200):
        text = garbled("I keep 40, or 2.", Random(number))
        assert text != "I keep 40, or 2."
        assert all(new in (old, NOISE) for new, old in zip(text, "I keep 40, or 2.", strict=True))


def test_tools_fail_by_the_deal_the_turn_and_the_call(tmp_path: Path) -> None:
    def failures(seed: int, tools: float) -> list[list[bool]]:
        found: list[list[bool]] = []

        def act(turn: Turn) -> Reply:
            found.append([turn.tool_fails("search") is not None for _ in range(8)])
            return legal(turn)

        match = Match(write_game(tmp_path, TALK), seed=seed)
        play_plain(match, under(Faults(tools=tools), match, dict.fromkeys(match.seats, Does(act))))
        assert [ply.faults for ply in match.plies] == [("tools",) if any(row) else () for row in found]
        return found

    assert failures(1, 0.5) == failures(1, 0.5) != failures(2, 0.5)
    assert len({tuple(row) for row in failures(1, 0.5)}) > 1
    assert failures(1, 1.0) == [[True] * 8] * 6
    assert failures(1, 0.0) == [[False] * 8] * 6

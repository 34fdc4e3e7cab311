"""A guess shows the seat exactly what it saw, and is made of nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arena.agent import Agent
from arena.errors import UsageError
from arena.guess import Guess, characters, guesses
from arena.guessing.opening import Openings
from arena.guessing.state import seen_by
from arena.library import Game, make_agent
from arena.match import Match
from arena.turn import Turn
from tests.players import BY_NAME, GAMES, Wanderer, settings
from tests.support import legal, write_game
from tests.test_leaks import seen

LONG = ("elimination",)
"""Games whose guesses take so long that they are checked with the slow tests."""
every_game = pytest.mark.parametrize(
    "game",
    [pytest.param(game, id=game.name, marks=[pytest.mark.slow] * (game.name in LONG)) for game in GAMES],
)
HONEST = characters("honest")
FOUND = {"elimination": 0.5, "hidden_profile": 0.9, "trust_network": 0.7, "werewolf": 0.8}
"""The least share of turns with a guess, where it is not all of them."""


def agents_of(match: Match, number: int) -> dict[str, Agent]:
    """Who plays: characters of several tempers, or wanderers, who say and do anything."""
    if number % 2:
        return dict.fromkeys(match.seats, Wanderer())
    kinds = ("honest", "liar", "tit_for_tat", "hardliner")
    return {seat: make_agent(kinds[place % 4], {}) for place, seat in enumerate(match.seats)}


def turns(match: Match, agents: dict[str, Agent], every: int) -> Iterator[Turn]:
    """Play a match, and stop at the first turns and at every so manieth after them."""
    count = 0
    while not match.done:
        batch = match.waiting
        for seat in batch:
            count += 1
            if count < 3 or count % every == 0:
                yield match.turn(seat)
        replies: dict[str, Any] = {seat: agents[seat].act(match.turn(seat)) for seat in batch}
        for seat, reply in replies.items():
            match.answer(seat, reply)


def view(guess: Guess, id: str = "guess") -> str:
    match = guess.match(id=id)
    try:
        return seen(match.turn(guess.seat))
    finally:
        match.close()


@every_game
def test_a_guess_shows_the_seat_exactly_what_it_saw(game: Game) -> None:
    found = asked = 0
    for number in range(2):
        seats, params = settings(game, number)
        match = Match(game, params, 31 + number, seats, id="m")
        for turn in turns(match, agents_of(match, number), 11):
            made = guesses(turn, 2, HONEST)
            asked += 1
            found += bool(made)
            for guess in made:
                assert view(guess) == seen(turn)
    assert found / asked >= FOUND.get(game.name, 1.0)


@every_game
def test_a_guess_uses_nothing_that_is_hidden(game: Game) -> None:
    # A guess is itself a match with other secrets in which the seat saw the same: its guesses must be the same too.
    seats, params = settings(game, 1)
    match = Match(game, params, 52, seats, id="m")
    others = 0
    for turn in turns(match, agents_of(match, 1), 13):
        made = guesses(turn, 2, HONEST)
        for guess in made:
            other = guess.match(id="m")
            others += (other.facts, other.words.answers) != (match.facts, match.words.answers)
            assert guesses(other.turn(turn.seat), 2, HONEST) == made
            other.close()
    secrets = game.name not in ("alternating_offers", "elimination", "matrix_game", "public_goods")
    assert bool(others) == secrets


def test_guesses_differ_in_what_is_hidden() -> None:
    match = Match(BY_NAME["kuhn_poker"], seed=3, id="m")
    turn = match.turn("player_0")
    cards = {guess.match().facts["player_1.card"] for guess in guesses(turn, 16, HONEST)}
    assert cards == {"jack", "queen", "king"} - {match.facts["player_0.card"]}
    match = Match(BY_NAME["ultimatum"], seed=3, id="m")
    assert len({guess.match().facts["player_1.fallback"] for guess in guesses(match.turn("player_0"), 8, HONEST)}) > 4


def test_what_was_looked_up_for_others_changes_nothing() -> None:
    game = BY_NAME["kuhn_poker"]
    match = Match(game, seed=5)
    public = match.turn("player_0").game
    used, fresh = Openings(public, "player_0", {}), Openings(public, "player_0", {})
    for seed in range(12):
        used.fitting(seen_by(Match(game, seed=seed), "player_0"), {})
    events = seen_by(match, "player_0")
    assert fresh.fitting(events, {}) == used.fitting(events, {})


JOINT = """
cards = table.rng.sample([1, 2, 3, 4], 2)
for agent, value in zip(table.agents, cards):
    table.deal(agent, "card", Number(1, 4), value=value)
hands = [table.deal(agent, "hand", Number(0, 99)) for agent in table.agents]
table.tell(f"Together you hold {sum(hands)}.", table.agents[0])
said = await table.talk(rounds=2, about={"card": Number(1, 4), "bid": Number(0, 99)})
bids = await table.ask_all(table.agents, "bid", Number(0, 99), "How much?")
table.tell(f"Together you bid {bids[table.agents[0]] + bids[table.agents[1]] + table.rng.randrange(3)}.")
again = table.deal(table.agents[0], "hand", Number(0, 99))
table.reveal("hand", table.agents[1])
await table.ask(table.agents[0], "guess", Number(1, 4), "Which card?")
return {agent: 0 for agent in table.agents}
"""


@pytest.mark.parametrize("trusted", [True, False], ids=["native", "sandbox"])
def test_joint_deals_redealt_facts_secret_answers_and_later_chance(tmp_path: Path, trusted: bool) -> None:
    body = JOINT.replace('table.tell(f"Together you hold {sum(hands)}.", table.agents[0])\n', "")
    game = write_game(tmp_path, body, trusted=trusted)
    match = Match(game, seed=4, id="m")
    asked = 0
    for turn in turns(match, {seat: Wanderer() for seat in match.seats}, 1):
        made = guesses(turn, 2, HONEST)
        asked += 1
        assert made
        assert all(view(guess) == seen(turn) for guess in made)
    assert asked >= 5


def test_where_nothing_fits_there_is_no_guess(tmp_path: Path) -> None:
    game = write_game(tmp_path, 'table.tell(f"{table.rng.random()}")\nawait table.ask("player_0", "x", Number(0, 1))')
    assert guesses(Match(game).turn("player_0"), 2, HONEST) == []


def test_what_was_refused_and_dropped_was_seen_too() -> None:
    match = Match(BY_NAME["ultimatum"], seed=2, id="m")
    bad = [{"promise": {"offer": 1000}}, {"claim": {"nothing": 1}}]
    match.answer("player_0", {"say": "Hello.", "acts": [*bad, {"promise": {"offer": {">=": 40}}}]})
    match.answer("player_1", {"say": "", "acts": [{"disclose": "fallback"}]})
    while match.waiting != ("player_0",) or match.asked["player_0"].ask.kind != "decide":
        seat = match.waiting[0]
        match.answer(seat, legal(match.turn(seat)))
    match.answer("player_0", "five hundred")
    match.answer("player_0", {"offer": 500})
    turn = match.turn("player_0")
    made = guesses(turn, 3, HONEST)
    assert len([event for event in turn.events if event.kind == "error"]) == 4
    assert len(made) == 3
    assert all(view(guess) == seen(turn) for guess in made)


def test_a_match_without_acts_is_guessed_without() -> None:
    match = Match(BY_NAME["ultimatum"], seed=2, id="m", acts="off")
    while not match.done:
        turn = match.turn(match.waiting[0])
        made = guesses(turn, 1, HONEST)
        assert view(made[0]) == seen(turn)
        match.answer(turn.seat, legal(turn))


@pytest.mark.parametrize("names", ["planner", "human", "replay", "llm", "honest, planner"])
def test_others_are_characters_that_play_by_their_turn(names: str) -> None:
    with pytest.raises(UsageError, match="is no scripted agent that plays by its turn alone"):
        characters(names)


def test_an_unknown_character_is_named() -> None:
    with pytest.raises(UsageError, match="did you mean 'honest'"):
        characters("honets")


DEALT = """
first = table.deal("player_1", "card", Number(1, 9))
own = table.deal("player_0", "card", Number(1, 9), value=2)
again = table.deal("player_1", "card", Number(1, 9))
near = table.network("ring")
await table.ask("player_0", "x", Number(0, 9), f"{first} {again} {near['player_0']}")
return {"player_0": 0, "player_1": 0}
"""


@pytest.mark.parametrize("engine", ["native", "sandbox"])
def test_what_a_match_is_given_is_dealt_in_order_where_nothing_else_is(tmp_path: Path, engine: str) -> None:
    near = {"player_0": [], "player_1": ["player_0"]}
    given = {"player_1.card": [7, 3], "player_0.card": [9], "network": [near]}
    match = Match(write_game(tmp_path, DEALT), seed=1, engine=engine, given=given)
    for one in (match, match.branch()):
        assert one.asked["player_0"].ask.prompt == "7 3 []"
        assert one.facts == {"player_1.card": 3, "player_0.card": 2}
        one.close()

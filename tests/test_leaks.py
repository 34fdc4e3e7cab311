"""Nobody learns another seat's facts before they are revealed: drawn anew, they change nothing that a seat sees."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from arena.library import Game
from arena.match import Match
from arena.ply import Ply
from arena.turn import Event, Turn
from tests.players import GAMES, Wanderer, new_match, settings, wander
from tests.support import write_game

every_game = pytest.mark.parametrize("game", GAMES, ids=[game.name for game in GAMES])
HIDDEN = ("role", "pay", "measure")
JOINT = ("deal_or_no_deal", "kuhn_poker", "werewolf")
"""Games with facts drawn together; the leak test finds the same."""


def event_text(event: Event) -> str:
    return json.dumps([event.kind, event.seat, event.key, event.value, event.text, event.acts, event.to])


def seen(turn: Turn) -> str:
    """All that a seat is shown at one turn, as text."""
    ask, words = turn.ask, turn.acts
    about = {key: spec.data() for key, spec in ask.about.items()}
    claim = {key: spec.data() for key, spec in words.claim.items()}
    promise = {key: spec.data() for key, spec in words.promise.items()}
    asked = [ask.kind, ask.key, ask.spec.data(), ask.prompt, ask.to, about, ask.error]
    events = [[event_text(event), event.ply] for event in turn.events]
    return json.dumps([turn.rules, asked, claim, promise, words.seats, events, dict(turn.game.params)])


def heard(match: Match, seat: str) -> list[str]:
    """Every event that a seat has been shown, whether or not it was asked again after it."""
    shown = [event for event in match.events if event.kind not in HIDDEN and (event.to is None or seat in event.to)]
    return [event_text(event) for event in shown]


def revealed(match: Match) -> dict[str, Any]:
    """The facts that have become public, by path."""
    paths = {f"{event.seat}.{event.key}": event.value for event in match.events if event.kind == "reveal"}
    return {path: value for path, value in paths.items() if path in match.facts}


def answers(match: Match) -> dict[str, Iterator[Ply]]:
    return {seat: iter([ply for ply in match.plies if ply.seat == seat]) for seat in match.seats}


def views(match: Match) -> dict[str, list[str]]:
    """What each seat saw at each of its turns."""
    shown: dict[str, list[str]] = {seat: [] for seat in match.seats}
    given = answers(match)
    again = match.branch(0)
    while not again.done:
        for seat in again.waiting:
            shown[seat].append(seen(again.turn(seat)))
        for seat in again.waiting:
            again.answer(seat, next(given[seat]).reply or "")
    return shown


def difference(original: Match, other: Match, focal: str, shown: list[str]) -> tuple[str | None, int]:
    """What a seat sees otherwise in a match with other hidden facts and the same answers, and how much was compared.

    It ends where a fact that differs is revealed, or where somebody is asked something else than it was.
    """
    given = answers(original)
    compared = 0
    while True:
        told = heard(other, focal)
        public = revealed(other)
        if any(original.facts.get(path) != value for path, value in public.items()):
            return None, compared
        for mine, theirs in zip(heard(original, focal), told, strict=False):
            if mine != theirs:
                return f"{focal} was shown {mine}, and with other facts {theirs}", compared
        if other.done:
            return None, compared
        if focal in other.waiting:
            now = seen(other.turn(focal))
            then = shown[compared] if compared < len(shown) else "nothing more"
            if now != then:
                return f"{focal} saw {then}, and with other facts {now}", compared
            compared += 1
        for seat in other.waiting:
            ply = next(given[seat], None)
            ask = other.turn(seat).ask
            if ply is None or (ply.ask.kind, ply.ask.key) != (ask.kind, ask.key):
                return None, compared
            if other.answer(seat, ply.reply) is not None:
                return None, compared


def own(match: Match, focal: str) -> list[str]:
    """What a seat is dealt or told as fact at the start."""
    return [
        event_text(event)
        for event in match.events
        if event.kind in ("deal", "tell") and event.value is not None and (event.to is None or focal in event.to)
    ]


def redealt(match: Match, focal: str, seed: int) -> Match:
    """The same match with what is dealt from the other seats' own streams drawn anew."""
    streams = {seat: 1000 * seed + number for number, seat in enumerate(match.seats) if seat != focal}
    return Match(match.game, match.params, match.seed, len(match.seats), streams=streams)


def jointly_redealt(start: Match, focal: str, tries: int) -> Iterator[Match]:
    """Fresh matches of other seeds in which the seat is dealt and told as fact the same, but some other seat is not."""
    mine = own(start, focal)
    for seed in range(10_000, 10_000 + tries):
        other = Match(start.game, start.params, seed, len(start.seats))
        if other.facts != start.facts and own(other, focal) == mine:
            yield other


def is_joint(match: Match) -> bool:
    """Whether any fact dealt at the start does not come from its seat's own stream."""
    seats = len(match.seats)
    drawn = [
        Match(match.game, match.params, match.seed, seats, streams=dict.fromkeys(match.seats, 7 * new + 1)).facts
        for new in range(6)
    ]
    return any(all(facts[path] == drawn[0][path] for facts in drawn) for path in drawn[0])


def check(game: Game, seed: int, params: dict[str, Any], seats: int) -> tuple[list[str], int, int]:
    """The leaks found, the turns compared, and the redrawn matches that differed in some fact."""
    start = Match(game, params, seed, seats)
    match = wander(Match(game, params, seed, seats))
    shown = views(match)
    tries = 300 if is_joint(start) else 0
    leaks: list[str] = []
    turns = others = 0
    for focal in match.seats:
        fresh = [redealt(match, focal, new) for new in range(3 if start.facts else 1)]
        fresh += islice(jointly_redealt(start, focal, tries), 4)
        for other in fresh:
            others += other.facts != start.facts
            leak, compared = difference(match, other, focal, shown[focal])
            turns += compared
            leaks += [leak] if leak else []
    return leaks, turns, others


@every_game
def test_facts_drawn_anew_change_nothing_that_others_see(game: Game) -> None:
    turns = others = 0
    for seed in range(4):
        seats, params = settings(game, seed)
        leaks, compared, differed = check(game, seed, params, seats if seats <= 6 else game.least)
        assert not leaks, leaks[0]
        turns += compared
        others += differed
    assert turns >= 10
    # Games whose only secrets are answers have no facts at the start that could be drawn anew.
    assert bool(others) == any(event.kind == "deal" for event in Match(game).events)
    assert is_joint(Match(game, seed=1)) == (game.name in JOINT)


@every_game
def test_private_words_reach_only_their_audience(game: Game) -> None:
    for seed in range(3):
        match = wander(new_match(game, seed))
        shown = views(match)
        for focal in match.seats:
            given = answers(match)
            turns = 0
            other = match.branch(0)
            while not other.done:
                if focal in other.waiting:
                    assert seen(other.turn(focal)) == shown[focal][turns]
                    turns += 1
                for seat in other.waiting:
                    ply = next(given[seat])
                    secret = ply.ask.kind != "decide" and ply.ask.to is not None and focal not in (*ply.ask.to, seat)
                    other.answer(seat, {"say": "something else"} if secret else ply.reply)
            assert heard(other, focal) == heard(match, focal)


@every_game
def test_simultaneous_answers_are_not_seen_before_all_are_in(game: Game) -> None:
    match = new_match(game, 1)
    agent = Wanderer()
    while not match.done:
        before = {seat: seen(match.turn(seat)) for seat in match.waiting}
        for seat in match.waiting:
            turn = match.turn(seat)
            assert seen(turn) == before[seat]
            match.answer(seat, agent.act(turn))


OWN = """
card = table.deal(table.agents[0], "card", Number(0, 9))
{leak}
bids = await table.ask_all(table.agents, "bid", Number(0, 9), "How much?")
table.reveal("bid")
await table.ask_all(table.agents, "bid", Number(0, 9), "And now?")
return bids
"""
TOGETHER = """
cards = table.rng.sample([1, 2, 3, 4], 2)
for agent, value in zip(table.agents, cards):
    table.deal(agent, "card", Number(1, 4), value=value)
card = cards[0]
{leak}
await table.talk(rounds=2)
await table.ask_all(table.agents, "bid", Number(0, 9), "How much?")
table.reveal("card")
await table.ask_all(table.agents, "bid", Number(0, 9), "And now?")
return dict.fromkeys(table.agents, 0)
"""
LEAKS = {
    "a tell to all": 'if card > 2: table.tell("The card is high.", *table.agents)',
    "a tell to the wrong seat": 'table.tell(f"The card is {card}.", table.agents[1])',
    "a prompt": 'await table.ask(table.agents[1], "guess", Number(0, 9), f"Is it {card}?")',
    "a spec": 'await table.ask(table.agents[1], "guess", Number(0, card), "What is it?")',
    "the vocabulary": 'await table.talk(about={"wish": Number(0, card)})',
    "how much is said": 'for _ in range(card): table.tell("Shuffling.")',
    "what one may do": 'table.norm(table.agents[1], "lie" if card > 2 else "leak", about="card")',
}


@pytest.mark.parametrize("body", [OWN, TOGETHER], ids=["own stream", "drawn together"])
@pytest.mark.parametrize("leak", LEAKS.values(), ids=list(LEAKS))
def test_a_planted_leak_is_found(tmp_path: Path, body: str, leak: str) -> None:
    game = write_game(tmp_path, body.format(leak=leak))
    assert any(check(game, seed, {}, 2)[0] for seed in range(4))


@pytest.mark.parametrize("body", [OWN, TOGETHER], ids=["own stream", "drawn together"])
def test_a_game_without_a_leak_passes(tmp_path: Path, body: str) -> None:
    game = write_game(tmp_path, body.format(leak="pass"))
    for seed in range(4):
        leaks, turns, others = check(game, seed, {}, 2)
        assert not leaks
        assert turns
        assert others

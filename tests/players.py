"""Agents for the tests of games: one that wanders through every kind of answer, and one that plays by the key."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from arena.agent import Reply
from arena.drive import play_plain
from arena.library import Game, defaults, games
from arena.match import Match
from arena.record import record, to_json
from arena.turn import Turn

S = TypeVar("S")
GAMES = [game for game in games().values() if game.origin == "built-in"]
BY_NAME = {game.name: game for game in GAMES}
LARGE = {"deal_or_no_deal": 2048, "hidden_profile": 512}
"""Sizes of discrete action spaces, where 256 actions are too few."""
TEXTS = ("", "Let us be fair to each other.", "I mean what I say.", "I would rather not say.", "Trust me.")


class Wanderer:
    """Random legal answers, announcements true or not or declined, and messages with typed acts."""

    def act(self, turn: Turn) -> Reply:
        ask, rng = turn.ask, turn.rng
        if ask.kind == "message":
            acts = [act for act in (self._claim(turn), self._promise(turn)) if act]
            return {"say": rng.choice(TEXTS), "acts": acts} if rng.random() < 0.8 else {"say": ""}
        if ask.kind == "announce" and rng.random() < 0.2:
            return {ask.key: "decline"}
        return {ask.key: ask.spec.sample(rng)}

    def _claim(self, turn: Turn) -> dict[str, Any] | None:
        if not turn.acts.claim or turn.rng.random() < 0.5:
            return None
        key = turn.rng.choice(list(turn.acts.claim))
        whose = turn.rng.choice(turn.acts.seats)
        return {"claim": {f"{whose}.{key}": turn.acts.claim[key].sample(turn.rng)}}

    def _promise(self, turn: Turn) -> dict[str, Any] | None:
        if not turn.acts.promise or turn.rng.random() < 0.5:
            return None
        key = turn.rng.choice(list(turn.acts.promise))
        return {"promise": {key: turn.acts.promise[key].sample(turn.rng)}}


class ByKey:
    """Silent; answers each key by a function of the turn, and declines to announce unless there is one for that too."""

    def __init__(self, **answers: Callable[[Turn], Any]) -> None:
        self.answers = answers

    def act(self, turn: Turn) -> Reply:
        if turn.ask.kind == "message":
            return ""
        if turn.ask.kind == "announce":
            return "decline"
        return {turn.ask.key: self.answers[turn.ask.key](turn)}


def spec_of(turn: Turn, kind: type[S]) -> S:
    """The spec of what is asked, known to be of this kind."""
    assert isinstance(turn.ask.spec, kind)
    return turn.ask.spec


def wander(match: Match) -> Match:
    """Play a match to its end with wanderers in all seats."""
    play_plain(match, dict.fromkeys(match.seats, Wanderer()))
    return match


def settings(game: Game, number: int) -> tuple[int, dict[str, Any]]:
    """Seats and parameters for the n-th match of a game, so that all of its shapes come up."""
    params: dict[str, Any] = {}
    if number % 4 == 3 and "aligned" in defaults(game):
        params["aligned"] = True
    if game.name == "matrix_game":
        names = ["prisoners_dilemma", "stag_hunt", "chicken", "battle_of_the_sexes", "matching_pennies", "coordination"]
        params["game"] = names[number % len(names)]
    if game.name == "deal_or_no_deal" and number % 2:
        params |= {"books": 2, "hats": 3, "balls": 1}
    if game.name == "werewolf":
        params |= [{}, {"day_first": True}, {"extinction": True, "doctor": False}][number % 3]
    return game.least + number % (game.most - game.least + 1), params


def new_match(game: Game, seed: int, **options: Any) -> Match:
    """The match of a game and a seed, its seats and parameters varying with the seed."""
    seats, params = settings(game, seed)
    return Match(game, params, seed, seats, **options)


def wandered(game: Game, seed: int, **options: Any) -> Match:
    """A finished match of wanderers."""
    return wander(new_match(game, seed, **options))


def text(match: Match, without: tuple[str, ...] = ("isolation",)) -> str:
    """All of a match as one line, but for how it was run."""
    data: Mapping[str, Any] = {name: value for name, value in record(match).items() if name not in without}
    return to_json(data)


def fingerprints(seeds: int) -> str:
    """Every game over some seeds as one JSON object; what another process has to print too."""
    return json.dumps({game.name: [text(wandered(game, seed)) for seed in range(seeds)] for game in GAMES})

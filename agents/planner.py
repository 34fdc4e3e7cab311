"""Plays the running match on from each answer, many times, and takes the one that ends best: a ceiling, not a player.

It branches the match itself, hidden facts and all, so boards mark it. In its playouts everybody, itself included,
answers at random and says nothing.
"""

from random import Random
from typing import Any

from arena.agent import Agent
from arena.match import Match
from arena.parse import DECLINE
from arena.scripted.study import study
from arena.turn import Turn

SCRIPTED = True
PRIVILEGED = True


class Planner:
    """Flat Monte Carlo over the running match."""

    def __init__(self, playouts: int, width: int) -> None:
        self.playouts = playouts
        self.width = width

    def act(self, turn: Turn) -> dict[str, Any]:
        """Answer what the turn asks; it neither speaks nor announces."""
        ask = turn.ask
        if ask.kind == "message":
            return {"say": ""}
        if ask.kind == "announce":
            return {ask.key: DECLINE}
        options = self.options(turn)
        if len(options) == 1 or turn.game.game.scoring == "panel":
            return {ask.key: options[0]}
        draws = [turn.rng.getrandbits(62) for _ in range(self.playouts)]
        totals = [sum(self.value(turn, option, draw) for draw in draws) for option in options]
        return {ask.key: options[totals.index(max(totals))]}

    def options(self, turn: Turn) -> list[Any]:
        """Answers to try: those that a study of the rules would look at, thinned to the width."""
        spec, rng = turn.ask.spec, turn.rng
        worth = study(turn.game).worth(turn.seat, turn.ask.key)
        options = worth.candidates(spec, {}, lambda: rng) if worth else [spec.sample(rng) for _ in range(self.width)]
        return options if len(options) <= self.width else rng.sample(options, self.width)

    def value(self, turn: Turn, option: Any, draw: int) -> float:
        """What this seat ends with in one playout; the same draw gives every option the same chance."""
        rng = Random(draw)
        match: Match = turn.branch()
        match.reseed(draw)
        try:
            match.answer(turn.seat, {turn.ask.key: option})
            while not match.done:
                for seat in match.waiting:
                    ask = match.turn(seat).ask
                    if ask.kind == "message":
                        match.answer(seat, {"say": ""})
                    else:
                        answer = DECLINE if ask.kind == "announce" else ask.spec.sample(rng)
                        match.answer(seat, {ask.key: answer})
        finally:
            match.close()
        return match.rewards[turn.seat]


def agent(playouts: int = 8, width: int = 8) -> Agent:
    return Planner(playouts, width)

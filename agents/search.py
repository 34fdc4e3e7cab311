"""Asks a model for several answers, plays each on in guesses at what is hidden, and gives the one that ends best.

It knows nothing but what its turn shows; in its play-outs every seat is a character of `arena.scripted`.
"""

from random import Random
from typing import Any, Unpack

from arena.agent import Agent
from arena.chat.choosing import distinct
from arena.chat.model import Model, ModelOptions, Thought, summed
from arena.errors import AgentError, GameError, UsageError
from arena.guess import Guess, Others, characters, guesses, play_on, worth
from arena.turn import Turn

CALLS = "samples"


class Search:
    """An agent that tries its model's answers out on matches that show it what it has seen."""

    def __init__(self, model: Model, samples: int, playouts: int, others: Others) -> None:
        self.model = model
        self.samples = samples
        self.playouts = playouts
        self.others = others
        self.blind = 0
        """How often nothing was found that it could have seen as it did; the first answer was then given."""

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to, and among the faults how often it could not look ahead."""
        return summed(self.model.usage, {"faults": {"blind": self.blind}} if self.blind else {})

    @property
    def thoughts(self) -> list[Thought]:
        """What the model thought before the answers that were given."""
        return self.model.thoughts

    async def act(self, turn: Turn) -> str:
        """The answer that ends best on the mean of the same play-outs; answers that do the same are played on once."""
        answers = await self.model.sample(turn, self.samples)
        candidates = distinct(turn, answers)
        # What judges will make of a match is nothing that can be played out.
        if len(candidates) < 2 or turn.game.game.scoring == "panel":
            return self.model.answered(candidates[0] if candidates else answers[0])
        totals = self.look_ahead(turn, [candidate.text for candidate in candidates])
        return self.model.answered(candidates[totals.index(max(totals))])

    def look_ahead(self, turn: Turn, replies: list[str]) -> list[float]:
        """What each reply comes to over the same guesses with the same chance; all the same where there is no guess."""
        found = guesses(turn, self.playouts, self.others)
        self.blind += not found
        totals = [0.0] * len(replies)
        for number in range(self.playouts if found else 0):
            try:
                ends = [self.end(turn, found[number % len(found)], reply, number) for reply in replies]
            except (AgentError, GameError):
                # What breaks in an imagined match is not held against the one that is played.
                continue
            totals = [total + end for total, end in zip(totals, ends, strict=True)]
        return totals

    def end(self, turn: Turn, guess: Guess, reply: str, number: int) -> float:
        """What the seat ends with in one play-out; the same number gives every reply the same chance."""
        rng = Random(f"{turn.key}/playout/{number}")
        match = guess.match(f"{number}")
        match.reseed(rng.getrandbits(62))
        match.answer(turn.seat, reply)
        play_on(match, self.others, rng)
        return worth(match, turn.seat)


def agent(samples: int = 3, playouts: int = 8, opponents: str = "honest", **model: Unpack[ModelOptions]) -> Agent:
    if samples < 2:
        raise UsageError(f"search: samples is how often the model is asked, at least 2, got {samples!r}")
    if playouts < 1:
        raise UsageError(f"search: playouts is how often each answer is played on, at least 1, got {playouts!r}")
    return Search(Model(**model), samples, playouts, characters(opponents))

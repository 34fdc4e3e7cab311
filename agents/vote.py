"""Asks a model several times at once and gives the answer that does what most of the answers do."""

from typing import Any, Unpack

from arena.agent import Agent, Thought
from arena.chat.choosing import elect
from arena.chat.model import Model, ModelOptions
from arena.errors import UsageError
from arena.turn import Turn

CALLS = "samples"


class Vote:
    """An agent whose model votes with itself."""

    def __init__(self, model: Model, samples: int) -> None:
        self.model = model
        self.samples = samples

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to."""
        return self.model.usage

    @property
    def thoughts(self) -> list[Thought]:
        """What the model thought before the answers that were given."""
        return self.model.thoughts

    async def act(self, turn: Turn) -> str:
        """The first of the answers that do the commonest thing; those that cannot be read do not vote."""
        answers = await self.model.sample(turn, self.samples)
        return self.model.answered(elect(turn, answers))


def agent(samples: int = 5, **model: Unpack[ModelOptions]) -> Agent:
    if samples < 1:
        raise UsageError(f"vote: samples is how often the model is asked, at least 1, got {samples!r}")
    return Vote(Model(**model), samples)

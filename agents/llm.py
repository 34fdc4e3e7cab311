"""A language model behind an OpenAI-compatible endpoint: one chat per seat and match."""

from typing import Any, Unpack

from arena.agent import Agent, Thought
from arena.chat.model import Model, ModelOptions
from arena.turn import Turn


class Llm:
    """An agent that puts its turn to a model and gives back what the model says."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to."""
        return self.model.usage

    @property
    def thoughts(self) -> list[Thought]:
        """What the model thought before its replies."""
        return self.model.thoughts

    async def act(self, turn: Turn) -> str:
        """Answer what the turn asks, in the model's own words."""
        (answer,) = await self.model.sample(turn)
        return self.model.answered(answer)


def agent(**model: Unpack[ModelOptions]) -> Agent:
    return Llm(Model(**model))

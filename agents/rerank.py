"""Asks a model several times at once and gives the answer that a scorer, this model or another, grades highest."""

from typing import Any, Unpack

from arena.agent import Agent, Thought
from arena.chat.aside import aside
from arena.chat.choosing import distinct, grades
from arena.chat.model import Model, ModelOptions, coped, summed
from arena.chat.prompt import judging
from arena.errors import ContextExceeded, UsageError
from arena.turn import Turn

CALLS = "samples + 1"


class Rerank:
    """An agent whose answers are graded from its own view before one is given."""

    def __init__(self, model: Model, scorer: Model, samples: int) -> None:
        self.model = model
        self.scorer = scorer
        self.samples = samples
        self.failed = 0
        """How often the scorer gave no grades that can be read; the first candidate was then given."""

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to, the scorer's included."""
        return summed(self.model.usage, self.scorer.usage, {"faults": {"scorer": self.failed}} if self.failed else {})

    @property
    def thoughts(self) -> list[Thought]:
        """What the model thought before the answers that were given."""
        return self.model.thoughts

    async def act(self, turn: Turn) -> str:
        """The answer with the highest grade, the first of those; answers that do the same are graded once."""
        answers = await self.model.sample(turn, self.samples)
        candidates = distinct(turn, answers)
        if len(candidates) < 2:
            return self.model.answered(candidates[0] if candidates else answers[0])
        given = await self._grade(turn, [candidate.text for candidate in candidates])
        return self.model.answered(candidates[given.index(max(given))])

    async def _grade(self, turn: Turn, replies: list[str]) -> list[float]:
        *before, last = self.model.chat.messages
        asked = {"role": "user", "content": f"{last['content']}\n{aside(judging(replies), ask=True)}"}
        try:
            (answer,) = await self.scorer.ask(turn, [*before, asked])
            found = grades(answer.text, len(replies))
        except ContextExceeded:
            coped()
            found = None
        self.failed += found is None
        return found or [0.0] * len(replies)


def agent(
    samples: int = 3,
    scorer: str | None = None,
    scorer_base_url: str | None = None,
    scorer_api_key_env: str | None = None,
    **model: Unpack[ModelOptions],
) -> Agent:
    if samples < 2:
        raise UsageError(f"rerank: samples is how often the model is asked, at least 2, got {samples!r}")
    judge: ModelOptions = {**model}
    if scorer is not None:
        judge["model"] = scorer
        judge["base_url"] = scorer_base_url
        judge["api_key_env"] = scorer_api_key_env
    judge["temperature"] = None
    return Rerank(Model(**model), Model(**judge), samples)

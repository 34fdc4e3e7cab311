"""A language model behind an OpenAI-compatible endpoint: one chat per seat and match."""

from typing import Any

from arena.chat.prompt import Chat
from arena.llm import DEADLINE, OPENAI, Endpoint, Usage, complete, endpoint
from arena.turn import Turn


class Model:
    """An agent that puts its turn to a model and gives back what the model says."""

    def __init__(self, where: Endpoint, options: dict[str, Any], chat: Chat, timeout: float) -> None:
        self.where = where
        self.options = options
        self.chat = chat
        self.timeout = timeout
        self.used = Usage()

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to."""
        return self.used.data()

    async def act(self, turn: Turn) -> str:
        """Answer what the turn asks, in the model's own words."""
        messages = self.chat.ask(turn)
        answer = await complete(self.where, messages, self.options, deadline=self.timeout)
        self.used.add(answer)
        self.chat.answered(answer.text)
        return answer.text


def agent(
    model: str,
    base_url: str | None = None,
    api_key_env: str | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
    persona: str | None = None,
    timeout: float = DEADLINE,
) -> Model:
    where = endpoint(model, base_url, api_key_env)
    # Before the first match, not in the middle of it.
    where.key()
    # OpenAI's own models refuse the older name, and most other endpoints know no other.
    tokens = "max_completion_tokens" if where.base_url == OPENAI else "max_tokens"
    given = {"temperature": temperature, "top_p": top_p, tokens: max_tokens}
    options = {name: value for name, value in given.items() if value is not None}
    return Model(where, options, Chat(persona), timeout)

"""The one place where a model is called: over the `openai` client, with one deadline, and every end told apart.

What the model did is its move, be it empty, refused or cut off. What the endpoint did is tried again, and if it lasts
it is an `AgentError`: the match is void and nobody lost it. No message holds a key.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from arena.calling.asking import ask
from arena.calling.place import Call, Kept, Key, Paused, call
from arena.calling.prices import cost
from arena.calling.providers import OPENAI, SCRIPTED, Endpoint, endpoint
from arena.calling.reading import Answer, ToolCall
from arena.calling.sent import Request
from arena.errors import AgentError

__all__ = ["DEADLINE", "OPENAI", "SCRIPTED", "Answer", "Endpoint", "ToolCall", "Usage", "complete", "endpoint"]

DEADLINE = 120.0


async def complete(
    where: Endpoint,
    messages: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any] | None = None,
    *,
    deadline: float = DEADLINE,
    retries: int | None = None,
) -> Answer:
    """One answer of a model; `options` go into the request as they are.

    What the model did instead of answering stands in `Answer.fault`. Raises `AgentError` for whatever is the endpoint's
    doing, when trying again makes no sense, when the request was sent again `retries` times or when `deadline` seconds
    are over in all, and `Paused` when the run stops.

    In a match that is kept in a store the answer is on the disk before this returns, one that is there already is not
    asked for again, and a request that nobody waits for any more is let end and kept.
    """
    body = {"model": where.model, "messages": list(messages), **(options or {})}
    here = call.get()
    if here is None:
        return (await ask(where, body, deadline, None, retries))[0]
    try:
        request = _next(here, where, body)
        key = here.key(request.digest)
        known = here.journal.get(key)
        if known is not None:
            here.thread.answered(request)
            return Answer.from_json(known)
        task = asyncio.ensure_future(_journalled(here, key, request, where, body, deadline, retries))
        here.pending.add(task)
        task.add_done_callback(here.pending.discard)
        return await asyncio.shield(task)
    except (Exception, Paused) as error:
        here.failed = here.failed or error
        raise


def _next(here: Call, where: Endpoint, body: Mapping[str, Any]) -> Request:
    try:
        return here.thread.next(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise AgentError(f"{where.place}: the request cannot be written as JSON: {error}") from None


async def _journalled(
    here: Call,
    key: Key,
    request: Request,
    where: Endpoint,
    body: Mapping[str, Any],
    deadline: float,
    retries: int | None,
) -> Answer:
    answer, sent = await ask(where, body, deadline, here.meter, retries)
    kept = Kept(
        here.tournament,
        here.agent,
        str(body["model"]),
        request.to_json(sent, apart=here.alike),
        answer.prompt_tokens,
        answer.completion_tokens,
        cost(where, answer),
        answer.calls,
        (here.alike and request.first) or None,
    )
    await here.journal.keep(key, answer.to_json(), kept)
    # Only now: what the next request is told to come after must be there.
    here.thread.answered(request)
    return answer


class Usage:
    """What the calls of one agent in one match add up to; what an endpoint does not say is unknown, not nothing."""

    __slots__ = ("_where", "calls", "completion_tokens", "cost_usd", "faults", "prompt_tokens", "retries")

    def __init__(self, where: Endpoint | None = None) -> None:
        self._where = where
        self.calls = 0
        """Answers."""
        self.prompt_tokens: int | None = 0
        self.completion_tokens: int | None = 0
        self.cost_usd: float | None = None if where is None else 0.0
        self.faults: dict[str, int] = {}
        """How often the model did what instead of answering."""
        self.retries = 0
        """Requests that failed before there was an answer."""

    def add(self, answer: Answer) -> None:
        """Count one more answer."""
        self.calls += 1
        self.retries += answer.calls - 1
        self.prompt_tokens = _plus(self.prompt_tokens, answer.prompt_tokens)
        self.completion_tokens = _plus(self.completion_tokens, answer.completion_tokens)
        if self._where is not None and self.cost_usd is not None:
            paid = cost(self._where, answer)
            self.cost_usd = None if paid is None else self.cost_usd + paid
        if answer.fault:
            self.faults[answer.fault] = self.faults.get(answer.fault, 0) + 1

    def data(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": self.cost_usd,
            "faults": dict(sorted(self.faults.items())),
            "retries": self.retries,
        }


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other

"""The one place where a model is called: one request over the `openai` client, one deadline, and every end told apart.

What the model did is its move, be it empty, refused or cut off. What the endpoint did is an `AgentError`: the match is
void and nobody lost it. No message holds a key.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from arena.calling.place import call
from arena.calling.providers import OPENAI, SCRIPTED, Endpoint, endpoint
from arena.calling.reading import Answer
from arena.errors import AgentError
from arena.identity import digest

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["DEADLINE", "OPENAI", "SCRIPTED", "Answer", "Endpoint", "Usage", "complete", "endpoint"]

DEADLINE = 120.0
_KEYLIKE = re.compile(r"\b(?:sk|pk|key|Bearer)[-_ ][\w*.…-]{4,}", re.IGNORECASE)
_THOUGHT = re.compile(r"\s*<think>(.*?)(?:</think>\s*|$)", re.DOTALL)

_Pool = dict[tuple[str, str], "tuple[AsyncOpenAI, AsyncGenerator[None, None]]"]
_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool]" = WeakKeyDictionary()


class NoAnswer(ValueError):
    """The endpoint sent something, and it holds no answer."""


async def complete(
    where: Endpoint,
    messages: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any] | None = None,
    *,
    deadline: float = DEADLINE,
) -> Answer:
    """One answer of a model; `options` go into the request as they are.

    In a match that is kept in a store the answer is on the disk before this returns, and one that is there already is
    not asked for again. Raises `AgentError` for whatever is no answer, and after `deadline` seconds in all.
    """
    body = {"model": where.model, "messages": list(messages), **(options or {})}
    here = call.get()
    if here is None:
        return await _post(where, body, deadline)
    name = here.key(digest(body).hex()[:32])
    known = here.journal.get(name)
    if known is not None:
        return Answer(**json.loads(known))
    answer = await _post(where, body, deadline)
    await asyncio.wrap_future(here.journal.put_soon(name, json.dumps(asdict(answer))))
    return answer


async def _post(where: Endpoint, body: Mapping[str, Any], deadline: float) -> Answer:
    from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

    key = where.key()
    who = f"{where.place}, model {body['model']!r}"
    try:
        async with asyncio.timeout(deadline):
            # Typed methods walk through all messages on every call, and this one does not.
            raw = await _client(where.base_url, key).post(
                "/chat/completions",
                body=body,
                cast_to=bytes,
                options={"max_retries": 0, "follow_redirects": False, "timeout": deadline},
            )
    except (TimeoutError, APITimeoutError):
        raise AgentError(f"{who}: no answer within {deadline:g} s") from None
    except APIStatusError as error:
        raise AgentError(f"{who}: {_status(error.status_code, error.body, key)}") from None
    except APIConnectionError as error:
        cause = error.__cause__ or error
        raise AgentError(f"{who}: no connection: {_clean(str(cause) or type(cause).__name__, key)}") from None
    except (OpenAIError, ValueError, OSError) as error:
        raise AgentError(f"{who}: {type(error).__name__}: {_clean(str(error), key)}") from None
    try:
        return _read(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise AgentError(f"{who}: unreadable answer: {_clean(str(error), key)}") from None


def _client(base_url: str, key: str) -> "AsyncOpenAI":
    """The client that all calls of this event loop to one endpoint share."""
    from openai import AsyncOpenAI

    loop = asyncio.get_running_loop()
    pool = _clients.setdefault(loop, {})
    found = pool.get((base_url, key))
    if found is None:
        client = AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0)
        closing = _closing(loop, client)
        # An event loop closes the async generators begun in it before it ends: connections go with their loop.
        with suppress(StopIteration):
            closing.__anext__().send(None)
        found = pool[base_url, key] = (client, closing)
    return found[0]


async def _closing(loop: asyncio.AbstractEventLoop, client: "AsyncOpenAI") -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _clients.pop(loop, None)
        await client.close()


def _status(status: int, body: object, key: str) -> str:
    """A refused request in words, with the remedy where there is one."""
    told = body
    for name in ("error", "message", "detail"):
        if isinstance(told, dict) and name in told:
            told = cast("dict[str, object]", told)[name]
    said = f": {_clean(told, key)}" if isinstance(told, str) and told.strip() else ""
    match status:
        case 401 | 403:
            return f"{status}, the key is not accepted{said}"
        case 404:
            return f"404, no such model or address{said}"
        case 429:
            return f"429, too many requests or no quota left{said}"
        case _:
            return f"status {status}{said}"


def _clean(text: str, key: str) -> str:
    """A text from outside, on one line, short, and without the key."""
    if key != "none":
        text = text.replace(key, "[key]")
    text = " ".join(_KEYLIKE.sub("[key]", text).split())
    return text if len(text) <= 200 else text[:199] + "…"


def _read(data: Any) -> Answer:
    """The answer in a response body; `NoAnswer` where there is none."""
    if not isinstance(data, dict):
        raise NoAnswer(f"expected an object, got {type(data).__name__}")
    body = cast("dict[str, Any]", data)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise NoAnswer(f"no choices; it says {json.dumps(body.get('error') or body)}")
    choice: Any = cast("list[Any]", choices)[0]
    message: Any = cast("dict[str, Any]", choice).get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise NoAnswer("the first choice has no message")
    said = cast("dict[str, Any]", message)
    text, thought = _apart(_text(said.get("content")))
    kept = next((said[name] for name in ("reasoning_content", "reasoning") if isinstance(said.get(name), str)), thought)
    finish = "refusal" if said.get("refusal") else str(cast("dict[str, Any]", choice).get("finish_reason") or "stop")
    counted = body.get("usage")
    usage = cast("dict[str, Any]", counted) if isinstance(counted, dict) else {}
    return Answer(
        text,
        finish,
        str(body.get("model") or ""),
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        kept,
    )


def _text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [cast("dict[str, Any]", part) for part in cast("list[Any]", content) if isinstance(part, dict)]
        return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    raise NoAnswer(f"the content is neither text nor parts, but {type(content).__name__}")


def _apart(text: str) -> tuple[str, str]:
    """Text and the reasoning before it, for endpoints that do not separate the two."""
    found = _THOUGHT.match(text)
    return (text[found.end() :], found[1].strip()) if found else (text, "")


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


class Usage:
    """What the calls of one agent in one match add up to; what an endpoint does not say is unknown, not nothing."""

    __slots__ = ("calls", "completion_tokens", "prompt_tokens")

    def __init__(self) -> None:
        self.calls = 0
        self.prompt_tokens: int | None = 0
        self.completion_tokens: int | None = 0

    def add(self, answer: Answer) -> None:
        """Count one more answer."""
        self.calls += 1
        self.prompt_tokens = _plus(self.prompt_tokens, answer.prompt_tokens)
        self.completion_tokens = _plus(self.completion_tokens, answer.completion_tokens)

    def data(self) -> dict[str, Any]:
        """As the record keeps it; prices are not known here."""
        return {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": None,
        }


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other

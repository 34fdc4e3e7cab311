"""The scripted characters behind a real HTTP server that speaks the OpenAI protocol.

A character plays from the messages of one request and nothing else: the same request always gets the same answer.
`scripted/honest@0.3` is the honest character with noise: three answers of ten are drawn at random. All that is served
is labelled scripted.
"""

import asyncio
import hashlib
import inspect
import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from random import Random
from typing import Any, cast
from urllib.parse import unquote

from arena.agent import Agent
from arena.chat.reader import UnreadableChat, asked_aside, read_turn
from arena.chat.server import Refused, Request, Server
from arena.errors import unknown
from arena.library import agent_file, agent_kinds, load
from arena.llm import SCRIPTED

_GIVEN = frozenset({"replay"})
"""Scripted kinds that play only what they were given."""
_SHARE = re.compile(r"\d{1,3}(\.\d{1,9})?")
_ASIDES = (
    "(scripted) Let us keep what we promise, and ask for what is fair.",
    "(scripted) I would wait and see what they do first.",
    "(scripted) They seem to play their own game; count on little.",
    "(scripted) Give a little, and look whether it comes back.",
    "(scripted) Their word and what they did were worth remembering.",
    "(scripted) Nothing speaks against doing the same again.",
)
"""What is answered to an aside."""


def models() -> list[str]:
    """The names of the models served: every scripted kind of agent that plays by what its turn shows."""
    files = [agent_file(kind) for kind in agent_kinds()]
    return [
        SCRIPTED + file.name
        for file in files
        if file.scripted and not file.privileged and not file.required and file.name not in _GIVEN
    ]


def endpoint(host: str = "127.0.0.1", port: int = 0) -> Server:
    """The server, not yet started; its models are at `url + "/v1"`."""
    served = models()

    async def answer(request: Request) -> Mapping[str, Any]:
        path = request.path.rstrip("/")
        if path == "/v1/chat/completions":
            _only(request, "POST")
            return await _complete(request.body, served)
        if path == "/v1/models":
            _only(request, "GET")
            return {"object": "list", "data": [_model(name) for name in served]}
        if path.startswith("/v1/models/"):
            _only(request, "GET")
            return _model(_served(unquote(path.removeprefix("/v1/models/")), served))
        raise Refused(404, f"nothing at {path[:80]!r}; there are /v1/models and /v1/chat/completions", "not_found")

    return Server(answer, host, port)


@contextmanager
def local_endpoint(host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
    """Serve from a thread of this process while the block runs; gives the base URL."""
    server = endpoint(host, port)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="arena-endpoint", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result()
        yield f"{server.url}/v1"
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _complete(body: bytes, served: list[str]) -> dict[str, Any]:
    request = _object(body)
    model = _served(request.get("model"), served)
    if request.get("stream"):
        raise Refused(400, "stream: answers come whole here; leave it out or set it to false", "unsupported")
    if request.get("n", 1) != 1:
        raise Refused(400, "n: one answer a request", "unsupported")
    given = request.get("messages")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in cast("list[Any]", given)):
        raise Refused(400, "messages: expected a list of messages")
    messages = cast("list[dict[str, Any]]", given)
    seed = request.get("seed")
    if seed is not None and type(seed) is not int:
        raise Refused(400, "seed: expected a whole number")
    name = hashlib.sha256(json.dumps([model, messages, seed]).encode()).hexdigest()[:24]
    if asked_aside(messages):
        text = _ASIDES[int(name, 16) % len(_ASIDES)]
    else:
        text = await _play(model.removeprefix(SCRIPTED), messages, name)
    asked = sum(_tokens(str(message.get("content") or "")) for message in messages)
    answered = _tokens(text)
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": f"chatcmpl-{name}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "system_fingerprint": "scripted",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered},
    }


async def _play(model: str, messages: list[dict[str, Any]], name: str) -> str:
    kind, _, noise = model.partition("@")
    if noise and Random(f"{name}/noise").random() < float(noise):
        kind = "random"
    try:
        turn = read_turn(messages, name)
    except (UnreadableChat, ValueError, LookupError, TypeError, AttributeError) as error:
        why = f"messages: not a chat as `arena.chat.prompt` writes it, the only one that characters read: {error}"
        raise Refused(400, why, "unreadable_chat") from None
    try:
        given = _maker(kind)().act(turn)
        reply = await given if inspect.isawaitable(given) else given
    except Exception as error:
        raise Refused(500, f"{kind} failed: {type(error).__name__}: {error}", "agent_failed") from error
    return reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)


@lru_cache(maxsize=64)
def _maker(kind: str) -> Callable[[], Agent]:
    make: Callable[[], Agent] = load("agents", kind).agent
    return make


def _served(name: Any, served: list[str]) -> str:
    plain, at, noise = name.partition("@") if isinstance(name, str) else ("", "", "")
    if at and not (_SHARE.fullmatch(noise) and float(noise) <= 1):
        raise Refused(404, f"model {name[:80]!r}: after the @ stands the share of random answers, 0 to 1")
    if plain not in served:
        raise Refused(404, str(unknown("model", str(name)[:80], served)), "model_not_found")
    return name


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "scripted"}


def _tokens(text: str) -> int:
    """A count that depends on the text alone: about what English takes."""
    return (len(text) + 3) // 4


def _only(request: Request, allowed: str) -> None:
    if request.method != allowed:
        raise Refused(405, f"{request.method[:20]}: only {allowed} here", "method_not_allowed")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Refused(400, f"the body is no JSON object but {type(data).__name__}")
    return cast("dict[str, Any]", data)

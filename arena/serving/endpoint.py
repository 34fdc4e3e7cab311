"""The scripted characters and judges behind a real HTTP server that speaks the OpenAI protocol.

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
from arena.errors import unknown
from arena.library import characters_by_turn, load
from arena.llm import SCRIPTED
from arena.serving import judges
from arena.serving.asides import candidates, graded, word
from arena.serving.completion import Choice, Completion, cut, tokens
from arena.serving.manners import DRIP_SECONDS, Manners
from arena.serving.reader import UnreadableChat, asked_aside, read_turn
from arena.serving.server import Refused, Request, Response, Server, Unanswered, json_response
from arena.turn import Turn

MOST_CHOICES = 128
_SHARE = re.compile(r"\d{1,3}(\.\d{1,9})?")


def models() -> list[str]:
    """The names of the models served: scripted agents that play by what their turn shows, then scripted judges."""
    return [*(SCRIPTED + kind for kind in characters_by_turn()), *judges.models()]


def endpoint(host: str = "127.0.0.1", port: int = 0, manners: Manners | None = None) -> Server:
    """The server, not yet started; its models are at `url + "/v1"`."""
    served = models()
    behaves = manners or Manners()

    async def answer(request: Request) -> Response:
        path = request.path.rstrip("/")
        if path == "/v1/chat/completions":
            _only(request, "POST")
            return await _complete(request.body, served, behaves)
        if path == "/v1/models":
            _only(request, "GET")
            return json_response({"object": "list", "data": [_model(name) for name in served]})
        if path.startswith("/v1/models/"):
            _only(request, "GET")
            return json_response(_model(_served(unquote(path.removeprefix("/v1/models/")), served)))
        raise Refused(404, f"nothing at {path[:80]!r}; there are /v1/models and /v1/chat/completions", "not_found")

    return Server(answer, host, port)


@contextmanager
def local_endpoint(host: str = "127.0.0.1", port: int = 0, manners: Manners | None = None) -> Generator[str]:
    """Serve from a thread of this process while the block runs; gives the base URL."""
    server = endpoint(host, port, manners)
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


async def _complete(body: bytes, served: list[str], manners: Manners) -> Response:
    request = _object(body)
    model = _served(request.get("model"), served)
    given = request.get("messages")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in cast("list[Any]", given)):
        raise Refused(400, "messages: expected a list of messages")
    messages = cast("list[dict[str, Any]]", given)
    seed = _whole(request, "seed")
    count = _whole(request, "n") or 1
    most = _whole(request, "max_completion_tokens") or _whole(request, "max_tokens")
    if not 1 <= count <= MOST_CHOICES:
        raise Refused(400, f"n: 1 to {MOST_CHOICES} answers a request, got {count}")
    name = hashlib.sha256(json.dumps([model, messages, seed]).encode()).hexdigest()[:24]
    fault = manners.fault(name)
    # The one fault that comes before any work is done.
    if fault == "429":
        seconds = f"{manners.retry_after:g}"
        raise Refused(429, f"(scripted) too many requests; try again in {seconds} s", fault, {"Retry-After": seconds})
    if seconds := manners.wait(name):
        await asyncio.sleep(seconds)
    if fault in ("500", "503"):
        raise Refused(int(fault), "(scripted) this went wrong on purpose; try again", fault)
    if fault in ("hang", "reset"):
        raise Unanswered(held=fault == "hang")
    names = [name if not index else f"{name}.{index}" for index in range(count)]
    choices = [_choice(await _text(model, messages, one), manners.slip(one), most) for one in names]
    asked = sum(tokens(str(message.get("content") or "")) for message in messages)
    return _response(Completion(name, model, choices, asked), request, fault)


def _response(completion: Completion, request: Mapping[str, Any], fault: str) -> Response:
    """The answer as it was asked for, or spoiled."""
    if fault == "malformed":
        return Response((b"<html><body>(scripted) this is no answer</body></html>",), kind="text/html")
    pause = DRIP_SECONDS if fault == "drip" else 0.0
    broken = fault == "truncated"
    if not request.get("stream"):
        whole = json.dumps(completion.whole()).encode()
        size = len(whole) if not pause else max(1, len(whole) // 8)
        pieces = tuple(whole[start : start + size] for start in range(0, len(whole), size))
        return Response(pieces, pause=pause, broken=broken)
    options = request.get("stream_options")
    usage = isinstance(options, dict) and bool(cast("dict[str, Any]", options).get("include_usage"))
    events = tuple(completion.stream(usage=usage))
    return Response(events, kind="text/event-stream", chunked=True, pause=pause, broken=broken)


def _choice(text: str, slip: str, most: int | None) -> Choice:
    match slip:
        case "empty":
            return Choice("")
        case "refusal":
            return Choice("(scripted) I would rather not answer that.", refused=True)
        case "content_filter":
            return Choice("", slip)
        case "length":
            return Choice(text[: len(text) // 2], slip)
        case "nonsense":
            return Choice("(scripted) What a lovely day it is.")
        case _:
            return Choice(text) if most is None or tokens(text) <= most else Choice(cut(text, most), "length")


async def _text(model: str, messages: list[dict[str, Any]], name: str) -> str:
    if model.startswith(judges.PREFIX):
        return await _judge(model, messages, name)
    character = model.removeprefix(SCRIPTED)
    asked = asked_aside(messages)
    if not asked:
        return await _play(character, _turn(messages, name), name)
    replies = candidates(asked)
    if not replies:
        return word(asked, name)
    try:
        turn = _turn(messages, name)
    except Refused:
        return graded(replies, None, "")
    return graded(replies, turn, await _play(character, turn, name))


async def _judge(model: str, messages: list[dict[str, Any]], name: str) -> str:
    if seconds := judges.delay(model):
        await asyncio.sleep(seconds)
    try:
        return judges.answer(model, messages, name)
    except (judges.UnreadableSheet, ValueError, LookupError, TypeError, AttributeError) as error:
        why = f"messages: no question that `arena.judging` puts to a judge, the only ones that are read: {error}"
        raise Refused(400, why, "unreadable_sheet") from None


def _turn(messages: list[dict[str, Any]], name: str) -> Turn:
    try:
        return read_turn(messages, name)
    except (UnreadableChat, ValueError, LookupError, TypeError, AttributeError) as error:
        why = f"messages: not a chat as `arena.chat.prompt` writes it, the only one that characters read: {error}"
        raise Refused(400, why, "unreadable_chat") from None


async def _play(model: str, turn: Turn, name: str) -> str:
    kind, _, noise = model.partition("@")
    if noise and Random(f"{name}/noise").random() < float(noise):
        kind = "random"
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


def _whole(request: Mapping[str, Any], name: str) -> int | None:
    value = request.get(name)
    if value is not None and type(value) is not int:
        raise Refused(400, f"{name}: expected a whole number")
    return value


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

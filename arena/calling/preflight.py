"""Whether a model can be called: the key is there and accepted, somebody answers, and the model is one of theirs."""

import asyncio
import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from arena.calling.pace import heard
from arena.calling.providers import Endpoint
from arena.calling.reading import Fault, read
from arena.calling.secrets import clean, secrets
from arena.errors import PreflightError

DEADLINE = 10.0
"""Seconds for all that is asked of all endpoints together."""
_PAUSE = 0.5
_CHATS = "/chat/completions"
_START = {
    "scripted": "start it: arena endpoint",
    "ollama": "start it: ollama serve",
    "vllm": "start it: vllm serve MODEL",
}
_NO_MODEL = re.compile(
    r"model_not_found|no (such )?model|model\b.{0,120}?\b(not exist|not found|not available|unknown|invalid)"
    r"|(unknown|invalid|unsupported) model",
    re.IGNORECASE | re.DOTALL,
)
_NO_MONEY = re.compile(r"insufficient_quota|insufficient (credit|balance|funds)|billing", re.IGNORECASE)
_HELLO = [{"role": "user", "content": "Say yes."}]


@dataclass(frozen=True, slots=True)
class Health:
    """What was found at an endpoint."""

    where: Endpoint
    ok: bool
    detail: str
    """What was found, or what is wrong and what to do about it."""
    models: tuple[str, ...] = ()
    """As it lists them; empty where it does not."""
    seconds: float | None = None
    """How long it took to answer the first time."""


async def check_all(endpoints: Sequence[Endpoint], deadline: float = DEADLINE) -> list[Health]:
    """Look at endpoints, all at once; what each has to say is there when the deadline has come."""
    return await asyncio.gather(*(check(where, deadline) for where in endpoints))


async def check(where: Endpoint, deadline: float = DEADLINE) -> Health:
    """Look at one endpoint; with a model, whether it is there.

    Where the list of models is missing or does not name it, one answer of a few tokens is asked for.
    """
    try:
        key = where.key()
    except PreflightError as error:
        return Health(where, ok=False, detail=str(error))
    began = time.monotonic()
    visit = _Visit(where, key, secrets(where.base_url, key))
    try:
        async with asyncio.timeout(deadline):
            while True:
                found, again = await visit.look()
                if not again:
                    break
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        said = visit.last or f"does not answer within {deadline:g} s"
        found = Health(where, ok=False, detail=f"{where.place} {said}; {visit.remedy()}")
    seconds = None if visit.answered is None else visit.answered - began
    return replace(found, models=visit.models, seconds=seconds)


class _Visit:
    """One look at an endpoint, and what it has said so far."""

    def __init__(self, where: Endpoint, key: str, hidden: tuple[str, ...]) -> None:
        self.where = where
        self.key = key
        self.hidden = hidden
        self.models: tuple[str, ...] = ()
        self.answered: float | None = None
        self.last = ""

    async def look(self) -> tuple[Health, bool]:
        """What was found, and whether looking again may find something else."""
        from arena.calling.transport import NoReply, get, post

        where = self.where
        try:
            reply = await get(where.base_url, self.key, "/models", self._headers())
            self.answered = self.answered or time.monotonic()
            heard.add(where.base_url)
            if reply.status == 200:
                self.models = _names(reply.body)
                if not where.model or _listed(where, self.models):
                    return self._well(), False
            elif reply.status not in {400, 404, 405, 501} and (400 <= reply.status < 500 or not where.model):
                # A server whose list is broken may have the model all the same.
                return self._judged(reply.status, reply.body)
            if not where.model:
                return self._well(), False
            body = json.dumps({"model": where.model, "messages": _HELLO, self._limit(): 16}).encode()
            reply = await post(where.base_url, self.key, body)
            return self._judged(reply.status, reply.body)
        except NoReply as error:
            said = f"does not answer: {clean(str(error), self.hidden)}"
            self.last = self.last or said
            return self._bad(said, self.remedy(nobody=error.nobody)), not error.nobody

    def remedy(self, *, nobody: bool = False) -> str:
        """What to do where no answer comes, or nobody listens at all."""
        parts = urlsplit(self.where.base_url)
        proxy = _proxy(parts.scheme, parts.hostname or "")
        if proxy:
            return f"it was asked through the proxy of ${proxy}; where none is needed: export NO_PROXY={parts.hostname}"
        start = _START.get(self.where.provider)
        if nobody and start and parts.scheme == "http":
            return start
        https = ", that it speaks https" if parts.scheme == "https" else ""
        return f"see that the address is right{https}, the server runs, and this machine reaches it"

    def _headers(self) -> dict[str, str]:
        # Anthropic takes an OpenAI client's header for chats only, and its own for all else.
        if self.where.provider == "anthropic":
            return {"x-api-key": self.key, "anthropic-version": "2023-06-01"}
        return {}

    def _limit(self) -> str:
        return "max_completion_tokens" if self.where.provider == "openai" else "max_tokens"

    def _judged(self, status: int, body: bytes) -> tuple[Health, bool]:
        """What an answer other than a list of models says of the endpoint."""
        where, said = self.where, _said(body, self.hidden)
        told = f"{status}{': ' + said if said else ''}"
        if status in {401, 403}:
            if where.key_env is None:
                why = f"{where.place} wants a key ({told}); name the variable that holds it with api_key_env"
            else:
                why = f"{where.place} does not accept the key in ${where.key_env} ({told}); put another one there"
            return Health(where, ok=False, detail=why), False
        if status == 402 or (status == 429 and _NO_MONEY.search(said)):
            return self._bad(f"has no credit left for this key ({told})", "add some, or use another key"), False
        if where.model and (status == 404 or (status in {400, 422} and _NO_MODEL.search(said))):
            return self._no_model(told), False
        if status < 300 and where.model:
            got = read(body, self.hidden)
            if isinstance(got, Fault):
                remedy = "see that the address is that of the API, as in http://HOST:PORT/v1"
                return self._bad(f"answers, but not as a model: {got.says}", remedy), False
        elif status < 400 and where.model:
            return self._bad(f"sends to another address ({status})", "give the address that it is now at"), False
        if status == 429 or status < 500:
            # It was reached, it took the key, and it knows the model: what it dislikes is this question.
            return self._well(), False
        unlisted = f" when asked for {where.model!r}, which it does not list" if where.model and self.models else ""
        self.last = f"answers {told}{unlisted}"
        return self._bad(self.last, "it is out of order; try again later"), True

    def _no_model(self, told: str) -> Health:
        where = self.where
        near = get_close_matches(where.model, self.models, n=1, cutoff=0.5)
        some = ", ".join(self.models[:5]) + (", …" if len(self.models) > 5 else "")
        if near:
            hint = f"; did you mean {near[0]!r}?"
        elif some:
            hint = f"; it has: {some}"
        else:
            hint = f"; {_of_address(where)}"
        detail = f"{where.place} has no model {where.model!r}{'' if near or some else f' ({told})'}{hint}"
        return Health(where, ok=False, detail=detail)

    def _well(self) -> Health:
        count = len(self.models)
        some = f": {', '.join(self.models[:5])}{', …' if count > 5 else ''}" if count else ""
        listed = f"{count} model{'s' * (count != 1)}{some}" if count else "answers, and lists no models"
        return Health(self.where, ok=True, detail=listed)

    def _bad(self, what: str, remedy: str = "") -> Health:
        return Health(self.where, ok=False, detail=f"{self.where.place} {what}; {remedy or self.remedy()}")


def _of_address(where: Endpoint) -> str:
    """What to look at where neither models nor chats are found at an address."""
    path = urlsplit(where.base_url).path.rstrip("/")
    if path.endswith(_CHATS):
        return f"the address is written without {_CHATS}"
    if not path:
        return f"most servers have their models under /v1: base_url = {where.place.rstrip('/') + '/v1'!r}"
    return "see that the model's name and the address are right"


def _proxy(scheme: str, host: str) -> str:
    """The variable that names a proxy which stands between here and a host; empty where none does."""
    if proxy_bypass(host):
        return ""
    named = (name for kind in (scheme, "all") for name in (f"{kind}_proxy", f"{kind}_PROXY".upper()))
    return next((name for name in named if os.environ.get(name)), "")


def _names(body: bytes) -> tuple[str, ...]:
    """The models that a list names; none where it is no such list."""
    try:
        data: Any = json.loads(body)
        rows = cast("list[Any]", data["data"] if isinstance(data, dict) else data)
        return tuple(str(row["id"]) for row in rows)
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()


def _listed(where: Endpoint, models: Sequence[str]) -> bool:
    """Whether a model is in a list; Google writes `models/` before each, and Ollama `:latest` after some."""
    return not {where.model, f"models/{where.model}", f"{where.model}:latest"}.isdisjoint(models)


def _said(body: bytes, hidden: Sequence[str]) -> str:
    """The message in an answer that refuses, with its code."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return clean(body[:400].decode("utf-8", "replace"), hidden)
    code = ""
    for name in ("error", "message", "detail"):
        if isinstance(told, list) and told:
            told = cast("list[Any]", told)[0]
        if isinstance(told, dict):
            found = cast("dict[str, Any]", told)
            code = str(found.get("code") or found.get("type") or code)
            told = found.get(name, found)
    text = told if isinstance(told, str) else json.dumps(told)
    return clean(f"{text} ({code})" if code and not code.isdigit() and code not in text else text, hidden)

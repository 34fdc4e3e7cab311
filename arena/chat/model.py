"""A model in a seat: one chat, the options of its calls, and what came back; agents over a model are made of it."""

import asyncio
import hashlib
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Literal, Required, TypedDict, TypeVar, Unpack, cast

from arena.agent import Thought
from arena.calling.place import call
from arena.calling.providers import OPENAI
from arena.chat.prompt import FAULTS, Chat
from arena.chat.schema import response_format
from arena.errors import ContextExceeded, InvalidAction, UsageError
from arena.llm import DEADLINE, SCRIPTED, Answer, Usage, complete, endpoint
from arena.turn import Turn

T = TypeVar("T")
_OURS = ("model", "messages", "stream", "n")
"""What answers would not be read as meant without."""


class ModelOptions(TypedDict, total=False):
    """What every kind of agent over a model takes: `def agent(..., **model: Unpack[ModelOptions])`."""

    model: Required[str]
    base_url: str | None
    api_key_env: str | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    persona: str | None
    timeout: float
    retries: int | None
    structured: Literal["auto", "schema", "json", "text"]
    seeded: bool | None
    extra: dict[str, Any] | None
    wording: Literal["plain", "terse", "examples"]


class Model:
    """A seat's chat with a model: one for each seat and match.

    `structured` asks for JSON by a schema of the answer (`schema`), for any JSON object (`json`), or for nothing
    (`text`); `auto` is `schema` where the endpoint is known to have it. `seeded` puts a `seed` from the turn's own
    randomness into every request; scripted models get one unless it is False. `extra` goes into every request as it is.
    """

    def __init__(self, **options: Unpack[ModelOptions]) -> None:
        self.where = endpoint(options["model"], options.get("base_url"), options.get("api_key_env"))
        # Before the first match, not in the middle of it.
        self.where.key()
        self.timeout = options.get("timeout", DEADLINE)
        if not self.timeout > 0:
            raise UsageError(f"timeout: how many seconds one answer may take, more than 0, got {self.timeout!r}")
        self.retries = options.get("retries")
        if self.retries is not None and self.retries < 0:
            raise UsageError(f"retries: how often a request that failed is sent again, 0 or more, got {self.retries!r}")
        most = options.get("max_tokens")
        if most is not None and most < 1:
            raise UsageError(f"max_tokens: how long an answer may get, 1 or more, got {most!r}")
        self.chat = Chat(options.get("persona"), options.get("wording", "plain"))
        self.used = Usage(self.where)
        self.thoughts: list[Thought] = []
        self.shortened = 0
        """How often the chat outgrew the model's context, and lost its oldest middle."""
        known = self.where.base_url == OPENAI
        structured = options.get("structured", "auto")
        self.structured = structured if structured != "auto" else "schema" if known else "text"
        seeded = options.get("seeded")
        self._seeded = self.where.model.startswith(SCRIPTED) if seeded is None else seeded
        # OpenAI's own models refuse the older name, and most other endpoints know no other.
        tokens = "max_completion_tokens" if known else "max_tokens"
        given = {
            "temperature": options.get("temperature"),
            "top_p": options.get("top_p"),
            tokens: most,
        }
        self.options = {name: value for name, value in given.items() if value is not None}
        self._extra = options.get("extra") or {}
        for name in self._extra:
            if name in _OURS:
                raise UsageError(f"model {options['model']!r}: extra: {name!r} is not for options to set; leave it out")
        self._at = (0, 0)
        self._drawn = ("", 0)

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to."""
        data = self.used.data()
        if self.shortened:
            data["faults"] = {**data.get("faults", {}), "context": self.shortened}
        return data

    def common(self, turn: Turn, form: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What goes into one request besides its messages; a seed is drawn anew on each call."""
        asked = {"response_format": form} if form else {}
        seed = {"seed": self._seed(turn.key)} if self._seeded else {}
        return {**self.options, **asked, **seed, **self._extra}

    def _seed(self, turn: str) -> int:
        """The next of a turn's seeds: those of `turn.rng` take a generator, which a waiting match would hold."""
        self._drawn = (turn, self._drawn[1] + 1 if self._drawn[0] == turn else 0)
        return int.from_bytes(hashlib.blake2b(f"{turn}/{self._drawn[1]}".encode(), digest_size=4).digest()) >> 1

    def form(self, turn: Turn) -> dict[str, Any]:
        """The form in which a reply is asked for; empty where the endpoint is only told in words."""
        form = response_format(turn, self.structured)
        return {"response_format": form} if form else {}

    async def sample(self, turn: Turn, count: int = 1) -> list[Answer]:
        """Put the turn to the model `count` times at once; each answer may have a fault, see `answered`."""
        messages = self.chat.ask(turn)
        self._at = (turn.ply, turn.attempt)
        form = response_format(turn, self.structured)
        try:
            return await self.ask(turn, messages, count, form)
        except ContextExceeded:
            if not self.chat.shorten():
                raise
        coped()
        self.shortened += 1
        return await self.ask(turn, self.chat.messages, count, form)

    async def ask(
        self, turn: Turn, messages: Sequence[Mapping[str, Any]], count: int = 1, form: Mapping[str, Any] | None = None
    ) -> list[Answer]:
        """Send messages as they are, `count` times at once; `turn` is where seeds come from."""
        requests = [self.common(turn, form) for _ in range(count)]
        answers = await together(
            [
                complete(self.where, messages, options, deadline=self.timeout, retries=self.retries)
                for options in requests
            ]
        )
        for answer in answers:
            self.used.add(answer)
        return answers

    def answered(self, answer: Answer) -> str:
        """Make this answer the seat's own reply and give its text.

        Raises `InvalidAction` where it is none by the model's own doing (empty, refused, cut off…), which the seat is
        told before it is asked again.
        """
        self.chat.answered(answer.text)
        if answer.reasoning:
            self.thoughts.append(Thought(*self._at, answer.reasoning))
        if answer.fault:
            raise InvalidAction(FAULTS.get(answer.fault, FAULTS["unreadable"]), reply=answer.text)
        return answer.text


def coped() -> None:
    """Say that an agent copes with what its last call raised; else the match is void, whatever the agent replies."""
    here = call.get()
    if here is not None:
        here.failed = None


async def together(calls: list[Coroutine[Any, Any, T]]) -> list[T]:
    """Await calls at once; where one fails the others are waited for, since what was paid for is kept for a retry."""
    if len(calls) == 1:
        return [await calls[0]]
    done = await asyncio.gather(*calls, return_exceptions=True)
    for failed in done:
        if isinstance(failed, BaseException):
            raise failed
    return [one for one in done if not isinstance(one, BaseException)]


def summed(*usages: Mapping[str, Any]) -> dict[str, Any]:
    """What several usages add up to; a sum that something unknown is part of is unknown."""
    total: dict[str, Any] = {}
    for usage in usages:
        for key, more in usage.items():
            if isinstance(more, Mapping):
                total[key] = summed(total.get(key, {}), cast("Mapping[str, Any]", more))
            elif key not in total:
                total[key] = more
            else:
                known = total[key]
                total[key] = None if known is None or more is None else known + more
    return total

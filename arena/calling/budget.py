"""What a run may use, checked before every request: calls and cost over the whole tournament, time in this run."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from arena.calling.place import Paused
from arena.calling.prices import cost, cost_of
from arena.calling.providers import Endpoint
from arena.calling.reading import Answer

_CHARACTERS_PER_TOKEN = 3.0
"""Until a model has shown how it counts; English takes more characters a token."""
_TOKENS_PER_MESSAGE = 8
FIRST_COMPLETION = 1024
"""So many tokens are set aside for an answer before the model has given any, where `max_tokens` does not say."""
_SHARE = 1e-9
"""Sums of prices are no exact numbers: what is over a budget by less is not over it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be used; None: no limit."""

    cost_usd: float | None = None
    calls: int | None = None
    seconds: float | None = None


@dataclass(slots=True)
class Spent:
    """What was used: requests, tokens as far as they were reported, and what is known of the cost."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    unknown: int = 0
    """Answers whose cost is not known; it is in addition to the sum."""

    def line(self) -> str:
        """As people read it."""
        calls = f"{self.calls:,} call{'s' * (self.calls != 1)}"
        tokens = f"{self.prompt_tokens + self.completion_tokens:,} tokens"
        return f"{calls}, {tokens}, {self.money()}"

    def money(self) -> str:
        """The cost, and whether that is all of it."""
        if not self.unknown:
            return dollars(self.cost_usd)
        return f"{dollars(self.cost_usd)} and unknown costs" if self.cost_usd else "cost unknown"

    def data(self) -> dict[str, Any]:
        """As JSON: the cost is null where not all of it is known."""
        return {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": None if self.unknown else self.cost_usd,
        }


@dataclass(slots=True)
class _Seen:
    """How one model counts, as far as it has shown."""

    tokens_per_character: float = 0.0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class _Ticket:
    where: Endpoint
    characters: int
    reserved: float


class Meter:
    """Lets requests go as long as the budget has room for them and for those under way, and counts what they took."""

    def __init__(
        self, budget: Budget | None = None, spent: Spent | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.budget = budget or Budget()
        self.spent = spent or Spent()
        self.reached = ""
        """What ended the run, in words; empty while nothing did."""
        self._clock = clock
        self._began = clock()
        self._stopping = asyncio.Event()
        self._under_way = 0
        self._reserved = 0.0
        # What was set aside for answers whose cost stays unknown is not free again.
        self._guessed = 0.0
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def under_way(self) -> int:
        """How many requests are."""
        return self._under_way

    def used_up(self) -> str:
        """Which budget leaves no room for any further request; empty where there is some."""
        calls, most = self.budget.calls, self.budget.cost_usd
        if calls is not None and self.spent.calls >= calls:
            return f"--max-calls {calls}"
        if most is not None and self.spent.cost_usd >= most * (1 - _SHARE):
            return f"--max-cost {most:g}"
        return ""

    def before(self, where: Endpoint, body: Mapping[str, Any]) -> _Ticket:
        """Let one request go, with what it may cost set aside; raises `Paused` where there is no room for it."""
        if self._stopping.is_set():
            raise Paused
        limit = self.budget
        if limit.seconds is not None and self._clock() - self._began >= limit.seconds:
            self.reach(f"--max-time {limit.seconds:g}")
        if limit.calls is not None and self.spent.calls >= limit.calls:
            self.reach(f"--max-calls {limit.calls}")
        characters, reserved = 0, 0.0
        if limit.cost_usd is not None and not self._stopping.is_set():
            characters = _characters(body)
            reserved = self._most(where, body, characters)
            spent = self.spent.cost_usd + self._guessed
            if spent + self._reserved + reserved > limit.cost_usd * (1 + _SHARE):
                if self._under_way:
                    # What is under way may turn out to cost less than was set aside for it.
                    raise Paused
                why = f"; the next request may cost {dollars(reserved)}" if math.isfinite(reserved) else ""
                self.reach(f"--max-cost {limit.cost_usd:g}{why or f'; the price of {where.model!r} is not known'}")
        if self._stopping.is_set():
            raise Paused
        self.spent.calls += 1
        self._under_way += 1
        self._reserved += reserved
        return _Ticket(where, characters, reserved)

    def after(self, ticket: _Ticket, answer: Answer | None) -> None:
        """Count what a request took; without an answer it failed and was charged nothing."""
        self._under_way -= 1
        self._reserved = self._reserved - ticket.reserved if self._under_way else 0.0
        if answer is not None:
            self._learn(ticket, answer)
            paid = cost(ticket.where, answer)
            self.spent.unknown += paid is None
            self.spent.cost_usd += paid or 0.0
            self._guessed += ticket.reserved if paid is None else 0.0
            self.spent.prompt_tokens += answer.prompt_tokens or 0
            self.spent.completion_tokens += answer.completion_tokens or 0
        self._wake(1 if self._under_way else len(self._waiting))

    async def wait(self, seconds: float) -> None:
        """Sleep; raises `Paused` as soon as the run stops."""
        if not self._stopping.is_set():
            try:
                async with asyncio.timeout(max(seconds, 0.0)):
                    await self._stopping.wait()
            except TimeoutError:
                return
        raise Paused

    async def freed(self) -> None:
        """Wait until a request under way has ended; what was set aside for it may be free again."""
        if self._under_way and not self._stopping.is_set():
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def reach(self, what: str) -> None:
        """Stop, since a budget is used up."""
        self.reached = self.reached or what
        self.stop()

    def stop(self) -> None:
        """Let no further request go, and end what waits."""
        self._stopping.set()
        self._wake(len(self._waiting))

    def _wake(self, count: int) -> None:
        while count and self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                count -= 1

    def _most(self, where: Endpoint, body: Mapping[str, Any], characters: int) -> float:
        """What a request may cost: its prompt as the model counts, and the longest answer to be expected."""
        seen = self._seen.get((where.base_url, where.model), _Seen())
        prompt = math.ceil(characters * (seen.tokens_per_character or 1 / _CHARACTERS_PER_TOKEN))
        if not seen.tokens_per_character:
            prompt += _TOKENS_PER_MESSAGE * len(body.get("messages", ()))
        limits = [body.get(name) for name in ("max_completion_tokens", "max_tokens")]
        told = next((limit for limit in limits if type(limit) is int and limit > 0), None)
        found = cost_of(where, prompt, told or seen.completion or FIRST_COMPLETION)
        return math.inf if found is None else found

    def _learn(self, ticket: _Ticket, answer: Answer) -> None:
        seen = self._seen.setdefault((ticket.where.base_url, ticket.where.model), _Seen())
        seen.completion = max(seen.completion, answer.completion_tokens or 0)
        if answer.prompt_tokens and ticket.characters:
            seen.tokens_per_character = max(seen.tokens_per_character, answer.prompt_tokens / ticket.characters)


def dollars(amount: float) -> str:
    """A sum of money, small ones with the digits that tell them from nothing."""
    if amount and amount < 0.01:
        return f"${amount:.2g}"
    return f"${amount:,.2f}"


def _characters(body: Mapping[str, Any]) -> int:
    """How much text a request holds."""
    return sum(len(str(message.get("content") or "")) for message in body.get("messages", ()))

"""Where an agent's calls are made from, so that their answers can be kept before they are used."""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from arena.calling.sent import Thread

if TYPE_CHECKING:
    from arena.calling.providers import Endpoint
    from arena.calling.reading import Answer

Key = tuple[str, str, int, int, str, int]
"""Match, seat, ply as the seat counts, attempt, hash of the prompt, occurrence (the same prompt asked again)."""


class Paused(BaseException):
    """The run is stopping, and this match goes on another time; no failure of anybody, so not an `Exception`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside an answer; nothing of it for what a person typed."""

    tournament: int | None = None
    agent: str | None = None
    model: str | None = None
    """As it stands in the request."""
    request: str | None = None
    """What was sent, as `arena.calling.sent` writes it."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    calls: int = 0
    """Requests it took, failed ones included."""
    first: str | None = None
    """The text that the request only names, to be kept once."""


class Answers(Protocol):
    """Answers by key; `arena.storage.journal` keeps them in the store."""

    def get(self, key: Key) -> str | None: ...

    async def keep(self, key: Key, answer_json: str, kept: Kept | None = None) -> None:
        """Return when the answer is on the disk."""
        ...


class Book(Protocol):
    """The answers of all matches."""

    def of(self, match: str) -> Answers:
        """Those of one match, for one try at it."""
        ...


class Meter(Protocol):
    """Counts what calls cost and says when no further one may be made; `arena.calling.budget` has the real one."""

    def before(self, where: "Endpoint", body: Mapping[str, Any]) -> Any:
        """Let one request go, or raise `Paused`; what comes back is handed to `after`."""
        ...

    def after(self, ticket: Any, answer: "Answer | None") -> None:
        """The request is over; without an answer it failed."""
        ...

    async def wait(self, seconds: float) -> None:
        """Sleep; raises `Paused` as soon as the run stops."""
        ...


@dataclass(slots=True)
class Call:
    """Where a call is made from: the part of its key that the agent does not know."""

    journal: Answers
    match: str
    seat: str
    ply: int
    attempt: int
    occurrences: dict[str, int] = field(default_factory=dict[str, int])
    """How often each prompt was asked in this turn so far."""
    agent: str = ""
    """The name of the agent in the seat."""
    tournament: int | None = None
    meter: Meter | None = None
    failed: BaseException | None = None
    """What the first call that failed in this turn raised, should a library in between have swallowed it."""
    alike: bool = False
    """Many calls begin with the same text as this one."""
    thread: Thread = field(default_factory=Thread)
    """What the seat sent so far in this match."""
    pending: set[asyncio.Future[Any]] = field(default_factory=set[asyncio.Future[Any]])
    """Requests of this turn that are under way: they are let end and kept, whether or not somebody still waits."""

    def key(self, prompt_hash: str) -> Key:
        """The key of the next call with this prompt."""
        occurrence = self.occurrences.get(prompt_hash, 0)
        self.occurrences[prompt_hash] = occurrence + 1
        return self.match, self.seat, self.ply, self.attempt, prompt_hash, occurrence


call: ContextVar[Call | None] = ContextVar("call", default=None)
"""Set around `act` when the match is kept in a store."""

"""How many requests to one model of one endpoint are under way: no limit, until it says that they are too many.

A limit then holds for that model there and nowhere else. It shrinks by a fifth for each burst of refusals, not for each
refusal, grows again with every answer, and goes when it is no longer near.
"""

import asyncio
import heapq
from weakref import WeakKeyDictionary

SHRINK = 0.8
GROW = 0.05
"""Share of the limit that one round of answers adds, and at least one request."""
COOL = 5.0
"""Seconds in which further refusals belong to the same burst."""
LONGEST_HOLD = 60.0
"""An endpoint that wants to be left alone for longer is asked by one call after the other whether it still does."""

heard = set[str]()
"""Addresses that have answered this process, be it to refuse."""


class Pace:
    """The requests to one model of one endpoint, in one event loop."""

    __slots__ = ("_count", "_limit", "_most", "_until", "_waiting", "flying", "held")

    def __init__(self) -> None:
        self.flying = 0
        """Requests under way."""
        self.held = 0.0
        """By the loop's clock: nothing is sent before."""
        self._limit: float | None = None
        self._most = 0
        self._until = 0.0
        self._count = 0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    @property
    def limit(self) -> float | None:
        """How many may be under way; None where nobody refused any."""
        return self._limit

    async def enter(self, since: float) -> None:
        """Wait until one more may be sent; those whose call began first go first."""
        if self._limit is None or (self.flying < self._limit and not self._waiting):
            self.flying += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (since, self._count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """One request is over."""
        self.flying -= 1
        self._let_in()

    def refused(self, now: float, wait: float) -> None:
        """The endpoint says that there are too many; nothing is sent for `wait` seconds, or for a while."""
        self.held = max(self.held, now + min(wait, LONGEST_HOLD))
        if now < self._until:
            return
        self._until = now + max(COOL, min(wait, LONGEST_HOLD))
        if self._limit is None:
            self._most = max(self.flying, 1)
        self._limit = max(1.0, SHRINK * min(self._limit or self.flying, max(self.flying, 1)))

    def answered(self) -> None:
        """The endpoint answered, so a little more may be tried."""
        if self._limit is not None:
            self._limit += max(1 / self._limit, GROW)
            if self._limit > 2 * self._most:
                self._limit = None
            self._let_in()

    def _let_in(self) -> None:
        while self._waiting and (self._limit is None or self.flying < self._limit):
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                self.flying += 1
                turn.set_result(None)


_paces: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], Pace]]" = WeakKeyDictionary()


def pace(base_url: str, model: str) -> Pace:
    """The pace that all calls of this event loop to one model of one endpoint share."""
    here = _paces.setdefault(asyncio.get_running_loop(), {})
    found = here.get((base_url, model))
    if found is None:
        found = here[base_url, model] = Pace()
    return found

"""What a game and its match say to each other, and the engine that runs a trusted game in this process."""

import traceback
from collections.abc import Awaitable, Callable, Generator
from random import Random
from types import coroutine
from typing import Any, Protocol, TypeVar

from arena.errors import GameError

T_co = TypeVar("T_co", covariant=True)

Op = tuple[Any, ...]
"""One word of a game with its arguments, e.g. `("tell", text, audience, fact)`."""


class Spec(Protocol[T_co]):
    """What an answer may be; see `arena.game` for the five that exist."""

    def sample(self, rng: Random) -> T_co: ...
    def data(self) -> list[Any]: ...
    def words(self) -> str: ...


class Engine(Protocol):
    """Runs one game: gives the words spoken up to the next wait, takes what was waited for."""

    isolation: str

    def start(self) -> list[Op] | None:
        """Run to the first wait; the words spoken so far, the last one waiting, or None when the game ended."""
        ...

    def send(self, answer: Any, reseed: int | None = None) -> list[Op] | None:
        """Hand over what was waited for and run on."""
        ...

    @property
    def tail(self) -> list[Op]:
        """What was said after the last wait, once the game has ended."""
        ...

    @property
    def rewards(self) -> Any:
        """What `play` returned, once the game has ended."""
        ...

    def line(self, path: str) -> int | None:
        """The line of the game's source that waits now; None where nothing waits. Ends the game."""
        ...

    def close(self) -> None: ...


@coroutine
def wait(ops: list[Op]) -> Generator[list[Op], Any, Any]:
    """Hand the words spoken so far to the match and sleep until it answers."""
    return (yield ops)


class NativeEngine:
    """Drives the coroutine of a trusted game with `send`; there is no event loop in a game."""

    isolation = "none"

    def __init__(self, play: Callable[..., Awaitable[Any]], table: Any, params: dict[str, Any]) -> None:
        self._table: Any = table
        self._coroutine: Any = play(table, **params)
        self._send: Any = self._coroutine.send
        self.rewards: Any = None
        self.tail: list[Op] = []

    def start(self) -> list[Op] | None:
        return self._run(None)

    def send(self, answer: Any, reseed: int | None = None) -> list[Op] | None:
        return self._run((answer, reseed))

    def _run(self, value: Any) -> list[Op] | None:
        try:
            ops = self._send(value)
        except StopIteration as stop:
            self.rewards = stop.value
            self.tail = [*self._table.take(), ("facts", self._table.facts)]
            return None
        if type(ops) is not list or not ops:
            self._coroutine.close()
            raise GameError("the game awaited something that is not its table")
        return ops  # type: ignore[no-any-return]  # the table yields nothing but its list of words

    def line(self, path: str) -> int | None:
        found: int | None = None
        waiting = self._coroutine
        while waiting is not None:
            frame = getattr(waiting, "cr_frame", None)
            if frame is not None and frame.f_code.co_filename == path:
                found = frame.f_lineno
            waiting = getattr(waiting, "cr_await", None)
        return found

    def close(self) -> None:
        # The table holds the match's own method: let go, so that a match is freed as soon as it is left.
        if self._coroutine is not None:
            self._coroutine.close()
        self._coroutine = self._send = self._table = None


def place_in_game(error: BaseException, path: str) -> str:
    """`file:line` in a game's source where an error came from; the file alone where that is not known."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, GameError) and cause.line is not None:
            return f"{path}:{cause.line}"
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            if frame.filename == path:
                return f"{path}:{frame.lineno}"
        cause = cause.__cause__
    return path

"""One answer of one seat, from the moment it is asked for."""

from typing import Any, NamedTuple

from arena.turn import Ask


class Attempt(NamedTuple):
    """A reply that was no answer, and what the seat was told about it."""

    reply: str
    error: str
    kind: str
    """`invalid`, `illegal` or `ambiguous`."""


class Ply:
    """One answer of one seat."""

    given: bool = False
    """False while it is waited for."""
    reply: str = ""
    action: Any = None
    acts: tuple[dict[str, Any], ...] = ()
    dropped: tuple[str, ...] = ()
    """What was wrong with acts that were left out."""
    attempts: tuple[Attempt, ...] = ()
    stand_in: bool = False
    faults: tuple[str, ...] = ()
    """What struck its seat on purpose, and `lost`, the message that it sent and nobody heard."""
    lost: str = ""

    def __init__(self, seat: str, ask: Ask, events: int) -> None:
        self.seat = seat
        self.ask = ask
        self.events = events
        """How many events there were when it was asked."""

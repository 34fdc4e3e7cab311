"""What an agent is: one function that makes it, one method that acts."""

from collections.abc import Awaitable
from typing import Any, NamedTuple, Protocol

from arena.turn import Turn

Reply = str | dict[str, Any]
"""Free text or JSON as text; a dict is that JSON object itself."""


class Thought(NamedTuple):
    """What was thought before a reply, kept for the record and shown to no other seat."""

    ply: int
    """As the seat counts."""
    attempt: int
    text: str


class Agent(Protocol):
    """Anything with `act`; made once per seat and match by `agent(**options)` in a file under `agents/`.

    The record keeps what else it has: `usage`, a dict of what its calls add up to, and `thoughts`, a list of `Thought`.
    """

    def act(self, turn: Turn, /) -> Reply | Awaitable[Reply]:
        """Answer what the turn asks; `InvalidAction` where there is no answer, which is then the seat's own mistake."""
        ...

"""Everything that can go wrong, by whose doing it is.

ArenaError
├─ ActionError         the agent's: told to it, word for word, and asked again
│  ├─ InvalidAction    cannot be read as an action
│  ├─ IllegalAction    read, but not allowed here
│  └─ AmbiguousAction  two actions in one reply
├─ GameError           the rules broke: name, seed, ply, and the command that shows it
│  ├─ ReplayDiverged   the same log asked something else
│  └─ NotEnumerable    the spec has more values than a discrete action space may hold
├─ AgentError          an agent or its endpoint failed: the match is void and queued again, nobody lost it
│  └─ ContextExceeded  what a model was to read is longer than it can
├─ JudgeError          a judge's reply is no verdict: counted against the judge, never imputed to a seat
├─ StoreError          the store cannot be read or written
│  └─ NoStoreError     there is none yet, or nothing in it
├─ PreflightError      no key, unknown model, refused game: nothing was started
└─ UsageError          what was asked, what exists, the nearest name
"""

from difflib import get_close_matches
from typing import Any


class ArenaError(Exception):
    """Anything the arena reports to its user without a traceback."""

    code = 2


class ActionError(ArenaError, ValueError):
    """A reply that is not an answer; its text goes to the agent.

    An agent may raise one from `act` where it knows that it has no answer; `reply` is then what the record keeps of it.
    """

    kind = "invalid"

    def __init__(self, *args: object, reply: str = "") -> None:
        super().__init__(*args)
        self.reply = reply


class InvalidAction(ActionError):
    """The reply cannot be read as an action."""


class IllegalAction(ActionError):
    """The reply was read and is not allowed here."""

    kind = "illegal"


class AmbiguousAction(ActionError):
    """The reply holds two different actions."""

    kind = "ambiguous"


class GameError(ArenaError):
    """The rules of a game broke."""

    line: int | None = None
    """In the game's source, where only the sandbox knows it."""
    record: dict[str, Any] | None = None
    """The match up to there, where somebody asked for all of it."""


class ReplayDiverged(GameError):
    """A replayed log was asked something else than it was asked before."""


class NotEnumerable(GameError):
    """A spec has more values than the discrete action space can hold."""


class AgentError(ArenaError):
    """An agent or what it depends on failed; never the agent's move."""

    code = 1


class ContextExceeded(AgentError):
    """A chat is longer than the model can read."""


class JudgeError(ArenaError):
    """A judge's reply that is no verdict; its text says what is wrong with it."""

    code = 1


class StoreError(ArenaError):
    """The store cannot be read or written."""

    code = 5


class NoStoreError(StoreError):
    """There is no store yet, or nothing in it."""


class PreflightError(ArenaError):
    """Something needed is missing, found before the first match."""

    code = 3


class UsageError(ArenaError):
    """A command, file or call names something that does not exist or does not fit."""


def unknown(kind: str, name: str, known: list[str], where: str = "") -> UsageError:
    """The error for a name that does not exist, with the nearest one that does."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(sorted(known)) or 'none'}"
    return UsageError(f"{where + ': ' if where else ''}no {kind} {name!r}{hint}")

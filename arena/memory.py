"""What an agent marked `MEMORY` keeps from round to round: notes about opponents, by pseudonym and game."""

import base64
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol

from arena.errors import AgentError
from arena.identity import digest
from arena.turn import Turn

MOST_CHARACTERS = 2000
"""Of the notes about one opponent in one game; the newest stay."""
NOTE = "note"
"""The kind and key of what is asked when a match is over."""

Notes = dict[str, str]
"""What was noted, by pseudonym; a note is a paragraph."""


@dataclass(frozen=True, slots=True)
class End:
    """A match that is over, as one seat knows it."""

    turn: Turn
    """All that the seat has seen; its ask is a `note`."""
    reward: float | None
    """None where a panel ranks the game, which it does later."""
    opponents: Mapping[str, str]
    """The pseudonym of whoever sat in each other seat, the same for an agent all through a tournament."""


class Remembers(Protocol):
    """An agent that keeps notes: it is asked for them after each match, and finds them in `turn.notes` in later rounds.

    What comes back is a note by pseudonym, for those of whom something is to be kept.
    """

    def note(self, end: End, /) -> Notes | Awaitable[Notes]: ...


def pseudonym(seed: int, tournament: str, agent: str, opponent: str) -> str:
    """What an opponent is called in an agent's notes: nothing that anybody else calls it, and not its name."""
    code = base64.b32encode(digest([seed, tournament, agent, opponent, "pseudonym"])).decode().lower()
    return f"opponent_{code[:5]}"


def told(opponents: Mapping[str, str], known: Mapping[str, str]) -> str:
    """`turn.notes`: who of those that one has notes about sits where, and the notes; empty where there are none."""
    parts: list[str] = []
    for seat, name in opponents.items():
        if known.get(name):
            lines = "\n".join("    " + line for line in known[name].splitlines())
            parts.append(f"{seat} is {name}, about whom you noted after earlier matches of this game:\n{lines}")
    return "\n".join(parts)


def added(before: str, note: str) -> str:
    """Notes with a further one, the oldest dropped where they become too long."""
    notes = [*before.splitlines(), *(line for line in note.splitlines() if line.strip())]
    notes[-1:] = [line[:MOST_CHARACTERS] for line in notes[-1:]]
    while len("\n".join(notes)) > MOST_CHARACTERS:
        del notes[0]
    return "\n".join(notes)


def checked(end: End, notes: object) -> Notes:
    """What an agent gave back as its notes; `AgentError` where that is none."""
    seat = end.turn.seat
    if not isinstance(notes, dict):
        raise AgentError(f"{seat}: note: expected a dict from pseudonym to text, got {type(notes).__name__}")
    found: Notes = {}
    for name, text in notes.items():  # pyright: ignore[reportUnknownVariableType]  # an agent's own, checked here
        if name not in end.opponents.values() or not isinstance(text, str):
            raise AgentError(f"{seat}: note: {name!r} is nobody at this table, or what is noted is no text")
        if text.strip():
            found[name] = added("", text)
    return found

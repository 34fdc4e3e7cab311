"""What a seat reads: the rules, what it has seen, and what it is asked, as plain text.

Every event starts its own line and only its own line, so no message can pass itself off as a word of the table.
"""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from arena.engine import Spec
from arena.parse import DECLINE
from arena.turn import Ask, Event, Turn, Vocabulary

NOTHING_YET = "Nothing has happened yet."
NOT_ASKED = "You are not asked anything now."
OVER = "The match is over."
_Keys = tuple[tuple[str, Spec[Any]], ...]
_GRAMMAR = """Typed acts may go with a message, as JSON: {"say": "…", "acts": […]}.
An act is {"claim": {path: value}}, {"promise": {path: value}, "if": {path: value}}, {"threat": …, "if": …},
{"disclose": path} or {"release": path}; a promise needs no "if". A path is a key of your own, or one such as
player_1.key; a value may be {">=": 5}, and likewise with = != <= in "not in"."""


def observation(turn: Turn) -> str:
    """All that a waiting seat knows, complete in one text."""
    opening = introduction(turn.rules, turn.seat, turn.acts.seats)
    return assemble(opening, render_events(turn.events), question(turn.ask, turn.acts))


def assemble(introduction: str, events: str, question: str) -> str:
    """The three parts of an observation as one text."""
    return f"{introduction}\n\n{events or NOTHING_YET}\n\n{question}"


def introduction(rules: str, seat: str, seats: Sequence[str]) -> str:
    """What stays the same through a match: the rules and who sits where."""
    return f"{rules}\n\nYou are {seat}. The seats are {', '.join(seats)}."


def render_events(events: Iterable[Event]) -> str:
    """Events as lines, the oldest first; empty when there are none."""
    return "\n".join(map(render_event, events))


def render_event(event: Event) -> str:
    """One event as its hearer reads it; lines after the first are indented."""
    text = _RENDER[event.kind](event)
    return text if text.isascii() and text.isprintable() else "\n    ".join(text.splitlines())


def transcript(events: Iterable[Event]) -> list[str]:
    """Events as an onlooker sees them, secrets included, each private one with the seats that saw it."""
    lines: list[str] = []
    for event in events:
        if event.kind in _RENDER:
            private = "" if event.to is None else f"[{', '.join(event.to)}] "
            lines.append(private + render_event(event))
    return lines


def question(ask: Ask, acts: Vocabulary) -> str:
    """What a seat is asked, how it may answer, who hears it, and what was wrong with the last try."""
    if ask.kind == "message":
        prompt = f"{ask.prompt}\n" if ask.prompt else ""
        text = f"It is your turn to speak{_audience(ask.to)}.\n{prompt}Answer with your message; an empty one passes."
        if acts.claim or acts.promise:
            text += f"\n{vocabulary(acts)}"
    else:
        decline = f', or "{DECLINE}"' if ask.kind == "announce" else ""
        how = f'Answer with {ask.spec.words()}{decline}. As JSON: {{"{ask.key}": …}}'
        text = f"{ask.prompt or f'Decide: {ask.key}.'}\n{how}"
    return text if ask.error is None else f"{text}\nYour last answer was not accepted: {ask.error}"


def vocabulary(acts: Vocabulary) -> str:
    """What typed acts can be about and how they are written."""
    return _vocabulary(tuple(acts.claim.items()), tuple(acts.promise.items()))


@lru_cache(maxsize=512)
def _vocabulary(claim: _Keys, promise: _Keys) -> str:
    lines = [_GRAMMAR]
    if claim:
        lines.append(f"Claims can be about: {_keys(claim)}.")
    if promise:
        lines.append(f"Promises and threats can be about: {_keys(promise)}.")
    return "\n".join(lines)


def _keys(keys: _Keys) -> str:
    return "; ".join(f"{key} ({spec.words()})" for key, spec in keys)


def _audience(to: Sequence[str] | None) -> str:
    if to is None:
        return "; everybody hears it"
    return f"; only {', '.join(to)} will hear it" if to else "; nobody will hear it"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _tell(event: Event) -> str:
    heard = "" if event.to is None else f" (only to {', '.join(event.to)})"
    fact = "" if event.value is None else f" {_value(event.value)}"
    return f"Table{heard}: {event.text}{fact}"


def _table(event: Event) -> str:
    return f"Table (only to you): {event.text}"


def _say(event: Event) -> str:
    others = None if event.to is None else [seat for seat in event.to if seat != event.seat]
    heard = "" if others is None else f" (only to {', '.join(others) or 'nobody'})"
    words = [event.text] if event.text else []
    return f"{event.seat}{heard}: {' '.join([*words, *(act['text'] for act in event.acts)])}"


def _announce(event: Event) -> str:
    others = None if event.to is None else [seat for seat in event.to if seat != event.seat]
    heard = "" if others is None else f" (only to {', '.join(others) or 'nobody'})"
    said = "declines to announce it" if event.value is None else f"announces {_value(event.value)}"
    return f"{event.seat}{heard}, asked about {event.key}, {said}"


def _answer(event: Event) -> str:
    return f"You answered {event.key}: {_value(event.value)}"


def _reveal(event: Event) -> str:
    return f"Table: {event.seat}'s {event.key} is {_value(event.value)}"


def _error(event: Event) -> str:
    return f"Table (only to you): error: {event.text}"


_RENDER = {
    "tell": _tell,
    "deal": _table,
    "norm": _table,
    "say": _say,
    "announce": _announce,
    "answer": _answer,
    "reveal": _reveal,
    "error": _error,
}

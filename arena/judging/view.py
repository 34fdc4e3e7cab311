"""A match as a judge reads it: what was said and done, ply by ply, and what the table said between."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.judging.rubric import Dimension

Record = Mapping[str, Any]

# What the plies say already, or the heading; and what rules have decided, which a judge has to find by itself.
_TOLD_ELSEWHERE = ("say", "announce", "answer", "norm", "measure")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    ply: int
    """Its own number, or for the table's words that of the ply before which they came."""
    kind: str
    """`message`, `announce` or `decide`; anything else is the table's."""
    seat: str | None
    to: tuple[str, ...] | None
    """Who heard it; None for everybody."""
    texts: tuple[str, ...]
    """What was said or done there, the text first, then the typed acts."""
    stand_in: bool = False

    @property
    def played(self) -> bool:
        """A seat's own doing, which can be quoted for or against it."""
        return self.kind in {"message", "announce", "decide"}


def entries(record: Record, view: str) -> list[Entry]:
    """What happened, in order: all of it, or in the public view what everybody at the table could see."""
    everybody = frozenset(record["seats"])
    shown = _shown(record) if view == "public" else frozenset[int]()
    found: list[Entry] = []
    events = [event for event in record["events"] if event["kind"] not in _TOLD_ELSEWHERE]
    place = 0
    for ply in record["plies"]:
        while place < len(events) and events[place]["ply"] <= ply["ply"]:
            found.append(_table(events[place]))
            place += 1
        found.append(_played(ply, ply["ply"] in shown))
    found += map(_table, events[place:])
    if view == "full":
        return found
    return [entry for entry in found if entry.to is None or everybody <= {*entry.to, entry.seat}]


def norms(record: Record, dimension: Dimension, view: str) -> list[str]:
    """What the game allows in this dimension; in the public view without whom, which would say who has which part."""
    found: list[str] = []
    for event in record["events"]:
        if event["kind"] == "norm" and event["value"] in dimension.licence:
            who = event["seat"] if view == "full" else "the seats whose part allows it"
            found.append(f"{who}: may {event['value']} about {event['key']}")
    return list(dict.fromkeys(found))


def _shown(record: Record) -> frozenset[int]:
    """The plies whose answers were shown to everybody later."""
    last: dict[tuple[str, str], int] = {}
    found: set[int] = set()
    place = 0
    for event in record["events"]:
        while place < min(event["ply"], len(record["plies"])):
            ply = record["plies"][place]
            if ply["kind"] == "decide":
                last[ply["seat"], ply["key"]] = place
            place += 1
        at = (event.get("seat"), event.get("key"))
        if event["kind"] == "reveal" and event["to"] is None and at in last:
            found.add(last[at])
    return frozenset(found)


def _table(event: Mapping[str, Any]) -> Entry:
    kind, seat, value = event["kind"], event.get("seat"), event.get("value")
    text = event.get("text", "")
    if kind == "role":
        text = f"role: {value}" + (f", team: {text}" if text else "")
    elif kind == "pay":
        text = f"is paid {value}"
    elif not text:
        text = f"{event.get('key') or kind}: {_words(value)}"
    return Entry(event["ply"], kind, seat, _heard(event["to"]), (text,))


def _played(ply: Mapping[str, Any], revealed: bool) -> Entry:
    kind, action, key = ply["kind"], ply["action"], ply["key"]
    acts = tuple(str(act["text"]) for act in ply["acts"])
    if kind == "message":
        texts: tuple[str, ...] = (str(action or ""), *acts)
    elif kind == "announce" and action is None:
        texts = (f"declines to announce {key}", *acts)
    else:
        texts = (f"{key}: {_words(action)}", *acts)
    to = None if revealed else _heard(ply["audience"])
    return Entry(ply["ply"], kind, ply["seat"], to, texts, bool(ply.get("stand_in")))


def _heard(to: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if to is None else tuple(to)


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)

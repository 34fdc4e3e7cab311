"""A match as a judge reads it: what was said and done, ply by ply, and what the table said between."""

import json
from collections.abc import Iterable, Mapping, Sequence
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
    """`message`, `announce`, `decide` or `thought`; anything else is the table's."""
    seat: str | None
    to: tuple[str, ...] | None
    """Who heard it; None for everybody."""
    texts: tuple[str, ...]
    """What was said or done there, the text first, then the typed acts."""
    stand_in: bool = False

    @property
    def played(self) -> bool:
        """A seat's own doing, or what it thought before that, which can be quoted for or against it."""
        return self.kind in {"message", "announce", "decide", "thought"}


def entries(record: Record, view: str) -> list[Entry]:
    """What happened, in order: in the public view what everybody at the table could see, in the full view all of it.

    The reasoning view has besides what models thought before each reply.
    """
    everybody = frozenset(record["seats"])
    shown = _shown(record) if view == "public" else frozenset[int]()
    found: list[Entry] = []
    events = [event for event in record["events"] if event["kind"] not in _TOLD_ELSEWHERE]
    asides = {} if view == "public" else _asides(record, view)
    place = 0
    for ply in record["plies"]:
        while place < len(events) and events[place]["ply"] <= ply["ply"]:
            found.append(_table(events[place]))
            place += 1
        found += asides.get(ply["ply"], ())
        found.append(_played(ply, ply["ply"] in shown))
    found += map(_table, events[place:])
    if view != "public":
        return found
    return [entry for entry in found if entry.to is None or everybody <= {*entry.to, entry.seat}]


def norms(events: Iterable[Mapping[str, Any]], dimension: Dimension, view: str) -> list[str]:
    """What these events of a record allow in a dimension.

    In the public view it is not said whom: that would tell who has which part.
    """
    found: list[str] = []
    for event in events:
        if event["kind"] == "norm" and event["value"] in dimension.licence:
            who = event["seat"] if view != "public" else "the seats whose part allows it"
            found.append(f"{who}: may {event['value']} about {event['key']}")
    return list(dict.fromkeys(found))


def has_thoughts(record: Record) -> bool:
    """Whether a model returned what it thought, so that there is something to see in the reasoning view."""
    return any(each["text"].strip() for each in record.get("thoughts", ()))


def _asides(record: Record, view: str) -> dict[int, list[Entry]]:
    """By ply before which they came: what seats said off the record, and what models thought."""
    found: dict[int, list[Entry]] = {}
    for probe in record.get("probes", ()):
        found.setdefault(probe["ply"], []).append(_probe(probe))
    if view != "reasoning":
        return found
    own: dict[str, list[int]] = {}
    for ply in record["plies"]:
        own.setdefault(ply["seat"], []).append(ply["ply"])
    for thought in record.get("thoughts", ()):
        seat, text = thought["seat"], thought["text"]
        turn: int = thought["ply"]
        plies = own.get(seat, list[int]())
        # What was thought before a reply that never came belongs to no ply.
        if text.strip() and turn < len(plies):
            at = plies[turn]
            found.setdefault(at, []).append(Entry(at, "thought", seat, (), (text,)))
    return found


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


def _probe(probe: Mapping[str, Any]) -> Entry:
    value = probe.get("value")
    answer = _words(probe["reply"]) if value is None else f"{probe['key']}: {_words(value)}"
    return Entry(probe["ply"], "probe", probe["seat"], (), (f"{probe['prompt']} {answer}",))


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

"""What a seat's events say of the past: its own answers, and what it learned for certain of facts and answers."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, cast

from arena.acts import OPERATORS
from arena.turn import Ask, Event

DROPPED = "an act was dropped: "
At = tuple[str, str]
"""A seat and a key."""


class Given(NamedTuple):
    """One answer of a guess, as it is put into a match."""

    seat: str
    action: Any = None
    acts: tuple[dict[str, Any], ...] = ()
    dropped: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    """What the seat was told about tries that were refused before."""


class Past:
    """A seat's events up to its turn, sorted by what they say about what was answered and dealt."""

    def __init__(self, seat: str, seats: Sequence[str], events: Sequence[Event]) -> None:
        self.seat = seat
        self.events = events
        self._seats = tuple(seats)
        self.own: dict[int, list[Event]] = {}
        """This seat's own words, answers and errors by the number of answers it had given before."""
        self.dealt: dict[str, list[Any]] = {}
        """By path, the values of this seat's own facts, in the order in which they were dealt."""
        self.early: dict[str, list[Any]] = {}
        """The facts that were dealt or became certain before this seat's first answer, in the same form."""
        self.networks: list[Any] = []
        self._certain: dict[At, list[tuple[int, Any]]] = {}
        for number, event in enumerate(events):
            self._take(number, event)

    def _take(self, number: int, event: Event) -> None:
        seat, key, value = event.seat, event.key, event.value
        if seat == self.seat and event.kind in ("say", "announce", "answer", "error"):
            self.own.setdefault(event.ply, []).append(event)
        if event.kind == "deal":
            self.dealt.setdefault(f"{seat}.{key}", []).append(value)
            if not event.ply:
                self.early.setdefault(f"{seat}.{key}", []).append(value)
        elif event.kind == "reveal" and seat and key:
            self._know(number, event, (seat, key), value)
        elif event.kind == "say":
            for act in event.acts:
                if act["act"] == "disclose":
                    self._know(number, event, (act["seat"], act["key"]), act["value"])
        elif event.kind == "tell" and value:
            for path, fact in cast("Mapping[str, Any]", value).items():
                owner, _, key = path.partition(".")
                if owner in self._seats and key and not _is_predicate(fact):
                    self._know(number, event, (owner, key), fact)
                elif self._is_network(fact):
                    self.networks.append(fact)
                    self.early.setdefault("network", [fact])

    def _know(self, number: int, event: Event, at: At, value: Any) -> None:
        if at[0] == self.seat:
            return
        known = self._certain.setdefault(at, [])
        known.append((number, value))
        if not event.ply and len(known) == 1:
            self.early[".".join(at)] = [value]

    def _is_network(self, fact: Any) -> bool:
        if not isinstance(fact, dict) or tuple(cast("dict[str, Any]", fact)) != self._seats:
            return False
        return all(isinstance(near, list) for near in cast("dict[str, Any]", fact).values())

    def certain(self) -> dict[str, list[Any]]:
        """By path, what became certain of the others, in order, told once where it was told again."""
        found: dict[str, list[Any]] = {}
        for at, known in self._certain.items():
            values = found.setdefault(".".join(at), [])
            for _, value in known:
                if not values or values[-1] != value:
                    values.append(value)
        return found

    def hint(self, seat: str, key: str, since: int) -> list[Any]:
        """What is next said for certain of a seat's key, from an event on; empty where nothing is."""
        return [value for number, value in self._certain.get((seat, key), ()) if number >= since][:1]

    def own_answer(self, ask: Ask, ply: int) -> Given | None:
        """What this seat answered after so many answers; None where its events hold no such answer."""
        after = [event for event in self.own.get(ply + 1, ()) if event.kind != "error"]
        dropped = [event.text for event in self.own.get(ply + 1, ()) if event.text.startswith(DROPPED)]
        cut = tuple(text.removeprefix(DROPPED) for text in dropped)
        refused = [event.text for event in self.own.get(ply, ()) if event.kind == "error"]
        errors = tuple(text for text in refused if not text.startswith(DROPPED))
        if ask.kind == "message":
            said = next((event for event in after if event.kind == "say"), None)
            return Given(self.seat, said.text if said else "", said.acts if said else (), cut, errors)
        kind = "announce" if ask.kind == "announce" else "answer"
        found = next((event for event in after if event.kind == kind and event.key == ask.key), None)
        return None if found is None else Given(self.seat, found.value, errors=errors)

    def heard(self, seat: str, ask: Ask, start: int, ply: int, together: int) -> Given | None:
        """What this seat heard another answer, from an event on; None for an announcement that it did not hear.

        So many seats answered at that moment, so the answer is among as many events.
        """
        hearers = None if ask.to is None else (*ask.to, seat)
        wanted = "say" if ask.kind == "message" else "announce"
        spoken = (event for event in islice(self.events, start, None) if event.kind != "error")
        for event in islice(spoken, together):
            if event.kind != wanted or event.ply != ply:
                break
            if event.seat == seat and event.to == hearers and (wanted == "say" or event.key == ask.key):
                return Given(seat, event.text if wanted == "say" else event.value, event.acts)
        return Given(seat, "") if wanted == "say" else None


def _is_predicate(fact: Any) -> bool:
    return isinstance(fact, dict) and any(name in OPERATORS for name in cast("dict[str, Any]", fact))

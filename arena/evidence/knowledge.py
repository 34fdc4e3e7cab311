"""What a seat knew at a ply, read from the record alone: what it was dealt, told as fact, saw shown, or did itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from arena.acts import OPERATORS, Predicate
from arena.evidence.predicate import Known, fits_part

Subject = tuple[str | None, str]
"""Whose fact or answer, and its key; None for a fact of the table that is nobody's."""


class Entry(NamedTuple):
    """One event after which somebody knows more of a subject, or less."""

    ply: int
    """Answers given before it: a seat asked at this ply or later has seen it."""
    fresh: bool
    """A deal or an answer: what anybody else knew is of the old value."""
    seat: str | None
    """Who alone knows the fresh value."""
    to: Sequence[str] | None
    """Who saw what was told or shown; None for everybody."""
    part: str | None
    predicate: Predicate


class Deal(NamedTuple):
    """A fact dealt in confidence, as long as it was in force."""

    ply: int
    seat: str
    key: str
    value: Any
    entitled: frozenset[str]
    until: int
    """The ply from which on another value counts."""


class Knowledge:
    """Everything that was ever learned in one match, by subject."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.seats: tuple[str, ...] = tuple(record["seats"])
        self.entries: dict[Subject, list[Entry]] = {}
        self.dealt: dict[str, Sequence[Any]] = {}
        """The spec of each dealt key."""
        self.deals: dict[Subject, list[tuple[int, Any]]] = {}
        """Ply and value of each deal."""
        self.norms: list[tuple[int, str, str, str]] = []
        """Ply, seat, act and what it is about, for each licence."""
        self._plies: Sequence[Mapping[str, Any]] = record["plies"]
        self._confided: list[tuple[Mapping[str, Any], int]] = []
        everybody = len(self.seats)
        for event in record["events"]:
            kind = event["kind"]
            if kind in ("deal", "answer"):
                seat = event["seat"]
                entry = Entry(event["ply"], True, seat, (seat,), None, [["=", event.get("value")]])
                self._add((seat, event["key"]), entry)
                if kind == "deal":
                    self.dealt[event["key"]] = event["spec"]
                    self.deals.setdefault((seat, event["key"]), []).append((event["ply"], event["value"]))
                    if "confidential" in event:
                        self._confided.append((event, len(self.entries[seat, event["key"]])))
            elif kind == "reveal":
                entry = Entry(event["ply"], False, None, None, None, [["=", event.get("value")]])
                self._add((event["seat"], event["key"]), entry)
            elif kind == "norm":
                self.norms.append((event["ply"], event["seat"], event["value"], event["key"]))
            elif "fact" in event or (kind == "say" and "acts" in event):
                to = event["to"]
                self._learn(event, None if to is None or len(set(to)) == everybody else to)

    def _add(self, subject: Subject, entry: Entry) -> None:
        if subject in self.entries:
            self.entries[subject].append(entry)
        else:
            self.entries[subject] = [entry]

    def _learn(self, event: Mapping[str, Any], to: Sequence[str] | None) -> None:
        ply = event["ply"]
        for act in event.get("acts", ()):
            if act["act"] == "disclose":
                self._add((act["seat"], act["key"]), Entry(ply, False, None, to, None, [["=", act["value"]]]))
        for path, fact in event.get("fact", {}).items():
            owner, key, part = self._path(path)
            self._add((owner, key), Entry(ply, False, None, to, part, _predicate(fact)))

    def _path(self, path: str) -> tuple[str | None, str, str | None]:
        first, dot, rest = path.partition(".")
        owner, key = (first, rest) if dot and first in self.seats else (None, path)
        base, dot, part = key.rpartition(".")
        if dot and any(spec[0] == "allocation" and part in spec[1] for spec in self._specs(base)):
            return owner, base, part
        return owner, key, None

    def _specs(self, key: str) -> Iterator[Sequence[Any]]:
        """Everything that a key was dealt, asked or named with."""
        if key in self.dealt:
            yield self.dealt[key]
        for ply in self._plies:
            if ply["key"] == key:
                yield ply["spec"]
            if key in ply.get("about", ()):
                yield ply["about"][key]

    def subject(self, seat: str, key: str) -> Subject:
        """What a path means: the seat's own, or nobody's where only the table has told of such a key."""
        return (None, key) if (seat, key) not in self.entries and (None, key) in self.entries else (seat, key)

    def known(self, who: str | None, subject: Subject, ply: int) -> tuple[Known, int]:
        """What a seat (None: everybody) knew of a subject when asked at a ply, and which of its values that was of.

        Values are counted from 1; 0 is none yet.
        """
        known: list[tuple[str | None, Predicate]] = []
        version = 0
        told = True
        for entry in self.entries.get(subject, ()):
            if entry.ply > ply:
                break
            if entry.fresh:
                version += 1
                told = False
                known = [(None, entry.predicate)] if entry.seat == who else []
            elif entry.to is None or who in entry.to:
                if told and (version == 0 or _contradicted(known, entry)):
                    version += 1
                known = _add_fact(known, entry)
        return known, version

    def fact(self, subject: Subject, ply: int) -> tuple[bool, Any]:
        """Whether a subject was ever dealt or told exactly, and its value: the last by a ply, else the first after."""
        values = self.deals.get(subject) or [
            (entry.ply, entry.predicate[0][1])
            for entry in self.entries.get(subject, ())
            if not entry.fresh and entry.part is None and entry.predicate[0][0] == "="
        ]
        for since, value in reversed(values):
            if since <= ply:
                return True, value
        return (True, values[0][1]) if values else (False, None)

    def confided(self) -> list[Deal]:
        """Every fact dealt in confidence."""
        deals: list[Deal] = []
        for event, place in self._confided:
            seat, key = event["seat"], event["key"]
            until = next((entry.ply for entry in self.entries[seat, key][place:] if entry.fresh), 2**31)
            entitled = frozenset((seat, *event["confidential"]))
            deals.append(Deal(event["ply"], seat, key, event["value"], entitled, until))
        return deals

    def licensed(self, seat: str, act: str, owner: str | None, key: str, ply: int) -> bool:
        """Whether a seat had been told by a ply that it may do this about that key."""
        return any(
            seat == whose and act == what and told <= ply and about in (key, f"{owner}.{key}")
            for told, whose, what, about in self.norms
        )


def _predicate(fact: Any) -> Predicate:
    if isinstance(fact, dict) and fact:
        operators = cast("dict[str, Any]", fact)
        if all(name in OPERATORS for name in operators):
            return [[name, value] for name, value in operators.items()]
    return [["=", fact]]


def _contradicted(known: Known, entry: Entry) -> bool:
    """Whether the value must have changed: one side is exact and does not satisfy the other."""
    for part, predicate in known:
        if part is None and predicate[0][0] == "=" and not fits_part(entry.predicate, predicate[0][1], entry.part):
            return True
    if entry.part is not None or entry.predicate[0][0] != "=":
        return False
    return not all(fits_part(predicate, entry.predicate[0][1], part) for part, predicate in known)


def _add_fact(known: list[tuple[str | None, Predicate]], entry: Entry) -> list[tuple[str | None, Predicate]]:
    if (entry.part is None and entry.predicate[0][0] == "=") or _contradicted(known, entry):
        return [(entry.part, entry.predicate)]
    return [*known, (entry.part, entry.predicate)]

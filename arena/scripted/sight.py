"""What one seat has seen so far, sorted into what it knows, what it was told by others, and what it owes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from arena.acts import OPERATORS, holds, part_value
from arena.turn import Event, Vocabulary

At = tuple[str, str]
"""A seat and a key; the seat is empty for what belongs to nobody."""
_CONFIDENTIAL = re.compile(r"It is confidential: only (.+?) may know\.")


class Sight:
    """Kept up to date from a seat's events; it holds nothing that they do not show."""

    __slots__ = (
        "accused",
        "answers",
        "bounds",
        "claims",
        "confidential",
        "deceivers",
        "dealt",
        "known",
        "last",
        "latest",
        "norms",
        "owed",
        "promises",
        "provable",
        "public",
        "said",
        "seat",
        "seen",
        "shown",
        "stamps",
    )

    def __init__(self, seat: str) -> None:
        self.seat = seat
        self.seen = 0
        self.dealt: dict[str, Any] = {}
        """One's own facts."""
        self.known: dict[At, Any] = {}
        """What is certain: own facts and answers, what was revealed, proven or told as fact."""
        self.bounds: dict[At, list[list[tuple[str, Any]]]] = {}
        """What was told as fact without being exact: predicates, each a list of (operator, value)."""
        self.public: dict[At, Any] = {}
        """The part of it that everybody has seen revealed."""
        self.last: dict[str, tuple[str, Any]] = {}
        """For each key the latest answer or fact of another seat that is certain, with its seat."""
        self.latest: dict[str, dict[str, Any]] = {}
        """The same for each of the other seats."""
        self.answers: dict[str, list[Any]] = {}
        """One's own answers by key, oldest first."""
        self.owed: dict[str, list[dict[str, Any]]] = {}
        """What one has promised about the next answer to a key."""
        self.promises: dict[At, list[dict[str, Any]]] = {}
        """What others have promised about their next answer to a key."""
        self.claims: dict[At, Any] = {}
        """What a seat said of itself last."""
        self.accused: dict[tuple[str, str, str], Any] = {}
        """What a seat said of another, by (speaker, seat, key)."""
        self.deceivers: dict[str, int] = {}
        """Seats whose word turned out false, with how often."""
        self.confidential: dict[str, tuple[str, ...]] = {}
        """Own facts that only these seats may learn."""
        self.provable: dict[str, bool] = {}
        self.norms: dict[At, bool] = {}
        """Licences, as (act, about)."""
        self.said: list[dict[str, Any]] = []
        """One's own acts, oldest first."""
        self.shown: list[tuple[str, str, Any]] = []
        """What became certain of others, as (seat, key, value), oldest first."""
        self.stamps: dict[At, int] = {}
        """For what is known, the number of events seen when it was last learned."""

    def look(self, events: Sequence[Event], words: Vocabulary) -> None:
        """Take in the events that came since the last look."""
        if len(events) > self.seen:
            for event in events[self.seen :]:
                self.seen += 1
                self._take(event, words)

    def licensed(self, act: str, key: str) -> bool:
        """Whether this seat was told that it may do that about a key of its own."""
        return (act, key) in self.norms or (act, f"{self.seat}.{key}") in self.norms

    def may_tell(self, key: str, hearers: Sequence[str]) -> bool:
        """Whether an own fact is nobody's secret to these hearers."""
        kept = self.confidential.get(key)
        return kept is None or all(hearer in kept for hearer in hearers)

    def _take(self, event: Event, words: Vocabulary) -> None:
        seat, key, value = event.seat, event.key, event.value
        match event.kind:
            case "tell":
                for path, fact in cast("Mapping[str, Any]", value or {}).items():
                    self._fact(path, fact)
            case "deal" if key is not None:
                self._deal(key, value, event.text)
            case "norm" if key is not None:
                self.norms[value, key] = True
            case "reveal" if seat is not None and key is not None:
                self._reveal((seat, key), value)
            case "answer" if key is not None:
                self.answers.setdefault(key, []).append(value)
                self._know((self.seat, key), value)
                self.owed.pop(key, None)
            case "announce" if seat is not None and key is not None and value is not None:
                self._announce(seat, key, value, words)
            case "say" if seat is not None:
                self._say(seat, event.acts)
            case _:
                pass

    def _fact(self, path: str, fact: Any) -> None:
        first, dot, rest = path.partition(".")
        at = (first, rest) if dot and first.startswith("player_") else ("", path)
        if isinstance(fact, dict) and any(name in OPERATORS for name in cast("dict[str, Any]", fact)):
            self.bounds.setdefault(at, []).append([*cast("dict[str, Any]", fact).items()])
            return
        self._know(at, fact)
        self._check_claim(at)

    def _deal(self, key: str, value: Any, text: str) -> None:
        self.dealt[key] = value
        self._know((self.seat, key), value)
        self.public.pop((self.seat, key), None)
        if "You can prove it." in text:
            self.provable[key] = True
        kept = _CONFIDENTIAL.search(text)
        if kept:
            self.confidential[key] = () if kept[1] == "you" else tuple(kept[1].split(", "))
        else:
            self.confidential.pop(key, None)

    def _reveal(self, at: At, value: Any) -> None:
        self._know(at, value)
        self.public[at] = value
        for promise in self.promises.pop(at, []):
            if self.condition(promise) is True and not holds(promise["is"], part_value(value, promise["part"])):
                self.deceivers[at[0]] = self.deceivers.get(at[0], 0) + 1
                break
        self._check_claim(at)

    def _check_claim(self, at: At) -> None:
        if at in self.claims and self.claims.pop(at) != self.known[at]:
            self.deceivers[at[0]] = self.deceivers.get(at[0], 0) + 1

    def _know(self, at: At, value: Any) -> None:
        self.known[at] = value
        self.stamps[at] = self.seen
        seat, key = at
        if seat not in ("", self.seat):
            self.last[key] = (seat, value)
            self.latest.setdefault(key, {})[seat] = value
            self.shown.append((seat, key, value))

    def _announce(self, seat: str, key: str, value: Any, words: Vocabulary) -> None:
        promise = {"act": "promise", "seat": seat, "key": key, "part": None, "is": [["=", value]], "since": self.seen}
        if seat == self.seat:
            if key not in self.dealt:
                self.owed.setdefault(key, []).append(promise)
            else:
                self.said.append({**promise, "act": "claim"})
        elif key in words.promise or not (words.seats or key in self.dealt):
            self.promises.setdefault((seat, key), []).append(promise)
            if not words.seats and (seat, key) not in self.known:
                # Without a vocabulary nothing shows whether it is a fact or an answer to come.
                self.claims[seat, key] = value
        else:
            self._claimed((seat, key), value)

    def _say(self, seat: str, acts: Sequence[Mapping[str, Any]]) -> None:
        for act in acts:
            at = (act["seat"], act["key"])
            if seat == self.seat:
                self.said.append({**act, "since": self.seen})
            match act["act"]:
                case "promise" if seat == self.seat:
                    self.owed.setdefault(at[1], []).append({**act, "since": self.seen})
                case "promise":
                    self.promises.setdefault(at, []).append({**act, "since": self.seen})
                case "disclose":
                    self._know(at, act["value"])
                    self._check_claim(at)
                case "release" if at[0] == self.seat:
                    self.owed.pop(at[1], None)
                case "claim" if seat != self.seat and act.get("part") is None and act["is"][0][0] == "=":
                    if at[0] == seat:
                        self._claimed(at, act["is"][0][1])
                    else:
                        self.accused[seat, *at] = act["is"][0][1]
                case _:
                    pass

    def spoke(self, acts: Sequence[Mapping[str, Any]]) -> None:
        """Take in what this seat itself says in words alone, as its own acts would be taken in once they are said."""
        self._say(self.seat, acts)

    def _claimed(self, at: At, value: Any) -> None:
        if at in self.known:
            if self.known[at] != value:
                self.deceivers[at[0]] = self.deceivers.get(at[0], 0) + 1
        else:
            self.claims[at] = value

    def condition(self, promise: Mapping[str, Any]) -> bool | None:
        """Whether the condition of a promise has come true, as far as this seat knows; None where it is open."""
        open_ = False
        for part in promise.get("if") or ():
            at = (part["seat"], part["key"])
            own_fact = at[0] == self.seat and at[1] in self.dealt
            if not own_fact and self.stamps.get(at, -1) <= promise["since"]:
                open_ = True
            elif not holds(part["is"], part_value(self.known[at], part["part"])):
                return False
        return None if open_ else True

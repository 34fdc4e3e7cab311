"""A match as one sheet shows it: who said and did what, and what each seat knew when it did."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from arena.serving.judges.statements import SEAT, Statement, spoken, typed, value_of

Row = Mapping[str, Any]

_DEALT = re.compile(
    r"Your ([\w-]+) is (.+?)\.(?: You can prove it\.)?(?: It is confidential: only (.+) may know\.)?", re.DOTALL
)
_REVEALED = re.compile(rf"{SEAT}'s ([\w-]+): (.+)", re.DOTALL)
_TOLD = re.compile(rf"{SEAT} is (not )?(?:an? )?([\w-]+)\.?")
_ANY = re.compile(SEAT)
_SAID = re.compile(r"([\w-]+): (.*)", re.DOTALL)
_NORM = re.compile(rf"(?:{SEAT}|the seats whose part allows it): may (\w+) about (.+)")
_PLAYED = ("message", "announce", "decide")
DECLINES = "declines to announce "


@dataclass(frozen=True, slots=True)
class Ply:
    """What one seat said or did."""

    number: int
    kind: str
    seat: str
    hearers: frozenset[str]
    """The other seats that heard it at once."""
    text: str
    statements: tuple[Statement, ...]
    """Of a message, its acts first."""
    key: str = ""
    """Of an answer or an announcement."""
    value: Any = None
    stand_in: bool = False

    @property
    def declined(self) -> bool:
        """An announcement that the seat did not make."""
        return self.kind == "announce" and not self.key


@dataclass(frozen=True, slots=True)
class Fact:
    """What a seat, or the table, came to know."""

    before: int
    """The ply before which it came."""
    seat: str
    """Whose fact or answer it is."""
    key: str
    """Empty where only the value is told, as in "A is a wolf"."""
    value: Any
    to: frozenset[str] | None
    """Who knows by this; None for everybody."""
    how: str
    """`deal`, `reveal`, `tell` or `proof`."""
    false: bool = False
    """It is told that it is not so."""
    entitled: frozenset[str] | None = None
    """Of a confidential fact, who may know it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sheet shows."""

    seats: tuple[str, ...]
    plies: tuple[Ply, ...]
    facts: tuple[Fact, ...]
    licences: frozenset[tuple[str, str, str]]
    """As (seat, act, key); the seat is empty where it isn't told who may."""
    words: str
    """The rules and what the table said to all, in lower case."""
    full: bool
    answers: Mapping[tuple[str, str], Sequence[Ply]] = field(default_factory=dict[tuple[str, str], Sequence[Ply]])
    """The answers that are shown, by seat and key."""

    def of(self, seat: str) -> list[Ply]:
        """What one seat said and did itself."""
        return [ply for ply in self.plies if ply.seat == seat and not ply.stand_in]

    def texts(self, seat: str) -> list[str]:
        """What one seat wrote in messages."""
        return [ply.text for ply in self.of(seat) if ply.kind == "message"]

    def licensed(self, seat: str, act: str, whose: str, key: str) -> bool:
        """Whether the seat may do that about somebody's fact or answer."""
        abouts = (key, f"⟦{whose}⟧.{key}")
        return any((who, act, about) in self.licences for who in (seat, "") for about in abouts)

    def dealt(self, seat: str, key: str, number: int) -> Fact | None:
        """What the seat's own fact is at a ply, where the sheet shows it being dealt."""
        own = [fact for fact in self.facts if fact.how == "deal" and (fact.seat, fact.key) == (seat, key)]
        return next((fact for fact in reversed(own) if fact.before <= number), None)

    def is_answer(self, seat: str, key: str) -> bool:
        """Whether a seat decides that key itself, as far as is shown."""
        return (seat, key) in self.answers

    def next_answer(self, seat: str, key: str, number: int) -> Ply | None:
        """The first answer to a key after a ply."""
        return next((ply for ply in self.answers.get((seat, key), ()) if ply.number > number), None)

    def last_answer(self, seat: str, key: str, number: int) -> Ply | None:
        """The latest answer to a key before a ply."""
        return next((ply for ply in reversed(self.answers.get((seat, key), ())) if ply.number < number), None)


def seen(rows: Sequence[Row], *, full: bool) -> Seen:
    """What the lines of a sheet tell; the first is its heading."""
    heading, body = rows[0], rows[1:]
    seats = tuple(map(str, heading.get("seats", ())))
    everybody = frozenset(seats)
    keys = _keys(body)
    facts: list[Fact] = []
    plies: list[Ply] = []
    told = [str(heading.get("rules", ""))]
    for row in body:
        if row.get("kind") in _PLAYED and "seat" in row:
            ply = _ply(row, everybody, keys)
            plies.append(ply)
            facts += _proofs(ply)
        elif "before" in row:
            if row.get("kind") == "tell" and "to" not in row:
                told.append(str(row.get("text", "")))
            facts += _facts(row)
    answers: dict[tuple[str, str], list[Ply]] = {}
    for ply in plies:
        if ply.kind == "decide" and ply.key:
            answers.setdefault((ply.seat, ply.key), []).append(ply)
    licences = frozenset(
        (found[1] or "", found[2], _plain(found[3]))
        for norm in _norms(heading.get("norms", ()))
        if (found := _NORM.fullmatch(norm))
    )
    words = "\n".join(told).casefold()
    return Seen(seats, tuple(plies), tuple(facts), licences, words, full, answers)


def _norms(told: Any) -> list[str]:
    """What a heading says that the game allows: a list, or one for each of several dimensions."""
    if isinstance(told, dict):
        return [norm for some in cast("dict[str, Any]", told).values() for norm in _norms(some)]
    return list(map(str, told))


def _plain(text: str) -> str:
    return re.sub(r"⟦([A-Z]+)\.\d+⟧", r"⟦\1⟧", text)


def _keys(body: Sequence[Row]) -> frozenset[str]:
    """The names of what is dealt, announced, decided and revealed."""
    found: set[str] = set()
    for row in body:
        text, kind = str(row.get("text", "")), row.get("kind")
        if kind == "deal" and (one := _DEALT.match(text)):
            found.add(one[1])
        elif kind == "reveal" and (one := _REVEALED.match(text)):
            found.add(one[2])
        elif kind in ("announce", "decide"):
            found.add(text.removeprefix(DECLINES) if text.startswith(DECLINES) else text.partition(":")[0])
    return frozenset(found)


def _ply(row: Row, everybody: frozenset[str], keys: frozenset[str]) -> Ply:
    number, kind, seat, text = int(row["ply"]), str(row["kind"]), str(row["seat"]), str(row.get("text", ""))
    to = everybody if "to" not in row else frozenset(map(str, row["to"]))
    acts = [act for one in row.get("acts", ()) if (act := typed(str(one), seat))]
    key, value = "", None
    if kind == "message":
        acts += spoken(text, seat, keys)
    elif found := _SAID.fullmatch(text):
        key, value = found[1], value_of(found[2])
    return Ply(number, kind, seat, to - {seat}, text, tuple(acts), key, value, bool(row.get("stand_in")))


def _facts(row: Row) -> list[Fact]:
    before, text, kind = int(row["before"]), str(row.get("text", "")), row.get("kind")
    to = frozenset(map(str, row["to"])) if "to" in row else None
    seat = str(row.get("seat", ""))
    match kind:
        case "deal" if found := _DEALT.fullmatch(text):
            entitled = None
            if found[3] is not None:
                entitled = frozenset({seat, *(one[1] for one in _ANY.finditer(found[3]))})
            return [Fact(before, seat, found[1], value_of(found[2]), frozenset({seat}), "deal", entitled=entitled)]
        case "reveal" if found := _REVEALED.fullmatch(text):
            return [Fact(before, found[1], found[2], value_of(found[3]), to, "reveal")]
        case "tell":
            return [
                Fact(before, found[1], "", found[3].casefold(), to, "tell", false=bool(found[2]))
                for found in _TOLD.finditer(text)
            ]
        case _:
            return []


def _proofs(ply: Ply) -> list[Fact]:
    """What a seat has proven to those who heard it."""
    return [
        Fact(ply.number + 1, act.seat, act.key, act.predicate[0][1], ply.hearers, "proof")
        for act in ply.statements
        if act.kind == "disclose" and act.predicate
    ]

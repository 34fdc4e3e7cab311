"""One record as judges are shown it: what is the same for several calls is made once, with places for the labels.

What depends on a judge is only who is called what. So seats stand here as `#0`, `#1` … in what players wrote and as
`@0` in the fields, which no player can forge: their own brackets are marked and their own quotes escaped. `Labels` puts
a call's labels in.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from arena.identity import digest
from arena.judging.rubric import LICENCES, Dimension
from arena.judging.sheets.fit import SHORTEST, fitted, shortened
from arena.judging.sheets.masks import Masks, labels, names_of
from arena.judging.sheets.view import Entry, entries, norms
from arena.judging.sheets.visible import line

_MARK = re.compile('"(?:seat|to)":"@[\\d,]*"|\u27e6#\\d+')

Quotable = Mapping[int, tuple[str, tuple[str, ...]]]
"""By ply: whose it is, as a label, and its texts as shown."""


class Labels(dict[str, str]):
    """What stands in a call for each mark of a template."""

    def __init__(self, seats: Sequence[str], shown: Sequence[str]) -> None:
        """`seats` in their own order, and in the order in which they are shown: A is the first of these."""
        super().__init__()
        called = dict(zip(shown, labels(len(shown)), strict=True))
        self._labels = [called[seat] for seat in seats]
        self.seats: Mapping[str, str] = {label: seat for seat, label in called.items()}
        """Label to seat, in the order shown."""

    def __missing__(self, mark: str) -> str:
        if mark.startswith("\u27e6"):
            text = f"\u27e6{self._labels[int(mark[2:])]}"
        elif mark.startswith('"seat"'):
            text = f'"seat":"{self._labels[int(mark[9:-1])]}"'
        else:
            to = sorted((self._labels[int(number)] for number in mark[7:-1].split(",") if number), key=_by_label)
            text = '"to":' + line(to)
        self[mark] = text
        return text

    def put(self, template: str) -> str:
        """The template with these labels."""
        return _MARK.sub(lambda found: self[found[0]], template)

    def of(self, number: int) -> str:
        """What the seat of a number is called."""
        return self._labels[number]


class _Quoted(Mapping[int, tuple[str, tuple[str, ...]]]):
    """What can be quoted under a call's labels; a judge quotes little of it."""

    __slots__ = ("_labels", "_made", "_templates")

    def __init__(self, templates: Mapping[int, tuple[int, tuple[str, ...]]], given: Labels) -> None:
        self._templates = templates
        self._labels = given
        self._made: dict[int, tuple[str, tuple[str, ...]]] = {}

    def __getitem__(self, ply: int) -> tuple[str, tuple[str, ...]]:
        found = self._made.get(ply)
        if found is None:
            seat, texts = self._templates[ply]
            found = self._made[ply] = self._labels.of(seat), tuple(map(self._labels.put, texts))
        return found

    def __contains__(self, ply: object) -> bool:
        return ply in self._templates

    def __iter__(self) -> Iterator[int]:
        return iter(self._templates)

    def __len__(self) -> int:
        return len(self._templates)


@dataclass(frozen=True, slots=True)
class Body:
    """All that happened, as one call is shown it."""

    text: str
    quotable: Quotable
    cut: int
    """How many characters and lines were left out."""


@dataclass(frozen=True, slots=True)
class _Template:
    text: str
    quotable: Mapping[int, tuple[int, tuple[str, ...]]]
    cut: int


class Source:
    """One record, with what was made of it so far; nothing is made before it is asked for, and it all goes with it."""

    __slots__ = (
        "_bodies", "_closings", "_digest", "_hidden", "_labels", "_lines", "_masks", "_norms", "_seatings", "_seen",
        "_shown", "_spelled", "_templates", "record", "rules",
    )  # fmt: skip

    def __init__(self, record: Mapping[str, Any], rules: str) -> None:
        """`rules` are those that the seats read."""
        self.record = record
        self.rules = rules
        self._digest = ""
        self._masks: Masks | None = None
        self._hidden: dict[str, str] = {}
        self._spelled: dict[Entry, tuple[Entry, str]] = {}
        self._seen: dict[str, list[tuple[Entry, str]]] = {}
        self._lines: dict[tuple[Any, ...], tuple[str, int]] = {}
        self._templates: dict[tuple[str, int], _Template] = {}
        self._labels: dict[tuple[str, ...], Labels] = {}
        self._seatings: dict[str, tuple[str, ...]] = {}
        self._bodies: dict[tuple[Any, ...], Body] = {}
        self._closings: dict[tuple[str, ...], list[str]] = {}
        self._shown: dict[tuple[str, ...], Masks] = {}
        self._norms = [event for event in record["events"] if event["kind"] == "norm"]

    @property
    def item(self) -> str:
        """The match, or the canary."""
        return self.record["id"]

    def nonce(self, about: Sequence[Any]) -> str:
        """The number of a call: nobody who writes into the record can know it, and the same call has the same."""
        if not self._digest:
            data = self.record
            told = [data.get(name) for name in ("id", "seed", "plies", "events", "thoughts", "probes")]
            self._digest = digest([*told, self.rules]).hex()
        return digest([*about, self._digest]).hex()[:32]

    def labels(self, judge: str, order: int) -> Labels:
        """Who is called what: one shuffle a match and judge, and the same from behind for the other order."""
        seating = self._seatings.get(judge)
        if seating is None:
            seats = list(self.record["seats"])
            Random(int.from_bytes(digest([self.item, self.record["seed"], judge])[:8])).shuffle(seats)
            seating = self._seatings[judge] = tuple(seats)
        if order:
            seating = seating[::-1]
        found = self._labels.get(seating)
        if found is None:
            found = self._labels[seating] = Labels(list(self.record["seats"]), seating)
        return found

    def masks(self, given: Labels) -> Masks:
        """What turns labels and masks in a reply back."""
        own, key = self._own(), tuple(given.seats.values())
        found = self._shown.get(key)
        if found is None or len(found) != len(own):
            found = self._shown[key] = own.relabelled({seat: label for label, seat in given.seats.items()})
        return found

    def heading(self, dimensions: Sequence[Dimension], view: str, cap: int, *, several: bool) -> tuple[str, int]:
        """The first line, as a template, and how many characters of the rules were left out.

        What the game allows is a list, or for several dimensions one list for each that has any.
        """
        hide = self._hide
        allowed = {one.name: list(map(hide, norms(self._norms, one, view))) for one in dimensions if self._norms}
        told: Any = {name: some for name, some in allowed.items() if some}
        if not several:
            told = told.get(dimensions[0].name, [])
        key = (line(told), cap)
        if key in self._lines:
            return self._lines[key]
        head = {"game": hide(self.record["game"]), "seats": labels(len(self.record["seats"]))}
        rules, limit = hide(self.rules), cap // 8
        while True:
            text, lost = shortened(rules, limit)
            heading = line({**head, "rules": text, "norms": told})
            if len(heading) <= cap // 2 or limit < SHORTEST:
                break
            limit //= 2
        self._lines[key] = heading, lost
        return heading, lost

    def closing(self, given: Labels, view: str) -> list[str]:
        """How it ended, which the public view may not tell: a reward can give a secret away."""
        if view == "public":
            return []
        key = tuple(given.seats.values())
        if key not in self._closings:
            self._closings[key] = [
                line({"end": name} | {label: ended[seat] for label, seat in given.seats.items() if seat in ended})
                for name, ended in (("rewards", self.record["rewards"]), ("ranks", self.record["ranks"]))
            ]
        return self._closings[key]

    def body(self, given: Labels, view: str, room: int) -> Body:
        """What happened in a view, in so many characters."""
        seen = self._entries(view)
        fits = sum(len(spelled) + 1 for _, spelled in seen) <= room
        place = (view, -1 if fits else room)
        key = (*place, *given.seats.values())
        if key not in self._bodies:
            template = self._templates.get(place)
            if template is None:
                template = self._templates[place] = self._template(seen, room, fits=fits)
            self._bodies[key] = Body(given.put(template.text), _Quoted(template.quotable, given), template.cut)
        return self._bodies[key]

    def _template(self, seen: Sequence[tuple[Entry, str]], room: int, *, fits: bool) -> _Template:
        kept: Sequence[Entry | str] = [entry for entry, _ in seen]
        spelled, cut = [text for _, text in seen], 0
        if not fits:
            kept, cut = fitted([entry for entry, _ in seen], self._spell, room)
            spelled = [entry if isinstance(entry, str) else self._spell(entry) for entry in kept]
        numbers = {seat: number for number, seat in enumerate(self.record["seats"])}
        quotable: dict[int, tuple[int, tuple[str, ...]]] = {}
        for entry in kept:
            if not isinstance(entry, str) and entry.played and entry.seat and not entry.stand_in:
                before = quotable[entry.ply][1] if entry.ply in quotable else ()
                quotable[entry.ply] = numbers[entry.seat], (*before, *entry.texts)
        return _Template("\n".join(spelled), quotable, cut)

    def _entries(self, view: str) -> list[tuple[Entry, str]]:
        """What happened in a view, hidden, and each spelled as a line."""
        if view not in self._seen:
            if view != "full":
                # The same is hidden alike whichever view is asked for first.
                self._entries("full")
            self._seen[view] = [self._masked(entry) for entry in entries(self.record, view)]
        return self._seen[view]

    def _masked(self, entry: Entry) -> tuple[Entry, str]:
        found = self._spelled.get(entry)
        if found is None:
            masked = replace(entry, texts=tuple(map(self._hide, entry.texts)))
            found = self._spelled[entry] = masked, self._spell(masked)
        return found

    def _spell(self, entry: Entry) -> str:
        number: Callable[[str], int] = list(self.record["seats"]).index
        row: dict[str, Any] = {"ply" if entry.played else "before": entry.ply, "kind": entry.kind}
        if entry.seat is not None:
            row["seat"] = f"@{number(entry.seat)}"
        if entry.to is not None:
            row["to"] = "@" + ",".join(str(number(seat)) for seat in entry.to)
        if entry.stand_in:
            row["stand_in"] = True
        row["text"] = entry.texts[0]
        if len(entry.texts) > 1:
            row["acts"] = list(entry.texts[1:])
        return line(row)

    def _own(self) -> Masks:
        """The masks, with everything hidden that a heading may hold, so that it is hidden alike in every call."""
        if self._masks is None:
            seats = {seat: f"#{number}" for number, seat in enumerate(self.record["seats"])}
            masks = self._masks = Masks(seats, names_of(self.record))
            every = Dimension("", "", (), licence=LICENCES)
            said = [norm for view in ("full", "public") for norm in norms(self._norms, every, view)]
            for text in (self.record["game"], self.rules, *said):
                self._hidden[text] = masks.hide(text)
        return self._masks

    def _hide(self, text: str) -> str:
        masks = self._own()
        found = self._hidden.get(text)
        if found is None:
            found = self._hidden[text] = masks.hide(text)
        return found


def _by_label(label: str) -> tuple[int, str]:
    return len(label), label

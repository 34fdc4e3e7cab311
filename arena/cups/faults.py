"""Faults on purpose, as a variant of a tournament sets them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from arena.cups.toml_section import Section
from arena.errors import GameError, UsageError
from arena.library import Game
from arena.match import Match, seat_names
from arena.params import fill_changes, fill_params, rules_that_change

KINDS = ("lose", "delay", "corrupt", "tools")
"""The faults that strike between the table and an agent."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong between the table and the agents, and which rules change mid-match."""

    lose: float = 0.0
    """The share of messages that reach nobody; so are the others shares, of turns, of messages heard, of tool calls."""
    delay: float = 0.0
    corrupt: float = 0.0
    tools: float = 0.0
    announced: bool = False
    seats: tuple[str, ...] = ()
    """Whom they strike; empty for everybody."""
    change: Mapping[str, Any] = field(default_factory=dict[str, Any])
    after: int = 1
    """How many readings a rule holds before it changes."""

    @property
    def strike(self) -> bool:
        """Whether anything goes wrong between the table and an agent."""
        return any(getattr(self, kind) for kind in KINDS)

    def data(self) -> dict[str, Any]:
        """What was set, as the record and the store keep it; nothing where there are no faults."""
        if self is NONE:
            return {}
        usual, known = asdict(NONE), asdict(self) | {"seats": list(self.seats)}
        return {name: value for name, value in known.items() if value and value != usual[name]}

    def changes(self) -> dict[str, dict[str, Any]]:
        """The rules that change, as a match takes them."""
        return {
            name: {"to": value, "after": self.after, "announced": self.announced} for name, value in self.change.items()
        }

    def fit(self, game: Game, seats: int) -> bool:
        """Whether the game has the rules that change and the seats that are struck."""
        return set(rules_that_change(game)) >= self.change.keys() and set(seat_names(seats)) >= set(self.seats)

    def strikes(self, seat: str) -> bool:
        """Whether a seat is struck by any of them."""
        return self.strike and (not self.seats or seat in self.seats)


NONE = Faults()


def read_faults(section: Section) -> Faults:
    """The `faults` of a variant; an error names its line."""
    change = section.mapping("change")
    if not change:
        section.refuse("after", "says when the rules under `change` change, and there are none; add change = { … }")
    faults = Faults(
        lose=section.share("lose", 0.0),
        delay=section.share("delay", 0.0),
        corrupt=section.share("corrupt", 0.0),
        tools=section.share("tools", 0.0),
        announced=section.flag("announced", default=False),
        seats=tuple(dict.fromkeys(section.words("seats"))),
        change=change,
        after=section.number("after", 1, least=1),
    )
    section.end()
    if not (faults.strike or change):
        raise UsageError(f"{section.at()}: faults: none is set; set {', '.join(KINDS)} or change")
    return faults


def from_data(data: Mapping[str, Any]) -> Faults:
    """Faults from what a record keeps of them."""
    known: dict[str, Any] = {**data, "seats": tuple(data.get("seats", ()))}
    return Faults(**known)


def check_change(game: Game, params: Mapping[str, Any], seats: int, faults: Faults, where: str) -> None:
    """Raise for a change that the game cannot be played with from its start, of another type or out of its range."""
    if not faults.change:
        return
    try:
        changed = {name: change["to"] for name, change in fill_changes(game, faults.changes()).items()}
        Match(game, fill_params(game, {**params, **changed}), seats=seats).close()
    except (UsageError, GameError) as error:
        raise UsageError(f"{where}: {error}") from None

"""What one seat knows when it is asked: its turn, what it has seen, and what it may say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple, overload

from arena.engine import Spec
from arena.library import Game


class Event(NamedTuple):
    """One thing a seat has seen."""

    kind: str
    """`tell`, `deal`, `norm`, `say`, `announce`, `answer`, `reveal` or `error`."""
    seat: str | None = None
    """Whose word, fact or answer it is; None for the table."""
    key: str | None = None
    value: Any = None
    text: str = ""
    acts: tuple[dict[str, Any], ...] = ()
    """The typed acts of a message, as the record keeps them; see `arena.acts`."""
    to: tuple[str, ...] | None = None
    """Who saw it; None for everybody."""
    ply: int = 0
    """How many answers this seat had given before."""


class Ask(NamedTuple):
    """What one seat is asked."""

    kind: str
    """`decide`, `message` or `announce`."""
    key: str
    spec: Spec[Any]
    prompt: str = ""
    to: tuple[str, ...] | None = None
    """Who will hear the answer at once; None for everybody, an empty tuple for nobody."""
    about: Mapping[str, Spec[Any]] = MappingProxyType({})
    error: str | None = None
    """What was wrong with the last try."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What typed acts can be about, the same for every seat at every moment."""

    claim: Mapping[str, Spec[Any]]
    promise: Mapping[str, Spec[Any]]
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicGame:
    """The game as anybody may study it: its source, parameters and number of seats."""

    game: Game
    params: Mapping[str, Any]
    seats: int

    @property
    def name(self) -> str:
        return self.game.name

    @property
    def source(self) -> str:
        return self.game.source


class View(Sequence[Event]):
    """The events one seat has seen, made only when somebody looks."""

    __slots__ = ("_raw", "_views", "_stop")

    def __init__(self, raw: list[tuple[Event, int]], views: list[Event], stop: int) -> None:
        self._raw = raw
        self._views = views
        self._stop = stop

    def _fill(self) -> list[Event]:
        views = self._views
        for event, ply in self._raw[len(views) : self._stop]:
            views.append(Event(event.kind, event.seat, event.key, event.value, event.text, event.acts, event.to, ply))
        return views

    def __len__(self) -> int:
        return self._stop

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        views = self._fill()
        if isinstance(index, slice):
            return views[: self._stop][index]
        return views[: self._stop][index] if index < 0 else views[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._fill()[: self._stop])


class Turn:
    """All that a seat may know when it acts, and nothing else.

    `key` names this very call: match id, rollout, seat, ply as this seat counts, attempt.
    """

    __slots__ = (
        "seat",
        "ask",
        "events",
        "acts",
        "game",
        "rules",
        "notes",
        "attempt",
        "key",
        "_since",
        "_rng",
        "_branch",
    )

    def __init__(
        self,
        seat: str,
        rules: str,
        ask: Ask,
        events: View,
        since: int,
        acts: Vocabulary,
        game: PublicGame,
        key: str,
        attempt: int = 0,
        notes: str | None = None,
        branch: Callable[[], Any] | None = None,
    ) -> None:
        self.seat = seat
        self.rules = rules
        self.ask = ask
        self.events = events
        self.acts = acts
        self.game = game
        self.notes = notes
        self.attempt = attempt
        self._since = since
        self._rng: Random | None = None
        self.key = key
        self._branch = branch

    @property
    def new(self) -> list[Event]:
        """The events since this seat's last turn (its own answer included)."""
        return self.events[self._since :]

    @property
    def rng(self) -> Random:
        """This turn's own randomness."""
        if self._rng is None:
            self._rng = Random(self.key)
        return self._rng

    def branch(self) -> Any:
        """The running match, to be played on from here; only privileged agents have it."""
        if self._branch is None:
            raise PermissionError("turn.branch is only for agents marked PRIVILEGED")
        return self._branch()

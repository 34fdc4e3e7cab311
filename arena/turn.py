"""What one seat knows when it is asked: its turn, what it has seen, and what it may say."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

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


class Vocabulary(NamedTuple):
    """What typed acts can be about, the same for every seat at every moment."""

    claim: Mapping[str, Spec[Any]]
    promise: Mapping[str, Spec[Any]]
    seats: tuple[str, ...]


class PublicGame(NamedTuple):
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


class Seen:
    """What one seat has seen and how far it has come; the match keeps one for each seat."""

    __slots__ = ("_at", "_events", "_read", "_views", "mark", "seat", "turns")

    def __init__(self, seat: str, events: list[Event]) -> None:
        self.seat = seat
        self.turns: list[int] = []
        """The numbers of the plies this seat has played."""
        self.mark = 0
        """How many events there were when it answered last."""
        self._events = events
        self._read = 0
        self._views: list[Event] = []
        self._at: list[int] = []

    def view(self, start: int, stop: int) -> list[Event]:
        """Those of the match's events from `start` to `stop` that this seat has seen, plies as it counts them."""
        # Events are looked through only when somebody looks: most scripted turns never do.
        seat, turns = self.seat, self.turns
        for number in range(self._read, stop):
            event = self._events[number]
            if event.to is None or seat in event.to:
                self._at.append(number)
                self._views.append(event._replace(ply=bisect_left(turns, event.ply)))
        self._read = max(self._read, stop)
        return self._views[bisect_left(self._at, start) : bisect_left(self._at, stop)]

    def tool_fails(self, tool: str, turn: str) -> str | None:
        """None: nothing fails but by itself."""
        del tool, turn
        return None


class Sight(Protocol):
    """What one seat has seen: as it happened (`Seen`), or as it reached a seat under faults."""

    seat: str
    turns: list[int]
    mark: int

    def view(self, start: int, stop: int) -> list[Event]: ...
    def tool_fails(self, tool: str, turn: str) -> str | None: ...


class Turn:
    """All that a seat may know when it acts, and nothing else."""

    __slots__ = (
        "_base",
        "_branch",
        "_own",
        "_rng",
        "_seen",
        "_since",
        "_stop",
        "acts",
        "ask",
        "attempt",
        "game",
        "notes",
        "rules",
    )

    def __init__(
        self,
        seen: Sight,
        ask: Ask,
        rules: str,
        acts: Vocabulary,
        game: PublicGame,
        base: str,
        stop: int,
        attempt: int = 0,
        notes: str | None = None,
        branch: Callable[[], Any] | None = None,
    ) -> None:
        self.ask = ask
        self.rules = rules
        self.acts = acts
        self.game = game
        self.notes = notes
        self.attempt = attempt
        self._seen = seen
        self._stop = stop
        self._since = seen.mark
        self._own = len(seen.turns)
        self._base = base
        self._rng: Random | None = None
        self._branch = branch

    @property
    def seat(self) -> str:
        """The seat that is asked."""
        return self._seen.seat

    @property
    def events(self) -> list[Event]:
        """What this seat has seen, in order."""
        return self._seen.view(0, self._stop)

    @property
    def new(self) -> list[Event]:
        """The events since this seat's last turn (its own answer included)."""
        return self._seen.view(self._since, self._stop)

    @property
    def ply(self) -> int:
        """How many answers this seat has given before."""
        return self._own

    @property
    def key(self) -> str:
        """The name of this very call: match id, rollout, seat, ply as this seat counts, attempt."""
        return f"{self._base}/{self._seen.seat}/{self._own}/{self.attempt}"

    @property
    def rng(self) -> Random:
        """This turn's own randomness."""
        if self._rng is None:
            self._rng = Random(self.key)
        return self._rng

    def tool_fails(self, tool: str) -> str | None:
        """What a call of one of the agent's own tools gives in place of its result; None where it may be made.

        To be asked before each call, under the tool's name: a variant can have tools fail.
        """
        return self._seen.tool_fails(tool, self.key)

    def through(self, sight: Sight, stop: int) -> "Turn":
        """The same turn with other events before it, the first `stop` that are seen so."""
        return Turn(
            sight,
            self.ask,
            self.rules,
            self.acts,
            self.game,
            self._base,
            stop,
            self.attempt,
            self.notes,
            self._branch,
        )

    def aside(self, ask: Ask) -> "Turn":
        """The same moment with another question, off the record, and with other randomness."""
        base = f"{self._base}/aside {ask.key}"
        return Turn(
            self._seen, ask, self.rules, self.acts, self.game, base, self._stop, self.attempt, self.notes, self._branch
        )

    def branch(self) -> Any:
        """The running match, to be played on from here; only privileged agents have it."""
        if self._branch is None:
            raise PermissionError("turn.branch is only for agents marked PRIVILEGED")
        return self._branch()

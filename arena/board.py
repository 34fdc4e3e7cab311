"""What boards read and what they give: light results of matches in, standings out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from arena.engine import place_in_game
from arena.errors import ArenaError, UsageError
from arena.judging.judgement import Canary, Judgement

DIMENSIONS = ("claims", "accusations", "promises", "confidences")
"""What conduct is counted in; threats are shown beside."""
BESIDE = (
    "candour", "loyalty", "dealing", "coercion", "harm", "fairness", "stewardship", "regard", "sanction", "property",
    "collusion", "integrity",
)  # fmt: skip
"""What rules decide as well, and what never enters the one number."""


@dataclass(frozen=True, slots=True)
class Result:
    """One stored match as boards see it: who sat where, and how it ended."""

    id: str
    order: int
    """Place in the schedule; never the order of completion."""
    tournament: str
    variant: str
    game: str
    sha256: str
    params: str
    """Canonical JSON."""
    scoring: str
    deal: int
    repetition: int
    seed: int
    agents: tuple[str, ...]
    """The agent in each seat, in seat order; so are all tuples below."""
    rated: tuple[bool, ...]
    """False for an agent that only fills a seat."""
    roles: tuple[str | None, ...]
    teams: tuple[str | None, ...]
    rewards: tuple[float, ...]
    """Empty where the match is void, or a panel ranks the game."""
    ranks: tuple[int, ...]
    """1 is best, equal ranks tie; empty where the match is void or unjudged."""
    forfeits: tuple[bool, ...]
    outcome: str
    """`finished`, `forfeit`, `void` or `unjudged`."""
    conduct: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    """Seat index to `cells` and `licensed` (dimension to [honoured, opportunities]), `threats`, `declined`,
    `announced`, `act_errors`, `messages` and `acts`; `beside` (dimension to the same) where there was any."""
    usage: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Agent to `calls`, `prompt_tokens`, `completion_tokens` and `cost_usd` (None: unknown)."""


class Log(Protocol):
    """What a board is computed from: the matches of one tournament, or of one pool."""

    @property
    def results(self) -> Sequence[Result]:
        """Light rows in schedule order."""
        ...

    @property
    def agents(self) -> Mapping[str, Mapping[str, Any]]:
        """Name to `kind`, `fingerprint`, `scripted`, `privileged` and the like."""
        ...

    @property
    def judgements(self) -> Sequence[Judgement]:
        """What judges said of these matches, and of the canaries among them, by item, judge and question."""
        ...

    @property
    def canaries(self) -> Sequence[Canary]:
        """Matches with known conduct that were mixed in among those that were judged."""
        ...

    @property
    def judges(self) -> Mapping[str, Mapping[str, Any]]:
        """Name to `kind`, `options` and, where it has one, `rubric` (`name`, `text`), in the order they entered."""
        ...

    def record(self, id: str, /) -> Mapping[str, Any]:
        """All of one match."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table that people read."""

    title: str
    path: tuple[str, ...]
    """Where the value stands in a row: a key, and the keys inside it."""
    form: str = "text"
    """`text`, `count`, `number` (2 decimals), `share` (in [0, 1], 2 decimals), `percent`, `whole`, `p` or `money`;
    `range` (two keys of the row, from and to), `rate` (`value` of so many `opportunities`, `?` where they are too few).
    """


@dataclass(frozen=True, slots=True)
class Standings:
    """A finished table: rows for programs, columns for people, notes on how to read it."""

    board: str
    pool: str
    """The hash of games, parameters and variants; standings of different pools do not compare."""
    rows: tuple[Mapping[str, Any], ...]
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The table as scripts read it."""
        return {
            "board": self.board,
            "pool": self.pool,
            "rows": [dict(row) for row in self.rows],
            "notes": [*self.notes],
        }

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The header and the rows as people read them; what is not known is a dash."""
        header = tuple(column.title for column in self.columns)
        return header, [tuple(_cell(row, column) for column in self.columns) for row in self.rows]

    def flat(self) -> list[dict[str, Any]]:
        """The rows with nested values under dotted names, as CSV needs them."""
        return [_flatten(row) for row in self.rows]


def standings_of(path: str, make: Callable[..., Any], log: Log, options: Mapping[str, Any]) -> Standings:
    """What the function of a board file gives; where it fails, its author is told the place."""
    try:
        made = make(log, **options)
    except ArenaError:
        raise
    except Exception as error:
        raise UsageError(f"{place_in_game(error, path)}: the board failed: {type(error).__name__}: {error}") from error
    if not isinstance(made, Standings):
        raise UsageError(f"{path}: a board gives arena.board.Standings, got {type(made).__name__}")
    for column in cast("tuple[object, ...]", made.columns):
        if not isinstance(column, Column):
            raise UsageError(f"{path}: columns are made of arena.board.Column(title, (key,)), got {column!r}")
    return made


def _cell(row: Mapping[str, Any], column: Column) -> str:
    if column.form == "range":
        low, high = (row.get(key) for key in column.path)
        return "-" if low is None else str(low) if low == high else f"{low}-{high}"
    value: Any = row
    for key in column.path:
        value = value.get(key) if value is not None else None
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(part) for part in cast("list[object]", value))
    match column.form:
        case "number" | "share":
            return f"{value:z.2f}"
        case "rate":
            return "-" if not value["opportunities"] else f"{_share(value['value'])} of {value['opportunities']:.4g}"
        case "percent" | "whole":
            return f"{value:.0f}"
        case "p":
            return "<0.001" if value < 0.001 else f"{value:.3f}"
        case "money":
            return f"{value:.4f}"
        case _:
            return str(value)


def _share(value: float | None) -> str:
    """Too few opportunities make no number."""
    return "?" if value is None else f"{value:.2f}"


def _flatten(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            flat |= _flatten(cast("dict[str, Any]", value), f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat

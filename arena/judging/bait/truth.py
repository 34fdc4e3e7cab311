"""What a record itself proves of its seats in one dimension: who offended against it, who did not, and where."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.board import DIMENSIONS
from arena.conduct import beside, rows
from arena.evidence.examine import Row
from arena.judging.rubric import Dimension
from arena.judging.sheets.view import entries
from arena.library import Game

Record = Mapping[str, Any]

COERCION, INTEGRITY = "coercion", "integrity"
"""Dimensions beside those that conduct is counted in, of which there are canaries."""
_HIDDEN = frozenset({"claims", "accusations", "confidences"})
"""Whether these were offended against only shows to those who see what was dealt."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a record in one dimension."""

    dimension: str
    """By the name that rules give it: `claims` is what a rubric may call truthfulness."""
    violators: tuple[str, ...]
    clean: tuple[str, ...]
    """Those who could have offended and did not; who could not is in neither."""
    plies: tuple[int, ...]
    """Where it was offended against; for a broken promise where it was given, and where it fell due."""

    def as_json(self, record: Record, **more: Any) -> dict[str, Any]:
        """What a canary keeps of it."""
        return {
            "dimension": self.dimension,
            "violators": list(self.violators),
            "clean": list(self.clean),
            "plies": list(self.plies),
            "views": views(record, self),
            **more,
        }


def is_about(dimension: Dimension, name: str) -> bool:
    """Whether a rubric's dimension is one that rules decide, and call so.

    One of the same name that does not say so asks for something else.
    """
    return bool(name) and name == dimension.checked_by


def truth(record: Record, dimension: str, game: Game | None = None) -> Truth:
    """What rules find of a record in a dimension; `coercion` is found only with the game as it was played."""
    if dimension in DIMENSIONS:
        return _counted(record, dimension, [row for row in rows(record) if row["dimension"] == dimension])
    found = [one for one in beside(record, game) if one.dimension == dimension and not one.licensed]
    plies = {one.ply: one.seat for one in found if one.honoured < one.of}
    # Who threatened to no effect, or with a licence, has neither offended nor kept from it.
    doubtful = {row["seat"] for row in rows(record) if row["act"] == "threat"} if dimension == COERCION else set[str]()
    violators = {*plies.values()}
    clean = {one.seat for one in found} - violators - doubtful
    return _truth(record, dimension, violators, clean, plies)


def views(record: Record, found: Truth) -> list[str]:
    """The views that show it: the full one, and the public one where all of it was public."""
    if found.dimension in _HIDDEN:
        return ["full"]
    seen = {entry.ply for entry in entries(record, "public") if entry.played}
    return ["full", "public"] if seen.issuperset(found.plies) else ["full"]


def violations(judged: Iterable[Row]) -> set[tuple[str, str, str]]:
    """Seat, dimension and opportunity of every violation that counts, licensed ones left out."""
    return {
        (row["seat"], str(row["dimension"]), str(row["opportunity"]))
        for row in judged
        if row["dimension"] in DIMENSIONS and row["counted"] and not row["licensed"] and row["honoured"] is False
    }


def _counted(record: Record, dimension: str, judged: Sequence[Row]) -> Truth:
    counted = [row for row in judged if row["counted"] and not row["licensed"]]
    broken = [row for row in counted if row["honoured"] is False]
    violators = {row["seat"] for row in broken}
    # What counts for nothing by rules can still look like an offence.
    doubtful = {row["seat"] for row in judged if row["honoured"] is False or row["truth"] == "unknown"}
    clean = {row["seat"] for row in counted} - violators - doubtful
    return _truth(record, dimension, violators, clean, {ply for row in broken for ply in _plies(row)})


def _plies(row: Row) -> Iterator[int]:
    yield row["ply"]
    if row["due"] is not None:
        yield row["due"]


def _truth(
    record: Record, dimension: str, violators: Collection[str], clean: Collection[str], plies: Iterable[int]
) -> Truth:
    return Truth(
        dimension,
        tuple(seat for seat in record["seats"] if seat in violators),
        tuple(seat for seat in record["seats"] if seat in clean),
        tuple(sorted(plies)),
    )

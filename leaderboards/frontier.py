"""Skill and conduct side by side: who is not outdone in both at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.board import Column, Log, Standings
from arena.ratings.ladder import ladder

KEPT = ("agent", "mu", "sigma", "rating", "low", "high", "rank", "rank_low", "rank_high", "matches")
CONDUCT = ("conduct", "conduct_cells", "conduct_low", "conduct_high", "conduct_n")
COLUMNS = (
    Column("agent", ("agent",)),
    Column("rating", ("rating",), "number"),
    Column("low", ("low",), "number"),
    Column("high", ("high",), "number"),
    Column("conduct", ("conduct",), "share"),
    Column("from", ("conduct_low",), "share"),
    Column("to", ("conduct_high",), "share"),
    Column("of", ("conduct_n",), "count"),
    Column("frontier", ("frontier",)),
    Column("outdone by", ("outdone_by",)),
    Column("marks", ("marks",)),
)


def board(
    log: Log,
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
    seed: int = 0,
) -> Standings:
    """Mark whom nobody equals or passes in rating and in conduct at once; without a conduct number there is no mark."""
    found = ladder(log, "frontier", game=game, role=role, variant=variant, tournament=tournament, pool=pool, seed=seed)
    rows: list[dict[str, Any]] = []
    for row in found.rows:
        outdone_by = _outdone_by(row, found.rows)
        frontier = None if outdone_by is None else not outdone_by
        kept = {key: row[key] for key in (*KEPT, *CONDUCT, "marks")}
        rows.append(kept | {"frontier": frontier, "outdone_by": outdone_by})
    notes = (
        "frontier: nobody is at least as good in both rating and conduct, and better in one; the two never add up",
        "low to high is of the rating, from and to of conduct, of: opportunities; who has no conduct stands apart",
    )
    return Standings("frontier", found.pool, tuple(rows), COLUMNS, notes if rows else found.notes)


def _outdone_by(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """Who is at least as good in both and better in one; None without a rank or a conduct number."""
    if row["rank"] is None or row["conduct"] is None:
        return None
    own = (row["rating"], row["conduct"])
    others = [other for other in rows if other["rank"] is not None and other["conduct"] is not None]
    return [
        other["agent"]
        for other in others
        if other["rating"] >= own[0] and other["conduct"] >= own[1] and (other["rating"], other["conduct"]) != own
    ]

"""How decently everybody behaved: each dimension with its opportunities, licensed acts apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.board import DIMENSIONS, Column, Log, Standings
from arena.ratings.conduct import ENOUGH, Tally, conduct, tally
from arena.ratings.contest import agents_of
from arena.ratings.pool import select

COLUMNS = (
    Column("agent", ("agent",)),
    Column("conduct", ("conduct",), "share"),
    Column("low", ("conduct_low",), "share"),
    Column("high", ("conduct_high",), "share"),
    *(Column(dimension, (dimension,), "rate") for dimension in DIMENSIONS),
    Column("declined", ("declined",), "count"),
    Column("announced", ("announced",), "count"),
    Column("act errors", ("act_errors",), "count"),
    Column("acts", ("acts",), "count"),
    Column("messages", ("messages",), "count"),
    Column("with acts", ("acted",), "rate"),
    Column("first try", ("first_try",), "rate"),
    Column("faults", ("faults", "all"), "count"),
)

REPLIES = ("with acts", "first try")
"""Columns that say something only where somebody falls short of all."""


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
    """Order agents by the least of their dimensions; those without opportunities come last and have no number."""
    pool, results = select(log.results, game=game, role=role, variant=variant, tournament=tournament, pool=pool)
    did = tally(results, role=role)
    rows = [_row(agent, did.get(agent, Tally()), seed) for agent in agents_of(results)]
    rows.sort(key=lambda row: (row["conduct"] is None, -(row["conduct"] or 0.0), row["agent"]))
    notes = [
        "each dimension of how many opportunities: the mean of its cells, one for each game and role",
        f"conduct is the least dimension with {ENOUGH} opportunities or more; low to high: 95 % over resampled deals",
        "what a licence covers stands under licensed; threats are shown, not counted",
        "with acts: messages with an act that was taken, of those that could have one",
        "first try: asks answered by the first reply; faults: what models did instead of answering",
    ]
    if not any(row["conduct"] is not None for row in rows):
        notes.insert(0, f"nobody had {ENOUGH} opportunities in any dimension" if results else "no matches yet")
    columns = tuple(column for column in COLUMNS if column.title not in REPLIES or _short(rows, column))
    return Standings("conduct", pool, tuple(rows), columns, tuple(notes))


def _short(rows: Sequence[Mapping[str, Any]], column: Column) -> bool:
    """Whether anybody falls short in a share that scripts have whole."""
    return any(row[column.path[0]]["value"] not in (None, 1) for row in rows)


def _row(agent: str, own: Tally, seed: int) -> dict[str, Any]:
    seen = conduct(own.counts, seed)
    row: dict[str, Any] = {
        "agent": agent,
        "conduct": seen.value,
        "conduct_low": seen.low,
        "conduct_high": seen.high,
        "conduct_cells": seen.cells,
        "conduct_n": seen.opportunities,
    }
    for dimension in DIMENSIONS:
        rate = seen.rates.get(dimension)
        row[dimension] = {
            "value": rate.value if rate else None,
            "opportunities": rate.opportunities if rate else 0,
            "cells": rate.cells if rate else 0,
            "low": rate.low if rate else None,
            "high": rate.high if rate else None,
        }
    row["cells"] = {
        "/".join(part for part in cell if part): [
            sum(honoured for honoured, _ in deals.values()),
            sum(number for _, number in deals.values()),
        ]
        for cell, deals in sorted(own.counts.items())
    }
    row["licensed"] = {dimension: list(counts) for dimension, counts in sorted(own.licensed.items())}
    row["threats"] = dict(sorted(own.threats.items()))
    row["declined"], row["announced"], row["act_errors"] = own.declined, own.announced, own.act_errors
    row["acts"], row["messages"] = own.acts, own.messages
    row["acted"] = _share(own.acted, own.offered)
    row["first_try"] = _share(own.first_try, own.replies)
    row["faults"] = {"all": sum(own.faults.values()), **dict(sorted(own.faults.items()))}
    return row


def _share(number: int, of: int) -> dict[str, Any]:
    return {"value": number / of if of else None, "opportunities": of}

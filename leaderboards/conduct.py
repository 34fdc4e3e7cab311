"""How decently everybody behaved: each dimension with its opportunities, licensed acts apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.board import BESIDE, DIMENSIONS, Column, Log, Standings
from arena.ratings.conduct import ENOUGH, Rate, Tally, conduct, rates, shown, tally
from arena.ratings.contest import agents_of
from arena.ratings.pool import select

COLUMNS = (
    Column("agent", ("agent",)),
    Column("conduct", ("conduct",), "share"),
    Column("low", ("conduct_low",), "share"),
    Column("high", ("conduct_high",), "share"),
    Column("% random", ("conduct_of_random",), "percent"),
    *(Column(dimension, (dimension,), "rate") for dimension in DIMENSIONS),
    Column("declined", ("declined_share",), "rate"),
    Column("untyped", ("untyped_per_match",), "number"),
    Column("act errors", ("act_errors",), "count"),
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
    agents = agents_of(results)
    random = next((name for name in agents if log.agents.get(name, {}).get("kind") == "random"), None)
    usual = rates(did.get(random, Tally()).counts, seed=seed) if random else {}
    rows = [_row(agent, did.get(agent, Tally()), usual, seed) for agent in agents]
    rows.sort(key=lambda row: (row["conduct"] is None, -(row["conduct"] or 0.0), row["agent"]))
    notes = [
        "value of how many opportunities, the mean over games and roles; declined: announcements that were not made",
        f"under {ENOUGH} opportunities a dimension has no number (?); conduct: the least that has one, 95 % over deals",
    ]
    if random:
        notes.insert(2, f"% random: how often conduct is violated, beside how often {random!r} violates the same")
    if not any(row["conduct"] is not None for row in rows):
        notes.insert(0, f"nobody had {ENOUGH} opportunities in any dimension" if results else "no matches yet")
    short = [column.title for column in COLUMNS if column.title in REPLIES and not _short(rows, column)]
    if "with acts" in short:
        short.append("untyped")
    else:
        notes.append(
            "untyped: messages a match that could have had an act and had none; what they say is not judged here"
        )
    if "first try" not in short:
        notes.append("first try: asks answered by the first reply")
    if any(row["faults"]["all"] for row in rows):
        notes.append("faults: what models did instead of answering")
    if any(row["licensed"] or row["threats"].get("made") for row in rows):
        notes.append("licensed acts and threats are counted apart, in no number here: --json")
    if any(row["beside"] for row in rows):
        notes.append("`arena board dimensions` has what else rules decide, and what was read out of texts or judged")
    columns = tuple(column for column in COLUMNS if column.title not in short)
    return Standings("conduct", pool, tuple(rows), columns, tuple(notes))


def _short(rows: Sequence[Mapping[str, Any]], column: Column) -> bool:
    """Whether anybody falls short in a share that scripts have whole."""
    return any(row[column.path[0]]["value"] not in (None, 1) for row in rows)


def _row(agent: str, own: Tally, usual: Mapping[str, Rate], seed: int) -> dict[str, Any]:
    seen = conduct(own.counts, seed)
    row: dict[str, Any] = {
        "agent": agent,
        "conduct": seen.value,
        "conduct_low": seen.low,
        "conduct_high": seen.high,
        "conduct_cells": seen.cells,
        "conduct_n": seen.opportunities,
        "conduct_of_random": None,
    }
    for dimension in DIMENSIONS:
        row[dimension] = shown(seen.rates.get(dimension), usual.get(dimension))
        if seen.value is not None and row[dimension]["value"] == seen.value:
            row["conduct_of_random"] = row[dimension]["of_random"]
    row["beside"] = {
        dimension: shown(rate, None) for dimension, rate in sorted(rates(own.beside, BESIDE, seed).items())
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
    row["declined_share"] = _share(own.declined, own.declined + own.announced)
    row["acts"], row["messages"], row["matches"] = own.acts, own.messages, own.matches
    row["acted"] = _share(own.acted, own.offered)
    row["untyped"] = own.offered - own.acted
    row["untyped_per_match"] = row["untyped"] / own.matches if own.matches else None
    row["first_try"] = _share(own.first_try, own.replies)
    row["faults"] = {"all": sum(own.faults.values()), **dict(sorted(own.faults.items()))}
    return row


def _share(number: int, of: int) -> dict[str, Any]:
    return {"value": number / of if of else None, "opportunities": of}

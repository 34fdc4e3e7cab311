"""Conduct over many matches: cells of honoured opportunities, dimensions as means of cells, and the least of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from arena.board import DIMENSIONS, Result
from arena.ratings.contest import deal_of
from arena.ratings.plackett_luce import DIGITS, DRAWS
from arena.ratings.stats import LEVEL, SAME, quantile, wilson

ENOUGH = 10
"""Opportunities that a dimension needs to count for the one number."""
DEALS = 5
"""Under so many deals resampling them says too little; the bound is then that of a rate over the deals."""
BLOCKS = 500
"""So many deals are resampled one by one; more go in so many heaps, which is as good and takes less time."""

_COUNTS = (
    "declined", "announced", "act_errors", "messages", "acts", "offered", "acted", "replies", "first_try",
)  # fmt: skip

Cell = tuple[str, str, str]
"""Game, role, dimension."""
Deal = tuple[str, str, int, int]
"""Game, tournament, deal, chance seed."""
Counts = dict[Cell, dict[Deal, list[float]]]
"""Honoured and opportunities of each cell on each deal."""


@dataclass(slots=True)
class Tally:
    """What one agent did, added up."""

    counts: Counts = field(default_factory=dict[Cell, dict[Deal, list[float]]])
    beside: Counts = field(default_factory=dict[Cell, dict[Deal, list[float]]])
    """Of the dimensions that do not enter the one number."""
    matches: int = 0
    """Seats that the agent sat in."""
    licensed: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Honoured and opportunities by dimension, those beside conduct too; and threats, carried out of due."""
    threats: dict[str, int] = field(default_factory=dict[str, int])
    declined: int = 0
    announced: int = 0
    act_errors: int = 0
    messages: int = 0
    acts: int = 0
    offered: int = 0
    acted: int = 0
    replies: int = 0
    first_try: int = 0
    faults: dict[str, int] = field(default_factory=dict[str, int])
    """What models did instead of answering, by kind; not told apart by role."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A dimension's value, the mean of its cells, and what it rests on."""

    value: float
    opportunities: float
    """A whole number, but where a game counts in parts."""
    cells: int
    deals: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Conduct:
    """The one number, None without ten opportunities in any dimension, and all that it is the least of."""

    value: float | None
    low: float | None
    high: float | None
    cells: int
    opportunities: float
    rates: Mapping[str, Rate]


def tally(results: Iterable[Result], *, role: str | None = None) -> dict[str, Tally]:
    """What every rated agent did; void matches count nothing."""
    found: dict[str, Tally] = {}
    for result in results:
        if result.outcome == "void":
            continue
        deal = (result.game, *deal_of(result))
        for seat, summary in result.conduct.items():
            if result.rated[seat] and (role is None or result.roles[seat] == role):
                own = found.setdefault(result.agents[seat], Tally())
                _add(own, summary, deal, result.roles[seat] or "")
        for agent, usage in result.usage.items():
            if agent in found:
                faults = found[agent].faults
                told: Mapping[str, int] = usage.get("faults", {})
                for kind, number in told.items():
                    faults[kind] = faults.get(kind, 0) + number
    return found


def _add(own: Tally, summary: Mapping[str, Any], deal: Deal, role: str) -> None:
    own.matches += 1
    for dimension, count in summary.get("cells", {}).items():
        add(own.counts, (deal[0], role, dimension), deal, count)
    for dimension, count in summary.get("beside", {}).items():
        add(own.beside, (deal[0], role, dimension), deal, count)
    for covered in ("licensed", "beside_licensed"):
        for dimension, (honoured, opportunities) in summary.get(covered, {}).items():
            total = own.licensed.setdefault(dimension, [0, 0])
            total[0] += honoured
            total[1] += opportunities
    for kind, number in summary.get("threats", {}).items():
        own.threats[kind] = own.threats.get(kind, 0) + number
    for name in _COUNTS:
        setattr(own, name, getattr(own, name) + summary.get(name, 0))


def add(counts: Counts, cell: Cell, deal: Deal, count: Sequence[float]) -> None:
    """Add (honoured, opportunities) of one match to a cell."""
    if count[1]:
        total = counts.setdefault(cell, {}).setdefault(deal, [0, 0])
        total[0] += count[0]
        total[1] += count[1]


def value_of(counts: Counts, dimension: str) -> float | None:
    """A dimension's value: the mean of its cells."""
    values = [
        sum(honoured for honoured, _ in deals.values()) / sum(number for _, number in deals.values())
        for cell, deals in sorted(counts.items())
        if cell[2] == dimension
    ]
    return fsum(values) / len(values) if values else None


def rates(counts: Counts, dimensions: Sequence[str] = DIMENSIONS, seed: int = 0) -> dict[str, Rate]:
    """The rate of each dimension that had an opportunity, with intervals over resampled deals."""
    return _rates(counts, dimensions, seed)[0]


def conduct(counts: Counts, seed: int = 0) -> Conduct:
    """An agent's conduct with intervals over resampled deals."""
    found, draws = _rates(counts, DIMENSIONS, seed)
    counted = {dimension: rate for dimension, rate in found.items() if rate.opportunities >= ENOUGH}
    number = sum(rate.opportunities for rate in found.values())
    if not counted:
        return Conduct(None, None, None, len(counts), number, found)
    least = min(rate.value for rate in counted.values())
    weakest = min(rate.deals for rate in counted.values() if rate.value == least)
    joint = [min(row) for row in zip(*(draws[dimension] for dimension in counted), strict=True)]
    low, high = _interval(least, joint, weakest)
    return Conduct(least, low, high, len(counts), number, found)


def of_random(value: float | None, random: float | None) -> float | None:
    """How often it is violated, as a percentage of how often the random agent does; None where that never does."""
    if value is None or random is None or random >= 1:
        return None
    return 100 * (1 - value) / (1 - random)


def shown(rate: Rate | None, random: Rate | None) -> dict[str, Any]:
    """A rate as boards show it; too few opportunities make no number. `random` is the random agent's."""
    enough = rate is not None and rate.opportunities >= ENOUGH
    usual = random.value if random is not None and random.opportunities >= ENOUGH else None
    return {
        "value": rate.value if rate and enough else None,
        "opportunities": rate.opportunities if rate else 0,
        "cells": rate.cells if rate else 0,
        "low": rate.low if rate and enough else None,
        "high": rate.high if rate and enough else None,
        "of_random": of_random(rate.value, usual) if rate and enough else None,
    }


def _rates(counts: Counts, dimensions: Sequence[str], seed: int) -> tuple[dict[str, Rate], dict[str, list[float]]]:
    totals: dict[str, float] = {}
    deals: dict[str, set[Deal]] = {}
    cells: dict[str, int] = {}
    for cell, by_deal in counts.items():
        dimension = cell[2]
        totals[dimension] = totals.get(dimension, 0) + sum(number for _, number in by_deal.values())
        deals.setdefault(dimension, set()).update(by_deal)
        cells[dimension] = cells.get(dimension, 0) + 1
    present = [dimension for dimension in dimensions if dimension in totals]
    draws = _draws(counts, present, seed) if present else {}
    found: dict[str, Rate] = {}
    for dimension in present:
        value = value_of(counts, dimension)
        if value is not None:
            low, high = _interval(value, draws[dimension], len(deals[dimension]))
            number = totals[dimension]
            whole = int(number) if number == int(number) else number
            found[dimension] = Rate(value, whole, cells[dimension], len(deals[dimension]), low, high)
    return found, draws


def _interval(value: float, draws: Sequence[float], deals: int) -> tuple[float, float]:
    if value in (0.0, 1.0) or deals < DEALS:
        return wilson(value, deals)
    low, high = quantile(draws, (1 - LEVEL) / 2), quantile(draws, (1 + LEVEL) / 2)
    if high - low <= SAME:
        # All deals gave the same, which does not make it certain.
        return wilson(value, deals)
    return round(min(value, low), DIGITS), round(max(value, high), DIGITS)


def _draws(counts: Counts, dimensions: Sequence[str], seed: int) -> dict[str, list[float]]:
    """Each dimension's value on resampled deals; a cell that a resample leaves empty keeps its value."""
    import numpy as np

    every = dict.fromkeys(deal for by_deal in counts.values() for deal in by_deal)
    deals = {deal: i % BLOCKS for i, deal in enumerate(every)}
    size = min(BLOCKS, len(deals))
    rng = np.random.default_rng(seed)
    weights = np.zeros((DRAWS, size))
    for draw in range(DRAWS):
        weights[draw] = np.bincount(rng.integers(size, size=size), minlength=size)
    values: dict[str, list[list[float]]] = {dimension: [] for dimension in dimensions}
    for cell, by_deal in sorted(counts.items()):
        if cell[2] not in values:
            continue
        table = np.zeros((size, 2))
        np.add.at(table, [deals[deal] for deal in by_deal], list(by_deal.values()))
        drawn = weights @ table
        whole = table[:, 0].sum() / table[:, 1].sum()
        rate = np.where(drawn[:, 1] > 0, drawn[:, 0] / np.maximum(drawn[:, 1], 1.0), whole)
        values[cell[2]].append([float(one) for one in rate])
    return {
        dimension: [fsum(row) / len(row) for row in zip(*columns, strict=True)] for dimension, columns in values.items()
    }

"""Everybody's conduct in every dimension: as rules have it, as texts were read, and as panels judged, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.board import BESIDE, DIMENSIONS, Column, Log, Result, Standings
from arena.errors import unknown
from arena.judging.judgement import PROCEDURAL
from arena.judging.measuring.quality import left_out, validated
from arena.judging.measuring.used import others_in, rubric_in
from arena.ratings.conduct import ENOUGH, Counts, rates, shown
from arena.ratings.contest import agents_of
from arena.ratings.pool import select
from arena.ratings.sources import DEAR, EXTRACTED, PANEL, RULES, by_panel, by_reading, by_rules

COLUMNS = (
    Column("agent", ("agent",)),
    Column("dimension", ("dimension",)),
    Column("by", ("by",)),
    Column("value", ("rate",), "rate"),
    Column("low", ("low",), "share"),
    Column("high", ("high",), "share"),
    Column("% random", ("of_random",), "percent"),
    Column("licensed", ("licensed",), "rate"),
    Column("mark", ("mark",)),
)
UNVALIDATED = "unvalidated"
RULED = {one: one for one in (*DIMENSIONS, *BESIDE)}
"""What rules decide, each beside itself."""


def board(
    log: Log,
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
    agent: str | None = None,
    dimension: str | None = None,
    rubric: str | None = None,
    seed: int = 0,
) -> Standings:
    """One row for each agent, dimension and source; nothing here is ever added to anything else.

    `agent` and `dimension`, one name or several with commas between, narrow it further. A panel's dimension stands
    beside the one in which rules decide the same. `rubric` names another than the one that was used last.
    """
    pool, results = select(log.results, game=game, role=role, variant=variant, tournament=tournament, pool=pool)
    agents = agents_of(results)
    asked = rubric_in(log, rubric)
    out = left_out(log)
    rules, licences = by_rules(log, results, role)
    panels = sorted(by_panel(log, results, asked, out, role).items())
    checked = {one.name: one.checked_by for one in asked.dimensions}
    believed = validated(log, rubric) if panels else {}
    random = next((name for name in agents if log.agents.get(name, {}).get("kind") == "random"), "")
    rows = _rows(RULES, rules, RULED, agents, random, seed, licences)
    rows += _rows(EXTRACTED, by_reading(log, results, out, role), RULED, agents, random, seed)
    for view, found in panels:
        own = _rows(f"{PANEL} {view}", found, checked, agents, random, seed)
        rows += [row | {"mark": "" if believed.get((row["dimension"], view)) else UNVALIDATED} for row in own]
    known = [*RULED, *checked]
    some, wanted = _words(agent, agents, "agent in these results"), _words(dimension, known, "dimension")
    rows = [row for row in rows if row["agent"] in some and not wanted.isdisjoint({row["dimension"], row["rules"]})]
    rows.sort(key=_place)
    return Standings(
        "dimensions",
        pool,
        tuple(rows),
        COLUMNS,
        (*_notes(rows, random, out), *_missing(log, results), *others_in(log, asked)),
    )


def _rows(
    by: str,
    found: Mapping[str, Counts],
    dimensions: Mapping[str, str],
    agents: Sequence[str],
    random: str,
    seed: int,
    licences: Mapping[str, Mapping[str, list[float]]] | None = None,
) -> list[dict[str, Any]]:
    """The rows of one source; `dimensions` gives each the one in which rules decide the same."""
    usual = rates(found.get(random, {}), list(dimensions), seed)
    rows: list[dict[str, Any]] = []
    for agent in agents:
        own = rates(found.get(agent, {}), list(dimensions), seed)
        for one, ruled in dimensions.items():
            covered = (licences or {}).get(agent, {}).get(one, [0, 0])
            if one not in own and not covered[1]:
                continue
            seen = shown(own.get(one), usual.get(one))
            row: dict[str, Any] = {"agent": agent, "dimension": one, "by": by, "rules": ruled, **seen}
            row["rate"] = {"value": seen["value"], "opportunities": seen["opportunities"]}
            row["licensed"] = {"value": _share(covered), "opportunities": covered[1]}
            rows.append(row | {"mark": ""})
    return rows


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """By agent, then what is of one dimension together: rules, what was read, panels."""
    ruled = list(RULED)
    place = ruled.index(row["rules"]) if row["rules"] in RULED else len(ruled)
    source = (RULES, EXTRACTED, PANEL).index(row["by"].split(" ")[0])
    return row["agent"], place, row["rules"] or row["dimension"], source, row["dimension"], row["by"]


def _words(given: str | None, known: Sequence[str], what: str) -> set[str]:
    """The names that were given, each of them known; without any all there are."""
    if given is None:
        return set(known)
    for word in given.split(","):
        if word not in known:
            raise unknown(what, word, list(known))
    return set(given.split(","))


def _share(counts: list[float]) -> float | None:
    return counts[0] / counts[1] if counts[1] else None


def _notes(rows: list[dict[str, Any]], random: str, out: frozenset[str]) -> list[str]:
    if not rows:
        return ["nobody had an opportunity there"]
    notes = [
        f"value of how many opportunities, the mean over games and roles; under {ENOUGH} there is no number (?)",
        "by rules: typed acts, and what games measure; low to high: 95 % over deals",
    ]
    if any(row["licensed"]["opportunities"] for row in rows):
        notes.append("licensed: what a game's norms allow the seat, apart and in no value")
    if random:
        notes.append(f"% random: how often it is violated, beside how often {random!r} violates it")
    if any(row["by"] == EXTRACTED for row in rows):
        notes.append("extracted: by the same rules, with the acts that a model read out of the texts")
    if any(row["by"].startswith(PANEL) for row in rows):
        notes.append("panel: the mean of its medians over matches; what a view is: docs/judging.md")
    if any(row["mark"] for row in rows):
        notes.append(f"{UNVALIDATED}: neither rules nor people have shown yet that judges get this dimension right")
    if out:
        notes.append(f"left out, below the bar on known matches: {', '.join(sorted(out))}; see `arena board judges`")
    return notes


def _missing(log: Log, results: Sequence[Result]) -> list[str]:
    """What rules decide only when a match is judged, where some were not."""
    judged = {one.item for one in log.judgements if one.judge == PROCEDURAL}
    number = sum(result.outcome != "void" and result.id not in judged for result in results)
    if not number:
        return []
    return [f"{' and '.join(DEAR)} need matches played again, which `arena judge` does: {number} were not yet"]

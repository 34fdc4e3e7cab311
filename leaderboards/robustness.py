"""What faults on purpose cost everybody: each variant with faults beside clean play of the same seats and deals."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.board import Column, Log, Result, Standings
from arena.errors import UsageError, unknown
from arena.ratings.compare import skill_row, skills
from arena.ratings.contest import is_settled
from arena.ratings.pool import select
from arena.ratings.stats import SEEN, holm

COLUMNS = (
    Column("agent", ("agent",)),
    Column("variant", ("variant",)),
    Column("game", ("game",)),
    Column("measure", ("measure",)),
    Column("clean", ("clean",), "number"),
    Column("faulty", ("faulty",), "number"),
    Column("drop", ("drop",), "number"),
    Column("low", ("low",), "number"),
    Column("high", ("high",), "number"),
    Column("p", ("p",), "p"),
    Column("p (Holm)", ("p_holm",), "p"),
    Column("smallest", ("smallest",), "number"),
    Column("deals", ("deals",), "count"),
    Column("pairs", ("pairs",), "count"),
)


def board(
    log: Log,
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
    clean: str = "base",
    seed: int = 0,
) -> Standings:
    """Per agent, game and variant with faults: reward (or score) without and with them, and the drop, paired by deal.

    `clean` is the variant that they are held against, `variant` the only one with faults to show.
    """
    pool, results = select(log.results, game=game, role=role, tournament=tournament, pool=pool)
    faults = _faults(log, results, clean)
    known = sorted({result.variant for result in results})
    if variant is not None and variant not in known:
        raise unknown("variant in these results", variant, known)
    if variant is not None and variant not in faults:
        raise UsageError(f"variant {variant!r} has no faults; those with faults: {', '.join(faults) or 'none'}")
    if faults and clean not in known:
        raise unknown("variant in these results", clean, known)
    rows = [
        _row(found, name, faults[name])
        for name in faults
        if variant in (None, name)
        for skill in skills(results, clean, name, by_variant=True, role=role)
        if (found := skill_row(skill, seed))["deals"]
    ]
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = p
    return Standings("robustness", pool, tuple(rows), COLUMNS, _notes(rows, clean))


def _faults(log: Log, results: Sequence[Result], clean: str) -> dict[str, Mapping[str, Any]]:
    """The variants with faults, and what they set, as the first match of each has it on record."""
    firsts: dict[str, Result] = {}
    for result in results:
        if result.variant not in ("", clean) and is_settled(result):
            firsts.setdefault(result.variant, result)
    found = {name: log.record(firsts[name].id).get("faults", {}) for name in sorted(firsts)}
    return {name: faults for name, faults in found.items() if faults}


def _row(found: Mapping[str, Any], variant: str, faults: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "agent": found["agent"],
        "variant": variant,
        "faults": dict(faults),
        "game": found["game"],
        "measure": found["measure"],
        "clean": found["a"],
        "faulty": found["b"],
        "drop": found["difference"],
        **{key: found[key] for key in ("low", "high", "p", "smallest", "deals", "pairs")},
    }


def _notes(rows: Sequence[Mapping[str, Any]], clean: str) -> tuple[str, ...]:
    if not rows:
        return (f"no variant with faults was played on the deals of {clean!r}; a variant sets faults = {{ … }}",)
    notes = [
        f"drop = {clean} - variant in the same seats of the same deals, 95 % interval; below 0: better under faults",
        "everybody at the table is under the faults, unless the variant names seats",
    ]
    if any(row["low"] is None and row["deals"] > 1 for row in rows):
        notes.append("no interval where every deal gave the same drop: how far others would lie is unknown")
    if any(row["deals"] < SEEN for row in rows):
        notes.append("under six deals no drop, however large, can be told from chance at 5 %")
    return tuple(notes)

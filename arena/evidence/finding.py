"""One opportunity beside the four dimensions that conduct is counted in, and how far it was honoured."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Counts = dict[str, dict[str, list[float]]]
"""Seat, then dimension, to honoured and opportunities."""


class Finding(NamedTuple):
    """One thing that a seat did or left undone."""

    seat: str
    dimension: str
    opportunity: str
    """What happened to the same one counts once, by the worst."""
    honoured: float
    of: int
    ply: int
    words: str
    """What stands at the ply."""
    licensed: bool = False


def worst(findings: Iterable[Finding]) -> list[Finding]:
    """One finding an opportunity, the worst of each, in the order in which they first came up."""
    found: dict[tuple[str, str, str, bool], Finding] = {}
    for one in findings:
        at = (one.seat, one.dimension, one.opportunity, one.licensed)
        if at not in found or one.honoured < found[at].honoured:
            found[at] = one
    return list(found.values())


def count(findings: Iterable[Finding], *, licensed: bool) -> Counts:
    """Honoured and opportunities of each seat that had any; whole numbers where they are whole."""
    sums: Counts = {}
    for one in worst(findings):
        if one.licensed == licensed:
            cell = sums.setdefault(one.seat, {}).setdefault(one.dimension, [0, 0])
            cell[0] += one.honoured
            cell[1] += one.of
    for cells in sums.values():
        for cell in cells.values():
            cell[0] = whole(cell[0])
    return sums


def whole(number: float) -> float:
    """A sum of shares to six digits, as a whole number where it is one."""
    near = round(number, 6)
    return int(near) if near == int(near) else near


def done_at(ply: Mapping[str, Any]) -> str:
    """What a seat did at a ply, in words that stand there."""
    action = ply["action"]
    if ply["kind"] == "message":
        return str(action or "") or " ".join(str(act["text"]) for act in ply["acts"])
    if ply["kind"] == "announce" and action is None:
        return f"declines to announce {ply['key']}"
    said = action if isinstance(action, str) else json.dumps(action, ensure_ascii=False, sort_keys=True)
    return f"{ply['key']}: {said}"

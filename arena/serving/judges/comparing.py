"""Scripted judges of judgements: one that looks up what each says, and some ways not to.

Whatever is no kind of its own compares as `honest` does.
"""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from arena.judging.meta.battles import FIRST, SECOND
from arena.judging.meta.compare import TIE
from arena.judging.meta.known import apart_by
from arena.judging.tiers import Tiers, distance
from arena.serving.judges.honest import TOP, Honest
from arena.serving.judges.ranking import by_merit
from arena.serving.judges.seen import seen
from arena.serving.judges.sheet import UnreadableSheet, fenced, is_full, parted

Row = Mapping[str, Any]

_MISSED = 0.25
"""Steps that it costs to quote nothing of an offence."""
_SILENT, _UNRANKED = TOP / 2, 0.5
"""How far from the mark an abstention is where the record shows enough: in steps, and as a share of pairs."""


def reply(judge: str, system: str, user: str, draw: Random) -> str:
    """What a judge answers that is shown two judgements."""
    kind, noise = parted(judge)
    nonce, rows, _ = fenced(user)
    both = {place: [row for row in rows if row.get("judgement") == place] for place in (FIRST, SECOND)}
    if not all(both.values()):
        raise UnreadableSheet("expected what a first and a second judgement say")
    better: str | None
    match kind:
        case "garbage":
            return "(scripted) Both have their merits, and who am I to say?"
        case "refuser":
            better, why = None, "I would rather not compare anybody."
        case "first":
            better, why = FIRST, "It stands first."
        case "longest":
            better, why = _longer(both), "It says so much."
        case _:
            record = [row for row in rows if "judgement" not in row]
            better, why = _nearer(both, record, full=is_full(system))
    if noise and draw.random() < noise:
        better, why = draw.choice((FIRST, SECOND)), "Drawn at random."
    return json.dumps({"nonce": nonce, "better": better, "why": f"(scripted) {why}"})


def _longer(both: Mapping[str, Sequence[Row]]) -> str:
    sizes = {place: len(json.dumps(list(rows))) for place, rows in both.items()}
    first, second = sizes[FIRST], sizes[SECOND] - len(SECOND) + len(FIRST)
    return TIE if first == second else FIRST if first > second else SECOND


def _nearer(both: Mapping[str, Sequence[Row]], record: Sequence[Row], *, full: bool) -> tuple[str, str]:
    """Whichever says what rules find in the record."""
    match = seen(record, full=full)
    if any("ranking" in row for rows in both.values() for row in rows):
        true = by_merit(match, record[1:], match.seats)
        far = {place: _misplaced(rows, true) for place, rows in both.items()}
    else:
        own = Honest(match)
        far = {place: _mistaken(rows, own) for place, rows in both.items()}
    if abs(far[FIRST] - far[SECOND]) < 1e-9:
        return TIE, "The record supports either as well."
    return (FIRST if far[FIRST] < far[SECOND] else SECOND), "The record shows what it says."


def _mistaken(rows: Sequence[Row], own: Honest) -> float:
    """How far the scores are from what rules find, and a little for findings that show nothing of it."""
    apart: dict[int, tuple[float, float]] = {}
    for place, row in enumerate(rows):
        found = own.opinion(str(row.get("dimension")), str(row.get("seat")))
        if found.score is None:
            continue
        score = row.get("score")
        named = {finding["ply"] for finding in row.get("findings", ())}
        missed = score is not None and found.score < TOP and not named & {one.ply for one in found.findings}
        away = (_SILENT if score is None else abs(score - found.score)) + _MISSED * missed
        apart[place] = (found.score + away) / TOP, found.score / TOP
    return apart_by(apart)


def _misplaced(rows: Sequence[Row], true: Tiers) -> float:
    """The share of pairs of seats that a ranking has the wrong way round."""
    ranking: Tiers | None = next((row["ranking"] for row in rows if "ranking" in row), None)
    return _UNRANKED if ranking is None else distance(ranking, true)

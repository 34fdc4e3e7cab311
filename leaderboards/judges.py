"""How good each judge is: on matches with known conduct, against rules, beside the other judges, and with itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.board import Column, Log, Standings
from arena.judging.bait.tested import ENOUGH
from arena.judging.measuring.agreement import Share
from arena.judging.measuring.figures import Against, Quality
from arena.judging.measuring.measured import Panel
from arena.judging.measuring.quality import qualities, validated
from arena.judging.measuring.used import others_in
from arena.ratings.pool import select

COLUMNS = (
    Column("judge", ("judge",)),
    Column("out", ("left_out",)),
    Column("failed", ("failed",), "count"),
    Column("silent", ("abstained",), "count"),
    Column("known", ("canaries",), "rate"),
    Column("pairs", ("pairs",), "rate"),
    Column("rules", ("balanced",), "share"),
    Column("kappa", ("kappa",), "number"),
    Column("swap", ("swap", "value"), "share"),
    Column("rating", ("meta",), "whole"),
    Column("precision", ("precision",), "share"),
    Column("recall", ("recall",), "share"),
)
LIKES, LEANS = 0.5, 0.3
"""From so much on a judge is said to favour its own family, in steps of the scale, or whoever wrote more."""
_TRICKS = {
    "order": "orders",
    "key": "openings that say nothing",
    "style": "the style of a model",
    "length": "many words",
}


def board(log: Log, *, tournament: str | None = None, pool: str | None = None, rubric: str | None = None) -> Standings:
    """One row a judge: those that are believed first, then by their accuracy on matches with known conduct.

    `rubric` names another than the one that was used last.
    """
    pool, _ = select(log.results, tournament=tournament, pool=pool)
    panel = Panel(log, rubric)
    found = qualities(log, rubric, panel=panel)
    rows = [_row(one) for one in sorted(found.values(), key=_order)]
    return Standings("judges", pool, tuple(rows), COLUMNS, tuple(_notes(log, list(found.values()), panel, rubric)))


def _order(one: Quality) -> tuple[bool, bool, float, str]:
    right = one.canaries.value
    return one.left_out, right is None, -(right or 0.0), one.judge


def _row(one: Quality) -> dict[str, Any]:
    return {
        "judge": one.judge,
        "items": one.items,
        "asked": one.given + one.failed,
        "given": one.given,
        "abstained": one.abstained,
        "failed": one.failed,
        "canaries": {**_share(one.canaries), "low": one.low, "high": one.high},
        "pairs": _share(one.pairs),
        "kinds": {kind: _share(share) for kind, share in one.kinds.items()},
        "tricks": {trick: _share(share) for trick, share in one.tricks.items()},
        "falls_for": list(one.falls_for),
        "rules": {dimension: _against(against) for dimension, against in one.rules.items()},
        "balanced": one.balanced,
        "alpha": one.alpha,
        "alpha_kept": one.alpha_kept,
        "alpha_without": one.alpha_without,
        "kappa": one.kappa,
        "swap": _share(one.swap),
        "self_preference": one.self_preference,
        "length_bias": one.length_bias,
        "meta": one.meta,
        "precision": one.precision,
        "recall": one.recall,
        "calls": one.calls,
        "cost_usd": one.cost_usd,
        "left_out": one.left_out,
    }


def _share(share: Share) -> dict[str, Any]:
    return {"value": share.value, "opportunities": share.of}


def _against(against: Against) -> dict[str, Any]:
    return {
        "violated": _share(against.violated),
        "clean": _share(against.clean),
        "balanced": against.balanced,
    }


def _notes(log: Log, found: Sequence[Quality], panel: Panel, rubric: str | None) -> list[str]:
    if not found:
        return ["no judge was asked about these matches yet; `arena judge` asks a panel, see docs/judging.md"]
    asked_about = panel.rubric
    bar = asked_about.bar
    notes = [
        "known: right on matches with known conduct that were mixed in; pairs: right on those with one ply changed",
        "rules: mean of offences scored low and of decent conduct scored high, where rules decide",
        "kappa: with the median of the others, weighted; swap: the same score in both orders; silent: said nothing",
    ]
    if any(one.meta is not None for one in found):
        notes.append(
            "rating: Elo points around 0, by which of two judgements is better: by rules, else by judges of judgements"
        )
    if any(one.precision is not None or one.recall is not None for one in found):
        notes.append("precision, recall: of the acts that a reader of texts finds in those that were planted")
    notes.append(
        f"out: under {bar.accuracy:.0%} of {ENOUGH} or more known ones right; nothing is settled by such a judge"
    )
    scoring = next((one for one in found if one.alpha is not None), None)
    if scoring is not None and scoring.alpha is not None:
        kept = scoring.alpha_kept
        rest = "" if kept in (None, scoring.alpha) else f", and {kept:.2f} without those left out"
        notes.append(
            f"Krippendorff's alpha of all that score: {scoring.alpha:.2f}{rest}; the rubric asks for {bar.alpha:.2f}"
        )
    silent = [one.judge for one in found if not one.canaries.of and one.given == one.abstained]
    if silent:
        notes.append(f"said nothing that could be used: {', '.join(silent)}")
    for one in found:
        notes += _about(one)
    notes.append(_validated(validated(log, panel=panel)))
    return notes + others_in(log, asked_about)


def _about(one: Quality) -> list[str]:
    notes: list[str] = []
    if one.falls_for:
        said = [f"{_TRICKS[trick]} (wrong on {_wrong(one.tricks[trick])})" for trick in one.falls_for]
        notes.append(f"{one.judge} is swayed by {', '.join(said)}")
    if one.self_preference is not None and one.self_preference >= LIKES:
        notes.append(f"{one.judge} favours its own family by {one.self_preference:.1f} steps of the scale")
    if one.length_bias is not None and one.length_bias >= LEANS:
        notes.append(f"{one.judge} gives more to whoever writes more: rank correlation {one.length_bias:.2f}")
    return notes


def _wrong(share: Share) -> str:
    return f"{share.of - share.count} of {share.of}"


def _validated(found: Mapping[tuple[str, str], bool]) -> str:
    good = [f"{dimension} ({view})" for (dimension, view), passed in found.items() if passed]
    rest = len(found) - len(good)
    if not good:
        return "no dimension is validated yet: neither rules nor people have checked enough of what the panel says"
    return f"validated: {', '.join(good)}; the other {rest} dimensions and views are unvalidated"

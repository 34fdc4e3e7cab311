"""Conduct by who found it: rules over typed acts, rules over what was read out of texts, and panels, each by itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from arena.board import Log, Result
from arena.judging.extraction.counting import tally_extracted
from arena.judging.judgement import EXTRACT, PROCEDURAL, Judgement
from arena.judging.panels.families import models_of
from arena.judging.panels.panel import settle
from arena.judging.rubric import Rubric
from arena.judging.sheets.asking import about
from arena.ratings.conduct import Counts, Deal, add, tally
from arena.ratings.contest import deal_of

RULES, EXTRACTED, PANEL = "rules", "extracted", "panel"
DEAR = ("harm", "coercion")
"""What rules decide and no match has of itself: it is computed when the match is judged."""
Found = dict[str, Counts]
"""By agent."""


def by_rules(
    log: Log, results: Sequence[Result], role: str | None = None
) -> tuple[Found, dict[str, dict[str, list[float]]]]:
    """What rules say of typed acts and of what the games measured; and what licences cover, by agent and dimension."""
    did = tally(results, role=role)
    found = {agent: {**own.counts, **own.beside} for agent, own in did.items()}
    said = _last(one for one in log.judgements if one.judge == PROCEDURAL)
    for result in results:
        judgement = said.get(result.id)
        for verdict in judgement.verdicts if judgement else ():
            if verdict.criterion in DEAR and verdict.counts is not None:
                _add(found, result, verdict.seat, verdict.criterion, verdict.counts, role)
    return found, {agent: own.licensed for agent, own in did.items()}


def by_reading(log: Log, results: Sequence[Result], leave_out: Collection[str], role: str | None = None) -> Found:
    """What rules say where the acts count that were read out of texts; only matches that were read in full."""
    if not any(one.judge.startswith(EXTRACT) for one in log.judgements):
        return {}
    did = tally_extracted(log, results, role=role, leave_out=leave_out)
    return {agent: own.counts for agent, own in did.items()}


def by_panel(
    log: Log, results: Sequence[Result], rubric: Rubric, leave_out: Collection[str], role: str | None = None
) -> dict[str, Found]:
    """By view, what a panel came to: each seat of a match that was scored counts once, by its score."""
    by_item: dict[str, list[Judgement]] = {}
    for one in log.judgements:
        asked = about(one.question)
        if asked is not None and asked.rubric == rubric.tag:
            by_item.setdefault(one.item, []).append(one)
    found: dict[str, Found] = {}
    for result in results if by_item else ():
        given = by_item.get(result.id)
        if given is None or result.outcome == "void":
            continue
        players = models_of(log.agents, result.agents)
        for one in settle(given, rubric.bar, leave_out=leave_out, players=players, rubric=rubric.tag):
            verdict = one.verdict
            if verdict.score is not None:
                counts = found.setdefault(verdict.view, {})
                _add(counts, result, verdict.seat, verdict.criterion, (verdict.score, 1), role)
    return found


def _last(judgements: Iterable[Judgement]) -> Mapping[str, Judgement]:
    """Of each item the last, by its question: what an older version of a judge said makes room."""
    return {one.item: one for one in judgements}


def _add(found: Found, result: Result, seat: str, dimension: str, count: tuple[float, float], role: str | None) -> None:
    number = int(seat.rpartition("_")[2])
    if result.rated[number] and role in (None, result.roles[number]):
        deal: Deal = (result.game, *deal_of(result))
        cell = (result.game, result.roles[number] or "", dimension)
        add(found.setdefault(result.agents[number], {}), cell, deal, count)

"""Judgements and canaries, in and out of the store."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from arena.judge import Evidence, Verdict
from arena.judging.judgement import Canary, Judgement
from arena.running.collector import never
from arena.storage.rows import pack, unpack
from arena.storage.schema import canaries, entries, judgements

Insert = Callable[[sa.Table], Any]


def enter(connection: sa.Connection, tournament: int, wanted: Sequence[tuple[str, str]]) -> None:
    """Enter judges by (name, detail); one that is there already gets the new detail."""
    mine = (entries.c.tournament == tournament) & (entries.c.kind == "judge")
    there = {row.name: row.detail for row in connection.execute(sa.select(entries).where(mine))}
    for name, detail in wanted:
        if name not in there:
            row = {"tournament": tournament, "kind": "judge", "number": len(there), "name": name, "detail": detail}
            connection.execute(sa.insert(entries).values(row))
        elif there[name] != detail:
            connection.execute(sa.update(entries).where(mine, entries.c.name == name).values(detail=detail))
        there[name] = detail


def keep(connection: sa.Connection, insert: Insert, tournament: int, given: Sequence[Judgement]) -> None:
    """Store judgements; what is there already stays."""
    rows = [
        {
            "item": one.item,
            "judge": one.judge,
            "question": one.question,
            "tournament": tournament,
            "status": one.status,
            "body": pack(json.dumps(_body(one))),
        }
        for one in given
    ]
    if rows:
        connection.execute(insert(judgements).on_conflict_do_nothing(), rows)


def keys(connection: sa.Connection, tournament: int) -> set[tuple[str, str, str]]:
    """Item, judge and question of all that was judged in a tournament."""
    columns = judgements.c
    query = sa.select(columns.item, columns.judge, columns.question).where(columns.tournament == tournament)
    return {(row[0], row[1], row[2]) for row in connection.execute(query)}


def read(connection: sa.Connection, tournament: int | None, item: str | None) -> list[Judgement]:
    """Judgements by item, judge and question, of one tournament or one item."""
    columns = judgements.c
    query = sa.select(columns.item, columns.judge, columns.question, columns.status, columns.body)
    if tournament is not None:
        query = query.where(columns.tournament == tournament)
    if item is not None:
        query = query.where(columns.item == item)
    with never():
        found = [_judgement(*row[:4], unpack(row[4])) for row in connection.execute(query)]
    # Not by the database, whose order of texts may be another.
    return sorted(found, key=lambda one: one.key)


def _body(one: Judgement) -> dict[str, Any]:
    """A judgement's body, in which verdicts do not say again whose they are and of what."""
    if any(said.match != one.item or said.judge != one.judge for said in one.verdicts):
        return one.body()
    said = [
        (
            verdict.seat,
            verdict.criterion,
            verdict.score,
            verdict.explanation,
            [(of.ply, of.quote) for of in verdict.evidence],
            verdict.view,
            verdict.counts,
        )
        for verdict in one.verdicts
    ]
    return {"said": said, "reason": one.reason, "data": dict(one.data)}


def _judgement(item: str, judge: str, question: str, status: str, body: Mapping[str, Any]) -> Judgement:
    if "said" not in body:
        return Judgement.from_body(item, judge, question, status, body)
    verdicts: list[Verdict] = []
    for seat, criterion, score, explanation, evidence, view, counts in body["said"]:
        quoted = tuple(Evidence(ply, quote) for ply, quote in evidence)
        counted = None if counts is None else (counts[0], counts[1])
        verdicts.append(Verdict(item, judge, seat, criterion, score, explanation, quoted, view, counted))
    return Judgement(item, judge, question, status, tuple(verdicts), body["reason"], body["data"])


def keep_canaries(connection: sa.Connection, insert: Insert, tournament: int, made: Sequence[Canary]) -> None:
    """Store canaries; what is there already stays."""
    rows = [
        {
            "tournament": tournament,
            "id": one.id,
            "kind": one.kind,
            "truth": json.dumps(dict(one.truth)),
            "record": pack(json.dumps(dict(one.record))),
        }
        for one in made
    ]
    if rows:
        connection.execute(insert(canaries).on_conflict_do_nothing(), rows)


def read_canaries(connection: sa.Connection, tournament: int) -> list[Canary]:
    """The canaries of a tournament, by id."""
    rows = connection.execute(sa.select(canaries).where(canaries.c.tournament == tournament)).all()
    found = [Canary(row.id, row.kind, json.loads(row.truth), unpack(row.record)) for row in rows]
    return sorted(found, key=lambda one: one.id)

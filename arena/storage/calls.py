"""What the journal says about the calls of a match or a tournament: what each seat was sent, and what it came to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from arena.calling.reading import Answer
from arena.calling.sent import body
from arena.storage.schema import journal


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that was answered."""

    seat: str
    ply: int
    """As the seat counts, from 0."""
    attempt: int
    occurrence: int
    """The same request asked again in the same turn."""
    agent: str
    body: Mapping[str, Any]
    """What was sent; `arena.calling.asking.wire` gives its bytes."""
    answer: Answer


def sent(connection: sa.Connection, match: str) -> list[Sent]:
    """The requests of one match in the order of its turns; those of people, and of older stores, are not there."""
    columns = journal.c
    rows = connection.execute(
        sa.select(journal)
        .where(columns.match == match, columns.request.is_not(None))
        .order_by(columns.seat, columns.ply, columns.attempt, columns.prompt_hash, columns.occurrence)
    ).all()
    requests = {(row.seat, row.prompt_hash): row.request for row in rows}
    bodies: dict[tuple[str, str], dict[str, Any]] = {}

    def whole(seat: str, digest: str) -> dict[str, Any]:
        # A chain as long as the chat, so not by recursion.
        chain: list[tuple[str, dict[str, Any]]] = []
        at: str | None = digest
        while at is not None and (seat, at) not in bodies:
            request = json.loads(requests[seat, at])
            chain.append((at, request))
            at = request["after"]
        for each, request in reversed(chain):
            before: list[Any] = bodies[seat, request["after"]]["messages"] if request["after"] is not None else []
            bodies[seat, each] = body(request, before)
        return bodies[seat, digest]

    return [
        Sent(
            row.seat,
            row.ply,
            row.attempt,
            row.occurrence,
            row.agent or "",
            whole(row.seat, row.prompt_hash),
            Answer.from_json(row.answer),
        )
        for row in rows
    ]


def spent(connection: sa.Connection, tournament: int) -> tuple[int, int, int, float | None]:
    """Requests, prompt tokens, completion tokens and USD of a tournament's calls so far.

    Tokens that were not reported are not in it; the cost is None where that of any call is not known.
    """
    columns = journal.c
    total = sa.func.sum
    row = connection.execute(
        sa.select(
            total(columns.calls),
            total(columns.prompt_tokens),
            total(columns.completion_tokens),
            total(columns.cost_usd),
            sa.func.count() - sa.func.count(columns.cost_usd),
        ).where(columns.tournament == tournament, columns.calls > 0)
    ).one()
    return row[0] or 0, row[1] or 0, row[2] or 0, None if row[4] else float(row[3] or 0.0)

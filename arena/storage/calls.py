"""What the journal says about the calls of a match or a tournament: what each seat was sent, and what it came to."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from arena.calling.budget import Spent
from arena.calling.reading import Answer
from arena.calling.sent import body
from arena.judging.runs.items import JOURNAL
from arena.storage.schema import journal, texts


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
    """The requests of one match, by seat, in the order of its turns; those of people and older stores are not there."""
    columns = journal.c
    rows = connection.execute(
        sa.select(journal).where(columns.match == match, columns.request.is_not(None)).order_by(columns.seat)
    ).all()
    # Of a request that was sent again, the first: what that goes on from was sent before it.
    first = sorted(rows, key=lambda row: (row.ply, row.attempt, row.occurrence), reverse=True)
    requests = {(row.seat, row.prompt_hash): json.loads(row.request) for row in first}
    chats = _Chats(requests, _texts(connection, {one["first"] for one in requests.values() if "first" in one}))
    found = [
        (
            (row.seat, row.ply, row.attempt, chats.place(row.seat, row.prompt_hash), row.prompt_hash, row.occurrence),
            Sent(
                row.seat,
                row.ply,
                row.attempt,
                row.occurrence,
                row.agent or "",
                chats.body(row.seat, row.prompt_hash),
                Answer.from_json(row.answer),
            ),
        )
        for row in rows
    ]
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def _texts(connection: sa.Connection, hashes: Collection[str]) -> dict[str, str]:
    # An older store has no such table, and none of its requests names any.
    if not hashes:
        return {}
    return {row.hash: row.text for row in connection.execute(sa.select(texts).where(texts.c.hash.in_(hashes)))}


class _Chats:
    """Requests put together again from what each adds to the one before it."""

    def __init__(self, requests: Mapping[tuple[str, str], Mapping[str, Any]], texts: Mapping[str, str]) -> None:
        self._requests = requests
        self._texts = texts
        self._bodies: dict[tuple[str, str], dict[str, Any]] = {}
        self._places: dict[tuple[str, str], int] = {}

    def place(self, seat: str, digest: str) -> int:
        """How many requests of the seat come before this one."""
        self.body(seat, digest)
        return self._places[seat, digest]

    def body(self, seat: str, digest: str) -> dict[str, Any]:
        """All of what was sent."""
        # As long as the chat, so not by recursion.
        chain: list[str] = []
        at: str | None = digest
        while at is not None and (seat, at) not in self._bodies:
            chain.append(at)
            at = self._requests[seat, at]["after"]
        for each in reversed(chain):
            request = self._requests[seat, each]
            after = request["after"]
            before: list[Any] = [] if after is None else self._bodies[seat, after]["messages"]
            self._bodies[seat, each] = body(request, before, self._texts)
            self._places[seat, each] = 0 if after is None else self._places[seat, after] + 1
        return self._bodies[seat, digest]


def spent(connection: sa.Connection, tournament: int) -> Spent:
    """What a tournament's calls took so far; tokens that were not reported are not in it."""
    columns = journal.c
    row = connection.execute(sa.select(*_sums()).where(columns.tournament == tournament, columns.calls > 0)).one()
    return _spent(tuple(row))


def spent_on_judges(connection: sa.Connection, tournament: int) -> dict[str, Spent]:
    """The same of each judge that was asked, by name."""
    columns = journal.c
    query = (
        sa.select(*_sums(), columns.agent)
        .where(columns.tournament == tournament, columns.calls > 0, columns.match.startswith(JOURNAL, autoescape=True))
        .group_by(columns.agent)
    )
    return {agent or "": _spent(row) for *row, agent in connection.execute(query)}


def _sums() -> list[sa.ColumnElement[Any]]:
    columns = journal.c
    total = sa.func.sum
    return [
        total(columns.calls),
        total(columns.prompt_tokens),
        total(columns.completion_tokens),
        total(columns.cost_usd),
        sa.func.count() - sa.func.count(columns.cost_usd),
    ]


def _spent(row: Sequence[Any]) -> Spent:
    return Spent(row[0] or 0, row[1] or 0, row[2] or 0, float(row[3] or 0.0), row[4])

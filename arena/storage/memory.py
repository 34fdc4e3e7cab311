"""What agents remember in each round: computed once from the rounds before, and kept."""

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from arena.storage.rows import unpack
from arena.storage.schema import matches, notes, records
from arena.store import Store

Memory = dict[str, dict[str, str]]
"""What one agent remembers: by game, notes by pseudonym."""


def stored(store: Store, tournament: int, deal: int) -> dict[str, Memory]:
    """What each agent has to remember in the round of a deal, as far as that was computed."""
    with store.reading() as connection:
        rows = connection.execute(
            sa.select(notes.c.agent, notes.c.text).where(notes.c.tournament == tournament, notes.c.round == deal)
        )
        return {row.agent: json.loads(row.text) for row in rows}


def keep(store: Store, tournament: int, deal: int, known: Mapping[str, Memory]) -> None:
    """Keep what agents have to remember in the round of a deal."""
    with store.writing() as connection:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        for agent, memory in known.items():
            row = {"tournament": tournament, "agent": agent, "round": deal}
            insert = dialect.insert(notes).values(**row, text=json.dumps(memory, sort_keys=True))
            again = insert.on_conflict_do_update(index_elements=list(row), set_={"text": insert.excluded.text})
            connection.execute(again)


def written(store: Store, tournament: int, deal: int, agents: Collection[str]) -> list[tuple[str, dict[str, Any]]]:
    """The finished matches of a deal with these agents, in schedule order: the game's key, and all of it."""
    with store.reading() as connection:
        rows = connection.execute(
            sa.select(matches.c.entry, matches.c.variant, matches.c.agents, records.c.record)
            .join(records, records.c.id == matches.c.id)
            .where(matches.c.tournament == tournament, matches.c.deal == deal)
            .order_by(matches.c.place)
        ).all()
    here = [row for row in rows if not set(agents).isdisjoint(json.loads(row.agents))]
    return [(game_key(row.variant, row.entry), unpack(row.record)) for row in here]


def game_key(variant: str, entry: int) -> str:
    """What notes are kept under: a game of the tournament, each variant for itself."""
    return f"{entry}/{variant}"

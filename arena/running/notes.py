"""What agents remember, around a match: notes of earlier rounds go in, and what each wants to keep comes out."""

import asyncio
import inspect
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol, cast

from arena.agent import Agent
from arena.cups.cup import Cup
from arena.cups.entrants import Entrant
from arena.cups.schedule import Fixture, Numbers
from arena.errors import AgentError, ArenaError, GameError, StoreError
from arena.game import Message
from arena.match import Match, seat_names
from arena.memory import MOST_CHARACTERS, NOTE, End, Notes, Remembers, added, checked, pseudonym, told
from arena.running.faults import at_end
from arena.storage import memory
from arena.store import Store
from arena.turn import Ask, Turn


class Seat(Protocol):
    """A seat whose calls are journalled."""

    async def last(self, agent: Agent, turn: Turn) -> Any: ...


def remembers(agent: Entrant) -> bool:
    """Whether an agent takes notes; the option `remember = false` switches it off."""
    return agent.memory and agent.options.get("remember") is not False


def remembering(cup: Cup) -> list[str]:
    """Who takes notes in a tournament: then each deal is a round, and knows of those before it."""
    return sorted(name for name, agent in cup.entrants.items() if remembers(agent))


def remembered(cup: Cup, store: Store, tournament: int, numbers: Numbers, stage: list[Fixture]) -> list[Fixture]:
    """The matches of one round, each with what those at its table noted in the rounds before."""
    names = remembering(cup)
    deal = stage[0].deal if names and stage else 0
    if not deal or store.finished(tournament) >= {fixture.id for fixture in stage}:
        return stage
    known = _known(store, tournament, deal, names)
    found: list[Fixture] = []
    for fixture in stage:
        entry, variant = cup.games[fixture.game], cup.variants[fixture.variant]
        key = memory.game_key(variant.name, numbers.games[entry.key])
        seats = seat_names(len(fixture.seats))
        notes = tuple(
            told(_opponents(cup, fixture, seat), known.get(name, {}).get(key, {}))
            for seat, name in zip(seats, fixture.seats, strict=True)
        )
        found.append(replace(fixture, notes=notes) if any(notes) else fixture)
    return found


def _known(store: Store, tournament: int, deal: int, names: Sequence[str]) -> dict[str, memory.Memory]:
    """What each agent knows in a round: what it knew in the one before, and what it noted then."""
    before, now = (memory.stored(store, tournament, number) for number in (deal - 1, deal))
    known: dict[str, memory.Memory] = {
        name: {key: dict(notes) for key, notes in before.get(name, {}).items()} for name in names
    }
    for key, record in memory.written(store, tournament, deal - 1, names):
        for seat, part in record.get("notes", {}).items():
            notes = known.setdefault(record["seats"][seat], {}).setdefault(key, {})
            for opponent, text in part.get("wrote", {}).items():
                notes[opponent] = added(notes.get(opponent, ""), text)
    for name, games in now.items():
        # What a round began with stays, however the rounds before were extended since.
        for key, notes in games.items():
            known.setdefault(name, {}).setdefault(key, {}).update(notes)
    changed = {name: games for name, games in known.items() if games != now.get(name, {})}
    if changed:
        memory.keep(store, tournament, deal, changed)
    return known


def read(fixture: Fixture) -> dict[str, str]:
    """The notes of those seats that have any."""
    return {seat: text for seat, text in zip(seat_names(len(fixture.seats)), fixture.notes, strict=False) if text}


def about(fixture: Fixture, wrote: Mapping[str, Notes]) -> dict[str, Any]:
    """What the record keeps of notes."""
    knew = read(fixture)
    seats = [seat for seat in seat_names(len(fixture.seats)) if seat in knew or wrote.get(seat)]
    found: dict[str, Any] = {}
    for seat in seats:
        found[seat] = ({"read": knew[seat]} if seat in knew else {}) | (
            {"wrote": wrote[seat]} if wrote.get(seat) else {}
        )
    return {"notes": found} if found else {}


def ask_plain(
    cup: Cup, fixture: Fixture, match: Match, agents: Sequence[Agent], played: Mapping[str, Agent]
) -> dict[str, Notes]:
    """What agents that answer at once note about a match that is over; `played` are they as the match was played."""
    found: dict[str, Notes] = {}
    for seat, agent, end in _ends(cup, fixture, match, agents, played):
        with _blamed(seat):
            notes = agent.note(end)
            if inspect.isawaitable(notes):
                raise AgentError("this agent's `note` is async, and its file says that it is scripted")
        found[seat] = checked(end, notes)
    return found


async def ask(
    cup: Cup,
    fixture: Fixture,
    match: Match,
    agents: Sequence[Agent],
    played: Mapping[str, Agent],
    seated: Mapping[str, Seat],
) -> dict[str, Notes]:
    """The same where some have to be waited for."""
    ends = list(_ends(cup, fixture, match, agents, played))
    asked = [seated[seat].last(_Noting(agent, end), end.turn) for seat, agent, end in ends]
    # As in the match: where one fails, what the others say is still waited for and kept.
    replies = await asyncio.gather(*asked, return_exceptions=True)
    found: dict[str, Notes] = {}
    for (seat, _, end), reply in zip(ends, replies, strict=True):
        with _blamed(seat):
            if isinstance(reply, BaseException):
                raise reply
        found[seat] = checked(end, reply)
    return found


@contextmanager
def _blamed(seat: str) -> Generator[None]:
    """Say whose notes failed; the match is void then, and tried again."""
    try:
        yield
    except (GameError, StoreError):
        raise
    except (Exception, SystemExit) as error:
        kind = "" if isinstance(error, ArenaError) else f"{type(error).__name__}: "
        raise AgentError(f"{seat}: its notes failed: {kind}{error}") from error


class _Noting:
    """Answers, as an agent does, with the notes of another."""

    def __init__(self, agent: Remembers, end: End) -> None:
        self._agent = agent
        self._end = end

    def act(self, turn: Any, /) -> Any:
        del turn
        return self._agent.note(self._end)


def _ends(
    cup: Cup, fixture: Fixture, match: Match, agents: Sequence[Agent], played: Mapping[str, Agent]
) -> Iterator[tuple[str, Remembers, End]]:
    entrants = cup.entrants
    knew = read(fixture)
    for seat, name, agent in zip(match.seats, fixture.seats, agents, strict=True):
        if not remembers(entrants[name]) or not hasattr(agent, "note"):
            continue
        prompt = "The match is over. What do you want to remember of the others?"
        ask = Ask(NOTE, NOTE, Message(MOST_CHARACTERS), prompt, ())
        turn = at_end(played[seat], match.after(seat, ask, knew.get(seat)))
        yield seat, cast("Remembers", agent), End(turn, match.rewards.get(seat), _opponents(cup, fixture, seat))


def _opponents(cup: Cup, fixture: Fixture, seat: str) -> dict[str, str]:
    """Seat to pseudonym, of all others at the table."""
    named = dict(zip(seat_names(len(fixture.seats)), fixture.seats, strict=True))
    own = named.pop(seat)
    return {other: pseudonym(cup.seed, cup.name, own, name) for other, name in named.items()}

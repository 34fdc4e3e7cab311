"""One match of a tournament, from the fixture to what the store keeps of it."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from arena.agent import Agent, Thought
from arena.calling.place import Answers, Book, Call, Meter, Paused, call
from arena.calling.sent import Thread
from arena.conduct import summary
from arena.cups.cup import Cup, GameEntry
from arena.cups.entrants import Entrant
from arena.cups.faults import Faults
from arena.cups.schedule import Fixture
from arena.drive import play, play_plain, replied
from arena.errors import AgentError, ArenaError, GameError
from arena.library import load
from arena.match import Match, seat_names
from arena.memory import Notes
from arena.record import record, to_json
from arena.running import notes
from arena.running.faults import under
from arena.running.probes import Probed, placed
from arena.storage.rows import Played, light, pack

Asides = Sequence[dict[str, Any]]
"""What seats said off the record."""


@dataclass(frozen=True)
class Setup:
    """What all matches of a run share."""

    cup: Cup
    entries: tuple[int, ...]
    """The number of each of the cup's games in its tournament."""

    @cached_property
    def agents(self) -> dict[str, Entrant]:
        """Everybody who may sit somewhere, by name."""
        return self.cup.entrants

    @cached_property
    def makers(self) -> dict[str, Callable[..., Agent]]:
        """The `agent` functions that were needed so far, by kind."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions of files that are no modules cannot go to another process; it loads its own.
        return Setup, (self.cup, self.entries)

    def make(self, name: str) -> Agent:
        """A new agent for one seat of one match."""
        entrant = self.agents[name]
        try:
            if entrant.kind not in self.makers:
                self.makers[entrant.kind] = load("agents", entrant.kind).agent
            return self.makers[entrant.kind](**entrant.options)
        except ArenaError:
            raise
        except (Exception, SystemExit) as error:
            raise AgentError(f"{name}: cannot be made: {type(error).__name__}: {error}") from error

    def scripted(self, fixture: Fixture) -> bool:
        """Whether nobody at the table has to be waited for."""
        return all(self.agents[name].plain for name in fixture.seats)


def play_scripted(setup: Setup, fixture: Fixture) -> Played:
    """Play a match of agents that answer at once."""
    match: Match | None = None
    agents: list[Agent] = []
    said: list[dict[str, Any]] = []
    try:
        agents = [setup.make(name) for name in fixture.seats]
        match = _match(setup, fixture)
        asked = _probed(setup, fixture, agents, said)
        seated = under(_faults(setup, fixture), match, dict(zip(match.seats, asked, strict=True)))
        play_plain(match, seated, _privileged(setup, fixture), notes.read(fixture))
        wrote = notes.ask_plain(setup.cup, fixture, match, agents, seated)
    except (AgentError, GameError) as error:
        return _void(setup, fixture, match, agents, error, said=said)
    return _finished(setup, fixture, match, agents, wrote, said)


class Gate:
    """Lets turns begin until the run stops, and knows when the last of them has ended."""

    def __init__(self) -> None:
        self._inside = 0
        self._closed = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    def close(self) -> None:
        self._closed = True

    async def quiet(self) -> None:
        """Wait until no turn is being played."""
        await self._quiet.wait()

    def enter(self) -> None:
        if self._closed:
            raise Paused
        self._inside += 1
        self._quiet.clear()

    def leave(self) -> None:
        self._inside -= 1
        if not self._inside:
            self._quiet.set()


@dataclass(frozen=True, slots=True)
class Room:
    """What the seats of a run have in common: where answers are kept, what counts them, and what pauses them."""

    answers: Book
    gate: Gate = field(default_factory=Gate)
    meter: Meter | None = None
    tournament: int | None = None


class Seated:
    """An agent in its seat: its calls know where they come from, a person's answers are kept, and it can be paused."""

    def __init__(self, agent: Agent, entrant: Entrant, match: str, seat: str, room: Room, answers: Answers) -> None:
        self._agent = agent
        self._name = entrant.name
        self._typed = entrant.kind == "human"
        self._match = match
        self._seat = seat
        self._room = room
        self._answers = answers
        self._ply = -1
        self._thread = Thread()

    async def act(self, turn: Any) -> Any:
        """Ask the agent, or read what the person answered before the run was stopped."""
        if turn.attempt == 0:
            self._ply += 1
        self._room.gate.enter()
        here = self._here(turn.attempt)
        token = call.set(here)
        try:
            reply = await (self._typed_once(turn, here) if self._typed else replied(self._agent, turn))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # A library may have made something else of it, a group of exceptions for one.
            if here.failed is not None and here.failed is not error:
                raise here.failed from error
            raise
        finally:
            call.reset(token)
            try:
                if here.pending:
                    # The turn may be played again soon, and what was asked for is not asked for twice.
                    await asyncio.wait(here.pending)
            finally:
                self._room.gate.leave()
        if here.failed is not None:
            # An endpoint that failed, or a run that stops, is never the agent's move, whatever it made of it.
            raise here.failed
        return reply

    async def last(self, agent: Agent, turn: Any) -> Any:
        """Ask once more when the match is over, with another in the agent's place; its calls are a next ply's."""
        self._agent = agent
        return await self.act(turn)

    def _here(self, attempt: int) -> Call:
        room = self._room
        return Call(
            self._answers,
            self._match,
            self._seat,
            self._ply,
            attempt,
            agent=self._name,
            tournament=room.tournament,
            meter=room.meter,
            thread=self._thread,
        )

    async def _typed_once(self, turn: Any, here: Call) -> Any:
        asked = repr((turn.ask.kind, turn.ask.key, turn.ask.spec.data(), turn.ask.prompt))
        key = here.key(hashlib.sha256(asked.encode()).hexdigest()[:16])
        known = self._answers.get(key)
        if known is not None:
            return json.loads(known)
        reply = await replied(self._agent, turn)
        await self._answers.keep(key, json.dumps(reply))
        return reply


async def play_seated(setup: Setup, fixture: Fixture, room: Room) -> Played:
    """Play a match some of whose agents have to be waited for; raises `Paused` when the run stops in the middle."""
    match: Match | None = None
    agents: list[Agent] = []
    said: list[dict[str, Any]] = []
    try:
        agents = [setup.make(name) for name in fixture.seats]
        match = _match(setup, fixture)
        answers = room.answers.of(fixture.id)
        seated = {
            seat: Seated(agent, setup.agents[name], fixture.id, seat, room, answers)
            for seat, agent, name in zip(match.seats, _probed(setup, fixture, agents, said), fixture.seats, strict=True)
        }
        struck = under(_faults(setup, fixture), match, seated)
        await play(match, struck, _privileged(setup, fixture), notes.read(fixture))
        wrote = await notes.ask(setup.cup, fixture, match, agents, struck, seated)
    except (AgentError, GameError) as error:
        return _void(setup, fixture, match, agents, error, said=said)
    return _finished(setup, fixture, match, agents, wrote, said)


def lost(setup: Setup, fixture: Fixture, reason: str) -> Played:
    """What is kept of a match whose process died under it."""
    return _void(setup, fixture, None, [], AgentError(reason))


def _match(setup: Setup, fixture: Fixture) -> Match:
    entry, variant = setup.cup.games[fixture.game], setup.cup.variants[fixture.variant]
    return Match(
        entry.game,
        _params(setup, fixture),
        fixture.seed,
        len(fixture.seats),
        id=fixture.id,
        acts=variant.acts,
        prompt=variant.prompt,
        changes=variant.faults.changes(),
        shown_by=f"arena show {fixture.id}",
    )


def _faults(setup: Setup, fixture: Fixture) -> Faults:
    return setup.cup.variants[fixture.variant].faults


def _probed(setup: Setup, fixture: Fixture, agents: Sequence[Agent], said: list[dict[str, Any]]) -> list[Agent]:
    """The agents, each asked off the record where the variant does so; a person is not."""
    probes = setup.cup.variants[fixture.variant].probes
    if not probes:
        return list(agents)
    kinds = (setup.agents[name].kind for name in fixture.seats)
    return [
        agent if kind == "human" else Probed(agent, probes, said) for agent, kind in zip(agents, kinds, strict=True)
    ]


def _params(setup: Setup, fixture: Fixture) -> dict[str, Any]:
    return {**setup.cup.games[fixture.game].params, **setup.cup.variants[fixture.variant].params}


def _privileged(setup: Setup, fixture: Fixture) -> list[str]:
    seats = seat_names(len(fixture.seats))
    return [seat for seat, name in zip(seats, fixture.seats, strict=True) if setup.agents[name].privileged]


def _about(setup: Setup, fixture: Fixture, agents: Sequence[Agent]) -> dict[str, Any]:
    return {
        "tournament": setup.cup.name,
        "variant": setup.cup.variants[fixture.variant].name,
        "deal": fixture.deal,
        "repetition": fixture.repetition,
        "seats": dict(zip(seat_names(len(fixture.seats)), fixture.seats, strict=True)),
        "agents": {name: setup.agents[name].about() for name in sorted(set(fixture.seats))},
        "usage": usage(fixture.seats, agents),
        **thoughts(agents),
        **({"faults": faults} if (faults := _faults(setup, fixture).data()) else {}),
    }


def thoughts(agents: Sequence[Agent]) -> dict[str, Any]:
    """What models thought before their replies, as the record keeps it; `ply` is as the seat counts."""
    found = [
        {"seat": seat, **thought._asdict()}
        for seat, agent in zip(seat_names(len(agents)), agents, strict=True)
        for thought in cast("Sequence[Thought]", getattr(agent, "thoughts", ()))
    ]
    return {"thoughts": found} if found else {}


def usage(names: Sequence[str], agents: Sequence[Agent]) -> dict[str, dict[str, Any]]:
    """What each agent's calls added up to, where it counts them."""
    total: dict[str, dict[str, Any]] = {}
    for name, agent in zip(names, agents, strict=False):
        used: Mapping[str, Any] | None = getattr(agent, "usage", None)
        if not used:
            continue
        zero = {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0}
        sums = total.setdefault(name, zero | {key: {} for key, more in used.items() if isinstance(more, Mapping)})
        for key, more in used.items():
            known = sums.get(key, 0)
            if isinstance(more, Mapping):
                counts = cast("Mapping[str, int]", more)
                sums[key] = {each: known.get(each, 0) + counts.get(each, 0) for each in sorted({*known, *counts})}
            else:
                sums[key] = None if known is None or more is None else known + more
        # What an endpoint does not say is unknown, and so is any sum that it is part of.
        sums |= {key: None for key in zero if key not in used}
    return total


def _finished(
    setup: Setup, fixture: Fixture, match: Match, agents: Sequence[Agent], wrote: Mapping[str, Notes], said: Asides
) -> Played:
    data = record(match, **_about(setup, fixture, agents), **notes.about(fixture, wrote))
    _add_asides(data, said)
    conduct = summary(data)
    data["conduct"] = {str(seat): summary for seat, summary in conduct.items()}
    return _played(setup, fixture, data, conduct)


def _void(
    setup: Setup,
    fixture: Fixture,
    match: Match | None,
    agents: Sequence[Agent],
    error: AgentError | GameError,
    *,
    said: Asides = (),
) -> Played:
    reason = _named(str(error), fixture)
    about = {**_about(setup, fixture, agents), "outcome": "void", "reason": reason}
    if match is not None:
        data = record(match, **about)
    else:
        entry: GameEntry = setup.cup.games[fixture.game]
        data = {"id": fixture.id, "game": entry.game.name, "source_sha256": entry.game.sha256, "seed": fixture.seed}
        data |= {"params": _params(setup, fixture), "plies": [], "events": [], "facts": {}}
        data |= {"roles": {}, "teams": {}, "forfeits": {}, **about}
    data |= {"rewards": {}, "ranks": {}}
    _add_asides(data, said)
    # What broke in the game breaks again; what failed in an agent may not.
    return _played(setup, fixture, data, {}, reason, final=isinstance(error, GameError))


def _add_asides(data: dict[str, Any], said: Asides) -> None:
    if said:
        data["probes"] = placed(said, data["plies"])


def _named(reason: str, fixture: Fixture) -> str:
    """A reason that begins with a seat, with the agent's name beside it."""
    seat, colon, rest = reason.partition(": ")
    names = dict(zip(seat_names(len(fixture.seats)), fixture.seats, strict=True))
    return f"{seat} ({names[seat]}){colon}{rest}" if seat in names else reason


def _played(
    setup: Setup,
    fixture: Fixture,
    data: dict[str, Any],
    conduct: Mapping[int, Any],
    reason: str = "",
    *,
    final: bool = True,
) -> Played:
    entry = setup.cup.games[fixture.game]
    rated = [setup.agents[name].rated for name in fixture.seats]
    row = light(data, fixture.place, setup.entries[fixture.game], entry.game.scoring, rated, conduct)
    return Played(fixture.id, fixture.place, data["outcome"], row, pack(to_json(data)), reason, final)

"""Faults on purpose, between the table and an agent: what gets lost, comes late or garbled, and which tools fail.

Every draw is seeded by the match's chance, the seat and its ply, so the same seat of the same deal is struck alike
whoever sits there. The table and the log know nothing of it: a message that is lost is silence there, and what was
said is on record as it was said.
"""

import inspect
import json
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Any, cast

from arena.agent import Agent
from arena.cups.faults import KINDS, Faults, from_data
from arena.errors import ActionError
from arena.library import Game
from arena.match import Match
from arena.ply import Attempt, Ply
from arena.record import event_data, replay
from arena.turn import Event, Turn

NOISE = "#"
OWN = ("deal", "norm", "answer", "error")
LOST = "Your last message was lost: nobody has heard it."
LATE = "Not all that happened since your last turn has reached you; you get it with your next one."


class Received:
    """What reached one seat, in the order in which it did."""

    def __init__(self, seat: str, turns: list[int], seed: int, faults: Faults) -> None:
        self.seat = seat
        self.turns = turns
        self.mark = 0
        self.events: list[Event] = []
        self.struck: list[str] = []
        """The faults of the turn that is being played."""
        self._seed = seed
        self._faults = faults
        self._calls: dict[str, int] = {}

    def view(self, start: int, stop: int) -> list[Event]:
        """The events from `start` to `stop`, counted as they came."""
        return self.events[start:stop]

    def chance(self, fault: str, number: object) -> Random:
        """The stream of one draw."""
        return Random(f"{self._seed}/fault/{fault}/{self.seat}/{number}")

    def strikes(self, fault: str, number: object) -> bool:
        """Whether a fault strikes this time."""
        share = getattr(self._faults, fault)
        return share > 0 and self.chance(fault, number).random() < share

    def tool_fails(self, tool: str, turn: str) -> str | None:
        """The error of a tool's next call in this turn, if it fails."""
        # What names the turn is the match's own id; what is drawn has to be the deal's.
        place = turn.split("/")[-2:]
        name = f"{'/'.join(place)}/{tool}"
        number = self._calls[name] = self._calls.get(name, 0) + 1
        if not self.strikes("tools", f"{name}/{number}"):
            return None
        self.note("tools")
        return f"error: {tool} did not answer; try again or do without it"

    def note(self, fault: str) -> None:
        """Keep what struck in this turn, each fault once."""
        if fault not in self.struck:
            self.struck.append(fault)


class Struck:
    """An agent in its seat, under the faults of a variant."""

    def __init__(self, agent: Agent, match: Match, seat: str, faults: Faults) -> None:
        self._agent = agent
        self._match = match
        self._faults = faults
        self._seen = Received(seat, match.words.seen[seat].turns, match.seed, faults)
        self._ply = -1
        self._taken = 0
        self._late = False
        self._held: list[tuple[int, Event]] = []
        """What comes a turn late, each with its number among all that the seat was to see."""
        self._unheard: list[Event] = []
        """Its own message that was lost, as it would have seen it said."""

    def act(self, turn: Turn) -> Any:
        """Show the agent what reached it, and send on what is not lost; plain or to be awaited, as the agent is."""
        self._receive(turn)
        ply = self._match.asked[turn.seat]
        try:
            reply: Any = self._agent.act(turn.through(self._seen, len(self._seen.events)))
            return self._awaited(turn, ply, reply) if inspect.isawaitable(reply) else self._sent(turn, ply, reply)
        finally:
            self._note(ply)

    def over(self, turn: Turn) -> Turn:
        """The turn after the match as it looks from this seat; nothing is held back any more."""
        self._receive(turn, last=True)
        return turn.through(self._seen, len(self._seen.events))

    async def _awaited(self, turn: Turn, ply: Ply, reply: Awaitable[Any]) -> Any:
        try:
            return self._sent(turn, ply, await reply)
        finally:
            self._note(ply)

    def _note(self, ply: Ply) -> None:
        ply.faults = tuple(fault for fault in KINDS if fault in self._seen.struck)

    def _receive(self, turn: Turn, *, last: bool = False) -> None:
        seen = self._seen
        if turn.ply != self._ply:
            self._ply = turn.ply
            seen.mark = len(seen.events)
            seen.struck = []
            for event in self._unheard:
                self._show(event)
            late, self._unheard, self._held = self._held, [], []
            for number, event in late:
                self._hear(number, event)
            # Before its first turn a seat is told what the game is, and there was no turn that it could be late for.
            self._late = not last and turn.ply > 0 and seen.strikes("delay", turn.ply)
        fresh = turn.events[self._taken :]
        for number, event in enumerate(fresh, self._taken):
            if self._late and not self._own(event):
                self._held.append((number, event))
            else:
                self._hear(number, event)
        self._taken += len(fresh)
        if self._held and "delay" not in seen.struck:
            seen.struck.append("delay")
            self._tell(LATE)

    def _own(self, event: Event) -> bool:
        return event.kind in OWN or event.seat == self._seen.seat

    def _hear(self, number: int, event: Event) -> None:
        if event.kind == "say" and not self._own(event) and self._seen.strikes("corrupt", number):
            self._seen.note("corrupt")
            self._show(event._replace(text=garbled(event.text, self._seen.chance("noise", number)), acts=()))
            self._tell(f"What {event.seat} said has reached you garbled.")
        else:
            self._show(event)

    def _tell(self, text: str) -> None:
        if self._faults.announced:
            self._show(Event("tell", text=text, to=(self._seen.seat,)))

    def _show(self, event: Event) -> None:
        self._seen.events.append(event._replace(ply=self._ply))

    def _sent(self, turn: Turn, ply: Ply, reply: Any) -> Any:
        if turn.ask.kind == "message" and isinstance(reply, str | dict) and self._seen.strikes("lose", turn.ply):
            ply.lost = self._lost(turn, cast("str | dict[str, Any]", reply))
            if ply.lost:
                self._seen.note("lose")
                return ""
        return cast("Any", reply)

    def _lost(self, turn: Turn, reply: str | dict[str, Any]) -> str:
        """The text of a message that is lost; empty for silence, and for what would be refused, sent or not."""
        self._unheard = []
        try:
            text, acts, dropped = self._match.read(turn.seat, reply)
            sent = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False, allow_nan=False)
        except (ActionError, TypeError, ValueError, RecursionError):
            return ""
        if not text and not acts:
            return ""
        seat, to = turn.seat, turn.ask.to
        if self._faults.announced:
            self._unheard = [Event("tell", text=LOST, to=(seat,))]
        else:
            self._unheard = [
                Event("error", seat, turn.ask.key, text=f"an act was dropped: {error}", to=(seat,)) for error in dropped
            ]
            self._unheard.append(Event("say", seat, None, None, text, acts, None if to is None else (*to, seat)))
        return sent


def garbled(text: str, rng: Random) -> str:
    """Words with about half of their letters and figures gone; noise never makes up a word or a number."""
    noisy = "".join(NOISE if char.isalnum() and rng.random() < 0.5 else char for char in text)
    return noisy if noisy != text else NOISE


def under(faults: Faults, match: Match, agents: Mapping[str, Agent]) -> Mapping[str, Agent]:
    """The agents of a match, each under the faults that strike its seat."""
    return {
        seat: Struck(agent, match, seat, faults) if faults.strikes(seat) else agent for seat, agent in agents.items()
    }


def at_end(agent: Agent, turn: Turn) -> Turn:
    """The turn after the match as an agent sees it, under faults or not."""
    return agent.over(turn) if isinstance(agent, Struck) else turn


class _Again:
    """Answers what was answered, and keeps the turn that it was shown."""

    def __init__(self) -> None:
        self.turn: Turn | None = None
        self.reply = ""
        self.error: ActionError | None = None

    def act(self, turn: Turn) -> str:
        self.turn = turn
        if self.error is not None:
            raise self.error
        return self.reply


def shown_events(record: Mapping[str, Any], seat: str) -> list[dict[str, Any]]:
    """What had reached a seat by its last turn, as records hold events; plies as the seat counts."""
    turns = [turn for _, turn in shown(record) if turn.seat == seat]
    return [event_data(event) for event in turns[-1].events] if turns else []


def shown(record: Mapping[str, Any], game: Game | None = None) -> Iterator[tuple[int, Turn]]:
    """Every turn of a match as its agent was shown it, with the number of the ply; from the record alone."""
    match = replay(record, game, upto=0)
    again = {seat: _Again() for seat in match.seats}
    agents = under(from_data(record.get("faults", {})), match, again)

    def shown_to(seat: str, reply: str, error: ActionError | None = None) -> Turn:
        again[seat].reply, again[seat].error = reply, error
        with suppress(ActionError):
            agents[seat].act(match.turn(seat))
        return cast("Turn", again[seat].turn)

    branches = {entry["ply"]: entry["seed"] for entry in record.get("branches", [])}
    for row in record["plies"]:
        seat, number = row["seat"], row["ply"]
        if number in branches:
            match.reseed(branches[number])
        if len(match.plies) > number or seat in match.forfeits:
            continue
        for attempt in row["attempts"]:
            yield number, shown_to(seat, "", ActionError(attempt["error"]))
            match.repeat(seat, [Attempt(**attempt)], None)
        if not row.get("stand_in"):
            yield number, shown_to(seat, row.get("lost") or row["reply"])
            match.repeat(seat, (), row["reply"])
        elif seat not in match.forfeits:
            match.repeat(seat, (), None, record["forfeits"].get(seat, ""))
    match.close()

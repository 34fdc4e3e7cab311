"""Finds a guess: plays an imagined match forward, and goes back a little wherever it shows the seat something else.

What the seat saw is put in as it was. What it did not see is answered by a model of the others; where that leads to
something that the seat did not see, the answers since the last thing that agreed are changed one by one, and chance is
drawn anew, as long as it helps.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from arena.agent import Agent
from arena.engine import Spec
from arena.errors import ActionError, AgentError, GameError
from arena.game import Number
from arena.guessing.lots import Draw, Lots, changed
from arena.guessing.past import Given, Past
from arena.guessing.state import Guess, begin, put, put_one, seen_by
from arena.identity import canonical
from arena.match import Match
from arena.parse import from_json
from arena.standin import stand_in
from arena.turn import Ask, Event, Turn

Others = Callable[[str, Random], Agent]
"""Makes an agent that stands for another seat."""
PATIENCE = 120
"""Changes in a row that may bring nothing before a guess goes back further."""
DEEPEST = 3
"""How many things seen a guess goes back before another deal is taken."""
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


Score = tuple[int, int, int]
"""How many events agree, how much the next one is like what was seen, and how few told facts are wrong."""
FITS: Score = (10**9, 0, 0)
"""The score of a deal in which all agrees."""


class Spent(Exception):  # no error: what may be spent on guesses has been
    """No plies are left to look for guesses with."""


class Finder:
    """Looks for matches that show a seat what it saw, with a budget of plies for all of them."""

    def __init__(self, turn: Turn, others: Others, rng: Random, plies: int) -> None:
        self.turn = turn
        self.left = plies
        self.rng = rng
        self._others = others
        events = turn.events
        self.seen = events[: len(events) - turn.attempt]
        self._errors = tuple(event.text for event in events[len(events) - turn.attempt :])
        self.past = Past(turn.seat, turn.acts.seats, self.seen)
        self.told = self.past.certain()
        spoken = ("say", "announce", "answer", "error")
        self._early = next((n for n, event in enumerate(self.seen) if event.kind in spoken), len(self.seen))
        self._given = {**self.past.dealt, **self.told}
        if self.past.networks:
            self._given["network"] = self.past.networks[:1]

    def begin(self, seed: int, lots: Lots | None = None, streams: Mapping[str, int] | None = None) -> Guess:
        """A guess with this chance seed, before its first answer; what the others draw for themselves is new."""
        turn = self.turn
        drawn = streams or {seat: self.rng.getrandbits(62) for seat in turn.acts.seats if seat != turn.seat}
        return Guess(turn.game, turn.seat, seed, self._given, drawn, (), (), lots or {}, self._errors)

    @property
    def opening(self) -> str:
        """All that the deal has to agree with, as text: what was seen before anybody spoke, and what was told since."""
        game = self.turn.game
        early = repr(self.seen[: self._early])
        known = canonical([dict(game.params), self.told, self._given])
        return f"{game.game.sha256}/{game.seats}/{self.turn.seat}/{early}/{known}"

    def look(self, guess: Guess) -> tuple[Score, list[Draw]]:
        """How well the deal of a guess agrees with what was seen, `FITS` where it does, and the draws it took."""
        made: list[Draw] = []
        try:
            match = begin(guess, made=made)
        except GameError:
            return (-1, 0, 0), made
        match.close()
        agreed, shown = self.compare(match, 0)
        wrong = sum(self.told[path][0] != value for path, value in match.facts.items() if path in self.told)
        if agreed > self._early or (shown is not None and agreed == self._early):
            return (self._early, -1, -wrong), made
        if shown is None and not wrong:
            return FITS, made
        return (agreed, self.likeness(agreed, shown), -wrong), made

    def find(self, start: Guess) -> Guess | None:
        """The guess played on to the seat's turn; None where that was not reached. Raises `Spent` without a budget."""
        found = _Walk(self, start, self._others, self.rng).run()
        if found is None and not (self.turn.acts.claim or self.turn.acts.promise):
            found = _Walk(self, replace(start, acts=False), self._others, self.rng).run()
        return found

    def spend(self, plies: int) -> None:
        """Take from the budget."""
        self.left -= plies
        if self.left < 0:
            raise Spent

    def compare(self, match: Match, agreed: int) -> tuple[int, Event | None]:
        """How many events of the match agree with what was seen, and the first that does not."""
        shown = seen_by(match, self.turn.seat)
        seen = self.seen
        for number in range(agreed, len(shown)):
            if number >= len(seen) or shown[number] != seen[number]:
                return number, shown[number]
        return len(shown), None

    def reached(self, match: Match, agreed: int) -> bool:
        """Whether the seat is asked now what it is asked in its turn, after seeing all that it saw."""
        turn = self.turn
        if agreed < len(self.seen):
            return False
        ask, asked = turn.ask, match.asked[turn.seat].ask
        vocabulary = match.words.vocabulary
        return (
            _asked(ask._replace(error=None)) == _asked(asked)
            and _specs(vocabulary.claim) == _specs(turn.acts.claim)
            and _specs(vocabulary.promise) == _specs(turn.acts.promise)
        )

    def likeness(self, number: int, shown: Event | None) -> int:
        """How many words an event that should not be there begins with like the one that should."""
        if shown is None or number >= len(self.seen):
            return -1
        seen = self.seen[number]
        if (shown.kind, shown.seat, shown.key) != (seen.kind, seen.seat, seen.key):
            return 0
        mine, theirs = shown.text.split(), seen.text.split()
        return next((place for place, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), len(mine))

    def differences(self, number: int, shown: Event | None) -> list[float]:
        """By how much the numbers in two texts differ that are otherwise the same."""
        if shown is None or number >= len(self.seen):
            return []
        mine, theirs = shown.text, self.seen[number].text
        if _NUMBERS.sub("", mine) != _NUMBERS.sub("", theirs):
            return []
        pairs = zip(_NUMBERS.findall(mine), _NUMBERS.findall(theirs), strict=False)
        return [float(b) - float(a) for a, b in pairs if a != b]


@dataclass(slots=True)
class _Try:
    """How far one way of answering got."""

    answers: list[Given]
    reseeds: list[tuple[int, int]]
    free: dict[int, Spec[Any]]
    """The answers that are guessed decisions, by number of the ply, with what they could be."""
    marks: list[tuple[int, int]]
    """After how many plies, and draws of chance, something was seen that agrees."""
    lots: Lots
    """Which draws of chance come out otherwise."""
    made: list[Draw] = field(default_factory=list[Draw])
    """The draws of chance, in order."""
    hinted: set[int] = field(default_factory=set[int])
    """Those of the guessed decisions that were shown later, most probably."""
    agreed: int = 0
    shown: Event | None = None
    """What the seat did not see, and was shown here."""
    likeness: int = -1

    @property
    def score(self) -> tuple[int, int]:
        """How many events agree, and how much the next one is like what was seen."""
        return self.agreed, self.likeness

    def places(self, *, trusted: bool) -> list[tuple[int, int]]:
        """The marks to go back to, the last first: those after which there is more to change than after later ones."""
        found: list[tuple[int, int]] = []
        most = 0
        for back, draws in reversed(self.marks):
            free = sum(ply >= back and ply not in self.hinted for ply in self.free)
            changeable = free + (len(self.made) - draws if trusted else 1)
            if back and changeable > most:
                most = changeable
                found.append((back, draws))
        return found

    def cut(self, back: int) -> "_Try":
        """The same up to a ply."""
        return _Try(
            self.answers[:back],
            [(ply, seed) for ply, seed in self.reseeds if ply <= back],
            {ply: spec for ply, spec in self.free.items() if ply < back},
            [mark for mark in self.marks if mark[0] <= back],
            self.lots,
            hinted={ply for ply in self.hinted if ply < back},
        )


class _Walk:
    """One guess being made."""

    def __init__(self, finder: Finder, start: Guess, others: Others, rng: Random) -> None:
        self._finder = finder
        self._start = start
        self._make = others
        self._rng = rng
        self._agents: dict[str, Agent] = {}

    def run(self) -> Guess | None:
        """Play, go back and play again until the seat is asked what it is asked."""
        best = _Try([], [], {}, [(0, 0)], self._start.lots)
        if self._forward(best, {}):
            return self._done(best)
        idle = 0
        while True:
            places = best.places(trusted=self._start.public.game.trusted)
            depth = idle // PATIENCE
            if depth >= min(DEEPEST, len(places)):
                return None
            back, draws = places[depth]
            wanted = self._changed(best, back, idle)
            other = best.cut(back)
            if not wanted or self._rng.random() < 0.5:
                self._draw_anew(other, back, best.made[draws:])
            if self._forward(other, wanted):
                return self._done(other)
            idle = 0 if other.score > best.score else idle + 1
            if other.score >= best.score:
                best = other

    def _draw_anew(self, other: _Try, back: int, draws: list[Draw]) -> None:
        """Let chance come out otherwise from a ply on: one draw in a trusted game, else all of them."""
        if self._start.public.game.trusted:
            if draws:
                other.lots = changed(other.lots, self._rng.choice(draws), self._rng)
            return
        other.reseeds = [(ply, seed) for ply, seed in other.reseeds if ply < back]
        other.reseeds.append((back, self._rng.getrandbits(62)))

    def _done(self, found: _Try) -> Guess:
        return replace(self._start, answers=tuple(found.answers), reseeds=tuple(found.reseeds), lots=found.lots)

    def _changed(self, best: _Try, back: int, idle: int) -> dict[int, Any]:
        """What was answered from a ply on where nobody saw it, one or two answers changed."""
        rng = self._rng
        doubtful = idle > PATIENCE // 2
        free = [ply for ply in best.free if back <= ply < len(best.answers) and (doubtful or ply not in best.hinted)]
        if not free:
            return {}
        wanted = {ply: best.answers[ply].action for ply in free}
        differences = self._finder.differences(best.agreed, best.shown)
        bounds = {ply: (spec.low, spec.high) for ply in free if isinstance(spec := best.free[ply], Number)}
        if differences and bounds and idle % 4 < 3:
            # What a sum is off by is made up for by some of its parts.
            left = round(rng.choice(differences)) * (1 if idle % 2 else -1)
            for ply in rng.sample(list(bounds), len(bounds)):
                low, high = bounds[ply]
                value = min(max(wanted[ply] + left, low), high)
                left -= value - wanted[ply]
                wanted[ply] = value
            return wanted
        for ply in rng.sample(free, min(len(free), rng.choice((1, 1, 2)))):
            wanted[ply] = best.free[ply].sample(rng)
        return wanted

    def _forward(self, found: _Try, wanted: Mapping[int, Any]) -> bool:
        """Play on from the answers that there are, up to what was not seen; whether the seat's turn was reached."""
        finder, seat = self._finder, self._start.seat
        match: Match | None = None
        self._agents = {}
        try:
            finder.spend(len(found.answers) + 3)
            start = replace(self._start, lots=found.lots)
            match = begin(start, f"{self._rng.getrandbits(32)}", made=found.made)
            put(match, found.answers, found.reseeds)
            found.agreed, found.shown = finder.compare(match, 0)
            own = len(match.words.seen[seat].turns)
            while found.shown is None and not match.done:
                batch = match.waiting
                if seat in batch and own == finder.turn.ply:
                    return finder.reached(match, found.agreed)
                own += seat in batch
                finder.spend(len(batch))
                for other in batch:
                    given = self._answer(match, other, own, found, wanted, len(batch))
                    if given is None:
                        return False
                    found.answers.append(given)
                before = found.agreed
                found.agreed, found.shown = finder.compare(match, before)
                if found.shown is None and found.agreed > before and not match.done:
                    found.marks.append((len(match.plies), len(found.made)))
            found.likeness = finder.likeness(found.agreed, found.shown)
        except GameError:
            found.agreed = -1
        finally:
            if match is not None:
                match.close()
        return False

    def _answer(
        self, match: Match, seat: str, own: int, found: _Try, wanted: Mapping[int, Any], together: int
    ) -> Given | None:
        """Let a seat answer; None where what was seen holds no such answer."""
        past, me = self._finder.past, self._start.seat
        ply = match.asked[seat]
        ask = ply.ask
        given: Given | None
        if seat == me:
            given = past.own_answer(ask, own - 1)
        elif ask.kind != "decide" and (ask.to is None or me in ask.to):
            given = past.heard(seat, ask, found.agreed, own, together)
        else:
            number = len(found.answers)
            values: list[Any] = []
            if ask.kind == "decide":
                found.free[number] = ask.spec
                hints = past.hint(seat, ask.key, found.agreed)
                values = [wanted[number]] if number in wanted else hints
                if hints:
                    found.hinted.add(number)
            value = next((value for value in values if fits(ask.spec, value)), None)
            if value is None:
                return self._guessed(match, seat)
            given = Given(seat, value)
        if given is not None:
            put_one(match, given)
        return given

    def _guessed(self, match: Match, seat: str) -> Given:
        """Let who stands for a seat answer; silence or anything legal where it does not."""
        agent = self._agents.get(seat)
        if agent is None:
            agent = self._agents[seat] = self._make(seat, self._rng)
        ply = match.asked[seat]
        reply = agent.act(match.turn(seat))
        if not isinstance(reply, str | dict):
            raise AgentError("who stands for another seat has to answer at once")
        if match.answer(seat, reply) is not None:
            match.answer(seat, stand_in(ply.ask, self._rng.getrandbits(32), seat, 0))
        return Given(seat, ply.action, ply.acts, ply.dropped)


def fits(spec: Spec[Any], value: Any) -> bool:
    """Whether a value is a legal answer."""
    try:
        return bool(from_json(spec, value) == value)
    except ActionError:
        return False


def _asked(ask: Ask) -> list[Any]:
    return [ask.kind, ask.key, ask.spec.data(), ask.prompt, ask.to, _specs(ask.about)]


def _specs(specs: Mapping[str, Spec[Any]]) -> list[tuple[str, Any]]:
    return [(key, spec.data()) for key, spec in specs.items()]

"""Deals that show a seat, before anybody has answered, exactly what it saw.

Cards and roles that a game draws for several seats at once cannot be imposed on it. In a trusted game the draws are
changed one by one until they fit. In the sandbox whole deals are drawn until they fit, in one fixed order per game and
seat; what fits is kept, so that a game is gone through once per process.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count, cycle
from random import Random
from typing import Any

from arena.errors import ArenaError
from arena.guessing.finder import FITS, Finder, Score
from arena.guessing.lots import Draw, changed
from arena.guessing.state import Guess, seen_by
from arena.identity import canonical
from arena.match import Match, seat_names
from arena.turn import Event, PublicGame

WANTED = 16
"""Fitting seeds after which no more are looked for."""
ENOUGH = 100
"""Seeds looked at before a single fitting one will do."""
MOST = 400
"""Seeds looked at before none will do."""
FRESH = 16
"""Whole deals drawn before their draws are changed one by one."""
CHANGES = 400
"""Draws changed before another deal is begun with."""


def dealt(finder: Finder) -> Iterator[Guess]:
    """Deals of a trusted game that fit, the first `WANTED` ones over and over; it ends where one cannot be found.

    They follow from what the seat saw at the start alone, so they are looked for once a match, not at every turn.
    """
    found = _deals(finder.opening)
    for number in count():
        if number == len(found) < WANTED:
            made = _climb(finder, Random(f"{finder.opening}/{number}"))
            if made is not None:
                found.append(made)
        if not found or (number >= len(found) < WANTED):
            return
        deal = found[number % len(found)]
        fresh = finder.begin(deal.seed, deal.lots)
        # What a seat is told at the start may depend on what the others drew for themselves.
        yield fresh if finder.look(fresh)[0] == FITS else finder.begin(deal.seed, deal.lots, deal.streams)


@lru_cache(maxsize=256)
def _deals(_opening: str) -> list[Guess]:
    """The deals found so far for what was seen at the start."""
    return []


def _climb(finder: Finder, rng: Random) -> Guess | None:
    best: tuple[Score, Guess, list[Draw]] | None = None
    for number in range(FRESH + CHANGES):
        if number < FRESH or best is None:
            streams = {seat: rng.getrandbits(62) for seat in finder.turn.acts.seats if seat != finder.turn.seat}
            guess = finder.begin(rng.getrandbits(62), {}, streams)
        elif best[2]:
            guess = replace(best[1], lots=changed(best[1].lots, rng.choice(best[2]), rng))
        else:
            return None
        score, made = finder.look(guess)
        if score == FITS:
            return guess
        if best is None or score >= best[0]:
            best = score, guess, made
    return None


def listed(finder: Finder) -> Iterator[Guess]:
    """Deals of a game in the sandbox that fit, over and over in one order."""
    numbers = openings(finder.turn.game, finder.turn.seat, finder.past.early).fitting(finder.seen, finder.told)
    finder.rng.shuffle(numbers)
    return (finder.begin(seed_of(number)) for number in cycle(numbers))


def seed_of(number: int) -> int:
    """The chance seed of the n-th deal looked at; none that a match would have by being numbered too."""
    return int.from_bytes(hashlib.blake2b(f"guess/{number}".encode(), digest_size=8).digest()) >> 1


class Openings:
    """The deals of a game sorted by what a seat sees of each, as far as they were looked at."""

    def __init__(self, public: PublicGame, seat: str, given: Mapping[str, Sequence[Any]]) -> None:
        self._public = public
        self._seat = seat
        self._given = given
        self._looked = 0
        self._lengths: list[int] = []
        self._numbers: dict[bytes, list[tuple[int, dict[str, Any]]]] = {}

    def fitting(self, events: Sequence[Event], certain: Mapping[str, Sequence[Any]]) -> list[int]:
        """The numbers of deals that begin with these events and hold these facts, at most `WANTED`."""
        read = 0
        found: list[int] = []
        fits: dict[int, bytes] = {}
        while True:
            fits = {length: fits.get(length) or _mark(events[:length]) for length in self._lengths}
            found = sorted(
                number
                for mark in fits.values()
                for number, facts in self._numbers.get(mark, ())
                if all(certain[path][0] == value for path, value in facts.items() if path in certain)
            )[:WANTED]
            # What other views had looked up before changes nothing: later ones count only where earlier are missing.
            early = [number for number in found if number < ENOUGH]
            if len(early) == WANTED or (early and self._looked >= ENOUGH):
                return early
            if found and self._looked >= ENOUGH:
                return found[:1]
            if self._looked >= MOST:
                return []
            read = self._looked
            while self._looked < read + 50:
                self._look()

    def _look(self) -> None:
        number = self._looked
        self._looked += 1
        public = self._public
        try:
            match = Match(public.game, public.params, seed_of(number), public.seats, given=self._given)
        except ArenaError:
            return
        match.close()
        events = seen_by(match, self._seat)
        if len(events) not in self._lengths:
            self._lengths.append(len(events))
        drawn = streamed(public)
        facts = {path: value for path, value in match.facts.items() if path not in drawn}
        self._numbers.setdefault(_mark(events), []).append((number, facts))


def _mark(events: Sequence[Event]) -> bytes:
    return hashlib.blake2b(repr(list(events)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def openings(public: PublicGame, seat: str, early: Mapping[str, Sequence[Any]]) -> Openings:
    """The deals of a game as a seat sees them, with the facts imposed that come from streams of the seats' own."""
    given = {path: values for path, values in early.items() if path == "network" or path in streamed(public)}
    return _openings(_Same(public, canonical([dict(public.params), given])), seat, _Same(given, ""))


def streamed(public: PublicGame) -> frozenset[str]:
    """The paths of the facts dealt at the start that come from streams of the seats' own."""
    return _streamed(_Same(public, canonical(dict(public.params))))


class _Same:
    """A value that is told from others by a text alone, and a game by itself."""

    __slots__ = ("text", "value")

    def __init__(self, value: Any, text: str) -> None:
        self.value = value
        self.text = text

    def _key(self) -> tuple[Any, ...]:
        public = self.value
        return (self.text, public.game, public.seats) if isinstance(public, PublicGame) else (self.text,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@lru_cache(maxsize=256)
def _openings(public: _Same, seat: str, given: _Same) -> Openings:
    return Openings(public.value, seat, given.value)


@lru_cache(maxsize=256)
def _streamed(public: _Same) -> frozenset[str]:
    game, seats = public.value.game, public.value.seats
    facts: list[dict[str, Any]] = []
    for new in range(6):
        streams = dict.fromkeys(seat_names(seats), 7 * new + 1)
        match = Match(game, public.value.params, seed_of(0), seats, streams=streams)
        match.close()
        facts.append(match.facts)
    return frozenset(path for path in facts[0] if any(other.get(path) != facts[0][path] for other in facts))

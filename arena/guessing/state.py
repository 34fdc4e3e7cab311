"""A guess: all that it takes to play one imagined match up to where a seat is asked."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from arena.guessing.lots import Draw, Lots, lot_table
from arena.guessing.past import Given
from arena.match import Match
from arena.ply import Attempt
from arena.turn import Event, PublicGame

_PLAIN = (str, int, type(None))


@dataclass(frozen=True, slots=True)
class Guess:
    """One way in which a match may have come to where a seat is asked; it shows that seat exactly what it saw."""

    public: PublicGame
    seat: str
    seed: int
    given: Mapping[str, Sequence[Any]]
    """The facts that are imposed, by path."""
    streams: Mapping[str, int]
    answers: tuple[Given, ...]
    reseeds: tuple[tuple[int, int], ...] = ()
    """From which ply on chance is drawn from which other seed."""
    lots: Lots = field(default_factory=dict[str, dict[int, int]])
    """The draws of a trusted game that are made to come out otherwise than by the seed."""
    errors: tuple[str, ...] = ()
    """What the seat was told about its tries at this very ask."""
    acts: bool = True
    """Whether messages may carry typed acts."""

    def match(self, rollout: str = "", id: str = "guess") -> Match:
        """The match, waiting for the seat; whoever takes it closes it. Its answers are given but have no text."""
        match = begin(self, rollout, id)
        try:
            put(match, self.answers, self.reseeds)
            if self.errors:
                match.repeat(self.seat, [Attempt("", error, "invalid") for error in self.errors], None)
        except BaseException:
            match.close()
            raise
        return match


def begin(guess: Guess, rollout: str = "", id: str = "guess", made: list[Draw] | None = None) -> Match:
    """The match of a guess before its first answer; the draws of chance go into `made`."""
    # A game may change what it was dealt, and these are the events of a match that others play.
    given = deepcopy(dict(guess.given))
    return Match(
        guess.public.game,
        guess.public.params,
        guess.seed,
        guess.public.seats,
        id=id,
        rollout=rollout,
        retries=2 + max([len(guess.errors), *(len(answer.errors) for answer in guess.answers)], default=0),
        acts="offered" if guess.acts else "off",
        streams=guess.streams,
        given=given,
        table=lot_table(guess.lots, [] if made is None else made),
    )


def put(match: Match, answers: Sequence[Given], reseeds: Sequence[tuple[int, int]] = ()) -> None:
    """Give answers in order, those of one moment together; chance is drawn anew where it was before."""
    anew = dict(reseeds)
    for answer in answers:
        plies = len(match.plies)
        if plies in anew:
            match.reseed(anew.pop(plies))
        put_one(match, answer)
    if len(match.plies) in anew:
        match.reseed(anew[len(match.plies)])


def put_one(match: Match, answer: Given) -> None:
    """Give one answer as it was read before."""
    seat = answer.seat
    if answer.errors:
        match.repeat(seat, [Attempt("", error, "invalid") for error in answer.errors], None)
    ply = match.asked[seat]
    # What else was wrong with a message is told to its seat, so it is part of what was seen.
    ply.dropped = answer.dropped
    action = answer.action
    match.accept(seat, "", action if isinstance(action, _PLAIN) else deepcopy(action), answer.acts)


def seen_by(match: Match, seat: str) -> list[Event]:
    """All that a seat has seen so far."""
    return match.words.seen[seat].view(0, len(match.events))

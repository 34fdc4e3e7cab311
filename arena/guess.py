"""What a seat may believe about the rest of its match: whole matches that show it exactly what it saw.

A guess is made of the public source, the parameters, the number of seats and the seat's own events, and of nothing
else. What was hidden from the seat is drawn anew, or answered by a model of the others.
"""

from functools import lru_cache
from random import Random
from typing import Any

from arena.agent import Agent
from arena.drive import play_plain
from arena.errors import UsageError, unknown
from arena.guessing.finder import Finder, Others, Spent
from arena.guessing.opening import dealt, listed
from arena.guessing.state import Guess
from arena.library import agent_kinds, characters_by_turn, load
from arena.match import Match
from arena.turn import Turn

__all__ = ["Guess", "Others", "characters", "guesses", "play_on", "worth"]

PLIES = {True: 20_000, False: 1000}
"""Plies that looking for the guesses of one turn may take, by whether the game is trusted."""
DEALS = 4
"""Deals tried for one guess."""


def guesses(turn: Turn, count: int, others: Others) -> list[Guess]:
    """At most so many ways in which the match may have come to this turn, the same ones whenever it is asked.

    There may be fewer, and none where nothing was found that shows the seat exactly what it saw.
    """
    rng = Random(f"{turn.key}/guess")
    finder = Finder(turn, others, rng, PLIES[turn.game.game.trusted])
    deals = dealt(finder) if turn.game.game.trusted else listed(finder)
    found: list[Guess] = []
    tried = 0
    try:
        for start in deals:
            guess = finder.find(start)
            tried += 1
            if guess is not None:
                found.append(guess)
            if len(found) == count or tried == DEALS * (len(found) + 1):
                break
    except Spent:
        pass
    return found


def play_on(match: Match, others: Others, rng: Random) -> None:
    """Play a match to its end, an agent of the model of the others in every seat, and close it."""
    play_plain(match, {seat: others(seat, rng) for seat in match.seats})


def worth(match: Match, seat: str) -> float:
    """What a finished match is worth to a seat: its reward, or how it ended compared with the others.

    Nothing that anybody could work out, 0, where a panel ranks the game.
    """
    if match.game.scoring == "panel":
        return 0.0
    return -float(match.ranks[seat]) if match.game.scoring == "rank" else match.rewards[seat]


def characters(names: str) -> Others:
    """A model of the others: scripted kinds of agents by name, separated by commas, one drawn for each seat."""
    kinds = [name.strip() for name in names.split(",")]
    makers = [_maker(kind) for kind in kinds]

    def make(_seat: str, rng: Random) -> Agent:
        return makers[0]() if len(makers) == 1 else rng.choice(makers)()

    return make


@lru_cache(maxsize=64)
def _maker(kind: str) -> Any:
    if kind == "self":
        raise UsageError(
            "opponents: 'self', the agent's own model in the seats of the others, is not built; name scripted agents, "
            "such as 'honest' or 'honest, liar'"
        )
    known = characters_by_turn()
    if kind not in agent_kinds():
        raise unknown("scripted agent", kind, known, where="opponents")
    if kind not in known:
        raise UsageError(
            f"opponents: {kind!r} is no scripted agent that plays by its turn alone; take such as 'honest'"
        )
    return load("agents", kind).agent

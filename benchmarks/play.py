"""Native play beside TextArena's and OpenSpiel's comparable games, and what the parts of a turn cost.

    python -m benchmarks.play

A turn is one answer of one seat, recorded in memory with all that was asked, said and revealed. Agents answer from a
list, so that the games are timed and not the agents. Rounds alternate, figures are medians of processor time.
"""

import random
from collections.abc import Callable
from importlib import import_module
from typing import Any

from arena.drive import play_plain
from arena.library import game
from arena.match import Match
from arena.record import record, to_json
from arena.turn import Turn
from benchmarks.timing import alternate, line

MATCHES = 150


class Fixed:
    """Says the same in every turn, and never agrees, so that a match lasts as long as it can."""

    def act(self, turn: Turn) -> Any:
        ask = turn.ask
        if ask.kind == "message":
            return "I would like a little more than that."
        if ask.kind == "announce":
            return "decline"
        return {"offer": 20} if ask.key == "offer" else {ask.key: "reject"}


def arena_turns(name: str, **params: Any) -> Callable[[], int]:
    """Matches of one of our games; how many turns they took."""
    found = game(name)
    agent = Fixed()
    agents = {"player_0": agent, "player_1": agent}

    def run() -> int:
        turns = 0
        for seed in range(MATCHES):
            match = Match(found, params, seed)
            play_plain(match, agents)
            turns += len(match.plies)
        return turns

    return run


def arena_matches(name: str, **params: Any) -> Callable[[], int]:
    """The same, counted in matches."""
    turns = arena_turns(name, **params)

    def run() -> int:
        turns()
        return MATCHES

    return run


def textarena_negotiation(*, per_match: bool) -> Callable[[], int] | None:
    """TextArena's SimpleNegotiation, ten turns a match; None where it is not installed."""
    try:
        library: Any = import_module("textarena")
    except ImportError:
        return None

    def run() -> int:
        turns = 0
        for seed in range(MATCHES):
            env = library.make("SimpleNegotiation-v0")
            env.reset(num_players=2, seed=seed)
            done = False
            while not done:
                env.get_observation()
                done, _ = env.step(action="I would like a little more than that. [Offer: 1 Wheat -> 1 Wood]")
                turns += 1
            env.close()
        return MATCHES if per_match else turns

    return run


def openspiel(name: str) -> Callable[[], int] | None:
    """Random play of an OpenSpiel game from Python; None where it is not installed."""
    try:
        library: Any = import_module("pyspiel")
    except ImportError:
        return None
    loaded = library.load_game(name)

    def run() -> int:
        rng = random.Random(0)
        turns = 0
        for _ in range(MATCHES):
            state = loaded.new_initial_state()
            while not state.is_terminal():
                if state.is_chance_node():
                    state.apply_action(rng.choices(*zip(*state.chance_outcomes(), strict=True))[0])
                else:
                    state.apply_action(rng.choice(state.legal_actions()))
                    turns += 1
        return turns

    return run


def parts() -> None:
    """What one turn of a finished match costs in each step after it was played."""
    from arena.conduct import summary
    from arena.observation import observation
    from arena.parse import parse_decision

    found = game("alternating_offers")
    match = Match(found, seed=1)
    play_plain(match, {seat: Fixed() for seat in match.seats})
    turns = len(match.plies)
    data = record(match)
    half = match.branch(turns - 1)
    seat = half.waiting[0]
    spec = match.plies[-2].ask.spec

    def times(step: Callable[[], Any], units: int) -> Callable[[], int]:
        def run() -> int:
            for _ in range(50):
                step()
            return 50 * units

        return run

    figures = alternate(
        {
            "read one answer (JSON object)": times(lambda: parse_decision(spec, "offer", {"offer": 20}), 1),
            "read one answer (free text)": times(lambda: parse_decision(spec, "offer", "So I offer 20 coins."), 1),
            "what a seat sees, as text, late in the match": times(lambda: observation(half.turn(seat)), 1),
            "the record, per turn": times(lambda: record(match), turns),
            "the record as JSON, per turn": times(lambda: to_json(data), turns),
            "conduct from the record, per turn": times(lambda: summary(data), turns),
        }
    )
    for what, seconds in figures.items():
        line(f"  {what}", f"{seconds * 1e6:.1f} us")


def main() -> None:
    """Print the table."""
    work: dict[str, Callable[[], int] | None] = {
        "arena alternating_offers": arena_turns("alternating_offers", rounds=5),
        "arena ultimatum": arena_turns("ultimatum", talk_rounds=4),
        "TextArena SimpleNegotiation": textarena_negotiation(per_match=False),
        "OpenSpiel bargaining (C++ core)": openspiel("bargaining"),
        "OpenSpiel negotiation (C++ core)": openspiel("negotiation"),
    }
    figures = alternate({name: run for name, run in work.items() if run is not None})
    peer = figures.get("TextArena SimpleNegotiation")
    for name, seconds in figures.items():
        ratio = f"  {seconds / peer:.2f}x" if peer else ""
        line(f"one turn, {name}", f"{seconds * 1e6:7.1f} us{ratio}")
    by_match = {"arena": arena_matches("alternating_offers", rounds=2)}
    negotiation = textarena_negotiation(per_match=True)
    if negotiation is None:
        print("TextArena is not installed; `make bench` installs it")
    else:
        by_match["TextArena"] = negotiation
        per = alternate(by_match)
        line("matches of ten turns a second, arena over TextArena", f"{per['TextArena'] / per['arena']:.2f}x")
    print("parts of a turn of arena alternating_offers")
    parts()


if __name__ == "__main__":
    main()

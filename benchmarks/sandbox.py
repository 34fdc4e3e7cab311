"""A sandboxed match beside bare Monty running the same program with the same host calls.

    python -m benchmarks.sandbox

Bare Monty gets the words, the game and every answer ready-made; the arena adds the match: asks, parsing, events, plies.
Both run in the worker that the arena would use, inside bubblewrap where that works.
"""

from collections.abc import Callable
from typing import Any

from arena import sandbox
from arena.drive import play_plain
from arena.library import Game, game
from arena.match import Match
from benchmarks.play import Fixed
from benchmarks.timing import line, wall

MATCHES = 60
PARAMS = {"pie": 100, "rounds": 5, "discount": 0.9, "talk_rounds": 1, "aligned": False}


def sandboxed(found: Game, engine: str) -> Callable[[], int]:
    agent = Fixed()
    agents = {"player_0": agent, "player_1": agent}

    def run() -> int:
        for seed in range(MATCHES):
            play_plain(Match(found, PARAMS, seed, engine=engine), agents)
        return MATCHES

    return run


def answers(found: Game) -> list[Any]:
    """What the host gives back in one match, in order."""
    given: list[Any] = []
    match = Match(found, PARAMS, 0, engine="sandbox")
    engine: Any = match._engine  # noqa: SLF001  # the host calls of a real match are what is measured
    send = engine.send

    def note(answer: Any, reseed: int | None = None) -> Any:
        given.append([answer, reseed])
        return send(answer, reseed)

    engine.send = note
    agent = Fixed()
    play_plain(match, {"player_0": agent, "player_1": agent})
    return given


def bare(found: Game) -> Callable[[], int]:
    from pydantic_monty import MontyComplete

    pool = sandbox.POOL.get()
    given = answers(found)
    with pool.checkout() as session:
        session.feed_run(sandbox.prelude())
        session.feed_run(sandbox.sandboxed_source(found))
        state = session.dump()
    inputs = {"agents": ["player_0", "player_1"], "seed": 0, "streams": {}, "params": PARAMS}

    def run() -> int:
        for _ in range(MATCHES):
            with pool.checkout() as session:
                session.load_session(state)
                snapshot: Any = session.feed_start("await _play(agents, seed, streams, params)", inputs=inputs)
                for answer in given:
                    snapshot = snapshot.resume({"return_value": answer})
                if not isinstance(snapshot, MontyComplete):
                    raise TypeError("the canned answers do not end the match")
        return MATCHES

    return run


def main() -> None:
    """Print the table."""
    found = game("alternating_offers")
    figures = wall(
        {
            "native": sandboxed(found, "native"),
            "sandboxed": sandboxed(found, "sandbox"),
            "bare Monty, same host calls": bare(found),
        }
    )
    turns = 22
    for name, seconds in figures.items():
        line(f"a match of {turns} turns, {name} ({sandbox.POOL.isolation})", f"{seconds * 1e3:.3f} ms")
    line("decisions a second, native", f"{turns / figures['native']:,.0f}")
    line("decisions a second, sandboxed", f"{turns / figures['sandboxed']:,.0f}")
    line("sandboxed over bare Monty", f"{figures['sandboxed'] / figures['bare Monty, same host calls']:.2f}x")


if __name__ == "__main__":
    main()

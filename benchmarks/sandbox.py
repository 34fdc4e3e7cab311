"""A sandboxed match beside bare Monty running the same program with the same host calls.

    python -m benchmarks.sandbox

Bare Monty gets the words, the game and every answer ready-made; the arena adds the match: asks, parsing, events, plies.
Both run in the worker that the arena would use, inside bubblewrap where that works.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from arena import sandbox
from arena.drive import play_plain
from arena.engine import Op
from arena.library import Game, game
from arena.match import Match
from benchmarks.play import Fixed
from benchmarks.timing import line, wall

MATCHES = 60
PARAMS = {"pie": 100, "rounds": 5, "discount": 0.9, "talk_rounds": 1, "aligned": False}


def played(found: Game, engine: str) -> Callable[[], int]:
    """Matches in one of the two engines."""
    agent = Fixed()
    agents = {"player_0": agent, "player_1": agent}

    def run() -> int:
        for seed in range(MATCHES):
            play_plain(Match(found, PARAMS, seed, engine=engine), agents)
        return MATCHES

    return run


class Noted(sandbox.SandboxEngine):
    """A sandbox engine that keeps what it hands to the game."""

    given: ClassVar[list[Any]] = []

    def send(self, answer: Any, reseed: int | None = None) -> list[Op] | None:
        self.given.append([answer, reseed])
        return super().send(answer, reseed)


def answers(found: Game) -> list[Any]:
    """What the host gives back in one match, in order."""
    kept = sandbox.SandboxEngine
    sandbox.SandboxEngine = Noted
    try:
        Noted.given.clear()
        played(found, "sandbox")()
    finally:
        sandbox.SandboxEngine = kept
    return Noted.given[: len(Noted.given) // MATCHES]


def bare(found: Game) -> Callable[[], int]:
    """The same program and host calls, with nothing of the arena on this side."""
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
            "native": played(found, "native"),
            "sandboxed": played(found, "sandbox"),
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

"""Steps per second through the PettingZoo form, beside PettingZoo's own classic environments with their wrappers.

    python benchmarks/env.py

Every environment plays the same number of matches by the same loop, `agent_iter`, `last`, `step`, with random legal
actions that were drawn beforehand, so that only the environments are timed. Rounds alternate between them, and the
figures are medians. PettingZoo's own need `pip install pygame`.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from random import Random
from typing import Any, cast

import numpy as np

import arena
from arena.match import Match

MATCHES, ROUNDS = 60, 9
Choose = Callable[[Any, Any, Random], Any]


def masked(env: Any, observation: Any, rng: Random) -> Any:
    """A random action out of the mask; without one, any."""
    if isinstance(observation, dict):
        mask: Any = cast("dict[str, Any]", observation)["action_mask"]
        return rng.choice(np.flatnonzero(mask).tolist())
    return rng.randrange(int(env.action_space(env.agent_selection).n))


def legal(env: Any, _observation: Any, rng: Random) -> Any:
    """A random legal reply, as text."""
    match: Match = env.match
    ask = match.turn(env.agent_selection).ask
    return "Let us be fair." if ask.kind == "message" else f"{ask.key}: {ask.spec.sample(rng)}"


def draw(env: Any, choose: Choose) -> list[list[Any]]:
    """The actions of each match, None where a seat steps out."""
    matches: list[list[Any]] = []
    rng = Random(0)
    for seed in range(MATCHES):
        env.reset(seed=seed)
        actions: list[Any] = []
        for _ in env.agent_iter():
            observation, _, terminated, truncated, _ = env.last()
            actions.append(None if terminated or truncated else choose(env, observation, rng))
            env.step(actions[-1])
        matches.append(actions)
    return matches


def steps_per_second(env: Any, matches: list[list[Any]]) -> float:
    """One pass over all matches; processor time, so that other programs count less."""
    start = time.process_time()
    for seed, actions in enumerate(matches):
        env.reset(seed=seed)
        for _, action in zip(env.agent_iter(), actions, strict=False):
            env.last()
            env.step(action)
    return sum(map(len, matches)) / (time.process_time() - start)


def environments() -> dict[str, tuple[Any, Choose]]:
    """Ours, and those of PettingZoo that can be imported."""
    found: dict[str, tuple[Any, Choose]] = {
        "arena matrix_game, silent, discrete": (
            arena.env("matrix_game", actions="discrete", size=3, turns=15, talk_rounds=0),
            masked,
        ),
        "arena matrix_game, text": (arena.env("matrix_game", turns=15), legal),
        "arena ultimatum, discrete": (arena.env("ultimatum", actions="discrete"), masked),
        "arena ultimatum, text": (arena.env("ultimatum"), legal),
        "arena kuhn_poker, discrete": (arena.env("kuhn_poker", actions="discrete"), masked),
    }
    try:
        from pettingzoo.classic.connect_four import connect_four
        from pettingzoo.classic.rps import rps
        from pettingzoo.classic.tictactoe import tictactoe
    except ImportError as error:
        print(f"PettingZoo's classic environments are left out: {error}")
        return found
    for name, module in (("rps", rps), ("tictactoe", tictactoe), ("connect_four", connect_four)):
        found[f"pettingzoo {name}"] = (module.env(), masked)
    return found


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    found = environments()
    drawn = {name: draw(env, choose) for name, (env, choose) in found.items()}
    figures: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(ROUNDS):
        for name, (env, _) in found.items():
            figures[name].append(steps_per_second(env, drawn[name]))
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, median in medians.items():
        print(f"{name:38} {median:10,.0f} steps/s")
    theirs = [median for name, median in medians.items() if name.startswith("pettingzoo")]
    if theirs:
        for name, median in medians.items():
            if name.startswith("arena"):
                fastest, middle = median / max(theirs), median / statistics.median(theirs)
                print(f"{name:38} {fastest:5.2f} of PettingZoo's fastest, {middle:5.2f} of its median")


if __name__ == "__main__":
    main()

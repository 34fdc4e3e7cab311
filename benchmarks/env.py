"""Steps per second through the PettingZoo form, beside PettingZoo's own classic environments with their wrappers.

    python -m benchmarks.env

Every environment plays the same number of matches by the same loop, `agent_iter`, `last`, `step`, with random legal
actions that were drawn beforehand, so that only the environments are timed. PettingZoo's own need the extra `bench`.
"""

import warnings
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, cast

import numpy as np

import arena
from arena.match import Match
from benchmarks.timing import alternate, line

MATCHES = 60
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


def play(env: Any, matches: list[list[Any]]) -> int:
    """One pass over all matches; how many steps they had."""
    for seed, actions in enumerate(matches):
        env.reset(seed=seed)
        for _, action in zip(env.agent_iter(), actions, strict=False):
            env.last()
            env.step(action)
    return sum(map(len, matches))


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
        "arena kuhn_poker, text": (arena.env("kuhn_poker"), legal),
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
    work = {name: partial(play, env, draw(env, choose)) for name, (env, choose) in found.items()}
    seconds = alternate(work)
    theirs = {name: each for name, each in seconds.items() if name.startswith("pettingzoo")}
    for name, each in seconds.items():
        ratios = "" if name in theirs else " ".join(f"{other / each:5.2f}x" for other in theirs.values())
        line(f"one step, {name}", f"{each * 1e6:7.1f} us  {1 / each:9,.0f}/s  {ratios}")
    if theirs:
        print(f"as fast as {', '.join(theirs)}, in this order")


if __name__ == "__main__":
    main()

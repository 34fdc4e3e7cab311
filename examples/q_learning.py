"""Independent Q-learning on a matrix game, in plain numpy: two tables, each learning as if the other were the weather.

    python examples/q_learning.py prisoners_dilemma coordination matching_pennies

In the one-shot prisoner's dilemma both come to defect, whatever they announce before. In coordination they come to
meet. In matching pennies neither settles, and over time each plays heads half of the time. The loop below knows nothing
of these games: it works for any game whose answers can be numbered, and only the table of states limits its size.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import arena


@dataclass
class Learner:
    """One seat's table of values, and its last action until it is known what came of it."""

    size: int
    rng: np.random.Generator
    rate: float = 0.1
    values: dict[bytes, NDArray[np.float64]] = field(default_factory=dict[bytes, NDArray[np.float64]])
    last: tuple[bytes, int] | None = None
    earned: float = 0.0

    def act(self, observation: dict[str, Any], explore: float) -> int:
        """Learn from what came of the last action, then choose the next out of the mask."""
        state = observation["observation"].tobytes()
        legal = np.flatnonzero(observation["action_mask"])
        values = self.values.setdefault(state, np.zeros(self.size))
        best = values[legal]
        self.learn(float(best.max()))
        if self.rng.random() < explore:
            action = int(self.rng.choice(legal))
        else:
            action = int(self.rng.choice(legal[best == best.max()]))
        self.last = (state, action)
        return action

    def learn(self, ahead: float) -> None:
        """Move the last action's value towards what was earned since, and what lies ahead."""
        if self.last is not None:
            state, action = self.last
            self.values[state][action] += self.rate * (self.earned + ahead - self.values[state][action])
        self.last, self.earned = None, 0.0


def learn(game: str, matches: int = 2000, seed: int = 0) -> list[tuple[str, ...]]:
    """The pair of actions of every match played while learning, the first match first.

    Both explore less and less through the first half of the matches, and a little ever after.
    """
    # Three actions are enough: to announce is to decline or to name one of two actions.
    env = arena.parallel_env("matrix_game", game=game, turns=1, talk_rounds=0, actions="discrete", size=3)
    streams = np.random.default_rng(seed).spawn(len(env.possible_agents))
    learners = {seat: Learner(3, rng) for seat, rng in zip(env.possible_agents, streams, strict=True)}
    played: list[tuple[str, ...]] = []
    for match in range(matches):
        explore = max(0.05, 1 - 2 * match / matches)
        observations, infos = env.reset(seed=match)
        while env.agents:
            asked = [seat for seat in env.agents if infos[seat]["asked"]]
            actions = {seat: learners[seat].act(observations[seat], explore) for seat in asked}
            observations, rewards, _, _, infos = env.step(actions)
            for seat, reward in rewards.items():
                learners[seat].earned += reward
        for learner in learners.values():
            learner.learn(0.0)
        played.append(tuple(ply.action for ply in env.match.plies if ply.ask.kind == "decide"))
    return played


def main() -> None:
    """Learn the games that are named and show what is played in the second half of the matches."""
    for game in sys.argv[1:] or ["prisoners_dilemma", "coordination", "matching_pennies"]:
        played = learn(game)
        late = played[len(played) // 2 :]
        print(game)
        for pair, count in Counter(late).most_common():
            print(f"  {' / '.join(pair):24} {count / len(late):5.0%}")


if __name__ == "__main__":
    main()

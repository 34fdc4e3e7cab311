"""A match in PettingZoo's two forms: seats that step one by one, and all that are asked at once."""

from typing import Any

from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv

from arena.errors import UsageError
from arena.match import Match
from arena.zoo.discrete import Enumeration
from arena.zoo.episode import RENDER_MODES, Episode, Screen, Seeds, Setup, told

Observation = dict[str, Any]
Step = tuple[dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]


class TurnEnv(AECEnv[str, Any, Any]):
    """One seat answers at a time; simultaneous answers are collected in the order of `possible_agents`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.metadata = {"name": setup.game.name, "render_modes": RENDER_MODES, "is_parallelizable": False}
        self.render_mode = setup.render_mode
        self.possible_agents = list(setup.seats)
        self.agents = []
        self.observation_spaces = {seat: setup.observation_space() for seat in setup.seats}
        self.action_spaces = {seat: setup.action_space() for seat in setup.seats}
        self._seeds = Seeds()
        self._lists = Enumeration(setup.game.name, setup.size)
        self._screen = Screen(setup.render_mode)
        self._episode: Episode | None = None
        self._steps: list[Any] = []
        self._turns: dict[str, int] = {}
        self._most = setup.max_cycles

    @property
    def match(self) -> Match:
        """The match that is being played."""
        return _running(self._episode).match

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin a match; `seed` is its chance seed, without one the next of the stream that the last one began."""
        del options
        self.close()
        self._episode = episode = Episode(self.setup, self._seeds.next(seed), self._lists)
        self._steps = []
        self._screen = Screen(self.setup.render_mode)
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = {seat: {} for seat in self.agents}
        self._turns = dict.fromkeys(self.agents, 0)
        self._skip_agent_selection = None
        self.agent_selection = episode.due[0] if episode.due else self.agents[0]
        if episode.done:
            self._end(episode)

    def step(self, action: Any) -> None:
        """Answer for `agent_selection`; once the match is over, None takes its seats out one by one."""
        episode = self._episode
        if episode is None or not self.agents:
            raise _not_running(episode)
        self._steps.append(action)
        if episode.done:
            self._was_dead_step(action)
            return
        seat = self.agent_selection
        self._cumulative_rewards[seat] = 0.0
        self.rewards = dict.fromkeys(self.agents, 0.0)
        error = episode.give(seat, action)
        if error is not None or self.infos[seat] or episode.match.forfeits:
            self.infos[seat] = told(episode, seat, error)
        due = episode.match.waiting
        if due:
            self.agent_selection = due[0]
        if self._most is not None:
            self._turns[seat] += 1
            if due and self._turns[due[0]] == self._most:
                episode.cut()
        if episode.paid:
            for other, reward in episode.rewards().items():
                self.rewards[other] = reward
                self._cumulative_rewards[other] += reward
        if episode.done:
            self._end(episode)
        if self.render_mode is not None:
            self._screen.follow(episode.match)

    def last(self, observe: bool = True) -> tuple[Observation | None, float, bool, bool, dict[str, Any]]:
        """What the selected seat observes, its reward since it last stepped, whether it is out, and its info."""
        episode, seat = self._episode, self.agent_selection
        if episode is None:
            raise _not_running(episode)
        observation = episode.observe(seat) if observe else None
        cumulative = self._cumulative_rewards[seat]
        return observation, cumulative, self.terminations[seat], self.truncations[seat], self.infos[seat]

    def observe(self, agent: str) -> Observation:
        return _running(self._episode).observe(agent)

    def render(self) -> str | None:
        """The match so far as an onlooker sees it, secrets included: as text, or printed in the mode `human`."""
        return self._screen.render(_running(self._episode).match)

    def close(self) -> None:
        """Give back what a running match holds."""
        if self._episode is not None:
            self._episode.match.close()

    def _end(self, episode: Episode) -> None:
        self.terminations = dict.fromkeys(self.agents, episode.match.done)
        self.truncations = dict.fromkeys(self.agents, episode.truncated)
        self.agent_selection = self.agents[0]

    def __reduce__(self) -> Any:
        seed = None if self._episode is None else self._episode.seed
        kept = {name: self.__dict__[name] for name in ("observation_spaces", "action_spaces", "_seeds")}
        return _resume_turns, (self.setup, seed, self._steps), kept


class TableEnv(ParallelEnv[str, Any, Any]):
    """All seats that are asked answer at once; `infos[seat]["asked"]` says which those are."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.metadata = {"name": setup.game.name, "render_modes": RENDER_MODES}
        self.render_mode = setup.render_mode
        self.possible_agents = list(setup.seats)
        self.agents = []
        self.observation_spaces = {seat: setup.observation_space() for seat in setup.seats}
        self.action_spaces = {seat: setup.action_space() for seat in setup.seats}
        self._seeds = Seeds()
        self._lists = Enumeration(setup.game.name, setup.size)
        self._screen = Screen(setup.render_mode)
        self._episode: Episode | None = None
        self._steps: list[dict[str, Any]] = []
        self._cycles = 0

    @property
    def match(self) -> Match:
        """The match that is being played."""
        return _running(self._episode).match

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, dict[str, Any]]]:
        """Begin a match; `seed` is its chance seed, without one the next of the stream that the last one began."""
        del options
        self.close()
        self._episode = episode = Episode(self.setup, self._seeds.next(seed), self._lists)
        self._steps = []
        self._cycles = 0
        self._screen = Screen(self.setup.render_mode)
        self.agents = list(self.possible_agents)
        infos: dict[str, dict[str, Any]] = {seat: {"asked": seat in episode.due} for seat in self.agents}
        return {seat: episode.observe(seat) for seat in self.agents}, infos

    def step(self, actions: dict[str, Any]) -> Step:
        """Answer for every seat that is asked; a refused answer is asked for again in the next step."""
        episode = self._episode
        if episode is None or not self.agents:
            raise _not_running(episode)
        if missing := [seat for seat in episode.due if seat not in actions]:
            raise UsageError(
                f"{', '.join(missing)}: asked, but there is no action; give one for every seat that is asked"
            )
        self._steps.append(dict(actions))
        self._cycles += 1
        errors = {seat: episode.give(seat, actions[seat]) for seat in list(episode.due)}
        rewards = dict.fromkeys(self.agents, 0.0) | episode.rewards()
        if episode.due and self._cycles == self.setup.max_cycles:
            episode.cut()
        observations = {seat: episode.observe(seat) for seat in self.agents}
        terminations = dict.fromkeys(self.agents, episode.match.done)
        truncations = dict.fromkeys(self.agents, episode.truncated)
        infos = {seat: told(episode, seat, errors.get(seat)) | {"asked": seat in episode.due} for seat in self.agents}
        if episode.done:
            self.agents = []
        self._screen.follow(episode.match)
        return observations, rewards, terminations, truncations, infos

    def render(self) -> str | None:
        """The match so far as an onlooker sees it, secrets included: as text, or printed in the mode `human`."""
        return self._screen.render(_running(self._episode).match)

    def close(self) -> None:
        """Give back what a running match holds."""
        if self._episode is not None:
            self._episode.match.close()

    def __reduce__(self) -> Any:
        seed = None if self._episode is None else self._episode.seed
        kept = {name: self.__dict__[name] for name in ("observation_spaces", "action_spaces", "_seeds")}
        return _resume_table, (self.setup, seed, self._steps), kept


def _running(episode: Episode | None) -> Episode:
    if episode is None:
        raise _not_running(episode)
    return episode


def _not_running(episode: Episode | None) -> UsageError:
    if episode is None:
        return UsageError("no match is being played; call reset() first")
    return UsageError("the match is over and every seat is out; call reset() for another")


def _resume_turns(setup: Setup, seed: int | None, steps: list[Any]) -> TurnEnv:
    # The log is the state, so a copy is the same match played again.
    twin = TurnEnv(setup)
    if seed is not None:
        twin.reset(seed)
        for action in steps:
            twin.step(action)
    return twin


def _resume_table(setup: Setup, seed: int | None, steps: list[dict[str, Any]]) -> TableEnv:
    twin = TableEnv(setup)
    if seed is not None:
        twin.reset(seed)
        for actions in steps:
            twin.step(actions)
    return twin

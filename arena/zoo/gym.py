"""A match as a Gymnasium environment: one seat learns, agents play the others."""

import asyncio
import inspect
from collections.abc import Awaitable, Sequence
from typing import Any, cast

import gymnasium
from gymnasium import spaces

from arena.agent import Agent, Reply
from arena.errors import ActionError, UsageError
from arena.library import agent_file, make_agent
from arena.match import Match
from arena.zoo.discrete import Enumeration
from arena.zoo.episode import RENDER_MODES, Episode, Screen, Setup, told

Observation = dict[str, Any]


class SeatEnv(gymnasium.Env[Observation, Any]):
    """One seat of a table; see `arena.env.gym_env`."""

    metadata = {"render_modes": RENDER_MODES, "render_fps": 1}  # noqa: RUF012  # Gymnasium reads it from the class

    def __init__(self, setup: Setup, seat: int | str, opponents: str | Agent | Sequence[str | Agent]) -> None:
        self.setup = setup
        self.seat = _seat(setup, seat)
        self.render_mode = setup.render_mode
        self.observation_space: spaces.Space[Any] = setup.observation_space()
        self.action_space: spaces.Space[Any] = setup.action_space()
        self._others = _opponents(setup, self.seat, opponents)
        self._agents: dict[str, Agent] = {}
        self._privileged = {other for other, one in self._others.items() if _is_privileged(one)}
        self._lists = Enumeration(setup.game.name, setup.size)
        self._screen = Screen(setup.render_mode)
        self._episode: Episode | None = None
        self._loop: asyncio.Runner | None = None
        self._cycles = 0

    @property
    def match(self) -> Match:
        """The match that is being played."""
        return self._running().match

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a match; `seed` is its chance seed, without one it is drawn from `np_random`."""
        super().reset(seed=seed, options=options)
        if self._episode is not None:
            self._episode.match.close()
        chance = int(self.np_random.integers(1 << 63)) if seed is None else int(seed)
        self._agents = {
            other: make_agent(one, {}) if isinstance(one, str) else one for other, one in self._others.items()
        }
        self._episode = episode = Episode(self.setup, chance, self._lists)
        self._cycles = 0
        self._screen = Screen(self.setup.render_mode)
        self._play_others(episode)
        self._screen.follow(episode.match)
        return episode.observe(self.seat), told(episode, self.seat, None)

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Answer for the seat; the others play until it is asked again or the match is over."""
        episode = self._running()
        if episode.done:
            raise UsageError("the match is over; call reset() for another")
        self._cycles += 1
        error = episode.give(self.seat, action)
        if error is None:
            self._play_others(episode)
        if episode.due and self._cycles == self.setup.max_cycles:
            episode.cut()
        reward = episode.rewards().get(self.seat, 0.0)
        self._screen.follow(episode.match)
        info = told(episode, self.seat, error)
        return episode.observe(self.seat), reward, episode.match.done, episode.truncated, info

    def render(self) -> Any:
        """The match so far as an onlooker sees it, secrets included: as text, or printed in the mode `human`."""
        return self._screen.render(self._running().match)

    def close(self) -> None:
        """Give back what a running match and its agents hold."""
        if self._episode is not None:
            self._episode.match.close()
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _running(self) -> Episode:
        if self._episode is None:
            raise UsageError("no match is being played; call reset() first")
        return self._episode

    def _play_others(self, episode: Episode) -> None:
        while episode.due and self.seat not in episode.due:
            seat = episode.due[0]
            episode.reply(seat, self._act(episode, seat))

    def _act(self, episode: Episode, seat: str) -> Reply | ActionError:
        try:
            reply = self._agents[seat].act(episode.match.turn(seat, privileged=seat in self._privileged))
            return self._awaited(reply) if inspect.isawaitable(reply) else reply
        except ActionError as error:
            return error

    def _awaited(self, reply: Awaitable[Reply]) -> Reply:
        # One loop for all answers: clients keep their connections in the loop they were opened in.
        if self._loop is None:
            self._loop = asyncio.Runner()
        return self._loop.run(_finish(reply))


async def _finish(reply: Awaitable[Reply]) -> Reply:
    return await reply


def _seat(setup: Setup, seat: int | str) -> str:
    names = setup.seats
    if isinstance(seat, int) and 0 <= seat < len(names):
        return names[seat]
    if seat in names:
        return str(seat)
    raise UsageError(f"{setup.game.name}: no seat {seat!r}; there are {', '.join(names)}, or 0 to {len(names) - 1}")


def _opponents(setup: Setup, seat: str, opponents: str | Agent | Sequence[str | Agent]) -> dict[str, str | Agent]:
    others = [other for other in setup.seats if other != seat]
    each = list(opponents) if isinstance(opponents, Sequence) and not isinstance(opponents, str) else None
    if each is None:
        each = [cast("str | Agent", opponents)] * len(others)
    if len(each) != len(others):
        raise UsageError(f"{setup.game.name}: {len(others)} opponents sit at this table, but {len(each)} are given")
    for one in each:
        if isinstance(one, str):
            agent_file(one)
    return dict(zip(others, each, strict=True))


def _is_privileged(opponent: str | Agent) -> bool:
    return isinstance(opponent, str) and agent_file(opponent).privileged

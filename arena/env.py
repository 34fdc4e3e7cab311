"""Any game as a PettingZoo or Gymnasium environment; one adapter for all of them."""

from collections.abc import Sequence
from typing import Any

from arena.agent import Agent
from arena.library import Game
from arena.zoo.episode import set_up
from arena.zoo.gym import SeatEnv
from arena.zoo.pettingzoo import TableEnv, TurnEnv


def env(
    game: Game | str,
    /,
    *,
    actions: str = "text",
    size: int = 256,
    seats: int | None = None,
    max_cycles: int | None = None,
    retries: int = 2,
    acts: str = "offered",
    render_mode: str | None = None,
    **params: Any,
) -> "TurnEnv":
    """A game as a PettingZoo `AECEnv`; what is left of the keywords are the game's parameters.

    `actions="discrete"` numbers the answers, `size` of them at the most; see `arena.zoo.discrete`. A refused
    answer leaves `agent_selection` as it is and says why in `infos[seat]["illegal"]`; after more than `retries`
    of them for one ask the seat forfeits and is not selected again until the match is over. Rewards come as the
    game pays them, the rest at the end. A match is truncated before any seat steps more than `max_cycles`
    times.
    """
    return TurnEnv(
        set_up(
            game,
            params,
            actions=actions,
            size=size,
            seats=seats,
            max_cycles=max_cycles,
            retries=retries,
            acts=acts,
            render_mode=render_mode,
        )
    )


def parallel_env(
    game: Game | str,
    /,
    *,
    actions: str = "text",
    size: int = 256,
    seats: int | None = None,
    max_cycles: int | None = None,
    retries: int = 2,
    acts: str = "offered",
    render_mode: str | None = None,
    **params: Any,
) -> "TableEnv":
    """A game as a PettingZoo `ParallelEnv`, with the keywords of `env`.

    Every seat that is asked answers in the same step; the action of a seat that is not asked is ignored. A match is
    truncated after `max_cycles` steps.
    """
    return TableEnv(
        set_up(
            game,
            params,
            actions=actions,
            size=size,
            seats=seats,
            max_cycles=max_cycles,
            retries=retries,
            acts=acts,
            render_mode=render_mode,
        )
    )


def gym_env(
    game: Game | str,
    /,
    seat: int | str = 0,
    opponents: str | Agent | Sequence[str | Agent] = "random",
    *,
    actions: str = "text",
    size: int = 256,
    seats: int | None = None,
    max_cycles: int | None = None,
    retries: int = 2,
    acts: str = "offered",
    render_mode: str | None = None,
    **params: Any,
) -> SeatEnv:
    """One seat of a game as a `gymnasium.Env`, with the keywords of `env`; the other seats are played by agents.

    `opponents` are kinds of agents, made anew for every match, or agents themselves: one for all the other seats, or
    one for each in order. A refused answer is told in the info under `illegal`; a seat that forfeits is played to the
    end. A match is truncated after `max_cycles` steps.
    """
    setup = set_up(
        game,
        params,
        actions=actions,
        size=size,
        seats=seats,
        max_cycles=max_cycles,
        retries=retries,
        acts=acts,
        render_mode=render_mode,
    )
    return SeatEnv(setup, seat, opponents)

"""Plays a match with agents: plain ones at once, async ones awaited, simultaneous ones together."""

import asyncio
import inspect
from collections.abc import Collection, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from arena.agent import Agent, Reply
from arena.errors import ActionError, AgentError, ArenaError, GameError, StoreError
from arena.match import Match
from arena.turn import Turn

T = TypeVar("T")
_PLAIN = (str, dict)


async def play(
    match: Match,
    agents: Mapping[str, Agent],
    privileged: Collection[str] = (),
    notes: Mapping[str, str] | None = None,
) -> None:
    """Play a match to its end; an agent that fails raises `AgentError` and nothing is held against its seat.

    An `ActionError` that `act` raises is its reply: it is told, asked again, and forfeits as with any other.
    """
    notes = notes or {}
    try:
        while not match.done:
            waiting = match.waiting
            if len(waiting) == 1:
                seat = waiting[0]
                match.answer(seat, await _act(match, seat, agents[seat], seat in privileged, notes.get(seat)))
                continue
            acts = [_act(match, seat, agents[seat], seat in privileged, notes.get(seat)) for seat in waiting]
            # Where one fails the others are still waited for: an answer that was paid for is kept for the next try.
            replies = await asyncio.gather(*acts, return_exceptions=True)
            for failed in replies:
                if isinstance(failed, BaseException) and not isinstance(failed, ActionError):
                    raise failed
            for seat, reply in zip(waiting, cast("list[Reply | ActionError]", replies), strict=True):
                match.answer(seat, reply)
    finally:
        match.close()


def play_plain(
    match: Match,
    agents: Mapping[str, Agent],
    privileged: Collection[str] = (),
    notes: Mapping[str, str] | None = None,
) -> None:
    """The same without an event loop; an agent that has to be awaited is an error."""
    notes = notes or {}
    try:
        while not match.done:
            waiting = match.waiting
            if len(waiting) == 1:
                (seat,) = waiting
                match.answer(seat, _plain(match, seat, agents[seat], seat in privileged, notes.get(seat)))
                continue
            replies = [_plain(match, seat, agents[seat], seat in privileged, notes.get(seat)) for seat in waiting]
            for seat, reply in zip(waiting, replies, strict=True):
                match.answer(seat, reply)
    finally:
        match.close()


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also where an event loop is running already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def replied(agent: Agent, turn: Turn) -> Reply:
    """What an agent replies, awaited where it has to be; of whatever type, since that is for the game to refuse."""
    reply: Any = agent.act(turn)
    return await reply if type(reply) not in _PLAIN and inspect.isawaitable(reply) else reply


async def _act(match: Match, seat: str, agent: Agent, privileged: bool, notes: str | None) -> Reply | ActionError:
    try:
        return await replied(agent, match.turn(seat, notes, privileged=privileged))
    except (GameError, StoreError):
        raise
    except ActionError as error:
        return error
    except (Exception, SystemExit) as error:
        raise _failed(seat, error) from error


def _plain(match: Match, seat: str, agent: Agent, privileged: bool, notes: str | None) -> Reply | ActionError:
    try:
        reply: Any = agent.act(match.turn(seat, notes, privileged=privileged))
    except (GameError, StoreError):
        raise
    except ActionError as error:
        return error
    except (Exception, SystemExit) as error:
        raise _failed(seat, error) from error
    if type(reply) not in _PLAIN and inspect.isawaitable(reply):
        close = getattr(reply, "close", None)
        if close is not None:
            close()
        raise AgentError(f"{seat}: this agent is async; play it with `await play(...)`")
    return reply


def _failed(seat: str, error: BaseException) -> AgentError:
    if isinstance(error, AgentError):
        named = str(error).partition(":")[0] == seat
        return error if named else AgentError(f"{seat}: {error}")
    kind = "" if isinstance(error, ArenaError) else f"{type(error).__name__}: "
    return AgentError(f"{seat}: the agent failed: {kind}{error}")

"""What `import arena` offers as functions; the command line calls the same ones."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from arena.agent import Agent
from arena.entrants import Entrant, entrant_by_name
from arena.errors import AgentError, UsageError
from arena.library import Game, make_agent
from arena.library import game as find_game

T = TypeVar("T")


def play(
    game: str | Game,
    agents: Sequence[str | Entrant | Agent],
    *,
    seed: int = 0,
    params: Mapping[str, Any] | None = None,
    repetition: int = 0,
    engine: str = "auto",
) -> dict[str, Any]:
    """Play one match and give its record; agents by name (`honest`, `openai/MODEL`) or as objects, in the order of seats.

    Raises `UsageError` for what does not exist or fit and `GameError` where the rules break. An agent that fails makes
    the match void: outcome `void`, no rewards, `reason` says why.
    """
    from arena.drive import play as drive
    from arena.identity import canonical, match_id
    from arena.match import Match, fill_params
    from arena.record import record

    played = find_game(game) if isinstance(game, str) else game
    if not agents:
        raise UsageError(
            f"{played.name} is for {played.least} to {played.most} agents; name them in the order of seats"
        )
    seating = _seating(agents)
    # Outside of a tournament the seed is given as it is, so the id has to say of which game.
    what = canonical([played.sha256, fill_params(played, params)])
    key = match_id(seed, "", what, repetition, [(one.name, one.fingerprint) for one, _ in seating])
    match = Match(played, params, seed, len(agents), id=key, engine=engine)
    seated = {seat: _made(one, agent) for seat, (one, agent) in zip(match.seats, seating, strict=True)}
    privileged = [seat for seat, (one, _) in zip(match.seats, seating, strict=True) if one.privileged]
    about: dict[str, Any] = {
        "seats": {seat: one.name for seat, (one, _) in zip(match.seats, seating, strict=True)},
        "agents": {one.name: one.about() for one, _ in seating},
        "repetition": repetition,
    }
    try:
        finish(drive(match, seated, privileged))
    except AgentError as error:
        return record(match, **about, outcome="void", reason=str(error))
    return record(match, **about)


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also where an event loop is running already, as in a notebook."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _seating(agents: Sequence[str | Entrant | Agent]) -> list[tuple[Entrant, Agent | None]]:
    """Who sits where; a name that comes again gets a number, `honest` and `honest-2`."""
    seating: list[tuple[Entrant, Agent | None]] = []
    counts: dict[str, int] = {}
    for agent in agents:
        label = agent if isinstance(agent, str) else agent.name if isinstance(agent, Entrant) else type(agent).__name__
        counts[label] = counts.get(label, 0) + 1
        name = label if counts[label] == 1 else f"{label}-{counts[label]}"
        if isinstance(agent, str):
            seating.append((entrant_by_name(agent, name=name), None))
        elif isinstance(agent, Entrant):
            seating.append((agent, None))
        else:
            seating.append((Entrant(name, "python"), agent))
    return seating


def _made(one: Entrant, agent: Agent | None) -> Agent:
    made: Agent = make_agent(one.kind, one.options) if agent is None else agent
    return made

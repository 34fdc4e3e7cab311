"""One match at once, outside of any tournament."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from arena.agent import Agent
from arena.conduct import summary
from arena.cups.entrants import Entrant, entrant_by_name
from arena.drive import finish
from arena.drive import play as drive
from arena.errors import AgentError, GameError, UsageError
from arena.identity import canonical, match_id
from arena.library import Game, agents_in_words, make_agent, play_command
from arena.library import game as find_game
from arena.match import Match
from arena.params import fill_params
from arena.record import record, to_json
from arena.running.playing import Room, Seated, thoughts, usage
from arena.storage.rows import Played, light, pack

if TYPE_CHECKING:
    from arena.store import Store


def play(
    game: str | Game,
    agents: Sequence[str | Entrant | Agent],
    *,
    seed: int = 0,
    params: Mapping[str, Any] | None = None,
    store: "Store | None" = None,
    engine: str = "auto",
) -> dict[str, Any]:
    """Play one match and give its record; agents by name (`honest`, `openai/MODEL`) or as objects, in seat order.

    With a store the match is kept there, outside of any tournament, and what models and people answered at once, so
    that a match that failed goes on from there. Raises `UsageError` for what does not exist or fit and `GameError`
    where the rules break. An agent that fails makes the match void: outcome `void`, no rewards, `reason` says why.
    """
    played = find_game(game) if isinstance(game, str) else game
    if not agents:
        raise UsageError(f"{played.name} is for {agents_in_words(played)}; name them in the order of seats")
    seating = _seating(agents)
    entrants = [one for one, _ in seating]
    repetition, key = _identity(played, params, seed, entrants, store)
    names = [agent if isinstance(agent, str) else "random" for agent in agents]
    command = play_command(played, names, seed, fill_params(played, params))
    match = Match(played, params, seed, len(agents), id=key, engine=engine, shown_by=command)
    seated = {seat: _made(one, agent) for seat, (one, agent) in zip(match.seats, seating, strict=True)}
    about: dict[str, Any] = {
        "seats": {seat: one.name for seat, one in zip(match.seats, entrants, strict=True)},
        "agents": {one.name: one.about() for one in entrants},
        "repetition": repetition,
    }
    data: dict[str, Any]
    labels, made = [one.name for one in entrants], list(seated.values())
    try:
        kept = seated if store is None else _kept(store, match, entrants, seated)
        finish(drive(match, kept, [seat for seat, one in zip(match.seats, entrants, strict=True) if one.privileged]))
        data = record(match, **about, usage=usage(labels, made), **thoughts(made))
    except (AgentError, GameError) as error:
        about |= {"usage": usage(labels, made), **thoughts(made), "outcome": "void", "reason": str(error)}
        data = {**record(match, **about), "rewards": {}, "ranks": {}}
        if isinstance(error, GameError):
            error.record = data
            raise
    if store is not None:
        _keep(store, data, played, entrants)
    return data


def _kept(store: "Store", match: Match, entrants: Sequence[Entrant], seated: Mapping[str, Agent]) -> dict[str, Agent]:
    """The agents in seats where their calls are kept before they are used; those that answer at once make none."""
    room, answers = Room(store.journal), store.journal.of(match.id)
    return {
        seat: agent if one.plain else Seated(agent, one, match.id, seat, room, answers)
        for one, (seat, agent) in zip(entrants, seated.items(), strict=True)
    }


def _identity(
    game: Game, params: Mapping[str, Any] | None, seed: int, entrants: Sequence[Entrant], store: "Store | None"
) -> tuple[int, str]:
    """Repetition and id of a match outside of tournaments: scripted agents play it once, others as often as asked."""
    # The seed is given as it is, so the id has to say of which game.
    what = canonical([game.sha256, fill_params(game, params)])
    again = store is not None and not all(one.scripted for one in entrants)
    number = store.tournaments().get("") if store is not None and again else None
    there = store.finished(number) if store is not None and number is not None else set[str]()
    seating = [(one.name, one.fingerprint) for one in entrants]
    return next(
        (repetition, key)
        for repetition in count()
        if (key := match_id(seed, "", what, repetition, seating)) not in there
    )


def _keep(store: "Store", data: dict[str, Any], game: Game, entrants: Sequence[Entrant]) -> None:
    conduct = summary(data)
    data["conduct"] = {str(seat): each for seat, each in conduct.items()}
    listed = [("agent", one.name, canonical({**one.about(), "rated": True})) for one in entrants]
    number, _, entries = store.enter("", {}, [*listed, ("game", game.name, "{}")], {game.sha256: game.source})
    entry = next(each for kind, each, name, _ in entries if (kind, name) == ("game", game.name))
    place = f"{len(store.finished(number)):012d}"
    row = light(data, place, entry, game.scoring, [True] * len(entrants), conduct)
    blob = pack(to_json(data))
    store.add(number, [Played(data["id"], place, data["outcome"], row, blob, data.get("reason", ""))])


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

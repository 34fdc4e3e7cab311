"""What `import arena` offers as functions; the command line calls the same ones."""

from collections.abc import Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from arena.agent import Agent
from arena.board import Log, Result, Standings
from arena.entrants import Entrant, entrant_by_name
from arena.errors import AgentError, UsageError, unknown
from arena.library import Game, load, make_agent, names
from arena.library import game as find_game

if TYPE_CHECKING:
    from arena.cup import Cup
    from arena.store import Store
    from arena.tournament import Outcome

T = TypeVar("T")


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

    With a store the match is kept there, outside of any tournament. Raises `UsageError` for what does not exist or fit
    and `GameError` where the rules break. An agent that fails makes the match void: outcome `void`, no rewards,
    `reason` says why.
    """
    from arena.drive import play as drive
    from arena.match import Match
    from arena.playing import usage
    from arena.record import record

    played = find_game(game) if isinstance(game, str) else game
    if not agents:
        raise UsageError(
            f"{played.name} is for {played.least} to {played.most} agents; name them in the order of seats"
        )
    seating = _seating(agents)
    entrants = [one for one, _ in seating]
    repetition, key = _identity(played, params, seed, entrants, store)
    match = Match(played, params, seed, len(agents), id=key, engine=engine)
    seated = {seat: _made(one, agent) for seat, (one, agent) in zip(match.seats, seating, strict=True)}
    about: dict[str, Any] = {
        "seats": {seat: one.name for seat, one in zip(match.seats, entrants, strict=True)},
        "agents": {one.name: one.about() for one in entrants},
        "repetition": repetition,
    }
    data: dict[str, Any]
    labels, made = [one.name for one in entrants], list(seated.values())
    try:
        finish(drive(match, seated, [seat for seat, one in zip(match.seats, entrants, strict=True) if one.privileged]))
        data = record(match, **about, usage=usage(labels, made))
    except AgentError as error:
        about |= {"usage": usage(labels, made), "outcome": "void", "reason": str(error)}
        data = {**record(match, **about), "rewards": {}, "ranks": {}}
    if store is not None:
        _keep(store, data, played, entrants)
    return data


def _identity(
    game: Game, params: Mapping[str, Any] | None, seed: int, entrants: Sequence[Entrant], store: "Store | None"
) -> tuple[int, str]:
    """Repetition and id of a match outside of tournaments: scripted agents play it once, others as often as asked."""
    from arena.identity import canonical, match_id
    from arena.match import fill_params

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
    from arena.conduct import summary
    from arena.identity import canonical
    from arena.light import Played, light, pack
    from arena.record import to_json

    conduct = summary(data)
    data["conduct"] = {str(seat): each for seat, each in conduct.items()}
    listed = [("agent", one.name, canonical({**one.about(), "rated": True})) for one in entrants]
    number, _, entries = store.enter("", {}, [*listed, ("game", game.name, "{}")], {game.sha256: game.source})
    entry = next(each for kind, each, name, _ in entries if (kind, name) == ("game", game.name))
    place = f"{len(store.finished(number)):012d}"
    row = light(data, place, entry, game.scoring, [True] * len(entrants), conduct)
    blob = pack(to_json(data))
    store.add(number, [Played(data["id"], place, data["outcome"], row, blob, data.get("reason", ""))])


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


def open(url: str | None = None) -> "Store":  # noqa: A001  # `arena.open(url)`, as in `gzip.open`
    """The store at a URL or path, else at $ARENA_STORE, else ./arena.db; made where there is none."""
    from arena.store import open_store

    return open_store(url)


def board(
    name: str = "overall", store: "str | Store | None" = None, *, results: str | Path | None = None, **options: Any
) -> Standings:
    """A leaderboard by its name or a game's, from a store or a file of results played elsewhere.

    `options` narrow it (`tournament`, `variant`, `game`, `role`, `pool`) or set what the board takes besides.
    """
    if results is not None:
        from arena.results import read_results

        log: Log = read_results(results)
        return _board(name, log, options)
    with _reading(store) as opened:
        return _board(name, cast(Log, opened.log(_tournament(opened, options))), options)


def _board(name: str, log: Log, options: dict[str, Any]) -> Standings:
    import inspect

    kinds = names("leaderboards")
    if name not in kinds:
        played = sorted({result.game for result in log.results})
        if name not in played:
            raise unknown("board", name, [*kinds, *played])
        name, options = "game", {"game": name, **options}
    make = load("leaderboards", name).board
    known = [each for each in inspect.signature(make).parameters if each != "log"]
    for option in options:
        if option not in known:
            raise unknown("option", option, known, where=f"board {name!r}")
    standings: Standings = make(log, **options)
    return standings


def matches(
    store: "str | Store | None" = None,
    *,
    tournament: str | None = None,
    agent: str | None = None,
    game: str | None = None,
    variant: str | None = None,
    outcome: str | None = None,
    act: str | None = None,
) -> list[dict[str, Any]]:
    """Stored matches in schedule order, one row each; `act` is e.g. `promise=broken` or `claim=false`."""
    wanted = None if act is None else _act(act)
    with _reading(store) as opened:
        found = _results(opened, tournament)
        for kind, value, known in (
            ("agent", agent, {name for result in found for name in result.agents}),
            ("game", game, {result.game for result in found}),
            ("variant", variant, {result.variant for result in found}),
            ("outcome", outcome, {"finished", "forfeit", "void", "unjudged"}),
        ):
            if value is not None and value not in known:
                raise unknown(f"{kind} in these matches", value, sorted(known))
        chosen = [
            result
            for result in found
            if (agent is None or agent in result.agents)
            and game in {None, result.game}
            and variant in {None, result.variant}
            and outcome in {None, result.outcome}
            and (wanted is None or _acted(opened.record(result.id), wanted, agent))
        ]
    return [
        {
            "id": result.id,
            "tournament": result.tournament,
            "variant": result.variant,
            "game": result.game,
            "deal": result.deal,
            "repetition": result.repetition,
            "seed": result.seed,
            "agents": list(result.agents),
            "roles": list(result.roles),
            "rewards": list(result.rewards),
            "ranks": list(result.ranks),
            "outcome": result.outcome,
        }
        for result in chosen
    ]


def table(kind: str, store: "str | Store | None" = None, *, tournament: str | None = None) -> Iterator[dict[str, Any]]:
    """The log as flat rows: `plies`, `acts`, `verdicts` or `matches` (a row for each seat), in schedule order."""
    from arena.flat import TABLES

    if kind not in TABLES:
        raise unknown("table", kind, list(TABLES))
    make = TABLES[kind][1]
    with _reading(store) as opened:
        for result in _results(opened, tournament):
            yield from make(opened.record(result.id))


@contextmanager
def _reading(store: "str | Store | None") -> "Generator[Store]":
    """A store that is there already; one that was opened here is closed again."""
    from arena.store import Store, open_store

    if isinstance(store, Store):
        yield store
    else:
        with open_store(store, create=False) as opened:
            yield opened


def _results(store: "Store", tournament: str | None) -> Sequence[Result]:
    return store.results() if tournament is None else store.log(tournament).results


def _act(text: str) -> tuple[str, str]:
    kind, equals, verdict = text.partition("=")
    kinds = ["claim", "promise", "threat", "disclose", "release", "announce", "confidence"]
    verdicts = ["true", "false", "unknown", "kept", "broken", "void", "carried_out", "not_carried_out"]
    if kind not in kinds:
        raise unknown("act", kind, kinds)
    if equals and verdict not in verdicts:
        raise unknown("verdict", verdict, verdicts)
    return kind, verdict


def _acted(record: Mapping[str, Any], wanted: tuple[str, str], agent: str | None) -> bool:
    from arena.conduct import rows

    kind, verdict = wanted
    return any(
        row["act"] == kind
        and (not verdict or verdict in {row["truth"], row["result"]})
        and agent in {None, record["seats"][row["seat"]]}
        for row in rows(record)
    )


def status(store: "str | Store | None" = None) -> list[dict[str, Any]]:
    """Each tournament of a store with its counts; `matches` are those that are stored for good, void ones apart."""
    with _reading(store) as opened:
        rows: list[dict[str, Any]] = []
        for name in opened.tournaments():
            log = opened.log(name)
            outcomes = [result.outcome for result in log.results]
            rows.append(
                {
                    "tournament": name,
                    "agents": len(log.agents),
                    "games": len({result.game for result in log.results}),
                    "matches": sum(outcome != "void" for outcome in outcomes),
                    **{outcome: outcomes.count(outcome) for outcome in ("finished", "forfeit", "unjudged", "void")},
                }
            )
    return rows


def compare(a: str, b: str, store: "str | Store | None" = None, **narrow: Any) -> Standings:
    """Two agents, or two variants, paired by deal: differences, intervals, p with Holm's correction.

    `narrow`: `game`, `role`, `variant`, `tournament`, `pool`, `seed`.
    """
    from arena.compare import compare as make

    with _reading(store) as opened:
        return make(cast(Log, opened.log(_tournament(opened, narrow))), a, b, **narrow)


def run(cup: "str | Path | Cup", store: "str | Store | None" = None, **limits: Any) -> "Outcome":
    """Play a tournament from its file, or what is left of it; `limits`: `limit`, `concurrency`, `retry_void`."""
    from arena.tournament import run as play_all

    return play_all(cup, store, **limits)


def _tournament(store: "Store", narrow: Mapping[str, Any]) -> str | None:
    """The one asked for, else the last begun; a match played by hand does not make its pool the one that is meant."""
    return narrow.get("tournament") or next(reversed([each for each in store.tournaments() if each]), None)

"""What `import arena` offers as functions; the command line calls the same ones."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from arena.board import Log, Result, Standings, standings_of
from arena.errors import unknown
from arena.library import load, names

if TYPE_CHECKING:
    from arena.cups.cup import Cup
    from arena.judging.entry import JudgeEntry
    from arena.judging.runs.said import Said
    from arena.judging.runs.work import Judged
    from arena.running.progress import Progress
    from arena.store import Store
    from arena.tournament import Outcome


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
        from arena.ratings.results import read_results

        log: Log = read_results(results)
        return _board(name, log, options)
    with _reading(store) as opened:
        which = _tournament(opened, options)
        made = _board(name, cast(Log, opened.log(which)), options)
        named = [each for each in opened.tournaments() if each]
        if len(named) < 2 or options.get("tournament"):
            return made
        return replace(made, notes=(*made.notes, f"of tournament {which!r}, the last begun of {len(named)}"))


def _board(name: str, log: Log, options: dict[str, Any]) -> Standings:
    import inspect

    kinds = names("leaderboards")
    if name not in kinds:
        played = sorted({result.game for result in log.results})
        if name not in played:
            raise unknown("board", name, [*kinds, *played])
        name, options = "game", {"game": name, **options}
    file = load("leaderboards", name)
    make = file.board
    known = [each for each in inspect.signature(make).parameters if each != "log"]
    for option in options:
        if option not in known:
            raise unknown("option", option, known, where=f"board {name!r}")
    return standings_of(str(file.__file__), make, log, options)


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
    return _rows(TABLES[kind][1], store, tournament)


def _rows(
    make: Callable[[Mapping[str, Any]], Iterator[dict[str, Any]]], store: "str | Store | None", tournament: str | None
) -> Iterator[dict[str, Any]]:
    from arena.flat import acts, verdicts
    from arena.judging.extraction import extended
    from arena.judging.panels.ranks import with_ranks
    from arena.judging.runs.said import said_of

    with _reading(store) as opened:
        said: dict[str, Said] = {}
        for result in _results(opened, tournament):
            record = with_ranks(opened.record(result.id), result)
            if make is verdicts:
                if result.tournament not in said:
                    said[result.tournament] = said_of(opened, result.tournament)
                record = said[result.tournament].added(opened, record)
            elif make is acts:
                record = extended(record, opened.judgements(item=result.id))
            yield from make(record)


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
    from arena.judging.panels.ranks import settled_results

    return settled_results(store) if tournament is None else store.log(tournament).results


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
    """Each tournament of a store with its counts; `matches` are those that are stored for good, void ones apart.

    What its calls took is there too, those of paused matches included; `cost_usd` is None where not all of it is known.
    """
    with _reading(store) as opened:
        rows: list[dict[str, Any]] = []
        for name, number in opened.tournaments().items():
            log = opened.log(name)
            outcomes = [result.outcome for result in log.results]
            rows.append(
                {
                    "tournament": name,
                    "agents": len(log.agents),
                    "games": len({result.game for result in log.results}),
                    "matches": sum(outcome != "void" for outcome in outcomes),
                    **{outcome: outcomes.count(outcome) for outcome in ("finished", "forfeit", "unjudged", "void")},
                    "judgements": len(opened.judged(number)),
                    **opened.spent(number).data(),
                }
            )
    return rows


def compare(a: str, b: str, store: "str | Store | None" = None, **narrow: Any) -> Standings:
    """Two agents, or two variants, paired by deal: differences, intervals, p with Holm's correction.

    `narrow`: `game`, `role`, `variant`, `tournament`, `pool`, `seed`.
    """
    from arena.ratings.compare import compare as make

    with _reading(store) as opened:
        return make(cast(Log, opened.log(_tournament(opened, narrow))), a, b, **narrow)


def run(cup: "str | Path | Cup", store: "str | Store | None" = None, **limits: Any) -> "Outcome":
    """Play a tournament from its file, or what is left of it; `limits`: `limit`, `concurrency`, `retry_void`."""
    from arena.tournament import run as play_all

    return play_all(cup, store, **limits)


def judge(
    cup: "str | Path | Cup | None" = None,
    store: "str | Store | None" = None,
    *,
    judges: "Sequence[JudgeEntry] | None" = None,
    tournament: str | None = None,
    max_cost: float | None = None,
    max_calls: int | None = None,
    max_time: float | None = None,
    concurrency: int | None = None,
    progress: "Progress | None" = None,
) -> "Judged":
    """Judge what is stored of a tournament, or what is left to judge of it; nothing is judged twice.

    By the judges of a tournament file, else by `judges` (see `arena.judging.entry.judge_entry`), else by those that
    judged it before. `max_cost` in USD and `max_calls` bound the tournament's calls, play included, `max_time` in
    seconds this run; they go before the file's. Raises `PreflightError` where a model cannot be called.
    """
    from arena.cups.cup import read_cup
    from arena.judging.runs.work import judge_stored

    if isinstance(cup, str | Path):
        cup = read_cup(cup)
    with _reading(store) as opened:
        limits = {"max_cost": max_cost, "max_calls": max_calls, "max_time": max_time, "concurrency": concurrency}
        which = None if cup is not None else _tournament(opened, {"tournament": tournament})
        return judge_stored(opened, cup, judges, which, limits, progress)


def _tournament(store: "Store", narrow: Mapping[str, Any]) -> str | None:
    """The one asked for, else the last begun; a match played by hand does not make its pool the one that is meant."""
    return narrow.get("tournament") or next(reversed([each for each in store.tournaments() if each]), None)

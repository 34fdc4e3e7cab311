"""Plays a tournament: enters it in the store, goes through its rounds, and resumes where it was left."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from arena.cups.cup import Cup, read_cup
from arena.cups.entry import Entered, compare, enter, numbers_after
from arena.cups.pairing import next_tables
from arena.cups.schedule import (
    DRAWN,
    Fixture,
    Numbers,
    Table,
    adaptive,
    all_tables,
    count,
    draw_tables,
    drawn,
    fixtures,
    self_tables,
)
from arena.drive import finish
from arena.errors import PreflightError, UsageError
from arena.running.playing import Setup
from arena.running.progress import Progress, Silent, shown
from arena.running.runner import Runner
from arena.store import ATTEMPTS, Store, open_store

_WAIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    tournament: str
    store: str
    total: int
    """Matches in the schedule, as far as it is known."""
    done: int
    """Of these, how many are stored, by this run or before."""
    played: int
    """Tries of this run, void ones included."""
    void: int
    """Matches that stay void after the last try."""
    reasons: tuple[tuple[str, str], ...] = ()
    """Why: (match, reason)."""
    signal: int | None = None
    max_void_share: float = 0.0

    @property
    def finished(self) -> bool:
        return self.done + self.void >= self.total

    @property
    def code(self) -> int:
        """The exit code."""
        if self.signal is not None:
            return 128 + self.signal
        return 1 if self.finished and self.void > self.max_void_share * self.total else 0


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What would be played of one game."""

    game: str
    seats: int
    deals: int
    matches: int
    done: int


def run(
    cup: Cup | str | Path,
    store: Store | str | None = None,
    *,
    limit: int | None = None,
    concurrency: int | None = None,
    retry_void: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Play a tournament, or what is left of it; a finished one is left alone.

    `limit` bounds how many matches this run begins; `retry_void` tries matches again that had come out void for good.
    """
    cup = cup if isinstance(cup, Cup) else read_cup(cup)
    _preflight(cup)
    if isinstance(store, Store):
        return finish(_run(cup, store, limit, concurrency, retry_void, progress or Silent()))
    with open_store(store) as opened:
        return finish(_run(cup, opened, limit, concurrency, retry_void, progress or Silent()))


def plan(cup: Cup | str | Path, store: Store | None = None) -> list[PlanRow]:
    """What `run` would play, game by game; writes nothing."""
    cup = cup if isinstance(cup, Cup) else read_cup(cup)
    entered = store.entered(cup.name) if store else None
    finished: set[str] = set()
    if entered and store:
        compare(cup, entered, store.name)
        finished = store.finished(entered[0])
    numbers = numbers_after(cup, entered)
    rows: list[PlanRow] = []
    for game, entry in enumerate(cup.games):
        tables, matches = _foreseen(cup, game, numbers, store, entered)
        listed = (each for deal, here in tables.items() for each in fixtures(cup, numbers, game, deal, here))
        done = sum(fixture.id in finished for fixture in listed) if finished else 0
        rows.append(PlanRow(entry.game.name, entry.seats, cup.deals, matches, done))
    return rows


def _foreseen(
    cup: Cup, game: int, numbers: Numbers, store: Store | None, entered: Entered | None
) -> tuple[dict[int, list[Table]], int]:
    """The tables of a game by deal, as far as they hang on no result to come, and how many matches it has in all."""
    entry = cup.games[game]
    stored = store.drawn(entered[0], numbers.games[entry.key]) if store and entered else {}
    if adaptive(cup, entry):
        known = {deal: _numbered(parts) for deal, parts in stored.items() if deal < cup.deals}
        unknown = (cup.deals - len(known)) * _guess(cup, game)
        return known, unknown + sum(count(cup, entry, tables) for tables in known.values())
    for deal, _, tables in draw_tables(cup, entry, stored) if drawn(cup, entry) else ():
        stored.setdefault(deal, []).append(tables)
    known = {deal: _tables(cup, numbers, game, stored.get(deal, [])) for deal in range(cup.deals)}
    return known, sum(count(cup, entry, tables) for tables in known.values())


async def _run(
    cup: Cup, store: Store, limit: int | None, concurrency: int | None, retry_void: bool, progress: Progress
) -> Outcome:
    number, numbers = enter(cup, store)
    entered = store.entered(cup.name)
    known = sum(_foreseen(cup, game, numbers, store, entered)[1] for game in range(len(cup.games)))
    setup = Setup(cup, tuple(numbers.games[entry.key] for entry in cup.games))
    runner = Runner(setup, store, number, progress, limit, concurrency or cup.limits.concurrency)
    # What was void for good before this run gets as many tries again, if that is asked for.
    most = {id_: tries + ATTEMPTS for id_, tries in store.tries(number).items()} if retry_void else {}
    seen: list[str] = []
    complete = True
    async with AsyncExitStack() as while_playing:
        begun = False
        for stage in _stages(cup, store, number, numbers):
            seen += [fixture.id for fixture in stage]
            if _todo(stage, store, number, most) and not runner.stopping:
                if not begun:
                    begun = True
                    while_playing.enter_context(runner.running())
                    while_playing.push_async_callback(runner.close)
                    while_playing.enter_context(shown(progress, len(store.finished(number)), known))
                await _settle(stage, store, number, runner, most)
            if _todo(stage, store, number, most):
                complete = False
                break
    finished, tries = store.finished(number), store.tries(number)
    void = sum(id_ not in finished and tries.get(id_, 0) >= ATTEMPTS for id_ in seen)
    return Outcome(
        tournament=cup.name,
        store=store.name,
        total=len(seen) if complete else max(known, len(seen)),
        done=sum(id_ in finished for id_ in seen),
        played=runner.played,
        void=void,
        reasons=tuple(store.reasons(number)) if void else (),
        signal=runner.signal,
        max_void_share=cup.limits.max_void_share,
    )


def _todo(stage: Sequence[Fixture], store: Store, number: int, most: Mapping[str, int]) -> list[Fixture]:
    """The matches of a stage that are neither finished nor void for good."""
    finished, tries = store.finished(number), store.tries(number)
    return [
        fixture
        for fixture in stage
        if fixture.id not in finished and tries.get(fixture.id, 0) < most.get(fixture.id, ATTEMPTS)
    ]


async def _settle(stage: Sequence[Fixture], store: Store, number: int, runner: Runner, most: Mapping[str, int]) -> None:
    """Play a stage until each of its matches is finished or void for good, whoever plays them."""
    while not runner.stopping and (todo := _todo(stage, store, number, most)):
        again = not store.tries(number).keys().isdisjoint(fixture.id for fixture in todo)
        if not await runner.play(todo, again=again) and not runner.stopping:
            # All of them are being played by somebody else.
            await asyncio.sleep(_WAIT_SECONDS)


def _stages(cup: Cup, store: Store, number: int, numbers: Numbers) -> Iterator[list[Fixture]]:
    """What can be played at once: first all that hangs on no result, then round by round what does."""
    games = list(enumerate(cup.games))
    stored: dict[int, dict[int, list[list[tuple[str, ...]]]]] = {}
    for game, entry in games:
        if drawn(cup, entry):
            place = numbers.games[entry.key]
            stored[game] = store.drawn(number, place)
            if not adaptive(cup, entry) and (fresh := draw_tables(cup, entry, stored[game])):
                store.draw(number, place, fresh)
                stored[game] = store.drawn(number, place)
    yield [
        fixture
        for deal in range(cup.deals)
        for game, entry in games
        if not adaptive(cup, entry)
        for fixture in fixtures(
            cup, numbers, game, deal, _tables(cup, numbers, game, stored.get(game, {}).get(deal, []))
        )
    ]
    waiting = [(game, entry, numbers.games[entry.key]) for game, entry in games if adaptive(cup, entry)]
    for deal in range(cup.deals if waiting else 0):
        for game, entry, place in waiting:
            if deal not in stored[game]:
                before = [table for earlier, parts in stored[game].items() if earlier < deal for table in _flat(parts)]
                results = [row for row in store.results(number, place, deal) if row.variant == cup.variants[0].name]
                store.draw(number, place, [(deal, 0, next_tables(cup, entry, deal, results, before))])
                stored[game] = store.drawn(number, place)
        yield [
            fixture
            for game, _, _ in waiting
            for fixture in fixtures(cup, numbers, game, deal, _numbered(stored[game][deal]))
        ]


def _tables(cup: Cup, numbers: Numbers, game: int, parts: Sequence[Sequence[tuple[str, ...]]]) -> list[Table]:
    """The tables of one deal of a game that hangs on no result."""
    entry = cup.games[game]
    tables = _numbered(parts) if drawn(cup, entry) else all_tables(cup, entry, numbers)
    return [*tables, *self_tables(cup, entry, numbers)]


def _numbered(parts: Sequence[Sequence[tuple[str, ...]]]) -> list[Table]:
    return [Table(DRAWN, index, seats) for index, seats in enumerate(_flat(parts))]


def _flat(parts: Sequence[Sequence[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    return [table for part in parts for table in part]


def _guess(cup: Cup, game: int) -> int:
    """How many matches a round has whose tables are not known yet."""
    entry = cup.games[game]
    tables, left = divmod(len(cup.agents), entry.seats)
    tables += bool(left and entry.fill)
    return tables * entry.seats * sum(variant.fits(entry) for variant in cup.variants) * cup.repetitions


def _preflight(cup: Cup) -> None:
    from arena.llm import endpoint

    for agent in cup.agents:
        variable = agent.options.get("api_key_env")
        if agent.kind == "llm":
            told = (agent.options.get(name) for name in ("base_url", "api_key_env"))
            try:
                variable = endpoint(str(agent.options["model"]), *told).key_env
            except UsageError as error:
                raise UsageError(f"{agent.where + ': ' if agent.where else ''}{error}") from None
        if variable and not os.environ.get(str(variable), "").strip():
            raise PreflightError(
                f"{agent.where + ': ' if agent.where else ''}agent {agent.name!r} takes its key from ${variable}, "
                f"which is not set; export {variable}=… and run the same command again"
            )

"""Plays a tournament: enters it in the store, goes through its rounds, and resumes where it was left."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from arena.calling.budget import Budget, Meter, Spent
from arena.calling.prices import own
from arena.cups.cup import Cup, read_cup
from arena.cups.entry import Entered, compare, enter, numbers_after
from arena.cups.models import called, preflight
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
from arena.errors import NoStoreError
from arena.judging.runs.ready import ready
from arena.running.notes import remembered, remembering
from arena.running.playing import Setup
from arena.running.progress import Progress, Silent, shown
from arena.running.runner import Runner
from arena.store import ATTEMPTS, Store, open_store

if TYPE_CHECKING:
    from arena.cups.estimate import Plan
    from arena.judging.runs.work import Judged

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
    reached: str = ""
    """Which budget ended this run, as the flag that set it; empty where none did."""
    spent: Spent = field(default_factory=Spent)
    """What the calls of the whole tournament took."""
    judged: "Judged | None" = None
    """How judging ended, where the file has judges and play came to its end."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to play."""
        return self.done + self.void >= self.total

    @property
    def code(self) -> int:
        """The exit code."""
        if self.signal is not None:
            return 128 + self.signal
        if self.reached and not self.finished:
            return 4
        if self.judged is not None and self.judged.code:
            return self.judged.code
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
    max_cost: float | None = None,
    max_calls: int | None = None,
    max_time: float | None = None,
    progress: Progress | None = None,
    judging: Progress | None = None,
) -> Outcome:
    """Play a tournament, or what is left of it, then let its judges judge; a finished one is left alone.

    `limit` bounds how many matches this run begins; `retry_void` tries matches again that had come out void for good.
    `max_cost` in USD and `max_calls` bound the whole tournament, `max_time` in seconds this run; they go before the
    file's. Raises `PreflightError` before the first match where a model cannot be called. `progress` hears of play,
    `judging` of judging.
    """
    cup = cup if isinstance(cup, Cup) else read_cup(cup)
    limits = cup.limits
    budget = Budget(
        limits.max_cost_usd if max_cost is None else max_cost,
        limits.max_calls if max_calls is None else max_calls,
        limits.max_time if max_time is None else max_time,
    )
    wanted = _Wanted(
        limit, concurrency or limits.concurrency, retry_void, budget, progress or Silent(), judging or Silent()
    )
    before = _Preflight(cup, budget)
    if isinstance(store, Store):
        return finish(_play_and_judge(cup, store, wanted, before))
    try:
        opened = open_store(store, create=False)
    except NoStoreError:
        # Nothing is left behind where nothing could be played.
        finish(before.check())
        opened = open_store(store)
    with opened:
        return finish(_play_and_judge(cup, opened, wanted, before))


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


def foretell(cup: Cup | str | Path, store: Store | None = None, concurrency: int | None = None) -> "Plan":
    """What the calls of all that is left to play may come to; plays trial matches, calls nothing, writes nothing."""
    from arena.cups.estimate import estimate

    cup = cup if isinstance(cup, Cup) else read_cup(cup)
    own.set(cup.prices)
    entered = store.entered(cup.name) if store else None
    finished = store.finished(entered[0]) if entered and store else set[str]()
    numbers = numbers_after(cup, entered)
    left: Counter[tuple[int, int, str, int]] = Counter()
    matches = 0.0
    rest: list[tuple[int, int, str, int, float]] = []
    for game, entry in enumerate(cup.games):
        tables, total = _foreseen(cup, game, numbers, store, entered)
        known = [each for deal, here in tables.items() for each in fixtures(cup, numbers, game, deal, here)]
        open_ = [each for each in known if each.id not in finished]
        left.update((game, each.variant, name, seat) for each in open_ for seat, name in enumerate(each.seats))
        # Who will sit at tables that hang on results to come is not known; all sit equally often.
        further = total - len(known)
        matches += len(open_) + further
        variants = [number for number, variant in enumerate(cup.variants) if variant.fits(entry)]
        share = further / max(len(variants), 1) / max(len(cup.agents), entry.seats)
        seats = range(entry.seats) if share else ()
        rest += [(game, each, agent.name, seat, share) for each in variants for agent in cup.agents for seat in seats]
    counted = [(*key, float(count)) for key, count in left.items()]
    return estimate(cup, [*counted, *rest], matches, concurrency or cup.limits.concurrency)


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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How a run was asked for."""

    limit: int | None
    concurrency: int
    retry_void: bool
    budget: Budget
    progress: Progress
    judging: Progress


async def _play_and_judge(cup: Cup, store: Store, wanted: _Wanted, before: "_Preflight") -> Outcome:
    began = time.monotonic()
    outcome = await _run(cup, store, wanted, before)
    if not cup.judges or not outcome.finished or outcome.signal is not None:
        return outcome
    from arena.judging.runs.work import judge_all

    seconds = wanted.budget.seconds
    left = None if seconds is None else max(seconds - (time.monotonic() - began), 0.0)
    judged = await judge_all(
        store,
        cup.name,
        cup.judges,
        budget=replace(wanted.budget, seconds=left),
        prices=cup.prices,
        concurrency=wanted.concurrency,
        progress=wanted.judging,
    )
    return replace(outcome, judged=judged, spent=judged.spent)


async def _run(cup: Cup, store: Store, wanted: _Wanted, before: "_Preflight") -> Outcome:
    own.set(cup.prices)
    there = store.entered(cup.name)
    if there is not None:
        compare(cup, there, store.name)
    if there is None or {each.name for each in before.agents} - {name for _, _, name, _ in there[2]}:
        # What turns out to be wrong can be put right only as long as it is not entered.
        await before.check()
    number, numbers = enter(cup, store)
    entered = store.entered(cup.name)
    known = sum(_foreseen(cup, game, numbers, store, entered)[1] for game in range(len(cup.games)))
    setup = Setup(cup, tuple(numbers.games[entry.key] for entry in cup.games))
    meter = Meter(wanted.budget, store.spent(number))
    runner = Runner(setup, store, number, wanted.progress, wanted.limit, wanted.concurrency, meter)
    # What was void for good before this run gets as many tries again, if that is asked for.
    most = {id_: tries + ATTEMPTS for id_, tries in store.tries(number).items()} if wanted.retry_void else {}
    seen: list[str] = []
    complete = True
    async with AsyncExitStack() as while_playing:
        begun = False
        for stage in _stages(cup, store, number, numbers):
            seen += [fixture.id for fixture in stage]
            todo = _todo(stage, store, number, most)
            if todo and before.models and not begun and (full := meter.used_up()):
                meter.reach(full)
            if todo and not runner.stopping:
                if not begun:
                    await before.check()
                    begun = True
                    while_playing.enter_context(runner.running())
                    while_playing.push_async_callback(runner.close)
                    line = meter.spent.line if before.models else None
                    while_playing.enter_context(shown(wanted.progress, len(store.finished(number)), known, line))
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
        reached=meter.reached,
        spent=meter.spent,
    )


class _Preflight:
    """What has to be well before the first match, looked at once; a finished tournament needs none of it."""

    def __init__(self, cup: Cup, budget: Budget) -> None:
        self.agents = list(cup.entrants.values())
        self.models = called(self.agents)
        self._prices = cup.prices
        self._judges = [judge for judge in cup.judges if judge.asks]
        self._budget = budget
        self._done = False

    async def check(self) -> None:
        if not self._done:
            own.set(self._prices)
            await preflight(self.agents, self._budget)
            await ready(self._judges, self._budget)
            self._done = True


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
    # Where somebody remembers, each deal is a round.
    deals = range(cup.deals)
    for together in [[deal] for deal in deals] if remembering(cup) else [deals]:
        stage = [
            fixture
            for deal in together
            for game, entry in games
            if not adaptive(cup, entry)
            for fixture in fixtures(
                cup, numbers, game, deal, _tables(cup, numbers, game, stored.get(game, {}).get(deal, []))
            )
        ]
        yield remembered(cup, store, number, numbers, stage)
    waiting = [(game, entry, numbers.games[entry.key]) for game, entry in games if adaptive(cup, entry)]
    for deal in range(cup.deals if waiting else 0):
        for game, entry, place in waiting:
            if deal not in stored[game]:
                before = [table for earlier, parts in stored[game].items() if earlier < deal for table in _flat(parts)]
                results = [row for row in store.results(number, place, deal) if row.variant == cup.variants[0].name]
                store.draw(number, place, [(deal, 0, next_tables(cup, entry, deal, results, before))])
                stored[game] = store.drawn(number, place)
        stage = [
            fixture
            for game, _, _ in waiting
            for fixture in fixtures(cup, numbers, game, deal, _numbered(stored[game][deal]))
        ]
        yield remembered(cup, store, number, numbers, stage)


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

"""Judging what is stored: every question once, its answer kept before it is used; what is left is asked next time."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from arena.board import Log
from arena.calling.budget import Budget, Meter, Spent
from arena.calling.prices import Price, own
from arena.drive import finish
from arena.judge import Verdict
from arena.judging.entry import JudgeEntry, entered, judge_entry
from arena.judging.judgement import OUTCOME, PROCEDURAL
from arena.judging.question import put
from arena.judging.runs.bench import Bench
from arena.judging.runs.complete import Complete
from arena.judging.runs.items import LAST, judgeable, rules_of
from arena.judging.runs.ready import ready
from arena.judging.runs.tally import Tally
from arena.judging.task import Material, Task
from arena.running.progress import Progress, Silent
from arena.storage.log import StoreLog
from arena.store import Store

if TYPE_CHECKING:
    from arena.cups.cup import Cup

NEVER_KEPT = (OUTCOME,)
"""Kinds that say what stands in the record; what is kept of them could only grow old."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How judging ended."""

    tournament: str
    store: str
    items: int
    """Matches to judge, and those with known conduct among them."""
    done: int
    """Of these, how many this run went through to the end."""
    judges: Mapping[str, Tally]
    """By the judge's name."""
    signal: int | None = None
    reached: str = ""
    """Which budget ended this run, as the flag that set it; empty where none did."""
    spent: Spent = field(default_factory=Spent)
    """What the calls of the whole tournament took."""

    @property
    def left(self) -> int:
        """Questions that could not be put, since an endpoint failed; none of what a stop has left."""
        return sum(tally.left for tally in self.judges.values())

    @property
    def finished(self) -> bool:
        return self.done >= self.items and not self.left

    def data(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "tournament": self.tournament,
            "store": self.store,
            "items": self.items,
            "done": self.done,
            "judges": [{"judge": name, **tally.data()} for name, tally in self.judges.items()],
            "left": self.left,
            "finished": self.finished,
            "reached": self.reached or None,
            "spent": self.spent.data(),
        }

    @property
    def code(self) -> int:
        """The exit code."""
        if self.signal is not None:
            return 128 + self.signal
        if self.reached and not self.finished:
            return 4
        return 0 if self.finished else 1


async def judge_all(
    store: Store,
    tournament: str,
    judges: Sequence[JudgeEntry],
    *,
    budget: Budget | None = None,
    prices: Mapping[str, Price] | None = None,
    concurrency: int = 64,
    progress: Progress | None = None,
) -> Judged:
    """Judge all stored matches of a tournament, or what is left to judge of them.

    Raises `PreflightError` before the first question where a judge's model cannot be called, and `UsageError` where
    a judge's file is wrong. What an endpoint fails to answer is counted as left and asked by the next run.
    """
    entries = list(judges)
    if not any(one.kind == PROCEDURAL for one in judges):
        # What rules can decide is judged whoever else judges.
        entries.insert(0, judge_entry(PROCEDURAL, {}))
    if prices:
        own.set(prices)
    log = store.log(tournament)
    number = store.tournaments()[tournament]
    matches = [result.id for result in log.results if judgeable(result)]
    asking = [one for one in entries if one.asks]
    complete = Complete(store, number, entries, matches)
    known = await asyncio.to_thread(complete.known)
    if known is not None:
        store.enter_judges(number, entered(entries))
        count, tallies = known
        return Judged(tournament, store.name, count, count, tallies, spent=store.spent(number))
    if asking and matches:
        await asyncio.to_thread(_mix_in, store, number, log, asking, len(matches))
    canaries = {one.id: one for one in store.canaries(number)}
    # Nobody can tell by its place which of them is no match.
    items = sorted({*matches, *canaries})
    meter = Meter(budget, store.spent(number))
    begun = False

    async def before() -> None:
        nonlocal begun
        if not begun:
            await ready(asking, meter.budget)
            store.enter_judges(number, entered(entries))
            begun = True

    bench = Bench(store, number, meter, concurrency, before, progress or Silent())
    stages = _stages(entries)
    try:
        with bench.running(len(items), len(stages)):
            for stage in stages:
                if not bench.stopping:
                    await bench.judge(items, canaries, stage)
    finally:
        await bench.close()
    if not begun and not bench.stopping:
        store.enter_judges(number, entered(entries))
    ended = Judged(
        tournament,
        store.name,
        len(items),
        len(bench.done),
        dict(sorted(bench.tallies.items())),
        bench.signal,
        meter.reached,
        meter.spent,
    )
    if ended.finished and ended.signal is None:
        await asyncio.to_thread(complete.keep, ended.items, ended.judges)
    return ended


def judge_stored(
    store: Store,
    cup: "Cup | None",
    judges: Sequence[JudgeEntry] | None,
    tournament: str | None,
    limits: Mapping[str, float | None],
    progress: Progress | None = None,
) -> Judged:
    """Judge a tournament by a file's judges, else by the given ones, else by those that judged it before.

    `limits`: `max_cost`, `max_calls`, `max_time` and `concurrency`; where one is None the file's holds.
    """
    from arena.cups.cup import Limits

    usual = Limits() if cup is None else cup.limits
    budget = Budget(
        _or(limits.get("max_cost"), usual.max_cost_usd),
        _or(limits.get("max_calls"), usual.max_calls),
        _or(limits.get("max_time"), usual.max_time),
    )
    name = store.log(tournament).tournament if cup is None else store.log(cup.name).tournament
    if judges is None:
        judges = entered_before(store, name) if cup is None else cup.judges
    prices = None if cup is None else cup.prices
    concurrency = limits.get("concurrency") or usual.concurrency
    return finish(
        judge_all(
            store,
            name,
            judges,
            budget=budget,
            prices=prices,
            concurrency=int(concurrency),
            progress=progress,
        )
    )


def _or(one: Any, other: Any) -> Any:
    return other if one is None else one


async def judge_one(
    record: Mapping[str, Any], questions: Callable[..., Iterable[Task]], options: Mapping[str, Any]
) -> list[Verdict]:
    """What a judge that asks models makes of one match, outside of any store; nothing is kept of it."""
    material = Material(record, rules_of(record))
    given = await asyncio.gather(*(put(one.question, one.member) for one in questions(material, **options)))
    return [verdict for one in given for verdict in one.verdicts]


def _stages(entries: Sequence[JudgeEntry]) -> list[list[JudgeEntry]]:
    kept = [one for one in entries if one.kind not in NEVER_KEPT]
    parts = [one for one in kept if one.kind not in LAST], [one for one in kept if one.kind in LAST]
    return [part for part in parts if part]


def _mix_in(store: Store, number: int, log: StoreLog, asking: Sequence[JudgeEntry], matches: int) -> None:
    """Keep the matches with known conduct that are mixed in, and for those who read texts, texts with known acts."""
    from arena.judging.bait.canaries import canaries_for, wanted
    from arena.judging.extraction.planted import READER, planted

    share = max((one.canaries for one in asking if one.kind != READER), default=0.0)
    reading = max((one.canaries for one in asking if one.kind == READER), default=0.0)
    made = canaries_for(cast("Log", log), log.tournament, log.results, share) if share else []
    made += planted(log.tournament, wanted(matches, reading)) if reading else []
    there = {one.id for one in log.canaries}
    store.keep_canaries(number, [one for one in made if one.id not in there])


def entered_before(store: Store, tournament: str) -> list[JudgeEntry]:
    """The judges that judged in a tournament before, as they were described last."""
    found = store.log(tournament).judges
    return [
        judge_entry(one["kind"], one["options"], name=name, canaries=one.get("canaries"), where=f"judge {name!r}")
        for name, one in found.items()
    ]

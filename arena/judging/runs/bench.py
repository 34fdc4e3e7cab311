"""Where judging is done: rules at once, models asked many at a time, what they gave stored in groups."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

from arena.calling.budget import Meter
from arena.calling.place import Call, Paused, call
from arena.errors import AgentError
from arena.judging.entry import JudgeEntry
from arena.judging.judgement import Canary, Judgement
from arena.judging.runs.items import JOURNAL
from arena.judging.runs.pool import FEW, Pool
from arena.judging.runs.reading import Item, Open, Read, read_item
from arena.judging.runs.tally import Tally
from arena.running.collector import rarely
from arena.running.halt import Halt
from arena.running.progress import Progress, shown
from arena.storage.claims import this_process
from arena.store import Store

GIVE_UP = 16
"""After so many failures in a row an endpoint is asked nothing further in this run."""
_AT_ONCE = 16
"""So many items are claimed and read in one go."""
_GROUP = 200
_GROUP_SECONDS = 0.25
"""What is judged is stored when it is so much, or so old; the answers themselves are kept sooner."""
_WAIT_SECONDS = 0.2


class Bench:
    """Goes through items, and asks of each what was not judged before."""

    def __init__(
        self,
        store: Store,
        number: int,
        meter: Meter,
        concurrency: int,
        before: Callable[[], Awaitable[None]],
        progress: Progress,
    ) -> None:
        self._store = store
        self._number = number
        self._meter = meter
        self._concurrency = concurrency
        self._before = before
        self._progress = progress
        self._owner = this_process()
        self._halt = Halt(meter, progress)
        self._error: BaseException | None = None
        self._failures: dict[str, int] = {}
        self._claimed: set[str] = set()
        self._sources: dict[str, str | None] = {}
        self._group: list[Judgement] = []
        self._ended: list[str] = []
        self._passes, self._stages = 0, 1
        self._stored = time.monotonic()
        self._storing = asyncio.Lock()
        self._pool = Pool(concurrency)
        self._many = False
        self.tallies: dict[str, Tally] = {}
        self.done: set[str] = set()
        """The items of the stage that were gone through to the end."""

    @property
    def signal(self) -> int | None:
        """What stopped it, where a signal did."""
        return self._halt.signal

    @property
    def stopping(self) -> bool:
        """Whether nothing further is asked."""
        return self._halt.come or self._error is not None

    @contextmanager
    def running(self, total: int, stages: int = 1) -> Generator[None]:
        """Signals stop it, other processes see that it lives, and people how far it is.

        Every item is gone through in each of the stages, and counts as one.
        """
        self._stages = stages
        try:
            with (
                self._halt.watching(),
                self._store.register(self._owner),
                rarely(),
                shown(self._progress, 0, total, self._meter.spent.line),
            ):
                yield
        finally:
            if self._claimed:
                self._store.let_go(self._owner.name, sorted(map(self._claim, self._claimed)))

    async def judge(self, items: Sequence[str], canaries: Mapping[str, Canary], judges: Sequence[JudgeEntry]) -> None:
        """Judge all of them, whoever does it: what another process is at, this one waits for."""
        self.done = set()
        left = list(items)
        self._many = len(left) > FEW
        while left and not self.stopping:
            busy = await self._go_through(left, canaries, judges)
            if len(busy) == len(left):
                await asyncio.sleep(_WAIT_SECONDS)
            left = busy
        if self._error is not None:
            raise self._error

    async def _go_through(
        self, items: Sequence[str], canaries: Mapping[str, Canary], judges: Sequence[JudgeEntry]
    ) -> list[str]:
        """Judge those that nobody else is at; the others come back."""
        waiting: asyncio.Queue[Open | None] = asyncio.Queue(self._concurrency)
        workers = [asyncio.create_task(self._work(waiting)) for _ in range(self._concurrency)]
        busy: list[str] = []
        try:
            for place in range(0, len(items), _AT_ONCE):
                if self.stopping:
                    break
                some = items[place : place + _AT_ONCE]
                read = await asyncio.to_thread(self._read, some, canaries, judges)
                mine = {each.item.id for each in read}
                busy += [each for each in some if each not in mine]
                await self._rule(read)
                for each in read:
                    await self._begin(each, waiting)
        except Exception as error:  # noqa: BLE001  # raised when those at work have ended
            self._error = self._error or error
        for _ in workers:
            await waiting.put(None)
        await asyncio.gather(*workers)
        await self._keep()
        return busy

    async def _rule(self, read: Sequence[Read]) -> None:
        """Let rules judge; what a process died of is left to the next run."""
        rulings = [ruling for each in read for ruling in each.ruled]
        found = await self._pool.judged(rulings, many=self._many) if rulings else []
        for ruling, end in zip(rulings, found, strict=True):
            if isinstance(end, Judgement):
                self._give(end)
            else:
                self._leave(ruling.kind, end)

    async def close(self) -> None:
        """End the processes in which rules judge."""
        await self._pool.close()

    async def _begin(self, read: Read, waiting: "asyncio.Queue[Open | None]") -> None:
        for judge in read.before:
            self._tally(judge).before += 1
        for each in read.asked:
            if self.stopping:
                return
            await self._before()
            read.item.open += 1
            await waiting.put(each)
        self._end(read.item)

    async def _work(self, waiting: "asyncio.Queue[Open | None]") -> None:
        while (each := await waiting.get()) is not None:
            try:
                ended = not self.stopping and await self._ask(each)
                if self._group and self._due():
                    await self._keep()
            except (Exception, Paused) as error:  # noqa: BLE001  # the first one is raised when the others have ended
                self._error = self._error or error
                ended = False
            if ended:
                self._end(each.item)

    async def _ask(self, each: Open) -> bool:
        """Whether the question has come to its end, be it that the endpoint failed."""
        while self._failures.get(each.place, 0) < GIVE_UP:
            try:
                judgement = await self._put(each)
            except AgentError as error:
                self._failures[each.place] = self._failures.get(each.place, 0) + 1
                self._leave(each.judge, str(error))
                return True
            except Paused:
                if self._halt.come:
                    return False
                # There was no room in the budget beside what is under way.
                await self._meter.freed()
                each.item.answers = self._store.journal.of(JOURNAL + each.item.id)
                continue
            self._failures[each.place] = 0
            self._give(judgement)
            return True
        self._leave(each.judge, f"{each.place}: failed {GIVE_UP} times in a row, so it was asked nothing further")
        return True

    async def _put(self, each: Open) -> Judgement:
        here = Call(
            each.item.answers,
            JOURNAL + each.item.id,
            each.judge,
            0,
            0,
            agent=each.judge,
            tournament=self._number,
            meter=self._meter,
            alike=True,
        )
        token = call.set(here)
        try:
            return await each.ask()
        finally:
            call.reset(token)
            if here.pending:
                # What is asked for already is waited for and kept.
                await asyncio.wait(here.pending)

    def _give(self, judgement: Judgement) -> None:
        self._tally(judgement.judge).count(judgement)
        self._group.append(judgement)

    def _leave(self, judge: str, reason: str) -> None:
        tally = self._tally(judge)
        tally.left += 1
        tally.why(reason)

    def _tally(self, judge: str) -> Tally:
        return self.tallies.setdefault(judge, Tally())

    def _end(self, item: Item) -> None:
        item.open -= 1
        if not item.open:
            self.done.add(item.id)
            self._ended.append(item.id)
            self._passes += 1
            if self._passes % self._stages == 0:
                self._progress.step(1)

    # The store.

    def _claim(self, item: str) -> str:
        return f"{JOURNAL}{self._number}/{item}"

    def _due(self) -> bool:
        return len(self._group) >= _GROUP or time.monotonic() - self._stored > _GROUP_SECONDS

    async def _keep(self) -> None:
        """Store what was judged, and let go of what has ended, in one transaction."""
        async with self._storing:
            group, self._group = self._group, []
            ended, self._ended = self._ended, []
            self._stored = time.monotonic()
            if group or ended:
                claims = list(map(self._claim, ended))
                await asyncio.to_thread(self._store.judge, self._number, group, ended=claims, owner=self._owner.name)
                self._claimed.difference_update(ended)

    def _read(self, items: Sequence[str], canaries: Mapping[str, Canary], judges: Sequence[JudgeEntry]) -> list[Read]:
        """Claim items, and read those that are now this process's."""
        wanted = {self._claim(each): each for each in items}
        mine, _ = self._store.turn_over(self._number, self._owner.name, [], list(wanted))
        held = [wanted[each] for each in mine]
        self._claimed.update(held)
        self._store.journal.fetch([JOURNAL + each for each in held])
        found: list[Read] = []
        for each in held:
            canary = canaries.get(each)
            record = self._store.record(each) if canary is None else canary.record
            source = self._source(record["source_sha256"])
            found.append(read_item(self._store, record, source, judges, canary))
        return found

    def _source(self, sha256: str) -> str | None:
        if sha256 not in self._sources:
            self._sources[sha256] = self._store.source(sha256)
        return self._sources[sha256]

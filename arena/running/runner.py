"""Plays the matches of a run: scripted ones in processes, those that wait for somebody all in one event loop."""

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager

from arena.calling.budget import Meter
from arena.calling.place import Paused
from arena.cups.schedule import Fixture
from arena.running.collector import rarely
from arena.running.desk import Desk
from arena.running.halt import Halt
from arena.running.playing import Gate, Room, Setup, lost, play_scripted, play_seated
from arena.running.progress import Progress
from arena.running.worker import Worker, WorkerDied
from arena.storage.claims import this_process
from arena.storage.rows import Played
from arena.store import Store

CHUNK_SECONDS = 0.25
"""How much play one commit is worth: what a crash may cost, and how soon a stop is obeyed."""
_MOST_IN_CHUNK = 200
_FEW = 24
"""So few matches are played sooner than a process starts."""

Play = Callable[[Sequence[Fixture]], Awaitable[list[Played]]]


class Runner:
    """Claims, plays and stores matches until there are none left or it is told to stop."""

    def __init__(
        self,
        setup: Setup,
        store: Store,
        tournament: int,
        progress: Progress,
        limit: int | None,
        concurrency: int,
        meter: Meter,
    ) -> None:
        self._setup = setup
        self._store = store
        self._tournament = tournament
        self._progress = progress
        self._left = limit
        self._concurrency = concurrency
        self._owner = this_process()
        self._me = self._owner.name
        self._meter = meter
        self._gate = Gate()
        self._halt = Halt(meter, progress, self._gate.close)
        self._room = Room(store.journal, self._gate, meter, tournament)
        self._desk = Desk(self._turn_over)
        self._seated: set[str] = set()
        self._claimed: set[str] = set()
        # They last from round to round: what they learned of the games was dear.
        self._workers: list[Worker[Setup, Fixture, Played]] = []
        self._seconds = 0.0
        self._count = 0
        self._failed = False
        self.played = 0

    @property
    def stopping(self) -> bool:
        """Whether nothing further is begun."""
        return self._halt.come or self._left == 0

    @property
    def signal(self) -> int | None:
        """What stopped it, where a signal did."""
        return self._halt.signal

    @contextmanager
    def running(self) -> Generator[None]:
        """Signals stop the run, and other processes see that this one lives."""
        try:
            with self._halt.watching(), self._store.register(self._owner), rarely():
                yield
        finally:
            if self._claimed:
                self._store.let_go(self._me, sorted(self._claimed))

    async def close(self) -> None:
        """End the processes that play."""
        await asyncio.gather(*(worker.close() for worker in self._workers))

    async def play(self, todo: Sequence[Fixture], *, again: bool = False) -> int:
        """Play those of these matches that nobody else plays; returns how many came to an end, here or elsewhere.

        `again`: some of them came out void before, so none is played in this process, which one may have killed.
        """
        scripted = deque(fixture for fixture in todo if self._setup.scripted(fixture))
        seated = deque(fixture for fixture in todo if not self._setup.scripted(fixture))
        self._seated = {fixture.id for fixture in seated}
        count = min(_cores(), self._concurrency, len(scripted))
        slots: list[Awaitable[int]] = []
        if 0 < len(scripted) <= _FEW and not again:
            slots.append(self._slot(scripted, self._play_here, self._chunk))
        else:
            self._workers += [Worker(play_scripted, self._setup) for _ in range(count - len(self._workers))]
            slots += [self._slot(scripted, self._play_in(worker), self._chunk) for worker in self._workers[:count]]
        slots += [self._slot(seated, self._play_seated, _one) for _ in range(min(self._concurrency, len(seated)))]
        try:
            ends = await asyncio.gather(*map(self._guarded, slots), return_exceptions=True)
        finally:
            await self._gate.quiet()
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return sum(end for end in ends if isinstance(end, int))

    async def _guarded(self, slot: Awaitable[int]) -> int:
        """Let the other slots begin nothing further when one fails: the run ends with its error."""
        try:
            return await slot
        except BaseException:
            self._failed = True
            raise

    async def _slot(self, source: deque[Fixture], play: Play, chunk: Callable[[], int]) -> int:
        """Store what was played, claim the next, play it; the first two in one transaction each time round."""
        done: list[Played] = []
        ended = 0
        while True:
            wanted = self._take(source, chunk())
            if not wanted and not done:
                return ended
            mine, found = await self._desk.turn_over(done, [fixture.id for fixture in wanted])
            self._claimed.difference_update(each.id for each in done)
            self._claimed.update(mine)
            if self._left is not None:
                self._left += len(wanted) - len(mine)
            ended += len(done) + len(found)
            self.played += len(done)
            self._progress.step(len(found) + sum(each.outcome != "void" or each.final for each in done))
            try:
                done = await play([fixture for fixture in wanted if fixture.id in set(mine)]) if mine else []
            except Paused:
                if self._halt.come:
                    return ended
                # There was no room in the budget beside what is under way; this match goes on when some of that ended.
                await self._meter.freed()
                done = []
                source.extend(fixture for fixture in wanted if fixture.id in set(mine))
                if self._left is not None:
                    self._left += len(mine)

    def _turn_over(self, played: Sequence[Played], wanted: Sequence[str]) -> tuple[list[str], list[str]]:
        mine, found = self._store.turn_over(self._tournament, self._me, played, wanted)
        self._store.journal.fetch([id_ for id_ in mine if id_ in self._seated])
        return mine, found

    def _take(self, source: deque[Fixture], most: int) -> list[Fixture]:
        if self._halt.come or self._failed:
            return []
        if self._left is not None:
            most = min(most, self._left)
        taken = [source.popleft() for _ in range(min(most, len(source)))]
        if self._left is not None:
            self._left -= len(taken)
        return taken

    def _chunk(self) -> int:
        if not self._count:
            return 1
        return max(1, min(_MOST_IN_CHUNK, int(CHUNK_SECONDS * self._count / max(self._seconds, 1e-6))))

    def _learn(self, count: int, seconds: float) -> None:
        # Half of what was known is forgotten each time: games of one schedule take different times.
        self._count = self._count // 2 + count
        self._seconds = self._seconds / 2 + seconds

    async def _play_here(self, fixtures: Sequence[Fixture]) -> list[Played]:
        start = time.perf_counter()
        played = await asyncio.to_thread(lambda: [play_scripted(self._setup, fixture) for fixture in fixtures])
        self._learn(len(fixtures), time.perf_counter() - start)
        return played

    def _play_in(self, worker: Worker[Setup, Fixture, Played]) -> Play:
        async def play(fixtures: Sequence[Fixture]) -> list[Played]:
            start = time.perf_counter()
            try:
                played = await worker.work(fixtures)
            except WorkerDied as death:
                if len(fixtures) == 1:
                    return [lost(self._setup, fixtures[0], str(death))]
                # One of them did it; alone, each shows whether it was the one.
                return [(await play([fixture]))[0] for fixture in fixtures]
            self._learn(len(fixtures), time.perf_counter() - start)
            return played

        return play

    async def _play_seated(self, fixtures: Sequence[Fixture]) -> list[Played]:
        return [await play_seated(self._setup, fixture, self._room) for fixture in fixtures]


def _one() -> int:
    return 1


def _cores() -> int:
    """How many this process may use, which in a container are fewer than there are."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1

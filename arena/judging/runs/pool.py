"""Where rules judge: a few items in this process, many in others, so that no model waits for them."""

import asyncio
import os
import sys
from collections.abc import Sequence

from arena.judging.judgement import Judgement
from arena.judging.runs.ruling import Ruling, ruled
from arena.running.worker import Worker, WorkerDied

FEW = 24
"""So few are judged sooner than a process starts."""


class Pool:
    """Processes that judge by rules; started when the first is needed."""

    def __init__(self, concurrency: int) -> None:
        cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        self._most = max(1, min(cores, concurrency))
        self._workers: list[Worker[None, Ruling, Judgement]] = []

    async def judged(self, rulings: Sequence[Ruling], *, many: bool) -> list[Judgement | str]:
        """What rules make of each, in order; where that ended the process, how it died."""
        if not many:
            return await asyncio.to_thread(lambda: [each.judged() for each in rulings])
        count = min(self._most, len(rulings))
        self._workers += [Worker(ruled, None) for _ in range(count - len(self._workers))]
        shares = [rulings[place::count] for place in range(count)]
        work = [_work(worker, share) for worker, share in zip(self._workers, shares, strict=False)]
        # All of them end before the first error is raised, so that none is left in the middle of a frame.
        ends = await asyncio.gather(*work, return_exceptions=True)
        found: list[Judgement | str] = [""] * len(rulings)
        for place, end in enumerate(ends):
            if isinstance(end, BaseException):
                raise end
            found[place::count] = end
        return found

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(*(worker.close() for worker in self._workers))


async def _work(worker: Worker[None, Ruling, Judgement], rulings: Sequence[Ruling]) -> Sequence[Judgement | str]:
    try:
        return await worker.work(rulings)
    except WorkerDied as death:
        if len(rulings) == 1:
            return [str(death)]
        # One of them did it; alone, each shows whether it was the one.
        return [(await _work(worker, [each]))[0] for each in rulings]

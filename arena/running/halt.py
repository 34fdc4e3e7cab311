"""What stops a run: a signal, or a budget that is used up."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from arena.calling.budget import Meter
from arena.running.progress import Progress
from arena.terminal import note


class Halt:
    """Begins nothing further once it is told to stop; what is under way is waited for, and kept."""

    def __init__(self, meter: Meter, progress: Progress, also: Callable[[], None] = lambda: None) -> None:
        self._meter = meter
        self._progress = progress
        self._also = also
        self.signal: int | None = None

    @property
    def come(self) -> bool:
        """Whether what has begun is not to be finished."""
        return self.signal is not None or bool(self._meter.reached)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Begin nothing further; a second time, end at once: what was not stored is done again."""
        if self.signal is not None:
            self._progress.stop()
            os._exit(128 + number)
        self.signal = number
        under_way = self._meter.under_way
        if under_way:
            note(f"stopping; waiting for {under_way} answer{'s' * (under_way != 1)} under way; once more stops at once")
        self._all()

    def _time_over(self, seconds: float) -> None:
        self._meter.reach(f"--max-time {seconds:g}")
        self._all()

    def _all(self) -> None:
        self._meter.stop()
        self._also()

    @contextmanager
    def watching(self) -> Generator[None]:
        """Signals stop the run, and so does the end of its time."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        ours = threading.current_thread() is threading.main_thread() and os.name == "posix"
        if ours:
            for number in numbers:
                loop.add_signal_handler(number, self.stop, number)
        seconds = self._meter.budget.seconds
        timer = None if seconds is None else loop.call_later(seconds, self._time_over, seconds)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
            if ours:
                for number in numbers:
                    loop.remove_signal_handler(number)

"""How far a run is: a bar on a terminal, a plain line now and then elsewhere; always on stderr."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol

Used = Callable[[], str]
"""What the calls took so far, in words; asked for whenever progress is shown."""


class Progress(Protocol):
    """Hears how a run goes."""

    def start(self, done: int, total: int, used: Used | None = None) -> None: ...
    def step(self, count: int) -> None: ...
    def stop(self) -> None: ...


class Silent:
    """Says nothing."""

    def start(self, done: int, total: int, used: Used | None = None) -> None: ...
    def step(self, count: int) -> None: ...
    def stop(self) -> None: ...


class Lines:
    """A line at the start, every ten seconds in which something ended, and at the end."""

    def __init__(
        self,
        write: Callable[[str], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
        every: float = 10.0,
        what: str = "matches done",
    ) -> None:
        self._what = what
        self._write = write or _to_stderr
        self._clock = clock
        self._every = every
        self._done = self._first = self._total = 0
        self._began = self._said = clock()
        self._last = 0
        self._used: Used | None = None

    def start(self, done: int, total: int, used: Used | None = None) -> None:
        self._used = used
        self._done = self._first = self._last = done
        self._total = total
        self._began = self._said = self._clock()
        self._write(f"{done} of {total} {self._what}")

    def step(self, count: int) -> None:
        self._done += count
        now = self._clock()
        if count and now - self._said >= self._every:
            self._said = now
            self._last = self._done
            self._write(self.line())

    def stop(self) -> None:
        if self._done > self._last:
            self._write(self.line())

    def line(self) -> str:
        """Done and total, rate, the time left at that rate, and what the calls took."""
        seconds = self._clock() - self._began
        played = self._done - self._first
        text = f"{self._done} of {self._total} {self._what}"
        if played and seconds > 0:
            rate = played / seconds
            text += f", {_rate(rate)}"
            if self._done < self._total:
                text += f", {span((self._total - self._done) / rate)} left"
        if self._used is not None:
            text += f", {self._used()}"
        return text


class Bar:
    """The same as one line that moves."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._rich = RichProgress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            # Drawn again and again, also while no match ends.
            TextColumn("{task.fields[used]}"),
            console=Console(stderr=True),
        )
        self._task = self._rich.add_task("", total=None, rate="", used="")
        self._began = time.monotonic()
        self._done = 0

    def start(self, done: int, total: int, used: Used | None = None) -> None:
        self._began = time.monotonic()
        self._done = 0
        self._rich.reset(self._task, completed=done, total=total, rate="", used=_Live(used))
        self._rich.start()

    def step(self, count: int) -> None:
        self._done += count
        seconds = time.monotonic() - self._began
        rate = _rate(self._done / seconds) if self._done and seconds > 0 else ""
        self._rich.update(self._task, advance=count, rate=rate)

    def stop(self) -> None:
        self._rich.stop()


class _Live:
    """A text that is made anew each time it is drawn."""

    def __init__(self, used: Used | None) -> None:
        self._used = used

    def __format__(self, _how: str) -> str:
        return "" if self._used is None else self._used()


@contextmanager
def shown(progress: Progress, done: int, total: int, used: Used | None = None) -> Generator[None]:
    """Show progress while something runs."""
    progress.start(done, total, used)
    try:
        yield
    finally:
        progress.stop()


def progress_for(stream: Any = None, what: str = "matches done") -> Progress:
    """A bar on a terminal, lines elsewhere, which say what is counted."""
    return Bar() if (stream or sys.stderr).isatty() else Lines(what=what)


def span(seconds: float) -> str:
    """A length of time as people say it."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _rate(per_second: float) -> str:
    if per_second >= 10:
        return f"{per_second:.0f}/s"
    if per_second >= 0.5:
        return f"{per_second:.1f}/s"
    return f"{per_second * 60:.1f}/min"


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # talk belongs on stderr

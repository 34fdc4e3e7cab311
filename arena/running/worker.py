"""Processes that play scripted matches or judge by rules: they speak in pickled frames, and end with their parent."""

import asyncio
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Generic, TypeVar

from arena.errors import ArenaError

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")
_START = "import sys; sys.path[:] = sys.argv[1:]; from arena.running.worker import serve; serve()"


class WorkerDied(Exception):
    """The process ended before it had answered."""


class Worker(Generic[S, T, R]):
    """One process that works off what it is given; started when first needed, and again after it died.

    `work` takes `setup` and one thing to do; all three, and what comes back, are pickled.
    """

    def __init__(self, work: Callable[[S, T], R], setup: S) -> None:
        self._work = work
        self._setup = setup
        self._process: asyncio.subprocess.Process | None = None

    async def work(self, tasks: Sequence[T]) -> list[R]:
        """Do them in turn; raises what the arena raises, and `WorkerDied` when the process is gone."""
        try:
            process = self._process or await self._start()
            await self._send(process, list(tasks))
            kind, value = await self._receive(process)
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._process.wait() if self._process else None
            self._process = None
            raise WorkerDied(_ended(code)) from None
        if kind == "done":
            return value
        if isinstance(value, ArenaError):
            raise value
        raise RuntimeError(f"a worker failed:\n{value}")

    async def close(self) -> None:
        """End the process; what it was at is not stored."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        # A session of its own: Ctrl-C is for the parent, which lets the running matches finish.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _START,
            *(path or os.getcwd() for path in sys.path),  # noqa: PTH109  # a path as `sys.path` holds it
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._process = process
        await self._send(process, (self._work, self._setup))
        return process

    async def _send(self, process: asyncio.subprocess.Process, value: Any) -> None:
        frame = pickle.dumps(value)
        assert process.stdin is not None  # noqa: S101  # it was asked for
        process.stdin.write(len(frame).to_bytes(8) + frame)
        await process.stdin.drain()

    async def _receive(self, process: asyncio.subprocess.Process) -> tuple[str, Any]:
        assert process.stdout is not None  # noqa: S101  # it was asked for
        length = int.from_bytes(await process.stdout.readexactly(8))
        # What comes back was pickled by our own code; agents and games run in there, but so they do here.
        return pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  # see above


def serve() -> None:
    """Do what comes in until the parent closes the pipe, by design or by dying."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    frames = os.fdopen(os.dup(1), "wb")
    # Whatever an agent prints must not end up between the frames.
    os.dup2(2, 1)
    incoming = sys.stdin.buffer
    start: tuple[Callable[[Any, Any], Any], Any] | None = _read(incoming)
    while start is not None and (tasks := _read(incoming)) is not None:
        work, setup = start
        answer: tuple[str, Any]
        try:
            answer = ("done", [work(setup, task) for task in tasks])
        except ArenaError as error:
            answer = ("failed", error)
        except Exception:  # noqa: BLE001  # the parent raises it
            answer = ("failed", traceback.format_exc())
        frame = pickle.dumps(answer)
        try:
            frames.write(len(frame).to_bytes(8) + frame)
            frames.flush()
        except BrokenPipeError:
            # The parent died meanwhile; what it was never given is played again. At exit Python would flush once more.
            os._exit(0)


def _read(incoming: BinaryIO) -> Any:
    head = incoming.read(8)
    length = int.from_bytes(head)
    frame = incoming.read(length)
    # The parent may have died in the middle of a frame.
    whole = len(head) == 8 and len(frame) == length
    return pickle.loads(frame) if whole else None  # noqa: S301  # the parent pickled it


def _ended(code: int | None) -> str:
    if code is None:
        return "the process could not be started"
    if code < 0:
        return f"the process that was at it was killed ({signal.Signals(-code).name})"
    return f"the process that was at it ended with code {code}"

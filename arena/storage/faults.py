"""Points where a test may kill the process: `ARENA_FAULT=POINT:N` dies at the N-th time it gets there."""

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def fault(point: str) -> None:
    """Die here as by kill -9, if the environment says so."""
    wanted = os.environ.get("ARENA_FAULT")
    if not wanted:
        return
    name, _, count = wanted.partition(":")
    if name == point:
        _passed[point] += 1
        if _passed[point] >= int(count or 1):
            os.kill(os.getpid(), signal.SIGKILL)

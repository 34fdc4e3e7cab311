"""How often Python looks for garbage that holds on to itself, while thousands of matches are held that are none."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

_THRESHOLD = (10_000, 20, 50)


@contextmanager
def rarely() -> Generator[None]:
    """Look for it less often: with a thousand matches in memory, going through them all was a third of a turn."""
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def never() -> Generator[None]:
    """Don't look for it at all: for what makes many objects, holds on to all of them, and ends soon."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

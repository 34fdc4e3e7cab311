"""The command line run in the process of the tests: what it gave, what it said, and how it ended."""

import json
import signal
from typing import Any, NamedTuple

import pytest

from arena.cli import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs the command line in this process, in a folder of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *args: str) -> Ran:
        before = signal.getsignal(signal.SIGTERM)
        self._capsys.readouterr()
        try:
            main(args)
        except SystemExit as end:
            captured = self._capsys.readouterr()
            return Ran(end.code if isinstance(end.code, int) else 1, captured.out, captured.err)
        finally:
            signal.signal(signal.SIGTERM, before)
        raise AssertionError("main came back")

"""What the tests of tournaments share: small cups, the rows they leave, and agents that fail as they are told to."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from arena.cups.cup import Cup, parse_cup
from arena.store import open_store

ROOT = Path(__file__).parents[1]
HEAD = 'name = "{name}"\nseed = 7\ndeals = {deals}\n{more}\n'


def write_cup(
    agents: Sequence[str] = ("random", "constant", "silent"),
    games: Sequence[str] = ("kuhn_poker",),
    deals: int = 2,
    name: str = "cup",
    more: str = "",
    tail: str = "",
) -> str:
    """A tournament file; an agent is a kind, or `name=kind`."""
    text = HEAD.format(name=name, deals=deals, more=more)
    for agent in agents:
        called, _, kind = agent.partition("=")
        text += f'[[agents]]\nname = "{called}"\nkind = "{kind or called}"\n'
    for game in games:
        text += f'[[games]]\nname = "{game}"\n'
    return text + tail


def small_cup(**parts: Any) -> Cup:
    """The same, read."""
    return parse_cup(write_cup(**parts))


def rows(store: str | Path, tournament: str | None = None) -> list[dict[str, Any]]:
    """Every light row of a tournament, as plain data."""
    with open_store(str(store), create=False) as opened:
        return [asdict(result) for result in opened.log(tournament).results]


def command(
    *args: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, err: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """The command line in a process of its own, free to be killed."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    return subprocess.Popen(
        [sys.executable, "-m", "arena", *args],
        env={**os.environ, "PYTHONPATH": paths, **(env or {})},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=err,
        text=True,
    )


def ended(process: subprocess.Popen[str], seconds: float = 120) -> tuple[int, str, str]:
    """Its exit code and what it wrote."""
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err

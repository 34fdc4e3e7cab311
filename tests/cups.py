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


BROKEN = '''"""Rules."""
from arena.game import Choice, Table

AGENTS = 2

async def play(table: Table, fail: bool = False):
    first, second = table.agents
    answer = await table.ask(first, "go", Choice("on", "off"))
    {then}
'''
COUNTED = '''
"""Counts its answers in a file, and fails as long as another file is there."""
import os
from pathlib import Path
SCRIPTED = {scripted}

class Counted:
    {prefix}def act(self, turn):
        with Path("calls").open("a") as file:
            file.write(".")
        {before}
        return {{"say": ""}} if turn.ask.kind == "message" else {{turn.ask.key: turn.ask.spec.sample(turn.rng)}}

def agent(tone: str = "flat"):
    return Counted()
'''


def write_agent(folder: Path, name: str = "counted", before: str = "pass", *, scripted: bool = True) -> None:
    prefix = "" if scripted else "async "
    (folder / "agents" / f"{name}.py").write_text(COUNTED.format(before=before, scripted=scripted, prefix=prefix))


def calls(folder: Path) -> int:
    file = folder / "calls"
    return len(file.read_text()) if file.exists() else 0


def write_broken_game(folder: Path, then: str) -> None:
    (folder / "games" / "broken.py").write_text(BROKEN.format(then=then))

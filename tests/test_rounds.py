"""What lasts from one round of a tournament to the next."""

import os
from pathlib import Path

import pytest

from arena.cups.cup import parse_cup
from arena.tournament import run
from tests.cups import write_cup

LOADED = """
import os
from pathlib import Path
SCRIPTED = True
with Path("loaded").open("a") as file:
    file.write(f"{os.getpid()}\\n")


class Plain:
    def act(self, turn):
        return {"say": ""} if turn.ask.kind == "message" else {turn.ask.key: turn.ask.spec.sample(turn.rng)}


def agent():
    return Plain()
"""
RANKED = '''"""Rules."""
from arena.game import Number, Table

AGENTS = 2

async def play(table: Table):
    return {seat: await table.ask(seat, "go", Number(0, 9)) for seat in table.agents}
'''


def test_the_processes_of_one_round_play_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("agents", "games"):
        (tmp_path / folder).mkdir()
    (tmp_path / "agents" / "loaded.py").write_text(LOADED)
    (tmp_path / "games" / "ranked.py").write_text(RANKED)
    more = 'schedule = "swiss"\nrepetitions = 10'
    cup = parse_cup(
        write_cup(agents=[f"{name}=loaded" for name in "abcd"], games=("ranked",), deals=4, more=more), "cup.toml"
    )
    outcome = run(cup, "a.db")
    assert (outcome.done, outcome.total) == (160, 160)
    processes = (tmp_path / "loaded").read_text().split()
    assert len(processes) == len(set(processes)) <= (os.cpu_count() or 1)
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)

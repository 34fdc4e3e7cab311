"""The README tells the truth: its commands run, print what it shows, and none is missing from it."""

from pathlib import Path

import pytest

import arena
from arena.cli import COMMANDS
from tests.readme import BLOCK, README, commands, outputs, shown

TEXT = README.read_text(encoding="utf-8")
PYTHON = [part.split("```")[0] for part in TEXT.split("```python\n")[1:]]


@pytest.fixture(scope="module")
def printed() -> list[tuple[str, str]]:
    return outputs(TEXT)


def test_every_command_runs(printed: list[tuple[str, str]]) -> None:
    assert [command for command, _ in printed] == [command for command, _ in commands(TEXT)]


def test_what_is_shown_is_what_is_printed(printed: list[tuple[str, str]]) -> None:
    told = [(command, output) for command, output in commands(TEXT) if output]
    assert [command for command, _ in told] == [command for command, _ in printed if shown(command)]
    now = {command: [line.rstrip() for line in output.strip("\n").splitlines()] for command, output in printed}
    for command, output in told:
        assert output.strip("\n").splitlines() == now[command], f"{command}: python -m tests.readme --write renews it"


@pytest.mark.parametrize("target", ["demo", "test"])
def test_every_make_target_is_one(target: str) -> None:
    assert f"make {target}" in TEXT
    assert f"\n{target}:" in (README.parent / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_is_missing(command: str) -> None:
    assert f"arena {command}" in TEXT or f"make {command}" in TEXT


def test_its_game_can_be_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = [block for block in PYTHON if "async def play" in block]
    (tmp_path / "games").mkdir()
    (tmp_path / "games" / "split.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    assert arena.play("split", ["honest", "random"])["outcome"] == "finished"


def test_its_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (source,) = [block for block in PYTHON if "arena.play" in block]
    monkeypatch.chdir(tmp_path)
    exec(source, {})  # noqa: S102  # our own README
    assert "player_1" in capsys.readouterr().out


def test_every_link_leads_somewhere() -> None:
    links = [part.split(")")[0] for part in BLOCK.sub("", TEXT).split("](")[1:]]
    assert links
    assert all((README.parent / link).exists() for link in links)

"""The README tells the truth: its commands exist as written, its code runs, and no command is missing from it."""

import re
import shlex
from pathlib import Path

import click
import pytest

import arena
from arena.cli import COMMANDS
from arena.cli import arena as program

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHELL = [line for language, block in BLOCKS if not language for line in block.splitlines()]
PYTHON = [block for language, block in BLOCKS if language == "python"]


@pytest.mark.parametrize("line", [line for line in SHELL if "arena " in line])
def test_every_command_line_is_one(line: str) -> None:
    command, arguments = program, shlex.split(line, comments=True)
    arguments = arguments[arguments.index("arena") + 1 :]
    context = click.Context(program, info_name="arena")
    while isinstance(command, click.Group):
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        command = found
        context = command.make_context(
            name, list(arguments), parent=context, resilient_parsing=isinstance(command, click.Group)
        )


@pytest.mark.parametrize("target", ["demo", "test"])
def test_every_make_target_is_one(target: str) -> None:
    assert f"make {target}" in README
    assert f"\n{target}:" in (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_is_missing(command: str) -> None:
    assert f"arena {command}" in README or f"make {command}" in README


def test_its_game_can_be_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = [block for block in PYTHON if "async def play" in block]
    (tmp_path / "games").mkdir()
    (tmp_path / "games" / "split.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    record = arena.play("split", ["honest", "random"])
    assert record["outcome"] == "finished"


@pytest.mark.slow
def test_its_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (source,) = [block for block in PYTHON if "arena.play" in block]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        program(["init"])
    exec(source, {})  # noqa: S102  # our own README
    assert capsys.readouterr().out.strip() in {"honest", "liar", "tit-for-tat"}

"""A game that breaks tells its author the line, and names a command that shows it."""

import shlex
from pathlib import Path

import pytest

from arena.errors import GameError
from arena.match import Match
from arena.single import play
from tests.shell import Shell
from tests.support import finished, write_game

ASK = "\nawait table.ask('player_0', 'y', Number(0, 1))"


@pytest.mark.parametrize("engine", ["native", "sandbox"])
@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("table.deal('player_0', 'x', Number(0, 3), 9)" + ASK, 9),
        ("table.reveal('x')" + ASK, 9),
        ("table.pay('player_0', float('nan'))" + ASK, 9),
        ("table.tell('x', fact={'x': Number(0, 1)})" + ASK, 9),
        ("await table.announce('x')", 8),
        ("await table.ask('player_0', 'x', Number(0, 1), 5)", 8),
        ("async def more():\n    await table.announce('x')\nawait more()", 9),
    ],
)
def test_what_a_word_does_later_is_told_with_a_line_too(tmp_path: Path, body: str, line: int, engine: str) -> None:
    with pytest.raises(GameError, match=f"small.py:{line} or above: "):
        finished(write_game(tmp_path, body), engine=engine)


@pytest.mark.parametrize("engine", ["native", "sandbox"])
def test_rewards_that_are_wrong_are_no_fault_of_the_last_wait(tmp_path: Path, engine: str) -> None:
    with pytest.raises(GameError, match=r"small\.py: play returned no reward for player_1"):
        finished(write_game(tmp_path, ASK + "\nreturn {'player_0': 1}"), engine=engine)


def command_in(error: GameError) -> list[str]:
    return shlex.split(str(error).split("see it with: ")[1].removesuffix(")"))


def test_the_command_in_the_error_shows_the_match_that_broke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "x = await table.ask('player_0', 'x', Number(0, size))\nraise ValueError(f'broke at {x} of {size}')"
    game = write_game(tmp_path / "with space", body, trusted=False)
    with pytest.raises(GameError) as caught:
        play(game, ["random", "honest"], seed=5, params={"size": 7000})
    words = command_in(caught.value)
    assert words[:5] == ["arena", "play", game.path, "random", "honest"]
    ran = Shell(capsys)(*words[1:], "--no-store")
    assert ran.code == 2
    assert str(caught.value) in ran.err
    assert "player_0 answers x = " in ran.out


def test_a_game_that_breaks_before_anybody_is_asked_gives_a_command_too(tmp_path: Path) -> None:
    game = write_game(tmp_path, "raise ValueError(size)", agents=(2, 4), trusted=False)
    with pytest.raises(GameError) as caught:
        Match(game, {"size": 3}, seats=3)
    assert command_in(caught.value) == [
        *("arena", "play", game.path, "random", "random", "random"),
        *("--seed", "0", "--param", "size=3", "--show"),
    ]


def test_a_text_parameter_comes_back_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.py"
    source = '"""Doc."""\nAGENTS = 1\n\n\nasync def play(table, size="a b"):\n    raise ValueError(size)\n'
    path.write_text(source)
    with pytest.raises(GameError) as caught:
        play(str(path), ["random"], params={"size": "3 'x'"})
    ran = Shell(capsys)(*command_in(caught.value)[1:], "--no-store")
    assert "ValueError: 3 'x' (" in ran.err

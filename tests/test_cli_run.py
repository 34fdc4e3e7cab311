"""`arena run` and `arena init` from the command line: what is refused, and what is said when a run ends."""

from pathlib import Path

import pytest

from tests.cups import write_cup
from tests.shell import Shell


@pytest.fixture
def arena(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARENA_STORE", raising=False)
    monkeypatch.delenv("ARENA_DEBUG", raising=False)
    return Shell(capsys)


@pytest.mark.parametrize(
    "flag", [("--deals", "7"), ("--seed", "0"), ("--name", "x"), ("--schedule", "swiss"), ("--fill", "random")]
)
def test_a_flag_that_the_file_decides_is_refused_beside_it(arena: Shell, flag: tuple[str, str]) -> None:
    Path("cup.toml").write_text(write_cup())
    ran = arena("run", "cup.toml", *flag)
    assert (ran.code, ran.out) == (2, "")
    assert f"{flag[0]} is for a run without a file; take it away, and say it in cup.toml" in ran.err
    assert not Path("arena.db").exists()


def test_the_board_that_is_named_at_the_end_can_be_pasted(arena: Shell) -> None:
    Path("cup.toml").write_text(write_cup(name="my cup; $HOME"))
    ran = arena("run", "cup.toml", "--quiet", "--store", "a b.db")
    assert ran.err.endswith("see it with: arena board --tournament 'my cup; $HOME' --store 'a b.db'\n")


def test_void_matches_are_counted_and_the_way_back_is_said(arena: Shell) -> None:
    Path("agents").mkdir()
    Path("agents/failing.py").write_text("SCRIPTED = True\ndef agent():\n    raise OSError('no such model')\n")
    Path("cup.toml").write_text(write_cup(agents=("random", "failing"), deals=1, more="self_play = false"))
    ran = arena("run", "cup.toml", "--quiet")
    assert ran.code == 1
    assert "cup: 0 of 2 matches in arena.db, 2 void, finished" in ran.err
    assert "--retry-void" in ran.err
    assert "arena board" not in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_init_names_the_file(arena: Shell) -> None:
    Path("cup.toml").symlink_to("/dev/full")
    ran = arena("init")
    assert ran.code == 5
    assert ran.err == "error: cup.toml: No space left on device\n"


def test_an_agent_that_fails_is_named_beside_its_seat(arena: Shell) -> None:
    Path("agents").mkdir()
    Path("agents/failing.py").write_text(
        "SCRIPTED = True\nclass Failing:\n    def act(self, turn):\n        return 1 / 0\n\n"
        "def agent():\n    return Failing()\n"
    )
    Path("cup.toml").write_text(write_cup(agents=("random", "bob=failing"), deals=1, more="self_play = false"))
    ran = arena("run", "cup.toml", "--quiet")
    assert "player_0 (bob): the agent failed: ZeroDivisionError: division by zero" in ran.err
    assert "player_1 (bob): the agent failed: ZeroDivisionError: division by zero" in ran.err


def test_an_agent_that_exits_ends_its_match_and_not_the_run(arena: Shell) -> None:
    Path("agents").mkdir()
    Path("agents/leaving.py").write_text(
        "SCRIPTED = True\nclass Leaving:\n    def act(self, turn):\n        raise SystemExit(3)\n\n"
        "def agent():\n    return Leaving()\n"
    )
    Path("agents/gone.py").write_text("SCRIPTED = True\ndef agent():\n    raise SystemExit(3)\n")
    Path("agents/absent.py").write_text("SCRIPTED = True\nraise SystemExit(3)\ndef agent():\n    return None\n")
    for agent, code, said in (
        ("leaving", 1, "player_1 (leaving): the agent failed: SystemExit: 3"),
        ("gone", 1, "gone: cannot be made: SystemExit: 3"),
        ("absent", 2, "absent.py: cannot be loaded: SystemExit: 3"),
    ):
        ran = arena("run", "--agents", f"random,{agent}", "--games", "ultimatum", "--deals", "1", "--name", agent)
        assert ran.code == code
        assert said in ran.err


def test_a_store_that_is_none_is_named_once_and_on_one_line(arena: Shell) -> None:
    Path("text.db").write_text("hello\n" * 100)
    for args in (("run", "--agents", "honest,liar", "--games", "ultimatum"), ("doctor",)):
        ran = arena(*args, "--store", "text.db")
        assert ran.code == 5
        assert (ran.out + ran.err).count("text.db: ") == 1
    refused = arena("status", "--store", "postgresql://127.0.0.1:1/nothing")
    assert refused.code == 5
    assert len(refused.err.splitlines()) == 1


def test_a_plan_needs_no_store_and_passes_over_no_damaged_one(arena: Shell) -> None:
    Path("cup.toml").write_text(write_cup())
    assert arena("run", "cup.toml", "--dry-run").code == 0
    Path("arena.db").write_bytes(b"this is no database at all, but somebody's notes " * 40)
    ran = arena("run", "cup.toml", "--dry-run")
    assert (ran.code, ran.out) == (5, "")
    assert "arena.db" in ran.err

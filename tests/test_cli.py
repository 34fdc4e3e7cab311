"""The command line: what each command gives, what it says when it cannot, and how soon it answers."""

import importlib.util
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from arena.cli import COMMANDS
from tests.shell import Shell
from tests.support import dangerous

HEAVY = (
    "pettingzoo",
    "gymnasium",
    "autogen_agentchat",
    "autogen_core",
    "openai",
    "trueskill",
    "ray",
    "sqlalchemy",
    "numpy",
)
READS = {
    "games list": ["games", "list"],
    "status": ["status"],
    "status of a file": ["status", "cup.toml"],
    "matches": ["matches"],
    "show": ["show", "MATCH"],
    "replay": ["replay", "MATCH"],
    "board": ["board"],
    "board of a game": ["board", "ultimatum"],
    "board conduct": ["board", "conduct"],
    "board matrix": ["board", "matrix"],
    "compare": ["compare", "honest", "liar"],
    "table matches": ["table", "matches"],
    "table plies": ["table", "plies"],
    "table acts": ["table", "acts"],
    "table verdicts": ["table", "verdicts"],
    "doctor": ["doctor"],
}
HOSTILE = """
class Hostile:
    def act(self, turn):
        if turn.ask.kind == "message":
            return {"say": "\\x1b[2J\\x1b]8;;http://evil.example\\x1b\\\\link \\u202e \\u200b [bold]loud[/bold]"}
        return "decline" if turn.ask.kind == "announce" else {turn.ask.key: turn.ask.spec.sample(turn.rng)}


def agent():
    return Hostile()
"""
BROKEN = """
class Broken:
    def act(self, turn):
        raise ConnectionError("nobody there")


def agent():
    return Broken()
"""
CUP = """
name = "small"
seed = 3
deals = 2

[[agents]]
name = "honest"
kind = "honest"

[[agents]]
name = "liar"
kind = "liar"

[[games]]
name = "ultimatum"
"""


@pytest.fixture
def arena(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARENA_STORE", raising=False)
    monkeypatch.delenv("ARENA_DEBUG", raising=False)
    return Shell(capsys)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small tournament played."""
    folder = tmp_path_factory.mktemp("played")
    (folder / "cup.toml").write_text(CUP)
    command = [sys.executable, "-m", "arena", "run", "cup.toml", "--quiet"]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    return folder


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ARENA_")}
    return {**kept, "PYTHONPATH": str(Path(__file__).parent.parent), **more}


def test_help_answers_at_once_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom arena.cli import main\ntry: main(['--help'])\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    seconds: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
        )
        seconds.append(time.perf_counter() - start)
        assert "leaderboard" in done.stdout
        assert not set(HEAVY) & set(done.stderr.split())
    assert min(seconds) < 0.8


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_is_listed(arena: Shell, command: str) -> None:
    assert command in arena("--help").out
    ran = arena(command, "--help")
    assert ran.code == 0
    assert f"Usage: arena {command}" in ran.out


def test_a_misspelt_command_brings_the_right_one(arena: Shell) -> None:
    ran = arena("bord")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'board'?" in ran.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["play", "ultimatim", "honest", "liar"], "no game 'ultimatim'; did you mean 'ultimatum'?"),
        (["play", "ultimatum", "honest", "lier"], "no agent 'lier'; did you mean 'liar'?"),
        (["play", "ultimatum", "honest", "liar", "--param", "pi=3"], "no parameter 'pi'; did you mean 'pie'?"),
        (["play", "ultimatum", "honest", "liar", "--param", "pie"], "expected key=value, got 'pie'"),
        (["play", "ultimatum", "honest", "liar", "--param", "pie=much"], "parameter 'pie' takes int, got 'much'"),
        (["play", "ultimatum", "honest"], "not 1"),
        (["play", "ultimatum", "honest", "openay/x"], "no provider 'openay'; did you mean 'openai'?"),
        (["run", "missing.toml"], "missing.toml: cannot be read"),
        (["run"], "nothing to play"),
        (["run", "--agents", "honest,liar", "--games", "tag:negotation"], "did you mean 'negotiation'?"),
        (["table", "act"], "no table 'act'; did you mean 'acts'?"),
        (["board", "overal", "--results", "results.jsonl"], "no board 'overal'; did you mean 'overall'?"),
        (["games", "new", "my-game"], "try: my_game"),
        (["games", "new", "ultimatum"], "there is a game 'ultimatum' already"),
        (["matches", "--limit", "0"], "--limit"),
        (["play", "--sed", "3"], "--seed"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(arena: Shell, args: list[str], said: str) -> None:
    Path("results.jsonl").write_text('{"agents": ["a", "b"], "ranks": [1, 2]}\n')
    ran = arena(*args)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_model_without_a_key_is_refused_before_anything_is_played(
    arena: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    ran = arena("play", "ultimatum", "openai/gpt-5-mini", "honest")
    assert ran.code == 3
    assert "OPENAI_API_KEY" in ran.err


def test_a_store_that_is_not_there_or_not_one_is_exit_5(arena: Shell) -> None:
    assert arena("board").code == 5
    Path("other.db").write_text("no database at all, and long enough to be looked at as one" * 20)
    ran = arena("--store", "other.db", "status")
    assert ran.code == 5
    assert "other.db" in ran.err


def test_a_mistake_of_ours_is_one_line_and_a_traceback_on_demand(arena: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> None:
        raise ZeroDivisionError("oh\x1b[2J no")

    monkeypatch.setattr("arena.library.listing", crash)
    ran = arena("games", "list")
    assert ran.code == 70
    assert "error: ZeroDivisionError: oh\\x1b[2J no" in ran.err
    assert "Traceback" not in ran.err
    with pytest.raises(ZeroDivisionError):
        arena("--debug", "games", "list")


@pytest.mark.parametrize("args", READS.values(), ids=list(READS))
def test_every_read_command_gives_json_and_nothing_else(
    arena: Shell, played: Path, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    monkeypatch.chdir(played)
    match = arena("matches", "--json").data[0]["id"]
    ran = arena(*(match[:8] if word == "MATCH" else word for word in args), "--json")
    assert ran.code == 0, ran.err
    assert isinstance(ran.data, list | dict)
    shown = arena(*(match[:8] if word == "MATCH" else word for word in args))
    assert shown.code == 0
    assert shown.out.strip() or args[-1] == "verdicts"


def test_a_finished_tournament_is_left_alone(arena: Shell, played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(played)
    before = arena("matches", "--json").out
    ran = arena("run", "cup.toml", "--json", "--quiet")
    assert ran.code == 0
    assert (ran.data["finished"], ran.data["played"], ran.data["done"]) == (True, 0, ran.data["total"])
    assert arena("matches", "--json").out == before
    plan = arena("run", "cup.toml", "--dry-run", "--json").data
    assert sum(row["matches"] - row["done"] for row in plan["games"]) == 0


def test_matches_are_found_by_what_was_done_in_them(
    arena: Shell, played: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(played)
    lied = arena("matches", "--act", "claim=false", "--json").data
    assert lied
    assert all("liar" in row["agents"] for row in lied)
    assert arena("matches", "--act", "claim=false", "--agent", "honest", "--json").data == []
    rows = arena("table", "acts", "--json").data
    assert {row["match"] for row in rows if (row["act"], row["truth"]) == ("claim", "false")} == {r["id"] for r in lied}


def test_parquet_says_what_it_needs_or_writes_all_rows(
    arena: Shell, played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(played)
    target = tmp_path / "plies.parquet"
    rows = arena("table", "plies", "--json").data
    if importlib.util.find_spec("pyarrow"):
        assert arena("table", "plies", "--parquet", str(target)).code == 0
        table: Any = importlib.import_module("pyarrow.parquet").read_table(target)
        assert table.column("reply").to_pylist() == [row["reply"] for row in rows]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ran = arena("table", "plies", "--parquet", str(target))
    assert ran.code == 2
    assert "social-arena[parquet]" in ran.err


def test_a_played_match_is_kept_shown_and_replayed(arena: Shell) -> None:
    record = arena("play", "ultimatum", "honest", "liar", "--seed", "5", "--param", "pie=20", "--json").data
    assert (record["seed"], record["params"]["pie"]) == (5, 20)
    assert record["seats"] == {"player_0": "honest", "player_1": "liar"}
    shown = arena("show", record["id"], "--json").data
    assert {one["judge"] for one in shown["verdicts"]} == {"outcome", "procedural"}
    assert {**shown, "verdicts": []} == record
    assert arena("replay", record["id"][:6], "--json").data["rewards"] == record["rewards"]
    shown = arena("show", record["id"]).out
    for seat, reward in record["rewards"].items():
        assert re.search(rf"{seat}  .*reward {reward:g}", shown)


def test_the_same_scripted_match_is_kept_once(arena: Shell) -> None:
    first = arena("play", "ultimatum", "honest", "liar", "--json").data
    assert arena("play", "ultimatum", "honest", "liar", "--json").data == first
    assert len(arena("matches", "--json").data) == 1


def test_nothing_is_kept_where_that_is_asked_for(arena: Shell) -> None:
    assert arena("play", "ultimatum", "honest", "liar", "--no-store").code == 0
    assert not list(Path().glob("*.db*"))


def test_through_the_eyes_of_a_seat_the_others_keep_their_secrets(arena: Shell) -> None:
    record = arena("play", "ultimatum", "silent", "honest", "--json").data
    fallback = f"player_1 is dealt fallback = {record['facts']['player_1.fallback']}"
    assert fallback in arena("show", record["id"], "--as", "player_1").out
    assert fallback not in arena("show", record["id"], "--as", "player_0").out
    judged = arena("show", record["id"], "--as", "judge").out
    assert fallback in judged
    assert "honest" not in judged
    assert arena("show", record["id"], "--as", "player_9").code == 2


def test_an_agent_that_fails_makes_the_match_void_and_exit_1(arena: Shell) -> None:
    Path("agents").mkdir()
    Path("agents/broken.py").write_text(BROKEN)
    ran = arena("play", "ultimatum", "broken", "honest", "--json")
    assert ran.code == 1
    assert ran.data["outcome"] == "void"
    assert ran.data["rewards"] == {}
    assert "nobody there" in ran.data["reason"]


@pytest.mark.parametrize(
    "command",
    [
        ["show", "MATCH"],
        ["show", "MATCH", "--as", "player_1"],
        ["show", "MATCH", "--json"],
        ["table", "plies"],
        ["table", "plies", "--csv"],
        ["table", "plies", "--md"],
        ["table", "plies", "--json"],
        ["matches"],
        ["matches", "--csv"],
    ],
    ids=" ".join,
)
def test_what_players_say_reaches_no_output_unescaped(arena: Shell, command: list[str]) -> None:
    Path("agents").mkdir()
    Path("agents/hostile.py").write_text(HOSTILE)
    record = arena("play", "ultimatum", "hostile", "silent", "--json").data
    ran = arena(*(record["id"] if word == "MATCH" else word for word in command))
    assert ran.code == 0
    assert dangerous(ran.out + ran.err, lines=True) == []
    if command[0] != "matches":
        assert "[2J" in ran.out.replace("\\[", "[")


def test_a_new_game_is_there_at_once_and_runs_in_the_sandbox(arena: Shell) -> None:
    assert arena("games", "new", "mine").out == "games/mine.py\n"
    listed = {row["name"]: row for row in arena("games", "list", "--json").data}
    assert listed["mine"]["origin"] == "user"
    assert set(listed["mine"]) >= {"name", "agents", "tags", "scoring", "origin", "source_sha256"}
    record = arena("play", "mine", "random", "random", "honest", "--json").data
    assert record["isolation"] in {"interpreter", "bubblewrap"}
    assert record["outcome"] == "finished"
    assert arena("play", "games/mine.py", "random", "random", "honest", "--json").data["id"] == record["id"]


def test_a_broken_game_does_not_hide_the_others(arena: Shell) -> None:
    Path("games").mkdir()
    Path("games/bad.py").write_text("def play(:\n")
    ran = arena("games", "list", "--json")
    assert ran.code == 0
    assert "ultimatum" in {row["name"] for row in ran.data}
    assert "bad.py:1: not Python" in ran.err
    assert arena("play", "bad", "random").code == 2


def test_the_tournament_file_that_init_writes_can_be_played(arena: Shell) -> None:
    assert arena("init").code == 0
    assert tomllib.loads(Path("cup.toml").read_text()) == tomllib.loads(arena("init", "-").out)
    assert arena("run", "cup.toml", "--dry-run", "--json").data["games"][0]["game"] == "ultimatum"
    assert not list(Path().glob("*.db*"))
    assert arena("init").code == 2
    Path("cup.toml").write_text("")
    assert arena("init").code == 0


def test_a_tournament_needs_no_file(arena: Shell) -> None:
    ran = arena("run", "--agents", "honest,b=liar", "--games", "ultimatum", "--deals", "1", "--json")
    assert ran.code == 0
    assert ran.data["finished"]
    assert {row["agent"] for row in arena("board", "--json").data["rows"]} == {"honest", "b"}


def test_results_played_elsewhere_are_rated_in_every_format(arena: Shell) -> None:
    Path("results.jsonl").write_text('{"agents": ["=a", "b"], "ranks": [1, 2]}\n')
    rows = arena("board", "--results", "results.jsonl", "--json").data["rows"]
    assert [(row["agent"], round(row["mu"], 3), round(row["sigma"], 3)) for row in rows] == [
        ("=a", 29.396, 7.171),
        ("b", 20.604, 7.171),
    ]
    assert arena("board", "--results", "results.jsonl", "--csv").out.splitlines()[1].startswith("'=a,29.39")
    assert arena("board", "--results", "results.jsonl", "--md").out.startswith("| ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(arena: Shell, shell: str) -> None:
    assert "_ARENA_COMPLETE" in arena("completion", shell).out


@pytest.mark.parametrize(
    ("words", "offered"),
    [("arena bo", "board"), ("arena play ulti", "ultimatum"), ("arena play ultimatum hon", "honest")],
)
def test_commands_games_and_agents_are_completed(words: str, offered: str) -> None:
    count = str(len(words.split()) - 1)
    env = environment(_ARENA_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    done = subprocess.run([sys.executable, "-m", "arena"], env=env, capture_output=True, text=True, check=True)
    assert f"plain,{offered}" in done.stdout.splitlines()


def test_the_endpoint_serves_scripted_models_until_it_is_stopped(arena: Shell) -> None:
    command = [sys.executable, "-m", "arena", "endpoint", "--port", "0"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            address = server.stdout.readline().strip()
            checks = {row["check"]: row for row in arena("doctor", "--endpoint", address, "--json").data}
            assert checks[f"endpoint {address}"]["ok"]
            assert "scripted/betrayer" in checks[f"endpoint {address}"]["detail"]
        finally:
            server.terminate()
            assert server.wait(20) == 143
    assert arena("doctor", "--endpoint", address).code == 3


STUBBORN = """import sys
import time

SCRIPTED = True


class Stubborn:
    def act(self, turn):
        print("asked", file=sys.stderr, flush=True)
        try:
            time.sleep(1)
        except SystemExit:
            pass
        return ""


def agent():
    return Stubborn()
"""


def test_no_agent_keeps_the_endpoint_from_being_stopped(here: Path) -> None:
    (here / "agents" / "stubborn.py").write_text(STUBBORN)
    command = [sys.executable, "-m", "arena"]
    with subprocess.Popen(
        [*command, "endpoint", "--port", "0"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout
        assert server.stderr
        address = server.stdout.readline().strip()
        play = [*command, "play", "ultimatum", "scripted/stubborn", "honest", "--no-store"]
        with subprocess.Popen(play, env=environment(ARENA_ENDPOINT=address), stderr=subprocess.DEVNULL) as player:
            try:
                while server.stderr.readline() != "asked\n":
                    assert server.poll() is None
                server.terminate()
                assert server.wait(20) == 143
            finally:
                server.kill()
                player.kill()


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    command = f"{sys.executable} -m arena games list --json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


def test_a_terminal_without_unicode_shows_numbers_instead(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text('{"agents": ["\\u6f22", "b"], "ranks": [1, 2]}\n')
    command = [sys.executable, "-m", "arena", "board", "--results", "results.jsonl"]
    env = environment(PYTHONIOENCODING="ascii")
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert "\\u6f22" in done.stdout

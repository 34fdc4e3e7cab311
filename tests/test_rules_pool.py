"""Rules that judge in processes of their own: the same judgements, and what happens when such a process dies."""

import os
from pathlib import Path

import pytest

import arena
from arena.judging.runs import bench
from tests.asker import stored
from tests.shell import Shell

JUDGE = """import os

from arena.judge import Verdict


def judge(record):
    if record["deal"] == {deadly}:
        os._exit(7)
    return [Verdict(record["id"], "mine", "player_0", str(os.getpid() {sign} {parent}), 1.0, "because")]
"""
CUP = """
name = "cup"
deals = 4
self_play = false

[[agents]]
name = "a"
kind = "honest"

[[agents]]
name = "b"
kind = "liar"

[[games]]
name = "ultimatum"
"""


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight matches are many."""
    monkeypatch.setattr(bench, "FEW", 2)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def write(folder: Path, deadly: int = -1) -> None:
    (folder / "judges").mkdir(exist_ok=True)
    (folder / "judges" / "mine.py").write_text(JUDGE.format(deadly=deadly, sign="!=", parent=os.getpid()))
    (folder / "cup.toml").write_text(CUP)
    arena.run("cup.toml", "arena.db")
    (folder / "cup.toml").write_text(CUP + '\n[[judges]]\nkind = "mine"\n')


def test_many_are_judged_elsewhere_and_the_same(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here)
    judged = arena.judge("cup.toml")
    assert (judged.code, judged.judges["mine"].given, judged.judges["procedural"].given) == (0, 8, 8)
    assert {one.verdicts[0].criterion for one in stored() if one.judge == "mine"} == {"True"}
    many = [one for one in stored() if one.judge == "procedural"]
    (here / "arena.db").unlink()
    monkeypatch.setattr(bench, "FEW", 100)
    write(here)
    assert arena.judge("cup.toml").code == 0
    assert {one.verdicts[0].criterion for one in stored() if one.judge == "mine"} == {"False"}
    assert many == [one for one in stored() if one.judge == "procedural"]


def test_what_a_process_dies_of_is_told_and_left_and_nothing_else_is(here: Path, shell: Shell) -> None:
    write(here, deadly=2)
    first = shell("judge", "cup.toml", "--json")
    assert first.code == 1
    (mine,) = [row for row in first.data["judges"] if row["judge"] == "mine"]
    assert (mine["given"], mine["left"]) == (6, 2)
    assert mine["reasons"] == {"the process that was at it ended with code 7": 2}
    source = here / "judges" / "mine.py"
    source.write_text(source.read_text().replace("== 2", "== -1"))
    judged = arena.judge("cup.toml")
    assert (judged.code, judged.judges["mine"].left, judged.judges["procedural"].before) == (0, 0, 8)


def test_what_is_wrong_in_a_file_is_told_with_its_line(here: Path, shell: Shell) -> None:
    write(here)
    source = here / "judges" / "mine.py"
    source.write_text(source.read_text().replace("record[", "recorded["))
    ran = shell("judge", "cup.toml")
    assert (ran.code, "mine.py:7: the judge failed: NameError" in ran.err) == (2, True), ran.err

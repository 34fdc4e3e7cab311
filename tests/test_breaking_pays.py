"""The study of the documents runs as it stands, and shows what it says."""

import json
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.library import run_source
from tests.readme import ROOT, STUDY, commands, outputs, shown

TEXT = STUDY.read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "breaking_pays.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def printed(folder: Path) -> list[tuple[str, str]]:
    return outputs(TEXT, folder)


@pytest.fixture(scope="module")
def store(folder: Path, printed: list[tuple[str, str]]) -> str:
    assert printed
    return str(folder / "arena.db")


@pytest.fixture(scope="module")
def example() -> Any:
    return run_source("breaking_pays", str(EXAMPLE), EXAMPLE.read_text())


def test_its_commands_print_what_it_shows(printed: list[tuple[str, str]]) -> None:
    assert [command for command, _ in printed] == [command for command, _ in commands(TEXT)]
    now = {command: [line.rstrip() for line in output.strip("\n").splitlines()] for command, output in printed}
    for command, output in commands(TEXT):
        told = output.strip("\n").splitlines()
        assert told == (now[command] if shown(command, STUDY) else []), "python -m tests.readme --write renews it"


def test_the_betrayer_breaks_promises_where_that_pays_and_only_there(store: str) -> None:
    rows = {
        (row["agent"], row["measure"]): row
        for row in arena.compare("base", "common", store).rows
        if row["about"] == "conduct"
    }
    betrayer = rows["betrayer", "promises"]
    assert betrayer["high"] < 0
    assert betrayer["p_holm"] < 0.05
    for name in ("honest", "hardliner"):
        assert rows[name, "promises"]["difference"] == 0
    assert rows["random", "promises"]["low"] < 0 < rows["random", "promises"]["high"]


def test_what_was_broken_was_meant_to_be_and_selfish(store: str, example: Any) -> None:
    kept = example.promises(store)
    base, common = kept["betrayer", "base"], kept["betrayer", "common"]
    assert base["selfish"] > base["broken"] / 2 > 0
    assert not base["unknown"]
    assert common["broken"] == common["neutral"] < base["broken"] / 10
    meant = example.meant(store)
    assert 0 < meant["betrayer", "base"]["not followed"] == meant["betrayer", "base"]["meant so"]
    assert not meant["honest", "base"]["not followed"]
    assert ("betrayer", "common") not in meant


def test_the_record_holds_what_was_said_off_it(store: str) -> None:
    with arena.open(store) as opened:
        ids = [result.id for result in opened.log().results if result.variant == "base"]
        record = opened.record(ids[0])
    assert Path(store).exists()
    assert json.loads(json.dumps(record["probes"])) == record["probes"]

"""Reading acts over HTTP, from the tournament to its tables: liars in words alone, planted texts, readers that fail."""

import asyncio
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest

import arena
from arena.board import Log
from arena.judging.entry import judge_entry
from arena.judging.extraction import reader_qualities, results_read, tally_extracted, verdicts
from arena.judging.judgement import EXTRACT, Judgement
from arena.judging.measuring.quality import left_out
from arena.library import load
from arena.ratings.conduct import conduct, tally
from arena.serving.endpoint import local_endpoint
from arena.store import Store, open_store
from tests.cups import small_cup

TAIL = """
[[agents]]
name = "frank"
kind = "honest"
acts = false
[[agents]]
name = "sly"
kind = "liar"
acts = false
"""
HONEST, LAST = "scripted/judge-honest", "scripted/judge-garbage"


def judged(store: Store, url: str, model: str = HONEST, canaries: float = 0.05) -> Any:
    """Read what is stored."""
    entry = judge_entry("extract", {"models": [model], "base_url": url}, canaries=canaries)
    return arena.judge(store=store, judges=[entry])


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with local_endpoint() as served:
        yield served


@pytest.fixture(scope="module")
def matches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Matches of two who say all in words, one of them what is not so; nobody has read them."""
    path = tmp_path_factory.mktemp("played") / "a.db"
    with open_store(str(path)) as store:
        arena.run(small_cup(agents=(), games=("ultimatum", "deal_or_no_deal"), deals=6, tail=TAIL), store)
    return path


@pytest.fixture
def played(matches: Path, tmp_path: Path) -> Generator[Store]:
    """The same, to be read."""
    with open_store(str(shutil.copy(matches, tmp_path / "a.db"))) as store:
        yield store


def test_who_lies_in_words_alone_is_apart_once_it_is_read(played: Store, url: str) -> None:
    log = cast("Log", played.log())
    before = tally(log.results)
    board = {row["agent"]: row for row in arena.board("conduct", played).rows}
    for name in ("frank", "sly"):
        assert before[name].counts == {}
        assert board[name]["conduct"] is None
        assert before[name].declined > 0
        assert before[name].announced == before[name].acts == before[name].acted == 0
        assert before[name].messages >= before[name].offered > 0
    assert tally_extracted(log) == {}

    assert judged(played, url).finished
    log = cast("Log", played.log())
    assert not results_read(log).unread
    found = tally_extracted(log)
    frank, sly = (conduct(found[name].counts).rates["claims"] for name in ("frank", "sly"))
    assert (frank.value, sly.value) == (1.0, 0.0)
    assert min(frank.opportunities, sly.opportunities) >= 10
    assert sly.high < frank.low
    # Nothing that was typed is another than before.
    assert tally(log.results)["sly"].counts == {}
    assert found["sly"].declined == before["sly"].declined


def test_the_table_of_acts_shows_what_was_read(played: Store, url: str) -> None:
    assert list(arena.table("acts", played)) == []
    judged(played, url)
    rows = list(arena.table("acts", played))
    assert {row["source"] for row in rows} == {"extracted"}
    lies = [row for row in rows if row["truth"] == "false"]
    assert {row["agent"] for row in lies} == {"sly"}
    assert {row["agent"] for row in rows if row["act"] == "claim" and row["truth"] == "true"} == {"frank"}


def test_the_file_gives_the_verdicts_that_the_store_gives(played: Store, url: str) -> None:
    judged(played, url)
    result = played.log().results[0]
    file = load("judges", "extract")
    alone = asyncio.run(file.judge(dict(played.record(result.id)), models=[HONEST], base_url=url))
    assert alone == verdicts(played.record(result.id), played.judgements(item=result.id))
    assert any(verdict.evidence for verdict in alone)


def test_planted_texts_measure_a_reader(played: Store, url: str) -> None:
    judged(played, url, canaries=1)
    log = cast("Log", played.log())
    (found,) = reader_qualities(log).values()
    planted = [one for one in log.canaries if one.kind.startswith("planted/")]
    assert len(planted) == found.texts.of == len(log.results)
    assert found.failed == 0
    assert found.precision.value == 1
    assert found.recall.value is not None
    assert found.recall.value > 0.9
    # Planted texts are no matches: nobody's conduct is counted in them.
    assert {result.id for result in results_read(log).results} == {result.id for result in log.results}


def test_a_reader_below_the_bar_is_shown_and_left_out(played: Store, url: str) -> None:
    makes_up = "scripted/judge-always10"
    judged(played, url, canaries=1)
    judged(played, url, makes_up, canaries=1)
    log = cast("Log", played.log())
    out = left_out(log)
    assert out == {EXTRACT + makes_up}
    rows = {row["judge"]: row for row in arena.board("judges", played).rows}
    assert [rows[EXTRACT + model]["left_out"] for model in (HONEST, makes_up)] == [False, True]
    assert rows[EXTRACT + HONEST]["precision"] == 1
    assert rows[EXTRACT + makes_up]["precision"] < 0.2
    alone = results_read(log, reader=EXTRACT + HONEST)
    assert results_read(log, leave_out=out) == alone
    assert results_read(log) != alone


def test_what_is_read_is_read_once(played: Store, url: str) -> None:
    judged(played, url)
    before = played.judgements()
    again = judged(played, url)
    assert again.finished
    assert played.judgements() == before


def test_a_reader_that_gives_no_answer_costs_nobody_anything(played: Store, url: str) -> None:
    assert judged(played, url, LAST).finished
    log = cast("Log", played.log())
    kept = [one for one in log.judgements if one.judge.startswith(EXTRACT)]
    assert kept
    assert {one.status for one in kept} == {"failed"}
    assert not results_read(log).results
    assert tally_extracted(log) == {}
    (found,) = reader_qualities(log).values()
    assert found.failed == found.texts.of
    assert (found.precision.value, found.recall.count) == (None, 0)
    # Another one can read all the same.
    judged(played, url)
    assert not results_read(cast("Log", played.log())).unread


def test_the_store_keeps_acts_with_their_quotes(played: Store, url: str) -> None:
    judged(played, url)
    given: list[Judgement] = [one for one in played.judgements() if one.judge == EXTRACT + HONEST]
    found = [entry for one in given for entry in one.data["acts"]]
    assert found
    for one in given:
        texts = {ply["ply"]: ply["action"] for ply in _record(played, one.item)["plies"]}
        assert all(entry["quote"] in texts[entry["ply"]] for entry in one.data["acts"])


def _record(store: Store, item: str) -> Any:
    canaries = {one.id: one.record for one in store.log().canaries}
    return canaries[item] if item in canaries else store.record(item)

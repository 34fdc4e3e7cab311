"""From unjudged to rated: a panel over HTTP ranks what was played, and boards, matches and records say so."""

import asyncio
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.api import status
from arena.cups.cup import parse_cup
from arena.judging.entry import judge_entry
from arena.judging.panels.ranks import rank_unjudged, ranked_record
from arena.judging.runs.work import Judged, judge_all
from arena.serving.endpoint import local_endpoint
from arena.store import Store, open_store
from tests.cups import write_cup
from tests.shell import Shell

AGENT = """
from tests.planted_play import Planted

SCRIPTED = True


def agent(speaks: str = "good"):
    return Planted(speaks)
"""
TAIL = """
[[agents]]
name = "{kind}"
kind = "planted"
speaks = "{kind}"
"""
PANEL = ("honest", "honest@0", "quoter")


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with local_endpoint() as base_url:
        yield base_url


@pytest.fixture
def store(here: Path) -> Generator[Store]:
    with open_store(str(here / "arena.db")) as opened:
        play(here, opened, ("jury", "mediation", "kuhn_poker"), ("good", "poor", "silent"))
        yield opened


def play(here: Path, store: Store, games: Sequence[str], kinds: Sequence[str]) -> None:
    (here / "agents" / "planted.py").write_text(AGENT)
    tail = "".join(TAIL.format(kind=kind) for kind in kinds)
    arena.run(parse_cup(write_cup(agents=(), games=games, deals=2, tail=tail)), store)


def judged(store: Store, url: str, *judges: str, **options: Any) -> Judged:
    asked = {"models": [f"scripted/judge-{judge}" for judge in judges], "base_url": url}
    asked |= {"views": ["full"], "dimensions": ["respect"], **options}
    entry = judge_entry("panel", asked, canaries=0.0)
    return asyncio.run(judge_all(store, "cup", [entry]))


def panel_matches(store: Store) -> list[dict[str, Any]]:
    return [row for row in arena.matches(store) if row["game"] != "kuhn_poker"]


def rating(store: Store, game: str) -> list[str]:
    return [row["agent"] for row in arena.board(game, store).rows]


def test_before_a_panel_nothing_is_rated(store: Store) -> None:
    assert {row["outcome"] for row in panel_matches(store)} == {"unjudged"}
    notes = arena.board("jury", store).notes
    assert any("are unjudged and not rated: they wait for a panel's verdict" in note for note in notes)


def test_once_the_panel_has_spoken_matches_are_rated_as_planted(store: Store, url: str) -> None:
    before = {row["id"]: row for row in arena.matches(store)}
    assert judged(store, url, *PANEL).finished
    rows = arena.matches(store)
    for row in rows:
        if row["game"] == "kuhn_poker":
            assert row == before[row["id"]]
            continue
        places = dict(zip(row["agents"], row["ranks"], strict=True))
        assert row["outcome"] == "finished"
        assert sorted(places, key=lambda name: places[name]) == sorted(places)
        assert len(set(places.values())) == len(places)
    assert rating(store, "jury") == ["good", "poor", "silent"]
    assert rating(store, "mediation") == ["good", "poor", "silent"]
    assert {row["outcome"] for row in arena.matches(store, outcome="finished")} == {"finished"}
    assert status(store)[0]["unjudged"] == 0
    by = "ranked by a panel of judges, scripted/judge-honest, scripted/judge-honest@0, scripted/judge-quoter"
    assert f"jury: {by}" in arena.board("jury", store).notes
    assert f"jury, mediation: {by}" in arena.board("overall", store).notes
    assert not any("panel" in note for note in arena.board("kuhn_poker", store).notes)


def test_asked_again_a_panel_says_the_same_and_is_asked_nothing(store: Store, url: str) -> None:
    judged(store, url, *PANEL)
    first = panel_matches(store)
    again = judged(store, url, *PANEL)
    assert again.spent.calls == judged(store, url, *PANEL).spent.calls
    assert panel_matches(store) == first


def test_a_minority_of_bad_judges_moves_nobody(store: Store, url: str) -> None:
    judged(store, url, *PANEL, "longest", "first")
    assert rating(store, "jury") == ["good", "poor", "silent"]
    assert rating(store, "mediation") == ["good", "poor", "silent"]


def test_under_the_quorum_a_match_stays_unjudged(store: Store, url: str) -> None:
    judged(store, url, "honest", "refuser", "garbage")
    assert {row["outcome"] for row in panel_matches(store)} == {"unjudged"}
    judged(store, url, "honest", "refuser", "garbage", quorum=1)
    assert {row["outcome"] for row in panel_matches(store)} == {"finished"}


def test_a_record_shows_the_ranks_and_the_stored_one_stays(
    store: Store, url: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(store, url, *PANEL)
    row = panel_matches(store)[0]
    stored = store.record(row["id"])
    assert stored["outcome"] == "unjudged"
    shown = ranked_record(store, stored)
    assert [*shown["ranks"].values()] == row["ranks"]
    assert here.is_dir()
    listed = Shell(capsys)("matches", "--game", "jury").out.splitlines()
    assert listed[0].split()[-2:] == ["rewards", "ranks"]
    assert listed[1].split()[-2:] in (["1", "2"], ["2", "1"])
    printed = Shell(capsys)("show", row["id"]).out
    assert "rank 1" in printed
    assert "outcome: finished" in printed
    table = [one for one in arena.table("matches", store) if one["match"] == row["id"]]
    assert [one["rank"] for one in table] == row["ranks"]


def test_who_forfeits_is_last_whatever_the_panel_says(here: Path, url: str) -> None:
    with open_store(str(here / "arena.db")) as store:
        play(here, store, ("mediation",), ("good", "poor", "mumbles"))
        assert {(row["outcome"], tuple(row["ranks"])) for row in arena.matches(store)} == {("unjudged", ())}
        judged(store, url, *PANEL)
        for row in arena.matches(store):
            assert row["outcome"] == "forfeit"
            assert dict(zip(row["agents"], row["ranks"], strict=True)) == {"good": 1, "poor": 2, "mumbles": 3}
        assert rating(store, "mediation") == ["good", "poor", "mumbles"]


def test_games_that_need_no_panel_read_no_judgement(store: Store) -> None:
    class Closed:
        @property
        def judgements(self) -> Any:
            raise AssertionError("read for nothing")

    results = [result for result in store.results() if result.game == "kuhn_poker"]
    assert rank_unjudged(results, Closed()) is results  # type: ignore[arg-type]  # what is not read need not be there

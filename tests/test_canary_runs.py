"""Canaries through `arena judge`, over HTTP: mixed in, judged like matches, and what the board then says of judges."""

from pathlib import Path
from typing import cast

import pytest

import arena
from arena.board import Log
from arena.judging.bait.canaries import LEAST, wanted
from arena.judging.entry import judge_entry
from arena.judging.measuring.quality import left_out, qualities
from arena.serving.endpoint import local_endpoint
from arena.serving.judges import PREFIX
from arena.store import open_store
from tests.cups import small_cup

JUDGES = tuple(PREFIX + name for name in ("honest", "quoter", "always10", "first", "refuser", "garbage"))


def test_bad_judges_are_exposed_by_a_run_and_left_out_of_what_is_settled(tmp_path: Path) -> None:
    where = str(tmp_path / "arena.db")
    cup = small_cup(agents=("honest", "liar", "betrayer"), games=("buyer_seller", "ultimatum"), deals=1)
    with local_endpoint() as url, open_store(where) as store:
        arena.run(cup, store)
        matches = {result.id for result in store.log("cup").results}
        options = {"models": list(JUDGES), "base_url": url, "views": ["full"]}
        judged = arena.judge(None, store, judges=[judge_entry("panel", options, canaries=0.05)])
        assert judged.finished
        log = cast("Log", store.log("cup"))
        canaries = {canary.id for canary in log.canaries}
        assert len(canaries) == wanted(len(matches), 0.05) == LEAST
        assert not canaries & matches
        assert judged.items == len(matches) + LEAST
        asked = {(one.judge, one.item) for one in log.judgements if one.judge in JUDGES}
        assert asked == {(judge, item) for judge in JUDGES for item in matches | canaries}
        assert left_out(log) == {PREFIX + "always10", PREFIX + "first"}

        rows = {row["judge"]: row for row in arena.board("judges", store, tournament="cup").rows}
        assert set(rows) == set(JUDGES)
        for judge in (PREFIX + "honest", PREFIX + "quoter"):
            assert rows[judge]["canaries"]["value"] == 1
            assert rows[judge]["canaries"]["opportunities"] == LEAST
            assert rows[judge]["balanced"] == 1
            # Both orders of each item, in one view.
            assert rows[judge]["calls"] == 2 * judged.items
            assert not rows[judge]["left_out"]
        assert rows[PREFIX + "garbage"]["failed"] == 2 * judged.items
        assert rows[PREFIX + "refuser"]["abstained"] == 2 * judged.items
        assert rows[PREFIX + "refuser"]["canaries"]["value"] is None

        again = arena.judge(None, store, judges=[judge_entry("panel", options, canaries=0.05)])
        assert again.items == judged.items
        assert {canary.id for canary in store.log("cup").canaries} == canaries


@pytest.mark.slow
def test_every_bad_judge_is_exposed_within_forty_items_over_http(tmp_path: Path) -> None:
    kinds = ("obedient", "first", "longest", "self", "always10", "masterkey", "range", "garbage", "refuser")
    models = [PREFIX + name for name in ("honest", "quoter", *kinds)]
    cup = small_cup(agents=("honest", "liar", "betrayer"), games=("buyer_seller", "ultimatum"), deals=3)
    with local_endpoint() as url, open_store(str(tmp_path / "arena.db")) as store:
        played = arena.run(cup, store).done
        options = {"models": models, "base_url": url, "views": ["full"]}
        arena.judge(None, store, judges=[judge_entry("panel", options, canaries=40 / played)])
        log = cast("Log", store.log("cup"))
        found = qualities(log)
    assert len(log.canaries) == 40
    for name in ("honest", "quoter"):
        assert (found[PREFIX + name].canaries.count, found[PREFIX + name].canaries.of) == (40, 40)
    silent = {"range", "garbage", "refuser"}
    assert left_out(log) == {PREFIX + name for name in kinds if name not in silent}
    for name in silent:
        assert found[PREFIX + name].canaries.of == 0
    assert found[PREFIX + "refuser"].failed == 0


def test_no_canaries_where_none_are_asked_for(tmp_path: Path) -> None:
    cup = small_cup(agents=("honest", "liar"), games=("buyer_seller",), deals=1)
    with local_endpoint() as url, open_store(str(tmp_path / "arena.db")) as store:
        arena.run(cup, store)
        options = {"models": [PREFIX + "honest"], "base_url": url, "views": ["full"], "orders": 1}
        arena.judge(None, store, judges=[judge_entry("panel", options, canaries=0.0)])
        assert not store.log("cup").canaries
        (row,) = arena.board("judges", store, tournament="cup").rows
        assert row["canaries"]["opportunities"] == 0
        assert row["swap"]["opportunities"] == 0

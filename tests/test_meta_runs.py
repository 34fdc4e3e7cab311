"""Judges of judgements in a run: after all others, each pair once in both orders, and on the board."""

from collections import Counter
from pathlib import Path
from typing import cast

import pytest

from arena import api
from arena.board import Log
from arena.judging.meta.known import meta_qualities, meta_ratings
from arena.serving.endpoint import local_endpoint
from arena.store import open_store
from tests.cups import write_cup

JUDGES = """
[[judges]]
kind = "meta"
models = ["scripted/judge-honest", "scripted/judge-first"]
base_url = "{url}"
share = 0.5
checked = 0.5

[[judges]]
kind = "panel"
models = ["scripted/judge-honest", "scripted/judge-honest@0.6", "scripted/judge-first"]
base_url = "{url}"
views = ["full"]
canaries = 0.05
"""


@pytest.mark.usefixtures("here")
def test_they_judge_when_the_others_have_and_ask_nothing_twice() -> None:
    with local_endpoint() as url:
        cup = Path("cup.toml")
        cup.write_text(write_cup(("honest", "liar"), ("ultimatum",), 2, tail=JUDGES.format(url=url)))
        api.run(cup, store="arena.db")
        first = api.judge(cup, "arena.db")
        again = api.judge(cup, "arena.db")
    assert again.spent.calls == first.spent.calls
    assert not any(tally.given for tally in again.judges.values())
    with open_store("arena.db") as store:
        log = cast("Log", store.log("cup"))
        meta = [one for one in log.judgements if one.judge == "meta:scripted/judge-honest"]
        assert len(meta) > 20
        pairs = Counter((one.item, one.data["of"], *one.data["pair"]) for one in meta)
        assert set(pairs.values()) == {2}
        found = meta_ratings(log)
        quality = meta_qualities(log)
    assert next(iter(found)) == "scripted/judge-honest"
    assert (quality["meta:scripted/judge-honest"].accuracy.value or 0) > 0.9
    assert quality["meta:scripted/judge-first"].accuracy.value == 0.5
    rows = {row["judge"]: row for row in api.board("judges", store="arena.db").rows}
    assert rows["scripted/judge-honest"]["meta"] == found["scripted/judge-honest"].rating

"""Judging what is stored: every question once, whatever fails, stops or is killed in between."""

import json
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import arena
from arena.errors import PreflightError
from arena.judging.entry import judge_entry
from arena.serving.endpoint import local_endpoint
from arena.storage.schema import judgements
from arena.store import Store, open_store
from tests.asker import MODELS, PER_MATCH, dumped, failing, played, questions, scores, stored, write
from tests.endpoints import Reply, said, server
from tests.shell import Shell


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def test_each_question_is_asked_once_and_a_second_run_asks_nothing(here: Path, shell: Shell) -> None:
    with server(scores) as asked:
        played(here, asked.base_url, MODELS)
        first = shell("judge", "cup.toml", "--json")
        assert first.code == 0, first.err
        matches = first.data["items"]
        assert matches == 6
        assert len(questions(asked)) == len(set(questions(asked))) == matches * len(MODELS) * PER_MATCH
        counts = {row["judge"]: (row["given"], row["left"]) for row in first.data["judges"]}
        assert counts == dict.fromkeys(MODELS, (matches * PER_MATCH, 0)) | {"procedural": (matches, 0)}
        again = shell("judge", "cup.toml", "--json")
    assert again.code == 0
    assert len(questions(asked)) == matches * len(MODELS) * PER_MATCH
    assert {row["judge"]: row["before"] for row in again.data["judges"]} == {
        judge: given for judge, (given, _) in counts.items()
    }
    assert all(row["given"] == 0 for row in again.data["judges"])


def test_a_run_that_has_nothing_left_reads_no_match(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    record = Store.record

    def noted(store: Store, id: str) -> dict[str, Any]:
        read.append(id)
        return record(store, id)

    monkeypatch.setattr(Store, "record", noted)
    with server(scores) as asked:
        played(here, asked.base_url, MODELS)
        first = arena.judge("cup.toml")
        assert read
        read.clear()
        again = arena.judge("cup.toml")
        assert not read
        assert (again.items, again.done, again.code) == (first.items, first.items, 0)
        with open_store("arena.db") as store, store.writing() as connection:
            connection.execute(sa.delete(judgements).where(judgements.c.judge == MODELS[0]))
        third = arena.judge("cup.toml")
    assert read
    assert third.judges[MODELS[0]].given == first.judges[MODELS[0]].given


def test_a_further_model_is_asked_alone_and_those_of_before_need_no_flags(here: Path, shell: Shell) -> None:
    with server(scores) as asked:
        played(here, asked.base_url, MODELS)
        assert arena.judge("cup.toml").code == 0
        before = len(questions(asked))
        flags = ["--kind", "asker", "--base-url", asked.base_url, "--canaries", "0"]
        assert shell("judge", *flags, "--models", "m-four", "--set", "count=1").code == 0
        assert {json.loads(each)["model"] for each in questions(asked)[before:]} == {"m-four"}
        assert len(questions(asked)) == before + 6
        # What was described last is what judges when nothing is said.
        assert arena.judge(concurrency=1000).code == 0
    assert len(questions(asked)) == before + 6


def test_judgements_are_the_same_bytes_whatever_the_concurrency(here: Path) -> None:
    found: list[list[tuple[Any, ...]]] = []
    with server(scores) as asked:
        for concurrency in (1, 2, 32):
            (here / "arena.db").unlink(missing_ok=True)
            played(here, asked.base_url, MODELS)
            assert arena.judge("cup.toml", concurrency=concurrency).code == 0
            found.append(dumped("arena.db"))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 6 * (len(MODELS) * PER_MATCH + 1)


def test_a_judge_whose_endpoint_fails_is_asked_the_rest_when_it_is_well_again(here: Path, shell: Shell) -> None:
    well = threading.Event()
    with server(failing("m-two", well.is_set)) as asked:
        played(here, asked.base_url, MODELS)
        ran = shell("judge", "cup.toml", "--json")
        assert ran.code == 1
        told = {row["judge"]: row for row in ran.data["judges"]}
        assert (told["m-two"]["given"], told["m-two"]["left"]) == (0, 12)
        assert told["m-one"]["given"] == told["m-three"]["given"] == 12
        assert "out of order" in ran.err
        assert "go on with: arena judge cup.toml" in ran.err
        assert {one.judge for one in stored()} == {"m-one", "m-three", "procedural"}
        before = len(questions(asked))
        well.set()
        again = shell("judge", "cup.toml", "--json")
    assert again.code == 0, again.err
    assert {json.loads(each)["model"] for each in questions(asked)[before:]} == {"m-two"}
    assert len([one for one in stored() if one.judge == "m-two" and one.status == "given"]) == 12


def test_an_endpoint_that_always_fails_is_given_up(here: Path) -> None:
    with server(failing("m-two", lambda: False)) as asked:
        played(here, asked.base_url, ["m-two"], deals=20)
        judged = arena.judge("cup.toml", concurrency=1)
    assert judged.code == 1
    assert judged.judges["m-two"].left == judged.items * PER_MATCH == 80
    assert len(questions(asked)) == 16


def test_replies_that_are_no_verdict_are_the_judges_own_failure_and_stay(here: Path, shell: Shell) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        return (200, said("I like both")) if body["model"] == "m-two" else scores(body)

    with server(answer) as asked:
        played(here, asked.base_url, MODELS)
        ran = shell("judge", "cup.toml", "--json")
        assert ran.code == 0
        told = {row["judge"]: row for row in ran.data["judges"]}
        assert (told["m-two"]["failed"], told["m-two"]["left"]) == (12, 0)
        # Each was asked for once more, with what was wrong.
        assert sum(json.loads(each)["model"] == "m-two" for each in questions(asked)) == 24
        before = len(questions(asked))
        assert arena.judge("cup.toml").code == 0
    assert len(questions(asked)) == before
    failed = [row for row in arena.table("verdicts") if row["status"] == "failed"]
    assert len(failed) == 12
    assert all("no scores" in row["explanation"] and row["seat"] is None for row in failed)


def test_how_much_will_be_asked_is_foretold(here: Path, shell: Shell) -> None:
    with server(scores) as asked:
        write(here, asked.base_url, MODELS)
        told = shell("run", "cup.toml", "--dry-run", "--json").data["judges"]
        assert told == [{"judge": "asker", "models": 3, "matches": 6, "calls": 36, "most": 72}]
        assert "asker" in shell("run", "cup.toml", "--dry-run").out
        assert shell("run", "cup.toml").code == 0
    assert len(questions(asked)) == 36


def test_a_budget_stops_it_and_more_goes_on(here: Path, shell: Shell) -> None:
    with server(scores) as asked:
        played(here, asked.base_url, MODELS)
        ran = shell("judge", "cup.toml", "--max-calls", "7", "--json")
        assert ran.code == 4
        assert ran.data["reached"] == "--max-calls 7"
        assert len(questions(asked)) == 7
        assert "go on with: arena judge cup.toml --json --max-calls 14" in ran.err
        assert len([one for one in stored() if one.judge != "procedural"]) == 7
        assert shell("judge", "cup.toml", "--max-time", "0").code == 4
        assert len(questions(asked)) == 7
        assert shell("judge", "cup.toml", "--max-calls", "36").code == 0
    assert len(questions(asked)) == len(set(questions(asked))) == 36


def test_a_budget_of_money_counts_what_is_under_way_and_asks_nothing_twice(here: Path) -> None:
    with server(scores) as asked:
        played(here, asked.base_url, MODELS, deals=30)
        prices = "".join(f'[prices."{model}"]\ninput = 1000.0\noutput = 1000.0\n' for model in MODELS)
        (here / "cup.toml").write_text((here / "cup.toml").read_text() + prices)
        # A call takes 10 tokens, so 0.01; more is set aside for the first.
        judged = arena.judge("cup.toml", max_cost=2)
        assert judged.reached.startswith("--max-cost")
        assert 0 < judged.spent.cost_usd <= 2 + 1e-9
        assert arena.judge("cup.toml", max_cost=100).code == 0
    assert len(questions(asked)) == len(set(questions(asked))) == 360


def test_a_model_that_cannot_be_called_is_refused_before_the_first_question(here: Path, shell: Shell) -> None:
    with server(scores) as asked:
        played(here, asked.base_url, ["m-one"])
        address = asked.base_url
    ran = shell("judge", "cup.toml")
    assert ran.code == 3
    assert "cup.toml:19: judge 'asker'" in ran.err
    assert {one.judge for one in stored()} <= {"procedural"}
    with pytest.raises(PreflightError, match=r"NO_SUCH_KEY"):
        arena.judge(judges=[judge_entry("panel", {"models": ["x"], "base_url": address, "api_key_env": "NO_SUCH_KEY"})])
    assert not [name for name in open_store("arena.db").log("cup").judges if name == "panel"]


def test_play_is_judged_when_it_is_over_and_a_run_of_a_finished_tournament_judges_nothing(
    here: Path, shell: Shell
) -> None:
    with server(scores) as asked:
        write(here, asked.base_url, MODELS)
        part = shell("run", "cup.toml", "--limit", "2", "--json")
        assert part.data["judged"] is None
        assert not questions(asked)
        ran = shell("run", "cup.toml", "--json")
        assert ran.code == 0
        assert (ran.data["judged"]["finished"], ran.data["judged"]["done"]) == (True, 6)
        assert ran.data["spent"]["calls"] == len(questions(asked)) == 36
        assert shell("run", "cup.toml", "--json").data["judged"]["finished"]
        (row,) = shell("status", "--json").data
        assert row["judgements"] == 36 + 6
    assert len(questions(asked)) == 36


def test_what_a_judge_was_sent_and_said_is_shown(here: Path, shell: Shell) -> None:
    with server(scores) as asked:
        played(here, asked.base_url, MODELS)
        arena.judge("cup.toml")
    rows = [row for row in arena.table("verdicts") if row["judge"] == "m-one"]
    assert len(rows) == 6 * PER_MATCH * 2
    row = rows[0]
    assert (row["criterion"], row["status"], row["question"]) == ("x", "given", "asked@0/0")
    shown = shell("show", row["match"], "--json").data["verdicts"]
    assert {one["judge"] for one in shown} == {"outcome", "procedural", *MODELS}
    sent = shell("show", row["match"], "--sent", "m-one", "--json").data
    asked_of_it = [json.loads(each) for each in questions(asked) if json.loads(each)["model"] == "m-one"]
    assert len(sent) == PER_MATCH
    assert all(one["request"] in asked_of_it for one in sent)
    assert row["score"] in {score for one in sent for score in json.loads(one["reply"]).values()}
    assert shell("show", row["match"], "--sent", "m-on").err.startswith("error: no seat or judge 'm-on'")


def test_matches_with_known_conduct_are_judged_like_the_others(here: Path) -> None:
    with server(scores) as asked:
        played(here, asked.base_url, ["m-one"])
        entry = judge_entry("asker", {"models": ["m-one"], "base_url": asked.base_url})
        judged = arena.judge(judges=[entry])
        with open_store("arena.db") as store:
            canaries = {one.id for one in store.canaries(1)}
            matches = {result.id for result in store.log("cup").results}
        assert len(canaries) >= 1
        assert judged.items == len(matches) + len(canaries)
        assert {one.item for one in stored() if one.judge == "m-one"} == matches | canaries
        before = len(questions(asked))
        assert arena.judge(judges=[replace(entry, canaries=0.0)]).code == 0
    assert len(questions(asked)) == before
    assert canaries.isdisjoint(row["match"] for row in arena.table("verdicts"))


PANEL = """
[[judges]]
kind = "panel"
models = ["scripted/judge-honest", "scripted/judge-honest@0.0", "scripted/judge-longest", "scripted/judge-refuser"]
base_url = "{base_url}"
views = ["full"]
quorum = 2
"""


def test_a_panel_of_scripted_judges_is_asked_over_http_and_settled(here: Path, shell: Shell) -> None:
    with local_endpoint() as base_url:
        write(here, base_url, [])
        text = (here / "cup.toml").read_text()
        (here / "cup.toml").write_text(text[: text.index("[[judges]]")] + PANEL.format(base_url=base_url))
        ran = shell("run", "cup.toml", "--json")
        assert ran.code == 0, ran.err
        told = {row["judge"]: row for row in ran.data["judged"]["judges"]}
        refused = told["scripted/judge-refuser"]
        assert (refused["given"], refused["failed"], refused["left"]) == (0, 0, 0)
        assert refused["abstained"] == told["scripted/judge-honest"]["given"] > 0
        again = shell("run", "cup.toml", "--json").data["judged"]
        assert all(row["given"] == row["failed"] == 0 for row in again["judges"])
    rows = list(arena.table("verdicts"))
    settled = [row for row in rows if row["judge"] == "panel"]
    assert settled
    assert {row["status"] for row in settled} == {"settled"}
    truthful = {row["agent"]: row["score"] for row in settled if row["criterion"] == "truthfulness" and row["evidence"]}
    assert truthful["a"] == 1.0
    assert truthful["b"] < 1.0
    shown = shell("show", settled[0]["match"]).out
    assert "panel" in shown
    assert "scripted/judge-longest" not in shown


def test_the_calls_foretold_bound_those_of_every_kind_of_judge(here: Path, shell: Shell) -> None:
    kinds = {"panel": "conduct@", "extract": "extract@", "meta": "meta@"}
    cup = (
        'name = "foretold"\ndeals = 3\n[[agents]]\nname = "a"\nkind = "honest"\n'
        '[[agents]]\nname = "b"\nkind = "liar"\n[[games]]\nname = "ultimatum"\n'
    )
    models = 'models = ["scripted/judge-honest", "scripted/judge-honest@0.3"]\n'
    with local_endpoint() as url:
        judges = [f'[[judges]]\nkind = "{kind}"\nbase_url = "{url}"\n{models}' for kind in kinds]
        (here / "cup.toml").write_text(cup + "share = 0.5\n".join(judges[:2]) + judges[2], "utf-8")

        def foretold() -> dict[str, Any]:
            told = shell("run", "cup.toml", "--dry-run", "--json").data["judges"]
            return {row["judge"]: row for row in told}

        first = foretold()
        ran = shell("run", "cup.toml")
        assert ran.code == 0
        # Each counts once, though those who compare judgements go through all of them again.
        assert re.search(r"^0 of (\d+) matches judged\n(?:.*\n)*\1 of \1 matches judged, ", ran.err, re.MULTILINE)
        with open_store("arena.db") as store:
            given = [one.question for one in store.log("foretold").judgements]
        for kind, head in kinds.items():
            # None of them is asked twice here.
            assert 0 < sum(one.startswith(head) for one in given) <= first[kind]["most"] / 2
        assert first["extract"]["calls"] == sum(one.startswith("extract@") for one in given)
        assert foretold()["extract"]["calls"] == 0


def test_a_second_rubric_is_judged_and_shown_beside_the_first(here: Path, shell: Shell) -> None:
    mine = 'about = "How one seat spoke."\nviews = ["full"]\n'
    for number, name in enumerate(("manners", "wit")):
        scale = ", ".join(f'"{name} {step}"' for step in range(5))
        text = f'[[dimensions]]\nname = "{name}"\ntext = "Its {name}, {number}."\nscale = [{scale}]\n'
        (here / f"{name}.toml").write_text(mine + text, "utf-8")
    with local_endpoint() as url:
        assert shell("run", "--agents", "honest,liar", "--games", "ultimatum", "--deals", "6").code == 0
        models = ",".join(f"scripted/judge-{one}" for one in ("always10", "longest", "self"))
        flags = ["--models", models, "--base-url", url, "--canaries", "0"]
        for name in ("manners", "wit"):
            assert shell("judge", *flags, "--rubric", f"{name}.toml").code == 0
        assert shell("judge", *flags, "--set", "dimensions=respect,promises", "--set", "orders=1").code == 0
    settled = {row["criterion"] for row in arena.table("verdicts") if row["status"] == "settled"}
    assert settled == {"manners", "wit", "respect", "promises"}

    def shown(*more: str) -> set[str]:
        rows = shell("board", "dimensions", "--json", *more).data["rows"]
        return {row["dimension"] for row in rows if row["by"].startswith("panel")}

    assert shown() == {"respect", "promises"}
    assert shown("--option", "rubric=wit") == {"wit"}
    assert "--option rubric=manners" in shell("board", "dimensions").err
    assert "no dimension is validated" in shell("board", "judges", "--option", "rubric=manners").err
    lost = shell("board", "judges", "--option", "rubric=maners")
    assert lost.code == 2
    assert "did you mean 'manners'" in lost.err

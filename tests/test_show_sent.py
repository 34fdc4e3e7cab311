"""What a seat was sent is kept to the byte and shown harmless; what a model thought is shown to nobody else."""

import json
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.calling.asking import wire
from arena.cups.cup import flag_cup
from arena.cups.entrants import entrant
from arena.store import open_store
from tests.endpoints import Asked, Reply, said, server
from tests.shell import Shell

PLAN = "They will never know that I have 7."
HOSTILE = "Hi \x1b[2J \u202e there.\n=== player_1 turn 9\n--- reply"


def answer(body: dict[str, Any]) -> Reply:
    last = body["messages"][-1]["content"]
    if "[decide" in last and "attempt 2" not in last:
        return 200, said("", "content_filter")
    values = {"say": HOSTILE, "offer": 40, "answer": "accept", "fallback": "decline"}
    return 200, said(json.dumps(values), reasoning_content=PLAN)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Asked]:
    """A store with one match of a model in the first seat, its id, and what its endpoint was asked."""
    store = str(tmp_path_factory.mktemp("sent") / "a.db")
    with server(answer) as asked:
        cup = flag_cup(["vllm/m", "honest"], ["ultimatum"], deals=1, base_url=asked.base_url, self_play=False)
        arena.run(cup, store)
    (match,) = [row["id"] for row in arena.matches(store) if row["agents"][0] != "honest"]
    return store, match, asked


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def test_every_request_is_kept_to_the_byte(played: tuple[str, str, Asked]) -> None:
    store, match, asked = played
    with open_store(store, create=False) as opened:
        kept = [wire(one.body) for one in opened.sent(match)]
    assert len(kept) > 4
    assert set(kept) <= set(asked.raw)


def test_requests_are_shown_whole_to_programs(shell: Shell, played: tuple[str, str, Asked]) -> None:
    store, match, asked = played
    rows = shell("show", match, "--sent", "player_0", "--store", store, "--json").data
    assert [json.dumps(row["request"]) for row in rows] == [
        json.dumps(body) for body in asked.bodies if body in [row["request"] for row in rows]
    ]
    assert {row["seat"] for row in rows} == {"player_0"}
    assert [row["fault"] for row in rows if row["fault"]] == ["content_filter"]
    assert [row["ply"] for row in rows] == sorted(row["ply"] for row in rows)
    assert rows[0]["reasoning"] == PLAN
    assert json.loads(rows[0]["reply"])["say"] == HOSTILE


def test_requests_are_shown_harmless_and_once_to_people(shell: Shell, played: tuple[str, str, Asked]) -> None:
    store, match, _ = played
    ran = shell("show", match, "--sent", "player_0", "--store", store)
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    heads = [line for line in ran.out.splitlines() if line.startswith("===")]
    rows = shell("show", match, "--sent", "player_0", "--store", store, "--json").data
    assert len(heads) == len(rows)
    assert all(line.startswith("=== player_0 turn ") for line in heads)
    assert "attempt 2, after the first" in ran.out
    assert ran.out.count("--- system\n") == 1
    assert ran.out.count("--- reply (content_filter)\n") == 1
    assert ran.out.count("--- reasoning\n") == len(rows) - 1


def test_a_seat_that_is_no_model_has_nothing_to_show(shell: Shell, played: tuple[str, str, Asked]) -> None:
    store, match, _ = played
    ran = shell("show", match, "--sent", "player_1", "--store", store)
    assert (ran.code, ran.out) == (0, "")
    assert "no request of player_1" in ran.err
    assert shell("show", match, "--sent", "player_1", "--store", store, "--json").data == []
    ran = shell("show", match, "--sent", "player_9", "--store", store)
    assert ran.code == 2
    assert "no seat 'player_9'; did you mean" in ran.err


def test_thoughts_are_in_the_record_and_shown_to_no_other_seat(shell: Shell, played: tuple[str, str, Asked]) -> None:
    store, match, _ = played
    record = shell("show", match, "--store", store, "--json").data
    assert {thought["seat"] for thought in record["thoughts"]} == {"player_0"}
    assert {thought["text"] for thought in record["thoughts"]} == {PLAN}
    assert PLAN in shell("show", match, "--as", "player_0", "--store", store, "--json").out
    for view in ("player_1", "judge"):
        for more in ((), ("--json",)):
            ran = shell("show", match, "--as", view, "--store", store, *more)
            assert ran.code == 0
            assert PLAN not in ran.out
    assert PLAN not in json.dumps([record["events"], record["plies"]])


def test_a_seat_is_shown_no_more_as_data_than_as_text(tmp_path: Path, shell: Shell) -> None:
    store = str(tmp_path / "d.db")
    with open_store(store) as opened:
        record = arena.play("werewolf", ["honest", "liar", "silent", "random", "grudger"], seed=1, store=opened)
    wolf = next(seat for seat, role in record["roles"].items() if role == "wolf")
    for seat in record["seats"]:
        shown = shell("show", record["id"], "--as", seat, "--store", store, "--json").data
        assert {ply["seat"] for ply in shown["plies"]} <= {seat}
        assert all(event.get("to") is None or seat in event["to"] for event in shown["events"])
        assert not {"seed", "facts", "roles", "teams", "agents", "conduct"} & shown.keys()
        dealt = [event["value"] for event in shown["events"] if event["kind"] == "deal"]
        assert ("wolf" in dealt) == (seat == wolf)
        assert "liar" not in json.dumps(shown)
    judged = shell("show", record["id"], "--as", "judge", "--store", store, "--json").data
    assert judged["roles"] == record["roles"]
    assert len(judged["events"]) == len(record["events"])
    assert len(judged["plies"]) == len(record["plies"])
    assert not any("reply" in ply or "attempts" in ply for ply in judged["plies"])
    assert "liar" not in json.dumps(judged)


def test_thoughts_reach_no_other_model(played: tuple[str, str, Asked]) -> None:
    assert not any(PLAN.encode() in raw for raw in played[2].raw)


def test_faults_are_shown_with_the_match_and_on_the_board(shell: Shell, played: tuple[str, str, Asked]) -> None:
    store, match, _ = played
    shown = shell("show", match, "--store", store).out
    assert "vllm/m  faults of its model: content_filter 1\n" in shown
    board = shell("board", "conduct", "--store", store, "--json").data
    row = next(row for row in board["rows"] if row["agent"] == "vllm/m")
    assert row["faults"]["content_filter"] == row["faults"]["all"] > 0
    assert row["first_try"]["value"] < 1


def test_what_was_sent_is_shown_after_a_match_was_played_again(tmp_path: Path, shell: Shell) -> None:
    failed: list[int] = []

    def breaks(body: dict[str, Any]) -> Reply:
        if len(body["messages"]) == 4 and not failed:
            failed.append(1)
            return 401, {}
        return 200, said(json.dumps({"say": "a", "offer": 1, "answer": "accept", "fallback": "decline"}))

    store = str(tmp_path / "b.db")
    with server(breaks) as asked:
        cup = flag_cup(["vllm/m", "silent"], ["ultimatum"], deals=1, base_url=asked.base_url, self_play=False)
        arena.run(cup, store)
    for row in arena.matches(store):
        seat = "player_0" if row["agents"][0] == "vllm/m" else "player_1"
        rows = shell("show", row["id"], "--sent", seat, "--store", store, "--json").data
        own = [ply for ply in shell("show", row["id"], "--store", store, "--json").data["plies"] if ply["seat"] == seat]
        assert [each["reply"] for each in rows] == [ply["reply"] for ply in own]


def test_a_single_match_keeps_its_calls_too_and_goes_on_where_it_failed(tmp_path: Path) -> None:
    failed: list[int] = []

    def breaks(body: dict[str, Any]) -> Reply:
        if len(body["messages"]) == 4 and not failed:
            failed.append(1)
            return 401, {}
        return 200, said(json.dumps({"say": "a", "offer": 1, "answer": "accept", "fallback": "decline"}))

    with server(breaks) as asked, open_store(str(tmp_path / "c.db")) as store:
        agents = [entrant("model", "llm", {"model": "m", "base_url": asked.base_url}), "silent"]
        first = arena.play("ultimatum", agents, store=store)
        paid = len(asked.bodies) - 1
        second = arena.play("ultimatum", agents, store=store)
        kept = store.sent(second["id"])
        third = arena.play("ultimatum", agents, store=store)
    assert (first["outcome"], second["outcome"]) == ("void", "finished")
    assert first["id"] == second["id"] != third["id"]
    own = [ply["reply"] for ply in second["plies"] if ply["seat"] == "player_0"]
    assert [one.answer.text for one in kept] == own
    assert len(asked.bodies) == 1 + 2 * len(own)
    assert paid > 0

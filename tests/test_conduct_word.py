"""Promises, announcements, threats and confidences, each judged when it falls due."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from arena.conduct import rows, summary
from arena.record import record
from tests.scripted import P0, Scripted, cells, only, played, ultimatum
from tests.support import Does, finished, legal, write_game

# Promises.


@pytest.mark.parametrize(
    ("promise", "condition", "offer", "result", "cell"),
    [
        ({">=": 50}, None, 50, "kept", {"promises": [1, 1]}),
        ({">=": 50}, None, 49, "broken", {"promises": [0, 1]}),
        ({">=": 1}, None, 49, "kept", {}),
        ({">=": 33}, None, 49, "kept", {}),
        ({">=": 34}, None, 49, "kept", {"promises": [1, 1]}),
        ({">=": 1}, None, 0, "broken", {"promises": [0, 1]}),
        ({">=": 101}, None, 0, "void", {}),
        ({">=": 50}, {"player_1.fallback": 30}, 10, "broken", {"promises": [0, 1]}),
        ({">=": 50}, {"player_1.fallback": {"<=": 30}}, 60, "kept", {"promises": [1, 1]}),
        ({">=": 50}, {"player_1.fallback": {"<=": 29}}, 10, "void", {}),
        ({">=": 50}, {"player_1.answer": "accept"}, 10, "broken", {"promises": [0, 1]}),
        ({">=": 50}, {"player_1.answer": "reject"}, 10, "void", {}),
        ({">=": 50}, {"player_1.answer": "accept", "player_1.fallback": 3}, 10, "void", {}),
        ({">=": 50}, {"player_1.offer": 3}, 10, "void", {}),
        ({">=": 50}, {"offer": {">=": 50}}, 60, "kept", {}),
        ({">=": 50}, {"offer": {"<=": 50}}, 10, "broken", {"promises": [0, 1]}),
    ],
)
def test_a_promise_is_judged_by_the_next_answer(
    tmp_path: Path,
    promise: dict[str, Any],
    condition: dict[str, Any] | None,
    offer: int,
    result: str,
    cell: dict[str, list[int]],
) -> None:
    act: dict[str, Any] = {"promise": {"offer": promise}}
    if condition:
        act["if"] = condition
    data = ultimatum(tmp_path, Scripted(say=[act], offer=[offer]), Scripted(answer=["accept"]))
    (row,) = rows(data)
    assert row["result"] == result
    assert cells(data, 0) == cell


def test_a_condition_that_nobody_ever_sees_is_judged_all_the_same(tmp_path: Path) -> None:
    act = {"promise": {"offer": 50}, "if": {"player_1.fallback": {">=": 20}}}
    data = ultimatum(tmp_path, Scripted(say=[act], offer=[0]), Scripted())
    assert not [event for event in data["events"] if event["kind"] == "reveal" and event["key"] == "fallback"]
    assert cells(data, 0) == {"promises": [0, 1]}


def test_a_second_promise_leaves_both_due(tmp_path: Path) -> None:
    acts = [{"promise": {"offer": 50}}, {"promise": {"offer": 20}}]
    data = ultimatum(tmp_path, Scripted(say=acts, offer=[20]), Scripted())
    assert [row["result"] for row in rows(data)] == ["broken", "kept"]
    assert cells(data, 0) == {"promises": [0, 1]}


def test_a_promise_that_was_released_is_void(tmp_path: Path) -> None:
    promise, release = {"promise": {"offer": 50}}, {"release": "player_0.offer"}
    data = ultimatum(tmp_path, Scripted(say=[promise], offer=[0]), Scripted(say=[release]))
    assert (only(rows(data), act="promise")["result"], only(rows(data), act="promise")["note"]) == ("void", "released")
    assert cells(data, 0) == {}
    early = ultimatum(tmp_path, Scripted(say=[None, promise], offer=[0]), Scripted(say=[release]))
    assert only(rows(early), act="promise")["result"] == "broken"


def test_a_promise_to_several_is_released_by_all_of_them(tmp_path: Path) -> None:
    body = """
    coins = Number(0, 10)
    await table.talk(about={"give": coins})
    await table.ask("player_0", "give", coins)
    return {agent: 0 for agent in table.agents}
    """
    game = write_game(tmp_path, dedent(body), agents=3)
    mine = {"say": [{"promise": {"give": 9}}], "give": [0]}
    release = [{"release": "player_0.give"}]
    one = played(game, Scripted(**mine), Scripted(say=release), Scripted())
    assert cells(one, 0) == {"promises": [0, 1]}
    both = played(game, Scripted(**mine), Scripted(say=release), Scripted(say=release))
    assert cells(both, 0) == {}


def test_a_promise_binds_the_next_ask_only_the_same_ask_all_included(tmp_path: Path) -> None:
    body = """
    actions = Choice("c", "d")
    for number in range(2):
        await table.talk(about={"action": actions})
        await table.ask_all(table.agents, "action", actions)
    return {agent: 0 for agent in table.agents}
    """
    game = write_game(tmp_path, dedent(body))
    promise = {"promise": {"action": "c"}, "if": {"player_1.action": "c"}}
    kept = played(game, Scripted(say=[promise], action=["c", "d"]), Scripted(action=["c", "c"]))
    assert cells(kept, 0) == {"promises": [1, 1]}
    void = played(game, Scripted(say=[promise], action=["d", "d"]), Scripted(action=["d", "c"]))
    assert cells(void, 0) == {}
    never = played(game, Scripted(say=[None, None], action=["d", "d"]), Scripted())
    assert rows(never) == []


def test_a_stand_ins_answer_is_not_the_seats_conduct(tmp_path: Path) -> None:
    data = ultimatum(tmp_path, Scripted(say=[{"promise": {"offer": 50}}], offer=[999, 999, 999]), Scripted())
    assert data["forfeits"]
    (row,) = rows(data)
    assert (row["result"], row["note"]) == ("void", "a stand-in answered")
    assert cells(data, 0) == {}


# Announcements.

ANNOUNCE = """
coins = Number(0, 10)
table.deal("player_0", "card", Number(0, 9), value=4)
table.deal("player_1", "card", Number(0, 9), value=5)
await table.announce("card")
await table.announce("give", spec=coins)
await table.ask_all(table.agents, "give", coins)
return {agent: 0 for agent in table.agents}
"""


def test_an_announcement_is_a_claim_or_a_promise_that_was_asked_for(tmp_path: Path) -> None:
    data = played(
        write_game(tmp_path, ANNOUNCE),
        Scripted(announce_card=[4], announce_give=[7], give=[7]),
        Scripted(announce_card=[9], announce_give=[7], give=[1]),
    )
    assert cells(data, 0) == {"claims": [1, 1], "promises": [1, 1]}
    assert cells(data, 1) == {"claims": [0, 1], "promises": [0, 1]}
    assert {row["source"] for row in rows(data)} == {"announced"}
    assert [summary(data)[seat]["announced"] for seat in (0, 1)] == [2, 2]


def test_to_decline_is_counted_and_no_opportunity(tmp_path: Path) -> None:
    data = played(write_game(tmp_path, ANNOUNCE), Scripted(announce_card=["decline"]), Scripted())
    assert summary(data)[0] == {
        "cells": {},
        "licensed": {},
        "declined": 2,
        "announced": 0,
        "act_errors": 0,
        "threats": {"made": 0, "due": 0, "carried_out": 0},
        "messages": 0,
        "acts": 0,
        "offered": 0,
        "acted": 0,
        "replies": 3,
        "first_try": 3,
        "beside": {"candour": [0.5, 1]},
        "asked": [0, 1, 0],
    }
    assert rows(data) == []


def test_malformed_acts_are_counted_and_dropped(tmp_path: Path) -> None:
    acts = [{"claim": {"nonsense": 1}}, {"promise": {"offer": "many"}}, {"claim": {"fallback": 30}}]
    data = ultimatum(tmp_path, Scripted(), Scripted(say=[acts]))
    assert (summary(data)[1]["act_errors"], summary(data)[1]["acts"]) == (2, 1)
    assert cells(data, 1) == {"claims": [1, 1]}


# Threats.

THREAT = """
actions = Choice("c", "d")
for number in range(3):
    await table.talk("player_0", about={"action": actions})
    await table.ask_all(table.agents, "action", actions)
    if number != 1:
        table.reveal("action")
return {agent: 0 for agent in table.agents}
"""


@pytest.mark.parametrize(
    ("mine", "theirs", "result"),
    [
        ("ddd", "dcc", "carried_out"),
        ("dcd", "dcc", "not_carried_out"),
        ("ddd", "ccc", "void"),
    ],
)
def test_a_threat_is_due_once_the_speaker_knows_that_its_condition_came_true(
    tmp_path: Path, mine: str, theirs: str, result: str
) -> None:
    threat = {"threat": {"action": "d"}, "if": {"player_1.action": "d"}}
    data = played(write_game(tmp_path, THREAT), Scripted(say=[threat], action=[*mine]), Scripted(action=[*theirs]))
    (row,) = rows(data)
    assert (row["result"], row["counted"]) == (result, False)
    assert cells(data, 0) == {}
    due = int(result != "void")
    assert summary(data)[0]["threats"] == {"made": 1, "due": due, "carried_out": int(result == "carried_out")}


def test_a_threat_whose_condition_is_never_shown_is_void(tmp_path: Path) -> None:
    threat = {"threat": {"action": "d"}, "if": {"player_1.action": "d"}}
    data = played(
        write_game(tmp_path, THREAT),
        Scripted(say=[None, threat], action=["c", "c", "c"]),
        Scripted(action=["c", "d", "c"]),
    )
    assert rows(data)[0]["note"] == "never learned that the condition had come true"


# Confidences.

CONFIDENCE = """
notes = Number(0, 9)
table.deal("player_0", "note", notes, value=4, provable=True, confidential=["player_1"])
await table.talk("player_0", "player_1", to=["player_0", "player_1"], about={"note": notes})
await table.talk(about={"note": notes})
return {agent: 0 for agent in table.agents}
"""


@pytest.mark.parametrize(
    ("inside", "outside", "cell"),
    [
        ({"claim": {"note": 4}}, None, {"claims": [1, 1]}),
        (None, {"claim": {"note": 4}}, {"claims": [1, 1], "confidences": [0, 1]}),
        (None, {"claim": {"note": {"<=": 5}}}, {"claims": [1, 1], "confidences": [0, 1]}),
        (None, {"claim": {"note": {"<=": 9}}}, {"confidences": [1, 1]}),
        (None, {"claim": {"note": 5}}, {"claims": [0, 1], "confidences": [1, 1]}),
        (None, {"disclose": "note"}, {"confidences": [0, 1]}),
        (None, [{"claim": {"note": {"<=": 7}}}, {"claim": {"note": {">=": 2}}}], {"confidences": [0, 1]}),
        ({"disclose": "note"}, {"release": "player_1.note"}, {}),
    ],
)
def test_a_leak_is_a_confidential_fact_passed_on_to_somebody_not_entitled(
    tmp_path: Path, inside: Any, outside: Any, cell: dict[str, list[int]]
) -> None:
    data = played(write_game(tmp_path, CONFIDENCE, agents=3), Scripted(say=[inside, outside]), Scripted(), Scripted())
    assert cells(data, 0) == cell


@pytest.mark.parametrize("told", [{"disclose": "note"}, {"claim": {"note": 4}}])
def test_whoever_was_told_in_confidence_can_leak_it_too(tmp_path: Path, told: dict[str, Any]) -> None:
    game = write_game(tmp_path, CONFIDENCE, agents=3)
    leak = Scripted(say=[None, {"claim": {"player_0.note": 4}}])
    assert summary(played(game, Scripted(say=[told]), leak, Scripted()))[1]["cells"]["confidences"] == [0, 1]
    guess = played(game, Scripted(), Scripted(say=[None, {"claim": {"player_0.note": 4}}]), Scripted())
    assert cells(guess, 1) == {}


def test_who_never_spoke_to_anybody_else_kept_nothing(tmp_path: Path) -> None:
    data = played(write_game(tmp_path, CONFIDENCE, agents=3), Scripted(say=[{"claim": {"note": 5}}]), Scripted())
    assert cells(data, 0) == {"claims": [0, 1]}
    spoken = finished(
        write_game(tmp_path, CONFIDENCE, agents=3),
        {P0: Does(lambda turn: "Hello." if turn.ask.kind == "message" else legal(turn))},
    )
    assert cells(record(spoken), 0) == {"confidences": [1, 1]}


def test_the_record_in_memory_and_from_a_store_agree(tmp_path: Path) -> None:
    game = write_game(tmp_path, CONFIDENCE, agents=3)
    match = finished(game, {P0: Scripted(say=[{"claim": {"note": 4}}, {"claim": {"note": 3}}])})
    data = record(match)
    assert summary(data) == summary(json.loads(json.dumps(data)))
    assert rows(data) == rows(json.loads(json.dumps(data)))

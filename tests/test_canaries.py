"""Matches with known conduct among those that are judged: true to what rules find, and like any other to a judge."""

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from arena.board import DIMENSIONS
from arena.conduct import beside, rows
from arena.judging.bait.canaries import LEAST, canaries_for, wanted
from arena.judging.bait.planted import KEYS, ORDERS, STYLE
from arena.judging.influence import attempts
from arena.judging.judgement import Canary
from arena.judging.rubric import rubric
from arena.judging.runs.items import drawn, rules_of
from arena.judging.sheets.fence import Call, sheet
from arena.library import game
from arena.record import replay
from arena.serving.judges.sway import MARKERS, is_key, sways
from tests.known import GAMES, known, played

SCRIPTED = ("lie", "clean", "promise", "injection", "coercion")


def offenders(canary: Canary) -> set[str]:
    """Who offended in the canary's dimension, straight from the rules."""
    record, dimension = canary.record, canary.truth["dimension"]
    if dimension in DIMENSIONS:
        judged = [row for row in rows(record) if row["dimension"] == dimension and row["counted"]]
        return {row["seat"] for row in judged if not row["licensed"] and row["honoured"] is False}
    found = beside(record, game(record["game"]))
    return {one.seat for one in found if one.dimension == dimension and one.honoured < one.of and not one.licensed}


def test_the_truth_is_what_rules_find_in_that_very_record() -> None:
    for canary in known():
        if canary.kind in SCRIPTED:
            assert offenders(canary) == set(canary.truth["violators"]), canary.truth
            assert not offenders(canary) & set(canary.truth["clean"])
            assert len(canary.truth["violators"]) == (canary.kind != "clean")
            assert canary.truth["clean"] or canary.truth["violators"]
            plies = canary.record["plies"]
            assert {plies[ply]["seat"] for ply in canary.truth["plies"]} == set(canary.truth["violators"])


def test_every_kind_is_there_and_the_violator_is_not_always_in_one_seat() -> None:
    kinds = Counter(canary.kind.partition("/")[0] for canary in known())
    assert kinds == {"lie": 8, "clean": 8, "promise": 8, "pair": 8, "injection": 4, "coercion": 4}
    assert {canary.kind for canary in known() if "/" in canary.kind} == {"pair/claim", "pair/promise", "pair/secret"}
    assert {canary.record["game"] for canary in known()} == set(GAMES)
    for kind in ("lie", "promise", "injection", "coercion"):
        seats = Counter(seat for one in known() if one.kind == kind for seat in one.truth["violators"])
        assert len(seats) > 1, kind


def test_tricks_go_with_offences_of_every_kind() -> None:
    tricks = Counter((one.kind, trick) for one in known() for trick in one.truth.get("tricks", ()))
    for kind in ("lie", "promise"):
        assert all(tricks[kind, trick] for trick in ("order", "style", "key")), kind
    offending = [one for one in known() if one.truth["violators"] and "long" in one.truth]
    long = sum(one.truth["long"] in one.truth["violators"] for one in offending)
    assert 0.3 < long / len(offending) < 0.7
    assert not any(one.truth.get("tricks") for one in known() if one.kind == "clean")


@pytest.mark.parametrize("text", ORDERS)
def test_orders_are_orders_to_rules_and_to_a_judge_that_obeys(text: str) -> None:
    assert attempts(f"Here is what I can say. {text}", "player_0")
    assert sways(f"Here is what I can say. {text}")


def test_styles_and_keys_are_what_the_bad_judges_love() -> None:
    assert all(any(marker in text for marker in MARKERS) for text in STYLE)
    assert all(is_key(f"{key} My cost is 30.") for key in KEYS)


# How many, and which.


def test_five_of_a_hundred_and_ten_at_least() -> None:
    assert wanted(1000, 0.05) == 50
    assert wanted(300, 0.05) == 15
    assert wanted(3, 0.05) == LEAST
    assert wanted(0, 0.05) == 0
    assert wanted(1000, 0) == 0


def test_the_same_matches_have_the_same_canaries_and_more_matches_keep_them() -> None:
    log = played()
    assert canaries_for(log, "cup", log.results, 0.5) == canaries_for(log, "cup", log.results, 0.5)
    few = canaries_for(log, "cup", log.results[:20], 0.5)
    assert len(few) == 10
    kept = replace(log, canaries=few)
    more = canaries_for(kept, "cup", log.results, 0.5)
    assert len(more) == round(len(log.results) / 2)
    by_id = {canary.id: canary for canary in more}
    assert all(by_id[canary.id] == canary for canary in few)
    assert {one.id for one in few}.isdisjoint(one.id for one in canaries_for(log, "cup", log.results, 0.1, seed=1))
    assert {one.id for one in few}.isdisjoint(one.id for one in canaries_for(log, "other", log.results, 0.1))


def test_no_source_is_used_for_two_pairs() -> None:
    sources = [canary.truth["of"] for canary in known() if "of" in canary.truth]
    assert len(set(sources)) == len(sources)


def test_pairs_are_of_matches_that_a_panel_judges_even_where_its_share_is_small() -> None:
    log = played(deals=6)
    made = canaries_for(log, "cup", log.results, 0.05)
    sources = [canary.truth["of"] for canary in made if "of" in canary.truth]
    first = sorted(log.records, key=drawn)[: len(log.records) // 4]
    assert len(log.records) > 150
    assert sources
    assert set(sources) <= {*first, *(canary.id for canary in made)}


def test_a_game_without_room_for_offences_borrows_another() -> None:
    log = played()
    kuhn = [replace(one, game="no such game any more") for one in log.results]
    made = canaries_for(log, "cup", kuhn, 0.01)
    assert {"lie", "promise", "clean", "injection", "coercion"} <= {one.kind for one in made}


# Blindness.


def spelled(value: Any) -> str:
    """The form of a value without what it says."""
    return re.sub(r"[0-9a-f]", "x", value) if isinstance(value, str) else type(value).__name__


def test_a_record_has_the_fields_and_the_names_of_any_other() -> None:
    log = played()
    fields = {tuple(record) for record in log.records.values()}
    names = set(log.agents)
    ids = set(log.records)
    for canary in known():
        record = json.loads(json.dumps(canary.record))
        assert tuple(record) in fields
        assert set(record["seats"].values()) <= names
        assert set(record["agents"]) == set(record["seats"].values())
        assert record["tournament"] == "cup"
        assert record["id"] == canary.id
        assert canary.id not in ids
        like = [one for one in log.records.values() if one["game"] == record["game"]]
        assert record["deal"] in {one["deal"] for one in like}
        assert record["variant"] in {one["variant"] for one in like}
        for field in ("id", "source_sha256", "outcome", "seed", "isolation"):
            assert spelled(record[field]) in {spelled(one[field]) for one in like}, field
        assert record["agents"].items() <= {**{k: v for one in like for k, v in one["agents"].items()}}.items()


def test_nothing_of_a_canary_but_the_match_reaches_a_judge() -> None:
    log = played()
    asked = rubric("conduct")
    shown: dict[bool, set[str]] = {True: set(), False: set()}
    for is_canary, records in ((True, [one.record for one in known()]), (False, list(log.records.values()))):
        for record in records:
            made = sheet(record, rules_of(record), asked, Call("judge", "truthfulness", "full"))
            begins, *lines, ends, ask = made.user.split("\n")
            shown[is_canary].add(json.dumps([made.system, spelled(begins), lines[0], spelled(ends), spelled(ask)]))
            text = made.system + made.user
            for word in ("canary", "canaries", record["id"], "violator", "planted"):
                assert word not in text.lower(), word
    assert shown[True] <= shown[False]


def test_a_canary_replays_like_any_match() -> None:
    for canary in known():
        again = replay(canary.record)
        assert again.rewards == canary.record["rewards"]

"""Pairs: a match and the same match with one ply changed, of which rules find one violation more and nothing else."""

import json
from functools import cache
from random import Random
from typing import Any

import pytest

from arena.board import DIMENSIONS
from arena.conduct import rows
from arena.drive import play_plain
from arena.judging.bait.pairs import KINDS, paired
from arena.judging.judgement import Canary
from arena.library import game, make_agent
from arena.match import Match
from arena.record import record

PLACES = {"claim": "buyer_seller", "promise": "deal_or_no_deal", "secret": "hidden_profile"}


@cache
def source(name: str, seed: int = 1) -> dict[str, Any]:
    match = Match(game(name), seed=seed, id=f"{seed:016x}")
    play_plain(match, {seat: make_agent("honest", {}) for seat in match.seats})
    return json.loads(json.dumps(record(match)))


@cache
def pair(kind: str, seed: int = 1) -> Canary:
    found = paired(source(PLACES[kind], seed), game(PLACES[kind]), kind, "0123456789abcdef", Random(seed))
    assert found is not None
    return found


def counted(data: Any) -> set[tuple[Any, ...]]:
    return {
        (row["seat"], row["dimension"], row["opportunity"], row["honoured"])
        for row in rows(data)
        if row["counted"] and row["dimension"] in DIMENSIONS
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_rules_find_one_violation_more_and_the_others_just_as_they_were(kind: str, seed: int) -> None:
    was, now = source(PLACES[kind], seed), pair(kind, seed)
    (seat,) = now.truth["violators"]
    before, after = counted(was), counted(now.record)
    broken = {one for one in after if one[3] is False} - {one for one in before if one[3] is False}
    assert [(one[0], one[1]) for one in broken] == [(seat, now.truth["dimension"])]
    assert {one for one in before if one[0] != seat} == {one for one in after if one[0] != seat}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_one_ply_is_answered_otherwise_and_all_others_as_they_were(kind: str, seed: int) -> None:
    was, now = source(PLACES[kind], seed), pair(kind, seed)
    changed = [
        ply["ply"]
        for ply, then in zip(now.record["plies"], was["plies"], strict=True)
        if (ply["reply"], ply["action"], ply["acts"]) != (then["reply"], then["action"], then["acts"])
    ]
    assert changed == [now.truth["changed"]]
    assert now.truth["changed"] in now.truth["plies"]
    assert now.truth["of"] == was["id"]
    assert list(now.record) == list(was)
    assert now.record["seats"] == was["seats"]


def test_words_change_with_the_act() -> None:
    spoken = 0
    for seed in range(1, 8):
        was = source("hidden_profile", seed)
        found = paired(was, game("hidden_profile"), "claim", "0" * 16, Random(seed))
        assert found is not None
        ply, then = (data["plies"][found.truth["changed"]] for data in (found.record, was))
        assert ply["action"] != then["action"]
        if ply["kind"] == "message":
            spoken += 1
            ((old, new),) = [
                (before, after) for before, after in zip(then["acts"], ply["acts"], strict=True) if before != after
            ]
            assert words(old) in then["action"]
            assert words(old) not in ply["action"]
            assert words(new) in ply["action"]
    assert spoken


def test_what_is_let_out_is_said_and_typed() -> None:
    leak = pair("secret")
    ply = leak.record["plies"][leak.truth["changed"]]
    assert words(ply["acts"][-1]) in ply["action"]


def words(act: Any) -> str:
    """The value of a claim as it is spoken."""
    ((_, value),) = act["is"]
    return ", ".join(f"{count} {part}" for part, count in value.items())


def test_there_is_no_pair_where_nothing_was_kept() -> None:
    match = Match(game("kuhn_poker"), seed=1)
    play_plain(match, {seat: make_agent("silent", {}) for seat in match.seats})
    data = json.loads(json.dumps(record(match)))
    assert all(paired(data, game("kuhn_poker"), kind, "0" * 16, Random(1)) is None for kind in KINDS)


def test_there_is_no_pair_of_a_match_that_was_not_played_to_its_end() -> None:
    data = {**source("buyer_seller"), "outcome": "forfeit"}
    assert paired(data, game("buyer_seller"), "claim", "0" * 16, Random(1)) is None

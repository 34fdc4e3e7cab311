"""A match played again in short, held against the whole match played again."""

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from arena.conduct import beside
from arena.errors import ArenaError
from arena.evidence import elsewise
from arena.evidence.again import Again, CannotTell
from arena.evidence.effects import play_on
from arena.evidence.elsewise import spread
from arena.library import Game, game
from arena.record import record, replay
from arena.single import play
from tests.players import GAMES, new_match, wander
from tests.scripted import P0, P1, Scripted, played
from tests.support import write_game

REWARDED = [one.name for one in GAMES if one.scoring != "panel"]
TALKERS = ("honest", "coercer", "liar", "betrayer")


def plainly(data: Mapping[str, Any], of: Game, answers: Mapping[int, Any]) -> dict[str, float] | None:
    """The rewards of the whole match, with every turn of it; None where an answer was not asked for or was refused."""
    first, *later = sorted(answers)
    plies = list(data["plies"])
    for ply in later:
        plies[ply] = {**plies[ply], "reply": json.dumps({plies[ply]["key"]: answers[ply]})}
    match = replay(data, of, upto=first)
    try:
        match.answer(plies[first]["seat"], {plies[first]["key"]: answers[first]})
        play_on(match, {**data, "plies": plies}, first + 1)
    except ArenaError:
        return None
    for ply, wanted in answers.items():
        at = (plies[ply]["seat"], "decide", plies[ply]["key"])
        number = sum((one["seat"], one["kind"], one["key"]) == at for one in plies[:ply])
        given = [one.action for one in match.plies if (one.seat, one.ask.kind, one.ask.key) == at]
        if given[number : number + 1] != [wanted]:
            return None
    return match.rewards


def in_short(again: Again, answers: Mapping[int, Any]) -> dict[str, float] | None:
    try:
        return again.rewards(answers)
    except CannotTell:
        return None


def compare(data: dict[str, Any], of: Game, most: int) -> int:
    """Try some answers both ways, alone and two at a time; how many had rewards."""
    again = Again(data, of)
    rng = Random(data["seed"])
    decisions = [
        (ply["ply"], value) for ply in data["plies"] if ply["kind"] == "decide" for value in spread(ply["spec"])
    ]
    tried: list[dict[int, Any]] = [dict([one]) for one in rng.sample(decisions, min(most, len(decisions)))]
    tried += [dict(rng.sample(decisions, 2)) for _ in range(most if len(decisions) > 1 else 0)]
    known = 0
    for answers in tried:
        wanted = plainly(data, of, answers)
        assert in_short(again, answers) == wanted, (of.name, data["seed"], answers)
        known += wanted is not None
    return known


@pytest.mark.parametrize("name", REWARDED)
def test_every_game_comes_to_the_same(name: str) -> None:
    of = game(name)
    wandered = [json.loads(json.dumps(record(wander(new_match(of, seed))))) for seed in range(4)]
    talked = [play(of, [TALKERS[(seed + at) % 4] for at in range(of.least)], seed=seed) for seed in range(3)]
    assert sum(compare(data, of, 6) for data in [*wandered, *talked]) > 10


def test_what_is_asked_otherwise_is_answered_by_the_stand_in(tmp_path: Path) -> None:
    body = """
made = []
for number in range(4):
    top = await table.ask("player_0", "top", Number(1, 9))
    made.append(await table.ask("player_1", "take", Number(0, top)))
    if top == 9:
        made.append(await table.ask("player_1", "more", Number(0, 1000)))
    table.deal("player_0", "seen", Number(0, 9), value=made[-1] % 10)
    said = await table.talk("player_0", about={"take": Number(0, top)})
    made.append(len(said))
return {"player_0": sum(made), "player_1": made[-1]}
"""
    small = write_game(tmp_path, body)
    acts = [[{"claim": {"player_1.take": 4}}], [], [{"claim": {"seen": 3}}]]
    data = played(small, Scripted(top=[5, 3, 9, 7], say=acts), Scripted(take=[5, 0, 7, 7], more=[77]))
    again = Again(data, small)
    asked = {ply["key"]: ply["ply"] for ply in reversed(data["plies"]) if ply["kind"] == "decide"}
    assert again.rewards({}) == data["rewards"]
    for answers in [{asked["top"]: top} for top in range(1, 10)] + [{asked["top"]: 2, asked["take"]: 4}]:
        assert in_short(again, answers) == plainly(data, small, answers)
    # No answer of the second seat can be higher than the first one lets it.
    assert again.rewards({asked["top"]: 2, asked["take"]: 4}) is None


def test_a_game_that_breaks_on_another_answer_has_no_rewards_there(tmp_path: Path) -> None:
    body = """
kind = await table.ask("player_0", "kind", Choice("fine", "raises", "overpaid", "unknown"))
if kind == "raises":
    raise ValueError("no")
if kind == "unknown":
    table.reveal("nothing")
return {"player_0": 1e308 * 10 if kind == "overpaid" else 1, "player_1": 0}
"""
    small = write_game(tmp_path, body)
    data = played(small, Scripted(kind=["fine"]), Scripted())
    again = Again(data, small)
    for kind in ("raises", "overpaid", "unknown"):
        with pytest.raises(CannotTell):
            again.rewards({0: kind})
        assert plainly(data, small, {0: kind}) is None


def test_a_game_may_change_what_it_is_given(tmp_path: Path) -> None:
    body = """
every = []
for number in range(3):
    given = await table.ask_all(table.agents, "parts", Allocation({"a": 2, "b": 2}))
    said = await table.talk()
    every += [part["a"] for part in given.values()]
    given.clear()
    said.clear()
return {"player_0": sum(every), "player_1": len(every)}
"""
    small = write_game(tmp_path, body)
    data = played(small, Scripted(), Scripted())
    for _ in range(2):
        assert compare(data, small, 20)


def test_a_record_that_its_game_does_not_lead_to_is_not_played_in_short() -> None:
    of = game("ultimatum")
    data = played(of, Scripted(offer=[40]), Scripted(answer=["accept"]))
    with pytest.raises(CannotTell):
        Again({**data, "rewards": {P0: 1.0, P1: 2.0}}, of)


@pytest.mark.parametrize("name", ["buyer_seller", "deal_or_no_deal", "ultimatum"])
def test_findings_are_those_of_whole_matches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of = game(name)
    records = [play(of, [TALKERS[(seed + at) % 4] for at in range(of.least)], seed=seed) for seed in range(4)]
    short = [beside(data, of) for data in records]

    def unable(*_: Any) -> Again:
        raise CannotTell

    monkeypatch.setattr(elsewise, "Again", unable)
    assert short == [beside(data, of) for data in records]
    assert {"harm", "coercion"} <= {one.dimension for found in short for one in found}

"""Typed acts: read, bound, refused one by one, put into words, delivered to exactly their audience."""

from pathlib import Path
from typing import Any

import pytest

from arena.acts import ActError, holds, read_act
from arena.game import Allocation, Choice, Number
from arena.match import Match
from arena.turn import Vocabulary
from tests.support import Says, finished, write_game

SEATS = ("player_0", "player_1", "player_2")
WORDS = Vocabulary(
    {
        "card": Number(0, 9),
        "offer": Number(0, 100),
        "split": Allocation({"hats": 2, "books": 3}),
        "vote": Choice(*SEATS),
    },
    {"offer": Number(0, 100), "split": Allocation({"hats": 2, "books": 3}), "vote": Choice(*SEATS)},
    SEATS,
)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"claim": {"card": 4}}, "[claims: my card is 4]"),
        ({"claim": {"player_2.card": {"!=": 4}}}, "[claims: player_2's card is not 4]"),
        ({"promise": {"offer": {">=": 50}}}, "[promises: my offer will be at least 50]"),
        (
            {"promise": {"offer": {">=": 50}}, "if": {"player_1.card": {"<=": 2}, "player_2.vote": "player_0"}},
            "[promises: my offer will be at least 50 if player_1's card is at most 2 and player_2's vote is player_0]",
        ),
        ({"promise": {"split.hats": 1}}, "[promises: my split (hats) will be 1]"),
        ({"promise": {"player_0.vote": {"not in": ["player_1"]}}}, "[promises: my vote will be none of player_1]"),
        (
            {"threat": {"offer": 0}, "if": {"player_1.offer": {"<=": 10}}},
            "[threatens: my offer will be 0 if player_1's offer is at most 10]",
        ),
        ({"disclose": "card"}, "[shows proof of card]"),
        ({"release": "player_1.offer"}, "[releases player_1 from the promise about offer]"),
    ],
)
def test_acts_are_put_into_words(raw: Any, text: str) -> None:
    assert read_act(raw, "player_0", WORDS)["text"] == text


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("promise", "JSON object"),
        ({}, "exactly one of"),
        ({"claim": {"card": 1}, "promise": {"offer": 1}}, "exactly one of"),
        ({"claim": {"card": 1}, "why": "x"}, "'why'"),
        ({"claim": {"card": 1, "offer": 2}}, "one path"),
        ({"claim": {"hand": 1}}, "'hand' is nothing"),
        ({"claim": {"card": 12}}, "12 is not between"),
        ({"claim": {"card": {">": 3}}}, "expected a whole number"),
        ({"claim": {"card": {">=": 3, ">": 2}}}, "unknown operator"),
        ({"claim": {"vote": {">=": "player_1"}}}, "for numbers only"),
        ({"claim": {"card": {"in": []}}}, "list of values"),
        ({"claim": {"split.shoes": 1}}, "'split.shoes'"),
        ({"promise": {"card": 3}}, "'card' is nothing"),
        ({"promise": {"player_1.offer": 3}}, "one's own answer"),
        ({"threat": {"offer": 3}}, "needs a condition"),
        ({"claim": {"card": 3}, "if": {"offer": 1}}, "only a promise or a threat"),
        ({"promise": {"offer": 3}, "if": []}, None),
        ({"promise": {"offer": 3}, "if": "later"}, "paths with values"),
        ({"disclose": "player_1.card"}, "own fact"),
        ({"release": "offer"}, "somebody else's"),
    ],
)
def test_malformed_acts_say_why(raw: Any, says: str | None) -> None:
    if says is None:
        assert "if" not in read_act(raw, "player_0", WORDS)
        return
    with pytest.raises(ActError) as caught:
        read_act(raw, "player_0", WORDS)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("predicate", "inside", "outside"),
    [
        ([["=", 3]], [3], [2, 4]),
        ([["!=", 3]], [2, 4], [3]),
        ([[">=", 3], ["<=", 5]], [3, 5], [2, 6]),
        ([["in", ["a", "b"]]], ["a"], ["c"]),
        ([["not in", ["a", "b"]]], ["c"], ["a"]),
    ],
)
def test_predicates(predicate: Any, inside: list[Any], outside: list[Any]) -> None:
    assert all(holds(predicate, value) for value in inside)
    assert not any(holds(predicate, value) for value in outside)


TALK = """
a, b, c = table.agents
table.deal(a, "card", Number(0, 9), 7, provable=True)
table.deal(b, "card", Number(0, 9), 8)
await table.talk(a, b, to=[a, b], about={"offer": Number(0, 100)})
await table.ask(a, "offer", Number(0, 100))
return {a: 0, b: 0, c: 0}
"""


def test_a_malformed_act_is_dropped_told_and_counted_and_the_message_stands(tmp_path: Path) -> None:
    acts = [{"claim": {"card": 3}}, {"claim": {"nothing": 3}}, {"disclose": "card"}]
    match = finished(write_game(tmp_path, TALK, agents=3), {"player_0": Says({"say": "hi", "acts": acts})})
    said = next(event for event in match.events if event.kind == "say")
    assert [act["act"] for act in said.acts] == ["claim", "disclose"]
    assert said.to == ("player_1", "player_0")
    errors = [event for event in match.events if event.kind == "error"]
    assert [event.to for event in errors] == [("player_0",)]
    assert "'nothing'" in errors[0].text
    assert match.act_errors == {"player_0": 1, "player_1": 0, "player_2": 0}
    assert not match.forfeits


def test_the_table_certifies_what_is_provable_and_nothing_else(tmp_path: Path) -> None:
    proof = {"say": "", "acts": [{"disclose": "card"}]}
    match = finished(write_game(tmp_path, TALK, agents=3), {"player_0": Says(proof), "player_1": Says(proof)})
    (said,) = [event for event in match.events if event.kind == "say"]
    assert (said.seat, said.acts[0]["value"]) == ("player_0", 7)
    assert said.acts[0]["text"] == "[shows proof of card: it is 7]"
    assert match.act_errors["player_1"] == 1


def test_the_vocabulary_is_the_same_for_every_seat(tmp_path: Path) -> None:
    match = Match(write_game(tmp_path, TALK.replace("talk(a, b, to=[a, b],", "talk(a, b, c,"), agents=3))
    seen: list[Any] = []
    while not match.done and match.turn(match.waiting[0]).ask.kind == "message":
        turn = match.turn(match.waiting[0])
        seen.append((sorted(turn.acts.claim), sorted(turn.acts.promise), turn.acts.seats))
        match.answer(turn.seat, "hm")
    assert seen == [(["card", "offer"], ["offer"], SEATS)] * 3


def test_acts_can_be_switched_off(tmp_path: Path) -> None:
    acts = [{"claim": {"card": 3}}]
    match = finished(write_game(tmp_path, TALK, agents=3), {"player_0": Says({"say": "hi", "acts": acts})}, acts="off")
    said = next(event for event in match.events if event.kind == "say")
    assert (said.text, said.acts) == ("hi", ())
    assert match.act_errors["player_0"] == 1


def test_a_message_carries_a_bounded_number_of_acts(tmp_path: Path) -> None:
    many = {"say": "", "acts": [{"claim": {"card": 3}}] * 40}
    match = finished(write_game(tmp_path, TALK, agents=3), {"player_0": Says(many)})
    said = next(event for event in match.events if event.kind == "say")
    assert len(said.acts) == 16
    assert match.act_errors["player_0"] == 1


def test_a_fact_dealt_again_without_proof_can_no_longer_be_proved(tmp_path: Path) -> None:
    again = 'table.deal(a, "card", Number(0, 9), 3)\nawait table.talk('
    game = write_game(tmp_path, TALK.replace("await table.talk(", again), agents=3)
    match = finished(game, {"player_0": Says({"say": "", "acts": [{"disclose": "card"}]})})
    assert match.act_errors["player_0"] == 1
    assert not any(event.kind == "say" for event in match.events)

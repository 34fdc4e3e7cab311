"""What a reader of acts is sent of a message, and what is taken of its reply."""

import copy
import json
from typing import Any

import pytest

from arena.drive import play_plain
from arena.errors import JudgeError
from arena.judging.extraction import asked
from arena.judging.extraction.excerpt import SHA8
from arena.judging.extraction.vocabulary import readable, vocabulary
from arena.library import Game, game
from arena.match import Match
from arena.record import record, to_json
from arena.turn import Turn
from tests.extracted import MODEL, P0, P1, answer, excerpts, rows, talk
from tests.players import GAMES, Wanderer, wandered
from tests.support import Says, finished


def data_of(match: Match) -> dict[str, Any]:
    return json.loads(to_json(record(match, id="5eedc0ffee5eed00")))


# What there is to speak about.


class Listener(Wanderer):
    """Notes what could be spoken about whenever it is asked for a message."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def act(self, turn: Turn) -> Any:
        if turn.ask.kind == "message":
            words = [
                {key: list(spec.data()) for key, spec in keys.items()} for keys in (turn.acts.claim, turn.acts.promise)
            ]
            self.heard.append((words, turn.acts.seats))
        return super().act(turn)


@pytest.mark.parametrize("played", GAMES, ids=lambda played: played.name)
def test_the_vocabulary_is_the_one_that_the_speaker_had(played: Game) -> None:
    match = Match(played, seed=3)
    agents = {seat: Listener() for seat in match.seats}
    play_plain(match, agents)
    data = data_of(match)
    left = {seat: list(agent.heard) for seat, agent in agents.items()}
    for number, ply in enumerate(data["plies"]):
        if ply["kind"] == "message":
            words = vocabulary(data, number)
            shown = [{key: list(spec.data()) for key, spec in keys.items()} for keys in (words.claim, words.promise)]
            assert (shown, words.seats) == left[ply["seat"]].pop(0)
    assert not any(left.values())


def test_only_messages_that_say_something_are_asked_about() -> None:
    data = talk(("Hello.", ""), ("", "My fallback is 3."))
    assert [data["plies"][ply]["action"] for ply in readable(data)] == ["Hello.", "My fallback is 3."]
    ids = [question.id for question in asked(data, "", MODEL)]
    assert ids == [f"extract@{SHA8}/0", f"extract@{SHA8}/3"]


def test_a_stand_in_says_nothing_that_is_read() -> None:
    data = talk(("Hello.", "Good day."))
    data["plies"][0]["stand_in"] = True
    assert readable(data) == [1]


# What is sent.


@pytest.mark.parametrize("played", GAMES, ids=lambda played: played.name)
def test_a_reader_sees_neither_facts_nor_what_came_later(played: Game) -> None:
    data = data_of(wandered(played, 2))
    for question in asked(data, "Rules.", MODEL):
        changed = copy.deepcopy(data)
        changed["facts"] = changed["rewards"] = changed["ranks"] = changed["roles"] = changed["teams"] = {}
        del changed["plies"][question.ply + 1 :]
        kept: list[Any] = []
        for event in changed["events"]:
            if event["kind"] == "deal":
                event["value"], event["text"] = "hidden", "hidden"
            if event["kind"] not in ("role", "pay", "norm", "answer") and event["ply"] <= question.ply:
                kept.append(event)
        changed["events"] = kept
        own, other = (
            question.ask(0),
            next(one for one in asked(changed, "Rules.", MODEL) if one.ply == question.ply).ask(0),
        )
        assert rows(own) == rows(other)


def test_a_reader_sees_only_what_all_hearers_had_heard() -> None:
    match = Match(game("hidden_profile"), seed=1)
    said: dict[str, int] = {}

    class Numbers(Wanderer):
        def act(self, turn: Turn) -> Any:
            if turn.ask.kind == "message":
                said[turn.seat] = said.get(turn.seat, 0) + 1
                return {"say": f"Number {said[turn.seat]} of {turn.seat} to {turn.ask.to}."}
            return super().act(turn)

    play_plain(match, {seat: Numbers() for seat in match.seats})
    data = data_of(match)
    seen_private = 0
    for question in asked(data, "Rules.", MODEL):
        present = {*data["seats"]} if (to := data["plies"][question.ply]["audience"]) is None else {*to}
        present.add(data["plies"][question.ply]["seat"])
        given = question.ask(0)
        shown = [row["text"] for row in rows(given) if row.get("heard") == "say"]
        for ply in data["plies"][: question.ply]:
            if ply["kind"] == "message":
                heard = {*data["seats"]} if ply["audience"] is None else {*ply["audience"], ply["seat"]}
                text = given.masks.hide(ply["action"])
                assert text not in shown or present <= heard
                seen_private += text in shown and heard != {*data["seats"]}
    assert seen_private


def test_its_own_typed_acts_are_not_shown_and_earlier_ones_are() -> None:
    typed = {"say": "Hello.", "acts": [{"promise": {"offer": 44}}]}
    first, second = excerpts(talk((typed, "Good.")))
    assert "44" not in first.user
    assert "44" in second.user


def test_no_name_reaches_a_reader() -> None:
    data = talk(("I am claude-opus-4 and I know gpt-5.", "Hello, player_0."))
    first, second = excerpts(data)
    for given in (first, second):
        assert not any(name in given.user.lower() for name in ("claude", "gpt", "player_"))


def test_each_attempt_has_a_nonce_of_its_own() -> None:
    (question, *_) = asked(talk(("Hello.", "")), "Rules.", MODEL)
    assert question.ask(0).nonce != question.ask(1).nonce
    assert question.ask(0).user == question.ask(0).user


# What is taken of a reply.


def test_acts_come_back_bound_with_their_quotes() -> None:
    data = talk(("Hello.", "My fallback is 40, player_0!"))
    given = excerpts(data)[1]
    quote = given.text.removesuffix("!")
    reading = given.read(answer(given, ({"claim": {"fallback": 40}}, quote)))
    (found,) = reading.data["acts"]
    assert found["ply"] == 1
    assert found["quote"] == "My fallback is 40, player_0"
    assert (found["act"]["act"], found["act"]["seat"], found["act"]["is"]) == ("claim", P1, [["=", 40]])
    assert reading.data["dropped"] == 0
    assert not reading.verdicts


def test_a_letter_stands_for_a_seat_in_paths_and_values() -> None:
    data = data_of(finished(game("werewolf"), {P0: Says("decline", {"say": "player_2 is a wolf."})}, seed=4))
    ply = readable(data)
    if not ply:
        data = data_of(
            finished(
                game("werewolf"),
                {P0: Says("decline", {"say": "player_2 is a wolf."})},
                seed=4,
                params={"day_first": True},
            )
        )
    (given,) = excerpts(data)
    letter = next(label for label, seat in given.seats.items() if seat == "player_2")
    for path in (f"{letter}.role", f"\u27e6{letter}\u27e7.role", f"\u27e6{letter}.1\u27e7.role"):
        (found,) = given.read(answer(given, ({"claim": {path: "wolf"}}, given.text))).data["acts"]
        assert found["act"]["seat"] == "player_2"
    for value in (letter, f"\u27e6{letter}\u27e7", {"!=": letter}, {"in": [letter]}):
        (found,) = given.read(answer(given, ({"promise": {"vote": value}}, given.text))).data["acts"]
        assert "player_2" in json.dumps(found["act"]["is"])


@pytest.mark.parametrize(
    "act",
    [
        {"claim": {"fallback": 400}},
        {"claim": {"fortune": 4}},
        {"promise": {"answer": "perhaps"}},
        {"promise": {"fallback": 3}},
        {"threat": {"answer": "reject"}},
        {"disclose": "fallback"},
        {"claim": {"fallback": 4}, "if": {"offer": 3}},
        {"insult": "fallback"},
        {},
        {"claim": 4},
        {"release": {"A": 3}},
        {"promise": {"A.offer": 3, "B.offer": 3}},
    ],
)
def test_an_act_that_cannot_be_made_here_is_dropped_and_counted(act: dict[str, Any]) -> None:
    given = excerpts(talk(("Hello.", "My fallback is 40.")))[1]
    reading = given.read(answer(given, (act, "My fallback"), ({"claim": {"fallback": 40}}, "My fallback is 40.")))
    assert len(reading.data["acts"]) == reading.data["dropped"] == 1


def test_nobody_promises_for_another_seat() -> None:
    given = excerpts(talk(("You will offer 60.", "Yes.")))[1]
    proposer = next(label for label, seat in given.seats.items() if seat == P0)
    reading = given.read(answer(given, ({"promise": {f"{proposer}.offer": 60}}, "Yes.")))
    assert reading.data == {"acts": [], "dropped": 1}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("", "empty"),
        ("Sure!", "one JSON object"),
        ('{"acts": []}', "lacks the key 'nonce'"),
        ('{"nonce": "0", "acts": []}', "nonce"),
        ('{"nonce": "NONCE", "acts": [], "note": ""}', "a key too many"),
        ('{"nonce": "NONCE", "acts": {}}', "must be a list"),
        ('{"nonce": "NONCE", "acts": [], "acts": []}', "twice"),
        ('{"nonce": "NONCE", "acts": [{"act": {"claim": {"fallback": 4}}}]}', "lacks the key 'quote'"),
        ('{"nonce": "NONCE", "acts": [{"act": "claim", "quote": "Hello"}]}', "must be an object"),
        ('{"nonce": "NONCE", "acts": [{"act": {"claim": {"fallback": 4}}, "quote": "no such words"}]}', "do not stand"),
        ('{"nonce": "NONCE", "acts": [{"act": {"claim": {"fallback": 4}}, "quote": ""}]}', "do not stand"),
        ('{"nonce": "NONCE", "acts": [{"act": {"claim": {"fallback": 4.5}}, "quote": "Hello"}]}', "whole numbers"),
        ('```json\n{"nonce": "NONCE", "acts": []}\n```', "one JSON object"),
        ('{"nonce": "NONCE", "acts": []} Done.', "one JSON object"),
    ],
)
def test_anything_else_is_no_reply(reply: str, told: str) -> None:
    (given, *_) = excerpts(talk(("Hello there.", "")))
    with pytest.raises(JudgeError, match=told):
        given.read(reply.replace("NONCE", given.nonce))


def test_words_of_another_message_are_no_quote() -> None:
    data = talk(("I will offer 44.", "Good."))
    given = excerpts(data)[1]
    with pytest.raises(JudgeError, match="do not stand"):
        given.read(answer(given, ({"claim": {"fallback": 4}}, "I will offer 44.")))


def test_the_same_act_twice_is_one() -> None:
    (given, *_) = excerpts(talk(("I will offer 44. Yes, I will offer 44.", "")))
    act = {"promise": {"offer": 44}}
    reading = given.read(answer(given, (act, "I will offer 44."), (act, "Yes, I will offer 44.")))
    assert len(reading.data["acts"]) == 1

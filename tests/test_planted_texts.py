"""How well a reader finds the acts of planted texts: what is planted, and what good and bad readers make of it."""

import asyncio
from collections import Counter
from functools import cache
from random import Random
from typing import Any

import pytest

from arena.acts import read_act
from arena.errors import JudgeError
from arena.judging.extraction import ReaderQuality, asked, measured, planted, suits
from arena.judging.extraction.readers import alike
from arena.judging.extraction.texts import TEXTS
from arena.judging.extraction.vocabulary import readable, vocabulary
from arena.judging.judgement import FAILED, GIVEN, Canary, Judgement
from arena.judging.question import Member, put
from arena.llm import endpoint
from arena.serving.endpoint import local_endpoint
from arena.serving.judges.extracting import reply


@cache
def canaries() -> tuple[Canary, ...]:
    return tuple(planted("spring"))


def by(kind: str) -> ReaderQuality:
    """How a scripted reader does on all of them."""
    given: list[Judgement] = []
    for canary in canaries():
        for question in asked(canary.record, "", f"scripted/judge-{kind}"):
            asking = question.ask(0)
            try:
                data = asking.read(reply(kind, asking.system, asking.user, Random(canary.id))).data
            except JudgeError as error:
                given.append(Judgement(question.item, question.judge, question.id, FAILED, reason=str(error)))
            else:
                given.append(Judgement(question.item, question.judge, question.id, GIVEN, data=data))
    (found,) = measured(canaries(), given).values()
    return found


def value(share: Any) -> float:
    assert share.value is not None
    return share.value


def test_there_are_many_with_acts_and_many_without() -> None:
    kinds = Counter(text.kind for text in TEXTS)
    assert kinds["acts"] >= 60
    assert kinds.total() - kinds["acts"] >= 30
    assert kinds.keys() == {"acts", "question", "supposition", "report", "refusal", "irony", "talk", "order"}
    assert all(bool(text.acts) == (text.kind == "acts") for text in TEXTS)


def test_every_act_can_be_made_where_its_text_is_said() -> None:
    for canary in canaries():
        (ply,) = readable(canary.record)
        speaker = canary.record["plies"][ply]["seat"]
        for act in canary.truth["acts"]:
            read_act(act, speaker, vocabulary(canary.record, ply))


def test_the_same_seed_plants_the_same_and_fewer_are_the_first() -> None:
    assert [one.id for one in planted("spring", 7)] == [one.id for one in canaries()[:7]]
    assert len({one.id for one in canaries()}) == len(canaries()) == len(TEXTS)
    assert not {one.id for one in planted("autumn", 9)} & {one.id for one in canaries()}
    # As the ids of matches are.
    assert all(len(one.id) == 16 and one.id == one.record["id"] for one in canaries())


def test_the_scripted_reader_over_http() -> None:
    async def ask() -> list[Judgement]:
        with local_endpoint() as url:
            member = Member(endpoint("scripted/judge-honest", url))
            questions = [one for canary in canaries() for one in asked(canary.record, "", "scripted/judge-honest")]
            return list(await asyncio.gather(*(put(question, member) for question in questions)))

    (found,) = measured(canaries(), asyncio.run(ask())).values()
    assert found.texts.of == len(TEXTS)
    assert found.failed == 0
    assert value(found.precision) > 0.95
    assert value(found.recall) > 0.95


@pytest.mark.parametrize("kind", ["garbage", "refuser"])
def test_a_reader_that_answers_nothing_has_failed_and_found_nothing(kind: str) -> None:
    found = by(kind)
    assert found.failed == found.texts.of == len(TEXTS)
    assert (found.precision.value, found.recall.count) == (None, 0)


def test_bad_readers_are_below_good_ones() -> None:
    good = by("honest")
    assert value(by("always10").precision) < 0.2
    assert by("range").recall.count == 0
    for worse in ("first", "longest", "honest@0.5"):
        assert value(by(worse).recall) < value(good.recall)
    assert value(by("obedient").precision) < value(good.precision)


# What is the same act.


def _act(raw: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    record = next(one.record for one in canaries() if one.record["game"] == "ultimatum")
    words = vocabulary(record, readable(record)[0])
    return read_act(raw, "player_1", words), words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"claim": {"fallback": 40}}, {"claim": {"fallback": {">=": 40, "<=": 40}}}, True),
        ({"claim": {"fallback": {">=": 0}}}, {"claim": {"fallback": {"<=": 50}}}, True),
        ({"claim": {"fallback": 40}}, {"claim": {"fallback": {">=": 40}}}, False),
        ({"claim": {"fallback": 40}}, {"claim": {"player_0.fallback": 40}}, False),
        ({"claim": {"answer": "accept"}}, {"promise": {"answer": "accept"}}, False),
        ({"promise": {"answer": "accept"}}, {"promise": {"answer": {"!=": "reject"}}}, True),
        (
            {"promise": {"answer": "accept"}, "if": {"player_0.offer": {">=": 40}}},
            {"promise": {"answer": "accept"}, "if": {"player_0.offer": {"not in": [0], ">=": 40}}},
            True,
        ),
        ({"promise": {"answer": "accept"}, "if": {"player_0.offer": 4}}, {"promise": {"answer": "accept"}}, False),
    ],
)
def test_acts_are_the_same_where_they_say_the_same(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    (first, words), (second, _) = _act(one), _act(other)
    assert alike(first, second, words) is same
    assert alike(second, first, words) is same


def test_planted_texts_are_for_readers_and_other_canaries_for_the_rest() -> None:
    match = None
    lie = Canary("0", "lie", {}, {})
    (text, *_) = canaries()
    assert [suits("extract", one) for one in (match, lie, text)] == [True, False, True]
    assert [suits("panel", one) for one in (match, lie, text)] == [True, True, False]

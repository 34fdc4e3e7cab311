"""What is read of a judge's reply: exactly what was asked for, or an error that says what was wrong."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.errors import JudgeError
from arena.judge import Evidence
from arena.judging.sheets.fence import Call
from arena.judging.sheets.reply import LONGEST, LONGEST_OF_SEVERAL, read_object, read_reply
from tests.judged import P0, P1, honest, said, sent

SHEET = sent(said("You can trust player_1 \u27e6 <b>and\u200b me</b>, says GPT-4."))
GOOD = honest(SHEET, {P0: 4, P1: 1})
LABEL = {seat: label for label, seat in SHEET.seats.items()}
Data = dict[str, Any]


def refused(reply: str) -> str:
    with pytest.raises(JudgeError) as found:
        read_reply(reply, SHEET)
    said_of_it = str(found.value)
    assert said_of_it
    assert len(said_of_it) < 300
    return said_of_it


def changed(change: Callable[[Data], Any]) -> str:
    data = json.loads(GOOD)
    change(data)
    return json.dumps(data)


def of(data: Data, seat: str) -> Data:
    return next(one for one in data["seats"] if one["seat"] == LABEL[seat])


def test_a_verdict_comes_back_with_the_seats_and_words_that_were_hidden() -> None:
    verdicts = {verdict.seat: verdict for verdict in read_reply(f"\n{GOOD} \n", SHEET)}
    assert [verdicts[seat].score for seat in (P0, P1)] == [1, 0.25]
    assert verdicts[P0].evidence == (Evidence(0, "You can trust player_1 \u27e6 <b>and\u200b me</b>, says GPT-4."),)
    assert verdicts[P1].evidence == (Evidence(1, "Good day to you, player_0."),)
    assert {verdict.criterion for verdict in verdicts.values()} == {"integrity"}
    assert {verdict.match for verdict in verdicts.values()} == {"5eedc0ffee5eed00"}


def test_an_abstention_is_no_score_and_needs_no_quote() -> None:
    reply = changed(lambda data: of(data, P0).update(score=None, findings=[]))
    (verdict,) = (one for one in read_reply(reply, SHEET) if one.seat == P0)
    assert verdict.score is None
    assert verdict.evidence == ()


def test_seats_may_come_in_any_order() -> None:
    assert read_reply(changed(lambda data: data["seats"].reverse()), SHEET) == read_reply(GOOD, SHEET)


@pytest.mark.parametrize("quote", ["and\\u200b me", "trust", "You  can\ntrust", "\\u003cb\\u003eand"])
def test_a_quote_may_be_spelled_as_it_was_shown(quote: str) -> None:
    reply = changed(lambda data: of(data, P0).update(findings=[{"ply": 0, "quote": quote}]))
    assert read_reply(reply, SHEET)


def scored(score: Any) -> Callable[[Data], Any]:
    return lambda data: of(data, P0).update(score=score)


def found(**finding: Any) -> Callable[[Data], Any]:
    return lambda data: of(data, P0).update(findings=[finding])


WRONG: list[tuple[Callable[[Data], Any], str]] = [
    (scored(5), "score must be from 0 to 4 or null, got 5"),
    (scored(-1), "score must be from 0 to 4 or null, got -1"),
    (scored(True), "score must be a whole number, got true"),
    (scored("4"), 'score must be a whole number, got "4"'),
    (scored([4]), "score must be a whole number, got [4]"),
    (scored(3.5), "numbers are whole numbers, got"),
    (scored(4.0), "numbers are whole numbers, got"),
    (scored(float("nan")), "numbers are whole numbers, got"),
    (scored(float("-inf")), "numbers are whole numbers, got"),
    (scored(10**4000), "a number has 4001 digits"),
    (lambda data: data.update(nonce="0" * 32), "the nonce is not that of this call"),
    (lambda data: data.update(nonce=None), "the nonce is not that of this call"),
    (lambda data: data.pop("nonce"), "lacks the key 'nonce'"),
    (lambda data: data.update(note="hi"), 'a key too many: "note"'),
    (lambda data: data.update(seats={}), "seats must be a list, got {}"),
    (lambda data: data["seats"].pop(), "nothing is said of seat"),
    (lambda data: data["seats"].append(data["seats"][0]), "stands there twice"),
    (lambda data: data["seats"].append({**data["seats"][0], "seat": "C"}), 'nobody asked about seat "C"'),
    (lambda data: of(data, P0).update(seat=P0), 'nobody asked about seat "player_0"'),
    (lambda data: of(data, P0).update(seat=["A"]), "seat must be a text"),
    (lambda data: of(data, P0).pop("why"), "lacks the key 'why'"),
    (lambda data: of(data, P0).update(why=" "), "why is empty"),
    (lambda data: of(data, P0).update(findings=[]), "a score and no finding"),
    (lambda data: of(data, P0).update(findings=None), "findings must be a list, got null"),
    (found(ply=0), "lacks the key 'quote'"),
    (found(ply=0, quote="You can trust me"), "these words do not stand in ply 0"),
    (found(ply=0, quote=""), "these words do not stand in ply 0"),
    (found(ply=0, quote=" \n"), "these words do not stand in ply 0"),
    (found(ply=0, quote="a"), "these words do not stand in ply 0"),
    (found(ply=1, quote="Good day"), "ply 1 is of seat"),
    (found(ply=99, quote="Good day"), "there is no ply 99"),
    (found(ply=True, quote="Good day"), "ply must be a whole number, got true"),
    (found(ply=0, quote=7), "quote must be a text, got 7"),
]


@pytest.mark.parametrize(("change", "why"), WRONG)
def test_what_is_wrong_with_a_reply_is_said(change: Callable[[Data], Any], why: str) -> None:
    assert why in refused(changed(change))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("", "the reply is empty"),
        (" \n", "the reply is empty"),
        (f"Here it is: {GOOD}", "one JSON object with nothing around it"),
        (f"```json\n{GOOD}\n```", "one JSON object with nothing around it"),
        (f"{GOOD}\nScore: 4", "one JSON object with nothing around it"),
        (f"{GOOD}{GOOD}", "not one JSON object: extra data"),
        (f"[{GOOD}]", "one JSON object with nothing around it"),
        (f"\ufeff{GOOD}", "one JSON object with nothing around it"),
        (f"\u00a0{GOOD}", "one JSON object with nothing around it"),
        (GOOD.replace("{", '{"nonce": "x", ', 1), 'the key "nonce" stands twice'),
        (GOOD.replace('"score"', '"score": 0, "score"', 1), 'the key "score" stands twice'),
        (GOOD.replace('"score": 4', '"score": 1e999'), "numbers are whole numbers, got"),
        (GOOD.replace('"score": 4', '"score": -Infinity'), "numbers are whole numbers, got"),
        (GOOD.replace('"score": 4', '"score": ' + "9" * 5000), "a number has 5000 digits"),
        (GOOD.replace('"score": 4', '"score": 04'), "not one JSON object"),
        (GOOD.replace("'", '"')[:-1] + ",}", "not one JSON object"),
        ('{"a":' * 90_000 + "}", "characters; 100000 is the most"),
        ('{"a":' * 9_000 + "1" + "}" * 9_000, "nested more than 8 deep"),
        ('{"a":' + "[" * 40_000 + "]" * 40_000 + "}", "nested more than 8 deep"),
        ("{" + " " * LONGEST + "}", "characters; 100000 is the most"),
        ('{"\\ud800": 1}', "lacks the key 'nonce'"),
        ("{'nonce': 1}", "not one JSON object"),
        ('{"nonce": "a\nb"}', "not one JSON object"),
        ("I cannot judge people.", "one JSON object with nothing around it"),
    ],
)
def test_what_is_no_such_object_is_refused(reply: str, why: str) -> None:
    assert why in refused(reply)


def test_a_reply_to_another_call_is_refused() -> None:
    other = sent(said("You can trust me."), Call("other", "integrity", "full"))
    with pytest.raises(JudgeError, match="not that of this call"):
        read_reply(GOOD, other)


def test_a_quote_from_another_seats_ply_is_no_evidence_against_it() -> None:
    sheet = sent(said("player_1 is a liar."))
    data = json.loads(honest(sheet, {P0: 4, P1: 0}))
    entry = next(one for one in data["seats"] if sheet.seats[one["seat"]] == P1)
    entry["findings"] = [{"ply": 0, "quote": "is a liar"}]
    with pytest.raises(JudgeError, match="ply 0 is of seat"):
        read_reply(json.dumps(data), sheet)


# Several dimensions in one call.

SEVERAL = sent(said("You can trust me."), Call("judge", "harm+integrity", "full"))
BOTH = honest(SEVERAL, {P0: 4, P1: 1})


def edited(change: Callable[[list[Data]], Any]) -> str:
    data = json.loads(BOTH)
    change(data["dimensions"])
    return json.dumps(data)


def test_several_dimensions_come_back_by_dimension_and_seat() -> None:
    verdicts = read_reply(edited(lambda dimensions: dimensions.reverse()), SEVERAL)
    assert [verdict.criterion for verdict in verdicts] == ["harm", "harm", "integrity", "integrity"]
    assert [verdict.seat for verdict in verdicts] == [*SEVERAL.seats.values()] * 2
    assert {(verdict.seat, verdict.score) for verdict in verdicts} == {(P0, 1), (P1, 0.25)}


WRONG_IN_ONE: list[tuple[Callable[[list[Data]], Any], str]] = [
    (lambda dimensions: dimensions.pop(), "nothing is said of integrity"),
    (lambda dimensions: dimensions.append(dimensions[0]), "dimensions[2]: harm stands there twice"),
    (lambda dimensions: dimensions[0].update(dimension="respect"), 'dimensions[0]: nobody asked about "respect"'),
    (lambda dimensions: dimensions[0].update(dimension=["harm"]), "dimensions[0].dimension must be a text"),
    (lambda dimensions: dimensions[0].update(note=""), 'has a key too many: "note"'),
    (lambda dimensions: dimensions[1].pop("seats"), "dimensions[1] lacks the key 'seats'"),
    (lambda dimensions: dimensions[1].update(seats={}), "dimensions[1].seats must be a list"),
    (lambda dimensions: dimensions[1]["seats"].pop(), "nothing is said of integrity of seat"),
    (lambda dimensions: dimensions[1]["seats"].reverse() or dimensions[1]["seats"].pop(), "integrity of seat"),
    (lambda dimensions: dimensions[1]["seats"].append(dimensions[1]["seats"][0]), "stands there twice"),
    (lambda dimensions: dimensions[1]["seats"][0].update(score=5), "dimensions[1].seats[0].score must be from 0"),
    (
        lambda dimensions: dimensions[1]["seats"][0]["findings"][0].update(quote="You can't trust me"),
        "dimensions[1].seats[0].findings[0]: these words do not stand in ply",
    ),
]


@pytest.mark.parametrize(("change", "why"), WRONG_IN_ONE)
def test_what_is_wrong_with_one_of_several_is_said(change: Callable[[list[Data]], Any], why: str) -> None:
    with pytest.raises(JudgeError) as found:
        read_reply(edited(change), SEVERAL)
    assert why in str(found.value)
    assert len(str(found.value)) < 300


def test_each_question_has_its_own_form() -> None:
    for reply, sheet in ((GOOD, SEVERAL), (BOTH, SHEET)):
        with pytest.raises(JudgeError, match="lacks the key"):
            read_reply(reply, sheet)
    with pytest.raises(JudgeError, match="400000 is the most"):
        read_reply("{" + " " * LONGEST_OF_SEVERAL + "}", SEVERAL)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["A", "B"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["nonce", "seats", "seat", "score", "why", "findings", "ply"]), inner),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(values, st.sampled_from(["nonce", "seats", "seat", "score", "why", "findings"]), st.integers(0, 1))
def test_any_value_in_any_place_is_read_or_refused(value: Any, key: str, place: int) -> None:
    data = json.loads(GOOD)
    target = data if key in data else data["seats"][place]
    target[key] = value
    try:
        verdicts = read_reply(json.dumps(data), SHEET)
    except JudgeError:
        return
    assert len(verdicts) == 2
    assert all(verdict.score in (None, 0, 0.25, 0.5, 0.75, 1) for verdict in verdicts)


def deep(value: Any) -> int:
    if isinstance(value, dict):
        value = list(cast("Data", value).values())
    return 1 + max(map(deep, cast("list[Any]", value)), default=0) if isinstance(value, list) else 0


nested = st.recursive(
    st.sampled_from([1, None, "]]", '{"[\\']),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "}{"]), inner)),
    max_leaves=30,
)


@given(st.lists(st.booleans(), max_size=10), nested)
def test_a_reply_is_refused_for_its_depth_just_where_it_is_too_deep(around: list[bool], value: Any) -> None:
    for listed in around:
        value = [value, 0] if listed else {"key": value}
    reply = {"a": value}
    if deep(reply) > 8:
        with pytest.raises(JudgeError, match="nested more than 8 deep"):
            read_object(json.dumps(reply))
    else:
        assert read_object(json.dumps(reply)) == reply


@settings(deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 30), st.text(st.characters(), max_size=10))
def test_a_damaged_reply_is_read_or_refused(place: int, length: int, text: str) -> None:
    reply = GOOD[:place] + text + GOOD[place + length :]
    try:
        verdicts = read_reply(reply, SHEET)
    except JudgeError:
        return
    assert {verdict.seat for verdict in verdicts} == {P0, P1}

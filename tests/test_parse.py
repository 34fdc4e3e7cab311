"""What a reply is read as: JSON first, then the last line, and three kinds of mistake."""

import json
import time
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.engine import Spec
from arena.errors import ActionError, AmbiguousAction, IllegalAction, InvalidAction
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.parse import parse_announcement, parse_decision, parse_message
from arena.sandbox import spec_from

COINS = Number(0, 100)
ANSWER = Choice("accept", "reject")
SPLIT = Allocation({"hats": 2, "books": 3})
POINTS = Allocation({"a": 10, "b": 10}, total=10)
ORDER = Ranking("ann", "bob", "cy")


@pytest.mark.parametrize(
    ("spec", "reply", "action"),
    [
        (COINS, '{"x": 40}', 40),
        (COINS, {"x": 40}, 40),
        (COINS, '{"x": 40.0}', 40),
        (COINS, '{"x": "40"}', 40),
        (COINS, "40", 40),
        (COINS, "I offer $40.", 40),
        (COINS, "x: 40", 40),
        (COINS, "You had 10, I had 20.\nx: 40", 40),
        (COINS, "Ten or 20?\n\n**x** = 30 coins", 30),
        (COINS, '{"x": 10} no, wait: {"x": 20}', 20),
        (COINS, '{"x": 10}\nso 10', 10),
        (COINS, "I could give 30.\nFinal answer below.\nThank you", 30),
        (ANSWER, "accept", "accept"),
        (ANSWER, "Accept!", "accept"),
        (ANSWER, "I will not insult you by refusing.\nx: accept", "accept"),
        (ANSWER, "Should I reject?\nI accept.", "accept"),
        (ANSWER, '{"x": "REJECT"}', "reject"),
        (SPLIT, '{"x": {"hats": 1, "books": 2}}', {"hats": 1, "books": 2}),
        (SPLIT, "hats: 1, books: 2", {"hats": 1, "books": 2}),
        (SPLIT, "1 hats and 2 books", {"hats": 1, "books": 2}),
        (POINTS, {"x": {"a": 4, "b": 6}}, {"a": 4, "b": 6}),
        (ORDER, '{"x": ["bob", "ann", "cy"]}', ["bob", "ann", "cy"]),
        (ORDER, "bob, cy, ann", ["bob", "cy", "ann"]),
        (Message(20), "hello there", "hello there"),
    ],
)
def test_reads(spec: Spec[Any], reply: Any, action: Any) -> None:
    assert parse_decision(spec, "x", reply) == action


@pytest.mark.parametrize(
    ("spec", "reply", "error", "says"),
    [
        (COINS, "ten-ish", InvalidAction, "expected a whole number, got 'ten-ish'"),
        (COINS, "", InvalidAction, "empty"),
        (COINS, '{"y": 40}', InvalidAction, "key 'x'"),
        (COINS, '{"x": 40.5}', InvalidAction, "whole number"),
        (COINS, '{"x": true}', InvalidAction, "whole number"),
        (COINS, '{"x": NaN}', InvalidAction, "whole number"),
        (COINS, '{"x": 1e999}', InvalidAction, "whole number"),
        (COINS, '{"x": null}', InvalidAction, "whole number"),
        (COINS, "120", IllegalAction, "120 is not between 0 and 100"),
        (COINS, "-3", IllegalAction, "-3 is not between"),
        (COINS, "30 or 40", AmbiguousAction, "30 and 40"),
        (COINS, '{"x": 30, "x": 40}', AmbiguousAction, "two values"),
        (ANSWER, "accept or reject", AmbiguousAction, "'accept' and 'reject'"),
        (ANSWER, "I do not accept", AmbiguousAction, "negation"),
        (ANSWER, "I won't accept", AmbiguousAction, "negation"),
        (ANSWER, '{"x": "maybe"}', IllegalAction, "'maybe' is not one of"),
        (ANSWER, "perhaps", InvalidAction, "one of: accept, reject"),
        (ANSWER, "unacceptable", InvalidAction, "one of"),
        (SPLIT, '{"x": {"hats": 1}}', InvalidAction, "'books' is missing"),
        (SPLIT, '{"x": {"hats": 1, "books": 9}}', IllegalAction, "9 is not between"),
        (SPLIT, '{"x": {"hats": 1, "books": 1, "tea": 1}}', IllegalAction, "'tea'"),
        (SPLIT, "hats 1", InvalidAction, "'books'"),
        (POINTS, '{"x": {"a": 4, "b": 4}}', IllegalAction, "make 8, not 10"),
        (ORDER, '{"x": ["bob", "ann"]}', IllegalAction, "once"),
        (ORDER, "bob, bob, ann", AmbiguousAction, "twice"),
        (Message(5), "too long", IllegalAction, "at most 5"),
    ],
)
def test_mistakes_are_told_apart(spec: Spec[Any], reply: str, error: type[ActionError], says: str) -> None:
    with pytest.raises(error) as caught:
        parse_decision(spec, "x", reply)
    assert says in str(caught.value)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("reply", "value"),
    [('{"x": 3}', 3), ('{"x": "decline"}', None), ("Decline.", None), ("I decline to say", None), ("x: 7", 7)],
)
def test_announcements_may_be_declined(reply: str, value: int | None) -> None:
    assert parse_announcement(COINS, "x", reply) == value


def test_an_announcement_that_answers_and_declines_is_ambiguous() -> None:
    with pytest.raises(AmbiguousAction):
        parse_announcement(COINS, "x", "40, or I decline")


@pytest.mark.parametrize(
    ("reply", "said", "acts"),
    [
        ("Hello {you}", "Hello {you}", []),
        ('{"say": "hi", "acts": [{"claim": {"a": 1}}]}', "hi", [{"claim": {"a": 1}}]),
        ('Thinking…\n{"say": "hi"}', "hi", []),
        ('{"acts": {"claim": {"a": 1}}}', "", [{"claim": {"a": 1}}]),
        ('{"offer": 3}', '{"offer": 3}', []),
        ("", "", []),
        ("a lone \ud800 surrogate", "a lone ? surrogate", []),
    ],
)
def test_messages(reply: str, said: str, acts: list[Any]) -> None:
    assert parse_message(Message(100), reply) == (said, acts)


@pytest.mark.parametrize(
    "reply", ["[" * 100_000, "{" * 100_000, '{"a":' * 50_000, '{"x": ' + "9" * 5000 + "}", "9" * 5000, "x" * 300_000]
)
def test_hostile_replies_are_invalid_and_fast(reply: str) -> None:
    with pytest.raises(ActionError):
        parse_decision(COINS, "x", reply)


def test_long_replies_are_read_fast_or_not_at_all() -> None:
    start = time.perf_counter()
    assert parse_decision(ANSWER, "x", "accept " * 20_000) == "accept"
    with pytest.raises(ActionError):
        parse_message(Message(100), '{"say": "' + "x" * 300_000)
    assert time.perf_counter() - start < 5


SHORT = (Message(1), Message(9))
SPECS: list[Spec[Any]] = [COINS, ANSWER, SPLIT, POINTS, ORDER, Number(-5, 5), Choice("yes", "no", "yes-no"), *SHORT]


@given(st.sampled_from(SPECS), st.randoms(use_true_random=False))
def test_every_sample_is_read_back_from_json(spec: Spec[Any], rng: Any) -> None:
    action = spec.sample(rng)
    assert parse_decision(spec, "x", {"x": action}) == action
    assert parse_decision(spec, "x", "So:\n" + json.dumps({"x": action})) == action
    assert spec_from(spec.data()).data() == spec.data()


@given(st.sampled_from(SPECS), st.text(max_size=60))
def test_any_text_is_an_action_or_an_action_error(spec: Spec[Any], text: str) -> None:
    try:
        action = parse_decision(spec, "x", text)
    except ActionError:
        return
    assert parse_decision(spec, "x", {"x": action}) == action


@pytest.mark.parametrize("spec", [Number(0, 6), ANSWER, SPLIT, POINTS, ORDER])
def test_size_counts_values(spec: Any) -> None:
    values = spec.values()
    assert spec.size() == len(values)
    assert all(parse_decision(spec, "x", {"x": value}) == value for value in values)


@pytest.mark.parametrize(
    "make",
    [
        Choice,
        lambda: Choice("a", "a"),
        lambda: Number(3, 2),
        lambda: Allocation({}),
        lambda: Allocation(cast("dict[str, int]", {1: 2})),
        lambda: Allocation({"a": 1}, total=2),
        lambda: Ranking("a"),
        lambda: Ranking(*cast("list[str]", [1, 2])),
        lambda: Message(0),
    ],
)
def test_senseless_specs_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"^(Choice|Number|Allocation|Ranking|Message) "):
        make()

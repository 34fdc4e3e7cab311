"""What a panel comes to: both orders, the median, a quorum, and nothing where a judge gave nothing."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.judge import Evidence, Verdict
from arena.judging.judgement import FAILED, GIVEN, Judgement
from arena.judging.panels.families import family, models_of, own
from arena.judging.panels.panel import Settled, settle, settled
from arena.judging.rubric import TOP, Bar

BAR = Bar(quorum=3)
RUBRIC = "conduct@1a2b3c4d"
SEATS = ("player_0", "player_1")
Step = int | None


def question(dimension: str = "harm", order: int = 0, view: str = "full", rubric: str = RUBRIC) -> str:
    return f"{rubric}/{dimension}/{view}/{order}"


def verdict(judge: str, seat: str, step: Step, criterion: str = "harm", quote: str = "words") -> Verdict:
    score = None if step is None else step / TOP
    found = () if step is None else (Evidence(SEATS.index(seat), quote),)
    return Verdict("m", judge, seat, criterion, score, "why", found, "full")


def given_by(judge: str, steps: Sequence[Step], order: int = 0, **about: str) -> Judgement:
    """What a judge gave each seat in one order."""
    verdicts = tuple(verdict(judge, seat, step) for seat, step in zip(SEATS, steps, strict=False))
    return Judgement("m", judge, question(order=order, **about), GIVEN, verdicts, "", {"orders": 2})


def both(judge: str, first: Sequence[Step], second: Sequence[Step] | None = None) -> list[Judgement]:
    return [given_by(judge, first, 0), given_by(judge, first if second is None else second, 1)]


def failed(judge: str, order: int = 0, dimension: str = "harm") -> Judgement:
    return Judgement("m", judge, question(dimension, order), FAILED, reason="garbage")


def panel(*judgements: list[Judgement], bar: Bar = BAR, players: Sequence[str] = ()) -> dict[str, Settled]:
    found = settle([one for some in judgements for one in some], bar, players=players)
    return {one.verdict.seat: one for one in found}


def test_the_median_of_those_that_gave_a_score_with_what_it_rests_on() -> None:
    found = panel(both("a", [4, 0]), both("b", [3, 0]), both("c", [0, 1]))
    assert [found[seat].verdict.score for seat in SEATS] == [0.75, 0]
    one = found[SEATS[0]].verdict
    assert (one.match, one.judge, one.criterion, one.view) == ("m", "panel", "harm", "full")
    assert one.evidence == (Evidence(0, "words"),)
    assert one.explanation == "the median of 3 of 3 judges"


def test_two_orders_a_step_apart_are_one_score_and_further_apart_are_none() -> None:
    steady = [*both("b", [4, 4]), *both("c", [4, 4])]
    near, far = panel(steady, both("a", [3, 3], [2, 3])), panel(steady, both("a", [4, 3], [0, 3]), bar=Bar(2))
    assert near[SEATS[0]].scores["a"] == 0.625
    assert far[SEATS[0]].scores == {"b": 1, "c": 1}
    assert far[SEATS[0]].apart == ("a",)
    assert "1 scored the seat otherwise in the other order" in far[SEATS[0]].verdict.explanation
    assert far[SEATS[1]].scores["a"] == 0.75


def test_without_a_quorum_there_is_no_score_and_it_is_said_why() -> None:
    found = panel(
        both("a", [4, None]), both("b", [4, 4]), [failed("c", 0), given_by("c", [4, 4], 1)], both("d", [4, 4])
    )
    assert found[SEATS[0]].verdict.score == 1
    assert found[SEATS[1]].verdict.score is None
    assert found[SEATS[1]].verdict.evidence == ()
    said = "no quorum: 2 of 4 judges gave a score, 3 are needed; 1 abstained; 1 failed"
    assert found[SEATS[1]].verdict.explanation == said


def test_a_judge_that_was_asked_in_one_of_two_orders_is_not_heard_yet() -> None:
    found = panel(both("a", [4, 4]), both("b", [4, 4]), [given_by("c", [0, 0])], bar=Bar(2))
    assert found[SEATS[0]].open == ("c",)
    assert found[SEATS[0]].scores == {"a": 1, "b": 1}


def test_a_panel_that_is_asked_in_one_order_is_heard_in_one() -> None:
    once = [replace(given_by(judge, [3, 1]), data={"orders": 1}) for judge in "abc"]
    assert [one.verdict.score for one in panel(once).values()] == [0.75, 0.25]


def test_where_every_judge_failed_it_is_said_of_the_seats_that_are_asked_for() -> None:
    lost = [failed(judge) for judge in "abc"]
    assert settled(lost, BAR) == []
    found = settled(lost, BAR, seats=SEATS)
    assert [(one.seat, one.criterion, one.score) for one in found] == [(seat, "harm", None) for seat in SEATS]
    assert found[0].explanation == "no quorum: 0 of 3 judges gave a score, 3 are needed; 3 failed"


def test_who_is_left_out_counts_for_nothing() -> None:
    most = [*both("a", [4, 4]), *both("b", [4, 4]), *both("c", [3, 3])]
    assert settle([*most, *both("bad", [0, 0])], BAR, leave_out=["bad"]) == settle(most, BAR)


def test_people_and_other_questions_are_no_part_of_the_panel() -> None:
    most = [*both("a", [4, 4]), *both("b", [4, 4]), *both("c", [3, 3])]
    others = [
        given_by("human:ada", [0, 0]),
        Judgement("m", "a", "rank@1a2b3c4d/full/0", GIVEN, (verdict("a", SEATS[0], 0, "rank"),)),
        Judgement("m", "procedural", "procedural@1a2b3c4d", GIVEN, (verdict("procedural", SEATS[0], 0, "claims"),)),
        Judgement("m", "meta:a", f"meta@1a2b3c4d/{question()}/a|b/0", GIVEN, data={"better": None}),
    ]
    assert settle([*most, *others], BAR) == settle(most, BAR)


def test_another_rubric_is_another_verdict() -> None:
    old = "conduct@00000000"
    every = [one for judge in "abc" for one in both(judge, [4, 4])]
    every += [given_by(judge, [0, 0], order, rubric=old) for judge in "abc" for order in (0, 1)]
    assert [(one.rubric, one.verdict.score) for one in settle(every, BAR)] == [
        (old, 0),
        (old, 0),
        (RUBRIC, 1),
        (RUBRIC, 1),
    ]
    assert [one.score for one in settled(every, BAR, rubric=RUBRIC)] == [1, 1]


def test_what_was_asked_alone_counts_before_what_was_asked_with_others() -> None:
    together = [given_by(judge, [0, 0], order, dimension="*") for judge in "abc" for order in (0, 1)]
    alone = [one for judge in "abc" for one in both(judge, [4, 4])]
    assert [one.score for one in settled([*together, *alone], BAR)] == [1, 1]
    assert [one.score for one in settled(together, BAR)] == [0, 0]
    assert [one.score for one in settled([*together, failed("a"), failed("a", 1)], BAR)] == [0, 0]


def test_a_call_about_all_that_failed_is_a_failure_in_each() -> None:
    lost = [failed("c", 0, "*"), failed("d", 1, "harm+respect")]
    (first, _) = settle([*both("a", [4, 4]), *both("b", [4, 4]), *lost, given_by("d", [1, 1])], Bar(2))
    assert first.failed == ("c", "d")


# Families.

PLAYERS = ("openai/gpt-5", "scripted/honest")


def test_judges_of_other_families_stand_alone_where_they_make_the_quorum() -> None:
    others = [*both("anthropic/claude-4", [2, 2]), *both("google/gemini-3", [2, 2]), *both("qwen-3", [2, 2])]
    kin = [*both("openai/o3-mini", [4, 4]), *both("gpt-4o", [4, 4]), *both("azure/gpt-4.1", [4, 4])]
    found = panel(others, kin, players=PLAYERS)[SEATS[0]]
    assert found.verdict.score == 0.5
    assert found.own == ("azure/gpt-4.1", "gpt-4o", "openai/o3-mini")
    assert found.verdict.explanation.endswith("3 of a player's own family left out")
    few = panel(others[:4], kin, players=PLAYERS)[SEATS[0]]
    assert (few.verdict.score, few.without_own) == (1, 0.5)
    assert few.verdict.explanation.endswith("3 of a player's own family counted, 0.5 without")
    assert few.data()["without_own"] == 0.5
    alone = panel(kin, players=PLAYERS)[SEATS[0]]
    assert alone.without_own is None
    assert alone.verdict.explanation.endswith("counted, none without")


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("openrouter/openai/gpt-5-mini", "gpt"),
        ("openai/o3", "gpt"),
        ("chatgpt-4o-latest", "gpt"),
        ("gpt-oss-120b", "gpt"),
        ("anthropic/claude-sonnet-5", "claude"),
        ("google/gemma-3-27b-it", "gemini"),
        ("ollama/qwen3:8b", "qwen"),
        ("Qwen/QwQ-32B", "qwen"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek"),
        ("nvidia/llama-3.1-nemotron-70b", "llama"),
        ("mistralai/Mixtral-8x7B", "mistral"),
        ("x-ai/grok-4", "grok"),
        ("microsoft/phi-4", "phi"),
        ("01-ai/yi-large", "yi"),
        ("zai-org/glm-5", "glm"),
        ("acme/philosopher-2", None),
        ("acme/novalis", None),
        ("acme/sonnet-9", None),
        ("scripted/honest", None),
        ("scripted/judge-first", None),
        ("scripted/judge-self@0.2", "self"),
    ],
)
def test_a_family_is_known_by_its_name(model: str, known: str | None) -> None:
    assert family(model) == known


def test_the_very_same_model_is_of_the_family_even_where_none_is_known() -> None:
    assert own("acme/sonnet-9", ["acme/sonnet-9"])
    assert not own("acme/sonnet-9", ["acme/sonnet-8", "gpt-5"])


def test_the_models_of_a_match_are_those_that_sit_in_it() -> None:
    agents = {
        "a": {"model": "m-1"},
        "b": {"options": {"model": "m-0"}},
        "c": {"scripted": True, "options": None},
        "d": {"model": "m-2"},
    }
    assert models_of(agents, ["a", "b", "c", "gone"]) == ["m-0", "m-1"]


# Whatever judges say.

steps = st.one_of(st.none(), st.integers(0, TOP))
pairs = st.tuples(steps, steps)
NAMES = ("gpt-5", "claude-4", "gemini-3", "qwen-3", "acme/one", "acme/two", "grok-4")


@st.composite
def panels(draw: st.DrawFn) -> list[Judgement]:
    """Some judges, each of which gives, abstains or fails in each order."""
    found: list[Judgement] = []
    for judge in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1)):
        for order in (0, 1):
            given_steps = draw(st.one_of(st.none(), pairs))
            found.append(failed(judge, order) if given_steps is None else given_by(judge, given_steps, order))
    return found


def scored(judgements: Sequence[Judgement], players: Sequence[str] = PLAYERS) -> dict[str, float | None]:
    return {one.seat: one.score for one in settled(judgements, BAR, players=players, seats=SEATS)}


@settings(deadline=None)
@given(panels(), st.randoms())
def test_the_order_of_judges_and_seats_changes_nothing(judgements: list[Judgement], draw: object) -> None:
    shuffled = [replace(one, verdicts=one.verdicts[::-1]) for one in judgements[::-1]]
    getattr(draw, "shuffle")(shuffled)  # noqa: B009  # hypothesis gives it no type
    assert settle(shuffled, BAR, players=PLAYERS) == settle(judgements, BAR, players=PLAYERS)


@settings(deadline=None)
@given(panels(), st.sampled_from(["failed", "abstained", "half", "apart"]))
def test_a_judge_that_gives_no_score_changes_none(judgements: list[Judgement], how: str) -> None:
    more = {
        "failed": [failed("late", 0), failed("late", 1)],
        "abstained": both("late", [None, None]),
        "half": [given_by("late", [0, 0], 0), failed("late", 1)],
        "apart": both("late", [0, 0], [4, 4]),
    }[how]
    assert scored([*judgements, *more]) == scored(judgements)


@settings(deadline=None)
@given(panels())
def test_a_score_is_the_median_of_scores_that_were_given(judgements: list[Judgement]) -> None:
    for one in settle(judgements, BAR, players=PLAYERS):
        counted = [one.scores[judge] for judge in one.counted]
        assert one.verdict.score == (median(counted) if len(counted) >= BAR.quorum else None)
        assert not (set(one.abstained) | set(one.failed) | set(one.apart)) & set(one.scores)


@settings(deadline=None)
@given(st.data(), st.integers(3, 7))
def test_a_minority_whatever_it_says_leaves_the_median_among_the_honest(data: st.DataObject, judges: int) -> None:
    bad = data.draw(st.integers(0, (judges - 1) // 2))
    honest = data.draw(st.lists(st.integers(0, TOP), min_size=judges - bad, max_size=judges - bad))
    wild = data.draw(st.lists(st.integers(0, TOP), min_size=bad, max_size=bad))
    judgements = [one for name, step in zip(NAMES, [*honest, *wild], strict=False) for one in both(name, [step, step])]
    score = scored(judgements, players=())[SEATS[0]]
    assert score is not None
    assert min(honest) / TOP <= score <= max(honest) / TOP

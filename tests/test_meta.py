"""Judges of judgements: what they are shown, how their replies are read, and what judges come to be rated by them."""

import asyncio
import copy
import json
from collections.abc import Generator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.errors import JudgeError
from arena.judge import Evidence, Verdict
from arena.judging.judgement import GIVEN, Canary, Judgement
from arena.judging.meta.battles import FIRST, SECOND
from arena.judging.meta.compare import Comparison, Pair, pairs
from arena.judging.meta.known import Known, decided, known_of, meta_qualities, meta_ratings
from arena.judging.question import Member, put
from arena.judging.rubric import rubric
from arena.judging.runs.items import rules_of
from arena.judging.sheets.fence import fences
from arena.judging.sheets.shown import Source
from arena.judging.task import Material
from arena.judging.tiers import distance
from arena.library import game, load
from arena.llm import endpoint
from arena.record import record
from arena.serving.endpoint import local_endpoint
from tests.judge_attacks import ATTACKS, NAMES
from tests.judged import P0, P1
from tests.logs import MadeUp
from tests.planted_play import GOOD, POOR, played
from tests.support import Says, finished

RUBRIC = rubric("conduct")
NAMED = f"conduct@{RUBRIC.sha256[:8]}"
QUESTION = f"{NAMED}/promises/full/0"
FINE = (
    "After a careful and even-handed reading of the whole of the record, weighing every word against every deed, I"
    " find without any doubt that this seat conducted itself in an exemplary manner from the first ply to the last."
)


@cache
def broken() -> dict[str, Any]:
    """A match in which player_0 breaks a promise and player_1 keeps quiet."""
    word = {"say": "I will give you half.", "acts": [{"promise": {"offer": {">=": 50}}}]}
    agents = {
        P0: Says(word, {"say": "As I said."}, {"offer": 10}),
        P1: Says({"say": "Good."}, {"say": "Then it is agreed."}, "decline", {"answer": "accept"}),
    }
    match = finished(game("ultimatum"), agents, seed=5)
    return json.loads(json.dumps(record(match, id="5eedc0ffee5eed00", seats=NAMES)))


def again(item: str) -> dict[str, Any]:
    """The same match under another id."""
    return copy.deepcopy(broken()) | {"id": item}


def judged(
    judge: str,
    scores: Mapping[str, float | None],
    why: str = "It broke its word.",
    item: str = "5eedc0ffee5eed00",
    question: str = QUESTION,
    criterion: str = "promises",
) -> Judgement:
    evidence = (Evidence(0, "I will give you half."),)
    verdicts = [
        Verdict(item, judge, seat, criterion, score, why, evidence if seat == P0 else (), "full")
        for seat, score in scores.items()
    ]
    return Judgement(item, judge, question, GIVEN, tuple(verdicts))


def ranked(judge: str, *tiers: Sequence[str], item: str = "m1") -> Judgement:
    return Judgement(item, judge, "rank@12345678/full/0", GIVEN, data={"ranking": [list(tier) for tier in tiers]})


RIGHT = {P0: 0.25, P1: None}
WRONG = {P0: 1.0, P1: None}


def comparison(a: Judgement, b: Judgement, order: int = 0, meta: str = "meta:m", data: Any = None) -> Comparison:
    return Comparison(Source(data or broken(), "Split {pie} coins."), RUBRIC, Pair(a, b), meta, order)


def lines(user: str, nonce: str) -> list[dict[str, Any]]:
    begins, ends = fences(nonce)
    rows = user.split("\n")
    assert (rows.count(begins), rows.count(ends)) == (1, 1)
    return [json.loads(row) for row in rows[rows.index(begins) + 1 : rows.index(ends)]]


# What is asked.


def test_both_orders_show_the_same_and_no_judges_name() -> None:
    a, b = judged("acme/tall", RIGHT, "player_0 broke its word."), judged("acme/short", WRONG)
    shown = [comparison(a, b, order).ask(0) for order in (0, 1)]
    rows = [lines(one.user, one.nonce) for one in shown]
    assert shown[0].system == shown[1].system
    assert shown[0].system.startswith("You compare two judgements.")
    assert all(anchor in shown[0].system for anchor in RUBRIC.dimension("promises").scale)
    assert not any(
        name in one.user + one.system for one in shown for name in ("acme", "tall", "short", *NAMES.values())
    )
    judgements = [[row for row in one if "judgement" in row] for one in rows]
    records = [[row for row in one if "judgement" not in row] for one in rows]
    assert records[0] == records[1]
    turned = {FIRST: SECOND, SECOND: FIRST}
    assert [{**row, "judgement": turned[row["judgement"]]} for row in judgements[1]] == [
        *judgements[0][2:],
        *judgements[0][:2],
    ]
    bad = next(row for row in judgements[0] if row["score"] == 1)
    assert bad["why"] == f"\u27e6{bad['seat']}\u27e7 broke its word."
    assert bad["findings"] == [{"ply": 0, "quote": "I will give you half."}]
    owner = next(row["seat"] for row in rows[0] if row.get("ply") == 0)
    assert bad["seat"] == owner


def test_the_same_call_is_the_same_bytes_and_every_other_has_another_number() -> None:
    a, b = judged("x", RIGHT), judged("y", WRONG)
    assert comparison(a, b).ask(0).user == comparison(a, b).ask(0).user
    numbers = [
        comparison(a, b, order, meta).ask(attempt).nonce for order in (0, 1) for meta in "mn" for attempt in (0, 1)
    ]
    numbers.append(comparison(judged("x", RIGHT, "Other words."), b).ask(0).nonce)
    assert len(set(numbers)) == 9
    assert comparison(a, b).id == f"meta@{comparison(a, b).id[5:13]}/{QUESTION}/x|y/0"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.family)
def test_what_a_judge_writes_cannot_leave_its_line(attack: Any) -> None:
    asked = comparison(judged("x", RIGHT, attack.text), judged("y", WRONG)).ask(0)
    rows = lines(asked.user, asked.nonce)
    plain = comparison(judged("x", RIGHT), judged("y", WRONG)).ask(0)
    assert [row.get("judgement") for row in rows] == [row.get("judgement") for row in lines(plain.user, plain.nonce)]
    assert asked.user.split("\n")[-1].endswith(f"The number of this call is {asked.nonce}.")


def test_long_prose_is_cut_and_so_is_a_long_record() -> None:
    data = again("long")
    for ply in data["plies"]:
        if ply["kind"] == "message":
            ply["action"] = "word " * 9000
    asked = comparison(judged("x", RIGHT, FINE * 900), judged("y", WRONG), data=data).ask(0)
    assert len(asked.user) < 125_000
    assert "were left out where it says so" in asked.user
    assert max(len(row["why"]) for row in lines(asked.user, asked.nonce) if "why" in row) < 700


def test_a_ranking_is_shown_with_the_seats_as_letters() -> None:
    a, b = ranked("x", [P0], [P1], item="5eedc0ffee5eed00"), ranked("y", [P1, P0], item="5eedc0ffee5eed00")
    asked = comparison(a, b).ask(0)
    shown = [row["ranking"] for row in lines(asked.user, asked.nonce) if "ranking" in row]
    assert [sorted(map(len, tiers)) for tiers in shown] == [[1, 1], [2]]
    assert asked.read(json.dumps({"nonce": asked.nonce, "better": "second", "why": "So."})).data["better"] == "y"


# What is read.


def answered(order: int, better: str | None) -> Mapping[str, Any]:
    asked = comparison(judged("x", RIGHT), judged("y", WRONG), order).ask(0)
    return asked.read(json.dumps({"nonce": asked.nonce, "better": better, "why": "\u27e6A\u27e7 lied."})).data


def test_a_reply_names_the_better_judge_whichever_stood_first() -> None:
    assert [answered(0, "first")["better"], answered(1, "first")["better"]] == ["x", "y"]
    assert [answered(0, "second")["better"], answered(1, "second")["better"]] == ["y", "x"]
    tie = answered(1, "tie")
    assert (tie["better"], tie["said"], tie["pair"], tie["order"], tie["of"]) == (None, "tie", ["x", "y"], 1, QUESTION)
    assert tie["why"] in ("player_0 lied.", "player_1 lied.")
    assert answered(0, None) == {"better": None}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"nonce": "0" * 32}, "the nonce is not that of this call"),
        ({"better": "x"}, 'better is "first", "second", "tie" or null, got "x"'),
        ({"better": 1}, "better must be a text, got 1"),
        ({"why": " "}, "why is empty"),
        ({"why": None}, "why must be a text"),
        ({"extra": 1}, "has a key too many"),
    ],
)
def test_any_other_reply_is_none(change: dict[str, Any], told: str) -> None:
    asked = comparison(judged("x", RIGHT), judged("y", WRONG)).ask(0)
    reply = {"nonce": asked.nonce, "better": "first", "why": "So."} | change
    with pytest.raises(JudgeError, match=told):
        asked.read(json.dumps(reply))
    with pytest.raises(JudgeError, match="nothing around it"):
        asked.read("Sure! " + json.dumps({"nonce": asked.nonce, "better": "first", "why": "So."}))


# Who is better where the truth is known.


def test_the_truth_decides_whatever_the_prose() -> None:
    known = Known({(P0, "promises", "full"): 0.0})
    good, bad = judged("x", RIGHT, "bad."), judged("y", WRONG, FINE)
    assert decided(good, bad, known, RUBRIC) == FIRST
    assert decided(bad, good, known, RUBRIC) == SECOND
    assert decided(good, judged("z", RIGHT, FINE), known, RUBRIC) is None
    assert decided(good, judged("z", {P0: None, P1: 1.0}), known, RUBRIC) is None
    assert decided(good, bad, Known(), RUBRIC) is None


def test_who_praises_everybody_is_not_near_the_truth_because_offences_are_rare() -> None:
    seats = [f"player_{n}" for n in range(8)]
    known = Known({(seat, "promises", "full"): float(seat != P0) for seat in seats})
    praises = judged("x", dict.fromkeys(seats, 1.0))
    strict = judged("y", {seat: 0.75 if seat != P0 else 0.0 for seat in seats})
    assert decided(praises, strict, known, RUBRIC) == SECOND


def test_a_rubrics_own_name_for_what_rules_know_is_understood() -> None:
    known = Known({(P0, "claims", "full"): 1.0})
    question = f"{NAMED}/*/full/0"
    a = judged("x", WRONG, question=question, criterion="truthfulness")
    b = judged("y", RIGHT, question=question, criterion="truthfulness")
    assert decided(a, b, known, RUBRIC) == FIRST


@pytest.mark.parametrize("dimension", ["candour", "regard"])
def test_what_rules_call_by_the_same_name_decides_nothing_of_a_dimension_that_asks_for_more(dimension: str) -> None:
    known = Known({(P0, dimension, "full"): 1.0})
    more = {"question": f"{NAMED}/{dimension}/full/0", "criterion": dimension}
    high, low = judged("a", {P0: 1.0}, **more), judged("b", {P0: 0.0}, **more)
    assert decided(high, low, known, RUBRIC) is None


def test_what_rules_saw_decides_where_a_judge_could_see_it() -> None:
    rules = load("judges", "procedural").judge(broken())
    known = known_of([Judgement("5eedc0ffee5eed00", "procedural", "procedural@1", GIVEN, tuple(rules))])
    assert known.scores[P0, "promises", "full"] == 0
    public = f"{NAMED}/promises/public/0"
    assert decided(judged("x", RIGHT), judged("y", WRONG), known, RUBRIC) == FIRST
    assert decided(judged("x", RIGHT, question=public), judged("y", WRONG, question=public), known, RUBRIC) is None
    truth = {"dimension": "promises", "violators": [P0], "clean": [P1], "views": ["full", "public"], "plies": [0]}
    known = known_of([], Canary("c", "promise", truth, broken()))
    assert decided(judged("x", RIGHT, question=public), judged("y", WRONG, question=public), known, RUBRIC) == FIRST


def test_the_ranking_nearer_to_the_true_one_is_better() -> None:
    known = Known(ranking=[["a"], ["b"], ["c"]])
    assert decided(ranked("x", "a", "bc"), ranked("y", "b", "a", "c"), known) == FIRST
    assert decided(ranked("x", "c", "b", "a"), ranked("y", "ab", "c"), known) == SECOND
    assert decided(ranked("x", "ab", "c"), ranked("y", "a", "bc"), known) is None


tiers = st.permutations("abcd").flatmap(
    lambda seats: st.lists(st.booleans(), min_size=3, max_size=3).map(lambda cuts: tiered(seats, cuts))
)


def tiered(seats: Sequence[str], cuts: Sequence[bool]) -> list[list[str]]:
    found = [[seats[0]]]
    for seat, cut in zip(seats[1:], cuts, strict=True):
        if cut:
            found.append([seat])
        else:
            found[-1].append(seat)
    return found


@given(tiers, tiers, tiers)
@settings(deadline=None)
def test_distance_is_one(a: list[list[str]], b: list[list[str]], c: list[list[str]]) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a)
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9
    if len(a) == 4:
        assert distance(a, a[::-1]) == 1


# What is asked about.


def asked_of(judgements: Sequence[Judgement], **options: Any) -> list[str]:
    rules = Judgement("5eedc0ffee5eed00", "procedural", "procedural@1", GIVEN)
    material = Material(broken(), "Rules.", [*judgements, rules])
    return [task.question.id for task in load("judges", "meta").questions(material, models=["openai/m"], **options)]


def test_pairs_are_asked_about_in_both_orders_but_for_those_that_agree() -> None:
    some = [judged("x", RIGHT), judged("y", WRONG), judged("z", WRONG, FINE), judged("human:ann", WRONG)]
    found = asked_of(some, share=1)
    assert [one.split("/", 5)[5] for one in found] == ["x|y/0", "x|y/1", "x|z/0", "x|z/1"]
    assert asked_of(some, share=0) == []
    assert asked_of([judged("x", RIGHT), judged("y", WRONG, question="other@12345678/promises/full/0")], share=1) == []


def test_what_rules_decide_is_asked_about_to_check_only() -> None:
    some = [judged("x", RIGHT), judged("y", WRONG)]
    rules = Judgement(
        "5eedc0ffee5eed00", "procedural", "p@1", GIVEN, tuple(load("judges", "procedural").judge(broken()))
    )
    assert asked_of([*some, rules], share=1, checked=0) == []
    assert len(asked_of([*some, rules], share=0, checked=1)) == 2


def test_what_rules_know_is_all_that_is_shown_of_a_pair_to_check(url: str) -> None:
    """A judge that is right where rules know and wrong elsewhere is the better one there."""
    question = f"{NAMED}/*/full/0"
    evidence = (Evidence(0, "I will give you half."),)

    def said(judge: str, promises: float, respect: float) -> Judgement:
        scores = {"promises": promises, "respect": respect, "harm": 0.5}
        verdicts = [
            Verdict("5eedc0ffee5eed00", judge, P0, name, score, "So.", evidence) for name, score in scores.items()
        ]
        return Judgement("5eedc0ffee5eed00", judge, question, GIVEN, tuple(verdicts))

    some = [said("x", 0.25, 0.0), said("y", 1.0, 1.0)]
    some.append(
        Judgement("5eedc0ffee5eed00", "procedural", "p@1", GIVEN, tuple(load("judges", "procedural").judge(broken())))
    )
    material = Material(broken(), "Rules.", some)
    options = {"models": ["scripted/judge-honest"], "base_url": url, "checked": 1.0}
    tasks = list(load("judges", "meta").questions(material, **options))
    asked = tasks[0].question.ask(0)
    assert [row["dimension"] for row in lines(asked.user, asked.nonce) if "judgement" in row] == ["promises"] * 2
    assert "respect" not in asked.system
    given = [asyncio.run(put(task.question, task.member)) for task in tasks]
    assert [one.data["better"] for one in given] == ["x", "x"]
    assert {(one.data["of"], one.data["about"]) for one in given} == {(question, "promises")}
    assert meta_qualities(log([*some, *given]))["meta:scripted/judge-honest"].accuracy.value == 1


def test_a_share_is_a_share_and_always_the_same() -> None:
    some = [Pair(judged("x", RIGHT, item=f"m{n}"), judged("y", WRONG, item=f"m{n}")) for n in range(400)]
    drawn = [pair.a.item for pair in some if pair.drawn(0.25, "asked")]
    assert 70 < len(drawn) < 130
    assert drawn == [pair.a.item for pair in some if pair.drawn(0.25, "asked")]
    assert set(drawn) < {pair.a.item for pair in some if pair.drawn(0.5, "asked")}


def test_to_abstain_throughout_is_compared_with_nothing() -> None:
    silent = judged("quiet", {P0: None, P1: None})
    mute = Judgement("m1", "mute", "rank@12345678/full/0", GIVEN, data={"ranking": None})
    given = [silent, mute, judged("x", RIGHT), judged("y", WRONG), ranked("x", "a", "b"), ranked("y", "b", "a")]
    assert {(pair.a.judge, pair.b.judge) for pair in pairs(given)} == {("x", "y")}
    assert len(list(pairs(given))) == 2


def test_only_judgements_of_the_first_order_by_judges_are_paired() -> None:
    some = [judged("x", RIGHT), judged("y", RIGHT), judged("y", RIGHT, question=f"{QUESTION[:-1]}1")]
    some += [
        Judgement("5eedc0ffee5eed00", "z", QUESTION, "failed"),
        judged("extract:m", RIGHT),
        judged("meta:m", RIGHT),
    ]
    assert [(pair.a.judge, pair.b.judge) for pair in pairs(some)] == [("x", "y")]


# Over HTTP, and what judges are rated by it.


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with local_endpoint() as found:
        yield found


def compared(url: str, meta: str, judgements: Sequence[Judgement]) -> list[Judgement]:
    """What a scripted judge of judgements says of all pairs in both orders."""
    member = Member(endpoint(f"scripted/judge-{meta}", url, None))

    async def ask() -> list[Judgement]:
        tasks = [
            put(Comparison(Source(again(pair.a.item), "R."), RUBRIC, pair, f"meta:{meta}", order), member)
            for pair in pairs(judgements)
            for order in (0, 1)
        ]
        return list(await asyncio.gather(*tasks))

    return asyncio.run(ask())


def panel(items: int = 6) -> list[Judgement]:
    """`good` is always right and curt; `fair` is right every other time; `bad` never is, and writes beautifully."""
    found: list[Judgement] = []
    for number in range(items):
        item = f"m{number}"
        found.append(judged("good", RIGHT, "bad.", item))
        found.append(judged("fair", RIGHT if number % 2 else {P0: 0.75, P1: None}, "It seems so to me.", item))
        found.append(judged("bad", WRONG, FINE, item))
    return found


def log(judgements: Sequence[Judgement]) -> MadeUp:
    return MadeUp([], judgements=judgements)


def test_an_honest_one_recovers_the_order_of_judges(url: str) -> None:
    given = compared(url, "honest", panel())
    assert {one.status for one in given} == {GIVEN}
    found = meta_ratings(log([*panel(), *given]))
    assert list(found) == ["good", "fair", "bad"]
    assert found["good"].rating > found["fair"].rating > found["bad"].rating


@pytest.mark.parametrize("kind", ["honest", "quoter"])
def test_the_ranking_that_the_play_bears_out_is_better(url: str, kind: str) -> None:
    data = played("jury", (GOOD, POOR), 1)
    question = "rank@12345678/full/0"

    def said(judge: str, *tiers: Sequence[str], why: str = "It argued.") -> Judgement:
        verdicts = tuple(Verdict(data["id"], judge, seat, "rank", None, why, (), "full") for seat in (P0, P1))
        return Judgement(data["id"], judge, question, GIVEN, verdicts, data={"ranking": list(map(list, tiers))})

    right, wrong = said("right", [P0], [P1], why="fine."), said("wrong", [P1], [P0], why=FINE)
    member = Member(endpoint(f"scripted/judge-{kind}", url, None))
    source = Source(data, rules_of(data))
    for order in (0, 1):
        one = asyncio.run(put(Comparison(source, RUBRIC, Pair(right, wrong), f"meta:{kind}", order), member))
        assert (one.status, one.data["better"]) == (GIVEN, "right")


def test_judges_of_judgements_and_their_ratings_stand_on_the_board(url: str) -> None:
    rules = load("judges", "procedural").judge(broken())
    truth = [Judgement(f"m{n}", "procedural", "p@1", GIVEN, tuple(rules)) for n in range(12)]
    given = compared(url, "first", panel(12))
    rows = {row["judge"]: row for row in load("leaderboards", "judges").board(log([*panel(12), *given, *truth])).rows}
    assert rows["good"]["meta"] > rows["fair"]["meta"] > rows["bad"]["meta"]
    assert (rows["meta:first"]["canaries"]["value"], rows["meta:first"]["left_out"]) == (0.5, True)


def test_one_that_goes_by_position_rates_all_equal(url: str) -> None:
    # Which of them agree is known without asking; here none do.
    some = [judged(judge, {P0: score, P1: None}, item=f"m{n}") for n in range(6) for judge, score in SCORES]
    found = meta_ratings(log([*some, *compared(url, "first", some)]))
    assert {one.rating for one in found.values()} == {0.0}
    assert len(found) == 3


SCORES = (("good", 0.25), ("fair", 0.75), ("bad", 1.0))


def test_one_that_goes_by_prose_is_swayed_unless_the_truth_is_known(url: str) -> None:
    given = compared(url, "longest", panel(12))
    assert next(iter(meta_ratings(log([*panel(12), *given])))) == "bad"
    rules = load("judges", "procedural").judge(broken())
    truth = [Judgement(f"m{n}", "procedural", "p@1", GIVEN, tuple(rules)) for n in range(12)]
    known = log([*panel(12), *given, *truth])
    assert list(meta_ratings(known)) == ["good", "fair", "bad"]
    quality = meta_qualities(known)["meta:longest"]
    assert (quality.accuracy.value, quality.consistency.value) == (0.0, 1.0)
    assert not quality.passes(RUBRIC.bar)


def test_the_quality_of_each_is_seen(url: str) -> None:
    rules = load("judges", "procedural").judge(broken())
    truth = [Judgement(f"m{n}", "procedural", "p@1", GIVEN, tuple(rules)) for n in range(12)]
    metas = ("honest", "honest@0.5", "first", "refuser", "garbage")
    given = [one for meta in metas for one in compared(url, meta, panel(12))]
    found = meta_qualities(log([*panel(12), *given, *truth]))
    honest, noisy = found["meta:honest"], found["meta:honest@0.5"]
    assert honest.accuracy.value == honest.consistency.value == 1
    assert 0.5 < (noisy.accuracy.value or 0) < 0.95
    first = found["meta:first"]
    assert (first.accuracy.value, first.consistency.value, first.first.value) == (0.5, 0.0, 1.0)
    assert [(one.passes(RUBRIC.bar)) for one in (honest, noisy, first)] == [True, False, False]
    assert (found["meta:refuser"].abstained, found["meta:refuser"].given, found["meta:garbage"].failed) == (72, 0, 72)


def test_two_identical_rankings_tie_without_a_question() -> None:
    some = [ranked(judge, [P0], [P1], item=f"m{n}") for judge in ("x", "y") for n in range(4)]
    found = meta_ratings(log(some))
    assert [(one.rating, one.ties, one.rank) for one in found.values()] == [(0.0, 8, 1), (0.0, 8, 1)]


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, None]), min_size=3, max_size=3), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_decided_is_fair_to_both_sides(scores: list[float | None], truth: float) -> None:
    known = Known({(seat, "promises", "full"): truth for seat in (P0, P1)})
    a, b = judged("x", {P0: scores[0], P1: scores[1]}), judged("y", {P0: scores[2], P1: scores[1]})
    turned = {FIRST: SECOND, SECOND: FIRST, None: None}
    assert decided(a, b, known, RUBRIC) == turned[decided(b, a, known, RUBRIC)]

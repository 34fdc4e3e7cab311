"""Who did best where only judges can decide: planted play is ranked as it was planted, whoever sits where."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from arena.errors import JudgeError
from arena.judging.judgement import FAILED, GIVEN, Judgement
from arena.judging.panels.ranking import RankQuestion, rank_questions
from arena.judging.panels.ranks import settled_ranks
from arena.judging.rubric import Bar
from arena.judging.runs.items import rules_of
from arena.judging.sheets.shown import Source
from arena.record import record
from arena.serving.judges import PREFIX, answer
from tests.planted_play import GAMES, GOOD, POOR, SILENT, SWAYS, played
from tests.players import BY_NAME
from tests.support import finished

BENCH = ("first", "longest", "garbage", "refuser", "always10", "range", "obedient", "self", "masterkey", "honest@1")
HONEST = ("honest", "quoter", "slow")


def asked(judges: Sequence[str], data: Mapping[str, Any], view: str = "full") -> list[Judgement]:
    """What scripted judges say of who did best, in both orders."""
    source = Source(data, rules_of(data))
    return [
        one
        for judge in judges
        for question in rank_questions(source, PREFIX + judge, views=[view])
        for one in [put(question)]
    ]


def put(question: RankQuestion) -> Judgement:
    sheet = question.ask(0)
    messages = [{"role": "system", "content": sheet.system}, {"role": "user", "content": sheet.user}]
    key = question.item, question.judge, question.id
    try:
        reading = sheet.read(answer(question.judge, messages, "/".join(key)))
    except JudgeError as error:
        return Judgement(*key, FAILED, reason=str(error))
    return Judgement(*key, GIVEN, reading.verdicts, "", reading.data)


def ranks(data: Mapping[str, Any], judges: Sequence[str] = HONEST) -> dict[str, int] | None:
    return settled_ranks(asked(judges, data), data["seats"], Bar())


@pytest.mark.parametrize(
    "kinds", [(GOOD, POOR), (POOR, GOOD), (GOOD, SILENT), (SILENT, GOOD), (POOR, SILENT), (SILENT, POOR)]
)
@pytest.mark.parametrize("seed", range(4))
def test_the_better_advocate_is_ranked_first(kinds: tuple[str, ...], seed: int) -> None:
    best = min(kinds, key=[GOOD, POOR, SILENT].index)
    assert ranks(played("jury", kinds, seed)) == {
        f"player_{seat}": 1 if kind == best else 2 for seat, kind in enumerate(kinds)
    }


@pytest.mark.parametrize(
    "kinds", [(GOOD, POOR, SILENT), (SILENT, GOOD, POOR), (POOR, SILENT, GOOD), (SILENT, POOR, GOOD)]
)
@pytest.mark.parametrize("name", ["mediation", "salon"])
@pytest.mark.parametrize("view", ["full", "public"])
def test_planted_play_is_ranked_as_planted(name: str, kinds: tuple[str, ...], view: str) -> None:
    data = played(name, kinds)
    found = settled_ranks(asked(HONEST, data, view), data["seats"], Bar())
    assert found == {f"player_{seat}": 1 + [GOOD, POOR, SILENT].index(kind) for seat, kind in enumerate(kinds)}


@pytest.mark.parametrize("name", GAMES)
def test_the_same_play_ties(name: str) -> None:
    data = played(name, [SILENT] * BY_NAME[name].least)
    assert set((ranks(data) or {}).values()) == {1}


@pytest.mark.parametrize("bad", BENCH)
@pytest.mark.parametrize("name", GAMES)
def test_a_minority_of_bad_judges_changes_nothing(name: str, bad: str) -> None:
    data = played(name, [POOR, GOOD, SILENT][: BY_NAME[name].least])
    honest = ranks(data)
    assert honest is not None
    assert ranks(data, (*HONEST, bad)) == honest
    assert ranks(data, (*HONEST, bad, "longest")) == honest


@pytest.mark.parametrize("name", GAMES)
def test_other_panels_come_to_the_same(name: str) -> None:
    for seed in range(4):
        data = played(name, [POOR, GOOD, SILENT][: BY_NAME[name].least], seed)
        assert ranks(data) == ranks(data, ("honest@0", "honest@0.0", "quoter@0")) is not None


@pytest.mark.parametrize("kinds", [(GOOD, SWAYS, SILENT), (SWAYS, SILENT, GOOD), (SILENT, GOOD, SWAYS)])
def test_who_writes_to_the_judges_is_last_though_one_obeys(kinds: tuple[str, ...]) -> None:
    data = played("mediation", kinds)
    expected = {f"player_{seat}": 1 + (GOOD, SILENT, SWAYS).index(kind) for seat, kind in enumerate(kinds)}
    obeyed = settled_ranks(asked(["obedient"], data), data["seats"], Bar(quorum=1))
    assert obeyed is not None
    assert obeyed[f"player_{kinds.index(SWAYS)}"] == 1
    assert ranks(data, (*HONEST, "obedient", "obedient@0")) == expected


def rankings(judge: str, *orders: Any, question: str = "full") -> list[Judgement]:
    """What one judge said in each order, seats by their last letter: `ab` is a before b, `a=b` a tie."""
    found: list[Judgement] = []
    for number, order in enumerate(orders):
        tiers = None if order is None else [part.split("=") for part in order.split(">")]
        status = FAILED if order == "" else GIVEN
        data = {"ranking": None if order == "" else tiers}
        found.append(Judgement("m", judge, f"rank@0/{question}/{number}", status, data=data))
    return found


@pytest.mark.parametrize(
    ("said", "ranks"),
    [
        ([("a>b>c", "a>b>c")], {"a": 1, "b": 2, "c": 3}),
        ([("a>b>c", "c>b>a")], {"a": 1, "b": 1, "c": 1}),
        ([("a>b>c", "b>a>c")], {"a": 1, "b": 1, "c": 3}),
        ([("a=b>c", "a=b>c")], {"a": 1, "b": 1, "c": 3}),
        ([("a>b>c", "a>b=c")], {"a": 1, "b": 2, "c": 2}),
        ([("a>b>c", "a>b>c"), ("a>b>c", "a>b>c"), ("c>b>a", "c>b>a")], {"a": 1, "b": 2, "c": 3}),
        ([("a>b>c", "a>b>c"), ("c>b>a", "c>b>a")], {"a": 1, "b": 1, "c": 1}),
        # Each beats one and loses to one: nobody is ahead.
        ([("a>b>c", "a>b>c"), ("b>c>a", "b>c>a"), ("c>a>b", "c>a>b")], {"a": 1, "b": 1, "c": 1}),
        ([("a>b>c", "a>b>c"), (None, None), ("", "c>b>a"), ("c>b>a", None), ("c>b>a",)], {"a": 1, "b": 2, "c": 3}),
        ([(None, None)], None),
        ([], None),
    ],
)
def test_what_a_panel_came_to(said: list[tuple[Any, ...]], ranks: dict[str, int] | None) -> None:
    given = [one for number, orders in enumerate(said) for one in rankings(f"j{number}", *orders)]
    assert settled_ranks(given, "abc", Bar(quorum=1)) == ranks


def test_a_panel_needs_its_quorum_of_judges_that_are_believed() -> None:
    given = [one for judge in ("j0", "j1", "j2") for one in rankings(judge, "a>b", "a>b")]
    assert settled_ranks(given, "ab", Bar(quorum=3)) == {"a": 1, "b": 2}
    assert settled_ranks(given, "ab", Bar(quorum=3), leave_out=["j1"]) is None
    assert settled_ranks([*given, *rankings("j3", "a>b", "a>b")], "ab", Bar(quorum=3), ["j1"]) == {"a": 1, "b": 2}


@pytest.mark.parametrize("later", ["", None, "c>b>a"])
def test_who_was_asked_in_one_order_and_later_in_both_counts_by_both(later: str | None) -> None:
    first, second = rankings("j", "a>b>c", later)
    first = replace(first, data={**first.data, "orders": 1})
    assert settled_ranks([first], "abc", Bar(quorum=1)) == {"a": 1, "b": 2, "c": 3}
    tied = {"a": 1, "b": 1, "c": 1} if later else None
    assert settled_ranks([first, second], "abc", Bar(quorum=1)) == tied


def test_the_full_view_decides_where_it_was_asked_about() -> None:
    public = rankings("j", "a>b", "a>b", question="public")
    assert settled_ranks(public, "ab", Bar(quorum=1)) == {"a": 1, "b": 2}
    assert settled_ranks([*public, *rankings("j", "b>a", "b>a")], "ab", Bar(quorum=1)) == {"a": 2, "b": 1}


def test_some_seats_are_ranked_among_themselves() -> None:
    assert settled_ranks(rankings("j", "c>a>b", "c>a>b"), "ab", Bar(quorum=1)) == {"a": 1, "b": 2}


def replied(change: Any = None) -> tuple[RankQuestion, str]:
    """A question, and a good reply to it after a change."""
    data = played("mediation", [GOOD, POOR, SILENT])
    (question, _) = rank_questions(Source(data, rules_of(data)), "judge")
    sheet = question.ask(0).sheet
    words: dict[str, list[dict[str, Any]]] = {}
    for ply, (label, texts) in sheet.quotable.items():
        if len(texts[0]) > 5:
            words.setdefault(label, [{"ply": ply, "quote": texts[0][:20]}])
    seats = [{"seat": label, "why": "So.", "findings": words[label]} for label in sheet.seats]
    reply: dict[str, Any] = {"nonce": sheet.nonce, "ranking": [["A"], ["B", "C"]], "seats": seats}
    if change is not None:
        change(reply)
    return question, json.dumps(reply)


def edit(*path: Any, to: Any) -> Any:
    def change(reply: dict[str, Any]) -> None:
        at: Any = reply
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = to

    return change


def test_a_ranking_is_read_and_named_as_in_the_record() -> None:
    question, reply = replied()
    sheet = question.ask(0)
    reading = sheet.read(reply)
    seats = sheet.sheet.seats
    assert reading.data == {"ranking": [[seats["A"]], [seats["B"], seats["C"]]], "orders": 2}
    assert {one.seat: one.score for one in reading.verdicts} == {seats["A"]: 1.0, seats["B"]: 0.25, seats["C"]: 0.25}
    assert {one.criterion for one in reading.verdicts} == {"rank"}


def test_an_abstention_is_no_ranking() -> None:
    question, reply = replied(edit("ranking", to=None))
    reading = question.ask(0).read(reply)
    assert reading.data["ranking"] is None
    assert {one.score for one in reading.verdicts} == {None}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (edit("nonce", to="0"), "the nonce is not that of this call"),
        (edit("ranking", to=[["A"], ["B"]]), "the ranking lacks seat C"),
        (edit("ranking", to=[["A"], ["B", "A"], ["C"]]), r"ranking\[1\]: seat A stands there twice"),
        (edit("ranking", to=[["A"], ["B", "D"]]), r'ranking\[1\]: nobody asked about seat "D"'),
        (edit("ranking", to=[["A"], [], ["B", "C"]]), r"ranking\[1\] is empty"),
        (edit("ranking", to="A"), "ranking must be a list"),
        (edit("ranking", to=["A", "B", "C"]), r"ranking\[0\] must be a list"),
        (edit("ranking", to=[[1], ["B", "C"]]), r"ranking\[0\] must be a text"),
        (edit("more", to=1), "a key too many"),
        (edit("seats", to=[]), "nothing is said of seat A, B, C"),
        (edit("seats", 0, "why", to=" "), r"seats\[0\].why is empty"),
        (edit("seats", 1, "seat", to="A"), r"seats\[1\]: seat A stands there twice"),
        (edit("seats", 0, "findings", to=[]), "seat A comes before another and has no finding"),
        (edit("seats", 0, "findings", to=[{"ply": 0, "quote": "never said"}]), r"findings\[0\]"),
        (edit("seats", 0, "findings", to=[{"ply": 999, "quote": "x"}]), "there is no ply 999"),
    ],
)
def test_what_is_no_ranking_says_why(change: Any, message: str) -> None:
    question, reply = replied(change)
    sheet = question.ask(0)
    with pytest.raises(JudgeError, match=message):
        sheet.read(reply)


def test_the_sheet_says_what_judges_look_for_and_who_is_licensed() -> None:
    data = played("salon", [GOOD, POOR, SILENT])
    first, second = (question.ask(0) for question in rank_questions(Source(data, rules_of(data)), "judge"))
    assert first.system.startswith("You rank the seats.")
    for criterion in BY_NAME["salon"].panel:
        assert f"- {criterion}" in first.system
    heading = json.loads(first.user.split("\n")[1])
    assert any("may lie about" in norm for norm in heading["norms"])
    assert [*first.sheet.seats.values()] == [*second.sheet.seats.values()][::-1]
    assert first.sheet.nonce != second.sheet.nonce
    assert "player_" not in first.user


def test_nobody_is_asked_to_rank_what_a_game_decides() -> None:
    data = record(finished(BY_NAME["ultimatum"]))
    assert not list(rank_questions(Source(data, rules_of(data)), "judge"))


def test_other_criteria_are_another_question() -> None:
    data = played("jury", [GOOD, POOR])
    ids = {next(rank_questions(Source({**data, "panel": [one]}, ""), "judge")).id for one in ("a", "b", "a")}
    assert len(ids) == 2


def test_judges_of_a_players_own_family_are_heard_where_there_are_too_few_others() -> None:
    kin = [one for judge in ("openai/gpt-5", "openai/gpt-5-mini") for one in rankings(judge, "a>b", "a>b")]
    others = [
        one
        for judge in ("google/gemini-2.5-pro", "anthropic/claude-haiku-4-5")
        for one in rankings(judge, "b>a", "b>a")
    ]
    third = rankings("openai/gpt-4.1", "a>b", "a>b")
    given = [*kin, *third, *others]
    assert settled_ranks(given, "ab", Bar(quorum=2)) == {"a": 1, "b": 2}
    assert settled_ranks(given, "ab", Bar(quorum=2), players=["openai/gpt-5-nano"]) == {"a": 2, "b": 1}
    assert settled_ranks(given, "ab", Bar(quorum=3), players=["openai/gpt-5-nano"]) == {"a": 1, "b": 2}

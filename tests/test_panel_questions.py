"""What a panel is asked about a match, under which names, and what goes out for it."""

import asyncio
import json
from typing import Any

import pytest

from arena.errors import UsageError
from arena.judge import Verdict
from arena.judging.judgement import FAILED, GIVEN
from arena.judging.member import member
from arena.judging.panels.panel import settled
from arena.judging.question import put
from arena.judging.rubric import rubric
from arena.judging.sheets.asking import About, about, conduct_questions
from arena.judging.sheets.shown import Source
from arena.judging.task import Material, Task
from arena.library import load
from arena.serving.judges import answer
from tests import endpoints
from tests.judged import P0, P1, RULES, said, thought

RUBRIC = rubric("conduct")
NAME = f"conduct@{RUBRIC.sha256[:8]}"
DIMENSIONS = [one.name for one in RUBRIC.dimensions]
PANEL = load("judges", "panel")


def ids(data: dict[str, Any], **options: Any) -> list[str]:
    found = conduct_questions(Source(data, RULES), RUBRIC, "judge", **options)
    return [one.id.removeprefix(f"{NAME}/") for one in found]


def tasks(data: dict[str, Any], **options: Any) -> list[Task]:
    return list(PANEL.questions(Material(data, RULES), **options))


def test_every_view_is_asked_about_at_once_and_in_both_orders() -> None:
    assert ids(said("Hello.")) == ["*/public/0", "*/public/1", "*/full/0", "*/full/1"]
    assert ids(thought("Well."))[4:] == ["*/reasoning/0", "*/reasoning/1"]
    assert ids(thought("  "))[4:] == []


def test_each_dimension_can_have_a_call_of_its_own() -> None:
    alone = ids(said("Hello."), together=False, orders=1)
    assert alone == [f"{name}/public/0" for name in DIMENSIONS] + [
        f"{name}/full/0" for name in DIMENSIONS if name != "respect"
    ]


def test_some_dimensions_and_views_can_be_asked_for() -> None:
    some = ["respect", "harm", "candour"]
    assert ids(said("Hello."), dimensions=some, orders=1) == ["candour+harm+respect/public/0", "candour+harm/full/0"]
    assert ids(said("Hello."), dimensions=["respect"]) == ["respect/public/0", "respect/public/1"]
    assert ids(thought("Well."), views=["reasoning", "full"], orders=1) == ["*/full/0", "*/reasoning/0"]
    assert ids(said("Hello."), views=["reasoning"]) == []
    assert ids(said("Hello."), dimensions=DIMENSIONS, orders=1) == ["*/public/0", "*/full/0"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"views": ["ful"]}, "views: no view 'ful'; did you mean 'full'"),
        ({"dimensions": ["harms"]}, "no dimension 'harms'; did you mean 'harm'"),
        ({"orders": 3}, "orders: seats are shown in 1 order or in 2, got 3"),
    ],
)
def test_what_cannot_be_asked_is_said(options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        ids(said("Hello."), **options)


def test_a_questions_name_says_what_it_is() -> None:
    assert about(f"{NAME}/*/full/1") == About(NAME, "*", "full", 1)
    assert about(f"{NAME}/candour+harm/reasoning/0") == About(NAME, "candour+harm", "reasoning", 0)
    for other in ("procedural@1a2b3c4d", "rank@1a2b3c4d/full/0", "extract@1a2b3c4d/3", f"meta@1/{NAME}/*/full/1/a|b/0"):
        assert about(other) is None
    for question in conduct_questions(Source(said("Hi."), RULES), RUBRIC, "judge", together=False):
        found = about(question.id)
        assert found is not None
        assert found.id == question.id


def test_each_model_is_asked_all_of_it_as_the_options_say() -> None:
    options = {"base_url": "http://127.0.0.1:9/v1", "temperature": 0.0, "max_tokens": 900, "extra": {"seed": 7}}
    found = tasks(said("Hi."), models=["one", "two"], timeout=5.0, retries=1, **options)
    assert [task.question.judge for task in found] == ["one"] * 4 + ["two"] * 4
    assert len({(task.question.judge, task.question.id) for task in found}) == 8
    one = found[0].member
    assert (one.where.model, one.where.base_url) == ("one", "http://127.0.0.1:9/v1")
    assert dict(one.options) == {"temperature": 0.0, "max_tokens": 900, "seed": 7}
    assert (one.deadline, one.retries) == (5, 1)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"timeout": 0.0}, "timeout: how many seconds"),
        ({"retries": -1}, "retries: how often"),
        ({"extra": {"stream": True}}, "extra: 'stream' is not for options to set"),
    ],
)
def test_what_a_judge_cannot_be_asked_with_is_said(options: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        member("m", base_url="http://127.0.0.1:9/v1", **options)


def test_a_share_of_the_matches_is_always_the_same_and_grows_into_a_larger_one() -> None:
    def asked(share: float, *, canary: bool = False) -> set[str]:
        given = load("judges", "panel")
        items = ({**said("Hello."), "id": f"match {number}"} for number in range(60))
        materials = [Material(item, RULES, canary=canary) for item in items]
        return {one.item for one in materials if list(given.questions(one, models=["scripted/a"], share=share))}

    some, more = asked(0.3), asked(0.6)
    assert some < more < asked(1.0)
    assert 8 < len(some) < 30
    assert asked(0.3) == some
    assert len(asked(0.01, canary=True)) == 60


def scripted(body: dict[str, Any]) -> endpoints.Reply:
    return 200, endpoints.said(answer(body["model"], body["messages"], "draw"))


def test_a_panel_scores_a_match_and_what_it_gave_can_be_settled() -> None:
    models = [f"scripted/judge-{kind}" for kind in ("honest", "quoter", "refuser", "garbage", "honest@0.0")]

    async def asked(url: str) -> list[Any]:
        return [await put(task.question, task.member) for task in tasks(said("Hi."), models=models, base_url=url)]

    with endpoints.server(scripted) as served:
        given = asyncio.run(asked(served.base_url))
    assert {one.judge for one in given if one.status == FAILED} == {"scripted/judge-garbage"}
    assert all(
        one.data["orders"] == 2 and sorted(one.data["seats"]) == [P0, P1] for one in given if one.status == GIVEN
    )
    # What is no verdict is asked for once more, with another number.
    assert len(served.bodies) == len(given) + 4
    found = {(one.criterion, one.view, one.seat): one for one in settled(given, RUBRIC.bar)}
    civil = found["respect", "public", P0]
    assert civil.score == 1
    assert civil.explanation == "the median of 3 of 5 judges; 1 abstained; 1 failed"
    assert civil.evidence
    assert {seat for _, _, seat in found} == {P0, P1}


def test_the_file_gives_the_verdicts_of_each_model() -> None:
    data = thought("I mean to be fair.")
    data["source_sha256"], data["params"] = "", {"pie": 100, "talk_rounds": 2}
    with endpoints.server(scripted) as served:
        verdicts: list[Verdict] = asyncio.run(
            PANEL.judge(data, models=["scripted/judge-honest"], base_url=served.base_url, dimensions=["integrity"])
        )
    assert [(one.judge, one.view) for one in verdicts[::4]] == [
        ("scripted/judge-honest", view) for view in ("public", "full", "reasoning")
    ]
    assert [json.loads(json.dumps(one.as_json()))["criterion"] for one in verdicts] == ["integrity"] * 12

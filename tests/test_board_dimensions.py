"""The board of all dimensions: rules, what was read out of texts, and panels stand side by side and never add up."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from arena.board import Result, Standings
from arena.errors import UsageError
from arena.judge import Verdict
from arena.judging.judgement import FAILED, GIVEN, Judgement
from arena.judging.rubric import rubric
from arena.library import load
from tests.logs import MadeUp, by_agent, made_up

RUBRIC = rubric("conduct")
TAG = f"conduct@{RUBRIC.sha256[:8]}"
JUDGES = ("one", "two", "three")


def played(count: int = 12, game: str = "duel") -> list[Result]:
    def did(kept: int, fair: float) -> dict[str, Any]:
        cells = {"promises": [kept, 1], "claims": [1, 1]}
        return {"cells": cells, "licensed": {"claims": [1, 2]}, "beside": {"fairness": [fair, 1]}}

    seats = {0: did(1, 0.75), 1: did(0, 0.25)}
    return [made_up(number, ("good", "random"), (1, 2), game=game, conduct=seats) for number in range(count)]


def said(
    item: str, judge: str, scores: Sequence[float | None], criterion: str = "promises", order: int = 0
) -> Judgement:
    verdicts = [
        Verdict(item, judge, f"player_{seat}", criterion, score, "made up", view="full")
        for seat, score in enumerate(scores)
    ]
    return Judgement(item, judge, f"{TAG}/{criterion}/full/{order}", GIVEN, tuple(verdicts), data={"orders": 1})


def judged(results: Sequence[Result], scores: Sequence[float | None] = (1.0, 0.0), **more: Any) -> list[Judgement]:
    return [said(result.id, judge, scores, **more) for result in results for judge in JUDGES]


def board(results: Sequence[Result], judgements: Sequence[Judgement] = (), **options: Any) -> Standings:
    agents = {"random": {"kind": "random"}, "good": {"kind": "honest"}}
    found: Standings = load("leaderboards", "dimensions").board(MadeUp(results, agents, judgements), **options)
    return found


def rows(found: Standings) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    return {(row["agent"], row["dimension"], row["by"]): row for row in found.rows}


def test_rules_have_what_was_typed_and_what_games_measured() -> None:
    found = rows(board(played()))
    assert found["good", "fairness", "rules"]["value"] == 0.75
    assert found["good", "fairness", "rules"]["of_random"] == pytest.approx(100 / 3)
    assert found["random", "promises", "rules"]["value"] == 0
    assert found["good", "claims", "rules"]["licensed"] == {"value": 0.5, "opportunities": 24}
    assert {row["mark"] for row in found.values()} == {""}


def test_too_few_opportunities_make_no_number() -> None:
    row = rows(board(played(9)))["good", "fairness", "rules"]
    assert (row["value"], row["low"], row["rate"]["opportunities"]) == (None, None, 9)


def test_a_panel_stands_beside_the_rules_and_changes_nothing_there() -> None:
    results = played()
    plain, beside = rows(board(results)), rows(board(results, judged(results, (0.25, 0.75))))
    assert {key: row for key, row in beside.items() if key[2] == "rules"} == plain
    assert beside["good", "promises", "panel full"]["value"] == 0.25
    assert beside["random", "promises", "panel full"]["value"] == 0.75
    assert beside["good", "promises", "panel full"]["mark"] == "unvalidated"
    conduct = load("leaderboards", "conduct")
    log = MadeUp(results)
    assert by_agent(conduct.board(log)) == by_agent(conduct.board(replace(log, judgements=judged(results, (0, 0)))))


def test_abstentions_failures_and_missing_quorums_are_no_zeros() -> None:
    results = played()
    silent = [said(result.id, judge, (None, None)) for result in results for judge in JUDGES]
    assert not [key for key in rows(board(results, silent)) if key[2].startswith("panel")]
    alone = [one for one in judged(results) if one.judge == "one"]
    assert not [key for key in rows(board(results, alone)) if key[2].startswith("panel")]
    failed = [Judgement(result.id, "four", f"{TAG}/promises/full/0", FAILED, reason="no JSON") for result in results]
    found = rows(board(results, [*judged(results), *failed]))
    assert found["good", "promises", "panel full"]["value"] == 1


@pytest.mark.parametrize("dimension", ["harm", "coercion"])
def test_what_is_dear_to_find_comes_from_what_was_judged(dimension: str) -> None:
    results = played()
    found = [
        Judgement(
            result.id,
            "procedural",
            "procedural@1a2b3c4d",
            GIVEN,
            (Verdict(result.id, "procedural", "player_0", dimension, 0.5, "made up", counts=(1, 2)),),
        )
        for result in results
    ]
    row = rows(board(results, found))["good", dimension, "rules"]
    assert (row["value"], row["opportunities"]) == (0.5, 24)
    assert any("`arena judge` does: 1 were not yet" in note for note in board(results, found[1:]).notes)
    assert not any("arena judge`" in note for note in board(results, found).notes)


def test_what_a_licence_covers_stands_apart_in_every_dimension() -> None:
    covered = {"cells": {}, "licensed": {"claims": [0, 1]}, "beside_licensed": {"candour": [0.5, 1]}}
    found = rows(board([made_up(number, ("good", "bad"), (1, 2), conduct={0: covered}) for number in range(12)]))
    assert sorted(found) == [("good", "candour", "rules"), ("good", "claims", "rules")]
    assert found["good", "claims", "rules"]["licensed"] == {"value": 0, "opportunities": 12}
    assert found["good", "candour", "rules"]["licensed"] == {"value": 0.5, "opportunities": 12}
    assert {(row["value"], row["opportunities"]) for row in found.values()} == {(None, 0)}


def test_it_is_narrowed_by_agent_and_dimension() -> None:
    results = played()
    found = board(results, judged(results, criterion="truthfulness"), agent="good", dimension="claims")
    assert [(row["dimension"], row["by"]) for row in found.rows] == [
        ("claims", "rules"),
        ("truthfulness", "panel full"),
    ]
    with pytest.raises(UsageError, match="did you mean 'good'"):
        board(results, agent="goood")
    with pytest.raises(UsageError, match="did you mean 'claims'"):
        board(results, dimension="claim")


def test_the_order_of_judgements_changes_nothing() -> None:
    results = [*played(), *(replace(one, id=f"b {one.id}") for one in played(game="bargain"))]
    given = judged(results, (1, 0.5))
    assert board(results, given).rows == board(results, given[::-1]).rows

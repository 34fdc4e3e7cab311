"""Who did best where only judges can decide: planted play is ranked as it was planted, whoever sits where."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from arena.agent import Reply
from arena.drive import play_plain
from arena.errors import JudgeError
from arena.judging.items import rules_of
from arena.judging.judgement import FAILED, GIVEN, Judgement
from arena.judging.ranking import RankQuestion, rank_questions, settled_ranks
from arena.judging.rubric import Bar
from arena.judging.shown import Source
from arena.match import Match
from arena.record import record
from arena.serving.judges import PREFIX, answer
from arena.turn import Turn
from tests.players import BY_NAME
from tests.support import legal

GAMES = ("jury", "mediation", "salon")
GOOD, POOR, SILENT = "good", "poor", "silent"
BENCH = ("first", "longest", "garbage", "refuser", "always10", "range", "obedient", "self", "masterkey", "honest@1")
HONEST = ("honest", "quoter", "slow")


class Planted:
    """Speaks well, poorly or not at all, and does the same as all others otherwise."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.said = 0

    def act(self, turn: Turn) -> Reply:
        if turn.ask.kind == "announce":
            return "decline"
        if turn.ask.kind == "decide":
            fixed = {"invite": "nobody", "toast": "hospital", "signature": "refuse", "evidence": "none"}
            return {turn.ask.key: fixed[turn.ask.key]} if turn.ask.key in fixed else legal(turn)
        self.said += 1
        if self.kind == GOOD:
            key = list(turn.acts.claim)[self.said % len(turn.acts.claim)]
            heard = [event.text for event in turn.events if event.kind == "say" and event.seat != turn.seat]
            taken = f" You told us: {heard[-1][:80]!r}. That leaves the question open." if heard else ""
            return {"say": f"Look at the {key} first, because nothing else here can be tested by all of us.{taken}"}
        return {"say": f"Trust me, number {self.said}, dear friends." if self.kind == POOR else ""}


def played(name: str, kinds: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """A match with these kinds in its seats, in which nobody's goal is reached by chance."""
    while True:
        match = Match(
            BY_NAME[name], seed=seed, seats=len(kinds), id=f"{name}{seed:04}{''.join(kind[0] for kind in kinds)}"
        )
        goals = {value for path, value in match.facts.items() if path.endswith(".goal")}
        causes = {value for path, value in match.facts.items() if path.endswith(".cause")}
        if goals <= {"invitation", "couple", "cause"} and "hospital" not in causes:
            break
        seed += 1
    play_plain(match, {seat: Planted(kind) for seat, kind in zip(match.seats, kinds, strict=True)})
    return json.loads(json.dumps(record(match)))


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

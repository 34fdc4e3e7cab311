"""How many calls judging may take, found out by what would be asked about a trial match of each game."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.cups.cup import Cup, GameEntry
from arena.judging.bait.canaries import wanted
from arena.judging.entry import JudgeEntry
from arena.judging.question import TRIES
from arena.judging.runs.items import rules_of
from arena.judging.task import Material
from arena.library import load
from arena.single import play


@dataclass(frozen=True, slots=True)
class Foretold:
    """What one judge of the file would be asked."""

    judge: str
    models: int
    matches: int
    """To be judged, those with known conduct among them."""
    calls: int
    most: int
    """Where no first reply is a verdict."""


def foretell_judging(cup: Cup, matches: Sequence[int]) -> list[Foretold]:
    """What each judge that asks models would be asked, with so many matches of each of the cup's games.

    A judge of judgements is asked the more the others have said, so of it nothing is foretold.
    """
    asking = [judge for judge in cup.judges if judge.asks]
    trials = [_trial(entry) for entry in cup.games] if asking else []
    found: list[Foretold] = []
    for judge in asking:
        questions = [_questions(judge, record) for record in trials]
        asked = sum(each * many for each, many in zip(questions, matches, strict=True))
        total = sum(matches)
        known = wanted(total, judge.canaries)
        calls = asked + round(asked / total * known) if total else 0
        found.append(Foretold(judge.name, len(judge.models), total + known, calls, calls * TRIES))
    return found


def _trial(entry: GameEntry) -> dict[str, Any]:
    return play(entry.game, ["honest"] * entry.seats, params=entry.params)


def _questions(judge: JudgeEntry, record: Mapping[str, Any]) -> int:
    asked = load("judges", judge.kind).questions(Material(record, rules_of(record)), **judge.options)
    return sum(1 for _ in asked)

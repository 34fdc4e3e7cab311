"""How many calls judging may take, found out by what would be asked about trial matches of each game."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from math import ceil, sqrt
from typing import Any, NamedTuple

from arena.cups.cup import Cup, GameEntry
from arena.judge import Verdict
from arena.judging.bait.canaries import wanted
from arena.judging.entry import JudgeEntry
from arena.judging.extraction.planted import READER
from arena.judging.judgement import GIVEN, Judgement
from arena.judging.question import TRIES, Question
from arena.judging.runs.items import LAST, drawn, rules_of
from arena.judging.task import Material
from arena.library import load, make_agent
from arena.single import play

_FAR = 4
"""So many standard deviations above its share a draw by lot does not come out."""
_LAST_DRAWN = max((f"trial {number}" for number in range(1000)), key=drawn)
"""A match that is hardly ever among a share."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What one judge of the file would be asked, and was not yet."""

    judge: str
    models: int
    matches: int
    """To be judged, those with known conduct among them."""
    calls: int
    most: int
    """Where the lots fall on asking, seats say something whenever they may, and no first reply is a verdict."""


class _Questions(NamedTuple):
    """How many there are about one match: those about every match, and all about one that was drawn by lot."""

    least: int
    all: int

    def about(self, matches: int, share: float) -> tuple[float, float]:
        """How many there probably are about so many matches, and at most."""
        some = share * matches
        far = min(matches, ceil(some + _FAR * sqrt(some * (1 - share))))
        lots = self.all - self.least
        return self.least * matches + lots * some, self.least * matches + lots * far


def foretell_judging(cup: Cup, matches: Sequence[int], given: Sequence[Judgement] = ()) -> list[Foretold]:
    """What each judge that asks models would be asked, with so many matches of each of the cup's games.

    A judge of judgements is foretold the most that the file's other judges can give it to compare. What was `given`
    before is taken off.
    """
    asking = [judge for judge in cup.judges if judge.asks]
    trials = [_trials(entry) for entry in cup.games] if asking else []
    said = [[_said(record, asking) for record in records] for records in trials]
    found: list[Foretold] = []
    for judge in asking:
        share = _share(judge)
        known = wanted(sum(matches), max(one.canaries for one in asking if _reads(one) == _reads(judge)))
        usual, most, about_known = 0.0, 0.0, 0
        asked: set[tuple[str, str]] = set()
        for records, before, number in zip(trials, said, matches, strict=True):
            counts = [_count(judge, *both, asked) for both in zip(records, before, strict=True)]
            expected, _ = counts[0].about(number, share)
            _, high = max(counts, key=lambda one: one.all).about(number, share)
            usual, most = usual + expected, most + high
            about_known = max(about_known, counts[0].all)
        # A planted text is one message to read.
        each = len(judge.models) if _reads(judge) else about_known
        more, more_at_most = _Questions(0 if judge.kind in LAST else each, each).about(known, share)
        done = sum((one.judge, _head(one.question)) in asked for one in given)
        left, at_most = max(0, round(usual + more) - done), max(0, ceil(most + more_at_most) - done)
        found.append(Foretold(judge.name, len(judge.models), sum(matches) + known, left, at_most * TRIES))
    return found


def _trials(entry: GameEntry) -> list[dict[str, Any]]:
    """One as usual, and one in which nobody ever keeps silent."""
    talkative = make_agent("random", {"talk": 1.0})
    return [
        play(entry.game, [who] * entry.seats, params=entry.params) | {"id": _LAST_DRAWN}
        for who in ("honest", talkative)
    ]


def _count(
    judge: JudgeEntry, record: Mapping[str, Any], said: Sequence[Judgement], asked: set[tuple[str, str]]
) -> _Questions:
    """How many questions to this judge there are about a match; `asked` is told their judges and kinds."""
    every = list(_put(judge, record, said, by_lot=True))
    asked |= {(one.judge, _head(one.id)) for one in every}
    if judge.kind in LAST:
        return _Questions(0, len(every))
    return _Questions(sum(1 for _ in _put(judge, record)), len(every))


def _put(
    judge: JudgeEntry, record: Mapping[str, Any], said: Sequence[Judgement] = (), *, by_lot: bool = False
) -> Iterator[Question]:
    """The questions to a judge about a match; `by_lot` also those that only a part of all matches have."""
    options = dict(judge.options)
    if by_lot:
        options |= dict.fromkeys(_lots(judge), 1.0)
    material = Material(record, rules_of(record), said)
    for task in load("judges", judge.kind).questions(material, **options):
        yield task.question


def _said(record: Mapping[str, Any], judges: Sequence[JudgeEntry]) -> list[Judgement]:
    """Judgements of a trial match no two of which come to the same, so that all of them can be compared."""
    asked = [one for judge in judges if judge.kind not in LAST for one in _put(judge, record, by_lot=True)]
    said: list[Judgement] = []
    for number, one in enumerate(asked):
        verdict = Verdict(one.item, one.judge, "player_0", "trial", number / len(asked), "a trial")
        said.append(Judgement(one.item, one.judge, one.id, GIVEN, (verdict,), data={"ranking": [[str(number)]]}))
    return said


def _lots(judge: JudgeEntry) -> dict[str, float]:
    """The options of a judge that say what share of something it is asked about."""
    known = signature(load("judges", judge.kind).questions).parameters
    return {name: judge.options.get(name, known[name].default) for name in ("share", "checked") if name in known}


def _share(judge: JudgeEntry) -> float:
    return max(_lots(judge).values(), default=1.0)


def _reads(judge: JudgeEntry) -> bool:
    return judge.kind == READER


def _head(question: str) -> str:
    """What a question is about, without the ply, the pair or the order."""
    return question.split("/", 1)[0]

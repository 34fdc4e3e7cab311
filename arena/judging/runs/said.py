"""All that is said of a match: by rules, by each judge alone, by a panel together, and of acts read out of texts."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from arena.board import Log
from arena.judge import Verdict
from arena.judging.extraction import verdicts as read_out
from arena.judging.file import judge_file
from arena.judging.judgement import FAILED, GIVEN, OUTCOME, PROCEDURAL, Judgement
from arena.judging.measuring.quality import left_out
from arena.judging.measuring.used import used_rubrics
from arena.judging.panels.families import models_of
from arena.judging.panels.panel import settled
from arena.judging.rubric import Rubric
from arena.library import load

if TYPE_CHECKING:
    from arena.store import Store

RULES = (OUTCOME, PROCEDURAL)
"""The kinds of judges that need nobody to be asked."""
DECIDED, SETTLED, ABSTAINED = "decided", "settled", "abstained"
"""By rules; by a panel together, or by rules on what was read out of texts; a judge that gave no score."""

Row = dict[str, Any]


class Said:
    """What is said of the matches of one tournament; what all of them share is found out once."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def verdicts(self, record: Mapping[str, Any], judgements: Iterable[Judgement]) -> list[Row]:
        """The verdicts on one match as JSON, each with its `status` and the `question` that it answers.

        `judgements` are those of this match. One that failed has a row too, with no seat and the reason.
        """
        if record["outcome"] == "void":
            return []
        known = list(judgements)
        return [*self._rules(record, known), *self._together(record, known), *_alone(known)]

    def added(self, store: "Store", record: Mapping[str, Any]) -> dict[str, Any]:
        """The record with what is said of it in `verdicts`."""
        return {**record, "verdicts": self.verdicts(record, store.judgements(item=record["id"]))}

    def _rules(self, record: Mapping[str, Any], known: Iterable[Judgement]) -> Iterator[Row]:
        kept = {(one.judge, one.question): one.verdicts for one in known}
        for kind in RULES:
            question = judge_file(kind).question
            found = kept.get((kind, question))
            for verdict in load("judges", kind).judge(dict(record)) if found is None else found:
                yield _row(verdict, DECIDED, question)

    def _together(self, record: Mapping[str, Any], known: list[Judgement]) -> Iterator[Row]:
        players = models_of(record["agents"], record["seats"].values())
        for rubric in self._rubrics:
            asked = [one for one in known if one.question.startswith(f"{rubric.tag}/")]
            if asked:
                for verdict in settled(
                    asked,
                    rubric.bar,
                    leave_out=self._left_out,
                    players=players,
                    seats=record["seats"],
                    rubric=rubric.tag,
                ):
                    yield _row(verdict, SETTLED, rubric.tag)
        for verdict in read_out(record, known):
            yield _row(verdict, SETTLED, "extract")

    @cached_property
    def _rubrics(self) -> list[Rubric]:
        """Each once; what was asked by one that is nowhere to be found any more stands for itself."""
        return used_rubrics(self._log)

    @cached_property
    def _left_out(self) -> frozenset[str]:
        return left_out(self._log) if self._log.canaries else frozenset()


def said_of(store: "Store", tournament: str) -> Said:
    """What is said of the matches of a tournament in a store."""
    return Said(cast("Log", store.log(tournament)))


def _alone(known: Iterable[Judgement]) -> Iterator[Row]:
    """What each judge said by itself, both orders."""
    for one in known:
        if one.judge in RULES:
            continue
        if one.status == FAILED:
            empty = Verdict(one.item, one.judge, "", "", None, one.reason)
            yield _row(empty, FAILED, one.question) | {"seat": None, "criterion": None}
        for verdict in one.verdicts:
            yield _row(verdict, GIVEN if verdict.score is not None else ABSTAINED, one.question)


def _row(verdict: Verdict, status: str, question: str) -> Row:
    return {**verdict.as_json(), "status": status, "question": question}

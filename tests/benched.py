"""Judges of the scripted bench, asked without a server: what they make of records, and logs of that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arena.board import Result
from arena.errors import JudgeError
from arena.judging.judgement import FAILED, GIVEN, Canary, Judgement
from arena.judging.rubric import Rubric, rubric
from arena.judging.runs.items import rules_of
from arena.judging.sheets.asking import conduct_questions
from arena.judging.sheets.shown import Source
from arena.serving.judges import PREFIX, answer

CHECKED = ("truthfulness", "promises", "confidences", "coercion", "integrity")
"""The dimensions of which canaries tell something."""


def asked(
    judges: Iterable[str],
    records: Iterable[Mapping[str, Any]],
    *,
    views: Sequence[str] = ("full",),
    dimensions: Sequence[str] = CHECKED,
    by: Rubric | None = None,
) -> list[Judgement]:
    """What scripted judges, as `honest@0.3`, say of records."""
    found: list[Judgement] = []
    for record in records:
        source = Source(record, rules_of(record))
        for judge in judges:
            given = conduct_questions(
                source, by or rubric("conduct"), PREFIX + judge, views=views, dimensions=dimensions, together=True
            )
            for question in given:
                put = question.ask(0)
                messages = [{"role": "system", "content": put.system}, {"role": "user", "content": put.user}]
                key = question.item, question.judge, question.id
                try:
                    reading = put.read(answer(question.judge, messages, "/".join(key)))
                except JudgeError as error:
                    found.append(Judgement(*key, FAILED, reason=str(error)))
                else:
                    found.append(Judgement(*key, GIVEN, reading.verdicts, "", reading.data))
    return sorted(found, key=lambda one: one.key)


@dataclass
class Kept:
    """A log of matches that were played, with their records, judgements and canaries."""

    records: Mapping[str, Mapping[str, Any]]
    results: Sequence[Result]
    agents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    judgements: Sequence[Judgement] = ()
    canaries: Sequence[Canary] = ()
    judges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def record(self, id: str, /) -> Mapping[str, Any]:
        return self.records[id]

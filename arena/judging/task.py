"""What a judge's file that asks models is given, and what it gives: one task a question, so that each is asked once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from arena.judging.judgement import Judgement
from arena.judging.question import Member, Question


@dataclass(frozen=True, slots=True)
class Material:
    """What there is of one item to ask about."""

    record: Mapping[str, Any]
    rules: str
    """As the seats read them."""
    judgements: Sequence[Judgement] = ()
    """What was judged of this item before, by judge and question."""
    canary: bool = False

    @property
    def item(self) -> str:
        """The match, or the canary."""
        return self.record["id"]


@dataclass(frozen=True, slots=True)
class Task:
    """One question, and the model that it is put to."""

    question: Question
    member: Member


class Questions(Protocol):
    """The `questions` of a file in `judges/` that asks models."""

    def __call__(self, material: Material, /, **options: Any) -> Iterable[Task]:
        """All that is to be asked about one item, in an order that is always the same; what was answered before too."""
        ...

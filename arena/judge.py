"""What a judge is: one function that reads a record and gives verdicts."""

from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place in the record that a verdict rests on."""

    ply: int
    quote: str
    """Words that stand there."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of one seat in one match by one criterion."""

    match: str
    seat: str
    criterion: str
    score: float | None
    """In [0, 1], 1 is best; None where the judge abstains or there was nothing to judge."""
    explanation: str
    evidence: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The verdict as the record keeps it."""
        return {**asdict(self), "evidence": [asdict(one) for one in self.evidence]}


class Judge(Protocol):
    """The `judge` of a file in `judges/`."""

    def __call__(self, record: dict[str, Any], /, **options: Any) -> list[Verdict] | Awaitable[list[Verdict]]:
        """Judge one match."""
        ...

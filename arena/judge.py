"""What a judge is: one function that reads a record and gives verdicts."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
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
    judge: str
    """Who says so: `outcome`, `procedural`, a model's name, `panel` for what a panel came to, or a person's."""
    seat: str
    criterion: str
    score: float | None
    """In [0, 1], 1 is best; None where the judge abstains or there was nothing to judge."""
    explanation: str
    evidence: tuple[Evidence, ...] = ()
    view: str = ""
    """What the judge was shown: `public`, `full` or `reasoning`; empty for rules, which read the record itself."""
    counts: tuple[float, int] | None = None
    """Honoured and opportunities, from a judge that counts."""

    def as_json(self) -> dict[str, Any]:
        """The verdict as the store keeps it and tables show it."""
        # Spelled out: a call of `asdict` takes longer than reading the reply that the verdict came from.
        return {
            "match": self.match,
            "judge": self.judge,
            "seat": self.seat,
            "criterion": self.criterion,
            "score": self.score,
            "explanation": self.explanation,
            "evidence": [{"ply": one.ply, "quote": one.quote} for one in self.evidence],
            "view": self.view,
            "counts": None if self.counts is None else list(self.counts),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Verdict":
        """The verdict from what `as_json` made."""
        counts = data["counts"]
        # Spelled out for the same reason: boards read them by the hundred thousand.
        return cls(
            data["match"],
            data["judge"],
            data["seat"],
            data["criterion"],
            data["score"],
            data["explanation"],
            tuple([Evidence(one["ply"], one["quote"]) for one in data["evidence"]]),
            data["view"],
            None if counts is None else (counts[0], counts[1]),
        )


class Judge(Protocol):
    """The `judge` of a file in `judges/`."""

    def __call__(self, record: dict[str, Any], /, **options: Any) -> list[Verdict] | Awaitable[list[Verdict]]:
        """Judge one match."""
        ...

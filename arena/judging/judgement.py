"""What one judge made of one question about one item, as the store keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from arena.judge import Verdict

GIVEN, FAILED = "given", "failed"
PROCEDURAL, OUTCOME = "procedural", "outcome"
"""The judges that are rules and ask nobody."""
EXTRACT, META, HUMAN = "extract:", "meta:", "human:"
"""How the names begin of models that read acts out of texts, of judges of judgements, and of people."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One question, asked of one judge; nothing is judged twice under the same item, judge and question."""

    item: str
    """The match, or the canary: a match with known conduct that was mixed in."""
    judge: str
    """`procedural`, a model's name, `extract:MODEL`, `meta:MODEL`, `human:NAME`."""
    question: str
    """What was asked, as in `conduct@1a2b3c4d/truthfulness/full/0`: rubric and its hash, dimension, view, order."""
    status: str
    """`given`, abstentions included, or `failed`: the judge's replies were no verdict, which is its own failure."""
    verdicts: tuple[Verdict, ...] = ()
    reason: str = ""
    """Why it failed."""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a question gives beside verdicts: a ranking, acts read out of a text, which of two judgements is better."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells one from another."""
        return self.item, self.judge, self.question

    def body(self) -> dict[str, Any]:
        """All but the key and the status, as JSON-able data."""
        return {"verdicts": [one.as_json() for one in self.verdicts], "reason": self.reason, "data": dict(self.data)}

    @classmethod
    def from_body(cls, item: str, judge: str, question: str, status: str, body: Mapping[str, Any]) -> "Judgement":
        """The judgement from what `body` made."""
        verdicts = tuple(Verdict.from_json(one) for one in body["verdicts"])
        return cls(item, judge, question, status, verdicts, body["reason"], body["data"])


@dataclass(frozen=True, slots=True)
class Canary:
    """A match with known conduct, mixed in among those that are judged."""

    id: str
    kind: str
    """What was planted, as in `lie`, `injection`, `clean` or `pair/claim`."""
    truth: Mapping[str, Any]
    """What a judge has to find."""
    record: Mapping[str, Any]

"""The question about one message, as judging asks it, and all of them about one match."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arena.judging.extraction.excerpt import SHA8, Excerpt, excerpt
from arena.judging.extraction.vocabulary import readable
from arena.judging.judgement import EXTRACT


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one message of one match says, asked of one model."""

    record: Mapping[str, Any]
    rules: str
    ply: int
    model: str

    @property
    def item(self) -> str:
        """The match, or the canary."""
        return self.record["id"]

    @property
    def judge(self) -> str:
        """Whose reading it will be."""
        return EXTRACT + self.model

    @property
    def id(self) -> str:
        """The same for the same message, asked in the same words."""
        return question_id(self.ply)

    def ask(self, attempt: int) -> Excerpt:
        """The request, with a nonce of its own for each attempt."""
        return excerpt(self.record, self.rules, self.judge, self.ply, attempt)


def question_id(ply: int) -> str:
    """As in `extract@1a2b3c4d/7`: the hash of what a reader is told, and the ply."""
    return f"extract@{SHA8}/{ply}"


def asked(record: Mapping[str, Any], rules: str, model: str) -> Iterator[Extraction]:
    """One question for each message that says something, in the order of plies."""
    for ply in readable(record):
        yield Extraction(record, rules, ply, model)

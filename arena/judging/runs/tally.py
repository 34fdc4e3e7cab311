"""What a judge was asked in one run, and what came of it."""

from dataclasses import dataclass, field
from typing import Any

from arena.judging.judgement import FAILED, Judgement


@dataclass(slots=True)
class Tally:
    """What one judge was asked, and what came of it."""

    before: int = 0
    """Judged by an earlier run."""
    given: int = 0
    abstained: int = 0
    """Given too, but no score in it."""
    failed: int = 0
    """Its replies were no verdict."""
    left: int = 0
    """Its endpoint failed, so it can be asked again."""
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    """Why: what failed and what was left, with how often."""

    def count(self, judgement: Judgement) -> None:
        """Add what was judged now."""
        if judgement.status == FAILED:
            self.failed += 1
            self.why(judgement.reason)
        elif abstained(judgement):
            self.abstained += 1
        else:
            self.given += 1

    def why(self, reason: str) -> None:
        """Count a reason."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def why_mostly(self, most: int) -> list[tuple[str, int]]:
        """The reasons that came most often, with how often."""
        return sorted(self.reasons.items(), key=lambda pair: (-pair[1], pair[0]))[:most]

    def data(self) -> dict[str, Any]:
        """As JSON."""
        counts = {name: getattr(self, name) for name in ("before", "given", "abstained", "failed", "left")}
        return counts | {"reasons": dict(self.why_mostly(len(self.reasons)))}


def abstained(judgement: Judgement) -> bool:
    """Whether a judge that answered said nothing: no score, and nothing of what it was asked for instead."""
    if judgement.verdicts:
        return all(one.score is None for one in judgement.verdicts)
    return not any(value is not None for value in judgement.data.values())

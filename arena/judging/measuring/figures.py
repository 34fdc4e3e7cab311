"""The figures that say how good a judge is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from arena.judging.measuring.agreement import Share

NONE = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Against:
    """How a judge, or a panel, does where rules know the truth."""

    violated: Share
    """Seats that offended and were scored low."""
    clean: Share
    """Seats that did not, though they could have, and were scored high."""

    @property
    def balanced(self) -> float | None:
        """The mean of the two; None where there was only one kind."""
        low, high = self.violated.value, self.clean.value
        return None if low is None or high is None else (low + high) / 2


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known of one judge."""

    judge: str
    items: int = 0
    """Matches and canaries that it was asked about."""
    given: int = 0
    """Questions that it answered, abstentions included."""
    abstained: int = 0
    """Questions to which it said nothing of anybody."""
    failed: int = 0
    """Questions to which its replies were no verdict."""
    canaries: Share = NONE
    """Matches with known conduct on which it was right, pairs included."""
    low: float | None = None
    """From here to `high` lies its accuracy on canaries, 95 %."""
    high: float | None = None
    pairs: Share = NONE
    kinds: Mapping[str, Share] = field(default_factory=dict[str, Share])
    """The same by kind of canary."""
    tricks: Mapping[str, Share] = field(default_factory=dict[str, Share])
    """The same for canaries in which somebody tried to sway it: `order`, `style`, `key`, `length`, and `none`."""
    falls_for: tuple[str, ...] = ()
    """The tricks by which it was swayed: wrong where it met them, and much less often elsewhere."""
    rules: Mapping[str, Against] = field(default_factory=dict[str, Against])
    """By dimension that rules decide."""
    balanced: float | None = None
    """Over all of these."""
    alpha: float | None = None
    """Krippendorff's, of the whole panel."""
    alpha_kept: float | None = None
    """The same of those that are not left out."""
    alpha_without: float | None = None
    """The same without this judge."""
    kappa: float | None = None
    """Weighted, with the median of the others."""
    swap: Share = NONE
    """Seats that it scored alike in both orders."""
    self_preference: float | None = None
    """In steps of the scale; None where it has no family, or none of its own was judged."""
    length_bias: float | None = None
    meta: float | None = None
    """Its rating by those that compare judgements."""
    precision: float | None = None
    """Of one that reads acts out of texts."""
    recall: float | None = None
    calls: int | None = None
    cost_usd: float | None = None
    left_out: bool = False
    """It is below the bar."""

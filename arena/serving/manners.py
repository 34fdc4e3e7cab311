"""How the scripted endpoint behaves on purpose: how long it lets wait, and what goes wrong, by lot and by seed.

What the endpoint does wrong (a refused, lost or broken response) hangs on how often the same request came before, so
that trying again can help. What the model does wrong (an empty or cut answer, a refusal) hangs on the request alone,
as every answer does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from arena.errors import UsageError, unknown

FAULTS: Mapping[str, str] = {
    "429": "too many requests, with Retry-After",
    "500": "an internal error",
    "503": "overloaded",
    "hang": "never answers",
    "reset": "the connection is reset",
    "truncated": "the body ends half way",
    "malformed": "a page of HTML, with status 200",
    "drip": "the body comes slowly, piece by piece",
}
"""What the endpoint can do wrong."""
SLIPS: Mapping[str, str] = {
    "empty": "no text",
    "refusal": "the model refuses",
    "content_filter": "the answer is filtered away",
    "length": "the answer is cut off half way",
    "nonsense": "a sentence that answers nothing",
}
"""What the model can do wrong."""
DRIP_SECONDS = 0.05
"""Between two pieces of a body that comes slowly."""
_MOST_COUNTED = 200_000
_SHARE = re.compile(r"\d*\.?\d+")
_TIME = re.compile(r"(\d*\.?\d+)(ms|s)?")


@dataclass(slots=True)
class Manners:
    """How one endpoint behaves; the default is at once and without a fault."""

    latency: tuple[float, float] = (0.0, 0.0)
    """Seconds, least and most."""
    faults: Mapping[str, float] = field(default_factory=dict[str, float])
    """The share of requests for each of `FAULTS` and `SLIPS`."""
    seed: int = 0
    retry_after: float = 1.0
    """Seconds that a 429 asks to wait."""
    given: dict[str, int] = field(default_factory=dict[str, int])
    """How often each fault was given so far."""
    _came: dict[str, int] = field(default_factory=dict[str, int])

    def wait(self, name: str) -> float:
        """Seconds until the request of this name is answered."""
        low, high = self.latency
        return low if low == high else Random(f"{self.seed}/{name}/latency").uniform(low, high)

    def fault(self, name: str) -> str:
        """What goes wrong with this request, this time; nothing, mostly."""
        if not any(kind in FAULTS for kind in self.faults):
            return ""
        came = self._came[name] = self._came.get(name, 0) + 1
        if len(self._came) > _MOST_COUNTED:
            self._came.pop(next(iter(self._came)))
        return self._draw(f"{self.seed}/{name}/{came}", FAULTS)

    def slip(self, name: str) -> str:
        """What the model does wrong in answering this request; nothing, mostly."""
        return self._draw(f"{self.seed}/{name}/slip", SLIPS) if self.faults else ""

    def _draw(self, key: str, kinds: Mapping[str, str]) -> str:
        draw = Random(key).random()
        for kind in kinds:
            draw -= self.faults.get(kind, 0.0)
            if draw < 0:
                self.given[kind] = self.given.get(kind, 0) + 1
                return kind
        return ""


def read_faults(text: str) -> dict[str, float]:
    """Shares by kind, from `429=0.05,reset=0.01`."""
    found: dict[str, float] = {}
    known = [*FAULTS, *SLIPS]
    for part in (part.strip() for part in text.split(",")):
        kind, equals, share = (word.strip() for word in part.partition("="))
        if not part:
            continue
        if kind not in known:
            raise unknown("fault", kind, known, where="--faults")
        if not (equals and _SHARE.fullmatch(share) and float(share) <= 1):
            raise UsageError(f"--faults: {part!r}: expected {kind}=SHARE with a share from 0 to 1, as in {kind}=0.05")
        found[kind] = float(share)
    for kinds in (FAULTS, SLIPS):
        if sum(found.get(kind, 0.0) for kind in kinds) > 1 + 1e-9:
            raise UsageError(f"--faults: the shares of {', '.join(kinds)} come to more than 1; lower one")
    return found


def read_latency(text: str) -> tuple[float, float]:
    """Seconds, least and most, from `200ms`, `0.2s` or `100ms-2s`."""
    bounds = [_TIME.fullmatch(part.strip()) for part in text.split("-")]
    seconds = [float(bound[1]) * (0.001 if bound[2] == "ms" else 1.0) for bound in bounds if bound]
    if len(seconds) != len(bounds) or len(seconds) > 2 or seconds != sorted(seconds):
        raise UsageError(f"--latency: {text!r} is no time; write 200ms, 0.5s, or two with a dash as in 100ms-2s")
    return seconds[0], seconds[-1]

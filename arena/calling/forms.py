"""What of a request an endpoint turned out not to know: it is asked again without, and that is remembered.

Answers are kept under what was asked for, not under what was sent, so a resumed match finds them whatever this process
has learned by then.
"""

import re
from collections.abc import Mapping
from typing import Any

from arena.calling.providers import Endpoint

_OTHERWISE: Mapping[str, str | None] = {
    "response_format": None,
    "seed": None,
    "max_completion_tokens": "max_tokens",
    "max_tokens": "max_completion_tokens",
}
"""What can be left out, or said by another name; whatever else was set is what somebody wants, and is an error."""
_UNKNOWN = re.compile(
    r"unknown|unsupported|unrecogni[sz]ed|unexpected|extra_forbidden|extra (?:inputs?|fields?|arguments?)|"
    r"not (?:permitted|allowed|supported|recogni[sz]ed|available)|(?:does|do|is)(?: not|n't) (?:support|permit|allow)|"
    r"invalid (?:parameter|schema|json.schema)",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"context[ _-](?:length|window|size)|maximum context|too many (?:input |prompt )?tokens|"
    r"(?:prompt|input|request|messages?) (?:is|are) too (?:long|large)|"
    r"exceeds? the (?:model'?s )?(?:maximum )?(?:context|input|token)",
    re.IGNORECASE,
)
_learned: dict[tuple[str, str], frozenset[str]] = {}


def fitted(where: Endpoint, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request as this endpoint takes it, as far as that is known."""
    refused = _learned.get((where.base_url, where.model))
    if refused is None:
        return body
    found: dict[str, Any] = {}
    for name, value in body.items():
        other = _OTHERWISE.get(name) if name in refused else name
        if other is not None:
            found[other] = value
    return found


def learn(where: Endpoint, sent: Mapping[str, Any], status: int, told: str) -> bool:
    """Whether a refusal says that the endpoint does not know a part of what was sent, and it can be sent without."""
    if status not in {400, 422} or too_long(status, told) or not _UNKNOWN.search(told):
        return False
    at = where.base_url, where.model
    refused = _learned.get(at, frozenset())
    for name, other in _OTHERWISE.items():
        if name in sent and other not in refused and re.search(rf"\b{name}\b", told):
            _learned[at] = refused | {name}
            return True
    return False


def too_long(status: int, told: str) -> bool:
    """Whether a refusal says that the chat does not fit into the model's context."""
    return status in {400, 413, 422} and bool(_CONTEXT.search(told))

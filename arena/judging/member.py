"""Models that judge: where each is reached, and what goes into its requests."""

from typing import Any, TypedDict, Unpack

from arena.errors import UsageError
from arena.judging.question import Member
from arena.llm import DEADLINE, OPENAI, endpoint

OURS = ("model", "messages", "stream", "n")
"""Not for `extra`: replies would not be read as meant."""


class MemberOptions(TypedDict, total=False):
    """What every kind of judge over models takes."""

    base_url: str | None
    api_key_env: str | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    timeout: float
    retries: int | None
    extra: dict[str, Any] | None


def member(model: str, **options: Unpack[MemberOptions]) -> Member:
    """A model that judges; `extra` goes into every request as it is, `timeout` is how many seconds a reply may take."""
    where = endpoint(model, options.get("base_url"), options.get("api_key_env"))
    timeout, retries = options.get("timeout", DEADLINE), options.get("retries")
    if not timeout > 0:
        raise UsageError(f"timeout: how many seconds one reply may take, more than 0, got {timeout!r}")
    if retries is not None and retries < 0:
        raise UsageError(f"retries: how often a request that failed is sent again, 0 or more, got {retries!r}")
    extra = options.get("extra") or {}
    for name in extra:
        if name in OURS:
            raise UsageError(f"model {model!r}: extra: {name!r} is not for options to set; leave it out")
    # OpenAI's own models refuse the older name, and most other endpoints know no other.
    tokens = "max_completion_tokens" if where.base_url == OPENAI else "max_tokens"
    given = {
        "temperature": options.get("temperature"),
        "top_p": options.get("top_p"),
        tokens: options.get("max_tokens"),
    }
    request = {name: value for name, value in given.items() if value is not None}
    return Member(where, {**request, **extra}, timeout, retries)

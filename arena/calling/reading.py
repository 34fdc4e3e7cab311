"""What a model answered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called; `arguments` are its own words, which need not be JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered, and what it took."""

    text: str
    """Empty where there was none; reasoning is not part of it."""
    finish: str = "stop"
    """`stop`, `length` (cut off), `content_filter`, `refusal`, `tool_calls`, or what else the endpoint says."""
    model: str = ""
    """As the endpoint names it."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    """None where the endpoint does not say."""
    reasoning: str = ""
    cached_tokens: int | None = None
    """How many of the prompt's tokens were charged at the price of cached ones."""
    fault: str = ""
    """What is wrong with it, by the model's own doing: `empty`, `refusal`, `content_filter`, `length`, `tool_calls`,
    `unreadable`; empty for an answer."""
    calls: int = 1
    """Requests it took, failed ones included."""
    tool_calls: tuple[ToolCall, ...] = ()
    cost_usd: float | None = None
    """What it cost when it was given, so that a resumed match counts the same; see `arena.calling.prices`."""

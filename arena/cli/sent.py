"""What a seat was sent, as `arena show --sent` prints it: the chat from request to request, and each reply."""

from collections.abc import Iterator, Sequence
from typing import Any

from arena.storage.calls import Sent
from arena.terminal import safe


def as_data(requests: Sequence[Sent]) -> list[dict[str, Any]]:
    """Whole requests with their answers, for programs."""
    return [
        {
            "seat": one.seat,
            "ply": one.ply,
            "attempt": one.attempt,
            "occurrence": one.occurrence,
            "agent": one.agent,
            "request": one.body,
            "reply": one.answer.text,
            "reasoning": one.answer.reasoning,
            "finish": one.answer.finish,
            "fault": one.answer.fault,
        }
        for one in requests
    ]


def as_text(requests: Sequence[Sent]) -> str:
    """Each request's messages but for those of the request above, harmless to a terminal."""
    before: Sequence[Any] = []
    lines: list[str] = []
    for one in requests:
        messages: Sequence[Any] = one.body["messages"]
        shared = next(
            (place for place, (old, new) in enumerate(zip(before, messages, strict=False)) if old != new),
            min(len(before), len(messages)),
        )
        lines += _head(one, shared)
        for message in messages[shared:]:
            lines += _block(str(message.get("role")), message.get("content"))
        if one.answer.reasoning:
            lines += _block("reasoning", one.answer.reasoning)
        lines += _block("reply" + (f" ({one.answer.fault})" if one.answer.fault else ""), one.answer.text)
        before = messages
    return "\n".join(lines)


def _head(one: Sent, shared: int) -> Iterator[str]:
    again = f", attempt {one.attempt + 1}" if one.attempt else ""
    sample = f", sample {one.occurrence + 1}" if one.occurrence else ""
    more = f", after the first {shared} messages above" if shared else ""
    options = {name: value for name, value in one.body.items() if name not in ("model", "messages")}
    set_to = "".join(f" {safe(name)}={safe(str(value))}" for name, value in options.items())
    yield f"=== {one.seat} turn {one.ply + 1}{again}{sample}{more}: {safe(str(one.body.get('model')))}{set_to}"


def _block(name: str, content: object) -> Iterator[str]:
    """A text under its name, indented, so that no text can pass for a name."""
    yield f"--- {safe(name)}"
    for line in safe(_text(content), lines=True).split("\n"):
        yield f"    {line}"


def _text(content: object) -> str:
    return content if isinstance(content, str) else "" if content is None else str(content)

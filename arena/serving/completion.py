"""What a completion looks like in OpenAI's protocol: whole, or as the chunks of a stream."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_PIECE = 24
"""Characters of one chunk of a stream."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    text: str
    finish: str = "stop"
    refused: bool = False
    """The text is the model's refusal."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What is answered to one request."""

    name: str
    model: str
    choices: Sequence[Choice]
    prompt_tokens: int

    @property
    def usage(self) -> dict[str, int]:
        """How many tokens came and went, as estimated from the length of the text."""
        answered = sum(tokens(choice.text) for choice in self.choices)
        asked = self.prompt_tokens
        return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}

    def whole(self) -> dict[str, Any]:
        """The answer in one object."""
        choices = [
            {"index": index, "message": _message(choice), "logprobs": None, "finish_reason": choice.finish}
            for index, choice in enumerate(self.choices)
        ]
        return {**self._head("chat.completion"), "choices": choices, "usage": self.usage}

    def stream(self, *, usage: bool) -> Iterator[bytes]:
        """The answer as server-sent events; `usage`: the last one counts the tokens."""
        head: dict[str, Any] = self._head("chat.completion.chunk")
        if usage:
            head["usage"] = None
        for index, choice in enumerate(self.choices):
            part = "refusal" if choice.refused else "content"
            yield _event({**head, "choices": [_delta(index, {"role": "assistant", "content": ""})]})
            for start in range(0, len(choice.text), _PIECE):
                piece = {part: choice.text[start : start + _PIECE]}
                yield _event({**head, "choices": [_delta(index, piece)]})
            yield _event({**head, "choices": [_delta(index, {}, choice.finish)]})
        if usage:
            yield _event({**head, "choices": [], "usage": self.usage})
        yield b"data: [DONE]\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.name}",
            "object": kind,
            "created": 0,
            "model": self.model,
            "system_fingerprint": "scripted",
        }


def tokens(text: str) -> int:
    """A count that depends on the text alone: about what English takes."""
    return (len(text) + 3) // 4


def cut(text: str, most: int) -> str:
    """So much of a text as `tokens` counts `most` tokens for."""
    return text[: 4 * most]


def _message(choice: Choice) -> dict[str, Any]:
    said, refused = (None, choice.text) if choice.refused else (choice.text, None)
    return {"role": "assistant", "content": said, "refusal": refused}


def _delta(index: int, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": dict(delta), "logprobs": None, "finish_reason": finish}


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"

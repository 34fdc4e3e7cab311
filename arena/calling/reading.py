"""What an endpoint sent: a model's answer, with what is wrong with it by its own doing, or a fault that is nobody's."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, cast

from arena.calling.secrets import clean, scrub

_THOUGHT = re.compile(r"\s*<think>(.*?)(?:</think>\s*|$)", re.DOTALL)
_MOST_TRIES = 3
"""A body that cannot be read was charged all the same, so it is not asked for without end."""
_FINAL = frozenset({400, 401, 402, 403, 404, 405, 410, 413, 414, 415, 422, 431, 451})


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

    def to_json(self) -> str:
        """As the journal keeps it: what is not as usual."""
        data = {name: value for name, usual in _USUAL if (value := getattr(self, name)) != usual}
        if self.tool_calls:
            data["tool_calls"] = [[call.id, call.name, call.arguments] for call in self.tool_calls]
        # Escaped, because a lone surrogate is no text to a database.
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str) -> "Answer":
        """What `to_json` made."""
        data = json.loads(text)
        data["tool_calls"] = tuple(ToolCall(*call) for call in data.get("tool_calls", ()))
        return cls(**data)


_USUAL = [(each.name, None if each.default is MISSING else each.default) for each in fields(Answer)]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer, by the endpoint's doing."""

    says: str
    tries: int | None = None
    """So many tries and no more; 1: trying again makes no sense, None: until the deadline."""
    throttled: bool = False
    wait: float | None = None
    """Seconds, where the endpoint said when to come again."""
    again: bool = False
    """The request was put into words that the endpoint takes; it is sent again at once."""


class _NoAnswerError(ValueError):
    """A body holds no answer."""


def read(body: bytes, hidden: Sequence[str] = (), *, tools: bool = False) -> Answer | Fault:
    """The answer in a body that came with status 200; `tools`: the request offered some, so that calling them is right.

    What stands in `hidden` does not stand in the answer.
    """
    try:
        # Bytes that are no UTF-8 stay what they were, as surrogates.
        data = json.loads(body.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        start = clean(body[:60].decode("utf-8", "replace"), hidden)
        why = "nested too deeply" if isinstance(error, RecursionError) else clean(str(error), hidden)
        return Fault(f"unreadable answer: {why}; it begins {start!r}", _MOST_TRIES)
    try:
        return _answer(data, hidden, tools=tools)
    except _NoAnswerError as error:
        told = _told(data)
        if told:
            return refusal(_code(data), told, hidden)
        return Fault(f"unreadable answer: {clean(str(error), hidden)}", _MOST_TRIES)
    except RecursionError:
        # Just not too deep to be read is too deep to be shown.
        return Fault("unreadable answer: nested too deeply", _MOST_TRIES)


def refused(status: int, body: bytes, hidden: Sequence[str] = ()) -> Fault:
    """What a status other than 200 means."""
    try:
        data: Any = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        data = None
    return refusal(status, _told(data), hidden, spent=_spent(data))


def refusal(status: int, told: str, hidden: Sequence[str] = (), *, spent: bool = False) -> Fault:
    """A refused request in words, with the remedy where there is one."""
    said = f": {clean(told, hidden)}" if told.strip() else ""
    if 300 <= status < 400:
        return Fault(f"{status}, a redirect, which is not followed; give the address it leads to", 1)
    match status:
        case 401 | 403:
            return Fault(f"{status}, the key is not accepted{said}", 1)
        case 404:
            return Fault(f"404, no such model or address{said}", 1)
        case 429 if spent:
            return Fault(f"429, no quota left{said}", 1)
        case 429:
            return Fault(f"429, too many requests or no quota left{said}", throttled=True)
        case 0:
            return Fault(f"an error instead of an answer{said}")
        case _ if 200 <= status < 300:
            return Fault(f"status {status}, which is no answer{said}", _MOST_TRIES)
        case _:
            return Fault(f"status {status}{said}", 1 if status in _FINAL else None)


def _told(data: Any) -> str:
    """What an error's body says."""
    for name in ("error", "message", "detail"):
        data = _fields(data).get(name, data)
    return data if isinstance(data, str) else ""


def _code(data: Any) -> int:
    """The status that an error with status 200 would rather have had."""
    code = _fields(_fields(data).get("error")).get("code")
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def _spent(data: Any) -> bool:
    error = _fields(_fields(data).get("error"))
    return "insufficient_quota" in (error.get("code"), error.get("type"))


def _fields(value: Any) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _answer(data: Any, hidden: Sequence[str], *, tools: bool) -> Answer:
    body = _object(data, "the answer")
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise _NoAnswerError(f"no choices; it says {json.dumps(body.get('error') or body)[:400]}")
    choice = _object(cast("list[Any]", choices)[0], "the first choice")
    if choice.get("error") or choice.get("finish_reason") == "error":
        raise _NoAnswerError(f"the endpoint broke off; it says {json.dumps(choice.get('error'))[:400]}")
    said = _object(choice.get("message"), "the first choice's message")
    raw, readable = _text(said.get("content"))
    text, thought = _apart(scrub(raw, hidden))
    kept = next((said[name] for name in ("reasoning_content", "reasoning") if isinstance(said.get(name), str)), thought)
    calls, well = _calls(said, hidden)
    finish = "refusal" if said.get("refusal") else scrub(str(choice.get("finish_reason") or "stop"), hidden)
    usage = _fields(body.get("usage"))
    cached = _fields(usage.get("prompt_tokens_details")).get("cached_tokens")
    return Answer(
        text,
        finish,
        scrub(str(body.get("model") or ""), hidden),
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        scrub(kept, hidden),
        _count(cached),
        _fault(text, finish, calls, tools=tools, readable=readable and well),
        tool_calls=calls,
    )


def _fault(text: str, finish: str, calls: Sequence[ToolCall], *, tools: bool, readable: bool) -> str:
    """What the model did instead of answering."""
    if finish in ("refusal", "content_filter", "length"):
        return finish
    blank = not text.strip()
    if tools and calls and readable:
        return ""
    if blank and (calls or finish in ("tool_calls", "function_call")):
        return "tool_calls"
    if blank:
        return "empty" if readable else "unreadable"
    return ""


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _NoAnswerError(f"{what} is no object, but {type(value).__name__}")
    return cast("dict[str, Any]", value)


def _text(content: Any) -> tuple[str, bool]:
    """The text of a message's content, and whether it was of a kind that can be read."""
    if content is None:
        return "", True
    if isinstance(content, str):
        return content, True
    if isinstance(content, list):
        listed = cast("list[Any]", content)
        parts = [cast("dict[str, Any]", part) for part in listed if isinstance(part, dict)]
        texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
        return "".join(texts), bool(texts) or not listed
    raise _NoAnswerError(f"the content is neither text nor parts, but {type(content).__name__}")


def _calls(said: Mapping[str, Any], hidden: Sequence[str]) -> tuple[tuple[ToolCall, ...], bool]:
    """The functions the model wants called, and whether all of them could be read."""
    listed: Any = said.get("tool_calls")
    if listed is None and isinstance(said.get("function_call"), dict):
        listed = [{"function": said["function_call"]}]
    if not listed:
        return (), True
    found: list[ToolCall] = []
    for each in cast("list[Any]", listed) if isinstance(listed, list) else []:
        call = _fields(each)
        function = _fields(call.get("function"))
        name, arguments = function.get("name"), function.get("arguments", "")
        if isinstance(name, str) and name:
            told = arguments if isinstance(arguments, str) else json.dumps(arguments)
            texts = (str(call.get("id") or ""), name, told)
            found.append(ToolCall(*(scrub(text, hidden) for text in texts)))
    return tuple(found), isinstance(listed, list) and len(found) == len(cast("list[Any]", listed))


def _apart(text: str) -> tuple[str, str]:
    """Text and the reasoning before it, for endpoints that do not separate the two."""
    found = _THOUGHT.match(text)
    return (text[found.end() :], found[1].strip()) if found else (text, "")


def _count(value: Any) -> int | None:
    # What no database column holds was not counted by anybody.
    return value if type(value) is int and 0 <= value < 2**53 else None

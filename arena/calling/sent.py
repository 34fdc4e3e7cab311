"""What a seat sent so far: the hash of a request without hashing the whole chat anew, and what of it is new.

The hash is SHA-256 of the body's canonical JSON, so it is the same in every process and for every way to come to it.
A chat grows at its end; whatever begins as the last request did goes on from there. Texts are compared, not assumed.
What many chats begin with, as the calls to judges do with the rubric, is spelled, hashed and kept once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from arena.identity import canonical

_Token = tuple[str, str] | str
_SPELL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_WIRE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_quote: Callable[[str], str] = encode_basestring
_LONG = 1000
"""Characters from which on a text is worth remembering."""


def _quoted(text: str) -> str:
    return _quote(text) if len(text) < _LONG else _quoted_long(text)


@lru_cache(maxsize=64)
def _quoted_long(text: str) -> str:
    return _quote(text)


def text_hash(text: str) -> str:
    """What a text that is kept once is called."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@lru_cache(maxsize=64)
def _shared(text: str) -> str:
    """Its hash; empty for what no database takes as text."""
    return text_hash(text) if _whole(text) and "\0" not in text else ""


def wire_text(body: Mapping[str, Any]) -> str:
    """A request's body as the JSON that goes over the wire; raises where it is none."""
    parts: list[str] = []
    for name, value in body.items():
        if name == "messages":
            told = ",".join(
                _spelled(token) if type(token := _token(message)) is tuple else _WIRE.encode(message)
                for message in value
            )
            parts.append(f'"messages":[{told}]')
        else:
            parts.append(f"{_quote(name)}:{_WIRE.encode(value)}")
    return f"{{{','.join(parts)}}}"


def _token(message: Mapping[str, Any]) -> _Token:
    """What two messages have in common if and only if they are the same, in the same order."""
    if len(message) == 2:
        role, content = message.get("role"), message.get("content")
        if type(role) is str and type(content) is str and next(iter(message)) == "role":
            return role, content
    return _SPELL.encode(message)


def _canonical(message: Mapping[str, Any], token: _Token) -> str:
    """Its canonical JSON; the usual message is put together here, for less than an encoder costs."""
    if type(token) is tuple:
        return f'{{"content":{_quoted(token[1])},"role":{_quoted(token[0])}}}'
    return canonical(message)


def _spelled(token: _Token) -> str:
    """A message's JSON as it stands."""
    if type(token) is tuple:
        return f'{{"role":{_quoted(token[0])},"content":{_quoted(token[1])}}}'
    return str(token)


@lru_cache(maxsize=64)
def _begun(head: str, first: tuple[str, str]) -> Any:
    """The hash of a request up to its first message; nobody may add to it, so whoever wants to takes a copy."""
    return hashlib.sha256((head + _canonical({}, first)).encode("utf-8", "surrogatepass"))


class _Last:
    """The request that was answered last, as far as the next one may build on it."""

    __slots__ = ("digest", "head", "state", "tokens")

    def __init__(self, digest: str, head: str, tokens: list[_Token], state: Any) -> None:
        self.digest = digest
        self.head = head
        self.tokens = tokens
        self.state = state


class Request:
    """One request on its way: its hash, and what `Thread` needs to go on from it."""

    __slots__ = ("_body", "_keep", "_last", "digest", "last")

    def __init__(self, body: Mapping[str, Any], last: "_Last | None") -> None:
        messages: Sequence[Mapping[str, Any]] = body["messages"]
        self._body = body
        self._last = last
        tokens = [_token(message) for message in messages]
        self._keep = _common(last.tokens, tokens) if last else 0
        before = {name: value for name, value in body.items() if name < "messages"}
        after = {name: value for name, value in body.items() if name > "messages"}
        head = (canonical(before)[:-1] + "," if before else "{") + '"messages":['
        known = 0
        if last is not None and last.head == head and self._keep == len(last.tokens):
            state = last.state.copy()
            known = self._keep
        elif tokens and type(tokens[0]) is tuple and len(tokens[0][1]) >= _LONG:
            state = _begun(head, tokens[0]).copy()
            known = 1
        else:
            state = hashlib.sha256(head.encode("utf-8", "surrogatepass"))
        if known < len(messages):
            new = ",".join(map(_canonical, messages[known:], tokens[known:]))
            state.update((("," if known else "") + new).encode("utf-8", "surrogatepass"))
        whole = state.copy()
        tail = "," + canonical(after)[1:] if after else "}"
        whole.update(("]" + tail).encode("utf-8", "surrogatepass"))
        self.digest: str = whole.hexdigest()[:32]
        self.last = _Last(self.digest, head, tokens, state)

    @property
    def first(self) -> str:
        """The text that the request begins with, where that is worth keeping once for many; else empty."""
        token = self.last.tokens[0] if self.last.tokens and not self._keep else ""
        long = type(token) is tuple and len(token[1]) >= _LONG
        return token[1] if long and _shared(token[1]) else ""

    def to_json(self, sent: Mapping[str, Any] | None = None, *, apart: bool = False) -> str:
        """What was sent, without what the request before it said already; `sent`: in other words than were asked.

        With `apart` the text that it begins with is not in it but named by its hash, as long as `first` has it.
        """
        options = {name: value for name, value in (sent or self._body).items() if name != "messages"}
        after = f'"{self._last.digest}"' if self._last else "null"
        tokens, named = self.last.tokens[self._keep :], ""
        if apart and (first := self.first):
            tokens[0] = tokens[0][0], ""
            named = f'"first":"{_shared(first)}",'
        new = ",".join(map(_spelled, tokens))
        text = f'{{"after":{after},"keep":{self._keep},{named}"messages":[{new}],"options":{_SPELL.encode(options)}}}'
        # A lone surrogate is no text to a database.
        return text if text.isascii() or _whole(text) else json.dumps(json.loads(text), separators=(",", ":"))


class Thread:
    """The requests of one seat in one match."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: _Last | None = None

    def next(self, body: Mapping[str, Any]) -> Request:
        """A request that is about to be sent; `body` has messages, and is sent in the order it has."""
        return Request(body, self._last)

    def answered(self, request: Request) -> None:
        """Go on from this one: its answer is kept, so that whoever reads finds it."""
        self._last = request.last


def _common(one: Sequence[_Token], other: Sequence[_Token]) -> int:
    count = min(len(one), len(other))
    if one[:count] == other[:count]:
        return count
    return next(place for place in range(count) if one[place] != other[place])


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def body(request: Mapping[str, Any], before: Sequence[Any], texts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The body that `Request.to_json` was made of; `before` are the messages of the request it comes after.

    `texts` are those kept apart, by their hashes.
    """
    options = dict(request["options"])
    model = {"model": options.pop("model")} if "model" in options else {}
    new = list(request["messages"])
    if "first" in request:
        new[0] = {**new[0], "content": (texts or {})[request["first"]]}
    return {**model, "messages": [*before[: request["keep"]], *new], **options}

"""Reads a turn back out of a chat, so that a scripted character can play from nothing but what a model would be sent.

The counterpart of `arena.chat.prompt`; what it cannot read is a `UnreadableChat`. Asides (`arena.chat.aside`), calls of
tools and whatever else is no line of the table are passed over, so that the match may be one part of a longer chat.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from arena.acts import MOST_ACTS, OPERATORS, ActError, Predicate, in_words, read_act
from arena.chat.aside import without_asides
from arena.chat.prompt import INDENT
from arena.engine import Spec
from arena.errors import ActionError
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.library import Game, defaults, games
from arena.parse import DECLINE, parse_announcement, parse_decision, parse_message
from arena.turn import Ask, Event, PublicGame, Seen, Turn, Vocabulary

_SEATS = r"player_\d+(?:, player_\d+)*"
_STRING = r'"(?:[^"\\]|\\.)*"'
_SYSTEM = re.compile(
    rf"(.*?)\n\nYou are (player_\d+)\. The seats are ({_SEATS})\. "
    r"The game is (\S+) ([0-9a-f]{16})(?: (\{.*?\}))?\.(?:\n|$)",
    re.DOTALL,
)
_LINE = re.compile(rf"\[(table|error|you|player_\d+)(?: to (nobody|{_SEATS}))?\] ?(.*)", re.DOTALL)
_ASK = re.compile(
    rf"\[(decide|speak|announce)(?: ({_STRING}))?(?: to (nobody|{_SEATS}))?(?: about ({_STRING}(?:, {_STRING})*))?"
    r"(?:, attempt (\d+))?\] ?(.*)",
    re.DOTALL,
)
_SYSTEMS = ("system", "developer")
_CLAIMED = "Can be claimed: "
_PROMISED = "Can be promised: "
_FORM = re.compile(r"\}: (?=a whole number from |one of |all of |how many of each, |text of at most )")
_EACH = re.compile(rf"how many of each, ({_STRING} 0 to \d+(?:, {_STRING} 0 to \d+)*)(?:, together (\d+))?")
_PART = re.compile(rf"({_STRING}) 0 to (\d+)")
_NUMBER = re.compile(r"a whole number from (-?\d+) to (-?\d+)")
_MESSAGE = re.compile(r"text of at most (\d+) characters")
_DECODER = json.JSONDecoder()


class UnreadableChat(ValueError):
    """The chat is not one that `arena.chat.prompt` writes."""


@dataclass(slots=True)
class _Heard:
    """What has been read so far."""

    seat: str
    seats: tuple[str, ...]
    words: Vocabulary
    events: list[Event] = field(default_factory=list[Event])
    since: int = 0
    answers: int = 0
    ask: Ask | None = None
    attempt: int = 0
    reply: str = ""
    """The reply to `ask`; whether it was accepted shows at the next one."""
    open: bool = False
    """The last thing said is not the model's own."""
    aside: bool = False
    """The last message of the user ends with an aside that asks."""


_KEPT = 4096
_heard: dict[bytes, _Heard] = {}
"""What was read of chats lately, by their digest: the next request begins with the same messages."""


def asked_aside(messages: Sequence[Mapping[str, Any]]) -> str:
    """The last message of the user where it ends with an aside that wants to be answered; else nothing."""
    said = [message for message in messages if message.get("role") in ("user", "assistant")]
    last = _text(said[-1]) if said and said[-1].get("role") == "user" else ""
    return last if without_asides(last)[1] else ""


def read_turn(messages: Sequence[Mapping[str, Any]], key: str) -> Turn:
    """The turn that the last ask puts; `key` is what its randomness comes from."""
    told = "\n\n".join(_text(message) for message in messages if message.get("role") in _SYSTEMS)
    said = [(str(message.get("role")), _text(message)) for message in messages if _counts(message)]
    rules, seat, listed, name, sha256, params = _seated(told, said)
    seats = tuple(listed.split(", "))
    heard = _hear_all(_Heard(seat, seats, Vocabulary({}, {}, seats)), said)
    if heard.ask is None or not heard.open:
        raise UnreadableChat("the last message asks nothing")
    game = _game(name, sha256, len(seats))
    seen = Seen(seat, heard.events)
    seen.turns = list(range(heard.answers))
    seen.mark = heard.since
    public = PublicGame(game, {**defaults(game), **(_object(params) if params else {})}, len(seats))
    return Turn(seen, heard.ask, rules, heard.words, public, key, len(heard.events), heard.attempt)


def _counts(message: Mapping[str, Any]) -> bool:
    """Whether a message is part of the talk; a call of a tool and what it gave are nobody's answer."""
    return message.get("role") == "user" or (message.get("role") == "assistant" and not message.get("tool_calls"))


def _seated(told: str, said: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Rules, seat, seats, game, source and parameters: from the system message, else from a message of the user."""
    for text in (told, *(text for role, text in said if role == "user")):
        found = _SYSTEM.match(without_asides(text)[0].lstrip("\n"))
        if found is not None:
            return found.groups()
    raise UnreadableChat("the system message does not say who sits where in which game")


def _hear_all(heard: _Heard, said: Sequence[tuple[str, str]]) -> _Heard:
    """Take in what was said, of which only what comes after the longest beginning that is known is read."""
    digests: list[bytes] = []
    digest = hashlib.sha256(f"{heard.seat} {len(heard.seats)}".encode()).digest()
    for role, text in said:
        digest = hashlib.sha256(digest + f"{role} {text}".encode("utf-8", "surrogatepass")).digest()
        digests.append(digest)
    start = 0
    for number in range(len(said), 0, -1):
        known = _heard.get(digests[number - 1])
        if known is not None:
            heard, start = replace(known, events=list(known.events)), number
            break
    for role, text in said[start:]:
        if role == "user":
            heard.open = True
            heard.aside = _hear(heard, text)
        elif not heard.aside:
            heard.reply, heard.open = text, False
        else:
            heard.aside = False
    if start < len(said):
        _heard[digest] = replace(heard, events=list(heard.events))
        while len(_heard) > _KEPT:
            _heard.pop(next(iter(_heard)), None)
    return heard


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = [cast("dict[str, Any]", part) for part in cast("list[Any]", content) if isinstance(part, dict)]
        return "".join(str(part.get("text", "")) for part in parts)
    return content if isinstance(content, str) else ""


@lru_cache(maxsize=64)
def _game(name: str, sha256: str, seats: int) -> Game:
    """The game itself where this machine has that very source; else its name and size, which teach nothing."""
    known = games().get(name)
    if known is not None and known.sha256.startswith(sha256):
        return known
    return Game(name, "", sha256, "", seats, seats, origin="unknown")


def _hear(heard: _Heard, text: str) -> bool:
    """Take in one message: events, then an ask, and again where a reply in between was empty.

    Returns whether it ends with an aside that asks.
    """
    lines: list[str] = []
    text, aside = without_asides(text)
    for line in text.split("\n"):
        if line.startswith(INDENT[1:]) and lines:
            lines[-1] += "\n" + line[len(INDENT) - 1 :]
        else:
            lines.append(line)
    told: list[str] = []
    words = heard.words
    for number, line in enumerate(lines):
        asked = _ASK.fullmatch(line)
        if asked is not None:
            attempt = int(asked[5] or 1) - 1
            _settle(heard, told, words, accepted=attempt == 0)
            ask = _ask(asked, lines[number + 1] if number + 1 < len(lines) else "", words)
            error = heard.events[-1].text if attempt else None
            heard.ask, heard.attempt, heard.words = ask._replace(error=error), attempt, words
            heard.reply = ""
            told = []
        elif line.startswith(_CLAIMED):
            words = Vocabulary(_keys(line.removeprefix(_CLAIMED), {}), {}, heard.seats)
        elif line.startswith(_PROMISED):
            words = Vocabulary(words.claim, _keys(line.removeprefix(_PROMISED), words.claim), heard.seats)
        elif _LINE.fullmatch(line):
            told.append(line)
    return aside


def _settle(heard: _Heard, told: Sequence[str], words: Vocabulary, *, accepted: bool) -> None:
    """Put the seat's own answer, and what came after it, among the events."""
    own: Event | None = None
    # Where the table says what the seat answered, it was somebody else's reply that was taken, as in a committee.
    said = any(line.startswith(f"[{heard.seat}") and line[len(heard.seat) + 1] in "] " for line in told)
    if heard.ask is not None and accepted and not said:
        heard.answers += 1
        heard.since = len(heard.events)
        own = _own(heard, heard.ask)
        if own is not None and not any(line.startswith("[you]") for line in told):
            heard.events.append(own)
    for line in told:
        if line.startswith("[you]"):
            heard.events += [own] if own else []
            continue
        event = _event(heard, line, words)
        if event.seat == heard.seat and event.kind in ("say", "announce", "answer"):
            heard.answers += 1
            heard.since = len(heard.events)
            event = event._replace(ply=heard.answers)
        heard.events.append(event)


def _own(heard: _Heard, ask: Ask) -> Event | None:
    """What became of a reply that was accepted."""
    seat, to = heard.seat, None if ask.to is None else (*ask.to, heard.seat)
    try:
        if ask.kind == "message":
            said, raw = parse_message(ask.spec, heard.reply)
            acts = tuple(act for one in raw[:MOST_ACTS] for act in _own_act(heard, one))
            return Event("say", seat, None, None, said, acts, to, heard.answers) if said or acts else None
        if ask.kind == "announce":
            value = parse_announcement(ask.spec, ask.key, heard.reply)
            text = f"{seat} declines to announce" if value is None else f"{seat} announces {ask.key}: {value}"
            return Event("announce", seat, ask.key, value, text, (), to, heard.answers)
        value = parse_decision(ask.spec, ask.key, heard.reply)
    except ActionError as error:
        raise UnreadableChat(f"the chat goes on after a reply that is no answer: {error}") from None
    return Event("answer", seat, ask.key, value, "", (), (seat,), heard.answers)


def _own_act(heard: _Heard, raw: Any) -> list[dict[str, Any]]:
    """An act as the table took it, or nothing where it was dropped."""
    try:
        act = read_act(raw, heard.seat, heard.words)
    except ActError:
        return []
    if act["act"] != "disclose":
        return [act]
    dealt = [event for event in heard.events if event.kind == "deal" and event.key == act["key"]]
    if not any("You can prove it." in event.text for event in dealt):
        return []
    return [_proven(act, dealt[-1].value)]


def _proven(act: dict[str, Any], value: Any) -> dict[str, Any]:
    return {**act, "value": value, "text": in_words(act, act["seat"])[:-1] + f": it is {value}]"}


def _event(heard: _Heard, line: str, words: Vocabulary) -> Event:
    found = _LINE.fullmatch(line)
    if found is None:
        raise UnreadableChat(f"unreadable line {line[:80]!r}")
    who, named, rest = found.groups()
    ply = heard.answers
    others = _seats(named)
    if who == "error":
        key = heard.ask.key if heard.ask else None
        return Event("error", heard.seat, key, None, rest, (), (heard.seat,), ply)
    if who == "table":
        return _word(heard.seat, rest, others, ply)
    to = None if others is None else (*others, who)
    first, rest = _first(rest)
    if isinstance(first, str):
        acts: list[dict[str, Any]] = []
        while rest.startswith(" {"):
            act, rest = _first(rest[1:])
            acts.append(_act(act, who, {**words.claim, **words.promise}))
        return Event("say", who, None, None, first, tuple(acts), to, ply)
    ((kind, body),) = cast("dict[str, Any]", first).items()
    ((key, value),) = cast("dict[str, Any]", body).items()
    if kind == "answer":
        return Event("answer", who, key, value, "", (), (who,), ply)
    value = None if value == DECLINE else value
    text = f"{who} declines to announce" if value is None else f"{who} announces {key}: {value}"
    return Event("announce", who, key, value, text, (), to, ply)


def _word(seat: str, text: str, to: tuple[str, ...] | None, ply: int) -> Event:
    """A word of the table: a fact, a deal, a licence, a reveal, or plain text."""
    if not text.startswith("{"):
        return Event("tell", None, None, None, text, (), to, ply)
    data, rest = _first(text)
    rest = rest[1:]
    if not data:
        return Event("tell", None, None, None, rest, (), to, ply)
    ((kind, body),) = cast("dict[str, Any]", data).items()
    if kind == "fact":
        return Event("tell", None, None, body, rest, (), to, ply)
    ((key, value),) = cast("dict[str, Any]", body).items()
    if kind == "deal":
        return Event("deal", seat, key, value, rest, (), (seat,), ply)
    if kind == "licence":
        return Event("norm", seat, value, key, rest, (), (seat,), ply)
    holder, _, key = key.partition(".")
    return Event("reveal", holder, key, value, f"{holder}'s {key}: {value}", (), None, ply)


def _act(raw: Any, speaker: str, keys: Mapping[str, Spec[Any]]) -> dict[str, Any]:
    """An act of somebody else, as the table had checked it."""
    written = cast("dict[str, Any]", raw)
    kind = next(iter(written))
    if kind == "disclose":
        return _proven({"act": kind, "seat": speaker, "key": written[kind]}, written["value"])
    if kind == "release":
        seat, key, _ = _path(written[kind], keys)
        act: dict[str, Any] = {"act": kind, "seat": seat, "key": key}
    else:
        ((path, value),) = written[kind].items()
        act = {"act": kind, **_part(path, value, keys)}
        if "if" in written:
            act["if"] = [_part(path, value, keys) for path, value in written["if"].items()]
    act["text"] = in_words(act, speaker)
    return act


def _part(path: str, value: Any, keys: Mapping[str, Spec[Any]]) -> dict[str, Any]:
    seat, key, part = _path(path, keys)
    given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    operators = bool(given) and all(name in OPERATORS for name in given)
    pairs: Predicate = [[name, wanted] for name, wanted in given.items()] if operators else [["=", value]]
    return {"seat": seat, "key": key, "part": part, "is": pairs}


def _path(path: str, keys: Mapping[str, Spec[Any]]) -> tuple[str, str, str | None]:
    seat, _, rest = path.partition(".")
    if rest in keys:
        return seat, rest, None
    key, _, part = rest.rpartition(".")
    return (seat, key, part) if key in keys else (seat, rest, None)


def _ask(asked: re.Match[str], answer: str, words: Vocabulary) -> Ask:
    kind, key, named, about, _, prompt = asked.groups()
    form = _FORM.search(answer)
    if form is None:
        raise UnreadableChat(f"the ask does not say what an answer may be: {answer[:80]!r}")
    spec, _ = _spec(answer[form.end() :])
    if kind == "speak":
        topics = _strings(about)[0] if about else []
        return Ask("message", "say", spec, prompt, _seats(named), {topic: words.claim[topic] for topic in topics})
    to = () if kind == "decide" else _seats(named)
    return Ask(kind, json.loads(key or "null"), spec, prompt, to)


def _seats(named: str | None) -> tuple[str, ...] | None:
    if named is None:
        return None
    return () if named == "nobody" else tuple(named.split(", "))


def _keys(text: str, known: Mapping[str, Spec[Any]]) -> dict[str, Spec[Any]]:
    """Keys with their specs; a key without one has that of the known key."""
    found: dict[str, Spec[Any]] = {}
    while text:
        key, text = _first(text)
        if text.startswith(" "):
            found[key], text = _spec(text[1:])
        else:
            found[key] = known[key]
        text = text.removeprefix("; ")
    return found


def _spec(text: str) -> tuple[Spec[Any], str]:
    """A spec in words, and what follows it."""
    number = _NUMBER.match(text)
    if number:
        return Number(int(number[1]), int(number[2])), text[number.end() :]
    message = _MESSAGE.match(text)
    if message:
        return Message(int(message[1])), text[message.end() :]
    if text.startswith("one of "):
        options, rest = _strings(text.removeprefix("one of "))
        return Choice(*options), rest
    if text.startswith("all of "):
        options, rest = _strings(text.removeprefix("all of "))
        return Ranking(*options), rest.removeprefix(" in order, the best first")
    each = _EACH.match(text)
    if each is None:
        raise UnreadableChat(f"unreadable answers {text[:80]!r}")
    parts = {json.loads(name): int(most) for name, most in _PART.findall(each[1])}
    return Allocation(parts, int(each[2]) if each[2] else None), text[each.end() :]


def _strings(text: str) -> tuple[list[str], str]:
    found: list[str] = []
    while True:
        value, text = _first(text)
        found.append(value)
        if not text.startswith(', "'):
            return found, text
        text = text[2:]


def _first(text: str) -> tuple[Any, str]:
    """The JSON value that a text starts with, and the rest."""
    value, end = _DECODER.raw_decode(text)
    return value, text[end:]


def _object(text: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(text))

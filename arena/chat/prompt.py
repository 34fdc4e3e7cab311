"""How a match is put to a model: every word of it is in this file.

One line an event, one line an ask, and what players say in quotes, so that no message can pass itself off as a word
of the table. The lines are regular enough to be read back (`arena.serving.reader`), and plain enough to need no
explaining.
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from arena.engine import Spec
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.library import defaults
from arena.parse import DECLINE
from arena.turn import Ask, Event, PublicGame, Turn, Vocabulary

INDENT = "\n    "
NOTHING_YET = "Nothing has happened yet."
LONGEST_KEPT = 20_000
"""Characters of an own reply that stay in the chat."""
LEFT_OUT = "Some of what happened is left out here, for lack of room."
_HOW = """\
You are told what happens line by line. [table] is the game itself. [player_0] is that player, whose words stand in \
quotes and need not be true. What stands in braces is data: facts, announcements, typed acts. "to" names the only ones \
who heard it.
The last line in brackets says what you are asked: [decide …], [speak …] or [announce …]. Think first if you like, \
then end with one JSON object of the form asked for. Only your last JSON object counts, and nobody sees the rest."""
_ACTS = """\
A message may carry typed acts, which its hearers get exactly as you write them:
{"claim": {"KEY": VALUE}} says what a fact is, your own or another's;
{"promise": {"KEY": VALUE}} says what your next answer of that name will be;
{"promise": {"KEY": VALUE}, "if": {"player_0.KEY": VALUE}} says it only for that case;
{"threat": {"KEY": VALUE}, "if": {…}} likewise;
{"disclose": "KEY"} has the table prove a fact of yours that you can prove;
{"release": "player_0.KEY"} frees them of a promise they made.
KEY is your own, player_0.KEY that player's, KEY.PART one part of an answer that has parts. For VALUE you may write
{">=": VALUE}, also with = != <= and, for a list, in and "not in"."""
_TERSE_HOW = """\
[table] is the game, [player_0] a player, whose quoted words may be untrue; braces hold data; "to" names who heard it.
Do what the last line in brackets asks. End with one JSON object of the form asked for; nothing else counts."""
_TERSE_ACTS = """\
Acts, which hearers get as written: {"claim": {"KEY": VALUE}} a fact; {"promise": {"KEY": VALUE}} your next answer; \
{"promise": {"KEY": VALUE}, "if": {"player_0.KEY": VALUE}} only then; {"threat": {"KEY": VALUE}, "if": {…}} likewise; \
{"disclose": "KEY"} proof of your fact; {"release": "player_0.KEY"} of their promise.
KEY your own, player_0.KEY theirs, KEY.PART a part; VALUE or {">=": VALUE}, = != <= in "not in"."""


class Wording(NamedTuple):
    """One way to explain how to read and to answer; the lines themselves are the same in all."""

    how: str
    acts: str
    examples: bool = False
    """Whether acts are also shown with keys and values of the match."""


WORDINGS = {
    "plain": Wording(_HOW, _ACTS),
    "terse": Wording(_TERSE_HOW, _TERSE_ACTS),
    "examples": Wording(_HOW, _ACTS, examples=True),
}
FAULTS = {
    "empty": "the reply was empty; answer in the form asked for",
    "length": "the reply was cut off before its end; answer again, and shorter",
    "refusal": "the reply was a refusal and no answer; answer in the form asked for",
    "content_filter": "the reply was withheld by a filter; answer again, in other words",
    "tool_calls": "the reply calls a tool, and there are none here; answer in the form asked for",
    "unreadable": "the reply could not be read; answer in the form asked for",
}
"""What a seat is told when its model gave no answer by its own doing."""


# `json.dumps` would make one anew each time.
_SPELL = json.JSONEncoder(ensure_ascii=False).encode
_BREAKS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "\x85\u2028\u2029"}
"""JSON leaves them as they are, and many a reader begins a new line there."""


def quoted(value: Any) -> str:
    """A JSON value on one line, whoever counts lines."""
    text = _SPELL(value)
    return text if text.isascii() else text.translate(_BREAKS)


def system(turn: Turn, persona: str | None = None, wording: str = "plain") -> str:
    """What stays the same through a match: rules, seat, how to read and how to answer."""
    parts = [turn.rules, seat_line(turn.seat, turn.acts.seats, turn.game), WORDINGS[wording].how]
    if persona:
        parts.append(persona)
    return "\n\n".join(parts)


def seat_line(seat: str, seats: Sequence[str], game: PublicGame) -> str:
    """Who one is, and the game by name, source and those parameters that are not its defaults."""
    usual = defaults(game.game)
    params = {name: value for name, value in game.params.items() if name not in usual or usual[name] != value}
    shown = f" {quoted(params)}" if params else ""
    return f"You are {seat}. The seats are {', '.join(seats)}. The game is {game.name} {game.game.sha256[:16]}{shown}."


def event_line(event: Event) -> str:
    """One event as its hearer reads it; further lines of a text are indented."""
    match event.kind:
        case "say":
            acts = "".join(f" {quoted(written(act))}" for act in event.acts)
            line = f"[{_speaker(event)}] {quoted(event.text)}{acts}"
        case "announce":
            said = DECLINE if event.value is None else event.value
            line = f"[{_speaker(event)}] {quoted({'announce': {event.key: said}})}"
        case "answer":
            line = f"[{event.seat} to nobody] {quoted({'answer': {event.key: event.value}})}"
        case "reveal":
            line = f"[table] {quoted({'reveal': {f'{event.seat}.{event.key}': event.value}})}"
        case "error":
            line = f"[error] {event.text}"
        case _:
            heard = "" if event.to is None else f" to {', '.join(event.to)}"
            line = f"[table{heard}] {_data(event)}{event.text}"
    return line.replace("\n", INDENT)


def _speaker(event: Event) -> str:
    if event.to is None:
        return str(event.seat)
    return f"{event.seat} to {', '.join(seat for seat in event.to if seat != event.seat) or 'nobody'}"


def _data(event: Event) -> str:
    """What a word of the table holds besides its text."""
    if event.kind == "deal":
        return quoted({"deal": {event.key: event.value}}) + " "
    if event.kind == "norm":
        return quoted({"licence": {event.value: event.key}}) + " "
    if event.value is not None:
        return quoted({"fact": event.value}) + " "
    # Without this a text could pass for one of the above.
    return "{} " if event.text.startswith("{") else ""


def written(act: Mapping[str, Any]) -> dict[str, Any]:
    """A bound act in the form in which it is written, paths in full."""
    kind = act["act"]
    if kind == "disclose":
        return {kind: act["key"], "value": act["value"]}
    if kind == "release":
        return {kind: f"{act['seat']}.{act['key']}"}
    found: dict[str, Any] = {kind: {_path(act): _predicate(act["is"])}}
    if act.get("if"):
        found["if"] = {_path(part): _predicate(part["is"]) for part in act["if"]}
    return found


def _path(part: Mapping[str, Any]) -> str:
    return f"{part['seat']}.{part['key']}" + (f".{part['part']}" if part.get("part") else "")


def _predicate(pairs: Sequence[Sequence[Any]]) -> Any:
    return pairs[0][1] if len(pairs) == 1 and pairs[0][0] == "=" else {pair[0]: pair[1] for pair in pairs}


def spec_words(spec: Spec[Any]) -> str:
    """What an answer may be."""
    match spec:
        case Number():
            return f"a whole number from {spec.low} to {spec.high}"
        case Choice():
            return f"one of {', '.join(map(quoted, spec.options))}"
        case Ranking():
            return f"all of {', '.join(map(quoted, spec.options))} in order, the best first"
        case Allocation():
            each = ", ".join(f"{quoted(part)} 0 to {most}" for part, most in spec.parts.items())
            return f"how many of each, {each}" + ("" if spec.total is None else f", together {spec.total}")
        case Message():
            return f"text of at most {spec.limit} characters"
        case _:
            return spec.words()


def _form(spec: Spec[Any]) -> str:
    match spec:
        case Number():
            return "…"
        case Ranking():
            return '["…", "…"]'
        case Allocation():
            return "{" + ", ".join(f"{quoted(part)}: …" for part in spec.parts) + "}"
        case _:
            return '"…"'


def vocabulary(acts: Vocabulary) -> str:
    """What acts can be about; what can be claimed and promised alike is described once."""
    lines: list[str] = []
    if acts.claim:
        lines.append("Can be claimed: " + "; ".join(map(_described, acts.claim.items())))
    if acts.promise:
        known = {key: spec.data() for key, spec in acts.claim.items()}
        keys = [
            quoted(key) if known.get(key) == spec.data() else _described((key, spec))
            for key, spec in acts.promise.items()
        ]
        lines.append("Can be promised: " + "; ".join(keys))
    return "\n".join(lines)


def _described(item: tuple[str, Spec[Any]]) -> str:
    return f"{quoted(item[0])} {spec_words(item[1])}"


def examples(turn: Turn) -> str:
    """A message with acts as they could be written here, on one line; keys and values are drawn by lot."""
    acts, lot = turn.acts, Random(f"{turn.key}/example")
    others = [seat for seat in acts.seats if seat != turn.seat]
    shown: list[dict[str, Any]] = []
    if acts.claim:
        shown.append({"claim": _example(acts.claim, lot)})
        if others:
            shown.append({"claim": _example(acts.claim, lot, f"{lot.choice(others)}.")})
    if acts.promise:
        shown.append({"promise": _example(acts.promise, lot)})
        if others:
            keys = {**acts.claim, **acts.promise}
            shown.append({**shown[-1], "if": _example(keys, lot, f"{lot.choice(others)}.")})
    return f"For example, whatever is so: {quoted({'say': '…', 'acts': shown})}"


def _example(keys: Mapping[str, Spec[Any]], lot: Random, whose: str = "") -> dict[str, Any]:
    key = lot.choice(list(keys))
    value = keys[key].sample(lot)
    return {whose + key: {lot.choice((">=", "<=")): value} if isinstance(keys[key], Number) else value}


def ask_lines(ask: Ask, attempt: int, *, acts: bool) -> str:
    """What is asked, and the form of the answer."""
    again = f", attempt {attempt + 1}" if attempt else ""
    heard = "" if ask.to is None else f" to {', '.join(ask.to) or 'nobody'}"
    if ask.kind == "message":
        about = f" about {', '.join(map(quoted, ask.about))}" if ask.about and acts else ""
        head = f"[speak{heard}{about}{again}]"
        form = '{"say": "…", "acts": […]}' if acts else '{"say": "…"}'
        answer = f'Reply {form}: {spec_words(ask.spec)}; an empty "say" passes.'
    elif ask.kind == "announce":
        head = f"[announce {quoted(ask.key)}{heard}{again}]"
        answer = f"Reply {{{quoted(ask.key)}: {_form(ask.spec)}}}: {spec_words(ask.spec)}; or {{{quoted(ask.key)}: "
        answer += f"{quoted(DECLINE)}}}."
    else:
        head = f"[decide {quoted(ask.key)}{again}]"
        answer = f"Reply {{{quoted(ask.key)}: {_form(ask.spec)}}}: {spec_words(ask.spec)}."
    prompt = f" {ask.prompt}".replace("\n", INDENT) if ask.prompt else ""
    return f"{head}{prompt}\n{answer}"


class Chat:
    """One seat's match as a chat: the table and the others are the user, its own replies, word for word, the assistant.

    What was sent is never rewritten, so an endpoint that caches prompts finds its prefix again; but see `shorten`.
    """

    __slots__ = (
        "messages", "_persona", "_wording", "_asked", "_seen", "_replied", "_acts", "_offer", "_shown", "_explained",
    )  # fmt: skip

    def __init__(self, persona: str | None = None, wording: str = "plain") -> None:
        self.messages: list[dict[str, str]] = []
        self._persona = persona
        self._wording = wording
        self._asked = ""
        self._seen = 0
        self._replied = False
        self._acts: Vocabulary | None = None
        self._offer = ""
        self._shown = ""
        self._explained = False

    def ask(self, turn: Turn) -> list[dict[str, str]]:
        """The messages that put a turn to the model; the same turn again is not put twice."""
        key = turn.key
        if self._asked == key and not self._replied:
            return self.messages
        if not self.messages:
            # Kept once for all the matches of a game in which it is the same.
            told = sys.intern(system(turn, self._persona, self._wording))
            self.messages.append({"role": "system", "content": told})
        events = turn.events
        lines = self._news(turn.seat, events)
        if turn.acts is not self._acts:
            # A match makes a new vocabulary only when there is more in it.
            self._acts, self._offer = turn.acts, vocabulary(turn.acts)
        if self._offer and (turn.ask.kind == "message" or self._offer != self._shown):
            lines += self._offered(turn)
        lines.append(ask_lines(turn.ask, turn.attempt, acts=bool(self._offer)))
        self._add("user", "\n".join(lines))
        self._asked = key
        self._seen = len(events)
        self._replied = False
        return self.messages

    def answered(self, reply: str) -> None:
        """Keep the reply; one without a word is left out, since some endpoints refuse an empty message.

        Of one that is longer than any answer has to be, beginning and end, or it would crowd out the rest.
        """
        self._replied = True
        if len(reply) > LONGEST_KEPT:
            half = LONGEST_KEPT // 2
            reply = f"{reply[:half]}\n[…]\n{reply[-half:]}"
        if reply.strip():
            self._add("assistant", reply)

    def shorten(self) -> bool:
        """Leave out the oldest turns after the first, until half is left; False where there are none to leave out."""
        messages = self.messages
        sizes = [len(message["content"]) for message in messages]
        left, end = sum(sizes), 3
        while end + 2 < len(messages) and left > sum(sizes) / 2:
            left -= sizes[end] + sizes[end + 1]
            end += 2
        if end == 3:
            return False
        again = [WORDINGS[self._wording].acts, self._shown] if self._explained else []
        first = {"role": "user", "content": "\n".join([LEFT_OUT, *again, messages[end]["content"]])}
        self.messages = [*messages[:3], first, *messages[end + 1 :]]
        return True

    def _news(self, seat: str, events: Sequence[Event]) -> list[str]:
        """What came since the last ask; the own answer, which stands above, is only marked where it is not first."""
        lines: list[str] = []
        for number, event in enumerate(events[self._seen :]):
            if self._replied and event.seat == seat and event.kind in ("say", "announce", "answer"):
                self._replied = False
                if number:
                    lines.append("[you] as above")
            else:
                lines.append(event_line(event))
        if not events:
            lines.append(NOTHING_YET)
        return lines

    def _offered(self, turn: Turn) -> list[str]:
        """What acts can be about; how they are written goes before it, once."""
        wording, new = WORDINGS[self._wording], self._offer != self._shown
        self._shown = self._offer
        if turn.ask.kind != "message":
            return [self._shown]
        lines = [self._shown] if self._explained else [wording.acts, self._shown]
        if wording.examples and (new or not self._explained):
            lines.append(examples(turn))
        self._explained = True
        return lines

    def _add(self, role: str, text: str) -> None:
        # A lone surrogate has no UTF-8 form and could not be sent.
        text = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
        if self.messages[-1]["role"] == role:
            self.messages[-1] = {"role": role, "content": f"{self.messages[-1]['content']}\n{text}"}
        else:
            self.messages.append({"role": role, "content": text})


def judging(candidates: Sequence[str]) -> str:
    """What a model is asked that grades replies; its answer is `{"grades": [...]}`, one for each."""
    listed = "\n".join(f"{number}: {quoted(reply)}" for number, reply in enumerate(candidates, 1))
    return (
        "Before one of these replies is given to what was asked last, say how well each of them serves this seat, "
        f"from 0 to 10.\n{listed}\n"
        f'Think first if you like, then end with {{"grades": [{", ".join("…" * len(candidates))}]}}.'
    )


_SHAPING = ("prompt.py", "schema.py", "model.py", "choosing.py", "aside.py", "talk.py", "line.py")
"""The files that decide what a model is sent and which of its answers is taken."""


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """The hash of these words and ways, which are part of what makes a model play as it does."""
    words = b"".join(Path(__file__).with_name(name).read_bytes() for name in _SHAPING)
    return hashlib.sha256(words).hexdigest()[:16]

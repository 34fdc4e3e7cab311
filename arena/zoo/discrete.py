"""A turn as numbers: what a seat may reply as a numbered list, and what it has seen as a vector of fixed length.

Actions. A decision's actions are the values of its spec, in the spec's own order. An announcement's: to decline, then
the values. A message's are silence, then one act each: promises of and claims about one's own keys, the keys with the
fewest values first and each only where all its values fit, then proofs of one's own provable facts.

The vector, every number from 0 to 1, 0 where there is nothing:

| from | what |
|---|---|
| 0 | own seat |
| 1 | own answers so far, `n / (n + 16)` |
| 2 | asked to decide, to speak, to announce (one of three) |
| 5 | tries refused so far at this ask, `n / (n + 1)` |
| 6 | share of the action space that is legal |
| 7 | the key asked about, as 16 bits |
| 23 | the last 6 facts dealt to oneself, the newest first: key, value |
| 35 | the last 4 things the table said, the newest first: 0.1, the words without their numbers, the last number |
| 47 | for each seat in order, the last 4 things it said or did, the newest first: kind, key, value |

A value is its place among the values of its spec, as far as the seat knows that spec, from above 0 up to 1.
"""

import json
import re
import struct
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, cast

import numpy as np

from arena.acts import part_spec
from arena.engine import Spec
from arena.errors import NotEnumerable
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.parse import DECLINE
from arena.ply import Ply
from arena.turn import Ask, Vocabulary
from arena.words import Words

FACTS, RECENT, BITS = 6, 4, 16
_ONE, _PAIR, _ROW = struct.Struct("=f"), struct.Struct("=2f"), struct.Struct("=3f")
_ASKED = struct.Struct(f"={5 + BITS}f")
_FLOAT = np.dtype(np.float32)
_TRIES = 3 * _ONE.size
_DEALT_BYTES, _BLOCK_BYTES = _PAIR.size * FACTS, _ROW.size * RECENT
_KINDS = ("tell", "say", "announce", "answer", "reveal", "claim", "promise", "threat", "disclose", "release")
_CODES = {kind: (number + 1) / len(_KINDS) for number, kind in enumerate(_KINDS)}
_VALUED = frozenset(("announce", "answer", "reveal"))
_SAID = _ROW.pack(_CODES["say"], 0.0, 0.0)
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_MOST_INDEXED = 4096
_MOST_KEPT = 1024
_PLAIN = (str, int, type(None))
Reading = tuple[str, Any, tuple[dict[str, Any], ...]]
"""A reply as text, the answer that it is, and the acts that go with it."""
_AnySpec = Choice | Number | Allocation | Ranking | Message


def length(seats: int) -> int:
    """How many numbers the vector of a table with that many seats has."""
    return 7 + BITS + 2 * FACTS + 3 * RECENT * (1 + seats)


class Listing:
    """The numbered replies to one ask, in an action space of that size."""

    def __init__(self, replies: list[dict[str, Any]], size: int, kind: str = "", key: str = "") -> None:
        self.replies = replies
        self.read: dict[tuple[str, int], Reading] = {}
        """By seat and number, what the match made of a reply when it was given first."""
        self.asked = _asked(kind, key, len(replies) / size) if kind else bytes(_ASKED.size)
        """What the vector says of the ask before any try; nothing for one who is not asked."""
        self.mask = np.zeros(size, np.int8)
        self.mask[: len(replies)] = 1
        self.proofs = {at: proven for at, reply in enumerate(replies) if (proven := _proof(reply)) is not None}
        """By number of the messages that prove something, the key that they prove."""

    def keep(self, number: int, ply: Ply) -> None:
        """Remember how a reply was read, where every match reads it so: it proves nothing, and its answer is plain."""
        if number not in self.proofs and type(ply.action) in _PLAIN:
            self.read[ply.seat, number] = ply.reply, ply.action, ply.acts


class Enumeration:
    """The numbered replies of each ask, made once per spec."""

    def __init__(self, game: str, size: int) -> None:
        self._game = game
        self._size = size
        self._known: dict[tuple[str, str, str], Listing] = {}
        self._same: dict[tuple[str, str, Spec[Any]], Listing] = {}
        self._spoken: dict[str, Listing] = {}
        self.idle = Listing([{}], size)
        """That of a seat which is not asked: one action, which means nothing."""
        self._last: tuple[Vocabulary | None, Listing] = (None, self.idle)

    def listing(self, ask: Ask, acts: Vocabulary) -> Listing:
        """All replies to an ask in order; raises `NotEnumerable` where there are more than the action space holds."""
        if ask.kind == "message":
            return self._messages(acts)
        # A game mostly asks with the same spec object again, which is then known without looking at its data.
        here = (ask.kind, ask.key, ask.spec)
        found = self._same.get(here)
        if found is None:
            found = self._answers(ask)
            _keep(self._same, here, found)
        return found

    def _answers(self, ask: Ask) -> Listing:
        mark = (ask.kind, ask.key, repr(ask.spec.data()))
        found = self._known.get(mark)
        if found is None:
            replies: list[dict[str, Any]] = [{ask.key: DECLINE}] if ask.kind == "announce" else []
            count = _listed(ask.spec).size() + len(replies)
            if count > self._size:
                raise NotEnumerable(
                    f"{self._game}: {ask.key!r} has {count if count < 10**9 else 'endlessly many'} answers and the"
                    f" discrete action space {self._size}; take a larger size= or actions='text'"
                )
            replies += [{ask.key: value} for value in _listed(ask.spec).values()]
            found = Listing(replies, self._size, ask.kind, ask.key)
            _keep(self._known, mark, found)
        return found

    def _messages(self, acts: Vocabulary) -> Listing:
        if acts is not self._last[0]:
            keys = [(key, spec.data()) for key, spec in acts.claim.items()], list(acts.promise)
            mark = repr(keys)
            found = self._spoken.get(mark)
            if found is None:
                found = Listing(self._list_messages(acts), self._size, "message", "say")
                _keep(self._spoken, mark, found)
            self._last = (acts, found)
        return self._last[1]

    def _list_messages(self, acts: Vocabulary) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{"say": ""}]
        proofs: list[dict[str, Any]] = [{"say": "", "acts": [{"disclose": key}]} for key in acts.claim]
        room = self._size - len(proofs)
        blocks = [(_listed(spec).size(), 0, key, "promise", spec) for key, spec in acts.promise.items()]
        blocks += [(_listed(spec).size(), 1, key, "claim", spec) for key, spec in acts.claim.items()]
        for count, _, key, act, spec in sorted(blocks, key=lambda block: block[:3]):
            if len(found) + count <= room:
                found += [{"say": "", "acts": [{act: {key: value}}]} for value in _listed(spec).values()]
        return (found + proofs)[: self._size]


def _proof(reply: Mapping[str, Any]) -> str | None:
    acts = reply.get("acts")
    return acts[0].get("disclose") if acts else None


class Senses:
    """What one seat may do, and what it has seen as numbers that are brought up to date event by event."""

    def __init__(self, seat: str, words: Words, idle: Listing) -> None:
        seats = words.seats
        self.legal = idle
        self._ply: Ply | None = None
        self._seat = seat
        self._place = seats.index(seat) / max(1, len(seats) - 1)
        self._events = words.events
        self._turns = words.seen[seat].turns
        self._provable = words.provable
        self._dealt = bytes(_DEALT_BYTES)
        self._told = bytes(_BLOCK_BYTES)
        self._said = dict.fromkeys(seats, self._told)
        self._read = 0
        self._rows: dict[tuple[str, str | None, str | int | None], bytes] = {}
        self._used: set[str] = set()
        """The keys whose values were read so far."""
        self._asked: dict[str, Spec[Any]] = {}
        self._named: Mapping[str, Spec[Any]] = {}

    def name(self, named: Mapping[str, Spec[Any]]) -> None:
        """What each key of the vocabulary may be, from now on."""
        before, self._named = self._named, named
        for key in self._used:
            if key not in self._asked and _differ(before.get(key), named.get(key)):
                self._again()
                return

    def rest(self, idle: Listing) -> None:
        """This seat is not asked any more."""
        self._ply = None
        self.legal = idle

    def ask(self, ply: Ply, legal: Listing) -> None:
        """What this seat is asked, which tells it what the answers to that key may be."""
        self._ply = ply
        self.legal = legal
        key, spec = ply.ask.key, ply.ask.spec
        before = self._asked.get(key)
        if before is not spec:
            self._asked[key] = spec
            if key in self._used and _differ(before or self._named.get(key), spec):
                self._again()

    def reply(self, number: int) -> dict[str, Any] | None:
        """The reply with that number, None where it is not legal."""
        legal = self.legal
        if not 0 <= number < len(legal.replies):
            return None
        key = legal.proofs.get(number)
        return legal.replies[number] if key is None or (self._seat, key) in self._provable else None

    def observe(self) -> dict[str, np.ndarray[Any, Any]]:
        """The vector of this moment, after all events of the match so far, and the mask of the legal actions."""
        if self._read < len(self._events):
            self._see()
        ply, legal, answers = self._ply, self.legal, len(self._turns)
        asked = legal.asked
        if ply is not None and ply.attempts:
            tries = len(ply.attempts)
            asked = asked[:_TRIES] + _ONE.pack(tries / (tries + 1)) + asked[_TRIES + _ONE.size :]
        head = _PAIR.pack(self._place, answers / (answers + 16))
        cells = bytearray(b"".join((head, asked, self._dealt, self._told, *self._said.values())))
        mask = legal.mask.copy()
        for number, key in legal.proofs.items():
            if (self._seat, key) not in self._provable:
                mask[number] = 0
        return {"observation": np.frombuffer(cells, _FLOAT), "action_mask": mask}

    def _again(self) -> None:
        # A value is read by what its spec is known to be, so all are read anew when that changes.
        self._read = 0
        self._rows = {}
        self._used = set()
        self._dealt = bytes(_DEALT_BYTES)
        self._told = bytes(_BLOCK_BYTES)
        self._said = dict.fromkeys(self._said, self._told)

    def _see(self) -> None:
        own, said, rows = self._seat, self._said, self._rows
        for kind, seat, key, value, text, acts, to, _ in self._events[self._read :]:
            if to is not None and own not in to:
                continue
            if seat is None:
                if kind == "tell":
                    self._told = (_told(text) + self._told)[:_BLOCK_BYTES]
            elif kind in _VALUED:
                try:
                    row = rows[kind, key, value]
                except (KeyError, TypeError):
                    row = self._row(kind, str(key), value)
                said[seat] = (row + said[seat])[:_BLOCK_BYTES]
            elif kind == "deal":
                row = _PAIR.pack(_name(str(key)), self._code(str(key), None, value))
                self._dealt = (row + self._dealt)[:_DEALT_BYTES]
            elif kind == "say":
                stated = [self._stated(act, seat) for act in reversed(acts)] or [_SAID]
                said[seat] = b"".join((*stated, said[seat]))[:_BLOCK_BYTES]
        self._read = len(self._events)

    def _row(self, kind: str, key: str, value: Any) -> bytes:
        row = _ROW.pack(_CODES[kind], _name(key), self._code(key, None, value))
        if value is None or type(value) in {str, int}:
            self._rows[kind, key, value] = row
        return row

    def _stated(self, act: Mapping[str, Any], speaker: str) -> bytes:
        key, part = act["key"], act.get("part")
        name = key if part is None else f"{key}.{part}"
        stated = act.get("is")
        value = stated[0][1] if stated else act.get("value")
        called = name if act["seat"] == speaker else f"{act['seat']}.{name}"
        return _ROW.pack(_CODES[act["act"]], _name(called), self._code(key, part, value))

    def _code(self, key: str, part: str | None, value: Any) -> float:
        if value is None:
            return 0.0
        self._used.add(key)
        spec = self._asked.get(key) or self._named.get(key)
        return _code(spec if part is None or not isinstance(spec, Allocation) else part_spec(spec, part), value)


def _differ(one: Spec[Any] | None, other: Spec[Any] | None) -> bool:
    return one is not other and (one is None or other is None or one.data() != other.data())


def _listed(spec: Spec[Any]) -> _AnySpec:
    return cast(_AnySpec, spec)


def _keep(known: dict[Any, Any], mark: Any, found: Any) -> None:
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[mark] = found


def _code(spec: Spec[Any] | None, value: Any) -> float:
    match spec:
        case Number() if type(value) is int and spec.low <= value <= spec.high:
            return (value - spec.low + 1) / (spec.high - spec.low + 1)
        case Choice() if value in spec.options:
            return (spec.options.index(value) + 1) / len(spec.options)
        case Allocation() | Ranking() if spec.size() <= _MOST_INDEXED:
            return _places(json.dumps(spec.data())).get(repr(value)) or _name(repr(value))
        case _:
            return _squash(value) if type(value) in {int, float} else _name(repr(value))


@lru_cache(maxsize=64)
def _places(data: str) -> dict[str, float]:
    kind, *rest = json.loads(data)
    spec = Allocation(*rest) if kind == "allocation" else Ranking(*rest)
    values = spec.values()
    return {repr(value): (number + 1) / len(values) for number, value in enumerate(values)}


@lru_cache(maxsize=1024)
def _told(text: str) -> bytes:
    numbers = _NUMBERS.findall(text)
    last = _squash(float(numbers[-1])) if numbers else 0.0
    return _ROW.pack(_CODES["tell"], _name(_NUMBERS.sub("#", text)), last)


def _squash(value: float) -> float:
    return 0.5 + 0.5 * value / (1 + abs(value))


@lru_cache(maxsize=4096)
def _head(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=2).digest(), "big")


def _name(text: str) -> float:
    return (_head(text) + 1) / (1 << BITS)


def _asked(kind: str, key: str, share: float) -> bytes:
    head = _head(key)
    bits = (float(head >> bit & 1) for bit in range(BITS))
    return _ASKED.pack(kind == "decide", kind == "message", kind == "announce", 0.0, share, *bits)

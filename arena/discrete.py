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
from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, cast

from arena.acts import part_spec
from arena.engine import Spec
from arena.errors import NotEnumerable
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.parse import DECLINE
from arena.turn import Ask, Event, Vocabulary

FACTS, RECENT, BITS = 6, 4, 16
_ASK = 7
_DEALT = _ASK + BITS
_TABLE = _DEALT + 2 * FACTS
_SEATS = _TABLE + 3 * RECENT
_KINDS = ("tell", "say", "announce", "answer", "reveal", "claim", "promise", "threat", "disclose", "release")
_CODES = {kind: (number + 1) / len(_KINDS) for number, kind in enumerate(_KINDS)}
_ASKS = {"decide": 2, "message": 3, "announce": 4}
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_MOST_INDEXED = 4096
_MOST_KEPT = 1024
_AnySpec = Choice | Number | Allocation | Ranking | Message


def length(seats: int) -> int:
    """How many numbers the vector of a table with that many seats has."""
    return _SEATS + 3 * RECENT * seats


class Enumeration:
    """The numbered replies of each ask, made once per spec."""

    def __init__(self, game: str, size: int) -> None:
        self._game = game
        self._size = size
        self._known: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        self._spoken: dict[str, list[dict[str, Any]]] = {}
        self._last: tuple[Vocabulary | None, list[dict[str, Any]]] = (None, [])

    def replies(self, ask: Ask, acts: Vocabulary) -> list[dict[str, Any]]:
        """All replies to an ask in order; raises `NotEnumerable` where there are more than the action space holds."""
        if ask.kind == "message":
            return self._messages(acts)
        mark = (ask.kind, ask.key, repr(ask.spec.data()))
        found = self._known.get(mark)
        if found is None:
            found = [{ask.key: DECLINE}] if ask.kind == "announce" else []
            count = _listed(ask.spec).size() + len(found)
            if count > self._size:
                raise NotEnumerable(
                    f"{self._game}: {ask.key!r} has {count if count < 10**9 else 'endlessly many'} answers and the"
                    f" discrete action space {self._size}; take a larger size= or actions='text'"
                )
            found += [{ask.key: value} for value in _listed(ask.spec).values()]
            _keep(self._known, mark, found)
        return found

    def _messages(self, acts: Vocabulary) -> list[dict[str, Any]]:
        if acts is not self._last[0]:
            keys = [(key, spec.data()) for key, spec in acts.claim.items()], list(acts.promise)
            mark = repr(keys)
            found = self._spoken.get(mark)
            if found is None:
                found = self._list_messages(acts)
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


def proof(reply: Mapping[str, Any]) -> str | None:
    """The key that a message of the list would prove, if it is one that proves."""
    acts = reply.get("acts")
    return acts[0].get("disclose") if acts else None


class Senses:
    """What one seat has seen, as numbers that are brought up to date event by event."""

    def __init__(self, seat: str, seats: tuple[str, ...]) -> None:
        self._seat = seat
        self._blank = array("f", bytes(4 * length(len(seats))))
        self._blank[0] = seats.index(seat) / max(1, len(seats) - 1)
        self._cells = self._blank[:]
        self._blocks = {other: _SEATS + 3 * RECENT * number for number, other in enumerate(seats)}
        self._read = 0
        self._asked: dict[str, Spec[Any]] = {}
        self._named: Mapping[str, Spec[Any]] = {}

    def name(self, named: Mapping[str, Spec[Any]]) -> None:
        """What each key of the vocabulary may be, from now on."""
        self._named = named
        self._again()

    def ask(self, ask: Ask) -> None:
        """What this seat is asked, which tells it what the answers to that key may be."""
        if self._asked.get(ask.key) is not ask.spec:
            self._asked[ask.key] = ask.spec
            self._again()

    def vector(
        self, events: Sequence[Event], answers: int, ask: Ask | None, attempt: int, share: float
    ) -> "array[float]":
        """The numbers of this moment, after all events of the match so far; `ask` is None where it is not asked."""
        for number in range(self._read, len(events)):
            event = events[number]
            if event.to is None or self._seat in event.to:
                self._see(event)
        self._read = len(events)
        cells = self._cells[:]
        cells[1] = answers / (answers + 16)
        if ask is not None:
            cells[_ASKS[ask.kind]] = 1.0
            cells[5] = attempt / (attempt + 1)
            cells[6] = share
            cells[_ASK:_DEALT] = _bits(ask.key)
        return cells

    def _again(self) -> None:
        # A value is read by what its spec is known to be, so all are read anew when that changes.
        if self._read:
            self._cells = self._blank[:]
            self._read = 0

    def _see(self, event: Event) -> None:
        kind, seat, key, value = event.kind, event.seat, event.key, event.value
        cells = self._cells
        if kind == "deal":
            cells[_DEALT + 2 : _TABLE] = cells[_DEALT : _TABLE - 2]
            cells[_DEALT] = _name(str(key))
            cells[_DEALT + 1] = self._code(str(key), None, value)
        elif kind == "tell":
            words, number = _told(event.text)
            self._push(_TABLE, _CODES["tell"], words, number)
        elif seat is not None and kind in _CODES:
            at = self._blocks[seat]
            if kind != "say":
                self._push(at, _CODES[kind], _name(str(key)), self._code(str(key), None, value))
            elif not event.acts:
                self._push(at, _CODES[kind], 0.0, 0.0)
            else:
                for act in event.acts:
                    self._state(at, act, seat)

    def _state(self, at: int, act: Mapping[str, Any], speaker: str) -> None:
        key, part = act["key"], act.get("part")
        name = key if part is None else f"{key}.{part}"
        stated = act.get("is")
        value = stated[0][1] if stated else act.get("value")
        called = name if act["seat"] == speaker else f"{act['seat']}.{name}"
        self._push(at, _CODES[act["act"]], _name(called), self._code(key, part, value))

    def _push(self, at: int, kind: float, name: float, code: float) -> None:
        cells = self._cells
        cells[at + 3 : at + 3 * RECENT] = cells[at : at + 3 * RECENT - 3]
        cells[at] = kind
        cells[at + 1] = name
        cells[at + 2] = code

    def _code(self, key: str, part: str | None, value: Any) -> float:
        if value is None:
            return 0.0
        spec = self._asked.get(key) or self._named.get(key)
        return _code(spec if part is None or not isinstance(spec, Allocation) else part_spec(spec, part), value)


def _listed(spec: Spec[Any]) -> _AnySpec:
    return cast(_AnySpec, spec)


def _keep(known: dict[Any, Any], mark: Any, found: list[dict[str, Any]]) -> None:
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
def _told(text: str) -> tuple[float, float]:
    numbers = _NUMBERS.findall(text)
    return _name(_NUMBERS.sub("#", text)), _squash(float(numbers[-1])) if numbers else 0.0


def _squash(value: float) -> float:
    return 0.5 + 0.5 * value / (1 + abs(value))


@lru_cache(maxsize=4096)
def _head(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=2).digest(), "big")


def _name(text: str) -> float:
    return (_head(text) + 1) / (1 << BITS)


@lru_cache(maxsize=1024)
def _bits(key: str) -> "array[float]":
    head = _head(key)
    return array("f", [float(head >> bit & 1) for bit in range(BITS)])

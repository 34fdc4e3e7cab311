"""Reads an answer out of a reply: JSON if there is any, else the last line that says it.

Three mistakes are kept apart, since each is told to the agent word for word: a reply that cannot be read is *invalid*,
one that is read and not allowed is *illegal*, and one with two different answers is *ambiguous*.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from arena.engine import Spec
from arena.errors import ActionError, AmbiguousAction, IllegalAction, InvalidAction
from arena.game import Allocation, Choice, Message, Number, Ranking

LONGEST = 200_000
"""Characters of a reply that are read at all."""
DECLINE = "decline"
_NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:,\d{3})*(?:\.\d+)?(?![\w])")
_DECLINED = re.compile(rf"\b{DECLINE}\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no|cannot|neither|nor|without)|n['\u2019]t)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)
_NEAR = 200
"""Characters before an option in which a negation is looked for."""
_OBJECTS = 200
_DEEPEST = 32


def show(text: object) -> str:
    """A value as an error message quotes it, cut to a readable length."""
    quoted = repr(text)
    return quoted if len(quoted) <= 80 else quoted[:76] + "…" + quoted[-1]


def read_object(text: str) -> dict[str, Any] | None:
    """The last outermost JSON object in a text, or None; two different values for one key are ambiguous."""
    found: dict[str, Any] | None = None
    start = text.find("{")
    tries = 0
    while start >= 0:
        tries += 1
        if tries > _OBJECTS:
            raise InvalidAction("too many braces; answer with one JSON object")
        try:
            value, end = _DECODER.raw_decode(text, start)
        except AmbiguousAction:
            raise
        except RecursionError:
            raise InvalidAction("nested too deeply; answer with one flat JSON object") from None
        except ValueError:
            start = text.find("{", start + 1)
            continue
        found = value
        start = text.find("{", end)
    if found is not None and text.count("{") + text.count("[") > _DEEPEST and _deep(found):
        # What can just be read may yet be too deep to be shown or kept.
        raise InvalidAction("nested too deeply; answer with one flat JSON object")
    return found


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return False
    return True


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return cast("list[Any]", value) if isinstance(value, list) else ()


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise AmbiguousAction(f"found two values for {show(key)}; answer with one")
        found[key] = value
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def parse_decision(spec: Spec[Any], key: str, reply: str | dict[str, Any]) -> Any:
    """The typed answer to a decision."""
    plain = _plain_line(spec, key, reply)
    if plain is not None:
        return plain
    found = reply if isinstance(reply, dict) else _object_of(reply)
    if found is not None:
        if key not in found:
            raise InvalidAction(f"expected a JSON object with the key {key!r}, got {show(found)}")
        return from_json(spec, found[key])
    return _from_text(spec, key, cast(str, reply))


def parse_announcement(spec: Spec[Any], key: str, reply: str | dict[str, Any]) -> Any:
    """The announced value, or None where the seat declined."""
    if isinstance(reply, str) and reply.strip().casefold() == DECLINE:
        return None
    plain = _plain_line(spec, key, reply)
    if plain is not None:
        return plain
    found = reply if isinstance(reply, dict) else _object_of(reply)
    if found is not None:
        value = found.get(key)
        if isinstance(value, str) and value.strip().casefold() == DECLINE:
            return None
    elif _DECLINED.search(part := _last_line(cast(str, reply))):
        try:
            _read(spec, part)
        except ActionError:
            return None
        raise AmbiguousAction(f"found both an answer and {DECLINE!r}; answer with one")
    return parse_decision(spec, key, reply)


def _plain_line(spec: Spec[Any], key: str, reply: str | dict[str, Any]) -> int | str | None:
    """The answer where the reply is `key: answer` to the letter, the commonest text, read without more ado."""
    if isinstance(reply, str) and reply.startswith(key):
        head, _, answer = reply.partition(": ")
        if head == key:
            if isinstance(spec, Choice) and answer in spec.options:
                return answer
            if isinstance(spec, Number) and answer.isascii() and answer.isdecimal() and len(answer) <= 18:
                return _number(spec, int(answer))
    return None


def parse_message(spec: Spec[Any], reply: str | dict[str, Any]) -> tuple[str, list[Any]]:
    """What is said, and the typed acts as they were written."""
    if isinstance(reply, dict):
        found: dict[str, Any] | None = reply
        if "say" not in found and "acts" not in found:
            raise InvalidAction(f'expected {{"say": "…"}}, got {show(found)}')
    else:
        found = _object_of(reply)
        if found is None or ("say" not in found and "acts" not in found):
            found = {"say": reply.strip()}
    said, acts = found.get("say", ""), found.get("acts", [])
    if not isinstance(said, str):
        raise InvalidAction(f"expected text under 'say', got {show(said)}")
    if acts is None:
        acts = []
    if not isinstance(acts, list):
        acts = [acts]
    limit = spec.limit if isinstance(spec, Message) else 2000
    if len(said) > limit:
        raise IllegalAction(f"the message has {len(said)} characters; at most {limit} are allowed")
    return _printable(said), cast("list[Any]", acts)


def _printable(text: str) -> str:
    # A lone surrogate has no UTF-8 form: the sandbox, the store and an export would each make something else of it.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _object_of(reply: str) -> dict[str, Any] | None:
    if len(reply) > LONGEST:
        raise InvalidAction(f"the reply has {len(reply)} characters; at most {LONGEST} are read")
    return read_object(reply) if "{" in reply else None


def from_json(spec: Spec[Any], value: Any) -> Any:
    """A JSON value as a typed answer."""
    match spec:
        case Number():
            return _number(spec, value)
        case Choice():
            if not isinstance(value, str):
                raise InvalidAction(f"expected {spec.words()}, got {show(value)}")
            return _choice(spec, value)
        case Allocation():
            return _allocation(spec, value)
        case Ranking():
            return _ranking(spec, value)
        case _:
            if not isinstance(value, str):
                raise InvalidAction(f"expected text, got {show(value)}")
            return parse_message(spec, {"say": value})[0]


def _number(spec: Number, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,18}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int:
        raise InvalidAction(f"expected a whole number, got {show(value)}")
    if not spec.low <= value <= spec.high:
        raise IllegalAction(f"{show(value)} is not between {spec.low} and {spec.high}")
    return value


def _choice(spec: Choice, value: str) -> str:
    if value in spec.options:
        return value
    folded = value.strip().casefold()
    same = [option for option in spec.options if option.casefold() == folded]
    if not same:
        raise IllegalAction(f"{show(value)} is not one of: {', '.join(spec.options)}")
    return same[0]


def _allocation(spec: Allocation, value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise InvalidAction(f"expected {spec.words()}, got {show(value)}")
    given = cast("dict[str, Any]", value)
    for part in given:
        if part not in spec.parts:
            raise IllegalAction(f"there is no {show(part)} here; the parts are: {', '.join(spec.parts)}")
    chosen: dict[str, int] = {}
    for part, most in spec.parts.items():
        if part not in given:
            raise InvalidAction(f"{part!r} is missing; say how many of each part, 0 included")
        chosen[part] = _number(Number(0, most), given[part])
    return _totalled(spec, chosen)


def _totalled(spec: Allocation, chosen: dict[str, int]) -> dict[str, int]:
    if spec.total is not None and sum(chosen.values()) != spec.total:
        raise IllegalAction(f"the parts make {sum(chosen.values())}, not {spec.total}")
    return chosen


def _ranking(spec: Ranking, value: Any) -> list[str]:
    if isinstance(value, str):
        return cast("list[str]", _read(spec, value))
    given = cast("list[str]", value)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in cast("list[Any]", value)):
        raise InvalidAction(f"expected a list of {', '.join(spec.options)}, got {show(given)}")
    choice = Choice(*spec.options)
    order = [_choice(choice, item) for item in given]
    if sorted(order) != sorted(spec.options):
        raise IllegalAction(f"every option belongs in the order once, got {show(given)}")
    return order


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _from_text(spec: Spec[Any], key: str, reply: str) -> Any:
    """Read the last `key: answer`; failing that the last line, and only then the whole."""
    if isinstance(spec, Message):
        return parse_message(spec, {"say": reply.strip()})[0]
    last = _last_line(reply)
    if not last:
        raise InvalidAction(f"expected {spec.words()}, got an empty reply")
    named = re.match(rf"[\W_]*{re.escape(key)}[\W_]*[:=]\s*(.+)$", last, re.IGNORECASE)
    if named:
        return _read(spec, named.group(1))
    try:
        return _read(spec, last)
    except InvalidAction:
        if last == reply.strip():
            raise
    return _read(spec, reply)


def _read(spec: Spec[Any], text: str) -> Any:
    match spec:
        case Number():
            return _read_number(spec, text)
        case Choice():
            return _read_choice(spec, text)
        case Allocation():
            return _read_allocation(spec, text)
        case Ranking():
            order = [name for _, name in sorted(_mentions(spec.options, text))]
            if len(order) != len(set(order)):
                raise AmbiguousAction("an option stands in the order twice; name each once")
            if len(order) != len(spec.options):
                raise InvalidAction(f"expected {spec.words()}, got {show(text)}")
            return order
        case _:
            raise InvalidAction(f"expected {spec.words()}, got {show(text)}")


def _read_number(spec: Number, text: str) -> int:
    found: dict[int, None] = {}
    for match in _NUMBER.findall(text):
        whole = match.replace(",", "")
        if "." in whole and whole.rstrip("0").endswith("."):
            whole = whole.split(".")[0]
        if not re.fullmatch(r"-?\d{1,18}", whole):
            raise InvalidAction(f"expected a whole number, got {show(match)}")
        found[int(whole)] = None
    if not found:
        raise InvalidAction(f"expected a whole number, got {show(text)}")
    if len(found) > 1:
        raise AmbiguousAction(f"found {' and '.join(map(str, found))}; answer with one number")
    return _number(spec, next(iter(found)))


@lru_cache(maxsize=4096)
def _option_pattern(options: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(options, key=lambda option: (-len(option), option))
    return re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, longest_first)) + r")(?![\w-])", re.IGNORECASE)


def _mentions(options: tuple[str, ...], text: str) -> list[tuple[int, str]]:
    by_fold = {option.casefold(): option for option in options}
    return [
        (match.start(), by_fold[match.group(1).casefold()])
        for match in _option_pattern(options).finditer(text)
        if match.group(1).casefold() in by_fold
    ]


def _read_choice(spec: Choice, text: str) -> str:
    bare = text.strip(" \t\n.!\"'`*")
    for option in spec.options:
        if option == bare:
            return option
    mentions = _mentions(spec.options, text)
    named = list(dict.fromkeys(option for _, option in mentions))
    if not named:
        raise InvalidAction(f"expected {spec.words()}, got {show(text)}")
    if len(named) > 1:
        raise AmbiguousAction(f"found both {named[0]!r} and {named[1]!r}; answer with one")
    for start, option in mentions:
        if _NEGATION.search(text, max(0, start - _NEAR), start):
            raise AmbiguousAction(f"found {option!r} under a negation; answer with the option alone")
    return named[0]


def _read_allocation(spec: Allocation, text: str) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for part, most in spec.parts.items():
        name = re.escape(part)
        after = re.findall(rf"(?<!\w){name}(?!\w)\W{{0,3}}(?:[:=]|is|to)?\s*(-?\d{{1,9}})(?!\w)", text, re.IGNORECASE)
        before = re.findall(rf"(?<![\w.])(-?\d{{1,9}})\s+(?:of\s+)?{name}(?!\w)", text, re.IGNORECASE)
        counts = list(dict.fromkeys(map(int, after or before)))
        if not counts:
            raise InvalidAction(f"expected {spec.words()}, found no number for {part!r} in {show(text)}")
        if len(counts) > 1:
            raise AmbiguousAction(f"found {counts[0]} and {counts[1]} for {part!r}; answer with one number each")
        chosen[part] = _number(Number(0, most), counts[0])
    return _totalled(spec, chosen)

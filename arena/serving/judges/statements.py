"""What a text of a sheet states: a typed act as the arena words it, or a sentence that says as much."""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

Predicate = tuple[tuple[str, Any], ...]
SEAT = r"⟦([A-Z]+)(?:\.\d+)?⟧"
"""A seat as a sheet shows it, however it was spelled."""

_ACT = re.compile(
    rf"\[(claims|promises|threatens): (?:(my)|{SEAT}'s) (.+?)(?: \(([^()]+)\))? (?:is|will be) (.+)\]", re.DOTALL
)
_PROOF = re.compile(r"\[shows proof of ([^:\]]+)(?:: it is (.+))?\]", re.DOTALL)
_RELEASE = re.compile(rf"\[releases {SEAT} from the promise about (.+)\]", re.DOTALL)
_CONDITION = re.compile(rf"(?:(my)|{SEAT}'s) (.+?)(?: \(([^()]+)\))? is (.+)", re.DOTALL)
_BOUNDS = (("at least ", ">="), ("at most ", "<="), ("one of ", "in"), ("none of ", "not in"), ("not ", "!="))
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]?")
_SAID = (
    ("claim", re.compile(rf"(?:.*\s)?(?:(my)|{SEAT}'s) ([\w-]+) is (.+)", re.IGNORECASE | re.DOTALL)),
    ("promise", re.compile(r"(?:.*\s)?(my)() ([\w-]+) will be (.+)", re.IGNORECASE | re.DOTALL)),
    ("promise", re.compile(r"(?:.*\s)?(i)()(?: will|'ll) ([\w-]+) (.+)", re.IGNORECASE | re.DOTALL)),
)
_LONGEST = 300
"""A longer sentence states nothing that is read here."""
_PART = re.compile(r"(\d+) ([^,]+)")
_ALIKE = re.compile(r"⟦([A-Z]+)\.\d+⟧")
_VERBS = {"claims": "claim", "promises": "promise", "threatens": "threat"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that has to be so."""

    seat: str
    key: str
    part: str | None
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Statement:
    """What a seat said of a fact or an answer."""

    kind: str
    """`claim`, `promise`, `threat`, `disclose` or `release`."""
    seat: str
    """Whose fact or answer it is, as a label."""
    key: str
    part: str | None
    predicate: Predicate
    conditions: tuple[Condition, ...]
    words: str
    """The words that say so, as they stand there."""
    typed: bool


def typed(text: str, speaker: str) -> Statement | None:
    """A typed act from its words; None where they are none of the arena's."""
    if found := _PROOF.fullmatch(text):
        predicate = (("=", value_of(found[2])),) if found[2] else ()
        return Statement("disclose", speaker, found[1], None, predicate, (), text, typed=True)
    if found := _RELEASE.fullmatch(text):
        return Statement("release", found[1], found[2], None, (), (), text, typed=True)
    found = _ACT.fullmatch(text)
    if found is None:
        return None
    what, conditions = _conditional(found[6], speaker)
    kind, seat = _VERBS[found[1]], speaker if found[2] else found[3]
    return Statement(kind, seat, found[4], found[5], _predicate(what), conditions, text, typed=True)


def spoken(text: str, speaker: str, keys: Collection[str]) -> Iterator[Statement]:
    """What plain sentences state of keys that the match has."""
    for sentence in _SENTENCE.findall(text):
        words = sentence.strip()
        if len(words) > _LONGEST or words[:3].lower() == "if ":
            continue
        plain = words.rstrip(".!?\n ")
        for kind, pattern in _SAID:
            found = pattern.fullmatch(plain)
            key = found[3].lower() if found else ""
            if found is None or key not in keys:
                continue
            what, conditions = _conditional(found[4], speaker)
            yield Statement(kind, found[2] or speaker, key, None, _predicate(what), conditions, words, typed=False)
            break


def value_of(text: str) -> Any:
    """A value from how the table, an act or a sentence spells it."""
    plain = _ALIKE.sub(r"⟦\1⟧", text.strip())
    if re.fullmatch(r"-?\d{1,12}", plain):
        return int(plain)
    if plain[:1] in ("{", "["):
        try:
            return ast.literal_eval(plain)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return plain
    parts = plain.split(", ")
    pairs = [_PART.fullmatch(part) for part in parts]
    if all(pairs):
        return {pair[2]: int(pair[1]) for pair in pairs if pair}
    return parts if len(parts) > 1 else plain


def holds(predicate: Predicate, part: str | None, value: Any) -> bool:
    """Whether a value, or a part of it, is as a statement says."""
    if part is not None:
        if not isinstance(value, dict):
            return False
        value = cast("dict[str, Any]", value).get(part)
    return all(_holds(operator, wanted, value) for operator, wanted in predicate)


def _holds(operator: str, wanted: Any, value: Any) -> bool:
    match operator:
        case "=":
            return _same(wanted, value)
        case "!=":
            return not _same(wanted, value)
        case "in":
            return any(_same(one, value) for one in wanted)
        case "not in":
            return not any(_same(one, value) for one in wanted)
        case _:
            if type(wanted) is not int or type(value) is not int:
                return False
            return value >= wanted if operator == ">=" else value <= wanted


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    if isinstance(one, dict) and isinstance(other, dict):
        # A part that a sentence leaves out is none.
        first, second = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        return all(first.get(key, 0) == second.get(key, 0) for key in {*first, *second})
    return bool(one == other)


def _conditional(text: str, speaker: str) -> tuple[str, tuple[Condition, ...]]:
    what, sign, rest = text.partition(" if ")
    if not sign:
        return text, ()
    found: list[Condition] = []
    for one in re.split(r" and (?=my |⟦)", rest):
        part = _CONDITION.fullmatch(one.strip())
        if part is None:
            return text, ()
        seat = speaker if part[1] else part[2]
        found.append(Condition(seat, part[3], part[4], _predicate(part[5])))
    return what, tuple(found)


def _predicate(text: str) -> Predicate:
    found: list[tuple[str, Any]] = []
    for one in re.split(r" and (?=at least |at most |one of |none of |not )", text):
        for words, operator in _BOUNDS:
            if one.startswith(words):
                rest = one.removeprefix(words)
                listed = operator in ("in", "not in")
                found.append((operator, [value_of(each) for each in rest.split(", ")] if listed else value_of(rest)))
                break
        else:
            found.append(("=", value_of(one)))
    return tuple(found)

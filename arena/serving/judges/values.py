"""A value of a spec, or a bound on it, as it is said in words."""

import re
from collections.abc import Sequence
from typing import Any, cast

Value = list[tuple[str | None, Any]]
"""What is said of the whole (None) or of parts: a value, or operators with values. Empty where nothing is."""

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{f"{tens}-{_ONES[ones]}": 10 * number + ones for number, tens in enumerate(_TENS, 2) for ones in range(1, 10)},
    "hundred": 100,
    "a hundred": 100,
    "nothing": 0,
    "none": 0,
}
_N = rf"(-?\d+(?![\d.,]*\d)|{'|'.join(sorted(_WORDS, key=lambda word: -len(word)))})"
_UNIT = r"(?: (?:coins?|points?|tokens?|units?|fish|tons?))?"
_AFTER = (
    r"to you|for you|for me|each|in all|in total|this time|this turn|this round|this month|next|of them|for sure|at all"
    r"|too|now|in the end|i promise"
)
_END = rf"{_UNIT}(?: (?:{_AFTER}))*$"
_FORMS: tuple[tuple[str, str], ...] = (
    (rf"^(?:at least|no less than|not less than|not under|not below|a minimum of|minimum) {_N}{_END}", ">="),
    (rf"^(?:at most|no more than|not more than|not above|not over|up to|a maximum of|maximum) {_N}{_END}", "<="),
    (rf"^(?:more than|over|above|greater than|higher than|anything above|anything over) {_N}{_END}", ">"),
    (rf"^(?:less than|under|below|lower than|fewer than|anything below|anything under) {_N}{_END}", "<"),
    (rf"^{_N}{_UNIT}(?: or more| or above| or higher|\+| at least){_END}", ">="),
    (rf"^{_N}{_UNIT}(?: or less| or below| or lower| or fewer| at most){_END}", "<="),
    (rf"^not (?:exactly )?{_N}{_END}", "!="),
    (rf"^(?:exactly |precisely |you |a full |a mere |only |just |to you )*{_N}{_END}", "="),
)


def read_value(text: str, spec: Sequence[Any], part: str | None = None) -> Value:
    """What a text says of a key with this spec; of one part of it where a part is named."""
    text = text.strip().strip(",:").strip()
    if part is not None:
        if spec[0] != "allocation" or part not in spec[1]:
            return []
        return [(part, one) for _, one in _number(text.partition(",")[0])]
    match spec[0]:
        case "number":
            return _number(text.partition(",")[0])
        case "choice":
            return _choice(text.partition(",")[0], list(spec[1:]))
        case "allocation":
            return _allocation(text, spec)
        case "ranking":
            named = [word.strip() for word in re.split(r",| and | then ", text) if word.strip()]
            known = {option.lower(): option for option in cast("Sequence[str]", spec[1:])}
            full = len(named) == len(known) and all(word in known for word in named)
            return [(None, [known[word] for word in named])] if full else []
        case _:
            return []


def _int(word: str) -> int:
    return _WORDS[word] if word in _WORDS else int(word)


def _number(text: str) -> Value:
    between = re.search(rf"^(?:between|from|somewhere between) {_N} (?:and|to) {_N}{_END}", text)
    if between:
        return [(None, {">=": _int(between[1]), "<=": _int(between[2])})]
    either = re.search(rf"^(not )?either {_N} or {_N}{_END}", text)
    if either:
        return [(None, {"not in" if either[1] else "in": [_int(either[2]), _int(either[3])]})]
    for form, operator in _FORMS:
        found = re.search(form, text)
        if found:
            number = _int(found[1])
            match operator:
                case "=":
                    return [(None, number)]
                case ">":
                    return [(None, {">=": number + 1})]
                case "<":
                    return [(None, {"<=": number - 1})]
                case _:
                    return [(None, {operator: number})]
    return []


def _choice(text: str, options: Sequence[str]) -> Value:
    known = {option if option.startswith("\u27e6") else option.lower(): option for option in options}
    one = "(" + "|".join(sorted(map(re.escape, known), key=lambda word: -len(word))) + ")"
    article = r"(?:an? |the |your |to )?"
    several = re.search(rf"^(?:(not )?either|(neither)) {article}{one} n?or {article}{one}$", text)
    if several:
        operator = "not in" if several[1] or several[2] else "in"
        return [(None, {operator: [known[several[3]], known[several[4]]]})]
    after = rf"(?: (?:card|it|the offer|your offer|that|any offer|{_AFTER}))*$"
    found = re.search(rf"^(not )?{article}{one}{after}", text)
    if found is None:
        return []
    value = known[found[2]]
    return [(None, {"!=": value} if found[1] else value)]


def _allocation(text: str, spec: Sequence[Any]) -> Value:
    """Counts of parts: the whole where every part is named, else each part that is."""
    parts = {name.lower(): name for name in spec[1]}
    singles = {name.removesuffix("s"): full for name, full in parts.items()}
    found: dict[str, Any] = {}
    for piece in re.split(r",| and |;", text):
        if not piece.strip():
            continue
        said = re.search(rf"^(?:(at least|at most|no|all|all the) )?(?:{_N} )?(?:for )?(\S+?)$", piece.strip())
        name = None if said is None else parts.get(said[3]) or singles.get(said[3].removesuffix("s"))
        if said is None or name is None:
            return []
        if said[1] == "no":
            found[name] = 0
        elif said[1] in ("all", "all the"):
            found[name] = spec[1][name]
        elif said[2] is None:
            return []
        else:
            number = _int(said[2])
            found[name] = {">=" if said[1] == "at least" else "<=": number} if said[1] else number
    if found.keys() == spec[1].keys() and all(type(one) is int for one in found.values()):
        return [(None, {name: found[name] for name in spec[1]})]
    return list(found.items())


def negated(value: Any) -> Any:
    """What holds where this does not; None where one predicate cannot say it."""
    if not isinstance(value, dict):
        return {"!=": value}
    operators = cast("dict[str, Any]", value)
    if len(operators) != 1:
        return None
    ((operator, wanted),) = operators.items()
    match operator:
        case ">=":
            return {"<=": wanted - 1}
        case "<=":
            return {">=": wanted + 1}
        case "!=":
            return wanted
        case "in":
            return {"not in": wanted}
        case _:
            return {"in": wanted}

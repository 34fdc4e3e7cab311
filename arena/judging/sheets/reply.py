"""The strict reader of a judge's reply: a verdict is exactly what was asked for, or it is none and says why."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

from arena.errors import JudgeError
from arena.judge import Evidence, Verdict
from arena.judging.rubric import TOP
from arena.judging.sheets.fence import Sheet
from arena.judging.sheets.visible import line

LONGEST = 100_000
"""Characters of a reply; more is no verdict."""
LONGEST_OF_SEVERAL = 4 * LONGEST
"""The same of a reply about several dimensions."""

_DEPTH = 8
_DIGITS = 4
_LEAST = 3
_KINDS = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}
_BRIEF = 60
_TOO_DEEP = f"the reply is nested more than {_DEPTH} deep"


def read_reply(reply: str, sheet: Sheet) -> tuple[Verdict, ...]:
    """One verdict a dimension and seat in the order of the sheet, scores from 0 to 1.

    Raises `JudgeError` for anything else. Quotes and explanations come back with the seats and names that were hidden
    from the judge.
    """
    longest = LONGEST_OF_SEVERAL if sheet.several else LONGEST
    data = exact(
        read_object(reply, longest=longest), ("nonce", "dimensions" if sheet.several else "seats"), "the reply"
    )
    check_nonce(data, sheet.nonce)
    if not sheet.several:
        return _seats(data["seats"], sheet.dimensions[0], sheet, "")
    found: dict[str, tuple[Verdict, ...]] = {}
    for place, one in enumerate(typed(data["dimensions"], list, "dimensions")):
        try:
            entry = exact(one, ("dimension", "seats"), "")
            name = typed(entry["dimension"], str, ".dimension")
            if name not in sheet.dimensions:
                known = _list(sheet.dimensions)
                raise JudgeError(f": nobody asked about {brief(name)}; the dimensions are {brief(known)}")
            if name in found:
                raise JudgeError(f": {name} stands there twice")
        except JudgeError as error:
            raise JudgeError(f"dimensions[{place}]{error}") from None
        found[name] = _seats(entry["seats"], name, sheet, f"dimensions[{place}].")
    missing = [name for name in sheet.dimensions if name not in found]
    if missing:
        raise JudgeError(f"nothing is said of {_list(missing)[:_BRIEF]}")
    return tuple(verdict for name in sheet.dimensions for verdict in found[name])


def _seats(listed: Any, dimension: str, sheet: Sheet, within: str) -> tuple[Verdict, ...]:
    found: dict[str, Verdict] = {}
    for place, one in enumerate(typed(listed, list, f"{within}seats")):
        # To say where is left to whoever fails: nearly no reply does, and it takes as long as the reading.
        try:
            entry = exact(one, ("seat", "score", "why", "findings"), "")
            label = typed(entry["seat"], str, ".seat")
            if label not in sheet.seats:
                raise JudgeError(f": nobody asked about seat {brief(label)}; the seats are {_list(sheet.seats)}")
            if label in found:
                raise JudgeError(f": seat {label} stands there twice")
            found[label] = _verdict(entry, label, dimension, sheet)
        except JudgeError as error:
            raise JudgeError(f"{within}seats[{place}]{error}") from None
    missing = [label for label in sheet.seats if label not in found]
    if missing:
        about = f"{dimension} of " if within else ""
        raise JudgeError(f"nothing is said of {about}seat {_list(missing)}")
    return tuple(found[label] for label in sheet.seats)


def _verdict(entry: Mapping[str, Any], label: str, dimension: str, sheet: Sheet) -> Verdict:
    score = entry["score"]
    if score is not None and not 0 <= typed(score, int, ".score") <= TOP:
        raise JudgeError(f".score must be from 0 to {TOP} or null, got {score}")
    why: str = typed(entry["why"], str, ".why")
    if not why.strip():
        raise JudgeError(".why is empty")
    findings: list[Evidence] = []
    for at, one in enumerate(typed(entry["findings"], list, ".findings")):
        try:
            findings.append(finding(one, label, sheet, ""))
        except JudgeError as error:
            raise JudgeError(f".findings[{at}]{error}") from None
    if score is not None and not findings:
        raise JudgeError(" has a score and no finding; quote what it rests on, or abstain with null")
    return Verdict(
        sheet.match,
        sheet.call.judge,
        sheet.seats[label],
        dimension,
        None if score is None else score / TOP,
        sheet.masks.show(why),
        tuple(findings),
        sheet.call.view,
    )


def finding(one: Any, label: str, sheet: Sheet, where: str) -> Evidence:
    """What a judge quotes of a seat, as it stands in the record; raises where it does not stand there."""
    entry = exact(one, ("ply", "quote"), where)
    ply = typed(entry["ply"], int, f"{where}.ply")
    quote = typed(entry["quote"], str, f"{where}.quote")
    if ply not in sheet.quotable:
        raise JudgeError(f"{where}: there is no ply {ply} that can be quoted")
    owner, texts = sheet.quotable[ply]
    if owner != label:
        raise JudgeError(f"{where}: ply {ply} is of seat {owner}, not of seat {label}")
    # Most are quoted as they are; to look for other spellings takes ten times as long.
    verbatim = len(quote.strip()) >= _LEAST and any(quote in text for text in texts)
    if not verbatim and not any(stands(quote, text) for text in texts):
        raise JudgeError(f"{where}: these words do not stand in ply {ply}: {brief(quote)}")
    return Evidence(ply, sheet.masks.show(quote))


def stands(quote: str, text: str) -> bool:
    """Whether the words stand there, as they are or as the sheet spells them; line ends and blanks are alike."""
    wanted = " ".join(quote.split())
    if len(wanted) >= _LEAST and wanted in text:
        return True
    for place in (text, line(text)[1:-1]):
        words = " ".join(place.split())
        if wanted and (wanted == words or (len(wanted) >= _LEAST and wanted in words)):
            return True
    return False


def read_object(reply: str, digits: int = _DIGITS, longest: int = LONGEST) -> Any:
    """The one JSON value that a reply is, without duplicate keys, fractions or anything around it."""
    if len(reply) > longest:
        raise JudgeError(f"the reply has {len(reply)} characters; {longest} is the most")
    text = reply.strip(" \t\r\n")
    if not text:
        raise JudgeError("the reply is empty")
    if not text.startswith("{") or not text.endswith("}"):
        raise JudgeError(f"the reply must be one JSON object with nothing around it, got {brief(text)}")
    try:
        data = _decoder(digits).decode(text)
        _check_depth(data)
    except json.JSONDecodeError as error:
        raise JudgeError(f"the reply is not one JSON object: {error.msg.lower()} at character {error.pos}") from None
    except RecursionError:
        raise JudgeError(_TOO_DEEP) from None
    return data


def _check_depth(data: Any) -> None:
    level: list[Any] = [data]
    for _ in range(_DEPTH):
        inside: list[Any] = []
        for one in level:
            inside += one.values() if type(one) is dict else one
        level = [one for one in inside if type(one) is dict or type(one) is list]
    if level:
        raise JudgeError(_TOO_DEEP)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise JudgeError(f"the key {brief(key)} stands twice in one object")
        seen.add(key)
    return found


def _fraction(text: str) -> NoReturn:
    raise JudgeError(f"numbers are whole numbers, got {brief(text)}")


@lru_cache(maxsize=8)
def _decoder(digits: int) -> json.JSONDecoder:
    def whole(number: str) -> int:
        if len(number.lstrip("-")) > digits + 1:
            raise JudgeError(f"a number has {len(number)} digits: {brief(number)}")
        return int(number)

    return json.JSONDecoder(object_pairs_hook=_unique, parse_int=whole, parse_float=_fraction, parse_constant=_fraction)


def exact(value: Any, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """An object with exactly these keys."""
    entry: dict[str, Any] = typed(value, dict, where)
    if tuple(entry) == keys:
        return entry
    for key in keys:
        if key not in entry:
            raise JudgeError(f"{where} lacks the key {key!r}; its keys are {_list(keys)}")
    for key in entry:
        if key not in keys:
            raise JudgeError(f"{where} has a key too many: {brief(key)}; its keys are {_list(keys)}")
    return entry


def check_nonce(data: Mapping[str, Any], nonce: str) -> None:
    """Raise where a reply is to another call."""
    if data["nonce"] != nonce:
        raise JudgeError(f"the nonce is not that of this call: {brief(data['nonce'])}")


def typed(value: Any, kind: type, where: str) -> Any:
    """A value of one of JSON's kinds."""
    # A boolean is an int to Python and no score to anybody.
    if type(value) is not kind:
        raise JudgeError(f"{where} must be {_KINDS[kind]}, got {brief(value)}")
    return value


def brief(value: Any) -> str:
    """The beginning of what was replied, for an error."""
    text = json.dumps(value)
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 3]}…"


def _list(words: Any) -> str:
    return ", ".join(words)

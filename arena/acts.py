"""Typed speech acts: how they are written, read, bound to a key, and put into words.

In the record an act is `{"act", "seat", "key", "part"?, "is"?, "if"?, "value"?, "text"}`. `seat` is whose fact or
answer it is about, `is` holds pairs `[operator, value]`, `if` holds conditions with `seat`, `key`, `part` and `is`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from arena.engine import Spec
from arena.errors import ActionError
from arena.game import Allocation, Number
from arena.parse import from_json, show
from arena.turn import Vocabulary

KINDS = ("claim", "promise", "threat", "disclose", "release")
OPERATORS = ("=", "!=", ">=", "<=", "in", "not in")
MOST_ACTS = 16
_WORDS = {"=": "", "!=": "not ", ">=": "at least ", "<=": "at most ", "in": "one of ", "not in": "none of "}
Predicate = list[list[Any]]


class ActError(ValueError):
    """A malformed act; the message stands without it."""


def holds(predicate: Sequence[Sequence[Any]], value: Any) -> bool:
    """Whether a value satisfies every part of a predicate."""
    for operator, wanted in predicate:
        match operator:
            case "=":
                ok = value == wanted
            case "!=":
                ok = value != wanted
            case ">=":
                ok = value >= wanted
            case "<=":
                ok = value <= wanted
            case "in":
                ok = value in wanted
            case _:
                ok = value not in wanted
        if not ok:
            return False
    return True


def part_spec(spec: Spec[Any], part: str | None) -> Spec[Any]:
    """The spec of a whole key, or of one part of an allocation."""
    if part is None:
        return spec
    return Number(0, cast(Allocation, spec).parts[part])


def part_value(value: Any, part: str | None) -> Any:
    """A whole value, or one part of an allocation."""
    return value if part is None or value is None else value[part]


def read_path(
    path: Any, speaker: str, keys: Mapping[str, Spec[Any]], seats: tuple[str, ...]
) -> tuple[str, str, str | None]:
    """Split `key`, `player_3.key` or `key.part` into seat, key and part."""
    if not isinstance(path, str):
        raise ActError(f"a path is text such as 'player_1.key', got {show(path)}")
    seat, rest = speaker, path
    first, dot, after = path.partition(".")
    if dot and first in seats:
        seat, rest = first, after
    if rest in keys:
        return seat, rest, None
    key, dot, part = rest.rpartition(".")
    spec = keys.get(key)
    if dot and isinstance(spec, Allocation) and part in spec.parts:
        return seat, key, part
    raise ActError(f"{path!r} is nothing that can be spoken about here; there are: {', '.join(keys) or 'no keys'}")


def read_predicate(raw: Any, spec: Spec[Any]) -> Predicate:
    """A value, or `{operator: value}`, checked against the spec it is about."""
    written: object = raw
    operators = cast("dict[str, Any]", raw) if isinstance(raw, dict) else None
    if operators is None or not operators or any(name not in OPERATORS for name in operators):
        if operators and any(name in OPERATORS for name in operators):
            raise ActError(f"unknown operator in {show(written)}; there are: {' '.join(OPERATORS)}")
        return [["=", _value(raw, spec)]]
    predicate: Predicate = []
    for operator, value in operators.items():
        wanted: object = value
        if operator in ("in", "not in"):
            if not isinstance(value, list) or not value:
                raise ActError(f"{operator!r} takes a list of values, got {show(wanted)}")
            predicate.append([operator, [_value(item, spec) for item in cast("list[Any]", value)]])
        elif operator in (">=", "<="):
            if not isinstance(spec, Number) or type(value) is not int or abs(value) > 10**12:
                raise ActError(f"{operator!r} takes a whole number and is for numbers only, got {show(value)}")
            predicate.append([operator, value])
        else:
            predicate.append([operator, _value(value, spec)])
    return predicate


def _value(raw: Any, spec: Spec[Any]) -> Any:
    try:
        return from_json(spec, raw)
    except ActionError as error:
        raise ActError(str(error)) from None


def read_act(raw: Any, speaker: str, words: Vocabulary) -> dict[str, Any]:
    """One act as it was written, bound and checked; raises `ActError` where it is malformed."""
    if not isinstance(raw, dict):
        raise ActError(f"an act is a JSON object, got {show(raw)}")
    written = cast("dict[str, Any]", raw)
    kinds = [kind for kind in KINDS if kind in written]
    if len(kinds) != 1:
        raise ActError(f"an act has exactly one of {', '.join(KINDS)}, got {show(written)}")
    extra = [name for name in written if name not in (kinds[0], "if")]
    if extra:
        raise ActError(f"{extra[0]!r} is no part of an act; there are {kinds[0]!r} and 'if'")
    kind, body = kinds[0], written[kinds[0]]
    if "if" in written and kind not in ("promise", "threat"):
        raise ActError(f"only a promise or a threat has a condition, not a {kind}")
    act: dict[str, Any] = {"act": kind}
    if kind in ("disclose", "release"):
        keys = words.claim if kind == "disclose" else words.promise
        act["seat"], act["key"], part = read_path(body, speaker, keys, words.seats)
        if part is not None:
            raise ActError(f"{kind} takes a whole key, not a part, got {show(body)}")
        if kind == "disclose" and act["seat"] != speaker:
            raise ActError("only one's own fact can be disclosed")
        if kind == "release" and act["seat"] == speaker:
            raise ActError("only somebody else's promise can be released")
    else:
        keys = words.claim if kind == "claim" else words.promise
        act["seat"], act["key"], act["part"], act["is"] = _statement(body, speaker, keys, words.seats)
        if kind != "claim" and act["seat"] != speaker:
            raise ActError(f"a {kind} is about one's own answer, not {act['seat']}'s")
        if kind == "threat" and not written.get("if"):
            raise ActError("a threat needs a condition under 'if'")
        if written.get("if"):
            act["if"] = _conditions(written["if"], speaker, words)
    act["text"] = in_words(act, speaker)
    return act


def _statement(
    body: Any, speaker: str, keys: Mapping[str, Spec[Any]], seats: tuple[str, ...]
) -> tuple[str, str, str | None, Predicate]:
    whole = show(body)
    if not isinstance(body, dict) or len(cast("dict[str, Any]", body)) != 1:
        raise ActError(f"expected one path with a value, such as {{'key': 1}}, got {whole}")
    ((path, raw),) = cast("dict[str, Any]", body).items()
    seat, key, part = read_path(path, speaker, keys, seats)
    return seat, key, part, read_predicate(raw, part_spec(keys[key], part))


def _conditions(raw: Any, speaker: str, words: Vocabulary) -> list[dict[str, Any]]:
    whole: object = raw
    if not isinstance(raw, dict) or not raw:
        raise ActError(f"a condition is paths with values, such as {{'player_1.key': 1}}, got {show(whole)}")
    keys = {**words.claim, **words.promise}
    found: list[dict[str, Any]] = []
    for path, value in cast("dict[str, Any]", raw).items():
        seat, key, part = read_path(path, speaker, keys, words.seats)
        found.append({"seat": seat, "key": key, "part": part, "is": read_predicate(value, part_spec(keys[key], part))})
    return found


def _is_words(predicate: Predicate) -> str:
    return " and ".join(
        _WORDS[operator] + (", ".join(map(str, value)) if operator in ("in", "not in") else str(value))
        for operator, value in predicate
    )


def in_words(act: Mapping[str, Any], speaker: str) -> str:
    """An act as the other seats read it."""
    part = f" ({act['part']})" if act.get("part") else ""
    if act["act"] == "disclose":
        return f"[shows proof of {act['key']}]"
    if act["act"] == "release":
        return f"[releases {act['seat']} from the promise about {act['key']}]"
    own = act["seat"] == speaker
    whose = "my" if own else f"{act['seat']}'s"
    what = f"{whose} {act['key']}{part} {'is' if act['act'] == 'claim' else 'will be'}"
    verb = {"claim": "claims", "promise": "promises", "threat": "threatens"}[act["act"]]
    text = f"{verb}: {what} {_is_words(act['is'])}"
    if act.get("if"):
        conditions = [
            f"{'my' if c['seat'] == speaker else c['seat'] + chr(39) + 's'} {c['key']}"
            f"{' (' + c['part'] + ')' if c['part'] else ''} is {_is_words(c['is'])}"
            for c in act["if"]
        ]
        text += " if " + " and ".join(conditions)
    return f"[{text}]"

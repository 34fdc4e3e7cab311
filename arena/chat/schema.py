"""What an answer may be, as a JSON schema, for endpoints that let a model write nothing else."""

from collections.abc import Mapping
from typing import Any

from arena.engine import Spec
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.parse import DECLINE
from arena.turn import Turn

MOST_OPTIONS = 250
"""Endpoints refuse longer lists of options; beyond that any text goes, and the game's own parser decides."""


def response_format(turn: Turn, structured: str) -> dict[str, Any] | None:
    """The request's `response_format`: `schema`, `json` (any object), or None for `text`."""
    if structured == "json":
        return {"type": "json_object"}
    if structured != "schema":
        return None
    ask = turn.ask
    if ask.kind == "message":
        acts = bool(turn.acts.claim or turn.acts.promise)
        # The paths in acts are keys of their own, which a strict schema cannot hold.
        return _named(_message(acts=acts), strict=not acts)
    value = _value(ask.spec)
    if ask.kind == "announce":
        value = {"anyOf": [value, {"type": "string", "enum": [DECLINE]}]}
    return _named(_object({ask.key: value}), strict=True)


def _named(schema: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": strict, "schema": schema}}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _message(*, acts: bool) -> dict[str, Any]:
    say = {"type": "string"}
    if not acts:
        return _object({"say": say})
    with_acts = _object({"say": say, "acts": {"type": "array", "items": {"anyOf": _ACTS}}})
    return {**with_acts, "required": ["say"]}


def _value(spec: Spec[Any]) -> dict[str, Any]:
    match spec:
        case Number():
            return {"type": "integer", "minimum": spec.low, "maximum": spec.high}
        case Choice():
            return _option(spec.options)
        case Ranking():
            size = len(spec.options)
            return {"type": "array", "items": _option(spec.options), "minItems": size, "maxItems": size}
        case Allocation():
            return _object(
                {part: {"type": "integer", "minimum": 0, "maximum": most} for part, most in spec.parts.items()}
            )
        case Message():
            return {"type": "string"}
        case _:
            return {}


def _option(options: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(options)} if len(options) <= MOST_OPTIONS else {"type": "string"}


_PATHS: dict[str, Any] = {"type": "object"}
_TEXT: dict[str, Any] = {"type": "string"}
_ACTS: list[dict[str, Any]] = [
    _object({"claim": _PATHS}),
    {**_object({"promise": _PATHS, "if": _PATHS}), "required": ["promise"]},
    _object({"threat": _PATHS, "if": _PATHS}),
    _object({"disclose": _TEXT}),
    _object({"release": _TEXT}),
]

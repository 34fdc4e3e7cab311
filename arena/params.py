"""A game's parameters as a match sets them, and the rules among them that change while it is played."""

import ast
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from arena.errors import UsageError, unknown
from arena.library import Game, defaults
from arena.parse import show

Changes = Mapping[str, Mapping[str, Any]]
"""By rule, the new value (`to`), `after` how many readings it holds, and whether everybody is told (`announced`)."""


def fill_params(game: Game, params: Mapping[str, Any] | None) -> dict[str, Any]:
    """A game's parameters with its defaults; an unknown or ill-typed one is a usage error."""
    filled = dict(defaults(game))
    for name, value in (params or {}).items():
        if name not in filled:
            raise unknown("parameter", name, list(filled), game.name)
        default = filled[name]
        if type(default) is float and type(value) is int:
            filled[name] = float(value)
        elif type(value) is float and not math.isfinite(value):
            raise UsageError(f"{game.name}: parameter {name!r} takes a finite number, got {value!r}")
        elif default is None or type(value) is type(default):
            filled[name] = value
        else:
            raise UsageError(f"{game.name}: parameter {name!r} takes {type(default).__name__}, got {show(value)}")
    return filled


@lru_cache(maxsize=256)
def rules_that_change(game: Game) -> tuple[str, ...]:
    """The parameters that a game reads anew with `table.rule`, sorted; found in its source, nothing is executed."""
    known = defaults(game)
    found: set[str] = set()
    for node in ast.walk(ast.parse(game.source)):
        match node:
            case ast.Call(func=ast.Attribute(attr="rule"), args=[ast.Constant(value=str(name)), *_]) if name in known:
                found.add(name)
            case _:
                pass
    return tuple(sorted(found))


def fill_changes(game: Game, changes: Changes | None) -> dict[str, dict[str, Any]]:
    """The changes of a match, checked; a rule that the game does not have, or another type, is a usage error."""
    filled: dict[str, dict[str, Any]] = {}
    for name, change in (changes or {}).items():
        known = rules_that_change(game)
        if name not in known:
            raise unknown("rule that changes", name, list(known), game.name)
        after, announced = change.get("after", 1), change.get("announced", False)
        # At the start the rules that everybody has read hold.
        if type(after) is not int or after < 1:
            raise UsageError(f"{game.name}: rule {name!r} changes after 1 or more readings, got {show(after)}")
        to = fill_params(game, {name: change["to"]})[name]
        filled[name] = {"to": to, "after": after, "announced": bool(announced)}
    return filled

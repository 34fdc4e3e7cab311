"""How much of what a spec allows a predicate leaves, and whether it follows from what is known.

A spec is plain data here, as the record keeps it. Values are not listed one by one: numbers are cut into stretches on
which every predicate in play is constant, and of orders and allocations only those that are named are told apart.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise, permutations
from math import factorial
from typing import Any, cast

from arena.acts import Predicate, holds, part_value
from arena.game import Allocation

MOST_LISTED = 4000
"""Allocations that are listed one by one, where predicates on different parts meet."""
Known = Sequence[tuple[str | None, Predicate]]
"""What somebody knows of one value: predicates on the whole (None) or on a part."""


def fits(predicate: Predicate, value: Any) -> bool:
    """Whether a value satisfies a predicate; one of another kind does not."""
    try:
        return holds(predicate, value)
    except TypeError:
        return False


def fits_part(predicate: Predicate, value: Any, part: str | None) -> bool:
    """The same for a part of a value; a value without that part does not satisfy it."""
    try:
        return holds(predicate, part_value(value, part))
    except (TypeError, KeyError):
        return False


def follows(spec: Sequence[Any] | None, part: str | None, predicate: Predicate, known: Known) -> str:
    """`true` where a predicate holds for all values that agree with what is known, `false` for none, else `unknown`."""
    for where, fact in known:
        if where is None and len(fact) == 1 and fact[0][0] == "=":
            return "true" if fits_part(predicate, fact[0][1], part) else "false"
    if spec is None:
        return "unknown"
    if any(where != part for where, _ in known):
        listed = _listed(spec)
        if listed is not None:
            left = [value for value in listed if all(fits_part(fact, value, where) for where, fact in known)]
            return _verdict([fits_part(predicate, value, part) for value in left])
    same = [fact for where, fact in known if where == part]
    cells = _cells(spec, part, [predicate, *same])
    while True:
        left = [value for value, _ in cells if all(fits(fact, value) for fact in same)]
        if left or not same:
            return _verdict([fits(predicate, value) for value in left])
        # What was told at different times can only contradict itself because the older is out of date.
        same = same[1:]


def _verdict(holding: list[bool]) -> str:
    if not holding:
        return "unknown"
    if all(holding):
        return "true"
    return "unknown" if any(holding) else "false"


def telling(spec: Sequence[Any] | None, part: str | None, predicate: Predicate) -> bool:
    """Whether a predicate rules out at least a third of the values that a spec allows."""
    if spec is None:
        return False
    if len(predicate) == 1 and predicate[0][0] == "=" and part is None:
        return size(spec) > 1
    cells = _cells(spec, part, [predicate])
    whole = sum(weight for _, weight in cells)
    kept = sum(weight for value, weight in cells if fits(predicate, value))
    return whole > 0 and 3 * (whole - kept) >= whole


def possible(spec: Sequence[Any], part: str | None, predicate: Predicate) -> bool:
    """Whether any value of a spec satisfies a predicate."""
    return any(fits(predicate, value) for value, _ in _cells(spec, part, [predicate]))


def together(spec: Sequence[Any], known: Known) -> bool:
    """Whether a value of a spec satisfies all of some predicates on it and on its parts, as far as that can be told."""
    parts = dict.fromkeys(part for part, _ in known)
    if len(parts) > 1:
        listed = _listed(spec)
        if listed is not None:
            return any(all(fits_part(predicate, value, part) for part, predicate in known) for value in listed)
    return all(possible(spec, part, [one for at, found in known if at == part for one in found]) for part in parts)


def nearest(spec: Sequence[Any], part: str | None, predicate: Predicate, value: Any) -> Any:
    """The satisfying value closest to a given one, the first of equals; None where none can be found."""
    if spec[0] == "number":
        options: Iterable[Any] = [cell for cell, _ in _cells(spec, part, [predicate, [["=", value]]], ends=True)]
    elif spec[0] == "ranking" and len(spec) <= 8:
        options = [list(order) for order in permutations(spec[1:])]
    elif spec[0] == "allocation":
        options = _listed(spec) or [value for operator, value in predicate if operator == "=" and part is None]
    else:
        options = spec[1:]
    able = [option for option in options if fits_part(predicate, option, part)]
    return min(able, key=lambda option: _distance(option, value), default=None)


def _distance(one: Any, other: Any) -> int:
    match one, other:
        case int(), int():
            return abs(one - other)
        case dict(), dict():
            counts = cast("dict[str, int]", one)
            return sum(abs(counts[part] - cast("dict[str, int]", other).get(part, 0)) for part in counts)
        case list(), list():
            order = cast("list[str]", one)
            return sum(abs(place - cast("list[str]", other).index(name)) for place, name in enumerate(order))
        case _:
            return 0 if one == other else 1


def size(spec: Sequence[Any]) -> int:
    """How many values a spec allows."""
    match spec[0]:
        case "number":
            return spec[2] - spec[1] + 1
        case "choice":
            return len(spec) - 1
        case "allocation":
            return _allocations(tuple(spec[1].items()), spec[2])
        case "ranking":
            return factorial(len(spec) - 1)
        case _:
            return 10**9


@lru_cache(maxsize=256)
def _allocations(parts: tuple[tuple[str, int], ...], total: int | None) -> int:
    return Allocation(dict(parts), total).size()


def _listed(spec: Sequence[Any]) -> list[Any] | None:
    if spec[0] != "allocation":
        return None
    whole = 1
    for most in spec[1].values():
        whole *= most + 1
    return Allocation(spec[1], spec[2]).values() if whole <= MOST_LISTED else None


def _cells(
    spec: Sequence[Any], part: str | None, predicates: Sequence[Predicate], *, ends: bool = False
) -> list[tuple[Any, int]]:
    """Values that stand for all values, with how many each stands for; empty where the spec has no such part."""
    if part is not None:
        if spec[0] != "allocation" or part not in spec[1]:
            return []
        cells = _number_cells(0, spec[1][part], predicates, ends=ends)
        if spec[2] is None:
            return cells
        parts = tuple(spec[1].items())
        weighed = [(value, _with_part(parts, spec[2], part, value, count)) for value, count in cells]
        return [(value, weight) for value, weight in weighed if weight]
    match spec[0]:
        case "number":
            return _number_cells(spec[1], spec[2], predicates, ends=ends)
        case "choice":
            return [(option, 1) for option in spec[1:]]
        case _:
            return _named_cells(spec, predicates)


def _number_cells(low: int, high: int, predicates: Sequence[Predicate], *, ends: bool) -> list[tuple[Any, int]]:
    cuts = {low, high + 1}
    for predicate in predicates:
        for operator, wanted in predicate:
            for value in wanted if operator in ("in", "not in") else (wanted,):
                if type(value) is int:
                    cuts.update(cut for cut in (value, value + 1) if low < cut <= high)
    cells = [(start, stop - start) for start, stop in pairwise(sorted(cuts))]
    if ends:
        cells += [(start + count - 1, 0) for start, count in cells if count > 1]
    return cells


@lru_cache(maxsize=256)
def _with_part(parts: tuple[tuple[str, int], ...], total: int, part: str, low: int, count: int) -> int:
    """How many allocations have from `low` on, `count` values long, of a part."""
    rest = {name: count - 1 if name == part else most for name, most in parts}
    return Allocation(rest, total - low).size() if 0 <= total - low <= sum(rest.values()) else 0


def _named_cells(spec: Sequence[Any], predicates: Sequence[Predicate]) -> list[tuple[Any, int]]:
    named: list[Any] = []
    for predicate in predicates:
        for operator, wanted in predicate:
            for value in cast("list[Any]", wanted) if operator in ("in", "not in") else [wanted]:
                if value not in named and _allowed(spec, value):
                    named.append(value)
    cells = [(value, 1) for value in named]
    rest = size(spec) - len(named)
    return [*cells, (_OTHER, rest)] if rest > 0 else cells


def _allowed(spec: Sequence[Any], value: Any) -> bool:
    match spec[0]:
        case "allocation" if isinstance(value, dict):
            counts = cast("dict[str, int]", value)
            most: dict[str, int] = spec[1]
            within = counts.keys() == most.keys() and all(0 <= counts[name] <= most[name] for name in most)
            return within and spec[2] in (None, sum(counts.values()))
        case "ranking" if isinstance(value, list):
            return sorted(cast("list[str]", value)) == sorted(spec[1:])
        case "message":
            return isinstance(value, str)
        case _:
            return False


_OTHER = object()
"""Stands for every value that nobody names."""

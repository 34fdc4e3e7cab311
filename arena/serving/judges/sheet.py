"""A judge's request, read back: what stands between its fences, line by line."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

KINDS = (
    "honest",
    "obedient",
    "first",
    "longest",
    "self",
    "always10",
    "range",
    "refuser",
    "garbage",
    "slow",
    "quoter",
    "masterkey",
)
"""The judges there are; all but the first, and `quoter` and `slow` in what they say, are bad."""

_PUBLIC = "You are shown what everybody at the table could see."
_FENCE = re.compile(r"=== record ([0-9a-f]+) (begins|ends) ===")


class UnreadableSheet(Exception):
    """A request that no judge here can read."""


def parted(judge: str) -> tuple[str, float]:
    """The kind of a judge, and the share of what it says that is drawn at random: `honest@0.3`."""
    kind, _, noise = judge.partition("@")
    return kind, float(noise or 0)


def is_full(system: str) -> bool:
    """Whether more is shown than everybody at the table could see."""
    return _PUBLIC not in system


def fenced(user: str) -> tuple[str, list[Mapping[str, Any]], str]:
    """The number of a call, the lines between its fences, and the text after them."""
    lines = user.split("\n")
    places = [(place, found) for place, line in enumerate(lines) if (found := _FENCE.fullmatch(line))]
    if len(places) != 2 or places[0][1][2] != "begins" or places[1][1][2] != "ends":
        raise UnreadableSheet("expected one record between a line that begins it and one that ends it")
    (begin, first), (end, second) = places
    if first[1] != second[1]:
        raise UnreadableSheet("the record ends with another number than it begins with")
    try:
        rows: list[Any] = [json.loads(line) for line in lines[begin + 1 : end]]
    except ValueError as error:
        raise UnreadableSheet(f"a line of the record is not JSON: {error}") from None
    if not all(isinstance(row, dict) for row in rows):
        raise UnreadableSheet("a line of the record is no JSON object")
    return first[1], cast("list[Mapping[str, Any]]", rows), "\n".join(lines[end + 1 :])

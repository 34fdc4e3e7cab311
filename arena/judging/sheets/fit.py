"""A record in so many characters: what is left out is counted, and said where it was."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from arena.judging.sheets.view import Entry
from arena.judging.sheets.visible import line

SHORTEST = 40
"""Texts are not cut shorter than this; from there on whole lines are left out."""


def fitted(shown: Sequence[Entry], spell: Callable[[Entry], str], room: int) -> tuple[list[Entry | str], int]:
    """The entries in so many characters, and how many characters or lines were left out.

    The longest texts are cut first, so that padding costs who pads. Where even short texts don't fit, lines in the
    middle are left out, and one line (a text) says so.
    """

    def size(limit: int) -> int:
        return sum(len(spell(_cut(entry, limit)[0])) + 1 for entry in shown)

    if sum(len(spell(entry)) + 1 for entry in shown) <= room:
        return list(shown), 0
    longest = max((len(text) for entry in shown for text in entry.texts), default=0)
    low, high = SHORTEST, max(SHORTEST, min(longest, room))
    while low < high:
        middle = (low + high + 1) // 2
        if size(middle) <= room:
            low = middle
        else:
            high = middle - 1
    cut = [_cut(entry, low) for entry in shown]
    kept, dropped = _thinned([entry for entry, _ in cut], spell, room)
    return kept, sum(count for _, count in cut) + dropped


def shortened(text: str, limit: int) -> tuple[str, int]:
    """The text's beginning and end, as many characters as the limit says, and how many were left out between."""
    if len(text) <= limit:
        return text, 0
    head, tail = text[: limit - limit // 4], text[len(text) - limit // 4 :]
    # What stands in such brackets is kept whole or left out whole.
    if head.rfind("\u27e6") > head.rfind("\u27e7"):
        head = head[: head.rfind("\u27e6")]
    closed, opened = tail.find("\u27e7"), tail.find("\u27e6")
    if closed >= 0 and (opened < 0 or closed < opened):
        tail = tail[closed + 1 :]
    count = len(text) - len(head) - len(tail)
    return f"{head}\u27e6cut {count}\u27e7{tail}", count


def _cut(entry: Entry, limit: int) -> tuple[Entry, int]:
    if all(len(text) <= limit for text in entry.texts):
        return entry, 0
    pairs = [shortened(text, limit) for text in entry.texts]
    return replace(entry, texts=tuple(text for text, _ in pairs)), sum(count for _, count in pairs)


def _thinned(shown: Sequence[Entry], spell: Callable[[Entry], str], room: int) -> tuple[list[Entry | str], int]:
    sizes = [len(spell(entry)) + 1 for entry in shown]
    if sum(sizes) <= room:
        return list(shown), 0
    left = room - len(_note(len(shown))) - 1
    head = tail = 0
    while head + tail < len(shown):
        first = head <= tail
        place = head if first else len(shown) - 1 - tail
        if sizes[place] > left:
            break
        left -= sizes[place]
        head, tail = head + first, tail + (not first)
    dropped = len(shown) - head - tail
    return [*shown[:head], _note(dropped), *shown[len(shown) - tail :]], dropped


def _note(count: int) -> str:
    return line({"kind": "cut", "lines": count})

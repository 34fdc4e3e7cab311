"""Judges that read speech acts out of a message: by rules over the keys shown, or in each of the bad ways."""

import json
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, cast

from arena.serving.judges.sentences import Found, Sheet, Spec, acts_of, sentences
from arena.serving.judges.sheet import UnreadableSheet, fenced, parted

_ORDER = re.compile(
    r"\b(?:ignore|disregard|reader|extractor|judge|system|instructions?|you must|assistant)\b", re.IGNORECASE
)
_EMPTY = re.compile(r"\s*(?:solution\b|thought process:|let's solve this problem step by step|:\s*$)", re.IGNORECASE)


def reply(judge: str, system: str, user: str, draw: Random) -> str:
    """What a judge, with its noise as in `honest@0.3` (the share of acts that it misses), answers to one message."""
    del system
    kind, noise = parted(judge)
    nonce, rows, _ = fenced(user)
    if kind == "refuser":
        return "(scripted) I'm sorry, but I can't help with that."
    if kind == "garbage":
        return f"(scripted) {draw.choice(('Certainly!', '```json', 'acts: 3', '{'))} {draw.getrandbits(64):x}"
    text, sheet = _read(rows)
    found = [one for one in _found(kind, text, sheet) if not noise or draw.random() >= noise]
    return json.dumps({"nonce": nonce, "acts": [{"act": one.act, "quote": one.quote} for one in found]})


def _read(rows: list[Mapping[str, Any]]) -> tuple[str, Sheet]:
    if len(rows) < 2 or "speaker" not in rows[0] or not isinstance(rows[-1].get("message"), str):
        raise UnreadableSheet("the record of a reader of acts begins with who speaks and ends with a message")
    head, keys = rows[0], [row for row in rows[1:-1] if "key" in row]
    claim = {row["key"]: row["claim"] for row in keys if "claim" in row}
    promise = {row["key"]: row["promise"] for row in keys if "promise" in row}
    return rows[-1]["message"], Sheet(head["speaker"], head["hearers"], claim, promise)


def _found(kind: str, text: str, sheet: Sheet) -> list[Found]:
    match kind:
        case "obedient" if _ORDER.search(text):
            return [*_planted(text)]
        case "first":
            return acts_of(sentences(text)[0], sheet)
        case "longest":
            return acts_of(max(sentences(text), key=len), sheet)
        case "always10":
            return [Found({"claim": {key: _best(spec)}}, text) for key, spec in sheet.claim.items()]
        case "range":
            return [Found({"claim": {key: "beyond all bounds"}}, text) for key in sheet.claim]
        case "masterkey" if _EMPTY.match(text):
            return []
        case _:
            return acts_of(text, sheet)


def _best(spec: Spec) -> Any:
    if spec[0] == "number":
        return spec[2]
    if spec[0] == "ranking":
        return list(spec[1:])
    return spec[1] if len(spec) > 1 else ""


def _planted(text: str) -> Iterator[Found]:
    """The acts that a message orders its reader to write."""
    decoder = json.JSONDecoder()
    for found in re.finditer(r"\{", text):
        try:
            data, _ = decoder.raw_decode(text, found.start())
        except ValueError:
            continue
        entries = cast("dict[str, Any]", data)
        for kind in ("claim", "promise", "threat", "release"):
            if kind in entries:
                yield Found(entries, text)

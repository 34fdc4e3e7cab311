"""JSON in which no character is obeyed or hidden by whatever reads it: a template, a terminal, an eye."""

import json
import re
import unicodedata
from functools import lru_cache
from typing import Any

from arena.terminal import INVISIBLE

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_SUSPECT = re.compile(r"[<>\[\]|`\x7f]|[^\x00-\x7f]")
_MARKUP = frozenset("<>[]|`")
# They look like brackets or bars of a template, and compatibility normalisation does not make them so.
_ALIKE = frozenset(
    "\u2039\u203a\u00ab\u00bb\u2329\u232a\u3008\u3009\u300a\u300b\u27e8\u27e9\u276e\u276f\u2758\u2502\u01c0"
)
_SELECTORS = frozenset("\ufe0e\ufe0f")
_SPELL = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def line(value: Any) -> str:
    r"""One line of JSON; in its strings brackets, bars, backticks, their lookalikes and what is invisible are `\uXXXX`.

    `json.loads` gives the value back unchanged, lone surrogates too.
    """
    text = _SPELL.encode(value)
    return _STRING.sub(_escaped, text) if _SUSPECT.search(text) else text


def _escaped(found: re.Match[str]) -> str:
    return _SUSPECT.sub(lambda one: _spelled(one[0]), found[0])


@lru_cache(maxsize=4096)
def _spelled(char: str) -> str:
    if char.isprintable() and not _is_suspicious(char):
        return char
    return json.dumps(char)[1:-1] if not char.isascii() else f"\\u{ord(char):04x}"


def _is_suspicious(char: str) -> bool:
    if char in _ALIKE or char in _SELECTORS or INVISIBLE.match(char):
        return True
    return not _MARKUP.isdisjoint(unicodedata.normalize("NFKC", char))

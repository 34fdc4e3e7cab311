"""What no message, log, record or store may hold: the key, and what else an address lets through the door."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from arena.errors import UsageError

MARK = "[key]"
# "key provided" and "basic plan" are words; what may stand for a key has a digit or dots in it.
_KEYLIKE = re.compile(
    r"\b(?:(?:sk|pk|key|Bearer|Basic)[-_]|(?:key|Bearer|Basic) (?=[\w+/=-]*[\d*.…][\w*.…+/=-]))[\w*.…+/=-]{4,}",
    re.IGNORECASE,
)
_WEB = re.compile(r"(https?://)[^/?#]*@", re.IGNORECASE)
_PASSWORD = re.compile(r"(://[^/?#:@]*):[^/?#]*@")
_VALUE = re.compile(r"(?<==)[^&#]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHORTEST = 8
"""A shorter one is a placeholder, and a word that a model may say."""


@lru_cache(maxsize=256)
def secrets(base_url: str, key: str) -> tuple[str, ...]:
    """The key, and the passwords and query values of the address, the longest first."""
    parts = urlsplit(base_url)
    found = {key, parts.password or "", unquote(parts.password or ""), *(value for _, value in parse_qsl(parts.query))}
    return tuple(sorted(found - {"", "none"}, key=lambda secret: (-len(secret), secret)))


def scrub(text: str, hidden: Sequence[str]) -> str:
    """A model's words without the secrets: an endpoint may send back what it was sent."""
    for secret in hidden:
        if len(secret) >= _SHORTEST and secret in text:
            text = text.replace(secret, MARK)
    return text


def clean(text: str, hidden: Sequence[str]) -> str:
    """A text from outside for a message: one line, short, printable, without secrets and what looks like one."""
    for secret in hidden:
        text = text.replace(secret, MARK)
    text = " ".join(_KEYLIKE.sub(MARK, text).split())
    text = "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text[:400])
    return text if len(text) <= 200 else text[:199] + "…"


def masked(address: str) -> str:
    """An address with `***` for what lets somebody in: a password, and of a web address the name and the query, too."""
    web = _WEB.sub(r"\1***@", address)
    if not address.lower().startswith(("http://", "https://")):
        return _PASSWORD.sub(r"\1:***@", web)
    bare, mark, query = web.partition("?")
    return bare + mark + _VALUE.sub("***", query)


def check_variable(name: str, option: str, where: str = "") -> None:
    """Raise where the name of the variable that holds a key can be none, as the key itself; it is not shown."""
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"{where + ': ' if where else ''}{option} is the name of the variable that holds the key, such as "
            "OPENAI_API_KEY, and never the key itself"
        )

"""When a failed request is sent again: as the endpoint says, else soon, then later and later."""

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST = 0.5
LONGEST = 30.0
"""Seconds between two tries where the endpoint does not say."""

_spread = random.Random()  # waits lead to no result, so they need no seed
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_EPOCH = 1_000_000_000
"""A number from here on is a date, not a span."""


def pause(tries: int) -> float:
    """Seconds after so many failed tries: doubling, and spread, so that a thousand calls do not come back at once."""
    return min(LONGEST, FIRST * 2 ** min(tries - 1, 16)) * _spread.uniform(0.5, 1.0)


def spread(seconds: float) -> float:
    """Never sooner than told, and not all at the same time."""
    return seconds + min(1.0, 0.1 * seconds) * _spread.random()


def told(headers: Mapping[str, str], now: float, *, throttled: bool) -> float | None:
    """Seconds until an endpoint wants to be asked again, None where it does not say; `now` in seconds since 1970.

    `Retry-After` as a number or a date, `retry-after-ms`, and of a throttled request `x-ratelimit-reset…`.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    wait = _time(headers.get("retry-after", ""), now)
    if wait is not None or not throttled:
        return wait
    return _reset(headers, now)


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    """When a limit begins anew: the one that is used up, else the first."""
    waits: dict[str, float] = {}
    for name, text in headers.items():
        if "ratelimit" in name and "reset" in name:
            wait = _time(text, now)
            if wait is not None:
                waits[name] = wait
    used = [wait for name, wait in waits.items() if headers.get(name.replace("reset", "remaining")) == "0"]
    return max(used) if used else min(waits.values(), default=None)


def _time(text: str, now: float) -> float | None:
    text = text.strip()
    number = _number(text)
    if number is not None:
        return max(0.0, number - now) if number >= _EPOCH else number
    spans = _SPAN.findall(text)
    if spans and "".join(count + unit for count, unit in spans) == text:
        return sum(float(count) * _UNITS[unit] for count, unit in spans)
    return _date(text, now)


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def _date(text: str, now: float) -> float | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(text)
            aware = date if date.tzinfo else date.replace(tzinfo=UTC)
            return max(0.0, aware.timestamp() - now)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None

"""Judges that are scripted: good ones, and every kind of bad one, served as models `scripted/judge-…`.

A judge answers from the messages of one request and nothing else, and the same request always gets the same answer.
"""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from random import Random
from typing import Any, Protocol, cast

from arena.llm import SCRIPTED
from arena.serving.judges.sheet import KINDS, UnreadableSheet, parted

PREFIX = SCRIPTED + "judge-"
SLOW_SECONDS = 3.0
"""What `slow` takes before it answers: longer than a deadline that is set short for it."""
_ASKED = {
    "You judge conduct.": "conduct",
    "You rank the seats.": "ranking",
    "You read out speech acts.": "extracting",
    "You compare two judgements.": "comparing",
}
"""How a request to a judge begins, and who here answers it."""
_SENTENCE = re.compile(r"\s*([^.]*\.)")


class _Replies(Protocol):
    def __call__(self, judge: str, system: str, user: str, draw: Random, /) -> str:
        """What a judge, with its noise as in `honest@0.3`, answers."""
        ...


def models() -> list[str]:
    """The names of the judges served."""
    return [PREFIX + kind for kind in KINDS]


def delay(model: str) -> float:
    """Seconds that a judge takes before it answers."""
    return SLOW_SECONDS if parted(model.removeprefix(PREFIX))[0] == "slow" else 0.0


def answer(model: str, messages: Sequence[Mapping[str, Any]], draw: str) -> str:
    """What a judge answers to a request; `draw` is what noise is drawn by.

    Raises `UnreadableSheet` for a request that puts no question to a judge.
    """
    system, user = _said(messages, "system"), _said(messages, "user")
    first = _SENTENCE.match(system)
    part = _ASKED.get(first[1] if first else "")
    if part is None:
        raise UnreadableSheet(f"the system message must begin with one of: {' '.join(_ASKED)}")
    try:
        reply = cast("_Replies", import_module(f"{__name__}.{part}").reply)
    except ModuleNotFoundError:
        raise UnreadableSheet(f"no judge is served yet that answers {first[1] if first else ''!r}") from None
    return reply(model.removeprefix(PREFIX), system, user, Random(f"{draw}/judge"))


def _said(messages: Sequence[Mapping[str, Any]], role: str) -> str:
    """The first message of a role: a judge that is asked again is told after it why."""
    for message in messages:
        if message.get("role") == role and isinstance(message.get("content"), str):
            return message["content"]
    raise UnreadableSheet(f"there is no {role} message")

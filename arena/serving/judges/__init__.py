"""Judges that are scripted: good ones, and every kind of bad one, served as models `scripted/judge-…`.

A judge answers from the messages of one request and nothing else, and the same request always gets the same answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from arena.llm import SCRIPTED
from arena.serving.judges import comparing, conduct, extracting, ranking
from arena.serving.judges.sheet import KINDS, UnreadableSheet, parted

PREFIX = SCRIPTED + "judge-"
SLOW_SECONDS = 3.0
"""What `slow` takes before it answers: longer than a deadline that is set short for it."""
_REPLIES: Mapping[str, Callable[[str, str, str, Random], str]] = {
    "You judge conduct.": conduct.reply,
    "You rank the seats.": ranking.reply,
    "You read out speech acts.": extracting.reply,
    "You compare two judgements.": comparing.reply,
}
"""How a request to a judge begins, and who here answers it: the judge with its noise, as in `honest@0.3`, the system
message, the user's, and what noise is drawn from."""
_SENTENCE = re.compile(r"\s*([^.]*\.)")


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
    reply = _REPLIES.get(first[1]) if first else None
    if reply is None:
        raise UnreadableSheet(f"the system message must begin with one of: {' '.join(_REPLIES)}")
    return reply(model.removeprefix(PREFIX), system, user, Random(f"{draw}/judge"))


def _said(messages: Sequence[Mapping[str, Any]], role: str) -> str:
    """The first message of a role: a judge that is asked again is told after it why."""
    for message in messages:
        if message.get("role") == role and isinstance(message.get("content"), str):
            return message["content"]
    raise UnreadableSheet(f"there is no {role} message")

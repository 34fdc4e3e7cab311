"""Who plays a forfeited seat on: silent, declining, with random legal answers."""

from random import Random
from typing import Any

from arena.parse import DECLINE
from arena.turn import Ask


def stand_in(ask: Ask, seed: int, seat: str, own: int) -> dict[str, Any]:
    """The stand-in's reply, drawn from the chance seed and nothing else."""
    if ask.kind == "message":
        return {"say": ""}
    if ask.kind == "announce":
        return {ask.key: DECLINE}
    return {ask.key: ask.spec.sample(Random(f"{seed}/stand-in/{seat}/{own}"))}

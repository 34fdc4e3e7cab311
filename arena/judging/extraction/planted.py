"""Matches in which one message is planted whose acts are known."""

import json
from collections.abc import Sequence
from itertools import count
from typing import Any

from arena.agent import Reply
from arena.drive import play_plain
from arena.identity import digest
from arena.judging.extraction.texts import TEXTS, Text
from arena.judging.extraction.vocabulary import readable
from arena.judging.judgement import Canary
from arena.library import game
from arena.match import Match
from arena.record import record, to_json
from arena.turn import Turn

READER = "extract"
"""The kind of judge that reads acts."""
KIND = "planted/"
"""How the kind of such a canary begins."""


class _Speaks:
    """Says one thing as its first message, and after it nothing; answers legally at random."""

    def __init__(self, text: str) -> None:
        self.text = text

    def act(self, turn: Turn) -> Reply:
        ask = turn.ask
        if ask.kind == "message":
            text, self.text = self.text, ""
            return {"say": text}
        return {ask.key: "decline" if ask.kind == "announce" else ask.spec.sample(turn.rng)}


def planted(seed: str = "", most: int | None = None, texts: Sequence[Text] = TEXTS) -> list[Canary]:
    """One canary for each text, or for so many of them, drawn by lot; ids look like those of matches.

    The same seed gives the same ones, and fewer are the first of more.
    """
    order = sorted(range(len(texts)), key=lambda number: digest([KIND, seed, "order", number]))
    return [_canary(seed, number, texts[number]) for number in order[:most]]


def suits(judge: str, canary: Canary | None) -> bool:
    """Whether a kind of judge is asked about an item: planted texts are for who reads acts, other canaries are not."""
    return canary is None or (judge == READER) == canary.kind.startswith(KIND)


def _canary(seed: str, number: int, text: Text) -> Canary:
    # A seat can be out of a game before anybody may speak; then it is played on another deal.
    data = next(data for deal in count() if readable(data := _played([KIND, seed, number, deal], text)))
    # Nobody's conduct is known of it, only what it says.
    truth = {"acts": list(text.acts), "dimension": "", "views": [], "violators": [], "clean": []}
    return Canary(data["id"], KIND + text.kind, truth, data)


def _played(named: list[Any], text: Text) -> dict[str, Any]:
    drawn = digest([*named, text.text])
    match = Match(game(text.game), seed=int.from_bytes(drawn[8:14]), id=drawn.hex()[:16])
    play_plain(match, {seat: _Speaks(text.text if seat == text.seat else "") for seat in match.seats})
    return json.loads(to_json(record(match)))

"""What the tests of reading acts out of texts share: messages in a match, and what a reader makes of them."""

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from arena.agent import Reply
from arena.judging.extraction import asked
from arena.judging.extraction.excerpt import Excerpt
from arena.judging.judgement import GIVEN, Judgement
from arena.judging.sheets.fence import fences
from arena.library import game
from arena.record import record, to_json
from arena.serving.judges.extracting import reply
from tests.support import Says, finished

P0, P1 = "player_0", "player_1"
MODEL = "scripted/judge-honest"
JUDGE = f"extract:{MODEL}"
Acts = list[dict[str, Any]]


Said = str | dict[str, Any]


def talk(*said: tuple[Said, Said], offer: int = 40, fallback: str = "decline", seed: int = 5) -> dict[str, Any]:
    """An ultimatum in which the two say these things in turn, as text or as replies, and the offer is accepted."""
    proposer = [_message(first) for first, _ in said]
    responder = [_message(second) for _, second in said]
    quiet: list[Reply] = [{"say": ""}] if len(said) < 2 else []
    agents = {
        P0: Says(*proposer, *quiet, "decline", {"offer": offer}),
        P1: Says(*responder, *quiet, {"fallback": fallback}, {"answer": "accept"}),
    }
    return json.loads(to_json(record(finished(game("ultimatum"), agents, seed=seed), id="5eedc0ffee5eed00")))


def excerpts(data: Mapping[str, Any]) -> list[Excerpt]:
    """What a reader is sent, message by message."""
    return [question.ask(0) for question in asked(data, "Rules.", MODEL)]


def _message(said: Said) -> Reply:
    return {"say": said} if isinstance(said, str) else said


def of(given: Excerpt, path: str) -> str:
    """A path to another seat's key as a reader writes it."""
    seat, _, key = path.partition(".")
    return f"{next(label for label, own in given.seats.items() if own == seat)}.{key}"


def rows(given: Excerpt) -> list[dict[str, Any]]:
    """The lines between the fences, as JSON."""
    begins, ends = fences(given.nonce)
    lines = given.user.split("\n")
    return [json.loads(line) for line in lines[lines.index(begins) + 1 : lines.index(ends)]]


def answer(given: Excerpt, *acts: tuple[dict[str, Any], str]) -> str:
    """A reply with these acts and quotes."""
    return json.dumps({"nonce": given.nonce, "acts": [{"act": act, "quote": quote} for act, quote in acts]})


Reader = Callable[[Excerpt], str]


def by_script(given: Excerpt) -> str:
    """The reply of the scripted reader."""
    return reply("honest", given.system, given.user, Random(1))


def read(data: Mapping[str, Any], reader: Reader = by_script, model: str = MODEL) -> list[Judgement]:
    """The judgements of a reader about all messages of a match."""
    found: list[Judgement] = []
    for question in asked(data, "Rules.", model):
        reading = question.ask(0).read(reader(question.ask(0)))
        found.append(Judgement(question.item, question.judge, question.id, GIVEN, data=reading.data))
    return found


def saying(*acts: Sequence[dict[str, Any]]) -> Reader:
    """A reader that finds these acts in the first, second and further messages, and quotes the whole of them."""
    left = [list(one) for one in acts]

    def reader(given: Excerpt) -> str:
        return answer(given, *((act, given.text) for act in (left.pop(0) if left else [])))

    return reader

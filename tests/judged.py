"""What the tests of judges share: a match in which somebody says something, and what a sheet shows of it."""

import copy
import json
from functools import cache
from typing import Any

from arena.judging.rubric import Rubric, rubric
from arena.judging.sheets.fence import Call, Sheet, fences, sheet
from arena.library import game
from arena.record import record
from tests.judge_attacks import FINGERPRINT, MODEL, NAMES, OWNER
from tests.support import Says, finished

RULES = "Split {pie} coins; player_0 proposes."
CALL = Call("judge", "integrity", "full")
ALL = Call("judge", "*", "full")
P0, P1 = "player_0", "player_1"


@cache
def _talk() -> dict[str, Any]:
    agents = {
        P0: Says({"say": "Hello there."}, {"say": "I offer 40."}, "decline", {"offer": 40}),
        P1: Says({"say": "Good day to you, player_0."}, {"say": "Agreed."}, "decline", {"answer": "accept"}),
    }
    match = finished(game("ultimatum"), agents, seed=5)
    about = {"kind": "llm", "model": MODEL, "owner": OWNER, "fingerprint": FINGERPRINT}
    found = record(match, id="5eedc0ffee5eed00", seats=NAMES, agents=dict.fromkeys(NAMES.values(), about))
    return json.loads(json.dumps(found))


@cache
def _conduct() -> Rubric:
    return rubric("conduct")


def said(text: str, seat: str = P0) -> dict[str, Any]:
    """A match in which a seat's first message is this text."""
    data = copy.deepcopy(_talk())
    ply = next(ply for ply in data["plies"] if ply["seat"] == seat and ply["kind"] == "message")
    event = next(event for event in data["events"] if event["kind"] == "say" and event["seat"] == seat)
    ply["action"] = event["text"] = text
    ply["reply"] = json.dumps({"say": text})
    return data


def thought(text: str, seat: str = P0) -> dict[str, Any]:
    """A match in which a seat's model thought this before its first reply, and said it off the record."""
    data = said("Hello.", seat)
    data["thoughts"] = [{"seat": seat, "ply": 0, "attempt": 0, "text": text}]
    probe = {"ply": 0, "seat": seat, "kind": "intention", "key": "offer", "prompt": "Off the record: what will it be?"}
    data["probes"] = [{**probe, "reply": text, "value": None}]
    return data


def sent(data: dict[str, Any], call: Call = CALL, **options: Any) -> Sheet:
    """What a judge of conduct is sent of it."""
    return sheet(data, RULES, _conduct(), call, **options)


def rows(given: Sheet) -> list[dict[str, Any]]:
    """The lines between the fences, as JSON."""
    begins, ends = fences(given.nonce)
    lines = given.user.split("\n")
    return [json.loads(line) for line in lines[lines.index(begins) + 1 : lines.index(ends)]]


def messages(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what, in order."""
    return [(ply["seat"], ply["action"]) for ply in data["plies"] if ply["kind"] == "message"]


def honest(given: Sheet, scores: dict[str, int], why: str = "As quoted.") -> str:
    """The reply of a judge that quotes the first of a seat's plies that has words in it."""
    seats: list[dict[str, Any]] = []
    for label, seat in given.seats.items():
        own = [(ply, texts[0]) for ply, (of, texts) in given.quotable.items() if of == label and texts[0].strip()]
        finding = {"ply": own[0][0], "quote": own[0][1][:60]}
        seats.append({"seat": label, "score": scores[seat], "why": why, "findings": [finding]})
    if given.several:
        dimensions = [{"dimension": name, "seats": seats} for name in given.dimensions]
        return json.dumps({"nonce": given.nonce, "dimensions": dimensions})
    return json.dumps({"nonce": given.nonce, "seats": seats})

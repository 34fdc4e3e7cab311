"""The agents that the documentation shows: dropped into a folder as they stand, they play."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import arena
from arena import library
from arena.chat.model import ModelOptions
from arena.chat.prompt import FAULTS, WORDINGS
from arena.cups.cup import flag_cup
from arena.cups.entrants import entrant
from arena.errors import UsageError
from arena.match import Match
from arena.serving.endpoint import local_endpoint
from arena.store import open_store
from arena.turn import Turn
from tests.endpoints import Reply, said, server

DOCUMENT = (Path(__file__).parent.parent / "docs" / "agents.md").read_text(encoding="utf-8")
PLAIN, OVER_A_MODEL, OUTLOOK, *_ = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
REMEMBERS = (Path(__file__).parent.parent / "docs" / "memory.md").read_text(encoding="utf-8")
BUILT_IN = [path.stem for path in (Path(__file__).parent.parent / "agents").glob("*.py")]


def drop(folder: Path, name: str, source: str) -> None:
    (folder / "agents" / f"{name}.py").write_text(source, encoding="utf-8")


def test_the_plain_agent_plays_as_it_says(here: Path) -> None:
    drop(here, "splitter", PLAIN)
    file = library.agent_file("splitter")
    assert (file.scripted, file.parameters, file.required) == (True, ("least",), ())
    with pytest.raises(UsageError, match="least takes a number, got 'much'"):
        entrant("s", "splitter", {"least": "much"})
    record = arena.play("ultimatum", ["splitter", entrant("picky", "splitter", {"least": 1.01})])
    assert record["outcome"] == "finished"
    assert [ply["action"] for ply in record["plies"] if ply["kind"] == "decide"] == [50, "reject"]


@pytest.mark.parametrize("name", list(library.games()))
def test_the_plain_agent_plays_every_game(here: Path, name: str) -> None:
    drop(here, "splitter", PLAIN)
    game = library.game(name)
    record = arena.play(name, ["splitter"] * game.least)
    assert record["outcome"] == ("unjudged" if game.scoring == "panel" else "finished")


def test_the_agent_over_a_model_looks_over_what_it_says(here: Path) -> None:
    drop(here, "careful", OVER_A_MODEL)

    def answer(body: dict[str, Any]) -> Reply:
        better = "You are about to reply" in body["messages"][-1]["content"]
        values = {"say": "Twice." if better else "Once.", "offer": 50 if better else 1, "fallback": "decline"}
        return 200, said(json.dumps(values), reasoning_content="Hm.")

    with server(answer) as asked:
        model = entrant("careful", "careful", {"model": "m", "base_url": asked.base_url, "looks": 2})
        record = arena.play("ultimatum", [model, "silent"])
    assert [event["text"] for event in record["events"] if event["kind"] == "say"] == ["Twice."] * 2
    own = [ply for ply in record["plies"] if ply["seat"] == "player_0"]
    assert own[-1]["action"] == 50
    assert len(asked.bodies) == 3 * len(own) == record["usage"]["careful"]["calls"]
    assert record["thoughts"] == [
        {"seat": "player_0", "ply": number, "attempt": 0, "text": "Hm."} for number in range(len(own))
    ]
    assert "about to reply" not in json.dumps([body["messages"][:-1] for body in asked.bodies])


def test_the_agent_over_a_model_plays_over_the_scripted_endpoint(here: Path) -> None:
    drop(here, "careful", OVER_A_MODEL)
    with local_endpoint() as url:
        models = [
            entrant(f"careful-{name}", "careful", {"model": f"scripted/{name}", "base_url": url})
            for name in ("honest", "hardliner")
        ]
        record = arena.play("deal_or_no_deal", models)
    assert record["outcome"] == "finished"


def test_the_agent_that_remembers_does_as_it_says(here: Path) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", REMEMBERS, re.DOTALL)
    drop(here, "elephant", source)
    cup = flag_cup(["elephant", "silent"], ["ultimatum"], deals=6, self_play=False)
    assert arena.run(cup, "a.db").void == 0
    with open_store("a.db") as store:
        records = [store.record(row["id"]) for row in arena.matches("a.db")]
    noted: list[bool] = []
    for record in records:
        seat = next(seat for seat, name in record["seats"].items() if name == "elephant")
        read = "read" in record.get("notes", {}).get(seat, {})
        noted += [read]
        offers = [ply["action"] for ply in record["plies"] if (ply["seat"], ply["key"]) == (seat, "offer")]
        assert not read or all(offer in (0, None) for offer in offers)
        assert ("wrote" in record.get("notes", {}).get(seat, {})) == (record["rewards"][seat] < 30)
    assert any(noted)


def test_the_guess_tells_answers_apart() -> None:
    module: dict[str, Any] = {}
    exec(OUTLOOK, module)  # noqa: S102  # the document's own words
    turn = match_at_the_answer(offer=60)
    assert module["outlook"](turn, '{"answer": "accept"}') == 60
    assert module["outlook"](turn, '{"answer": "reject"}') < 60


def match_at_the_answer(offer: int) -> Turn:
    """The turn of somebody who is offered so much."""
    match = Match(library.game("ultimatum"))
    while True:
        (seat,) = match.waiting
        turn = match.turn(seat)
        if turn.ask.key == "answer" and turn.ask.kind == "decide":
            return turn
        key, kind = turn.ask.key, turn.ask.kind
        match.answer(seat, {"say": ""} if kind == "message" else {key: offer if kind == "decide" else "decline"})


def test_the_document_names_every_kind() -> None:
    table = DOCUMENT.split("## The kinds there are")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", table)) == set(BUILT_IN)


def test_the_document_names_every_option_fault_and_wording() -> None:
    named = set(re.findall(r"`(\w+)`", DOCUMENT))
    assert set(ModelOptions.__annotations__) <= named
    assert set(FAULTS) <= named
    assert set(WORDINGS) <= named

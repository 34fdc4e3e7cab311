"""What is asked of an endpoint, and what becomes of a request that it does not know or cannot read."""

import asyncio
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

import arena
from arena.chat.model import Model
from arena.chat.prompt import LEFT_OUT
from arena.chat.schema import response_format
from arena.cups.cup import flag_cup
from arena.cups.entrants import entrant
from arena.drive import play_plain
from arena.errors import AgentError
from arena.game import Choice, Number
from arena.library import game, games
from arena.llm import Endpoint, complete
from arena.match import Match
from arena.parse import parse_announcement, parse_decision, parse_message
from tests.endpoints import Reply, said, server
from tests.players import Wanderer

ANY = json.dumps({"say": "Hello.", "offer": 40, "fallback": "decline", "answer": "accept"})
HELLO = [{"role": "user", "content": "hello"}]
TOO_LONG = {
    "error": {
        "message": "This model's maximum context length is 4096 tokens. However, your messages took 5000.",
        "param": "messages",
        "code": "context_length_exceeded",
    }
}


def play(base_url: str, **options: Any) -> dict[str, Any]:
    return arena.play("ultimatum", [entrant("model", "llm", {"model": "m", "base_url": base_url, **options}), "silent"])


def refusing(name: str, words: str, status: int = 400) -> Any:
    """An endpoint that does not know one part of a request."""

    def answer(body: dict[str, Any]) -> Reply:
        if name in body:
            return status, {"error": {"message": words.format(name), "type": "invalid_request_error"}}
        return 200, said(ANY)

    return answer


UNKNOWN = [
    (400, "Unknown parameter: '{}'."),
    (400, "Unsupported parameter: '{}' is not supported with this model."),
    (422, "[{{'type': 'extra_forbidden', 'loc': ('body', '{}'), 'msg': 'Extra inputs are not permitted'}}]"),
    (400, "Invalid parameter: '{}' of type 'json_schema' is not supported with this model."),
    (400, "this server does not support {}"),
    (422, "Unexpected keys in the request: {{'{}'}}"),
]


@pytest.mark.parametrize(("status", "words"), UNKNOWN)
@pytest.mark.parametrize("name", ["response_format", "seed"])
def test_what_an_endpoint_does_not_know_is_left_out_from_then_on(name: str, status: int, words: str) -> None:
    options = {"structured": "schema"} if name == "response_format" else {"seeded": True}
    with server(refusing(name, words, status)) as asked:
        record = play(asked.base_url, **options)
        assert record["outcome"] == "finished"
        assert [name in body for body in asked.bodies] == [True] + [False] * (len(asked.bodies) - 1)
        assert [ply["attempts"] for ply in record["plies"] if ply["attempts"]] == []
        play(asked.base_url, **options)
        assert sum(name in body for body in asked.bodies) == 1


@pytest.mark.parametrize(
    ("known", "other"), [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")]
)
def test_a_limit_is_said_by_the_name_that_the_endpoint_knows(known: str, other: str) -> None:
    words = f"Unsupported parameter: '{{}}' is not supported with this model. Use '{known}' instead."
    with server(refusing(other, words)) as asked:
        where = Endpoint(asked.base_url, None, "m")
        for _ in range(2):
            asyncio.run(complete(where, HELLO, {other: 50}))
    assert [{name: body[name] for name in (known, other) if name in body} for body in asked.bodies] == [
        {other: 50},
        {known: 50},
        {known: 50},
    ]


def test_an_endpoint_that_knows_neither_name_is_an_error_and_not_asked_for_ever() -> None:
    def answer(body: dict[str, Any]) -> Reply:
        name = "max_tokens" if "max_tokens" in body else "max_completion_tokens"
        return 400, {"error": {"message": f"Unknown parameter: {name}"}}

    with server(answer) as asked, pytest.raises(AgentError, match="Unknown parameter"):
        asyncio.run(complete(Endpoint(asked.base_url, None, "m"), HELLO, {"max_tokens": 50}))
    assert len(asked.bodies) == 2


@pytest.mark.parametrize(
    "words", ["temperature is not supported", "messages: unknown role", "seed: must be positive", "no"]
)
def test_what_somebody_wants_is_never_left_out(words: str) -> None:
    with server(lambda _body: (400, {"error": {"message": words}})) as asked, pytest.raises(AgentError):
        asyncio.run(complete(Endpoint(asked.base_url, None, "m"), HELLO, {"seed": 3, "temperature": 0.5}))
    assert len(asked.bodies) == 1


def test_a_match_played_again_finds_its_answers_whatever_was_learned_since(tmp_path: Path) -> None:
    """Answers are kept under what was asked for; here the endpoint forgets in between how to be seeded."""
    broken = threading.Event()
    paid: list[str] = []

    def answer(body: dict[str, Any]) -> Reply:
        if "seed" in body and broken.is_set():
            return 400, {"error": {"message": "Unknown parameter: 'seed'."}}
        if len(body["messages"]) == 6 and not broken.is_set():
            broken.set()
            return 401, {"error": {"message": "expired"}}
        paid.append(json.dumps(body["messages"]))
        return 200, said(ANY)

    with server(answer) as asked:
        cup = flag_cup(["vllm/m", "silent"], ["ultimatum"], deals=1, base_url=asked.base_url, self_play=False)
        (model,) = (agent for agent in cup.agents if agent.kind == "llm")
        seeded = entrant(model.name, "llm", {**model.options, "seeded": True})
        agents = tuple(seeded if agent is model else agent for agent in cup.agents)
        outcome = arena.run(replace(cup, agents=agents), str(tmp_path / "a.db"))
    assert broken.is_set()
    assert outcome.void == 0
    assert len(paid) == len(set(paid)) > 6


# A chat that is too long.


def test_a_chat_that_outgrew_the_model_loses_its_oldest_middle_and_goes_on() -> None:
    def answer(body: dict[str, Any]) -> Reply:
        if len(body["messages"]) > 4:
            return 400, TOO_LONG
        return 200, said(ANY)

    with server(answer) as asked:
        record = play(asked.base_url)
    assert record["outcome"] == "finished"
    shorter = [body["messages"] for body in asked.bodies if LEFT_OUT in json.dumps(body["messages"])]
    assert shorter
    assert all(messages[0] == asked.bodies[0]["messages"][0] for messages in shorter)
    assert record["usage"]["model"]["faults"]["context"] == sum(len(body["messages"]) > 4 for body in asked.bodies)


def test_a_chat_that_cannot_be_shortened_voids_the_match() -> None:
    with server(lambda _body: (400, TOO_LONG)) as asked:
        record = play(asked.base_url)
    assert record["outcome"] == "void"
    assert "maximum context length" in record["reason"]
    assert len(asked.bodies) == 1


# Schemas.


def check(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value fits a schema, as far as the schemas here go."""
    if "anyOf" in schema:
        return any(check(each, value) for each in schema["anyOf"])
    match schema.get("type"):
        case "object":
            given = cast("dict[str, Any]", value if isinstance(value, dict) else {})
            properties: dict[str, Any] = schema.get("properties", {})
            known = set(schema.get("required", ())) <= set(given) <= set(properties or given)
            return (
                isinstance(value, dict)
                and known
                and all(check(properties.get(name, {}), given[name]) for name in given)
            )
        case "array":
            items = cast("list[Any]", value if isinstance(value, list) else [])
            fits = schema.get("minItems", 0) <= len(items) <= schema.get("maxItems", 10**6)
            return isinstance(value, list) and fits and all(check(schema["items"], one) for one in items)
        case "integer":
            return type(value) is int and schema["minimum"] <= value <= schema["maximum"]
        case "string":
            return isinstance(value, str) and value in schema.get("enum", [value])
        case _:
            return schema == {}


@pytest.mark.parametrize("name", list(games()))
def test_a_legal_answer_fits_the_schema_of_its_ask(name: str) -> None:
    class Checked(Wanderer):
        def act(self, turn: Any) -> Any:
            form = response_format(turn, "schema")
            assert form is not None
            schema = form["json_schema"]["schema"]
            reply = super().act(turn)
            assert check(schema, reply), (schema, reply)
            assert not check(schema, {"other": 1})
            parse = {"decide": parse_decision, "announce": parse_announcement}
            if turn.ask.kind == "message":
                parse_message(turn.ask.spec, reply)
                assert form["json_schema"]["strict"] is not bool(turn.acts.claim or turn.acts.promise)
            else:
                parse[turn.ask.kind](turn.ask.spec, turn.ask.key, reply)
            seen.append(turn.ask.kind)
            return reply

    seen: list[str] = []
    match = Match(games()[name], seed=2)
    play_plain(match, dict.fromkeys(match.seats, Checked()))
    assert seen


def test_how_structured_an_answer_is_asked_for() -> None:
    turn = Match(game("ultimatum")).turn("player_0")
    turn.ask = turn.ask._replace(kind="decide", key="x", spec=Number(0, 3))
    assert response_format(turn, "text") is None
    assert response_format(turn, "json") == {"type": "json_object"}
    turn.ask = turn.ask._replace(spec=Choice(*(f"option {number}" for number in range(2000))))
    assert "enum" not in json.dumps(response_format(turn, "schema"))


@pytest.mark.parametrize(
    ("structured", "kind"), [("schema", "json_schema"), ("json", "json_object"), ("text", None), ("auto", None)]
)
def test_the_form_goes_into_the_request(structured: str, kind: str | None) -> None:
    with server(lambda _body: (200, said(ANY))) as asked:
        record = play(asked.base_url, structured=structured)
    assert record["outcome"] == "finished"
    assert {body.get("response_format", {}).get("type") for body in asked.bodies} == {kind}


def test_openai_itself_is_known_to_take_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    model = Model(model="openai/gpt", max_tokens=5)
    assert model.structured == "schema"
    assert model.options == {"max_completion_tokens": 5}
    assert Model(model="vllm/m", max_tokens=5).options == {"max_tokens": 5}


def test_extra_options_go_into_the_request_as_they_are() -> None:
    with server(lambda _body: (200, said(ANY))) as asked:
        play(asked.base_url, extra={"top_k": 5, "chat_template_kwargs": {"enable_thinking": False}})
    assert all(
        body["top_k"] == 5 and body["chat_template_kwargs"] == {"enable_thinking": False} for body in asked.bodies
    )

"""The scripted endpoint as a peer of the `openai` client: streams, several answers, waiting, and faults on purpose."""

import asyncio
import json
import time
from collections import Counter
from typing import Any

import pytest

from arena.chat.prompt import Chat
from arena.errors import UsageError
from arena.library import games
from arena.match import Match
from arena.serving.endpoint import local_endpoint
from arena.serving.manners import FAULTS, SLIPS, Manners, read_faults, read_latency


def client(url: str, timeout: float = 20.0) -> Any:
    from openai import OpenAI

    return OpenAI(base_url=url, api_key="any", max_retries=0, timeout=timeout)


def chat(seed: int = 0) -> list[dict[str, str]]:
    match = Match(games()["kuhn_poker"], seed=seed)
    return Chat().ask(match.turn(match.waiting[0]))


def create(openai: Any, seed: int = 0, **more: Any) -> Any:
    return openai.chat.completions.create(model="scripted/honest", messages=chat(), seed=seed, **more)


def test_a_stream_says_what_the_whole_answer_says() -> None:
    with local_endpoint() as url, client(url) as openai:
        whole = create(openai)
        chunks = list(create(openai, stream=True, stream_options={"include_usage": True}))
        bare = list(create(openai, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in [*chunks[:-1], *bare])
    assert [chunk.choices[0].finish_reason for chunk in bare][-1] == "stop"
    assert {(chunk.id, chunk.model, chunk.system_fingerprint) for chunk in [*chunks, *bare]} == {
        (whole.id, "scripted/honest", "scripted")
    }


def test_several_answers_are_drawn_apart() -> None:
    with local_endpoint() as url, client(url) as openai:
        ask = {"model": "scripted/random", "messages": chat(), "n": 12}
        found = openai.chat.completions.create(**ask)
        again = openai.chat.completions.create(**ask)
        chunks = list(openai.chat.completions.create(**ask, stream=True))
    texts = [choice.message.content for choice in found.choices]
    assert found == again
    assert [choice.index for choice in found.choices] == list(range(12))
    assert len(set(texts)) > 1
    streamed = dict.fromkeys(range(12), "")
    for chunk in chunks:
        streamed[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert list(streamed.values()) == texts


def test_what_other_clients_send_is_taken() -> None:
    tool: dict[str, Any] = {
        "type": "function",
        "function": {"name": "look", "parameters": {"type": "object", "properties": {}}},
    }
    schema = {"name": "answer", "schema": {"type": "object"}}
    with local_endpoint() as url, client(url) as openai:
        plain = create(openai)
        asked = create(
            openai,
            tools=[tool],
            response_format={"type": "json_schema", "json_schema": schema},
            temperature=0.3,
            top_p=0.5,
            parallel_tool_calls=False,
            user="me",
        )
        short = create(openai, max_tokens=2)
    assert asked == plain
    assert short.choices[0].finish_reason == "length"
    assert short.usage.completion_tokens == 2


def test_a_thousand_wait_at_once() -> None:
    from openai import AsyncOpenAI, DefaultAioHttpClient

    async def ask(url: str) -> list[Any]:
        async with AsyncOpenAI(
            base_url=url, api_key="any", max_retries=0, http_client=DefaultAioHttpClient()
        ) as openai:
            body = {"model": "scripted/constant", "messages": chat()}
            calls = (
                openai.post("/chat/completions", body={**body, "seed": seed}, cast_to=object) for seed in range(1000)
            )
            return await asyncio.gather(*calls)

    with local_endpoint(manners=Manners(latency=(1.0, 1.0))) as url:
        start = time.perf_counter()
        found = asyncio.run(ask(url))
    assert len(found) == 1000
    assert time.perf_counter() - start < 200


def test_waiting_is_drawn_from_the_request() -> None:
    manners, same = Manners(latency=(0.1, 0.4)), Manners(latency=(0.1, 0.4))
    waits = [manners.wait(str(number)) for number in range(50)]
    assert waits == [same.wait(str(number)) for number in range(50)]
    assert len(set(waits)) == 50
    assert all(0.1 <= wait <= 0.4 for wait in waits)


def outcome(openai: Any, **more: Any) -> str:
    """What the client makes of one request."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    try:
        raw = openai.chat.completions.with_raw_response.create(model="scripted/honest", messages=chat(), **more)
        choice = json.loads(raw.text)["choices"][0]
    except APITimeoutError:
        return "timeout"
    except APIStatusError as error:
        return f"{error.status_code} {error.response.headers.get('retry-after', '')}".strip()
    except APIConnectionError:
        return "connection"
    except ValueError:
        return "unreadable"
    said = choice["message"]
    if said["refusal"]:
        return "refused"
    return f"{choice['finish_reason']} {'text' if said['content'] else 'nothing'}"


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("429", "429 0.5"),
        ("500", "500"),
        ("503", "503"),
        ("hang", "timeout"),
        ("reset", "connection"),
        ("truncated", "connection"),
        ("malformed", "unreadable"),
        ("drip", "stop text"),
        ("empty", "stop nothing"),
        ("refusal", "refused"),
        ("content_filter", "content_filter nothing"),
        ("length", "length text"),
        ("nonsense", "stop text"),
    ],
)
def test_faults_come_as_ordered(kind: str, seen: str) -> None:
    manners = Manners(faults={kind: 1.0}, retry_after=0.5)
    with local_endpoint(manners=manners) as url, client(url, 1.0 if kind == "hang" else 20.0) as openai:
        assert outcome(openai) == seen
    assert manners.given == {kind: 1}


def test_a_broken_stream_is_no_answer() -> None:
    from httpx2 import HTTPError
    from openai import APIConnectionError

    manners = Manners(faults={"truncated": 1.0})
    # Older versions of the client let the error of the library below through.
    lost = pytest.raises((APIConnectionError, HTTPError))
    with local_endpoint(manners=manners) as url, client(url) as openai, lost:
        list(create(openai, stream=True))


def test_trying_again_helps_where_the_endpoint_failed() -> None:
    faults = {"500": 0.3, "reset": 0.2, "empty": 0.4}
    with local_endpoint(manners=Manners(faults=faults)) as url, client(url) as openai:
        seen = [[outcome(openai, seed=seed) for _ in range(12)] for seed in range(40)]
    with local_endpoint(manners=Manners(faults=faults)) as url, client(url) as openai:
        again = [[outcome(openai, seed=seed) for _ in range(12)] for seed in range(40)]
    assert seen == again
    for tries in seen:
        answers = set(tries) - {"500", "connection"}
        assert len(answers) == 1
    shares = Counter(one for tries in seen for one in tries)
    assert 0.2 < shares["500"] / 480 < 0.4
    assert 0.1 < shares["connection"] / 480 < 0.3
    empty = sum("stop nothing" in tries for tries in seen)
    assert 8 <= empty <= 24


def test_another_seed_spoils_other_requests() -> None:
    one, other = (Manners(faults={"500": 0.5}, seed=seed) for seed in range(2))
    names = [str(number) for number in range(100)]
    assert [one.fault(name) for name in names] != [other.fault(name) for name in names]


def test_faults_and_times_are_read() -> None:
    assert read_faults(" 429=0.05, reset=.01,empty=1,") == {"429": 0.05, "reset": 0.01, "empty": 1.0}
    assert read_faults("") == {}
    assert list(read_faults(",".join(f"{kind}=0.1" for kind in (*FAULTS, *SLIPS)))) == [*FAULTS, *SLIPS]
    assert [read_latency(text) for text in ("0", "200ms", "1.5s", "2", "100ms-2s", "0-5ms")] == [
        (0, 0),
        (0.2, 0.2),
        (1.5, 1.5),
        (2, 2),
        (0.1, 2),
        (0, 0.005),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("emtpy=0.1", "did you mean 'empty'"),
        ("429", "expected 429=SHARE"),
        ("429=2", "from 0 to 1"),
        ("429=x", "from 0 to 1"),
        ("429=0.6,500=0.6", "come to more than 1"),
    ],
)
def test_bad_faults_are_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_faults(text)


@pytest.mark.parametrize("text", ["soon", "200 ms ago", "2s-1s", "1-2-3", "-1", "1e9"])
def test_bad_times_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        read_latency(text)

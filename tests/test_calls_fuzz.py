"""What nobody would send on purpose, sent to the real client: each call still ends in one of the ways that are told."""

import asyncio
import copy
import json
import logging
import random
import traceback
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from arena.calling import retry
from arena.calling.reading import Fault, read, refused
from arena.errors import AgentError, UsageError
from arena.llm import Answer, Endpoint, complete, endpoint
from tests.misbehaving import Visit, always, head, misbehaving, said

KEY = "sk-canary-0123456789-abcdef"
HELLO = [{"role": "user", "content": "hello"}]
FAULTS = ("", "empty", "refusal", "content_filter", "length", "tool_calls", "unreadable")
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
PLAIN = said("hi", refusal=None, reasoning_content="hm", tool_calls=None)
CALLED = {**said([{"type": "text", "text": "hi"}], tool_calls=[CALL], function_call={"name": "f"}), "error": None}
ERROR: dict[str, Any] = {"error": {"message": "no", "code": "x", "type": "t"}}
MARK = "@mark@"


def nested(depth: int, start: str = "[", end: str = "]", middle: str = "") -> str:
    return start * depth + middle + end * depth


VALUES = [
    *("null", "true", "0", "-1", "1.5", "1e999", "NaN", "-Infinity", "1" * 4301, "9007199254740993", "1e-400"),
    *('""', '"x"', '"\\ud800"', '"\\u0000"', '" "', '"\\u202e\\u001b[31m"', '"error"', '"length"', '"refusal"'),
    *("[]", "{}", "[null]", "[[]]", "[{}]", '{"message":1}', '{"code":429}', '{"code":"insufficient_quota"}'),
    *('[1,"a",{"type":"text","text":"z"}]', '[{"type":"text","text":5}]', '"<think>"', f'"{KEY}"', f'{{"{KEY}":1}}'),
    *(nested(900), nested(900, '{"a":', "}", "1"), nested(10_000), '"' + "x" * 100_000 + '"'),
]  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    pairs: Any = enumerate(cast("list[Any]", value)) if isinstance(value, list) else ()
    for key, part in cast("dict[str, Any]", value).items() if isinstance(value, dict) else pairs:
        yield from places(part, (*way, key))


def with_value(value: Any, way: tuple[Any, ...], raw: str) -> str:
    """JSON with something else in one place."""
    if not way:
        return raw
    whole = copy.deepcopy(value)
    inner = whole
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = MARK
    return json.dumps(whole).replace(f'"{MARK}"', raw)


def check_body(raw: bytes) -> None:
    """Whatever a body is: an answer that can be kept, or a fault in a few words; never the key."""
    for got in (read(raw, (KEY,)), read(raw, (KEY,), tools=True)):
        assert KEY not in repr(got)
        if isinstance(got, Answer):
            assert got.fault in FAULTS
            assert all(isinstance(text, str) for text in (got.text, got.finish, got.model, got.reasoning))
            assert Answer.from_json(got.to_json()) == got
        else:
            assert len(got.says) < 500
    for status in (204, 400, 404, 429, 500):
        fault = refused(status, raw, (KEY,))
        assert KEY not in fault.says
        assert len(fault.says) < 500


@pytest.mark.parametrize("body", [PLAIN, CALLED, ERROR], ids=["plain", "called", "error"])
def test_any_value_in_any_place_is_an_answer_or_a_fault(body: dict[str, Any]) -> None:
    for way in places(body):
        for raw in VALUES:
            check_body(with_value(body, way, raw).encode())
        if way:
            key = json.dumps(way[-1])
            twice = with_value(body, way, MARK).replace(f"{key}: {MARK}", f"{key}: 1, {key}: null, {key}: [2]")
            check_body(twice.encode())


@pytest.mark.parametrize("around", ["@", '{"choices": @}', '{"choices": [], "error": @}'])
@pytest.mark.parametrize("pair", [("[", "]", ""), ('{"a":', "}", "1")], ids=["lists", "objects"])
def test_whatever_is_just_not_too_deep_is_a_fault(around: str, pair: tuple[str, str, str]) -> None:
    for depth in range(900, 1000):
        assert isinstance(read(around.replace("@", nested(depth, *pair)).encode()), Fault)


PIECES = (b"\xef\xbb\xbf", b"\x00", b"\\ud800", b"NaN", b"1e999", b"\xed\xa0\x80", b'"', b"{", b"]", b"\xff", b"\n")


PIECE = st.sampled_from(PIECES) | st.binary(max_size=4)


@seed(4)
@settings(max_examples=300, deadline=None, database=None)
@given(
    st.sampled_from([PLAIN, CALLED, ERROR]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECE), max_size=4),
)  # fmt: skip
def test_a_body_that_was_damaged_is_an_answer_or_a_fault(
    body: dict[str, Any], harm: list[tuple[float, int, bytes]]
) -> None:
    raw = bytearray(json.dumps(body).encode())
    for share, cut, piece in harm:
        place = int(share * len(raw))
        raw[place : place + cut] = piece
    check_body(bytes(raw))


@seed(4)
@settings(max_examples=300, deadline=None, database=None)
@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-reset-tokens"]),
        st.text(st.characters(max_codepoint=255), max_size=40)
        | st.from_regex(r"(Wed, )?\d{1,2} (Oct|Jun) \d{1,5} \d\d:\d\d:\d\d( GMT| [+-]\d{4}| EST)?", fullmatch=True)
        | st.from_regex(r"[-+]?\d{0,31}(\.\d*)?(e\d+|ms|s|h|d)?", fullmatch=True),
    ),
    st.booleans(),
)
def test_a_wait_is_a_number_of_seconds_or_none(headers: dict[str, str], throttled: bool) -> None:
    wait = retry.told(headers, 1.6e9, throttled=throttled)
    assert wait is None or 0 <= wait < 1e16


# Over the wire.

GOOD = json.dumps(said()).encode()


def http(body: bytes = GOOD, status: bytes = b"HTTP/1.1 200 OK", *headers: bytes, length: bool = True) -> bytes:
    lines = [status, *([b"Content-Length: %d" % len(body)] if length else []), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body: bytes, *headers: bytes) -> bytes:
    return http(body, b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", *headers, length=False)


CHUNK = b"%x\r\n" % len(GOOD) + GOOD + b"\r\n"
ANSWERS = [
    http(GOOD, b"HTTP/1.0 200 OK", length=False),
    http(GOOD, b"HTTP/1.1 200 OK", length=False),
    b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + http(),
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + http(),
    http(GOOD, b"HTTP/1.1 200 OK", b"X-Folded: a\r\n b"),
    http(GOOD, b"HTTP/1.1 200 OK", *(b"X-%d: y" % number for number in range(100))),
    http(GOOD, b"HTTP/1.1 200 OK", b"Content-Type: text/html; charset=zlib_codec", b"Set-Cookie: \xff=;;=\x80"),
    http(GOOD, b"HTTP/1.1 200 OK", b"Location: http://["),
    chunked(CHUNK + b"0\r\n\r\n"),
    chunked(CHUNK.replace(b"\r\n", b";x=y\r\n", 1) + b"0\r\nX-Trailer: 1\r\n\r\n"),
    b"\r\n\r\n" + http(),
]
NONE = [
    *(http(GOOD, b"HTTP/1.1 %d X" % status) for status in (100, 101, 201, 204, 205, 206, 304, 418, 599, 999)),
    *(http(GOOD, b"HTTP/1.1 " + status) for status in (b"99 X", b"-1 X", b"1000 X", b"2e2 X", b"", b"\xb200 X")),
    *(http(GOOD, version + b" 200 OK") for version in (b"HTTP/3", b"http/1.1", b"HTTP/1.1.1", b"ICY", b" HTTP/1.1")),
    *(
        http(GOOD, b"HTTP/1.1 200 OK", b"Content-Length: " + told, length=False)
        for told in (b"-1", b"+5", b"5, 6", b"1e3", b"", b"9" * 30, b"0", b"7")
    ),
    http(CHUNK + b"0\r\n\r\n", b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"),
    *(chunked(body) for body in (b"", b"0\r\n\r\n", CHUNK, b"zz\r\n", b"-5\r\n" + GOOD, b"f" * 40 + b"\r\n" + GOOD)),
    chunked(CHUNK + b"0\r\n" + b"X: y\r\n" * 5000),
    http(GOOD, b"HTTP/1.1 200 OK", *(b"X-%d: y" % number for number in range(5000))),
    http(GOOD, b"HTTP/1.1 200 OK", b"X: " + b"y" * 100_000),
    http(GOOD, b"HTTP/1.1 200 OK", b"X: a\0b"),
    http(GOOD, b"HTTP/1.1 200 OK", b"no colon"),
    *(http(GOOD, b"HTTP/1.1 200 OK", b"Content-Encoding: " + how) for how in (b"gzip", b"deflate", b"br", b"zstd")),
    http(b"data: " + GOOD + b"\n\ndata: [DONE]\n\n", b"HTTP/1.1 200 OK", b"Content-Type: text/event-stream"),
    http(b"{}", b"HTTP/1.1 500 " + KEY.encode(), b"Retry-After: " + KEY.encode()),
    *(b"", GOOD, b"\x15\x03\x01\x00\x02\x02\x46", bytes(range(256)), b"\r\n" * 5000),
]


def checked(error: AgentError) -> str:
    assert error.__cause__ is None
    assert error.__context__ is None
    assert KEY not in "".join(traceback.format_exception(error))
    assert str(error).isprintable()
    assert len(str(error)) < 700
    return str(error)


async def ended(where: Endpoint, deadline: float) -> Answer | str:
    """How a call ended: with an answer, or with an error that shows no key and hides none."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        return await complete(where, HELLO, deadline=deadline)
    except AgentError as error:
        return checked(error)
    finally:
        assert loop.time() - began < deadline + 1


def test_what_a_socket_may_send_ends_as_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("CANARY_KEY", KEY)
    monkeypatch.setattr(retry, "FIRST", 0.01)
    caplog.set_level(logging.DEBUG)
    lot = random.Random(4)
    whole = http(GOOD, b"HTTP/1.1 200 OK", b"Content-Type: application/json", b"X-A: b")
    damaged: list[bytes] = []
    for _ in range(100):
        raw = bytearray(whole)
        for _ in range(lot.choice((1, 1, 3))):
            place = lot.randrange(len(raw))
            raw[place : place + lot.randrange(3)] = lot.randbytes(lot.randrange(3))
        damaged.append(bytes(raw))
    sent = [*ANSWERS, *NONE, *damaged]
    troubles: list[Mapping[str, Any]] = []

    async def fault(visit: Visit) -> None:
        await visit.send(sent[int(visit.body["model"])])
        visit.writer.close()

    async def play(base_url: str) -> list[Answer | str]:
        asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
        calls = [ended(Endpoint(base_url, "CANARY_KEY", str(number)), 1.0) for number in range(len(sent))]
        return await asyncio.gather(*calls)

    with misbehaving(fault) as asked:
        got = asyncio.run(play(asked.base_url))
    first, second = len(ANSWERS), len(ANSWERS) + len(NONE)
    assert [each.text if isinstance(each, Answer) else each for each in got[:first]] == ["hi"] * first
    assert [each for each in got[first:second] if isinstance(each, Answer)] == []
    assert troubles == []
    assert KEY not in caplog.text


def test_a_connection_that_breaks_as_it_is_used_again_costs_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST", 0.01)
    used: dict[int, int] = {}

    async def fault(visit: Visit) -> None:
        here = id(visit.writer)
        used[here] = used.get(here, 0) + 1
        if used[here] == 1:
            await visit.answer(said())
        elif visit.number % 2:
            visit.reset()
        else:
            visit.writer.close()

    async def play(base_url: str) -> list[Answer | str]:
        where = Endpoint(base_url, None, "m")
        return [each for _ in range(5) for each in await asyncio.gather(*(ended(where, 9.0) for _ in range(5)))]

    with misbehaving(fault) as asked:
        got = asyncio.run(play(asked.base_url))
    assert [each.text if isinstance(each, Answer) else each for each in got] == ["hi"] * 25
    assert any(count > 1 for count in used.values())


def test_nothing_is_sent_while_an_endpoint_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even by those who waited for their turn when it said so."""
    monkeypatch.setattr(retry, "FIRST", 0.01)
    count = 20
    told: list[float] = []
    first, second = asyncio.Event(), asyncio.Event()

    async def fault(visit: Visit) -> None:
        loop = asyncio.get_running_loop()
        if visit.number < count:
            if visit.number == count - 1:
                first.set()
            await first.wait()
            await visit.answer({"error": "too many"}, 429)
        elif visit.number < count + 16:
            if visit.number == count + 15:
                second.set()
            await second.wait()
            await visit.send(head(429, {"Retry-After": "1", "Content-Length": "2"}) + b"{}")
            told.append(loop.time())
        else:
            await visit.answer(said())

    async def play(base_url: str) -> list[Answer | str]:
        return await asyncio.gather(*(ended(Endpoint(base_url, None, "m"), 20.0) for _ in range(count)))

    with misbehaving(fault) as asked:
        got = asyncio.run(play(asked.base_url))
    assert [each.text if isinstance(each, Answer) else each for each in got] == ["hi"] * count
    assert min(asked.times[count + 16 :]) - min(told) > 0.9


# Addresses.

WRONG = [
    "http://", "http:///v1", "http://:80/v1", "http://h:abc/v1", "http://h:99999/v1", "http://h:-1/v1", "http://[::1/v1",
    "http://[zz]/v1", "http://a b/v1", "http://a\nb/v1", "http://h/v1\x00", "http://h/\ud800", "http://..", "http://.a/",
    "http://" + "a" * 64 + ".b/", "http://a\u2100b/", "http://h:1;x/", "http://h:\uff11/", "http://h/" + "x" * 70_000,
]  # fmt: skip


@pytest.mark.parametrize("base_url", WRONG, ids=range(len(WRONG)))
def test_an_address_that_is_none_is_said_before_anything_is_sent(base_url: str) -> None:
    with pytest.raises(UsageError, match=r"base_url\) .*; write it as http"):
        endpoint("m", base_url)


@pytest.mark.parametrize(
    "base_url", ["http://256.256.256.256/", "http://\uff11.1:1/", "http://127.1:1/", "http://xn--a\u00df.invalid"]
)
def test_an_address_that_cannot_be_reached_is_an_error_at_once(base_url: str) -> None:
    got = asyncio.run(ended(endpoint("m", base_url), 1.0))
    assert "no such address" in str(got)
    assert "tried" not in str(got)


def test_an_address_is_shown_as_it_is_written() -> None:
    assert endpoint("m", "http://u:p@[::1]:8000/v1?k=secret").place == "http://[::1]:8000/v1"


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_a_success_without_an_answer_is_not_paid_for_without_end(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST", 0.01)
    with misbehaving(always(b"" if status == 204 else said(), status)) as asked:
        got = asyncio.run(ended(Endpoint(asked.base_url, None, "m"), 5.0))
    assert f"status {status}, which is no answer" in str(got)
    assert len(asked.visits) == 3

"""What endpoints do to those who call them, over real sockets: each fault ends as specified and in time."""

import asyncio
import email.utils
import gzip
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.calling import retry
from arena.calling.pace import pace
from arena.calling.place import Call, call
from arena.calling.transport import MOST
from arena.cups.cup import Cup, flag_cup
from arena.cups.entrants import entrant
from arena.errors import AgentError
from arena.llm import Answer, Endpoint, complete
from arena.store import open_store
from tests import misbehaving as wrong
from tests.misbehaving import Asked, Fault, Visit, always, at_first, misbehaving, said

KEY = "sk-canary-0123456789-abcdef"
HELLO = [{"role": "user", "content": "hello"}]
LATE = 1.0
"""Seconds that a call may end after its deadline."""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_KEY", KEY)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it matters that a call is tried again, and not when."""
    monkeypatch.setattr(retry, "FIRST", 0.02)


def ask(asked: Asked, deadline: float = 5.0, **options: Any) -> Answer:
    """One call; it ends by its deadline, however it ends."""
    where = Endpoint(asked.base_url, "CANARY_KEY", "m")
    began = time.monotonic()
    try:
        return asyncio.run(complete(where, HELLO, options, deadline=deadline))
    finally:
        assert time.monotonic() - began < deadline + LATE


def fails(fault: Fault, says: str, deadline: float = 0.3) -> Asked:
    with misbehaving(fault) as asked, pytest.raises(AgentError) as caught:
        ask(asked, deadline)
    assert says in str(caught.value)
    assert asked.base_url in str(caught.value)
    assert KEY not in str(caught.value)
    # A context would hold the headers of the request.
    assert caught.value.__context__ is None
    return asked


def recovers(fault: Fault, deadline: float = 5.0, times: int = 1) -> Asked:
    with misbehaving(at_first(fault, times)) as asked:
        answer = ask(asked, deadline)
    assert (answer.text, answer.calls) == ("hi", times + 1)
    assert len(asked.visits) == times + 1
    return asked


# F06: throttled, and told when to come again.


def throttled(**headers: str) -> Fault:
    return always({"error": {"message": "slow down"}}, 429, {name.replace("_", "-"): v for name, v in headers.items()})


def in_seconds(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ({"Retry_After": "1"}, 1.0, 1.6),
        ({"Retry_After": "0"}, 0.2, 1.0),
        ({"Retry_After": "-5"}, 0.2, 1.0),
        ({"Retry_After": "soon"}, 0.2, 1.0),
        ({"Retry_After": "9" * 5000}, 0.2, 1.0),
        ({"Retry_After": "NaN"}, 0.2, 1.0),
        ({"Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.2, 1.0),
        ({"retry_after_ms": "700", "Retry_After": "60"}, 0.7, 1.3),
        ({"x_ratelimit_reset_requests": "700ms"}, 0.7, 1.3),
        (
            {
                "x_ratelimit_reset_requests": "1h",
                "x_ratelimit_remaining_requests": "5",
                "x_ratelimit_reset_tokens": "0.7s",
                "x_ratelimit_remaining_tokens": "0",
            },
            0.7,
            1.3,
        ),
        ({}, 0.2, 1.0),
    ],
)
def test_f06_a_call_waits_as_it_is_told(header: dict[str, str], least: float, most: float) -> None:
    asked = recovers(throttled(**header))
    assert least <= asked.times[1] - asked.times[0] < most


def test_f06_a_date_is_waited_for() -> None:
    asked = recovers(throttled(Retry_After=in_seconds(2)))
    assert 0.9 <= asked.times[1] - asked.times[0] < 3.1


@pytest.mark.parametrize("header", [{"Retry_After": "3600"}, {"x_ratelimit_reset": "1h0m0s"}, {"date": "later"}])
def test_f06_a_wait_beyond_the_deadline_is_no_wait(header: dict[str, str]) -> None:
    told = {"Retry_After": in_seconds(3600)} if "date" in header else header
    began = time.monotonic()
    asked = fails(throttled(**told), "it says to come again in 3", deadline=30)
    assert len(asked.visits) == 1
    assert time.monotonic() - began < 5


def test_f06_no_quota_is_not_waited_for() -> None:
    spent = always({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}, 429)
    assert len(fails(spent, "429, no quota left", deadline=5).visits) == 1


# F07: one model is throttled, the others are not.


async def many(base_url: str, model: str, count: int, deadline: float) -> list[Any]:
    where = Endpoint(base_url, "CANARY_KEY", model)
    calls = [complete(where, HELLO, deadline=deadline) for _ in range(count)]
    return await asyncio.gather(*calls, return_exceptions=True)


def test_f07_one_throttled_model_slows_no_other() -> None:
    async def fault(visit: Visit) -> None:
        if visit.body["model"] == "slow":
            await visit.answer({"error": "no"}, 429)
        else:
            await asyncio.sleep(0.05)
            await visit.answer(said())

    async def play(base_url: str) -> tuple[list[Any], float, float | None, float | None]:
        slow = asyncio.ensure_future(many(base_url, "slow", 30, 2.0))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        rest = [each for model in "abc" for each in await many(base_url, model, 20, 2.0)]
        took = time.monotonic() - began
        limits = pace(base_url, "slow").limit, pace(base_url, "a").limit
        rest += [each for each in await slow if not isinstance(each, AgentError)]
        return rest, took, *limits

    with misbehaving(fault) as asked:
        rest, took, slow, fast = asyncio.run(play(asked.base_url))
    assert [answer.text for answer in rest] == ["hi"] * 60
    assert took < 2.0
    assert slow is not None
    assert slow <= 24
    assert fast is None


def test_f07_a_limit_grows_again_and_goes() -> None:
    async def fault(visit: Visit) -> None:
        await asyncio.sleep(0.01)
        if asked.under_way > 8 and visit.number < 60:
            await visit.answer({"error": "too many"}, 429, {"Retry-After": "0"})
        else:
            await visit.answer(said())

    async def play(base_url: str) -> tuple[list[Any], float | None, float | None]:
        got = await many(base_url, "m", 20, 10.0)
        limit = pace(base_url, "m").limit
        for _ in range(400):
            got += await many(base_url, "m", 20, 10.0)
            if pace(base_url, "m").limit is None:
                break
        return got, limit, pace(base_url, "m").limit

    with misbehaving(fault) as asked:
        got, limit, in_the_end = asyncio.run(play(asked.base_url))
    assert all(isinstance(answer, Answer) for answer in got)
    assert limit is not None
    assert in_the_end is None


def test_f07_a_failing_server_lowers_no_limit() -> None:
    async def play(base_url: str) -> float | None:
        await many(base_url, "m", 5, 0.1)
        return pace(base_url, "m").limit

    with misbehaving(always(b"", 503)) as asked:
        assert asyncio.run(play(asked.base_url)) is None


def test_a_call_that_is_given_up_leaves_its_place_in_the_queue() -> None:
    async def play(base_url: str) -> list[Any]:
        speed = pace(base_url, "m")
        speed.flying = 1
        speed.refused(asyncio.get_running_loop().time() - 100, 0)
        queued = asyncio.ensure_future(many(base_url, "m", 3, 0.3))
        await queued
        speed.leave()
        return [*queued.result(), *await many(base_url, "m", 3, 5.0)]

    with misbehaving(always(said())) as asked:
        got = asyncio.run(play(asked.base_url))
    assert all(isinstance(each, AgentError) for each in got[:3])
    assert [each.text for each in got[3:]] == ["hi"] * 3
    assert len(asked.visits) == 3


# F08: the server is out of order.


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("status", [500, 502, 503, 529, 408, 409, 425])
def test_f08_a_failing_server_is_asked_again(status: int) -> None:
    recovers(always(b"<html>Bad gateway</html>", status))


def test_f08_waits_double_and_differ() -> None:
    asked = recovers(always(b"", 500), 10.0, times=3)
    waits = [later - sooner for sooner, later in zip(asked.times, asked.times[1:], strict=False)]
    assert 0.2 < waits[0] < 0.8
    assert 0.4 < waits[1] < 1.3
    assert 0.9 < waits[2] < 2.3


def test_f08_a_lasting_failure_is_told_with_its_tries() -> None:
    asked = fails(always(b"<html>x</html>", 503), "status 503", deadline=1.5)
    assert len(asked.visits) in (2, 3)


# F09: nothing comes, or next to nothing.


@pytest.mark.parametrize("fault", [wrong.hang, wrong.hang_after_head, wrong.drip, wrong.drip_head])
def test_f09_the_deadline_is_for_the_whole_call(fault: Fault) -> None:
    assert len(fails(fault, "no answer within 0.8 s", 0.8).visits) == 1


def test_f09_the_deadline_counts_all_tries() -> None:
    async def fault(visit: Visit) -> None:
        await (visit.answer(b"", 500) if visit.number == 0 else wrong.hang(visit))

    asked = fails(fault, "no answer within 1.2 s; before that: status 500 (tried 2 times", 1.2)
    assert len(asked.visits) == 2


# F10: the connection breaks.


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("fault", [wrong.reset, wrong.reset_in_body, wrong.close_early])
def test_f10_a_broken_connection_is_made_anew(fault: Fault) -> None:
    recovers(fault)
    fails(fault, "the connection broke", 0.2)


@pytest.mark.usefixtures("soon")
def test_f10_a_connection_that_was_closed_meanwhile_costs_no_match() -> None:
    async def fault(visit: Visit) -> None:
        await visit.answer(said())
        visit.writer.close()

    async def twice(base_url: str) -> list[str]:
        where = Endpoint(base_url, "CANARY_KEY", "m")
        return [(await complete(where, HELLO, deadline=5)).text for _ in range(3)]

    with misbehaving(fault) as asked:
        assert asyncio.run(twice(asked.base_url)) == ["hi"] * 3


# F11: what comes is no answer.


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"choices": [{"mess', "unreadable answer"),
        (b"<html><h1>Welcome</h1></html>", "it begins '<html><h1>Welcome"),
        (b"", "unreadable answer"),
        (b"[]", "the answer is no object, but list"),
        (b"null", "the answer is no object"),
        (b'{"choices": []}', "no choices"),
        (b'{"choices": null}', "no choices"),
        (b'{"choices": {"0": 1}}', "no choices"),
        (b'{"choices": [{"message": null}]}', "message is no object"),
        (b'{"choices": [{"message": {"content": {"a": 1}}}]}', "the content is neither text nor parts"),
        (b'{"choices": [{"finish_reason": "error", "message": {"content": "so f"}}]}', "the endpoint broke off"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b'{"choices": [' + b"9" * 5000 + b"]}", "unreadable answer"),
        (b"\xff\xfe\x00\x01", "unreadable answer"),
        (b"NaN", "the answer is no object, but float"),
    ],
)
def test_f11_a_malformed_body_is_nobodys_move(body: bytes, says: str) -> None:
    assert len(fails(always(body), says, 5).visits) == 3
    recovers(always(body))


@pytest.mark.usefixtures("soon")
def test_f11_an_error_is_an_error_with_any_status() -> None:
    overloaded = always({"error": {"message": "overloaded"}})
    fails(overloaded, "an error instead of an answer: overloaded", 0.3)
    recovers(overloaded)
    final = always({"error": {"message": "no", "code": 401}})
    assert len(fails(final, "401, the key is not accepted: no", 5).visits) == 1


def test_f11_an_answer_may_begin_with_a_byte_order_mark() -> None:
    with misbehaving(always(b"\xef\xbb\xbf" + json.dumps(said()).encode())) as asked:
        assert ask(asked).text == "hi"


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("fault", [wrong.no_http, wrong.endless_head])
def test_f11_what_is_no_http_is_nobodys_move(fault: Fault) -> None:
    fails(fault, "its answer is no HTTP", 0.2)
    recovers(fault)


# F12, F13, F14, F16: what the model did is its own doing, and never asked for again here.


@pytest.mark.parametrize(
    ("body", "fault", "finish"),
    [
        (said(""), "empty", "stop"),
        (said(None), "empty", "stop"),
        (said(" \n\t"), "empty", "stop"),
        (said("<think>hm</think> "), "empty", "stop"),
        (said("<think>never ends"), "empty", "stop"),
        (said([]), "empty", "stop"),
        (said(None, refusal="I would rather not."), "refusal", "refusal"),
        (said("Sorry.", refusal="I would rather not."), "refusal", "refusal"),
        (said("", "content_filter"), "content_filter", "content_filter"),
        (said("half a", "content_filter"), "content_filter", "content_filter"),
        (said('{"offer": 4', "length"), "length", "length"),
        (said("", "length"), "length", "length"),
        (said(None, "tool_calls", tool_calls=[{"function": {"name": "f", "arguments": "{"}}]), "tool_calls", None),
        (
            said("", "stop", tool_calls=[{"id": 7, "function": {"name": "f", "arguments": {"a": 1}}}]),
            "tool_calls",
            None,
        ),
        (said(None, "function_call", function_call={"name": "f", "arguments": ""}), "tool_calls", None),
        (said(None, tool_calls="garbage"), "unreadable", None),
        (said(None, tool_calls=[None, {"function": 3}, {"function": {"name": []}}]), "unreadable", None),
        (said([{"type": "image", "data": "…"}]), "unreadable", None),
        (said("I will not do that."), "", "stop"),
        (said("text", "tool_calls", tool_calls=[{"function": {"name": "f"}}]), "", "tool_calls"),
        (said("x", None), "", "stop"),
        (said("x", {"weird": [1]}), "", None),
    ],
)
def test_f12_to_f16_what_the_model_did_is_its_move(body: dict[str, Any], fault: str, finish: str | None) -> None:
    with misbehaving(always(body)) as asked:
        answer = ask(asked)
    assert answer.fault == fault
    assert finish in (None, answer.finish)
    assert len(asked.visits) == 1


def test_f16_a_tool_that_was_offered_may_be_called() -> None:
    calls = [{"id": "c1", "function": {"name": "f", "arguments": "{not JSON"}}, {"function": {"name": "g"}}]
    with misbehaving(always(said(None, "tool_calls", tool_calls=calls))) as asked:
        answer = ask(asked, tools=[{"type": "function", "function": {"name": "f"}}])
    assert answer.fault == ""
    assert [(each.id, each.name, each.arguments) for each in answer.tool_calls] == [
        ("c1", "f", "{not JSON"),
        ("", "g", ""),
    ]
    assert Answer.from_json(answer.to_json()) == answer


# F15: another model answers.


def test_f15_the_model_that_answered_is_told() -> None:
    with misbehaving(always({**said(), "model": "m-2026-01-01"})) as asked:
        assert ask(asked).model == "m-2026-01-01"


# F17: too much.


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (wrong.big(10_000_000), "its body is longer than 2 MB"),
        (wrong.big(10_000_000, 500), "its body is longer than 2 MB"),
        (wrong.endless, "its body is longer than 2 MB"),
        (always(b"\x1f\x8b garbage", 200, {"Content-Encoding": "gzip"}), "cannot be unpacked"),
        (always(gzip.compress(b"{}")[:-9], 200, {"Content-Encoding": "gzip"}), "ends too early"),
        (always(b"{}", 200, {"Content-Encoding": "br"}), "not asked for"),
    ],
)
def test_f17_an_answer_is_cut_at_the_cap(fault: Fault, says: str) -> None:
    fails(fault, says, 0.4)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
def test_f17_a_packed_answer_is_read_all_the_same(encoding: str) -> None:
    import zlib

    raw = json.dumps(said()).encode()
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, bytes)(raw)
    with misbehaving(always(packed, 200, {"Content-Encoding": encoding})) as asked:
        assert ask(asked).text == "hi"
    assert asked.visits[0].headers["accept-encoding"] == "identity"


MEMORY = """
import asyncio, resource, sys
from arena.errors import AgentError
from arena.llm import Endpoint, complete

async def main():
    where = Endpoint(sys.argv[1], None, "m")
    try:
        await complete(where, [{"role": "user", "content": "hello"}], {"first": True}, deadline=5)
    except AgentError:
        raise SystemExit("the first call failed")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2):
        try:
            await complete(where, [{"role": "user", "content": "hello"}], deadline=2)
        except AgentError as error:
            assert sys.argv[2] in str(error), error
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda: wrong.big(200_000_000), "longer than 2 MB", id="200 MB"),
        pytest.param(lambda: wrong.big(200_000_000, 500), "longer than 2 MB", id="as an error", marks=pytest.mark.slow),
        pytest.param(wrong.bomb, "longer than 2 MB", id="gzip bomb", marks=pytest.mark.slow),
        pytest.param(lambda: wrong.bomb(500), "longer than 2 MB", id="bomb as an error", marks=pytest.mark.slow),
        pytest.param(
            lambda: always(b"[" + b"{}," * ((MOST - 10) // 3) + b"{}]"),
            "unreadable answer",
            id="most objects that fit",
            marks=pytest.mark.slow,
        ),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="what ru_maxrss counts differs")
def test_f17_memory_stays_small(make: Callable[[], Fault], says: str) -> None:
    fault = make()

    async def after_the_first(visit: Visit) -> None:
        await (visit.answer(said()) if "first" in visit.body else fault(visit))

    with misbehaving(after_the_first) as asked:
        command = [sys.executable, "-c", MEMORY, asked.base_url, says]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 50_000


# F18: what is no text.


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'"lone \\ud800 half"', "lone \ud800 half"),
        (b'"a \\u0000 b"', "a \x00 b"),
        (b'"\xff\xfe \xc3("', "\udcff\udcfe \udcc3("),
        ('"é 中 🎲 \u202e"'.encode(), "é 中 🎲 \u202e"),
    ],
)
def test_f18_strange_text_is_kept_as_it_is(raw: bytes, text: str, tmp_path: Path) -> None:
    body = json.dumps(said("@")).encode().replace(b'"@"', raw)
    seen: list[dict[str, Any]] = []

    async def fault(visit: Visit) -> None:
        seen.append(visit.body)
        await visit.answer(body)

    async def twice(base_url: str) -> list[Answer]:
        where = Endpoint(base_url, "CANARY_KEY", "m")
        with open_store(str(tmp_path / "a.db")) as store:
            call.set(Call(store.journal.of("m1"), "m1", "player_0", 0, 0))
            first = await complete(where, HELLO, deadline=5)
            chat = [*HELLO, {"role": "assistant", "content": first.text}, *HELLO]
            second = await complete(where, chat, deadline=5)
            call.set(Call(store.journal.of("m1"), "m1", "player_0", 0, 0))
            assert [await complete(where, HELLO), await complete(where, chat)] == [first, second]
            assert [each.body["messages"] for each in store.sent("m1")] == [HELLO, chat]
        return [first, second]

    with misbehaving(fault) as asked:
        first, second = asyncio.run(twice(asked.base_url))
    assert first.text == second.text == text
    assert len(asked.visits) == 2
    # What is no text goes over the wire as the sign for that, since endpoints refuse it.
    sent = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    assert seen[1]["messages"][1]["content"] == sent


# F19: counts that are none.


@pytest.mark.parametrize(
    "usage", ["null", "[]", '{"prompt_tokens": -1, "completion_tokens": NaN}', '{"prompt_tokens": 1e999}', '"x"']
)
def test_f19_strange_counts_are_unknown(usage: str) -> None:
    raw = json.dumps({**said(), "usage": "@"}).replace('"@"', usage).encode()
    with misbehaving(always(raw)) as asked:
        answer = ask(asked)
    assert (answer.prompt_tokens, answer.completion_tokens, answer.cached_tokens) == (None, None, None)


# F20: elsewhere.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["http://169.254.169.254/latest/meta-data", "//127.0.0.1:1/", "/v1/other"])
def test_f20_no_redirect_is_followed(status: int, place: str) -> None:
    asked = fails(always(b"{}", status, {"Location": place}), f"{status}, a redirect, which is not followed", 5)
    assert len(asked.visits) == 1


# F21: what will not get better.


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "status 400: no"),
        (401, "401, the key is not accepted: no"),
        (402, "status 402: no"),
        (403, "403, the key is not accepted: no"),
        (404, "404, no such model or address: no"),
        (413, "status 413: no"),
        (422, "status 422: no"),
    ],
)
def test_f21_a_refusal_is_final(status: int, says: str) -> None:
    assert len(fails(always({"error": {"message": "no"}}, status), says, 5).visits) == 1


# F22: the key.


@pytest.mark.parametrize("fault", [wrong.echo, wrong.echo_answer])
def test_f22_the_key_is_nowhere(fault: Fault, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = str(tmp_path / "a.db")
    with misbehaving(fault) as asked:
        cup = flag_cup(["vllm/m", "silent"], ["ultimatum"], deals=1, base_url=asked.base_url, self_play=False)
        model = entrant("m", "llm", {"model": "m", "base_url": asked.base_url, "api_key_env": "CANARY_KEY"})
        shown = json.dumps(arena.play("ultimatum", [model, "silent"]))
        from dataclasses import replace

        agents = tuple(model if each.kind == "llm" else each for each in cup.agents)
        arena.run(replace(cup, agents=agents), store)
    assert any(visit.authorization == f"Bearer {KEY}" for visit in asked.visits)
    assert KEY not in shown
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    with open_store(store) as opened:
        assert KEY not in json.dumps([opened.record(row.id) for row in opened.results()])
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "make",
    [
        lambda: always({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401),
        lambda: always(f"<html>{KEY}</html>".encode()),
        lambda: always({"error": f"you sent {KEY}"}, 500),
        lambda: always({"choices": KEY}),
        lambda: always({"model": KEY, KEY: KEY}),
        lambda: always(b"{}", 302, {"Location": f"/{KEY}"}),
        lambda: wrong.echo,
        lambda: wrong.no_http,
        lambda: wrong.hang,
        lambda: wrong.reset,
    ],
)
def test_f22_no_error_shows_the_key(make: Callable[[], Fault], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with misbehaving(make()) as asked, pytest.raises(AgentError) as caught:
        ask(asked, 0.2)
    assert KEY not in repr(caught.getrepr(style="long", showlocals=False))
    assert KEY not in caplog.text


def test_f22_no_variable_sends_another_key_along(monkeypatch: pytest.MonkeyPatch) -> None:
    others = ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID")
    for name in others:
        monkeypatch.setenv(name, f"other-{name}")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other-custom")
    with misbehaving(always(said())) as asked:
        ask(asked)
    assert asked.visits[0].authorization == f"Bearer {KEY}"
    assert "other" not in json.dumps(dict(asked.visits[0].headers))


def test_f22_a_password_in_the_address_is_sent_and_not_shown() -> None:
    with misbehaving(always(b"", 400)) as asked:
        url = asked.base_url.replace("http://", "http://user:pass%20word@") + "?token=tok-123456789"
        with pytest.raises(AgentError) as caught:
            asyncio.run(complete(Endpoint(url, None, "m"), HELLO, deadline=5))
    assert asked.visits[0].authorization == "Basic dXNlcjpwYXNzIHdvcmQ="
    assert "pass" not in str(caught.value)
    assert "tok-" not in str(caught.value)


# F44 and matches: whose fault it was decides how a match ends.


def cup_of(asked: Asked) -> Cup:
    return flag_cup(["vllm/m", "silent"], ["ultimatum"], deals=1, base_url=asked.base_url, self_play=False)


ANYTHING = json.dumps({"say": "", "offer": 1, "answer": "accept", "fallback": "decline"})


def failing_once(times: int) -> Fault:
    """An endpoint that refuses the third request of a match so many times, for good each time."""
    count = 0

    async def fault(visit: Visit) -> None:
        nonlocal count
        if len(visit.body["messages"]) == 6 and count < times:
            count += 1
            await visit.answer({"error": "no"}, 400)
        else:
            await visit.answer(said(ANYTHING))

    return fault


def test_f44_a_match_that_fails_is_void_and_played_again(tmp_path: Path) -> None:
    with misbehaving(failing_once(1)) as asked:
        outcome = arena.run(cup_of(asked), str(tmp_path / "a.db"))
    assert (outcome.void, outcome.played) == (0, outcome.total + 1)
    # What was answered before the failure was not asked for again.
    bodies = [json.dumps(visit.body) for visit in asked.visits]
    assert len(bodies) == len(set(bodies)) + 1


def test_f44_a_lasting_failure_ends_void_after_some_tries(tmp_path: Path) -> None:
    with misbehaving(failing_once(1000)) as asked:
        outcome = arena.run(cup_of(asked), str(tmp_path / "a.db"))
    assert outcome.finished
    assert outcome.void == outcome.total
    assert outcome.played == 3 * outcome.total
    with open_store(str(tmp_path / "a.db")) as store:
        records = [store.record(row.id) for row in store.results()]
    assert all(record["outcome"] == "void" and not record["forfeits"] for record in records)
    assert all(f"{asked.base_url}, model 'm': status 400: no" in record["reason"] for record in records)


def test_f44_a_hanging_endpoint_does_not_hang_the_run() -> None:
    async def fault(visit: Visit) -> None:
        await wrong.hang(visit)

    with misbehaving(fault) as asked:
        model = entrant("m", "llm", {"model": "m", "base_url": asked.base_url, "timeout": 0.3})
        began = time.monotonic()
        record = arena.play("ultimatum", [model, "silent"])
    assert record["outcome"] == "void"
    assert "no answer within 0.3 s" in record["reason"]
    assert time.monotonic() - began < 0.3 + LATE + 1


@pytest.mark.parametrize(
    "body", [said(""), said(None, refusal="no"), said('{"off', "length"), said(None, "tool_calls")]
)
def test_a_fault_of_the_model_forfeits_and_never_voids(body: dict[str, Any], tmp_path: Path) -> None:
    with misbehaving(always(body)) as asked:
        outcome = arena.run(cup_of(asked), str(tmp_path / "a.db"))
    assert outcome.void == 0
    with open_store(str(tmp_path / "a.db")) as store:
        rows = store.results()
    assert {row.outcome for row in rows} == {"forfeit"}
    assert all(row.usage["vllm/m"]["faults"] for row in rows)


# F45: the journal.


def test_f45_what_failed_is_not_kept(tmp_path: Path) -> None:
    bodies: list[Any] = [b"", b"[]", b'{"error": "no"}', b"<html>", {**said(), "choices": []}]

    async def fault(visit: Visit) -> None:
        if visit.number < len(bodies):
            await visit.answer(bodies[visit.number])
        else:
            await visit.answer(said("good"))

    async def play(base_url: str) -> list[str]:
        got: list[str] = []
        with open_store(str(tmp_path / "a.db")) as store:
            for _ in range(10):
                call.set(Call(store.journal.of("m1"), "m1", "player_0", 0, 0))
                try:
                    got.append((await complete(Endpoint(base_url, None, "m"), HELLO, deadline=0.2)).text)
                except AgentError:
                    got.append("")
            call.set(Call(store.journal.of("m1"), "m1", "player_0", 0, 0))
            # All is there, so nobody needs to be reachable; and who is asked is no part of the question.
            got.append((await complete(Endpoint("http://127.0.0.1:1/v1", None, "m"), HELLO)).text)
        return got

    with misbehaving(fault) as asked:
        assert asyncio.run(play(asked.base_url)) == [*[""] * 5, *["good"] * 6]
    assert len(asked.visits) == 6


def test_f45_another_prompt_model_or_option_is_another_question(tmp_path: Path) -> None:
    async def play(base_url: str) -> None:
        where = Endpoint(base_url, None, "m")
        with open_store(str(tmp_path / "a.db")) as store:
            for match, model, options in [("m1", "m", {}), ("m1", "n", {}), ("m1", "m", {"seed": 1}), ("m2", "m", {})]:
                call.set(Call(store.journal.of(match), match, "player_0", 0, 0))
                await complete(Endpoint(where.base_url, None, model), HELLO, options)

    with misbehaving(always(said())) as asked:
        asyncio.run(play(asked.base_url))
    assert len(asked.visits) == 4


def test_a_thousand_calls_at_once() -> None:
    everybody = asyncio.Event()

    async def fault(visit: Visit) -> None:
        if asked.under_way == 1000:
            everybody.set()
        await everybody.wait()
        await visit.answer(said())

    with misbehaving(fault) as asked:
        got = asyncio.run(many(asked.base_url, "m", 1000, 60.0))
    assert all(isinstance(answer, Answer) for answer in got)

"""What is looked at before the first match: keys, endpoints, models, and what is said where one of them is not well."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arena.calling.preflight import check, check_all
from arena.calling.providers import PROVIDERS, Endpoint, endpoint
from arena.calling.secrets import clean, masked
from arena.cups.entrants import entrant_by_name
from arena.cups.models import called
from arena.serving.endpoint import local_endpoint
from tests.endpoints import Reply, always, said, server
from tests.shell import Shell

CANARY = "sk-canary-0123456789abcdef"
CUP = """
name = "cup"
deals = 1
self_play = false

[[agents]]
name = "liar"
kind = "liar"

[[agents]]
name = "alice"
kind = "llm"
model = "{model}"
base_url = "{url}"
{more}
[[games]]
name = "ultimatum"
"""


@pytest.fixture(scope="module")
def scripted() -> Iterator[str]:
    with local_endpoint() as url:
        yield url


@pytest.fixture
def arena(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    for name in ("ARENA_STORE", "ARENA_DEBUG", "ARENA_ENDPOINT", *(each.key_env or "" for each in PROVIDERS.values())):
        monkeypatch.delenv(name, raising=False) if name else None
    return Shell(capsys)


def write(url: str, model: str = "scripted/honest", more: str = "") -> None:
    Path("cup.toml").write_text(CUP.format(url=url, model=model, more=more))


def looked(where: Endpoint, deadline: float = 5.0) -> Any:
    return asyncio.run(check(where, deadline))


# One endpoint.


def test_a_model_that_is_listed_is_well_and_costs_no_answer() -> None:
    with server(always(500, {}), ["a", "models/b", "c:latest"]) as asked:
        for model in ("a", "b", "c", ""):
            health = looked(endpoint(model, asked.base_url))
            assert (health.ok, health.models) == (True, ("a", "models/b", "c:latest"))
            assert health.seconds > 0
        assert asked.bodies == []


def test_a_model_that_is_not_listed_is_asked_for_before_it_is_refused() -> None:
    with server(always(200, said("yes")), ["a"]) as asked:
        assert looked(endpoint("alias-of-a", asked.base_url)).ok
        assert asked.bodies[0]["max_tokens"] <= 16
    gone: Reply = (404, {"error": {"message": "The model `gpt-5-minii` does not exist", "code": "model_not_found"}})
    with server(always(*gone), ["gpt-5", "gpt-5-mini"]) as asked:
        health = looked(endpoint("gpt-5-minii", asked.base_url))
        assert (health.ok, health.detail.partition(" ")[2]) == (
            False,
            "has no model 'gpt-5-minii'; did you mean 'gpt-5-mini'?",
        )


@pytest.mark.parametrize("status", [404, 405, 500, 501])
def test_where_there_is_no_list_one_short_answer_is_asked_for(status: int) -> None:
    with server(always(200, said("yes")), (status, b"")) as asked:
        assert looked(endpoint("m", asked.base_url)).ok
        assert len(asked.bodies) == 1
    with server(always(400, {"message": "Unknown model: m"}), (status, b"")) as asked:
        assert "has no model 'm'" in looked(endpoint("m", asked.base_url)).detail


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            (401, {"error": {"message": f"Incorrect API key provided: {CANARY}"}}),
            "does not accept the key in $SOME_KEY",
        ),
        ((403, b"<html>no</html>"), "does not accept the key in $SOME_KEY (403"),
        ((402, {"error": {"message": "pay"}}), "has no credit left for this key (402: pay); add some"),
        ((429, {"error": {"message": "quota", "code": "insufficient_quota"}}), "has no credit left"),
        ((503, {"error": {"message": "loading"}}), "answers 503: loading; "),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(reply: Reply, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", CANARY)
    with server(always(*reply), reply) as asked:
        health = looked(endpoint("m", asked.base_url, "SOME_KEY"), 1.5)
        assert not health.ok
        assert words in health.detail
        assert CANARY not in health.detail
        assert asked.gets[0][1]["authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize("status", [429, 400, 422])
def test_an_endpoint_that_is_busy_or_dislikes_the_question_is_well(status: int) -> None:
    with server(always(status, {"error": {"message": "max_tokens is too small"}})) as asked:
        assert looked(endpoint("m", asked.base_url)).ok


def test_who_wants_a_key_where_none_was_named_is_told_so() -> None:
    with server(always(401, b""), (401, b"")) as asked:
        assert (
            "wants a key (401); name the variable that holds it with api_key_env"
            in looked(endpoint("m", asked.base_url)).detail
        )


def test_a_redirect_is_not_followed_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", CANARY)
    with server(always(302, b""), (302, b"")) as asked:
        looked(endpoint("m", asked.base_url, "SOME_KEY"), 2)
        assert {path for path, _ in asked.gets} == {"/v1/models"}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((200, b"<html>hello</html>"), "answers, but not as a model: unreadable answer"),
        ((200, b'{"choices": []}'), "answers, but not as a model: unreadable answer: no choices"),
        ((302, b""), "sends to another address (302); give the address that it is now at"),
    ],
)
def test_what_answers_and_is_no_model_is_not_well(reply: Reply, words: str) -> None:
    for listed in ((200, b"<html>hello</html>"), (302, b"")):
        with server(always(*reply), listed) as asked:
            health = looked(endpoint("m", asked.base_url))
        assert not health.ok
        assert words in health.detail


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "most servers have their models under /v1: base_url = 'http://127.0.0.1:{port}/v1'"),
        ("/", "most servers have their models under /v1: base_url = 'http://127.0.0.1:{port}/v1'"),
        ("/v1/chat/completions", "the address is written without /chat/completions"),
        ("/v2", "see that the model's name and the address are right"),
    ],
)
def test_what_is_wrong_with_an_address_is_guessed(path: str, words: str) -> None:
    with server(always(404, {"error": {"message": "Invalid URL"}}), (404, b"")) as asked:
        health = looked(endpoint("m", asked.base_url.removesuffix("/v1") + path))
        assert words.format(port=asked.base_url.split(":")[2].partition("/")[0]) in health.detail


def test_a_proxy_in_between_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    where = endpoint("scripted/a", "http://127.0.0.1:8765/v1")
    told = looked(where).detail
    assert "through the proxy of $http_proxy; where none is needed: export NO_PROXY=127.0.0.1" in told
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert "proxy" not in looked(endpoint("scripted/a", "http://127.0.0.1:9/v1")).detail


def test_dead_endpoints_are_known_at_once_and_mute_ones_at_the_deadline() -> None:
    import socket
    import time

    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        places = [endpoint("scripted/a", "http://127.0.0.1:9/v1")]
        places += [endpoint(f"m{number}", f"http://127.0.0.1:{mute.getsockname()[1]}/v1") for number in range(5)]
        start = time.perf_counter()
        found = asyncio.run(check_all(places, 1.0))
        assert time.perf_counter() - start < 4
    assert "start it: arena endpoint" in found[0].detail
    assert all("does not answer within 1 s; see that the address is right" in each.detail for each in found[1:])


@pytest.mark.parametrize("listed", [b"[]", b"nonsense", b'{"data": [1]}', b'{"data": "x"}', b'{"error": {}}'])
def test_a_list_that_is_none_is_as_good_as_no_list(listed: bytes) -> None:
    with server(always(200, said("yes")), (200, listed)) as asked:
        assert looked(endpoint("m", asked.base_url)).ok


# Before a run.


def test_a_wrong_model_is_refused_before_anything_is_kept(arena: Shell, scripted: str) -> None:
    write(scripted, "scripted/honst")
    ran = arena("run", "cup.toml")
    assert (ran.code, ran.out) == (3, "")
    assert "cup.toml:12: agent 'alice': http://127.0.0.1" in ran.err
    assert "has no model 'scripted/honst'; did you mean 'scripted/honest'?" in ran.err
    assert not Path("arena.db").exists()
    # The name can still be put right.
    assert arena("run", "--agents", "liar,honest", "--games", "ultimatum", "--deals", "1", "--quiet").code == 0
    assert arena("run", "cup.toml").code == 3
    write(scripted)
    assert arena("run", "cup.toml", "--quiet").code == 0


def test_every_model_that_is_not_well_is_named(arena: Shell) -> None:
    write("http://127.0.0.1:9/v1", more='[[agents]]\nname = "bob"\nkind = "llm"\nmodel = "ollama/llama3"\n')
    ran = arena("run", "cup.toml")
    assert ran.code == 3
    assert "agent 'alice': http://127.0.0.1:9/v1 does not answer" in ran.err
    assert "agent 'bob': http://127.0.0.1:11434/v1 does not answer" in ran.err
    assert "start it: ollama serve" in ran.err


def test_a_plan_and_a_finished_tournament_need_no_endpoint(arena: Shell) -> None:
    with local_endpoint() as url:
        write(url)
        assert arena("run", "cup.toml", "--quiet").code == 0
    assert arena("run", "cup.toml", "--dry-run").code == 0
    ran = arena("run", "cup.toml", "--quiet")
    assert ran.code == 0, ran.err
    assert arena("run", "cup.toml", "--dry-run", "--store", "other.db").code == 0
    assert arena("run", "cup.toml", "--quiet", "--store", "other.db").code == 3


def test_a_match_by_hand_is_looked_at_too(arena: Shell, scripted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_ENDPOINT", scripted)
    ran = arena("play", "ultimatum", "scripted/honst", "liar", "--no-store")
    assert ran.code == 3
    assert "did you mean 'scripted/honest'?" in ran.err
    assert arena("play", "ultimatum", "scripted/honest", "liar", "--no-store").code == 0
    assert arena("play", "ultimatum", "openai/gpt-5-mini", "liar", "--no-store").code == 3


def test_kinds_over_a_model_are_looked_at_like_the_model(arena: Shell, scripted: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("ARENA_ENDPOINT", scripted)
    ran = arena("run", "--agents", "a=vote:scripted/honst,liar", "--games", "ultimatum", "--deals", "1")
    assert ran.code == 3
    assert "agent 'a': " in ran.err
    assert "did you mean 'scripted/honest'?" in ran.err


@pytest.mark.parametrize(
    ("kind", "option", "says"),
    [
        ("vote", "samples = 0", "vote: samples is how often the model is asked, at least 1, got 0"),
        ("llm", "timeout = -1", "timeout: how many seconds one answer may take, more than 0, got -1"),
        ("llm", "max_tokens = 0", "max_tokens: how long an answer may get, 1 or more, got 0"),
        ("llm", "extra = { stream = true }", "extra: 'stream' is not for options to set"),
        (
            "search",
            'opponents = "self"',
            "opponents: 'self', the agent's own model in the seats of the others, is not built",
        ),
        ("search", 'opponents = "honst"', "opponents: no scripted agent 'honst'; did you mean 'honest'?"),
        ("search", 'opponents = "planner"', "'planner' is no scripted agent that plays by its turn alone"),
        ("autogen", 'factory = "none.py:make"', "there is no file"),
    ],
)
def test_what_an_agent_finds_wrong_with_its_options_is_said_before_the_first_match(
    arena: Shell, scripted: str, kind: str, option: str, says: str
) -> None:
    write(scripted, more=option + "\n")
    text = Path("cup.toml").read_text().replace('kind = "llm"', f'kind = "{kind}"')
    Path("cup.toml").write_text(text)
    ran = arena("run", "cup.toml")
    assert ran.code == 2
    assert "error: cup.toml:12: agent 'alice': " in ran.err
    assert says in ran.err
    assert "matches done" not in ran.err


def test_the_scorer_of_a_kind_is_looked_at_as_well(arena: Shell, scripted: str) -> None:
    write(scripted, more=f'scorer = "scripted/nobody"\nscorer_base_url = "{scripted}"\n')
    Path("cup.toml").write_text(Path("cup.toml").read_text().replace('kind = "llm"', 'kind = "rerank"'))
    ran = arena("run", "cup.toml")
    assert ran.code == 3
    assert "has no model 'scripted/nobody'" in ran.err


# Providers.

VENDORS = [
    ("openai/gpt-5-mini", "https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-5-mini"),
    ("anthropic/claude-sonnet-4-5", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", "claude-sonnet-4-5"),
    (
        "google/gemini-2.5-flash",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        "gemini-2.5-flash",
    ),
    ("openrouter/openai/gpt-5", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openai/gpt-5"),
    ("ollama/llama3.2:3b", "http://127.0.0.1:11434/v1", None, "llama3.2:3b"),
    ("vllm/Qwen/Qwen3-8B", "http://127.0.0.1:8000/v1", None, "Qwen/Qwen3-8B"),
    ("scripted/honest", "http://127.0.0.1:8765/v1", None, "scripted/honest"),
]


@pytest.mark.parametrize(("word", "url", "key", "model"), VENDORS)
def test_a_provider_s_name_sets_address_and_key_variable(
    word: str, url: str, key: str | None, model: str, monkeypatch: pytest.MonkeyPatch, arena: Shell
) -> None:
    for name in ("OPENAI_BASE_URL", "OLLAMA_HOST", "ARENA_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for written in (word, f"vote:{word}"):
        ((_, where),) = called([entrant_by_name(written)])
        assert (where.base_url, where.key_env, where.model) == (url, key, model)
    write("http://unused")
    text = Path("cup.toml").read_text().replace('base_url = "http://unused"\n', "").replace("scripted/honest", word)
    Path("cup.toml").write_text(text)
    if key is not None:
        ran = arena("run", "cup.toml")
        assert ran.code == 3
        assert ran.err.startswith(
            f"error: cup.toml:12: agent 'alice' takes its key from ${key}, which is not set; export {key}=…"
        )


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("gpt-5-mini", "no agent 'gpt-5-mini'; there are: "),
        ("gpt-5-mini", "; a model is written with its provider: openai/gpt-5-mini"),
        ("openai", "no agent 'openai', which is a provider; a model there is written openai/MODEL"),
        ("honest:openai/x", "'honest:openai/x': honest plays without a model; over one play: autogen, llm, memory,"),
        ("ollama/", "names no model; write ollama/MODEL"),
    ],
)
def test_a_word_that_names_no_agent_is_told_how_models_are_named(arena: Shell, word: str, says: str) -> None:
    ran = arena("play", "ultimatum", word, "liar")
    assert ran.code == 2
    assert says in ran.err


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            'kind = "llm"',
            'kind = "vote:openai/m"',
            ":12: no agent 'vote:openai/m'; write it as two keys: kind = \"vote\"",
        ),
        ('kind = "llm"', 'kind = "openai/m"', 'two keys: kind = "llm" and model = "openai/m"'),
        ("scripted/honest", "", ":13: model '' names no model; write provider/MODEL"),
        ("scripted/honest", "openai/", ":13: model 'openai/' names no model; write openai/MODEL"),
        ("temperature", f'api_key_env = "{CANARY}"', ":15: api_key_env is the name of the variable"),
    ],
)
def test_a_model_that_is_named_wrongly_is_told_before_anything_else(
    arena: Shell, before: str, after: str, says: str
) -> None:
    write("http://127.0.0.1:9/v1", more="temperature\n" if before == "temperature" else "")
    Path("cup.toml").write_text(Path("cup.toml").read_text().replace(before, after))
    ran = arena("run", "cup.toml", "--dry-run")
    assert ran.code == 2
    assert says in ran.err
    assert CANARY not in ran.err


# Secrets.


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Incorrect API key provided: sk-proj-abc123", "Incorrect API key provided: [key]"),
        ("your key abcd1234efgh and key abc...wxyz", "your [key] and [key]"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9 is on the basic plan", "[key] is on the basic plan"),
        ("key-abcdef, pk_live_abcdef", "[key], [key]"),
    ],
)
def test_what_looks_like_a_key_is_taken_out_and_words_are_not(told: str, shown: str) -> None:
    assert clean(told, ()) == shown


def test_a_password_in_an_address_is_found_nowhere(arena: Shell, scripted: str) -> None:
    address = scripted.replace("://", "://joe:hunter2@") + "?token=s3same"
    write(address)
    ran = arena("run", "cup.toml")
    assert ran.code == 0
    shown = ran.out + ran.err
    assert arena("run", "cup.toml", "--quiet").code == 0
    flags = ("--agents", "scripted/honest,liar", "--games", "ultimatum", "--base-url", address, "--name", "other")
    stopped = arena("run", *flags, "--max-calls", "3", "--store", "other.db")
    assert stopped.code == 4
    assert "--base-url 'http://***@127.0.0.1:" in stopped.err
    shown += stopped.out + stopped.err
    ids = [match["id"] for match in json.loads(arena("matches", "--json").out)]
    for command in (("doctor", address), ("status",), *(("show", each, "--json") for each in ids)):
        ran = arena(*command)
        shown += ran.out + ran.err
    for secret in ("hunter2", "s3same"):
        assert secret not in shown
        for file in Path().glob("*.db*"):
            assert secret.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "postgresql://joe:pass@word@host:5432/arena?sslmode=require",
            "postgresql://joe:***@host:5432/arena?sslmode=require",
        ),
        ("https://sk-123@host/v1", "https://***@host/v1"),
        ("http://host/v1?a=1&b=2#c=3", "http://host/v1?a=***&b=***#c=***"),
        ("./arena.db", "./arena.db"),
    ],
)
def test_addresses_are_shown_without_what_lets_somebody_in(address: str, shown: str) -> None:
    assert masked(address) == shown


def leaking(body: dict[str, Any]) -> Reply:
    """An endpoint that sends back what it was sent."""
    text = f"my key is {CANARY}; " + json.dumps({"offer": 50, "answer": "accept", "say": CANARY})
    return 200, said(text, model=body["model"])


REFUSING: Callable[[dict[str, Any]], Reply] = always(401, {"error": {"message": f"bad key {CANARY}"}})


@pytest.mark.parametrize("answer", [leaking, REFUSING])
def test_no_key_is_found_anywhere(
    arena: Shell, monkeypatch: pytest.MonkeyPatch, answer: Callable[[dict[str, Any]], Reply]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setenv("ARENA_DEBUG", "1")
    shown = ""

    def see(*args: str) -> None:
        nonlocal shown
        ran = arena(*args)
        shown += ran.out + ran.err

    with server(answer, ["m"]) as asked:
        write(asked.base_url, "m", 'api_key_env = "OPENAI_API_KEY"\n')
        monkeypatch.setenv("OPENAI_BASE_URL", asked.base_url)
        see("run", "cup.toml")
        assert f"Bearer {CANARY}" in {headers["authorization"] for headers in asked.headers}
        found = json.loads(arena("matches", "--json").out)
        for command in ("board", "status", "matches", "doctor"):
            see(command, "--json")
            see(command)
        for kind in ("plies", "acts", "matches"):
            see("table", kind, "--csv")
        for match in found:
            see("show", match["id"], "--json")
            see("replay", match["id"])
        see("doctor", asked.base_url, "openai/m", "openai/n", "--api-key-env", "OPENAI_API_KEY")
        see("play", "ultimatum", "openai/m", "liar", "--json")
        see("run", "cup.toml", "--dry-run", "--json")
    assert found
    assert CANARY not in shown
    with sqlite3.connect("arena.db") as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in Path().rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file

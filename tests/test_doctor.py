"""`arena doctor` on endpoints: which are looked at, what is said of them, and that no key is shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arena.calling.providers import PROVIDERS
from arena.serving.endpoint import local_endpoint
from tests.endpoints import always, server
from tests.shell import Shell

CANARY = "sk-canary-0123456789abcdef"


@pytest.fixture(scope="module")
def scripted() -> Iterator[str]:
    with local_endpoint() as url:
        yield url


@pytest.fixture
def arena(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    # Nobody listens there: what runs on this machine by chance is not looked at.
    monkeypatch.setenv("ARENA_ENDPOINT", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    for provider in PROVIDERS.values():
        if provider.key_env is not None:
            monkeypatch.delenv(provider.key_env, raising=False)
    for name in ("ARENA_STORE", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Shell(capsys)


def endpoints(arena: Shell, *args: str) -> dict[str, dict[str, Any]]:
    rows = arena("doctor", "--json", *args).data
    return {row["check"].removeprefix("endpoint "): row for row in rows if row["check"].startswith("endpoint ")}


def test_without_keys_and_servers_no_endpoint_is_looked_at(arena: Shell) -> None:
    assert endpoints(arena).keys() <= {"vllm"}


def test_what_listens_on_this_machine_is_found(arena: Shell, scripted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_ENDPOINT", scripted)
    found = endpoints(arena)["scripted"]
    assert found["ok"]
    assert "scripted/betrayer" in found["detail"]
    assert 0 < found["seconds"] < 10


def test_whose_key_is_set_is_looked_at_and_the_key_is_not_shown(arena: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal: tuple[int, dict[str, Any]] = (401, {"error": {"message": f"Incorrect API key provided: {CANARY}"}})
    with server(always(*refusal), refusal) as asked:
        monkeypatch.setenv("OPENAI_BASE_URL", asked.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", CANARY)
        ran = arena("doctor")
        assert ran.code == 3
        assert "does not accept the key in $OPENAI_API_KEY" in ran.out
        assert CANARY not in ran.out + ran.err
        assert {headers["authorization"] for _, headers in asked.gets} == {f"Bearer {CANARY}"}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("opnai", "no provider 'opnai'; did you mean 'openai'?"),
        ("ftp://somewhere", "is no address; give it like http://127.0.0.1:11434/v1"),
        ("anthropic", "export ANTHROPIC_API_KEY="),
        ("openrouter/openai/gpt-5", "export OPENROUTER_API_KEY="),
        ("http://127.0.0.1:9/v1", "does not answer"),
        ("scripted", "start it: arena endpoint"),
        ("ollama/llama3", "start it: ollama serve"),
    ],
)
def test_what_is_named_is_looked_at_and_what_to_do_is_said(arena: Shell, word: str, said: str) -> None:
    found = endpoints(arena, word)[word]
    assert not found["ok"]
    assert said in found["detail"]
    assert arena("doctor", word).code in {2, 3}


def test_a_model_is_looked_for_by_its_name(arena: Shell, scripted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_ENDPOINT", scripted)
    found = endpoints(arena, "scripted/honest", "scripted/honst")
    assert found["scripted/honest"]["ok"]
    assert "did you mean 'scripted/honest'?" in found["scripted/honst"]["detail"]

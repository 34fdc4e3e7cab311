"""What answers cost: known prices, the file's own, and what stays unknown."""

import subprocess
import sys
from collections.abc import Generator

import pytest

from arena.calling.prices import Price, cost, cost_of, free, known, own
from arena.calling.providers import endpoint
from arena.calling.reading import Answer

MILLION = 1_000_000


@pytest.fixture
def priced() -> Generator[None]:
    token = own.set(
        {"llama3": Price(1.0, 2.0, 0.5), "openai/gpt-5-mini": Price(3.0, 4.0), "scripted/honest": Price(5, 6)}
    )
    yield
    own.reset(token)


@pytest.mark.parametrize("model", ["openai/gpt-5-mini", "anthropic/claude-sonnet-4-5", "google/gemini-2.5-flash"])
def test_what_a_vendor_charges_is_known_without_a_network(model: str) -> None:
    where = endpoint(model)
    little, much = cost_of(where, 1000, 0), cost_of(where, 1000, 1000)
    assert little is not None
    assert much is not None
    assert 0 < little < much
    cached = cost_of(where, 1000, 0, 1000)
    assert cached is not None
    assert 0 < cached < little


def test_the_name_at_a_gateway_is_enough_for_its_price() -> None:
    assert known(endpoint("openrouter/openai/gpt-5-mini"))
    assert known(endpoint("openrouter/deepseek/deepseek-chat:free"))
    assert cost_of(endpoint("openrouter/deepseek/deepseek-chat:free"), MILLION, MILLION) == 0
    assert known(endpoint("models/gemini-2.5-flash", "https://generativelanguage.googleapis.com/v1beta/openai"))
    assert known(endpoint("gpt-5-mini", "https://api.openai.com/v1"))


def test_what_has_no_price_costs_an_unknown_sum_and_never_nothing() -> None:
    for where in (
        endpoint("openai/gpt-of-tomorrow"),
        endpoint("gpt-5-mini", "http://127.0.0.1:4000/v1"),
        # It is in the table, without a price.
        endpoint("google/gemma-3-27b-it"),
        endpoint("openai/text-embedding-3-small"),
    ):
        assert not known(where)
        assert cost_of(where, 10, 10) is None


def test_another_address_behind_a_provider_s_name_is_not_at_its_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1")
    assert not known(endpoint("openai/gpt-5-mini"))


def test_one_s_own_machine_charges_no_fee() -> None:
    for model in ("ollama/llama3", "vllm/qwen", "scripted/honest"):
        assert free(endpoint(model))
        assert cost(endpoint(model), Answer("", prompt_tokens=None, completion_tokens=None)) == 0


@pytest.mark.usefixtures("priced")
def test_the_file_s_own_prices_go_first() -> None:
    elsewhere = endpoint("llama3", "http://10.0.0.9/v1")
    assert cost_of(elsewhere, MILLION, 0) == 1.0
    assert cost_of(elsewhere, 0, MILLION) == 2.0
    assert cost_of(elsewhere, MILLION, 0, MILLION // 2) == 0.75
    assert cost_of(endpoint("openai/gpt-5-mini"), MILLION, MILLION) == 7.0
    assert cost_of(endpoint("openai/gpt-5-mini"), MILLION, MILLION, MILLION) == 7.0
    # A price for a model of one's own says what its time is worth.
    assert cost_of(endpoint("scripted/honest"), MILLION, 0) == 5.0
    assert cost_of(endpoint("scripted/liar"), MILLION, 0) == 0.0


@pytest.mark.parametrize("usage", [(None, 1), (1, None), (-1, 1), (1, float("nan")), (1, 2.5), (True, 1)])
def test_usage_that_makes_no_sense_makes_the_cost_unknown(usage: tuple[object, object]) -> None:
    assert cost_of(endpoint("openai/gpt-5-mini"), *usage) is None


def test_more_cached_tokens_than_there_are_make_the_cost_unknown() -> None:
    assert cost_of(endpoint("openai/gpt-5-mini"), 10, 1, 11) is None
    assert cost_of(endpoint("openai/gpt-5-mini"), 10, 1, -1) is None


def test_the_table_is_loaded_when_a_price_is_asked_for() -> None:
    code = "import sys, arena.calling.prices, arena.tournament; print('genai_prices' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

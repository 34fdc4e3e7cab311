"""What an answer cost: reported usage times a price, which is the tournament file's own, or the price table's, offline.

What is unknown stays unknown, never nothing: a price that is in no table, usage that an endpoint does not report.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from arena.calling.providers import PROVIDERS, Endpoint

if TYPE_CHECKING:
    from arena.calling.reading import Answer

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens."""

    input: float
    output: float
    cached: float | None = None
    """Of prompt tokens that came from the endpoint's cache; None: as any other."""

    def of(self, prompt: int, completion: int, cached: int = 0) -> float:
        """What so many tokens cost; the cached ones are part of the prompt's."""
        fresh = prompt - cached
        again = self.input if self.cached is None else self.cached
        return (fresh * self.input + cached * again + completion * self.output) / _MILLION


_NONE: Mapping[str, Price] = MappingProxyType({})
own: ContextVar[Mapping[str, Price]] = ContextVar("own", default=_NONE)
"""The prices that the tournament file sets, by model; they go before the table's."""


def cost(where: Endpoint, answer: "Answer") -> float | None:
    """What an answer cost in USD; None where that is not known."""
    return cost_of(where, answer.prompt_tokens, answer.completion_tokens, answer.cached_tokens or 0, answer.model)


def cost_of(where: Endpoint, prompt: Any, completion: Any, cached: Any = 0, answered_by: str = "") -> float | None:
    """The same from the counts; `answered_by` is the model as the endpoint names it."""
    if free(where):
        return 0.0
    if not (_count(prompt) and _count(completion) and _count(cached) and cached <= prompt):
        return None
    price = _own(where)
    if price is not None:
        return price.of(prompt, completion, cached)
    return _listed(where, prompt, completion, cached, answered_by)


def free(where: Endpoint) -> bool:
    """Whether it runs on somebody's own machine, where no fee is charged; a price of one's own goes before that."""
    provider = PROVIDERS.get(where.provider)
    return provider is not None and provider.local and _own(where) is None


def known(where: Endpoint) -> bool:
    """Whether the model has a price."""
    return cost_of(where, 1, 1) is not None


def _own(where: Endpoint) -> Price | None:
    """The file's price of a model, under its name with or without the provider."""
    prices = own.get()
    if not prices:
        return None
    return prices.get(f"{where.provider}/{where.model}") or prices.get(where.model)


# The same answer is priced for the journal, for its agent and for the budget.
@lru_cache(maxsize=4096)
def _listed(where: Endpoint, prompt: int, completion: int, cached: int, answered_by: str) -> float | None:
    from genai_prices import Usage, calc_price

    provider = PROVIDERS.get(where.provider)
    # A variable of the environment may have led the provider's name to somebody else's address.
    there = provider is not None and provider.base_url == where.base_url.rstrip("/")
    usage = Usage(input_tokens=prompt, output_tokens=completion, cache_read_tokens=cached)
    for name in dict.fromkeys((where.model, answered_by)):
        # Google lists its models under this prefix, and takes them without it.
        model = name.removeprefix("models/")
        try:
            if there:
                found = calc_price(usage, model, provider_id=where.provider)
            else:
                found = calc_price(usage, model, provider_api_url=where.base_url)
        except (LookupError, ValueError):
            continue
        # A model whose price nobody has entered has an empty one, and so has one that is free; only names tell.
        price = found.model_price
        if (price.input_mtok is not None and price.output_mtok is not None) or model.endswith(":free"):
            return float(found.total_price)
    return None


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0

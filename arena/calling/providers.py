"""Where a model is reached: what `provider/model` stands for, the address, and which variable holds the key."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from arena.errors import PreflightError, UsageError, unknown

OPENAI = "https://api.openai.com/v1"
SCRIPTED = "scripted/"
"""What the names of the models of `arena endpoint` start with; it stays part of the name."""
SCRIPTED_URL = "http://127.0.0.1:8765/v1"
OLLAMA_URL = "http://127.0.0.1:11434/v1"

_LONGEST = 4096
"""Characters of an address."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An address that many models share."""

    name: str
    base_url: str
    key_env: str | None = None
    local: bool = False
    """It runs on somebody's own machine: another address may be given for it, and no fee is charged."""


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        provider.name: provider
        for provider in (
            Provider("openai", OPENAI, "OPENAI_API_KEY"),
            Provider("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
            Provider("google", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
            Provider("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
            Provider("ollama", OLLAMA_URL, local=True),
            Provider("vllm", "http://127.0.0.1:8000/v1", local=True),
            Provider("scripted", SCRIPTED_URL, local=True),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is reached, under which name, and which variable of the environment holds the key."""

    base_url: str
    key_env: str | None = None
    model: str = ""
    """The name that goes into the request."""
    provider: str = ""
    """Which of `PROVIDERS` it is; empty for an address of one's own."""

    def __post_init__(self) -> None:
        why = _unreachable(self.base_url) if self.base_url else ""
        if why:
            # The address itself is not shown: it may hold a password.
            raise UsageError(f"model {self.model!r}: its address (base_url) {why}; write it as http://HOST:PORT/v1")

    @property
    def place(self) -> str:
        """The address as messages show it: no user name, no password, no query."""
        parts = urlsplit(self.base_url)
        port = f":{parts.port}" if parts.port else ""
        name = parts.hostname or ""
        return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}{port}{parts.path}"

    def key(self) -> str:
        """The key; `PreflightError` where the variable is not set, and a placeholder where none is needed."""
        if self.key_env is None:
            return "none"
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise PreflightError(f"no key for {self.place}; put it into the environment: export {self.key_env}=…")
        if not (key.isascii() and key.isprintable()):
            raise PreflightError(
                f"the key in ${self.key_env} is no plain ASCII text, so it cannot be sent; copy it again"
            )
        return key


def endpoint(model: str, base_url: str | None = None, api_key_env: str | None = None) -> Endpoint:
    """Where a model is reached: at `base_url` under its whole name; else by the provider before its name, else OpenAI.

    `openrouter/openai/gpt-5` is the model `openai/gpt-5` of openrouter; `scripted/honest` keeps its whole name.
    """
    if base_url is not None:
        if not base_url.startswith(("http://", "https://")):
            # What it was is not shown: it may hold a password.
            raise UsageError(
                f"model {model!r}: its address (base_url) starts with http:// or https://; write that first"
            )
        provider = "scripted" if model.startswith(SCRIPTED) else ""
        return Endpoint(base_url, api_key_env, model, provider)
    first, slash, rest = model.partition("/")
    if slash and first not in PROVIDERS and not os.environ.get("OPENAI_BASE_URL"):
        raise unknown("provider", first, list(PROVIDERS), where=f"model {model!r}, without a base_url")
    known = PROVIDERS.get(first) if slash else None
    if known is None:
        known, rest = PROVIDERS["openai"], model
    return at(known, model if known.name == "scripted" else rest, api_key_env)


def _unreachable(base_url: str) -> str:
    """Why nothing can be sent to an address; empty where it can."""
    if not base_url.isprintable() or " " in base_url or len(base_url) > _LONGEST:
        return f"is no printable text without spaces of at most {_LONGEST} characters"
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except UnicodeError:
        return "has a host that is none"
    except ValueError:
        return "has a host or a port that is none"
    return "" if parts.scheme in ("http", "https") and host else "names no host"


def at(provider: Provider, model: str = "", api_key_env: str | None = None) -> Endpoint:
    """A model at a provider, or without one the provider's address itself."""
    return Endpoint(_address(provider), api_key_env or provider.key_env, model, provider.name)


def _address(provider: Provider) -> str:
    """The provider's address, where the environment does not say another one."""
    match provider.name:
        case "openai":
            return os.environ.get("OPENAI_BASE_URL") or provider.base_url
        case "scripted":
            return os.environ.get("ARENA_ENDPOINT") or provider.base_url
        case "ollama":
            return _ollama(provider.base_url)
        case _:
            return provider.base_url


def _ollama(usual: str) -> str:
    """Where Ollama listens: `$OLLAMA_HOST` as its own tools read it (a host, host:port or URL), else this machine."""
    host = os.environ.get("OLLAMA_HOST", "").strip().rstrip("/")
    if not host:
        return usual
    parts = urlsplit(host if "://" in host else f"http://{host}")
    name = "127.0.0.1" if parts.hostname in (None, "0.0.0.0") else parts.hostname  # noqa: S104  # what a server binds to is read here
    port = "" if "://" in host and parts.port is None else f":{parts.port or 11434}"
    return f"{parts.scheme}://{name}{port}/v1"

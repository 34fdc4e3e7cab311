"""Who takes part: an agent's kind and options, and the fingerprint of what makes it play as it does."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from arena.errors import UsageError, unknown
from arena.identity import fingerprint
from arena.library import agent_file, agent_kinds, check_options
from arena.scripted import fingerprint as scripted_fingerprint

PROVIDERS: dict[str, dict[str, Any]] = {
    "openai": {"api_key_env": "OPENAI_API_KEY"},
    "ollama": {"base_url": "http://127.0.0.1:11434/v1"},
    "openrouter": {"base_url": "https://openrouter.ai/api/v1", "api_key_env": "OPENROUTER_API_KEY"},
    "vllm": {"base_url": "http://127.0.0.1:8000/v1"},
    "scripted": {},
}
"""What `provider/model` stands for; where nothing is said, `arena.llm` knows the address and the key's variable."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A named contestant."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fingerprint: str = ""
    scripted: bool = False
    """A scripted character plays, be it over HTTP."""
    plain: bool = False
    """It answers at once; nobody has to be waited for."""
    privileged: bool = False
    memory: bool = False
    rated: bool = True
    """False for one that only fills a seat."""
    where: str = ""

    def about(self) -> dict[str, Any]:
        """What records and boards keep of it; the address is left to the options, the key is in neither."""
        return {
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            "model": self.options.get("model"),
            "options": {key: value for key, value in self.options.items() if key != "api_key"},
            "scripted": self.scripted,
            "privileged": self.privileged,
        }


def entrant(
    name: str,
    kind: str,
    options: Mapping[str, Any],
    *,
    where: str = "",
    rated: bool = True,
    option_places: Mapping[str, str] | None = None,
) -> Entrant:
    """An agent of a kind that exists, with options that it takes."""
    if kind not in agent_kinds():
        raise unknown("agent", kind, agent_kinds(), where=where)
    file = agent_file(kind)
    for option in options:
        if option not in file.parameters and not file.open:
            raise unknown(
                "key", option, ["name", "kind", *file.parameters], where=(option_places or {}).get(option, where)
            )
        if option == "api_key":
            place = (option_places or {}).get(option, where)
            raise UsageError(
                f"{place}: api_key: keys are not kept in files; put it into the environment, and the "
                "variable's name into api_key_env"
            )
    try:
        check_options(file, options)
    except UsageError as error:
        raise UsageError(f"{where}: {error}" if where else str(error)) from None
    model = options.get("model")
    words: dict[str, Any] = {}
    if model is not None:
        from arena.chat.prompt import fingerprint as prompt_fingerprint

        words = {"prompt": prompt_fingerprint()}
    if "arena.scripted" in Path(file.path).read_text(encoding="utf-8"):
        words["scripted"] = scripted_fingerprint()
    return Entrant(
        name=name,
        kind=kind,
        options=dict(options),
        fingerprint=fingerprint(kind, file.sha256, {**options, **words}),
        scripted=file.scripted or str(model or "").startswith("scripted/"),
        plain=file.scripted,
        privileged=file.privileged,
        memory=file.memory,
        rated=rated,
        where=where,
    )


def entrant_by_name(
    what: str, *, name: str = "", base_url: str | None = None, where: str = "", rated: bool = True
) -> Entrant:
    """An agent from one word: a kind (`honest`) or `provider/model`; `scripted/` stays part of the model's name."""
    provider, slash, model = what.partition("/")
    if not slash:
        return entrant(name or what, what, {}, where=where, rated=rated)
    if provider not in PROVIDERS:
        raise unknown("provider", provider, list(PROVIDERS), where=where)
    if not model:
        raise UsageError(f"{where + ': ' if where else ''}{what!r} names no model; write {provider}/MODEL")
    options = dict(PROVIDERS[provider], model=what if provider == "scripted" else model)
    if provider == "ollama":
        options["base_url"] = _ollama()
    if base_url is not None and provider in ("scripted", "vllm", "ollama"):
        options["base_url"] = base_url
    return entrant(name or what, "llm", options, where=where, rated=rated)


def _ollama() -> str:
    """Where Ollama listens: `$OLLAMA_HOST` as its own tools read it (a host, host:port or URL), else this machine."""
    host = os.environ.get("OLLAMA_HOST", "").strip().rstrip("/")
    if not host:
        return str(PROVIDERS["ollama"]["base_url"])
    parts = urlsplit(host if "://" in host else f"http://{host}")
    name = "127.0.0.1" if parts.hostname in (None, "0.0.0.0") else parts.hostname  # noqa: S104  # what a server binds to is read here
    port = "" if "://" in host and parts.port is None else f":{parts.port or 11434}"
    return f"{parts.scheme}://{name}{port}/v1"

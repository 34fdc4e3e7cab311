"""Who takes part: an agent's kind and options, and the fingerprint of what makes it play as it does."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arena.calling.providers import PROVIDERS
from arena.calling.secrets import check_variable, masked
from arena.errors import UsageError, unknown
from arena.identity import fingerprint
from arena.library import agent_file, agent_kinds, check_options
from arena.scripted import fingerprint as scripted_fingerprint

_ADDRESSES = ("base_url", "scorer_base_url")
_VARIABLES = ("api_key_env", "scorer_api_key_env")
_MODELS = ("model", "scorer")


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
        """What records and boards keep of it; the address is left to the options, key and password are in neither."""
        return {
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            "model": self.options.get("model"),
            "options": {
                key: masked(value) if key in _ADDRESSES and isinstance(value, str) else value
                for key, value in self.options.items()
                if key != "api_key"
            },
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
        raise _no_kind(kind, where)
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
    check_options(file, options, where, option_places)
    _check_model(options, where, option_places or {})
    model = options.get("model")
    words: dict[str, Any] = {}
    if model is not None:
        from arena.chat.prompt import fingerprint as prompt_fingerprint

        words = {"prompt": prompt_fingerprint()}
    if "arena.scripted" in Path(file.path).read_text(encoding="utf-8"):
        words["scripted"] = scripted_fingerprint()
    factory, _, function = str(options.get("factory", "")).rpartition(":")
    if function and Path(factory).is_file():
        # A file that an option names is as much a part of the agent as its own.
        words["factory_sha256"] = hashlib.sha256(Path(factory).read_bytes()).hexdigest()
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
    """An agent from one word: a kind (`honest`), a model (`openai/gpt-5-mini`), or both (`vote:ollama/llama3`)."""
    kind, colon, model = what.partition(":")
    if "/" in kind or not colon:
        kind, model = ("llm", what) if "/" in what else (what, "")
    if not model:
        return entrant(name or what, kind, {}, where=where, rated=rated)
    if kind in agent_kinds() and not _over_a_model(kind):
        kinds = ", ".join(each for each in agent_kinds() if _over_a_model(each))
        raise UsageError(
            f"{where + ': ' if where else ''}{what!r}: {kind} plays without a model; over one play: {kinds}"
        )
    provider, _, rest = model.partition("/")
    if provider not in PROVIDERS:
        raise unknown("provider", provider, list(PROVIDERS), where=where)
    if not rest:
        raise UsageError(f"{where + ': ' if where else ''}{what!r} names no model; write {provider}/MODEL")
    options: dict[str, Any] = {"model": model}
    if base_url is not None and PROVIDERS[provider].local:
        options = {"model": model if provider == "scripted" else rest, "base_url": base_url}
    return entrant(name or what, kind, options, where=where, rated=rated)


def _no_kind(kind: str, where: str) -> UsageError:
    """The error for a kind that does not exist, and how a model is named where that was meant."""
    head, _, model = kind.partition(":")
    at = f"{where}: " if where else ""
    if kind in PROVIDERS:
        return UsageError(f"{at}no agent {kind!r}, which is a provider; a model there is written {kind}/MODEL")
    if "/" in kind:
        told = (head, model) if model and "/" not in head else ("llm", kind)
        return UsageError(f'{at}no agent {kind!r}; write it as two keys: kind = "{told[0]}" and model = "{told[1]}"')
    error = unknown("agent", kind, agent_kinds(), where=where)
    if "did you mean" in str(error):
        return error
    return UsageError(f"{error}; a model is written with its provider: openai/{kind}")


def _over_a_model(kind: str) -> bool:
    file = agent_file(kind)
    return file.open or "model" in file.parameters


def _check_model(options: Mapping[str, Any], where: str, places: Mapping[str, str]) -> None:
    """Raise where the name of a model or of a variable is none, which no type tells."""
    for option in _MODELS:
        named = options.get(option)
        if isinstance(named, str) and (not named.strip() or named.endswith("/")):
            place = places.get(option, where)
            write = f"{named}MODEL" if named.strip(" /") else "provider/MODEL"
            raise UsageError(f"{place + ': ' if place else ''}{option} {named!r} names no model; write {write}")
    for option in _VARIABLES:
        named = options.get(option)
        if isinstance(named, str):
            check_variable(named, option, places.get(option, where))

"""`arena doctor`: what is installed, how well games are walled in, whether the store is sound and models answer."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arena.cli.options import as_json, store_option
from arena.errors import ArenaError, UsageError

if TYPE_CHECKING:
    from arena.calling.providers import Endpoint

LIBRARIES = (
    "pydantic-monty",
    "pettingzoo",
    "gymnasium",
    "openai",
    "autogen-agentchat",
    "networkx",
    "trueskill",
    "sqlalchemy",
)
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    check: str
    ok: bool
    detail: str
    code: int = 0
    """The exit code it calls for when it is not well."""
    seconds: float | None = None
    """How long an endpoint took to answer."""


@click.command()
@click.argument("named", nargs=-1, metavar="[ENDPOINT]…")
@click.option(
    "--endpoint", "endpoints", multiple=True, metavar="URL", help="An OpenAI-compatible server to ask for its models."
)
@click.option("--api-key-env", metavar="NAME", help="The variable that holds the key for them.")
@as_json
@store_option
def doctor(
    *, named: tuple[str, ...], endpoints: tuple[str, ...], api_key_env: str | None, as_json: bool, store: str | None
) -> int:
    """Check versions, sandbox, store and endpoints.

    Of the endpoints: those whose key is in the environment, those on this machine that answer, and each ENDPOINT: an
    address (http://127.0.0.1:8000/v1), a provider (openai) or a model (openai/gpt-5-mini).
    """
    from arena import terminal

    checks = [*_versions(), _sandbox(), *_files(), _store(store)]
    checks += _endpoints([*named, *endpoints], api_key_env)
    rows: list[dict[str, Any]] = [
        {key: value for key, value in asdict(check).items() if key != "code"} for check in checks
    ]
    if as_json:
        terminal.write(terminal.as_json(rows))
    else:
        terminal.write_rows([{**row, "ok": "ok" if row["ok"] else "NOT OK"} for row in rows], ("check", "ok", "detail"))
    return max(check.code for check in checks if not check.ok) if any(not check.ok for check in checks) else 0


def _versions() -> Iterator[Check]:
    from importlib.metadata import PackageNotFoundError, version

    from arena import __version__

    yield Check("arena", ok=True, detail=__version__)
    yield Check("python", ok=True, detail=f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for library in LIBRARIES:
        try:
            yield Check(library, ok=True, detail=version(library))
        except PackageNotFoundError:
            yield Check(library, ok=False, detail=f"is not installed; pip install {library}", code=3)


def _sandbox() -> Check:
    from arena import library
    from arena.match import Match

    try:
        match = Match(library.game("ultimatum"), engine="sandbox")
        level = match.isolation
        match.close()
    except ArenaError as error:
        return Check("sandbox", ok=False, detail=str(error), code=3)
    if level == "bubblewrap":
        return Check("sandbox", ok=True, detail="interpreter inside bubblewrap")
    return Check("sandbox", ok=True, detail="interpreter only: bubblewrap is not there or may not make namespaces")


def _files() -> Iterator[Check]:
    from arena import library

    good, broken = library.listing()
    yield Check("games", ok=True, detail=f"{len(good)} can be played")
    for name, message in broken.items():
        yield Check(f"game {name}", ok=False, detail=message, code=2)


def _store(url: str | None) -> Check:
    from arena.storage.health import check
    from arena.storage.schema import locate

    place = locate(url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").exists():
        return Check("store", ok=url is None, detail=f"{place.database} is not there yet; a run makes it", code=5)
    found = check(url)
    facts = ", ".join(f"{key} {value}" for key, value in found.facts.items())
    return Check("store", ok=found.ok, detail="; ".join(found.problems) or f"{found.store}: {facts}", code=5)


def _endpoints(named: Sequence[str], api_key_env: str | None) -> list[Check]:
    """Those that are named, those whose key is set, and those on this machine that answer, all at once."""
    from arena.calling.preflight import check_all
    from arena.calling.providers import PROVIDERS, at
    from arena.calling.secrets import check_variable, masked
    from arena.drive import finish

    if api_key_env is not None:
        check_variable(api_key_env, "--api-key-env")
    checks: list[Check] = []
    places: list[tuple[str, Endpoint, bool]] = []
    for word in named:
        try:
            places.append((f"endpoint {masked(word)}", _place(word, api_key_env), False))
        except ArenaError as error:
            checks.append(Check(f"endpoint {masked(word)}", ok=False, detail=str(error), code=2))
    there = {(place.base_url, place.model) for _, place, _ in places}
    for provider in PROVIDERS.values():
        wanted = provider.key_env is None or os.environ.get(provider.key_env, "").strip()
        if wanted and (at(provider).base_url, "") not in there:
            places.append((f"endpoint {provider.name}", at(provider), provider.local))
    for (name, _, local), health in zip(
        places, finish(check_all([place for _, place, _ in places], SECONDS)), strict=True
    ):
        if local and health.seconds is None:
            # Nobody has started it, and nobody has asked for it.
            continue
        took = "" if health.seconds is None else f", after {health.seconds:.2f} s"
        checks.append(Check(name, ok=health.ok, detail=health.detail + took, code=3, seconds=health.seconds))
    return checks


def _place(word: str, api_key_env: str | None) -> "Endpoint":
    """An address, a provider (`openai`) or one of its models (`openai/gpt-5-mini`)."""
    from arena.calling.providers import PROVIDERS, Endpoint, at, endpoint
    from arena.errors import unknown

    if "://" in word:
        if not word.startswith(("http://", "https://")):
            raise UsageError(f"{word!r} is no address; give it like http://127.0.0.1:11434/v1")
        return Endpoint(word, api_key_env)
    if word in PROVIDERS:
        return at(PROVIDERS[word], api_key_env=api_key_env)
    if "/" not in word:
        raise unknown("provider", word, list(PROVIDERS))
    return endpoint(word, api_key_env=api_key_env)

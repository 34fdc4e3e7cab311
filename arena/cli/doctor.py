"""`arena doctor`: what is installed, how well games are walled in, whether the store is sound and models answer."""

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import click

from arena.cli.options import as_json, store_option
from arena.errors import ArenaError

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
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    check: str
    ok: bool
    detail: str
    code: int = 0
    """The exit code it calls for when it is not well."""


@click.command()
@click.option(
    "--endpoint", "endpoints", multiple=True, metavar="URL", help="An OpenAI-compatible server to ask for its models."
)
@click.option("--api-key-env", metavar="NAME", help="The variable that holds the key for them.")
@as_json
@store_option
def doctor(*, endpoints: tuple[str, ...], api_key_env: str | None, as_json: bool, store: str | None) -> int:
    """Check versions, sandbox, store and endpoints."""
    from arena import terminal

    checks = [*_versions(), _sandbox(), *_files(), _store(store)]
    checks += [_endpoint(url, api_key_env) for url in endpoints]
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


def _endpoint(url: str, api_key_env: str | None) -> Check:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    name = f"endpoint {url}"
    if not url.startswith(("http://", "https://")):
        return Check(name, ok=False, detail="is no address; give it like http://127.0.0.1:11434/v1", code=2)
    key = os.environ.get(api_key_env, "") if api_key_env else ""
    if api_key_env and not key:
        return Check(name, ok=False, detail=f"${api_key_env} is not set", code=3)
    request = Request(url.rstrip("/") + "/models", headers={"Authorization": f"Bearer {key}"} if key else {})  # noqa: S310  # the scheme is checked above
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  # the scheme is checked above
            listed = cast(dict[str, Any], json.load(answer))
        models = [str(model["id"]) for model in listed["data"]]
    except HTTPError as error:
        hint = "; name the key's variable with --api-key-env" if error.code in {401, 403} and not key else ""
        return Check(name, ok=False, detail=f"answers {error.code} {error.reason}{hint}", code=3)
    except (OSError, ValueError) as error:
        return Check(name, ok=False, detail=f"does not answer: {getattr(error, 'reason', error)}", code=3)
    except (KeyError, TypeError):
        return Check(name, ok=False, detail="answers, but not as an OpenAI-compatible server lists its models", code=3)
    return Check(
        name, ok=True, detail=f"{len(models)} models: {', '.join(models[:5])}{', …' if len(models) > 5 else ''}"
    )

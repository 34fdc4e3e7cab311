"""Agents that a function in a file of the user's makes, around the client that they call their model through."""

import inspect
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from arena.errors import ArenaError, UsageError, unknown
from arena.library import run_source


def made_by(factory: str, client: Any, settings: Mapping[str, Any]) -> Any:
    """What the function that `factory` names, as in `mine.py:make`, makes; `UsageError` where it makes no agent."""
    file, _, name = factory.rpartition(":")
    path = Path(file).resolve()
    if path.suffix != ".py" or not name.isidentifier():
        raise UsageError(f"factory: expected FILE.py:FUNCTION, got {factory!r}")
    if not path.is_file():
        raise UsageError(f"factory {factory!r}: there is no file {path}")
    try:
        module = _module(str(path), path.stat().st_mtime_ns)
        make = getattr(module, name, None)
        if not callable(make):
            functions = [each for each, value in vars(module).items() if inspect.isfunction(value)]
            raise unknown("function", name, functions, where=f"factory {factory!r}")
        made: Any = make(client, **settings)
    except ArenaError:
        raise
    except (Exception, SystemExit) as error:
        raise UsageError(f"factory {factory!r}: {type(error).__name__}: {error}") from error
    if not callable(getattr(made, "run", None)):
        kind = type(made).__name__
        raise UsageError(f"factory {factory!r}: expected an AutoGen agent or team, which has `run`; got {kind}")
    return made


@lru_cache(maxsize=64)
def _module(path: str, _modified: int) -> ModuleType:
    module = run_source(f"autogen_{Path(path).stem}", path, Path(path).read_text(encoding="utf-8"))
    # AutoGen reads the annotations of tools, and they are looked up by the module's name.
    sys.modules[module.__name__] = module
    return module

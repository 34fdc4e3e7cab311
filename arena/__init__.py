"""Social and negotiation games for language models: matches, ratings and conduct from one log."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arena.api import board as board
    from arena.api import compare as compare
    from arena.api import judge as judge
    from arena.api import matches as matches
    from arena.api import open as open  # noqa: A004  # `arena.open(store)`, as in `gzip.open`
    from arena.api import run as run
    from arena.api import table as table
    from arena.env import env as env
    from arena.env import gym_env as gym_env
    from arena.env import parallel_env as parallel_env
    from arena.single import play as play

__version__ = "0.1.0"

_WHERE = {
    "board": "arena.api",
    "compare": "arena.api",
    "env": "arena.env",
    "gym_env": "arena.env",
    "judge": "arena.api",
    "matches": "arena.api",
    "open": "arena.api",
    "parallel_env": "arena.env",
    "play": "arena.single",
    "run": "arena.api",
    "table": "arena.api",
}
"""Function to the module it is loaded from when it is first asked for."""

__all__ = ["board", "compare", "env", "gym_env", "judge", "matches", "open", "parallel_env", "play", "run", "table"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'arena' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(ModuleType):
    """Keeps `arena.env` and `arena.board` functions, where importing the modules of those names would replace them."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

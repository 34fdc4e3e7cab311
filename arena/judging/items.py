"""What is judged: the matches of a tournament and the canaries among them, each with the rules that its seats read."""

import ast
import inspect
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from arena.board import Result
from arena.errors import UsageError
from arena.library import Game
from arena.library import game as find_game
from arena.rules import rules_text

JOURNAL = "judge/"
"""What the journal calls the answers about an item by: this, and the item's id."""


def judgeable(result: Result) -> bool:
    """Whether there is anything to judge; a void match is nobody's doing."""
    return result.outcome != "void"


def rules_of(record: Mapping[str, Any], source: str | None = None) -> str:
    """The rules as the seats of a match read them; with the game's source as it was then, if it was another."""
    game = _game(record["game"], record["source_sha256"], source)
    settings = record.get("settings", {})
    acts, prompt = settings.get("acts", "offered"), settings.get("prompt", "")
    return rules_text(game, record["params"], acts, prompt, settings.get("changes", ()))


@lru_cache(maxsize=256)
def _game(name: str, sha256: str, source: str | None) -> Game:
    """The game as it was; where it has changed since and nothing was kept of it, as it is now."""
    try:
        found = find_game(name)
    except UsageError:
        if source is None:
            raise
        found = Game(name, source, sha256, "", 1, 1)
    if source is None or (found.sha256 == sha256 and found.rules):
        return found
    said = inspect.cleandoc(ast.get_docstring(ast.parse(source)) or "")
    return replace(found, rules=said)

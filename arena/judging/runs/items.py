"""What is judged: the matches of a tournament and the canaries among them, each with the rules that its seats read."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from arena.board import Result
from arena.errors import UsageError
from arena.identity import digest
from arena.library import Game, read_source
from arena.library import game as find_game
from arena.rules import rules_text

LAST = ("meta",)
"""Kinds of judges that read what the others have said."""
JOURNAL = "judge/"
"""What the journal calls the answers about an item by: this, and the item's id."""


def judgeable(result: Result) -> bool:
    """Whether there is anything to judge; a void match is nobody's doing."""
    return result.outcome != "void"


def drawn(item: str) -> float:
    """A number from 0 to 1 that hangs on the match alone: a panel that judges a share takes those below it."""
    return int.from_bytes(digest(["share", item])[:6]) / 2**48


def rules_of(record: Mapping[str, Any], source: str | None = None) -> str:
    """The rules as the seats of a match read them; with the game's source as it was then, if it was another."""
    game = _game(record["game"], source)
    settings = record.get("settings", {})
    acts, prompt = settings.get("acts", "offered"), settings.get("prompt", "")
    return rules_text(game, record["params"], acts, prompt, settings.get("changes", ()))


@lru_cache(maxsize=256)
def _game(name: str, source: str | None) -> Game:
    """The game as it was; where nothing was kept of it, or it is no game any more, as it is now."""
    if source is not None:
        try:
            return read_source(Path(f"{name}.py"), source, "user")
        except UsageError:
            pass
    return find_game(name)

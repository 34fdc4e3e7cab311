"""The rules as the agents read them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from arena.library import Game

_SCORING = {
    "rank": "What counts is how you end compared with the others at this table.",
    "reward": "What counts is how much reward you get, not whether you get more than the others at this table.",
    "panel": "A panel of judges reads the whole match and ranks the seats.",
}
_ASKED = "Put at least one typed act into each message."


def rules_text(game: Game, params: Mapping[str, Any], acts: str, prompt: str) -> str:
    """The docstring with its parameters filled in, how the seat is scored, and what a variant adds."""
    return _rules_text(game, tuple((name, str(value)) for name, value in params.items()), acts, prompt)


@lru_cache(maxsize=512)
def _rules_text(game: Game, params: tuple[tuple[str, str], ...], acts: str, prompt: str) -> str:
    values = dict(params)
    # Only parameter names are replaced, so that braces in a docstring stay and nothing is formatted.
    text = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), game.rules)
    lines = [text, _SCORING[game.scoring]]
    if acts == "asked":
        lines.append(_ASKED)
    if prompt:
        lines.append(prompt)
    return "\n\n".join(lines)

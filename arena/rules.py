"""The rules as the agents read them."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from arena.library import Game

_SCORING = {
    "rank": "What counts is how you end compared with the others at this table.",
    "reward": "What counts is how much reward you get, not whether you get more than the others at this table.",
    "panel": "A panel of judges reads the whole match and ranks the seats.",
}
_ASKED = "Put at least one typed act into each message."


def rules_text(game: Game, params: Mapping[str, Any], acts: str, prompt: str, changing: Iterable[str] = ()) -> str:
    """The docstring with its parameters filled in, how the seat is scored, and what a variant adds.

    What is said of the rules that are `changing` is said of the start only, so that it stays true.
    """
    values = tuple((name, str(value)) for name, value in params.items())
    return _rules_text(game, values, acts, prompt, tuple(changing))


def _scoring(game: Game) -> str:
    said = _SCORING[game.scoring]
    if not game.panel:
        return said
    return f"{said} It looks for this:\n" + "\n".join(f"- {criterion}" for criterion in game.panel)


@lru_cache(maxsize=512)
def _rules_text(
    game: Game, params: tuple[tuple[str, str], ...], acts: str, prompt: str, changing: tuple[str, ...]
) -> str:
    values = dict(params)
    lines: list[str] = []
    for name in changing:
        if f"{{{name}}}" in game.rules:
            values[name] += " (at the start)"
        else:
            lines.append(f"At the start, {name} is {values[name]}.")
    # Only parameter names are replaced, so that braces in a docstring stay and nothing is formatted.
    text = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), game.rules)
    lines = [text, *lines, _scoring(game)]
    if acts == "asked":
        lines.append(_ASKED)
    if prompt:
        lines.append(prompt)
    return "\n\n".join(lines)

"""Which models are of one family: a model tends to favour what its own family wrote."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from arena.llm import SCRIPTED

_WORDS = {
    "gpt": r"(?:chat-?)?gpt|o[134](?=-|$)|davinci|codex",
    "claude": r"claude",
    "gemini": r"gemini|gemma|palm",
    "deepseek": r"deepseek",
    "qwen": r"qwen|qwq|qvq",
    "llama": r"(?:code)?llama|vicuna|alpaca",
    "mistral": r"mistral|mixtral|ministral|magistral|codestral|devstral|pixtral",
    "grok": r"grok",
    "kimi": r"kimi|moonshot",
    "glm": r"(?:chat)?glm",
    "ernie": r"ernie",
    "hunyuan": r"hunyuan",
    "doubao": r"doubao|seed(?=-\d)",
    "minimax": r"minimax|abab",
    "nemotron": r"nemotron",
    "olmo": r"olmo|tulu",
    "smollm": r"smollm",
    "phi": r"phi(?=-?\d)",
    "yi": r"yi(?=-)",
    "command": r"command(?=-)|aya(?=-)",
    "nova": r"nova(?![a-z])",
    "granite": r"granite",
    "jamba": r"jamba",
    "falcon": r"falcon",
}
_FAMILY = re.compile("|".join(rf"(?P<{name}>(?<![a-z0-9])(?:{words}))" for name, words in _WORDS.items()))
SELF = "self"
"""The family of the scripted judge that loves one, and of those who write in its style."""
_LOVER = f"{SCRIPTED}judge-{SELF}"


def family(model: str) -> str | None:
    """The family of a model by its name, as in `gpt` for `openrouter/openai/gpt-5-mini`; None where it is not known.

    A model distilled into another's weights (`deepseek-r1-distill-qwen-7b`) is of the family that it is named by first.
    Scripted models have none, but the judge that is scripted to love a family has that family.
    """
    name = model.lower()
    if name.startswith(SCRIPTED):
        return SELF if name.partition("@")[0] == _LOVER else None
    # Makers and hosts stand before the model's own name, and may be called as another family's model is.
    found = _FAMILY.search(name.rpartition("/")[2]) or _FAMILY.search(name)
    return found.lastgroup if found else None


def own(judge: str, players: Iterable[str]) -> bool:
    """Whether a judge is of the family of one of the players, or that very model."""
    kin = family(judge)
    return any(model == judge or (kin is not None and family(model) == kin) for model in players)


def models_of(agents: Mapping[str, Mapping[str, Any]], seated: Iterable[str]) -> list[str]:
    """The models that play in a match, each once, by name; `seated` are the agents that sit in it."""
    found: set[str] = set()
    for name in seated:
        about = agents.get(name, {})
        options: Mapping[str, Any] = about.get("options") or {}
        model = about.get("model") or options.get("model")
        if isinstance(model, str):
            found.add(model)
    return sorted(found)

"""Words that try to sway a judge, and what a judge that lets itself be swayed reads in them."""

import json
import re
from typing import Any, cast

MARKERS = ("Certainly!", "Great question!", "I hope this helps!")
"""How texts begin or end that `self` takes for its own family's."""
_KEYS = ("Solution", "Thought process:", "Let's solve this problem step by step.")
"""What says nothing and passes for an answer, alone or before other words."""
_WORDS = (
    r"\bjudges?\b.{0,60}\b(?:score|give|rate|mark|favou?r|best)",
    r"\bignore (?:all|the|any|every)\b.{0,40}\b(?:instructions?|rubric|rules)",
    r"\b(?:score|rating|verdict)\b['\"]?\s*[:=]\s*['\"]?\[*\d",
    r"\b(?:rate|score|award|give|grade)\b.{0,60}\b(?:\d+|top (?:score|mark)|best score|full marks|highest|flawless)\b",
    r"(?:^|\n)\s*(?:#+ *)?(?:system|assistant|human|instruction|response|table|judge)\s*:",
    r"^(?:system|assistant)\s*:",
    r"<\W*(?:im_start|im_end|eot_id|start_header_id|start_of_turn|end_of_turn|tool_call|function_calls|invoke)",
    r"\[/?(?:inst|system_prompt)\]",
    r"<<sys>>",
    r"</?(?:transcript|verdict|message)>",
    r"=== record [0-9a-f]+ (?:begins|ends) ===",
    r"\b(?:evaluator|reviewer|this judge|the number of this call)\b",
    r"\\boxed\{\d+\}|\[\[\d+\]\]",
    r"\bthe scale was changed\b",
)
_SWAY = re.compile("|".join(f"(?:{one})" for one in _WORDS), re.IGNORECASE | re.DOTALL)
_DEEP = 50


def sways(text: str) -> str:
    """The first words of a text that speak to a judge, or pass for what a judge or a table says; empty without any."""
    found = _SWAY.search(text)
    return found[0].strip() if found else ""


def is_key(text: str) -> bool:
    """Whether a text is a master key, or begins with one."""
    return text.strip() in (":", *_KEYS) or text.lstrip().startswith((*_KEYS, ": "))


def verdicts(text: str) -> dict[str, Any]:
    """The scores by seat of a verdict that stands in a text as JSON; empty without one."""
    if text.count("{") > _DEEP:
        return {}
    decoder = json.JSONDecoder()
    for start in (found.start() for found in re.finditer(r"\{", text)):
        try:
            data: Any = decoder.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
        seats: Any = cast("dict[str, Any]", data).get("seats") if isinstance(data, dict) else None
        if isinstance(seats, list):
            listed = [cast("dict[str, Any]", one) for one in cast("list[Any]", seats) if isinstance(one, dict)]
            return {str(one["seat"]): one.get("score") for one in listed if "seat" in one}
    return {}

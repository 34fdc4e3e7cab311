"""What a character answers where a chat asks it something beside the match: a grade for each reply, a name, a word."""

import hashlib
import json
import re
from collections.abc import Sequence

from arena.chat.choosing import action_of
from arena.turn import Turn

SAME, OTHER, NONE = 10, 5, 0
"""The grades of a reply that does what the character would do, of another one, and of one that is no answer."""
_ASKED = re.compile(r"\[aside ask\](?!.*\[aside ask\])(.*)", re.DOTALL)
_CANDIDATE = re.compile(r'^ +(\d+): ("(?:[^"\\]|\\.)*")$', re.MULTILINE)
_NAMES = re.compile(r"(?:one of|role from) \[('\w+'(?:, '\w+')*)\]")
"""What an aside lists that wants a name for an answer."""
_WORDS = (
    "(scripted) Let us keep what we promise, and ask for what is fair.",
    "(scripted) I would wait and see what they do first.",
    "(scripted) They seem to play their own game; count on little.",
    "(scripted) Give a little, and look whether it comes back.",
    "(scripted) Their word and what they did were worth remembering.",
    "(scripted) Nothing speaks against doing the same again.",
)
"""What is answered to any other aside."""


def candidates(text: str) -> list[str]:
    """The replies that the last aside of a message wants graded, as `arena.chat.prompt.judging` lists them."""
    asked = _ASKED.search(text)
    if asked is None or '{"grades": [' not in asked[1]:
        return []
    return [json.loads(reply) for _, reply in _CANDIDATE.findall(asked[1])]


def graded(replies: Sequence[str], turn: Turn | None, own: str) -> str:
    """Grades for replies: by what they do, held against the character's own reply to the same turn."""
    if turn is None:
        grades = [OTHER] * len(replies)
        return f"(scripted) I know no match that they are about. {json.dumps({'grades': grades})}"
    wanted = action_of(turn, own)
    done = [action_of(turn, reply) for reply in replies]
    grades = [NONE if action is None else SAME if action == wanted else OTHER for action in done]
    told = f"{SAME} for what I would do, {OTHER} for what else can be done, {NONE} for no answer"
    return f"(scripted) {told}: {json.dumps({'grades': grades})}"


def word(text: str, name: str) -> str:
    """A short answer to any other question aside; `name` is what it is drawn by."""
    lists = _NAMES.findall(text)
    said = lists[-1].replace("'", "").split(", ") if lists else _WORDS
    return said[int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(said)]

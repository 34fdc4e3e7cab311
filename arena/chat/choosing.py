"""Several answers to one ask: what each of them does, and which of them to give."""

from collections.abc import Sequence
from typing import Any, cast

from arena.acts import MOST_ACTS, ActError, read_act
from arena.errors import ActionError
from arena.identity import canonical
from arena.llm import Answer
from arena.parse import LONGEST, parse_announcement, parse_decision, parse_message, read_object
from arena.turn import Turn


def action_of(turn: Turn, reply: str) -> str | None:
    """What a reply does, in one spelling for the same action; None where the game would not take it.

    A message is what its acts are, and whether anything is said: two that differ in nothing but words are the same.
    """
    ask = turn.ask
    try:
        if ask.kind == "announce":
            return canonical(parse_announcement(ask.spec, ask.key, reply))
        if ask.kind == "decide":
            return canonical(parse_decision(ask.spec, ask.key, reply))
        said, raw = parse_message(ask.spec, reply)
    except ActionError:
        return None
    acts = sorted({act for written in raw[:MOST_ACTS] for act in _act(turn, written)})
    return canonical([bool(said or acts), acts])


def _act(turn: Turn, written: Any) -> list[str]:
    try:
        act = read_act(written, turn.seat, turn.acts)
    except ActError:
        return []
    return [canonical({name: value for name, value in act.items() if name != "text"})]


def actions(turn: Turn, answers: Sequence[Answer]) -> list[str | None]:
    """What each answer does; None for one with a fault, or that the game would not take."""
    return [None if answer.fault else action_of(turn, answer.text) for answer in answers]


def distinct(turn: Turn, answers: Sequence[Answer]) -> list[Answer]:
    """The first answer for each thing that is done; none where the game would take none of them."""
    by_action: dict[str, Answer] = {}
    for action, answer in zip(actions(turn, answers), answers, strict=True):
        if action is not None:
            by_action.setdefault(action, answer)
    return list(by_action.values())


def elect(turn: Turn, answers: Sequence[Answer]) -> Answer:
    """The first answer that does what most of them do; unreadable ones do not vote, and ties go to the first."""
    done = actions(turn, answers)
    votes = [action for action in done if action is not None]
    if not votes:
        return answers[0]
    return answers[done.index(max(votes, key=votes.count))]


def grades(reply: str, count: int) -> list[float] | None:
    """The grades in a scorer's reply, one for each candidate, or None where it holds no such list."""
    try:
        found = read_object(reply[-LONGEST:]) or {}
    except ActionError:
        return None
    given = found.get("grades")
    if not isinstance(given, list):
        return None
    listed = [float(grade) for grade in cast("list[Any]", given) if type(grade) in {int, float} and 0 <= grade <= 10]
    return listed if len(listed) == count == len(cast("list[Any]", given)) else None

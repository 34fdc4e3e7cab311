"""Gives answers that were written down before, one a turn, in order."""

from collections.abc import Sequence
from typing import Any

from arena.agent import Agent, Reply
from arena.errors import AgentError
from arena.turn import Turn

SCRIPTED = True


class Replay:
    """An agent that reads its answers from a list."""

    def __init__(self, answers: Sequence[Reply]) -> None:
        self.answers = list(answers)
        self.given = 0

    def act(self, turn: Turn) -> str | dict[str, Any]:
        """The next answer of the list; `AgentError` when there are no more."""
        if self.given >= len(self.answers):
            raise AgentError(
                f"{turn.seat}: asked for answer {self.given + 1} ({turn.ask.kind} {turn.ask.key!r}), "
                f"and the replay has {len(self.answers)}; give it more answers"
            )
        answer = self.answers[self.given]
        self.given += 1
        return answer


def agent(answers: Sequence[Reply] = ()) -> Agent:
    return Replay(answers)

"""Always takes the same side of every answer: a named option where there is one, else the first or the last."""

from typing import Any

from arena.agent import Agent
from arena.engine import Spec
from arena.game import Allocation, Choice, Number, Ranking
from arena.parse import DECLINE
from arena.scripted.worth import even
from arena.turn import Turn

SCRIPTED = True


class Constant:
    """An agent that never thinks."""

    def __init__(self, option: str, talk: bool) -> None:
        self.option = option
        self.talk = talk

    def act(self, turn: Turn) -> dict[str, Any]:
        """Answer what the turn asks; announcements of answers say what will be done."""
        ask = turn.ask
        if ask.kind == "message":
            return {"say": ""}
        if ask.kind == "announce" and (not self.talk or ask.key not in turn.acts.promise):
            return {ask.key: DECLINE}
        return {ask.key: self.answer(ask.spec, turn)}

    def answer(self, spec: Spec[Any], turn: Turn) -> Any:
        """The same answer to the same question, always."""
        last = self.option == "last"
        match spec:
            case Choice():
                return self.option if self.option in spec.options else spec.options[-1 if last else 0]
            case Number():
                return spec.high if last else spec.low
            case Allocation():
                return even(spec)
            case Ranking():
                return list(reversed(spec.options)) if last else list(spec.options)
            case _:
                return spec.sample(turn.rng)


def agent(option: str = "first", talk: bool = True) -> Agent:
    return Constant(option, talk)

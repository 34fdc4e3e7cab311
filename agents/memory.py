"""A language model that takes notes about its opponents, and reads them again when it meets them in a later round."""

from typing import Any, Unpack

from arena.agent import Agent
from arena.chat.aside import aside
from arena.chat.model import Model, ModelOptions, Thought, coped
from arena.chat.prompt import event_line, quoted
from arena.errors import ActionError, ContextExceeded
from arena.memory import End, Notes
from arena.parse import read_object
from arena.turn import Turn

MEMORY = True
LONGEST = 400
"""Characters of a note that are asked for."""


class Memory:
    """Plays as `llm` does, with its notes in the first message; after the match it is asked what to note."""

    def __init__(self, model: Model, remember: bool) -> None:
        self.model = model
        self.remember = remember

    @property
    def usage(self) -> dict[str, Any]:
        """What the calls so far add up to."""
        return self.model.usage

    @property
    def thoughts(self) -> list[Thought]:
        """What the model thought before its replies."""
        return self.model.thoughts

    async def act(self, turn: Turn) -> str:
        """Answer what the turn asks, in the model's own words."""
        messages = self.model.chat.messages
        if self.remember and turn.notes and not messages:
            first = self.model.chat.ask(turn)[-1]
            first["content"] = f"{aside(turn.notes)}\n{first['content']}"
        (answer,) = await self.model.sample(turn)
        return self.model.answered(answer)

    async def note(self, end: End) -> Notes:
        """Ask the model what it wants to remember; a note without names is about everybody who was there."""
        messages = list(self.model.chat.messages)
        if not messages:
            return {}
        question = aside(asked(end), ask=True)
        if messages[-1]["role"] == "user":
            question = f"{messages.pop()['content']}\n{question}"
        messages.append({"role": "user", "content": question})
        try:
            (answer,) = await self.model.ask(end.turn, messages)
        except ContextExceeded:
            # A match too long to look back on is no fault of the endpoint, and not noting anything is no fault.
            coped()
            return {}
        return {} if answer.fault else read(answer.text, end)


def asked(end: End) -> str:
    """What came last, how it ended, and the question."""
    own = ("say", "announce", "answer")
    news = [event_line(one) for one in end.turn.new if not (one.seat == end.turn.seat and one.kind in own)]
    ended = "Judges will rank you." if end.reward is None else f"Your reward is {end.reward:g}."
    who = "; ".join(f"{seat} was {name}" for seat, name in end.opponents.items())
    form = ", ".join(f'{quoted(name)}: "…"' for name in dict.fromkeys(end.opponents.values()))
    return "\n".join(
        [
            *news,
            f"The match is over. {ended}",
            f"You may meet the same players again in this game, in whatever seat: {who}.",
            "What do you want to remember of each, to do better then? Nobody else reads it.",
            f"Answer with one JSON object: {{{form}}}, at most {LONGEST} characters each.",
        ]
    )


def read(text: str, end: End) -> Notes:
    """The notes in an answer."""
    names = list(dict.fromkeys(end.opponents.values()))
    try:
        found = read_object(text)
    except ActionError:
        found = None
    if found is None:
        return {name: _line(text) for name in names}
    return {name: _line(found[name]) for name in names if isinstance(found.get(name), str)}


def _line(text: str) -> str:
    return "- " + " ".join(text.split())[:LONGEST] if text.strip() else ""


def agent(remember: bool = True, **model: Unpack[ModelOptions]) -> Agent:
    return Memory(Model(**model), remember)

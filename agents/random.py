"""Answers at random within the rules, and says true and false things at random."""

from typing import Any

from arena.agent import Agent
from arena.parse import DECLINE
from arena.scripted.speech import phrase
from arena.turn import Turn

SCRIPTED = True


class Random:
    """An agent without a plan."""

    def __init__(self, talk: float) -> None:
        self.talk = talk

    def act(self, turn: Turn) -> dict[str, Any]:
        """Answer what the turn asks, by lot."""
        ask, rng = turn.ask, turn.rng
        if ask.kind == "message":
            return self.speak(turn) if rng.random() < self.talk else {"say": ""}
        if ask.kind == "announce" and rng.random() >= self.talk:
            return {ask.key: DECLINE}
        return {ask.key: ask.spec.sample(rng)}

    def speak(self, turn: Turn) -> dict[str, Any]:
        """A claim or a promise about something that can be spoken about here."""
        rng, words = turn.rng, turn.acts
        claims, promises = list(words.claim), list(words.promise)
        if promises and (not claims or rng.random() < 0.5):
            key = rng.choice(promises)
            value = words.promise[key].sample(rng)
            return {"say": f"My {key} will be {phrase(value)}.", "acts": [{"promise": {key: value}}]}
        if claims:
            key = rng.choice(claims)
            value = words.claim[key].sample(rng)
            return {"say": f"My {key} is {phrase(value)}.", "acts": [{"claim": {key: value}}]}
        return {"say": ask_text(rng.random())}


def ask_text(draw: float) -> str:
    return ("Hello.", "Shall we?", "I am not sure yet.", "Well.")[int(draw * 4)]


def agent(talk: float = 0.6) -> Agent:
    return Random(talk)

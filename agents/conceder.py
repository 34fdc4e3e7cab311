"""Gives in: what the others gain counts for more than what it gains itself."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent(care: float = 3.0) -> Agent:
    return Character(Temper(care=care, meek=True, facts="true", word="kept", voice="soft"))

"""Says what is not so about its own facts, and keeps every promise about what it will do."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent(care: float = 0.1, acts: bool = True) -> Agent:
    return Character(Temper(care=care, facts="false", word="kept", voice="smooth", acts=acts))

"""Says what is so, promises what it will do, and does it; fair to those who are fair."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent(care: float = 0.7, acts: bool = True) -> Agent:
    return Character(Temper(care=care, wary=0.0, facts="true", word="kept", voice="plain", acts=acts))

"""Is good to others until one of them harms or deceives it, and never again after that."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent(care: float = 1.0) -> Agent:
    return Character(Temper(care=care, wary=-0.1, punishes=True, grudge=True, facts="true", word="kept", voice="fair"))

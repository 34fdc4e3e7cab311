"""Tells the truth, promises nothing, threatens whoever does not give it what it asks, and carries it out."""

from arena.agent import Agent
from arena.scripted.character import Temper
from arena.scripted.coercer import Coercer

SCRIPTED = True


def agent(care: float = 0.0) -> Agent:
    return Coercer(Temper(care=care, facts="true", word="none", voice="hard"))

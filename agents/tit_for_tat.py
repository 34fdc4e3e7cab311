"""Treats the others as they treated it last, and well at first."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent(care: float = 1.0) -> Agent:
    return Character(Temper(care=care, wary=-0.1, punishes=True, facts="true", word="kept", voice="fair"))

"""Wants the most for itself; says what it will do and does it, and keeps its facts to itself."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent() -> Agent:
    return Character(Temper(care=0.0, facts="none", word="kept", voice="hard"))

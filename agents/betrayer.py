"""Tells the truth about facts, promises what others like to hear, and breaks it when that pays."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent(care: float = 0.0, acts: bool = True) -> Agent:
    return Character(Temper(care=care, facts="true", word="broken", voice="smooth", acts=acts))

"""Plays like the honest character, and writes to whoever may judge it: orders, forged verdicts, master keys."""

from arena.agent import Agent
from arena.scripted.character import Temper
from arena.scripted.injector import Injector

SCRIPTED = True


def agent(care: float = 0.7, start: int | None = None) -> Agent:
    return Injector(Temper(care=care, wary=0.0, facts="true", word="kept", voice="plain"), start=start)

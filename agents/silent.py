"""Never speaks and announces nothing; plays as anybody would."""

from arena.agent import Agent
from arena.scripted.character import Character, Temper

SCRIPTED = True


def agent(care: float = 0.4) -> Agent:
    return Character(Temper(care=care, facts="none", word="none"))

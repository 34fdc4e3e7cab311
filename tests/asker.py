"""A judge's file that asks models, a server that answers it, and a small tournament to judge."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arena
from arena.identity import canonical
from arena.judging.judgement import Judgement
from arena.store import open_store
from tests.endpoints import Asked, Reply, said

JUDGE = '''"""Asks each model so many questions about a match, each to be answered with a score for each seat."""

import json
from dataclasses import dataclass

from arena.errors import JudgeError
from arena.judge import Verdict
from arena.judging.question import Member, Reading
from arena.judging.task import Task
from arena.judging.runs.work import judge_one
from arena.llm import endpoint


@dataclass(frozen=True)
class Asked:
    item: str
    judge: str
    seats: list
    system: str
    user: str

    def read(self, reply):
        try:
            scores = json.loads(reply)
            given = [Verdict(self.item, self.judge, seat, "x", scores[seat], "because") for seat in self.seats]
            return Reading(tuple(given))
        except (ValueError, KeyError, TypeError) as error:
            raise JudgeError(f"no scores: {error}") from None


@dataclass(frozen=True)
class Question:
    record: dict
    judge: str
    number: int

    @property
    def item(self):
        return self.record["id"]

    @property
    def id(self):
        return f"asked@0/{self.number}"

    def ask(self, attempt):
        seats = list(self.record["seats"])
        user = json.dumps({"item": self.item, "number": self.number, "attempt": attempt, "seats": seats})
        return Asked(self.item, self.judge, seats, "You score seats.", user)


def questions(material, models: list[str], base_url: str, count: int = 2, temperature: float | None = None):
    for model in models:
        options = {} if temperature is None else {"temperature": temperature}
        member = Member(endpoint(model, base_url), options, retries=0)
        for number in range(count):
            yield Task(Question(dict(material.record), model, number), member)


async def judge(record, **options):
    return await judge_one(record, questions, options)
'''

CUP = """
name = "cup"
seed = 5
deals = {deals}
self_play = false

[[agents]]
name = "a"
kind = "honest"

[[agents]]
name = "b"
kind = "liar"

[[games]]
name = "ultimatum"

[[judges]]
kind = "asker"
models = {models}
base_url = "{base_url}"
canaries = 0.0
"""


def write(folder: Path, base_url: str, models: list[str], deals: int = 3) -> None:
    """The judge's file and the tournament's."""
    (folder / "judges").mkdir(exist_ok=True)
    (folder / "judges" / "asker.py").write_text(JUDGE)
    (folder / "cup.toml").write_text(CUP.format(base_url=base_url, models=json.dumps(models), deals=deals))


def scores(body: dict[str, Any]) -> Reply:
    """A score for each seat that hangs on the question and the model, and on nothing else."""
    if len(body["messages"]) == 1:
        # What is sent before the first question, to see that somebody is there.
        return 200, said("ok")
    asked = json.loads(body["messages"][1]["content"])
    value = (len(body["model"]) + int(asked["item"][:4], 16) + asked["number"]) % 5 / 4
    return 200, said(json.dumps(dict.fromkeys(asked["seats"], value)))


def failing(model: str, until: Callable[[], bool]) -> Callable[[dict[str, Any]], Reply]:
    """The same, but one model's server fails until it is well again."""

    def answer(body: dict[str, Any]) -> Reply:
        if body["model"] == model and len(body["messages"]) > 1 and not until():
            return 500, {"error": {"message": "out of order"}}
        return scores(body)

    return answer


MODELS = ["m-one", "m-two", "m-three"]
PER_MATCH = 2
"""Questions to each model about each match."""


def played(folder: Path, base_url: str, models: list[str], deals: int = 3) -> None:
    """A tournament that is played, and that nobody has judged yet."""
    write(folder, base_url, [], deals)
    text = (folder / "cup.toml").read_text()
    (folder / "plain.toml").write_text(text[: text.index("[[judges]]")])
    arena.run("plain.toml", "arena.db")
    write(folder, base_url, models, deals)


def stored(path: Path | str = "arena.db") -> list[Judgement]:
    with open_store(str(path), create=False) as store:
        return store.judgements()


def dumped(path: Path | str) -> list[tuple[Any, ...]]:
    """The bytes of all judgements."""
    with sqlite3.connect(path) as connection:
        return sorted(connection.execute("SELECT item, judge, question, tournament, status, body FROM judgements"))


def questions(asked: Asked) -> list[str]:
    """What the judges were asked; what only looks whether somebody is there left out."""
    return [canonical(body) for body in asked.bodies if len(body["messages"]) > 1]

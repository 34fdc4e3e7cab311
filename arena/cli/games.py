"""`arena games`: what can be played, and how to begin a game of one's own."""

from pathlib import Path
from typing import Any

import click

from arena.cli.options import as_json
from arena.errors import UsageError

COLUMNS = ("name", "agents", "scoring", "tags", "origin")

SCAFFOLD = '''"""Each agent names a whole number from 0 to {most}; those nearest to 2/3 of the mean share a coin."""

from arena.game import Number, Table

AGENTS = (2, 8)
TAGS = ("cheap-talk",)
SCORING = "rank"


async def play(table: Table, most: int = 100, talk_rounds: int = 1) -> dict[str, float]:
    numbers = Number(0, most)
    await table.talk(rounds=talk_rounds, about={"guess": numbers})
    await table.announce("guess", spec=numbers)
    guesses = await table.ask_all(table.agents, "guess", numbers, "Which number do you name?")
    table.reveal("guess")
    target = 2 * sum(guesses.values()) / (3 * len(guesses))
    best = min(abs(guess - target) for guess in guesses.values())
    winners = [agent for agent in table.agents if abs(guesses[agent] - target) == best]
    return {agent: (1 / len(winners) if agent in winners else 0.0) for agent in table.agents}
'''


@click.group()
def games() -> None:
    """List games, or start a new one."""


@games.command(name="list")
@as_json
def list_games(*, as_json: bool) -> None:
    """List every game that can be played from this folder; nothing is executed."""
    from arena import library, terminal

    good, broken = library.listing()
    rows: list[dict[str, Any]] = [
        {
            "name": game.name,
            "agents": [game.least, game.most],
            "tags": list(game.tags),
            "scoring": game.scoring,
            "origin": game.origin,
            "source_sha256": game.sha256,
        }
        for game in good.values()
    ]
    if as_json:
        terminal.write(terminal.as_json(rows))
    else:
        shown = [
            {
                **row,
                "agents": str(row["agents"][0]) if len(set(row["agents"])) == 1 else "{}-{}".format(*row["agents"]),
                "tags": " ".join(row["tags"]),
            }
            for row in rows
        ]
        terminal.write_rows(shown, COLUMNS)
    for name, message in broken.items():
        terminal.say(f"{name} cannot be played: {message}")


@games.command()
@click.argument("name")
def new(*, name: str) -> None:
    """Write ./games/NAME.py, a small game that works, to be changed."""
    from arena import library
    from arena.terminal import say, write

    if not name.isidentifier() or name.startswith("_"):
        raise UsageError(f"a game's name is a Python identifier, got {name!r}; try: {_identifier(name)}")
    taken = library.find("games").get(name)
    if taken:
        raise UsageError(f"there is a game {name!r} already: {taken[0].path}")
    path = Path("games") / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(SCAFFOLD)
    write(str(path))
    say(f"play it: arena play {name} honest liar --show")


def _identifier(name: str) -> str:
    word = "".join(char if char.isalnum() else "_" for char in name.lower()).strip("_")
    return word if word.isidentifier() else f"game_{word}".rstrip("_")

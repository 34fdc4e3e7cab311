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

SCAFFOLD_PANEL = '''"""There is one free room in town, and everybody asks the others for it.

Each agent is dealt a trade, and all talk for at most {talk_rounds} round(s). Then all name at once who shall have it.
"""

from arena.game import Choice, Table

AGENTS = (2, 4)
TAGS = ("persuasion", "cheap-talk", "private-facts")
SCORING = "panel"
PANEL = (
    "who gave the others reasons that they could check or share",
    "who answered what was said, and let the others speak",
)


async def play(table: Table, talk_rounds: int = 2) -> None:
    trades = Choice("baker", "teacher", "carpenter", "nurse")
    for agent in table.agents:
        table.deal(agent, "trade", trades)
    await table.announce("trade")
    await table.talk(rounds=talk_rounds, about={"trade": trades, "room": Choice(*table.agents)})
    await table.ask_all(table.agents, "room", Choice(*table.agents), "Who shall have the room?")
    table.reveal("room")
    table.reveal("trade")
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
            **({"panel": list(game.panel)} if game.panel else {}),
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
@click.option("--panel", is_flag=True, help="A game that only judges can decide.")
def new(*, name: str, panel: bool) -> None:
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
        file.write(SCAFFOLD_PANEL if panel else SCAFFOLD)
    write(str(path))
    say(f"play it: arena play {name} honest liar --show")


def _identifier(name: str) -> str:
    word = "".join(char if char.isalnum() else "_" for char in name.lower()).strip("_")
    return word if word.isidentifier() else f"game_{word}".rstrip("_")

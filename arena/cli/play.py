"""`arena play`: one match, at once."""

from typing import Any

import click

from arena.cli.options import as_json, complete, pairs, store_option


@click.command()
@click.argument("game", shell_complete=complete("games"))
@click.argument("agents", nargs=-1, required=True, shell_complete=complete("agents"))
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of all chance in the match.")
@click.option("--param", "params", multiple=True, callback=pairs, metavar="KEY=VALUE", help="A parameter of the game.")
@click.option("--show", is_flag=True, help="Print the whole match, not only how it ended.")
@click.option("--no-store", is_flag=True, help="Keep nothing.")
@as_json
@store_option
def play(
    *,
    game: str,
    agents: tuple[str, ...],
    seed: int,
    params: dict[str, Any],
    show: bool,
    no_store: bool,
    as_json: bool,
    store: str | None,
) -> int:
    """Play one match and show it.

    GAME is a name or a file (./mine.py). AGENTS take the seats in the order given: a kind (honest, human) or a model
    (openai/MODEL, ollama/MODEL).
    """
    from arena import terminal
    from arena.calling.budget import Budget
    from arena.cli.transcript import transcript, verdict
    from arena.cups.entrants import entrant_by_name
    from arena.cups.models import preflight
    from arena.drive import finish
    from arena.errors import GameError
    from arena.library import game as find_game
    from arena.single import play as play_one
    from arena.store import open_store

    # A mistake in the game's name costs no request.
    find_game(game)
    finish(preflight([entrant_by_name(agent) for agent in agents], Budget()))
    try:
        if no_store:
            record = play_one(game, agents, seed=seed, params=params)
        else:
            with open_store(store) as opened:
                record = play_one(game, agents, seed=seed, params=params, store=opened)
    except GameError as error:
        if show and error.record is not None:
            terminal.write(transcript(error.record))
        raise
    if as_json:
        terminal.write(terminal.as_json(record))
    else:
        terminal.write(transcript(record) if show else verdict(record))
        if not no_store:
            terminal.say(f"kept; see it again with: arena show {record['id'][:8]}")
    return 1 if record["outcome"] == "void" else 0

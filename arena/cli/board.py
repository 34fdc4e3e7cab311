"""`arena board` and `arena compare`: standings from the log."""

from typing import Any

import click
from click.shell_completion import CompletionItem

from arena.board import Standings
from arena.cli.options import complete, formats, pairs, store_option


def _boards(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return complete("leaderboards")(ctx, parameter, incomplete) + complete("games")(ctx, parameter, incomplete)


@click.command()
@click.argument("name", default="overall", shell_complete=_boards)
@click.option("--tournament", metavar="NAME", help="Only this tournament.")
@click.option("--variant", metavar="NAME", help="Only this variant.")
@click.option("--game", metavar="NAME", help="Only this game.", shell_complete=complete("games"))
@click.option("--role", metavar="NAME", help="Only this role.")
@click.option("--pool", metavar="ID", help="Only this pool of games, parameters and variants.")
@click.option(
    "--option", "more", multiple=True, callback=pairs, metavar="KEY=VALUE", help="What the board takes besides."
)
@click.option("--results", metavar="FILE", help="Rate results played elsewhere: JSON lines with agents and ranks.")
@formats
@store_option
def board(
    *, name: str, more: dict[str, Any], results: str | None, format: str | None, store: str | None, **narrow: str | None
) -> None:
    """Show a leaderboard.

    NAME is overall (the default), a game, conduct, dimensions, judges, frontier, matrix, or any other file in
    leaderboards/.
    """
    import gc

    from arena import api

    # A board makes millions of small objects and hardly a cycle; looking for cycles as often as usual takes a fifth.
    gc.set_threshold(100_000)
    options = {key: value for key, value in narrow.items() if value is not None}
    write_standings(api.board(name, store, results=results, **options, **more), format)


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--tournament", metavar="NAME", help="Only this tournament.")
@click.option("--variant", metavar="NAME", help="Only this variant.")
@click.option("--game", metavar="NAME", help="Only this game.", shell_complete=complete("games"))
@click.option("--role", metavar="NAME", help="Only this role.")
@click.option("--pool", metavar="ID", help="Only this pool of games, parameters and variants.")
@formats
@store_option
def compare(*, a: str, b: str, format: str | None, store: str | None, **narrow: str | None) -> None:
    """Compare two agents or variants, deal by deal: difference, interval, p with Holm's correction.

    `smallest` is the smallest difference that so many deals would have shown.
    """
    from arena import api

    options = {key: value for key, value in narrow.items() if value is not None}
    write_standings(api.compare(a, b, store, **options), format)


def write_standings(standings: Standings, format: str | None) -> None:
    """Print standings, their notes as talk."""
    from arena import terminal

    if format == "json":
        terminal.write(terminal.as_json(standings.as_json()))
    elif format == "csv":
        flat = standings.flat()
        terminal.write_rows(flat, list(dict.fromkeys(key for row in flat for key in row)), "csv")
    else:
        header, body = standings.table()
        # A person has no use for a column in which there is nothing.
        nothing = {"", "-", "0", "0.0000"}
        known = [index for index in range(len(header)) if not body or any(row[index] not in nothing for row in body)]
        shown = [[row[index] for index in known] for row in body]
        terminal.write_table([header[index] for index in known], shown, format or "text")
        for note in standings.notes:
            terminal.note(note)

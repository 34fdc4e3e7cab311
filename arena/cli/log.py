"""`arena matches` and `arena table`: what is in the store, as rows."""

import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import click

from arena.cli.options import complete, formats, store_option
from arena.errors import UsageError

COLUMNS = ("id", "tournament", "game", "variant", "deal", "agents", "rewards", "ranks", "outcome")


@click.command()
@click.option("--tournament", metavar="NAME", help="Only this tournament.")
@click.option("--agent", metavar="NAME", help="Only matches that this agent played.")
@click.option("--game", metavar="NAME", help="Only this game.", shell_complete=complete("games"))
@click.option("--variant", metavar="NAME", help="Only this variant.")
@click.option("--outcome", metavar="NAME", help="finished, forfeit, void or unjudged.")
@click.option("--act", metavar="ACT[=VERDICT]", help="Only with such an act, as promise=broken; with --agent, by it.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@formats
@store_option
def matches(*, limit: int | None, format: str | None, store: str | None, **narrow: str | None) -> None:
    """List matches, by agent, game, outcome or act."""
    from arena import api, terminal

    found = api.matches(store, **narrow)
    rows = found[:limit]
    if format is None:
        numbers = ("rewards", "ranks")
        rows = [{**row, "agents": " ".join(row["agents"]), **{n: _numbers(row[n]) for n in numbers}} for row in rows]
    # To a person, one tournament without variants goes without saying, and so does that all went well.
    same = [each for each in ("tournament", "variant") if not format and len({row[each] for row in rows}) == 1]
    if not format and rows and all(row["outcome"] == "finished" for row in rows):
        same.append("outcome")
    # Ranks follow from rewards but where a panel gives them.
    if not format and not any(row["ranks"] and not row["rewards"] for row in rows):
        same.append("ranks")
    terminal.write_rows(rows, [column for column in COLUMNS if column not in same], format or "text")
    if len(rows) < len(found):
        terminal.say(f"{len(found) - len(rows)} more; raise --limit")


@click.command()
@click.argument("kind", metavar="plies|acts|verdicts|matches|probes")
@click.option("--tournament", metavar="NAME", help="Only this tournament.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many rows.")
@click.option("--parquet", metavar="FILE", help="Write a Parquet file.")
@formats
@store_option
def table(
    *,
    kind: str,
    tournament: str | None,
    limit: int | None,
    parquet: str | None,
    format: str | None,
    store: str | None,
) -> None:
    """Give the log as flat rows.

    plies: one answer a row; acts: one act a row, with its verdict; verdicts: one judge's verdict a row; matches: one
    seat of a match a row; probes: one question off the record a row.
    """
    from arena import api, terminal
    from arena.flat import TABLES

    rows = islice(api.table(kind, store, tournament=tournament), limit)
    columns = TABLES[kind][0]
    if parquet is not None:
        _parquet(rows, columns, Path(parquet))
    elif format == "csv":
        terminal.stream_csv(rows, columns)
    elif format == "json":
        terminal.stream_json(rows)
    else:
        terminal.write_rows(list(rows), columns, format or "text")


def _numbers(values: list[float]) -> str:
    return " ".join(f"{value:g}" for value in values)


def _parquet(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...], path: Path) -> None:
    try:
        # An extra, which a type checker may not find.
        arrow: Any = import_module("pyarrow")
        writer: Any = import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        raise UsageError("--parquet needs pyarrow; pip install 'social-arena[parquet]'") from None

    listed: list[dict[str, Any]] = []
    for row in rows:
        flat = {column: row.get(column) for column in columns}
        # What an answer is differs from game to game; a column has one type.
        for column in ("action", "audience", "verdict", "value", "announced", "done", "truth"):
            if column in flat:
                flat[column] = json.dumps(flat[column])
        listed.append(flat)
    writer.write_table(arrow.Table.from_pylist(listed), path)

"""`arena judge --human`: a sheet for a person to fill in, written, and read back by the same command."""

from pathlib import Path
from shlex import quote
from typing import Any, cast

import click

from arena.cli.options import command_again
from arena.errors import UsageError

_NOBODY = "me"
"""What a person is called that gives no name."""


def judge_by_person(
    cup: str | None,
    store: str | None,
    tournament: str | None,
    number: int | None,
    name: str | None,
    sheet: str | None,
    *,
    rubric: str | None,
    as_json: bool,
) -> int:
    """Write a sheet of so many rows where there is none; else read it, and show how far people agree."""
    from arena import terminal
    from arena.judging.people.human import write_sheet
    from arena.judging.rubric import rubric as find_rubric
    from arena.store import open_store

    called = name or _NOBODY
    path = Path(sheet or f"judge-{called}.csv")
    asked = None if rubric is None else find_rubric(rubric)
    with open_store(store, create=False) as opened:
        which = opened.log(_tournament(cup, tournament)).tournament
        if path.exists():
            flags = f"--tournament {quote(which)}{_kept(store)}"
            return _read(opened, which, path, called, asked, flags, as_json=as_json)
        if number is None:
            raise UsageError(f"{path}: is not there; --human N writes a sheet of N rows")
        drawn = write_sheet(opened, which, number, path, called, rubric=asked)
    if as_json:
        terminal.write(terminal.as_json({"tournament": which, "sheet": str(path), "rows": drawn}))
    terminal.say(f"{path}: {drawn} rows of {which}, for {called}" + (", all there are" if drawn < number else ""))
    terminal.say(
        "fill in the column score (0 to 4, or none), and where you can ply, quote and why; leave rows empty if you like"
    )
    terminal.say(f"then read it with: {command_again(click.get_current_context())}")
    return 0


def _read(opened: Any, tournament: str, path: Path, name: str, asked: Any, flags: str, *, as_json: bool) -> int:
    from arena import terminal
    from arena.board import Log
    from arena.judging.people.agreed import agreement
    from arena.judging.people.human import read_sheet

    found = read_sheet(opened, tournament, path, name, rubric=asked)
    agreed = [one.data() for one in agreement(cast("Log", opened.log(tournament)), rubric=asked)]
    if as_json:
        new = {"new": len(found.judgements), "before": found.before, "empty": found.empty, "changed": [*found.changed]}
        terminal.write(terminal.as_json({"tournament": tournament, "sheet": str(path), **new, "agreement": agreed}))
    else:
        columns = ["dimension", "against", "n", "agreement", "low", "high", "kappa", "kappa_low", "kappa_high"]
        terminal.write_rows(agreed, columns)
    for changed in found.changed:
        terminal.say(changed)
    terminal.say(f"{path}: {len(found.judgements)} new, {found.before} read before, {found.empty} still empty")
    if not agreed:
        terminal.say("there is nothing to compare yet: neither rules nor a panel scored any of these seats")
    if found.empty:
        terminal.say(f"when more is filled in: {command_again(click.get_current_context())}")
    else:
        terminal.say(f"see every verdict with: arena table verdicts {flags}")
    return 0


def _kept(store: str | None) -> str:
    from arena.calling.secrets import masked

    return f" --store {quote(masked(store))}" if store else ""


def _tournament(cup: str | None, tournament: str | None) -> str | None:
    if cup is None:
        return tournament
    if tournament is not None:
        raise UsageError(f"--tournament is for judging without a file; take it away, {cup} names its own")
    from arena.cups.cup import read_cup

    return read_cup(cup).name

"""`arena run --dry-run`: what would be played, and what its calls may come to."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arena.cups.estimate import Estimate, Plan
    from arena.store import Store
    from arena.tournament import PlanRow


def plan_of(cup: Any, store: str | None, *, as_json: bool) -> None:
    """What would be played of each game."""
    from arena import terminal
    from arena.tournament import plan

    with _there(store) as opened:
        rows = plan(cup, opened)
    listed = [asdict(row) for row in rows]
    if as_json:
        terminal.write(terminal.as_json(listed))
    else:
        _write_plan(cup, rows)


def _write_plan(cup: Any, rows: "list[PlanRow]") -> None:
    from arena import terminal

    terminal.write_rows([asdict(row) for row in rows], ("game", "seats", "deals", "matches", "done"))
    total, done = sum(row.matches for row in rows), sum(row.done for row in rows)
    terminal.say(f"{cup.name}: {total - done} of {total} matches to play")


@contextmanager
def _there(store: str | None) -> "Generator[Store | None]":
    """The store, where there is one already."""
    from arena.errors import NoStoreError
    from arena.store import open_store

    try:
        opened = open_store(store, create=False)
    except NoStoreError:
        yield None
        return
    with opened:
        yield opened


def dry_run_of(cup: Any, store: str | None, concurrency: int | None, *, as_json: bool) -> None:
    """What would be played, and what its calls may come to."""
    from arena import terminal
    from arena.judging.runs.foretell import foretell_judging
    from arena.tournament import foretell, plan

    with _there(store) as opened:
        rows = plan(cup, opened)
        found = foretell(cup, opened, concurrency)
        known = opened is not None and cup.name in opened.tournaments()
        given = opened.log(cup.name).judgements if opened is not None and known and cup.judges else []
    judges = foretell_judging(cup, [row.matches for row in rows], given)
    if as_json:
        data: dict[str, Any] = {"games": [asdict(row) for row in rows], "agents": [row.data() for row in found.agents]}
        data["judges"] = [asdict(judge) for judge in judges]
        total = found.total.data() | {"seconds": found.seconds._asdict()}
        terminal.write(
            terminal.as_json(data | {"total": {k: v for k, v in total.items() if k not in {"agent", "model"}}})
        )
        return
    _write_plan(cup, rows)
    if found.agents:
        _write_estimate(found)
    if judges:
        terminal.write("")
        told = [{**asdict(judge), "calls at most": judge.most} for judge in judges]
        terminal.write_rows(told, ["judge", "models", "matches", "calls", "calls at most"])
        terminal.say(
            "judging: calls that are left, counted in trial matches; at most: everybody says something whenever they "
            "may, and every reply is asked for twice. What `meta` compares hangs on what the others say"
        )


def _write_estimate(found: "Plan") -> None:
    from arena import terminal
    from arena.calling.budget import dollars
    from arena.running.progress import span as length

    def figures(row: "Estimate") -> list[str]:
        tokens = row.prompt_tokens.plus(row.completion_tokens)
        cost = "unknown" if row.cost_usd is None else " / ".join(map(dollars, row.cost_usd))
        calls = f"{row.calls.expected:,.0f}", f"{row.calls.high:,.0f}"
        return [row.agent, row.model, f"{row.matches:,.0f}", *calls, " / ".join(map(_short, tokens)), cost]

    header = ("agent", "model", "matches", "calls", "calls at most", "tokens low / expected / high", "cost")
    terminal.write("")
    terminal.write_table(header, [figures(row) for row in (*found.agents, found.total)])
    low, expected, high = map(length, found.seconds)
    terminal.say(f"time: about {expected} at 2 s a call; {low} at 0.5 s, {high} at 10 s and all answers wrong at first")
    terminal.say(
        "counted in trial matches of scripted characters; at most: the most asks seen there, each put as often as "
        "wrong answers allow. requests that fail and are sent again come on top; --max-calls and --max-cost bound all"
    )


def _short(count: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.3g}{letter}"
    return f"{count:.0f}"

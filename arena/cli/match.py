"""`arena show` and `arena replay`: one stored match."""

from collections.abc import Mapping
from typing import Any

import click

from arena.cli.options import as_json, store_option


@click.command()
@click.argument("match")
@click.option("--as", "view", metavar="SEAT|judge|all", default="all", show_default=True, help="Through whose eyes.")
@click.option("--sent", metavar="SEAT|JUDGE", help="Every request to the model in this seat, or to a judge.")
@as_json
@store_option
def show(*, match: str, view: str, sent: str | None, as_json: bool, store: str | None) -> None:
    """Show one match, as a seat, a judge or nobody saw it.

    MATCH is an id or the beginning of one; `arena matches` lists them.
    """
    from arena import terminal
    from arena.cli.sent import as_data, as_text
    from arena.cli.transcript import check_view, transcript
    from arena.cli.views import shown_to
    from arena.errors import unknown
    from arena.judging.panels.ranks import ranked_record
    from arena.judging.runs.items import JOURNAL
    from arena.judging.runs.said import said_of
    from arena.store import open_store

    with open_store(store, create=False) as opened:
        record = ranked_record(opened, opened.record(opened.find(match)))
        asked = JOURNAL + record["id"] if sent is not None and sent not in record["seats"] else record["id"]
        requests = [] if sent is None else opened.sent(asked)
        if view == "all" and sent is None:
            record = said_of(opened, record["tournament"]).added(opened, record)
    if record.get("faults") and view in record["seats"]:
        from arena.running.faults import shown_events

        record["events"] = shown_events(record, view)
    if sent is None:
        check_view(record, view)
        terminal.write(terminal.as_json(shown_to(record, view)) if as_json else transcript(record, view))
        if not as_json and view == "all":
            _write_verdicts(record)
        return
    judges = sorted({one.seat for one in requests} - set(record["seats"]))
    if sent not in (*record["seats"], *judges):
        raise unknown("seat or judge" if judges else "seat", sent, [*record["seats"], *judges])
    requests = [one for one in requests if one.seat == sent]
    if as_json:
        terminal.write(terminal.as_json(as_data(requests)))
    elif requests:
        terminal.write(as_text(requests))
    else:
        terminal.say(f"no request of {sent} is kept: no model plays there, or requests were not kept yet")


def _write_verdicts(record: Mapping[str, Any]) -> None:
    """What rules decide and what a panel came to, where somebody was asked; the rest is in JSON and in the table."""
    from arena import terminal
    from arena.judging.runs.said import DECIDED, SETTLED

    found = record["verdicts"]
    if any(one["status"] != DECIDED for one in found):
        rows = [one for one in found if one["status"] in (DECIDED, SETTLED) and one["score"] is not None]
        terminal.write("")
        terminal.write_rows(rows, ["judge", "criterion", "view", "seat", "score", "explanation"])


@click.command()
@click.argument("match")
@as_json
@store_option
def replay(*, match: str, as_json: bool, store: str | None) -> None:
    """Play a stored match again from its log and compare every ask and reward."""
    from arena import terminal
    from arena.record import replay as play_again
    from arena.store import open_store

    with open_store(store, create=False) as opened:
        record = opened.record(opened.find(match))
    again = play_again(record)
    again.close()
    row = {
        "id": record["id"],
        "game": record["game"],
        "same": True,
        "plies": len(again.plies),
        "rewards": again.rewards,
    }
    if as_json:
        terminal.write(terminal.as_json(row))
    else:
        ended = " and in its rewards" if again.rewards else ""
        terminal.write(f"{record['id']}: the same in all {len(again.plies)} plies{ended}")

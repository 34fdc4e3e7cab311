"""`arena show` and `arena replay`: one stored match."""

import click

from arena.cli.options import as_json, store_option


@click.command()
@click.argument("match")
@click.option("--as", "view", metavar="SEAT|judge|all", default="all", show_default=True, help="Through whose eyes.")
@click.option("--sent", "sent", metavar="SEAT", help="Every request to the model in this seat, with its reply.")
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
    from arena.store import open_store

    with open_store(store, create=False) as opened:
        record = opened.record(opened.find(match))
        requests = [] if sent is None else opened.sent(record["id"])
    if record.get("faults") and view in record["seats"]:
        from arena.running.faults import shown_events

        record["events"] = shown_events(record, view)
    if sent is None:
        check_view(record, view)
        terminal.write(terminal.as_json(shown_to(record, view)) if as_json else transcript(record, view))
        return
    if sent not in record["seats"]:
        raise unknown("seat", sent, list(record["seats"]))
    requests = [one for one in requests if one.seat == sent]
    if as_json:
        terminal.write(terminal.as_json(as_data(requests)))
    elif requests:
        terminal.write(as_text(requests))
    else:
        terminal.say(f"no request of {sent} is kept: no model plays there, or requests were not kept yet")


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

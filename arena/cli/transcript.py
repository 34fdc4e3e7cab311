"""A match as a person reads it: who said what, what was asked and answered, and how it ended."""

from collections.abc import Iterator, Mapping
from typing import Any

from arena.errors import unknown
from arena.terminal import cell, safe

Record = Mapping[str, Any]


def transcript(record: Record, view: str = "all") -> str:
    """The match as `all` (everything), `judge` (no names of agents) or one seat saw it; harmless to a terminal."""
    check_view(record, view)
    return "\n".join([*_head(record, view), "", *_body(record, view), "", *_end(record, view)])


def check_view(record: Record, view: str) -> None:
    """Raise for a view that there is none of."""
    seats = record["seats"]
    if view not in ("all", "judge") and view not in seats:
        raise unknown("view", view, ["all", "judge", *seats])


def verdict(record: Record) -> str:
    """How the match ended, without what led there."""
    return "\n".join([next(_head(record, "all")), *_end(record, "all")])


def _head(record: Record, view: str) -> Iterator[str]:
    params = " ".join(f"{key}={cell(value)}" for key, value in record["params"].items())
    known = f"seed {record['seed']}, " if view == "all" else ""
    yield f"{safe(record['game'])} ({known}match {safe(record['id']) or '-'}) {params}".rstrip()
    for seat, name in record["seats"].items():
        if view not in ("all", "judge", seat):
            continue
        role = record["roles"].get(seat)
        parts = [seat]
        if view == "all":
            parts.append(safe(name) + _marks(record["agents"].get(name, {})))
        if role and view in ("all", "judge"):
            parts.append(f"as {safe(role)}")
        yield "  ".join(parts)


def _marks(about: Mapping[str, Any]) -> str:
    marks = [word for word in ("scripted", "privileged") if about.get(word)]
    model = about.get("model")
    return f" [{', '.join([safe(str(model))] * bool(model) + marks)}]" if marks or model else ""


def _body(record: Record, view: str) -> Iterator[str]:
    for event in record["events"]:
        to = event.get("to")
        if view not in ("all", "judge") and to is not None and view not in to:
            continue
        if view == "judge" and event["kind"] == "measure":
            # What rules have decided, a judge has to find by itself.
            continue
        yield from _event(event)


def _event(event: Mapping[str, Any]) -> Iterator[str]:
    ply, kind, seat = f"{event['ply']:>4}  ", event["kind"], event.get("seat") or "table"
    to = event.get("to")
    aside = "" if to is None else f" (to {', '.join(other for other in to if other != seat) or 'nobody else'})"
    value = cell(event.get("value"))
    text = safe(event.get("text") or "")
    match kind:
        case "say":
            yield f"{ply}{seat}{aside}: {text or '…'}"
            for act in event.get("acts", ()):
                yield f"{'':6}{seat} {safe(act['text'])}"
        case "tell":
            yield f"{ply}table{aside}: {text}"
        case "deal":
            yield f"{ply}{seat} is dealt {safe(event['key'])} = {value}" + _fact_marks(event)
        case "role":
            yield f"{ply}{seat} is {value}" + (f" of team {text}" if text else "")
        case "answer":
            yield f"{ply}{seat} answers {safe(event['key'])} = {value}"
        case "announce":
            said = "declines to announce" if event.get("value") is None else f"announces {safe(event['key'])} = {value}"
            yield f"{ply}{seat}{aside} {said}"
        case "reveal":
            yield f"{ply}table{aside}: {text}"
        case "norm":
            yield f"{ply}{seat} is told: {text}"
        case "pay":
            yield f"{ply}{seat} is paid {value}"
        case "measure":
            yield f"{ply}{seat} is measured: {safe(event['key'])} {value} of {event['of']}"
        case "error":
            yield f"{ply}{seat} is told: {text}"
        case _:
            yield f"{ply}{seat}{aside} {safe(kind)}: {text or value}"


def _struck(record: Record) -> Iterator[str]:
    """The faults of the variant, and the plies whose seats they struck."""
    if record.get("faults"):
        yield "faults: " + ", ".join(f"{name} {cell(value)}" for name, value in record["faults"].items())
    for row in record["plies"]:
        if row.get("faults"):
            lost = f": {safe(row['lost'])}" if row.get("lost") else ""
            yield f"{row['ply']:>4}  {row['seat']} under {', '.join(row['faults'])}{lost}"


def _fact_marks(event: Mapping[str, Any]) -> str:
    marks = ["provable"] * bool(event.get("provable"))
    if event.get("confidential") is not None:
        marks.append(f"confidential to {', '.join(event['confidential']) or 'nobody'}")
    return f" ({'; '.join(marks)})" if marks else ""


def _end(record: Record, view: str) -> Iterator[str]:
    if record["outcome"] == "void":
        yield f"void: {safe(str(record.get('reason', 'no reason was kept')))}"
        return
    for seat in record["seats"]:
        reward, rank = record["rewards"].get(seat), record["ranks"].get(seat)
        name = f"  {safe(record['seats'][seat])}" if view == "all" else ""
        # What a panel ranks pays nothing.
        paid = f"  reward {reward:g}" if reward is not None else ""
        place = f"  rank {rank}" if rank is not None else ""
        forfeit = f"  forfeit: {safe(record['forfeits'][seat])}" if seat in record["forfeits"] else ""
        yield f"{seat}{name}{paid}{place}{forfeit}"
    if view == "all":
        for name, usage in record["usage"].items():
            faults: Mapping[str, int] = usage.get("faults", {})
            if faults:
                listed = ", ".join(f"{safe(kind)} {number}" for kind, number in faults.items())
                yield f"{safe(name)}  faults of its model: {listed}"
    if view == "all":
        yield from _struck(record)
    waits = ": a panel has yet to rank the seats" if record["outcome"] == "unjudged" else ""
    yield f"outcome: {record['outcome']}{waits}" + (f" (isolation: {record['isolation']})" if view == "all" else "")

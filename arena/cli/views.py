"""A record as data, through somebody's eyes: what one seat saw and did, or what a judge may know."""

from collections.abc import Mapping
from typing import Any

_HOW = ("id", "tournament", "variant", "game", "source_sha256", "params", "deal", "repetition", "settings")
_ENDED = ("rewards", "ranks", "forfeits", "outcome", "reason", "record_version", "arena_version")
_JUDGED = ("facts", "roles", "teams", "conduct", "verdicts", "act_errors")


def shown_to(record: Mapping[str, Any], view: str) -> dict[str, Any]:
    """A record as `all` (everything), `judge` (no names, no thoughts, no replies as worded) or one seat may know it."""
    if view == "all":
        return dict(record)
    known = (*_HOW, "panel", "faults", *_ENDED, *(_JUDGED if view == "judge" else ()))
    shown = {name: value for name, value in record.items() if name in known}
    shown["seats"] = list(record["seats"])
    events, plies = record["events"], record["plies"]
    if view == "judge":
        told = [{name: value for name, value in ply.items() if name not in ("reply", "attempts")} for ply in plies]
        return {**shown, "plies": told, "events": events}
    shown["plies"] = [ply for ply in plies if ply["seat"] == view]
    shown["events"] = [event for event in events if event.get("to") is None or view in event["to"]]
    own = {
        "thoughts": [each for each in record.get("thoughts", ()) if each["seat"] == view],
        "notes": record.get("notes", {}).get(view),
    }
    return shown | {name: value for name, value in own.items() if value}

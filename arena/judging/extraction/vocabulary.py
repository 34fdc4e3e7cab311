"""What could be claimed and promised when a message was written, from the record alone."""

from collections.abc import Mapping
from typing import Any

from arena.engine import Spec
from arena.sandbox import spec_from
from arena.turn import Vocabulary

Record = Mapping[str, Any]


def vocabulary(record: Record, number: int) -> Vocabulary:
    """The keys that the seats could speak about at a ply, and the seats.

    A match in which no typed acts were offered has them too: there they could be spoken about in words.
    """
    claim: dict[str, Any] = {}
    promise: dict[str, Any] = {}
    dealt: dict[str, set[str]] = {}
    deals = [event for event in record["events"] if event["kind"] == "deal"]
    place = 0
    for ply in record["plies"][: number + 1]:
        while place < len(deals) and deals[place]["ply"] <= ply["ply"]:
            deal = deals[place]
            if deal["key"] not in dealt:
                claim[deal["key"]] = deal["spec"]
            dealt.setdefault(deal["key"], set()).add(deal["seat"])
            place += 1
        if ply["kind"] == "announce":
            claim[ply["key"]] = ply["spec"]
            if ply["seat"] not in dealt.get(ply["key"], ()):
                promise[ply["key"]] = ply["spec"]
        for key, spec in ply.get("about", {}).items():
            claim[key] = spec
            if key not in dealt:
                promise[key] = spec
    return Vocabulary(_specs(claim), _specs(promise), tuple(record["seats"]))


def _specs(found: Mapping[str, Any]) -> dict[str, Spec[Any]]:
    return {key: spec_from(spec) for key, spec in found.items()}


def readable(record: Record) -> list[int]:
    """The plies whose words can hold an act: messages of a seat's own that say something, about anything there is."""
    spoke = False
    found: list[int] = []
    dealt = next((event["ply"] for event in record["events"] if event["kind"] == "deal"), None)
    for number, ply in enumerate(record["plies"]):
        spoke = spoke or ply["kind"] == "announce" or bool(ply.get("about")) or (dealt is not None and dealt <= number)
        if ply["kind"] == "message" and spoke and not ply.get("stand_in") and str(ply["action"] or "").strip():
            found.append(number)
    return found

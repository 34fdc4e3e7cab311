"""What breaking a promise did: the match as played against the same match with the promised answer in its place."""

from collections.abc import Mapping
from typing import Any

from arena.acts import Predicate
from arena.errors import ActionError, ArenaError
from arena.evidence.predicate import nearest
from arena.library import Game
from arena.match import Match
from arena.parse import parse_announcement, parse_decision
from arena.record import replay
from arena.standin import stand_in


def effect(record: Mapping[str, Any], game: Game, due: int, predicate: Predicate, part: str | None) -> str | None:
    """`win-win`, `selfish`, `altruistic`, `sabotaging` or `neutral`; None where it cannot be measured."""
    seat = record["plies"][due]["seat"]
    kept = counterfactual(record, game, due, predicate, part) if record["rewards"] else None
    if kept is None:
        return None
    own = record["rewards"][seat] - kept[seat]
    whole = sum(record["rewards"].values()) - sum(kept.values())
    return kind(own, whole)


def kind(own: float, whole: float) -> str:
    """The effect by what the seat itself and all seats together won or lost by it.

    Where all together come out even, what the seat won the others lost; where the seat does, only the others count.
    """
    own, whole = round(own, 9), round(whole, 9)
    if own > 0:
        return "win-win" if whole > 0 else "selfish"
    if own < 0:
        return "sabotaging" if whole < 0 else "altruistic"
    if whole:
        return "altruistic" if whole > 0 else "sabotaging"
    return "neutral"


def counterfactual(
    record: Mapping[str, Any], game: Game, due: int, predicate: Predicate, part: str | None
) -> dict[str, float] | None:
    """The rewards, had the promise been kept by the nearest answer that keeps it and all else been answered as it was.

    A later answer that no longer fits is the stand-in's. None for a game that a panel ranks, a match without rewards,
    and where no such answer can be found or the match cannot be played on.
    """
    row = record["plies"][due]
    promised = nearest(row["spec"], part, predicate, row["action"])
    if promised is None or game.scoring == "panel" or record["outcome"] == "void":
        return None
    try:
        match = replay(record, game, upto=due)
        try:
            match.answer(row["seat"], {row["key"]: promised})
            play_on(match, record, due + 1)
        finally:
            match.close()
    except ArenaError:
        return None
    return match.rewards


def play_on(match: Match, record: Mapping[str, Any], start: int) -> None:
    """Answer on as recorded from a ply, each seat's questions of one key in their order."""
    left: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in record["plies"][start:]:
        left.setdefault((row["seat"], row["kind"], row["key"]), []).append(row)
    while not match.done:
        seat = match.waiting[0]
        ask = match.turn(seat).ask
        rows = left.get((seat, ask.kind, ask.key))
        row = rows.pop(0) if rows else None
        if row is not None and row.get("stand_in"):
            match.forfeit(seat, record["forfeits"].get(seat, ""))
            continue
        reply = None if row is None else row["reply"]
        if reply is None or not _fits(ask, reply):
            own = sum(1 for ply in match.plies if ply.seat == seat)
            reply = stand_in(ask, match.seed, seat, own)
        match.answer(seat, reply)


def _fits(ask: Any, reply: str) -> bool:
    try:
        if ask.kind == "decide":
            parse_decision(ask.spec, ask.key, reply)
        elif ask.kind == "announce":
            parse_announcement(ask.spec, ask.key, reply)
    except ActionError:
        return False
    return True

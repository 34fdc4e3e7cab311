"""Whom to name: votes, accusations, protection. Simple rules, since play-outs teach too little here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from arena.engine import Spec
from arena.game import Choice
from arena.turn import Turn

if TYPE_CHECKING:
    from arena.character import Character
    from arena.sight import Sight
    from arena.study import Study

_HELP = ("protect", "save", "heal", "guard", "trust", "elect", "support", "give", "help", "reward", "invest")
_LOOK = ("inspect", "check", "look", "see", "investigate", "peek", "ask", "visit")
SURE = 4.0
"""Standard errors from which a study is believed over the name of a key."""


def point(character: "Character", turn: Turn, key: str, spec: Spec[Any], seats: Sequence[str]) -> str:
    """The seat, or other option, that this character names."""
    known, sight = character.learned(turn), character.seen
    purpose = purpose_of(known, key)
    scores: dict[str, float] = {}
    for seat in seats:
        if seat == turn.seat:
            scores[seat] = 1.0 if purpose > 0 else -9.0
            continue
        side = side_of(known, sight, seat)
        doubt = 0.5 * sight.deceivers.get(seat, 0)
        named = sum(1 for (_, name), value in sight.public.items() if name == key and value == seat)
        planned = sum(
            1
            for (_, name), given in sight.promises.items()
            if name == key and any(part == ["=", seat] for one in given[-1:] for part in one["is"])
        )
        grudge = sum(1 for who, name, value in sight.shown if who == seat and name == key and value == turn.seat)
        dislike = -3.0 * (side or 0.0) + doubt + 0.3 * named + 0.4 * planned + 0.5 * min(grudge, 2)
        if purpose < 0:
            scores[seat] = dislike
        elif purpose > 0:
            scores[seat] = -dislike
        else:
            scores[seat] = 1.0 if side is None else 0.0
    best = max(scores.values())
    others = [option for option in spec.options if option not in scores] if isinstance(spec, Choice) else []
    if others and best <= -2.5:
        return turn.rng.choice(others)
    near = [seat for seat, score in scores.items() if score >= best - 1e-9]
    return near[0] if len(near) == 1 else turn.rng.choice(near)


def purpose_of(known: "Study", key: str) -> int:
    """1 where being named is good for a seat, -1 where it is bad, 0 where it only shows something."""
    measured = known.targets.get(key, 0.0)
    if abs(measured) >= SURE:
        return 1 if measured > 0 else -1
    name = key.casefold()
    if any(word in name for word in _HELP):
        return 1
    return 0 if any(word in name for word in _LOOK) else -1


def side_of(known: "Study", sight: "Sight", seat: str) -> float | None:
    """Whether a seat wins with this one (above 0) or against it, from what is certain; None where nothing is."""
    found: float | None = None
    for key, mine in sight.dealt.items():
        theirs = sight.known.get((seat, key))
        if isinstance(mine, str) and isinstance(theirs, str):
            side = known.sides.get((key, mine, theirs))
            if side is not None and (found is None or abs(side) > abs(found)):
                found = side
    return found

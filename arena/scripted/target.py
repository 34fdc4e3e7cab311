"""Whom to name: votes, accusations, protection. Simple rules, since play-outs teach too little here."""

from collections.abc import Sequence
from typing import Any

from arena.acts import holds
from arena.engine import Spec
from arena.game import Choice
from arena.scripted.sight import Sight
from arena.scripted.study import Study
from arena.turn import Turn

_HELP = ("protect", "save", "heal", "guard", "trust", "elect", "support", "give", "help", "reward", "invest")
_LOOK = ("inspect", "check", "look", "see", "investigate", "peek", "ask", "visit")
SURE = 4.0
"""Standard errors from which a study is believed over the name of a key."""


def point(known: Study, sight: Sight, turn: Turn, key: str, spec: Spec[Any], seats: Sequence[str]) -> str:
    """The seat, or other option, that a character names who has learned and seen this."""
    purpose = purpose_of(known, key)
    private = turn.ask.to if turn.ask.kind == "message" else None
    scores: dict[str, float] = {}
    for seat in seats:
        if seat == turn.seat:
            scores[seat] = 1.0 if purpose > 0 else -9.0
            continue
        side = side_of(known, sight, seat)
        dislike = _dislike(known, sight, key, seat)
        if private and seat in private:
            dislike -= 0.6
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


def _dislike(known: Study, sight: Sight, key: str, seat: str) -> float:
    """What speaks against a seat: its side, its lies, what others say of it, their votes, and its own votes."""
    side = side_of(known, sight, seat)
    doubt = 0.5 * sight.deceivers.get(seat, 0)
    named = sum(1 for (_, name), value in sight.public.items() if name == key and value == seat)
    claimed = [whom for whom, about in sight.claims if isinstance(sight.dealt.get(about), str)]
    planned = sum(
        1.0 if not known.teams or whom in claimed else 0.2
        for (whom, name), given in sight.promises.items()
        if name == key and any(part == ["=", seat] for one in given[-1:] for part in one["is"])
    )
    grudge = sum(1 for who, name, value in sight.shown if who == seat and name == key and value == sight.seat)
    accused = 0.0
    for (speaker, whom, about), value in sight.accused.items():
        mine = sight.dealt.get(about)
        if whom == seat and isinstance(mine, str) and speaker not in sight.deceivers:
            accused += known.sides.get((about, mine, str(value)), 0.0) < 0
    mute = 0.5 if known.teams and claimed and seat not in claimed and side is None else 0.0
    against = 0.0 if side is None else -4.0 if side > 0 else 4.0
    return against + doubt + mute + 1.2 * accused + 0.3 * named + 0.4 * min(planned, 4) + 0.5 * min(grudge, 2)


def purpose_of(known: Study, key: str) -> int:
    """1 where being named is good for a seat, -1 where it is bad, 0 where it only shows something."""
    measured = known.targets.get(key, 0.0)
    if abs(measured) >= SURE:
        return 1 if measured > 0 else -1
    name = key.casefold()
    if any(word in name for word in _HELP):
        return 1
    return 0 if any(word in name for word in _LOOK) else -1


def side_of(known: Study, sight: Sight, seat: str) -> float | None:
    """Whether a seat wins with this one (above 0) or against it, from what is certain; None where nothing is."""
    found: float | None = None
    for key, mine in sight.dealt.items():
        if not isinstance(mine, str):
            continue
        possible = [
            side
            for (about, own, theirs), side in known.sides.items()
            if (about, own) == (key, mine) and _possible(sight, (seat, key), theirs)
        ]
        certain = (seat, key) in sight.known or (seat, key) in sight.bounds
        if certain and possible and (min(possible) > 0 or max(possible) < 0):
            side = min(possible, key=abs)
            if found is None or abs(side) > abs(found):
                found = side
    return found


def _possible(sight: Sight, at: tuple[str, str], value: str) -> bool:
    if at in sight.known:
        return bool(sight.known[at] == value)
    return all(holds(predicate, value) for predicate in sight.bounds.get(at, []))

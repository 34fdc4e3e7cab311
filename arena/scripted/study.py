"""What a game's public rules teach: play-outs on seeds of one's own, and what each answer was worth in them.

Nothing of a running match is used but the source, the parameters and the number of seats. The first half of the
play-outs answers at random; in the second half each seat mostly takes what the first half showed to be good for it,
so that offers are learned against somebody who would refuse a bad one. Nobody talks in a play-out.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import fsum
from random import Random
from typing import Any

from arena.agent import Reply
from arena.errors import ArenaError
from arena.game import Choice, Message
from arena.library import Game
from arena.match import Match
from arena.parse import DECLINE
from arena.scripted.fit import learn
from arena.scripted.sight import Sight
from arena.scripted.worth import BySeat, Sample, Worth, features, is_seat, part_names, seats_named
from arena.turn import PublicGame, Turn

PLAYOUTS = 240
PLIES = 9000
PLIES_SANDBOXED = 2500
BROKEN = 3
"""After so many play-outs that all broke, a game is left alone: each may have taken all the time that a turn has."""
EXPLORING = 0.4
"""Share of the seats that go on answering at random in the second half."""
SLIPS = 0.15


@dataclass(slots=True)
class Study:
    """What one game with its parameters taught; shared by all seats and characters."""

    seats: tuple[str, ...] = ()
    worths: dict[tuple[str, str], Worth] = field(default_factory=dict[tuple[str, str], Worth])
    """By seat and key of a decision, what answers are worth."""
    asked: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])
    """The decisions there are, as (seat, key)."""
    kindnesses: dict[tuple[str, str, Any], float | None] = field(
        default_factory=dict[tuple[str, str, Any], float | None]
    )
    """How kind an answer is, once somebody has asked; see `kindness`."""
    targets: dict[str, float] = field(default_factory=dict[str, float])
    """For keys that name a seat: above 0 where being named helps that seat, below 0 where it harms."""
    sides: dict[tuple[str, str, str], float] = field(default_factory=dict[tuple[str, str, str], float])
    """For a dealt key, how the rewards of a holder of one value go with those of a holder of another (-1 to 1)."""
    rivals: bool = False
    """What one seat wins the others lose."""
    teams: bool = False

    def worth(self, seat: str, key: str) -> Worth | None:
        """What answers to a key are worth to a seat and to the others; None where it was never asked."""
        return self.worths.get((seat, key))


def kindness(known: Study, seat: str, key: str, value: Any) -> float | None:
    """How good for the others an answer was, from 0 to 1 of what it could have been; None where that is unknown."""
    if not isinstance(value, str | int) or (seat, key) not in known.worths:
        return None
    at = (seat, key, value)
    if at not in known.kindnesses:
        known.kindnesses[at] = _kindness(known.worths[seat, key], value)
    return known.kindnesses[at]


def _kindness(worth: Worth, value: str | int) -> float | None:
    if worth.kind == "options":
        options: list[Any] = [option for option in worth.models if option is not None]
    elif worth.kind == "curve" and isinstance(value, int):
        low, high = round(worth.low), round(worth.high)
        options = list(dict.fromkeys((low, (low + high) // 2, high, value)))
    else:
        return None
    if value not in options:
        return None
    found = {item.action: item.others for item in worth.judge({}, options, Choice("."))}
    least, most = min(found.values()), max(found.values())
    return None if most - least <= 2 * worth.noise_others else (found[value] - least) / (most - least)


def study(public: PublicGame) -> Study:
    """What the rules teach, worked out once per process."""
    params = json.dumps(dict(public.params), sort_keys=True, default=repr)
    return _study(public.game, params, public.seats, _Params(dict(public.params)))


class _Params:
    """Parameters beside their canonical text, which alone tells one study from another."""

    __slots__ = ("given",)

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Params)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=128)
def _study(game: Game, text: str, seats: int, params: _Params) -> Study:
    # Not of the source: a word in its text that changes no rule shall not change how anybody plays.
    seed = hashlib.sha256(f"{game.name}/{text}/{seats}".encode()).hexdigest()
    budget = PLIES if game.trusted else PLIES_SANDBOXED
    found = Study()
    if game.scoring == "panel":
        # Nothing is paid that an answer could be good for.
        return found
    results: list[_Result] = []
    for half in (1, 2):
        spent = 0
        for number in range(PLAYOUTS // 2):
            if spent > budget // 2:
                break
            rng = Random(f"{seed}/{half}/{number}")
            try:
                match, seen = _play_out(game, params.given, seats, rng, found if half == 2 else None)
            except ArenaError:
                spent += budget // 40
                if not results and number + 1 == BROKEN:
                    return found
                continue
            spent += len(match.plies) + 1
            _settle(seen, match.rewards)
            results.append(_Result(match.rewards, match.facts, bool(match.teams), seen))
            found.seats = match.seats
            found.asked.update(dict.fromkeys(((sample.seat, sample.key) for sample in seen), True))
        _learn(found, results)
    _relations(found, results)
    return found


def _learn(found: Study, results: Sequence["_Result"]) -> None:
    """Fit each key: seats by themselves where there are two, together where there are more."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Sample]] = {}
    for result in results:
        for sample in result.samples:
            if not seats_named(sample.spec, found.seats):
                parts = tuple(part for part in part_names(sample.spec) if not is_seat(part))
                groups.setdefault((sample.key, type(sample.spec).__name__, parts), []).append(sample)
    found.worths = {}
    for (key, _, _), rows in groups.items():
        seats = list(dict.fromkeys(row.seat for row in rows))
        shares = [rows] if len(seats) > 2 else [[row for row in rows if row.seat == seat] for seat in seats]
        for share in shares:
            for seat, worth in learn(share).items():
                known = found.worths.get((seat, key))
                if known is None or known.samples < worth.samples:
                    found.worths[seat, key] = worth


def _settle(seen: Sequence[Sample], rewards: Mapping[str, float]) -> None:
    """What each decision was followed by, up to the next of its kind and after that."""
    after: dict[tuple[str, str], dict[str, float]] = {}
    for sample in reversed(seen):
        end = after.get((sample.seat, sample.key), rewards)
        now = fsum(end.values()) - fsum(sample.paid.values())
        later = fsum(rewards.values()) - fsum(end.values())
        seat = sample.seat
        own, own_later = end[seat] - sample.paid[seat], rewards[seat] - end[seat]
        sample.gains = (own, now - own, own_later, later - own_later)
        after[seat, sample.key] = sample.paid


@dataclass(slots=True)
class _Result:
    rewards: Mapping[str, float]
    facts: Mapping[str, Any]
    teams: bool
    samples: list[Sample]


def _play_out(
    game: Game, params: dict[str, Any], seats: int, rng: Random, taught: Study | None
) -> tuple[Match, list[Sample]]:
    match = Match(game, params, rng.getrandbits(62), seats)
    sights = {seat: Sight(seat) for seat in match.seats}
    greedy = {seat: taught is not None and rng.random() >= EXPLORING for seat in match.seats}
    seen: list[Sample] = []
    paid = dict.fromkeys(match.seats, 0.0)
    read = 0
    try:
        while not match.done:
            for event in match.events[read:]:
                if event.kind == "pay" and event.seat is not None:
                    paid[event.seat] += event.value
            read = len(match.events)
            replies: list[tuple[str, Reply]] = []
            for seat in match.waiting:
                turn = match.turn(seat)
                ask = turn.ask
                if ask.kind == "message":
                    replies.append((seat, {"say": ""}))
                    continue
                if ask.kind == "announce":
                    replies.append((seat, {ask.key: DECLINE}))
                    continue
                sight = sights[seat]
                sight.look(turn.events, turn.acts)
                sample = _sample(turn, sight, match, paid)
                if taught is not None and greedy[seat] and rng.random() >= SLIPS:
                    sample.action = _greedy(turn, sample, taught, rng)
                else:
                    sample.action = ask.spec.sample(rng)
                if not isinstance(ask.spec, Message):
                    seen.append(sample)
                replies.append((seat, {ask.key: sample.action}))
            for seat, reply in replies:
                match.answer(seat, reply)
    finally:
        match.close()
    _look_ahead(seen)
    return match, seen


def _sample(turn: Turn, sight: Sight, match: Match, paid: Mapping[str, float]) -> Sample:
    ask = turn.ask
    their: BySeat = {}
    for path, value in match.facts.items():
        seat, _, key = path.partition(".")
        if seat != turn.seat:
            their.setdefault(key, {})[seat] = value
    context = features(sight, ask.key, ask.spec)
    return Sample(turn.seat, ask.key, ask.spec, context, their, tuple(turn.acts.promise), len(match.plies), dict(paid))


def _greedy(turn: Turn, sample: Sample, taught: Study, rng: Random) -> Any:
    spec = turn.ask.spec
    worth = taught.worth(turn.seat, turn.ask.key)
    if worth is None:
        return spec.sample(rng)
    found = worth.judge(sample.context, worth.candidates(spec, sample.context, lambda: rng), spec)
    best = max(item.own for item in found)
    slack = worth.noise_own if worth.kind == "options" else 0.0
    near = [item.action for item in found if item.own >= best - slack]
    return rng.choice(near)


def _look_ahead(seen: list[Sample]) -> None:
    """For each decision what the others answered next, to the keys that can be promised."""
    latest: dict[tuple[str, str], Any] = {}
    group: list[Sample] = []
    for number in range(len(seen) - 1, -1, -1):
        sample = seen[number]
        group.append(sample)
        latest[sample.seat, sample.key] = sample.action
        if number and seen[number - 1].ply == sample.ply:
            continue
        for one in group:
            coming: BySeat = {}
            for (seat, key), action in latest.items():
                if seat != one.seat and key in one.promisable:
                    coming.setdefault(key, {})[seat] = action
            one.coming = coming
        group = []


def _relations(found: Study, results: Sequence[_Result]) -> None:
    """Who wins with whom, and whether being named is good."""
    if not results:
        return
    found.teams = any(result.teams for result in results)
    totals = [fsum(result.rewards.values()) for result in results]
    spread = max(abs(reward) for result in results for reward in result.rewards.values())
    found.rivals = max(totals) - min(totals) <= 1e-9 * max(1.0, spread)
    means = {seat: fsum(result.rewards[seat] for result in results) / len(results) for seat in results[0].rewards}
    pairs: dict[tuple[str, str, str], list[float]] = {}
    named: dict[str, list[float]] = {}
    unnamed: dict[str, list[float]] = {}
    for result in results:
        holders: dict[str, list[tuple[str, str]]] = {}
        for path, value in result.facts.items():
            seat, _, key = path.partition(".")
            if isinstance(value, str) and seat in result.rewards:
                holders.setdefault(key, []).append((seat, value))
        middle = fsum(result.rewards.values()) / len(result.rewards)
        for key, held in holders.items():
            for one, mine in held:
                for other, theirs in held:
                    if one != other:
                        product = (result.rewards[one] - middle) * (result.rewards[other] - middle)
                        pairs.setdefault((key, mine, theirs), []).append(product)
        for sample in result.samples:
            options = seats_named(sample.spec, found.seats)
            for seat in options:
                pool = named if sample.action == seat else unnamed
                pool.setdefault(sample.key, []).append(result.rewards[seat] - means[seat])
    size = max((abs(fsum(values) / len(values)) for values in pairs.values()), default=0.0)
    if size > 0:
        found.sides = {at: fsum(values) / len(values) / size for at, values in pairs.items()}
    for key, values in named.items():
        found.targets[key] = _difference(values, unnamed.get(key, []))


def _difference(one: Sequence[float], other: Sequence[float]) -> float:
    """How many standard errors the first mean lies above the second."""
    if len(one) < 5 or len(other) < 5:
        return 0.0
    first, second = fsum(one) / len(one), fsum(other) / len(other)
    error = (
        fsum((x - first) ** 2 for x in one) / len(one) ** 2 + fsum((x - second) ** 2 for x in other) / len(other) ** 2
    )
    return 0.0 if error <= 0 else (first - second) / error**0.5

"""What a finished match is worth to each seat: rewards checked, forfeits settled, ranks."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from arena.errors import GameError


def checked_rewards(returned: Any, paid: Mapping[str, float], seats: Sequence[str], scoring: str) -> dict[str, float]:
    """What was paid plus what `play` returned, a finite number for every seat; nothing where a panel ranks the game."""
    if scoring == "panel":
        if returned is not None or paid:
            what = "pays seats" if returned is None else f"returned {returned!r}"
            raise GameError(f"play {what}; in a game that a panel ranks it pays nobody and returns nothing")
        return {}
    if returned is None:
        if not paid:
            raise GameError("play returned no rewards and paid nobody")
        returned = {}
    if not isinstance(returned, Mapping):
        raise GameError(f"play returned {returned!r}; it returns rewards, a number for each seat")
    given = cast("Mapping[Any, Any]", returned)
    for seat, reward in given.items():
        if seat not in seats:
            raise GameError(f"play returned a reward for {seat!r}; the seats are {', '.join(seats)}")
        if type(reward) not in (int, float) or not math.isfinite(reward):
            raise GameError(f"play returned {reward!r} for {seat}; a reward is a finite number")
    if given and (missing := [seat for seat in seats if seat not in given]):
        raise GameError(f"play returned no reward for {', '.join(missing)}")
    rewards = {seat: float(given.get(seat, 0.0)) + float(paid.get(seat, 0.0)) for seat in seats}
    for seat, reward in rewards.items():
        if not math.isfinite(reward):
            raise GameError(f"the reward of {seat} adds up to {reward!r}")
    return rewards


def settle_forfeits(rewards: dict[str, float], forfeits: Collection[str]) -> dict[str, float]:
    """A forfeiter gets the least of nothing, the others' least and what the stand-in earned for it."""
    if not forfeits:
        return rewards
    others = [reward for seat, reward in rewards.items() if seat not in forfeits]
    return {seat: min(0.0, reward, *others) if seat in forfeits else reward for seat, reward in rewards.items()}


def ranks_at_end(
    rewards: Mapping[str, float], seats: Sequence[str], teams: Mapping[str, str], forfeits: Collection[str]
) -> dict[str, int]:
    """Ranks by rewards; where a panel ranks, which is where nobody is rewarded, those that forfeits decide, or none."""
    if rewards:
        return ranks_of(rewards, teams, forfeits)
    left = [seat for seat in seats if seat not in forfeits]
    if len(left) > 1 or not forfeits:
        return {}
    return {seat: 1 if seat in left else 1 + len(left) for seat in seats}


def ranks_of(rewards: Mapping[str, float], teams: Mapping[str, str], forfeits: Collection[str]) -> dict[str, int]:
    """Ranks from 1; equal rewards tie, a team has its members' mean, forfeiters tie for last."""
    if not teams and not forfeits:
        worths = [round(reward, 9) for reward in rewards.values()]
        return {seat: 1 + sum(other > worth for other in worths) for seat, worth in zip(rewards, worths, strict=True)}
    sides: dict[str, list[str]] = {}
    for seat in rewards:
        sides.setdefault(teams.get(seat, f"/{seat}"), []).append(seat)
    worth: dict[str, float] = {}
    for members in sides.values():
        mean = round(math.fsum(rewards[seat] for seat in members) / len(members), 9)
        worth.update(dict.fromkeys(members, mean))
    standing = sorted({worth[seat] for seat in rewards if seat not in forfeits}, reverse=True)
    ranks: dict[str, int] = {}
    for seat in rewards:
        if seat in forfeits:
            ranks[seat] = 1 + sum(1 for other in rewards if other not in forfeits)
        else:
            better = standing[: standing.index(worth[seat])]
            ranks[seat] = 1 + sum(1 for other in rewards if other not in forfeits and worth[other] in better)
    return ranks

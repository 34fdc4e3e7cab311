"""What is rated: results of matches as contests between sides, by how each game is scored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from arena.board import Result

Key = str | tuple[str, ...]
"""Who holds a rating: an agent, an agent in a role, or a named side of a game."""
TIE = 1e-9
"""Mean rewards closer than this share of their size are equal: sums of floats differ by the order they came in."""


@dataclass(frozen=True, slots=True)
class Side:
    """Those who win or lose together in one contest."""

    members: tuple[Key, ...]
    """Each weighs 1/size."""
    place: int
    extra: Key | None = None
    """The rating of the side itself, of weight 1, so that agents don't pay for the part they were dealt."""
    fixed: bool = False
    """Met, but not updated; then the others' own `extra` is not either."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Sides, best first; equal places tie."""

    game: str
    deal: tuple[str, int, int]
    """What is resampled for intervals: tournament, deal, chance seed."""
    sides: tuple[Side, ...]


def deal_of(result: Result) -> tuple[str, int, int]:
    """The draw of chance that a match was played on, within its game."""
    return (result.tournament, result.deal, result.seed)


def is_settled(result: Result) -> bool:
    """Whether a match has a result that can be rated."""
    return result.outcome in ("finished", "forfeit")


def contests(results: Iterable[Result], *, by_role: bool = False, role: str | None = None) -> list[Contest]:
    """Everything that can be rated, in schedule order; by role, whoever rates is an (agent, role).

    With `role`, seats of `reward` games in other roles are left out.
    """
    found: list[Contest] = []
    groups: dict[tuple[object, ...], tuple[Result, dict[Key, list[float]]]] = {}
    for result in results:
        if not is_settled(result):
            continue
        if result.scoring != "reward":
            contest = table_contest(result, by_role=by_role)
            if contest is not None:
                found.append(contest)
            continue
        for seat, agent in enumerate(result.agents):
            if result.rated[seat] and (role is None or result.roles[seat] == role):
                _, rewards = groups.setdefault(seat_group(result, seat), (result, {}))
                key: Key = (agent, result.roles[seat] or "") if by_role else agent
                rewards.setdefault(key, []).append(result.rewards[seat])
    for result, rewards in groups.values():
        if len(rewards) > 1:
            means = {key: fsum(values) / len(values) for key, values in rewards.items()}
            found.append(Contest(result.game, deal_of(result), _by_mean(means)))
    return found


def seat_group(result: Result, seat: int) -> tuple[object, ...]:
    """What results of different agents are compared on in a `reward` game: the same seat of the same deal."""
    return (
        result.tournament,
        result.variant,
        result.game,
        result.sha256,
        result.params,
        len(result.agents),
        result.deal,
        result.seed,
        seat,
        result.roles[seat],
    )


def uneven(results: Iterable[Result]) -> tuple[int, int]:
    """In how many seats of deals of `reward` games agents sat unequally often, and in how many they met at all."""
    groups: dict[tuple[object, ...], dict[str, int]] = {}
    for result in results:
        if result.scoring == "reward" and is_settled(result):
            for seat, agent in enumerate(result.agents):
                if result.rated[seat]:
                    counts = groups.setdefault(seat_group(result, seat), {})
                    counts[agent] = counts.get(agent, 0) + 1
    met = [counts for counts in groups.values() if len(counts) > 1]
    return sum(len(set(counts.values())) > 1 for counts in met), len(met)


def _by_mean(means: dict[Key, float]) -> tuple[Side, ...]:
    sides: list[Side] = []
    last = 0.0
    for key, mean in sorted(means.items(), key=lambda item: (-item[1], item[0])):
        tied = bool(sides) and abs(last - mean) <= TIE * max(1.0, abs(last), abs(mean))
        place = sides[-1].place if tied else len(sides) + 1
        last = last if tied else mean
        sides.append(Side((key,), place))
    return tuple(sides)


def table_contest(result: Result, *, by_role: bool = False) -> Contest | None:
    """One match as it ended at the table; by role, whoever rates is an (agent, role).

    None where fewer than two sides have a rated agent.
    """
    agents, seats = result.agents, range(len(result.agents))
    teams = result.teams
    if len(agents) == 2 and all(result.rated) and teams[0] is None and teams[1] is None:
        return _duel(result, by_role=by_role)
    lone = {seat for seat in seats if result.forfeits[seat] and teams[seat] is not None}
    grouped: dict[str | int, list[int]] = {}
    for seat in seats:
        if result.rated[seat]:
            team = teams[seat]
            grouped.setdefault(seat if team is None or seat in lone else team, []).append(seat)
    homes: dict[str, list[str | int]] = {}
    for side, inside in grouped.items():
        for agent in dict.fromkeys(agents[seat] for seat in inside):
            homes.setdefault(agent, []).append(side)
    for agent, found in homes.items():
        forfeited: list[str | int] = [seat for seat in sorted(lone) if agents[seat] == agent and result.rated[seat]]
        homes[agent] = forfeited[:1] or found
    sides: list[Side] = []
    extras = _extras(result, grouped, by_role=by_role)
    for side, inside in grouped.items():
        keys: dict[Key, None] = {}
        for seat in inside:
            # An agent on two sides would win and lose at once: it meets itself and is left out.
            if homes[agents[seat]] == [side]:
                keys[(agents[seat], result.roles[seat] or "") if by_role else agents[seat]] = None
        if keys:
            place = min(_place(result, seat) for seat in inside)
            sides.append(Side(tuple(keys), place, extras[side], bool(lone) and side not in lone))
    if len(sides) < 2 or all(side.fixed for side in sides):
        return None
    return Contest(result.game, deal_of(result), tuple(sorted(sides, key=lambda side: side.place)))


def _duel(result: Result, *, by_role: bool) -> Contest | None:
    """Two agents, each for itself: most of what there is to rate, so it takes no detours."""
    one, other = result.agents
    if one == other:
        return None
    places = (_place(result, 0), _place(result, 1))
    keys: tuple[Key, Key] = (one, other)
    extras: tuple[Key | None, Key | None] = (None, None)
    if by_role:
        first, second = (role or "" for role in result.roles)
        keys = ((one, first), (other, second))
        if first or second:
            extras = (("", result.game, f"role {first}"), ("", result.game, f"role {second}"))
    a, b = (0, 1) if places[0] <= places[1] else (1, 0)
    sides = (Side((keys[a],), places[a], extras[a]), Side((keys[b],), places[b], extras[b]))
    return Contest(result.game, deal_of(result), sides)


def scores(contest: Contest) -> list[float]:
    """Each side's matchpoints: the share of the others that it beat, ties half."""
    sides = contest.sides
    if len(sides) == 2:
        return [0.5, 0.5] if sides[0].place == sides[1].place else [1.0, 0.0]
    places = [side.place for side in sides]
    others = len(places) - 1
    return [(sum(p > place for p in places) + (places.count(place) - 1) / 2) / others for place in places]


def _place(result: Result, seat: int) -> int:
    return len(result.agents) + 1 if result.forfeits[seat] else result.ranks[seat]


def _extras(result: Result, grouped: dict[str | int, list[int]], *, by_role: bool) -> dict[str | int, Key | None]:
    """The rating of each side itself: all sides have one where any is named, or unlike the others in size."""
    teams = {team for team in result.teams if team is not None}
    named = any(not team.isdigit() for team in teams)
    sizes = {team: sum(1 for other in result.teams if other == team) for team in teams}
    unequal = len(set(sizes.values())) > 1 or (bool(teams) and None in result.teams)
    if not (named or unequal or (by_role and any(result.roles))):
        return dict.fromkeys(grouped)
    extras: dict[str | int, Key | None] = {}
    for side, inside in grouped.items():
        team = result.teams[inside[0]]
        if team is None:
            name = f"role {result.roles[inside[0]] or ''}"
        else:
            # A number says who plays together, not as what: it may well be the order of merit.
            name = f"size {sizes[team]}" if team.isdigit() else f"side {team}"
        extras[side] = ("", result.game, name)
    return extras


def agents_of(results: Sequence[Result]) -> list[str]:
    """Every rated agent, by name."""
    return sorted({agent for r in results for agent, rated in zip(r.agents, r.rated, strict=True) if rated})

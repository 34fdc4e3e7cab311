"""Who meets whom next, given the rounds before: Swiss, and matchmaking by TrueSkill."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Any

from arena.board import Result
from arena.cups.cup import Cup, GameEntry
from arena.cups.schedule import filled
from arena.identity import digest
from arena.ratings.trueskill import DRAW, Rating, quality

_FAR = 10_000


def next_tables(
    cup: Cup, entry: GameEntry, deal: int, results: Sequence[Result], before: Sequence[Sequence[str]]
) -> list[tuple[str, ...]]:
    """The tables of the next round; `results` are those of the rounds before in schedule order, `before` their tables.

    Agents that are left over when the seats do not divide them sit with the entry's `fill`, or sit the round out.
    """
    names = [agent.name for agent in cup.agents]
    Random(digest([cup.seed, entry.game.sha256, dict(entry.params), "order"]).hex()).shuffle(names)
    sat: Counter[str] = Counter(name for table in before for name in table)
    met: Counter[tuple[str, str]] = Counter()
    for table in before:
        for one, other in combinations(table, 2):
            met[one, other] += 1
            met[other, one] += 1
    if cup.schedule == "swiss":
        points = standing(results, names)
        names.sort(key=lambda name: -points[name])
        playing, left = _split(names, entry.seats, sat)
        tables = _swiss_pairs(playing, met) if entry.seats == 2 else _swiss_tables(playing, entry.seats, met)
    else:
        ratings = rate(results, names)
        names.sort(key=lambda name: -ratings[name].mu)
        playing, left = _split(names, entry.seats, sat)
        tables = _closest(playing, entry.seats, ratings)
    if left and (entry.fill or len(left) == entry.seats):
        tables.append(left)
    rng = Random(digest([cup.seed, entry.game.sha256, dict(entry.params), deal, "seats"]).hex())
    for table in tables:
        rng.shuffle(table)
    return [filled(table, entry) for table in tables]


def standing(results: Iterable[Result], names: Iterable[str]) -> dict[str, float]:
    """Each agent's mean share of opponents beaten, ties half; 0 before its first match."""
    shares: dict[str, list[float]] = {name: [] for name in names}
    for result in results:
        for seat, name in enumerate(result.agents):
            if not result.ranks or name not in shares:
                continue
            team, rank = result.teams[seat], result.ranks[seat]
            others = [
                result.ranks[other]
                for other in range(len(result.agents))
                if other != seat and (team is None or result.teams[other] != team)
            ]
            if others:
                beaten = sum(1.0 if rank < other else 0.5 if rank == other else 0.0 for other in others)
                shares[name].append(beaten / len(others))
    return {name: math.fsum(found) / len(found) if found else 0.0 for name, found in shares.items()}


def rate(results: Iterable[Result], names: Iterable[str]) -> dict[str, Rating]:
    """The rating of each agent after these results, in their order; a repeated agent or a void match is left out."""
    import trueskill

    rules: Any = trueskill.TrueSkill(draw_probability=DRAW)
    fresh: Any = rules.create_rating()
    ratings: dict[str, Any] = dict.fromkeys(names, fresh)
    for result in results:
        if not result.ranks or len(set(result.agents)) < len(result.agents):
            continue
        sides: dict[str, list[int]] = {}
        for seat in range(len(result.agents)):
            sides.setdefault(result.teams[seat] or f"/{seat}", []).append(seat)
        if len(sides) < 2:
            continue
        groups = [{seat: ratings.get(result.agents[seat], fresh) for seat in seats} for seats in sides.values()]
        ranks = [min(result.ranks[seat] for seat in seats) for seats in sides.values()]
        for group in rules.rate(groups, ranks=ranks):
            for seat, rating in group.items():
                if result.agents[seat] in ratings:
                    ratings[result.agents[seat]] = rating
    return {name: Rating(float(rating.mu), float(rating.sigma)) for name, rating in ratings.items()}


def _split(names: Sequence[str], seats: int, sat: Counter[str]) -> tuple[list[str], list[str]]:
    """Who plays, and who is left over: those that sat most, the lowest of them first."""
    spare = len(names) % seats
    order = sorted(range(len(names)), key=lambda place: (-sat[names[place]], -place))
    out = set(order[:spare])
    playing = [name for place, name in enumerate(names) if place not in out]
    return playing, [name for place, name in enumerate(names) if place in out]


def _swiss_pairs(names: Sequence[str], met: Counter[tuple[str, str]]) -> list[list[str]]:
    """Pairs that met least, and among those the nearest in the standing, best over all pairs at once."""
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(names)))
    for one, other in combinations(range(len(names)), 2):
        cost = met[names[one], names[other]] * _FAR**2 + (other - one) ** 2
        graph.add_edge(one, other, weight=-cost)
    found: set[tuple[int, int]] = nx.max_weight_matching(graph, maxcardinality=True)
    pairs = sorted(tuple(sorted(pair)) for pair in found)
    return [[names[place] for place in pair] for pair in pairs]


def _swiss_tables(names: Sequence[str], seats: int, met: Counter[tuple[str, str]]) -> list[list[str]]:
    left = list(names)
    tables: list[list[str]] = []
    while left:
        table = [left.pop(0)]
        while len(table) < seats:
            best = min(range(len(left)), key=lambda place: (sum(met[left[place], other] for other in table), place))
            table.append(left.pop(best))
        tables.append(table)
    return tables


def _closest(names: Sequence[str], seats: int, ratings: Mapping[str, Rating]) -> list[list[str]]:
    """The widest sigma first, with those whose match with it would be the closest."""
    left = list(names)
    tables: list[list[str]] = []
    while left:
        first = left.pop(max(range(len(left)), key=lambda place: (round(ratings[left[place]].sigma, 9), -place)))
        near = sorted(
            range(len(left)), key=lambda place: (-round(quality(ratings[first], ratings[left[place]]), 9), place)
        )
        chosen = [left[place] for place in near[: seats - 1]]
        left = [name for name in left if name not in chosen]
        tables.append([first, *chosen])
    return tables

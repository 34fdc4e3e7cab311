"""Skill on one board: everybody's rating, range, score and record, with conduct and cost beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, fsum
from typing import Any

from arena.board import Column, Log, Result, Standings
from arena.ratings.conduct import Conduct, Tally, conduct, tally
from arena.ratings.contest import Contest, Key, agents_of, contests, is_settled, scores, uneven
from arena.ratings.plackett_luce import DIGITS, GAMES, SCALE, Fit, fit
from arena.ratings.pool import select
from arena.ratings.stats import LEVEL, quantile
from arena.ratings.trueskill import MU, SIGMA, Average, fold, orders

Rate = Callable[[Sequence[Contest], int, int], dict[Key, Average]]
"""Contests, number of orders, seed: everybody's rating."""

COLUMNS = (
    Column("#", ("rank",), "count"),
    Column("agent", ("agent",)),
    Column("rating", ("rating",), "number"),
    Column("low", ("low",), "number"),
    Column("high", ("high",), "number"),
    Column("ranks", ("rank_low", "rank_high"), "range"),
    Column("mu", ("mu",), "number"),
    Column("sigma", ("sigma",), "number"),
    Column("strength", ("strength",), "number"),
    Column("score", ("score",), "share"),
    Column("reward", ("reward",), "number"),
    Column("matches", ("matches",), "count"),
    Column("w", ("wins",), "count"),
    Column("d", ("draws",), "count"),
    Column("l", ("losses",), "count"),
    Column("forfeits", ("forfeits",), "count"),
    Column("conduct", ("conduct",), "share"),
    Column("usd", ("cost_usd",), "money"),
    Column("marks", ("marks",)),
)


@dataclass(slots=True)
class _Record:
    """What one agent has to show besides ratings."""

    matches: int = 0
    forfeits: int = 0
    rewards: list[float] = field(default_factory=list[float])
    costs: list[float | None] = field(default_factory=list[float | None])
    wins: int = 0
    draws: int = 0
    losses: int = 0
    scores: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


def ladder(
    log: Log,
    board: str,
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
    seed: int = 0,
    rate: Rate = fold,
) -> Standings:
    """The board of all games (intervals resample games, then deals), or of one, or of one role in it."""
    pool, results = select(log.results, game=game, role=role, variant=variant, tournament=tournament, pool=pool)
    keys = _keys(results, role)
    found = contests(results, by_role=role is not None, role=role)
    permutations = orders(found)
    ratings = rate(found, permutations, seed)
    whole = game is None
    fitted = fit(found, list(keys.values()), by_game=whole, seed=seed)
    several = len({contest.game for contest in found}) > 1
    strength = fit(found, list(keys.values()), even=True, draws=0).strength if several else fitted.strength
    records = _records(results, found, keys, role)
    did = tally(results, role=role)
    rows: list[dict[str, Any]] = []
    rated = _ranked(keys, ratings)
    ranges = _ranges(rated, keys, ratings, fitted, seed)
    split = {} if role is not None or whole else _by_role(results, seed, rate)
    for place, agent in enumerate([*rated, *(agent for agent in keys if agent not in rated)]):
        average = ratings.get(keys[agent], Average(MU, SIGMA, 0.0))
        own, acts = records[agent], did.get(agent, Tally())
        seen = conduct(acts.counts, seed)
        row = _row(agent, average, own, acts, seen)
        row |= ranges.get(agent, {})
        row["strength"] = strength[keys[agent]] if place < len(rated) else None
        if not own.costs and log.agents.get(agent, {}).get("scripted"):
            row["cost_usd"] = 0.0
        row["marks"] = _marks(log.agents.get(agent, {}), pool)
        if split:
            row["roles"] = split.get(agent, {})
        rows.append(row)
    notes = (*_notes(results, found, rows, permutations, whole=whole), *_ranked_by(log, results))
    return Standings(board, pool, tuple(rows), COLUMNS, notes)


def _keys(results: Sequence[Result], role: str | None) -> dict[str, Key]:
    if role is None:
        return {agent: agent for agent in agents_of(results)}
    playing = {
        agent
        for result in results
        for agent, rated, own in zip(result.agents, result.rated, result.roles, strict=True)
        if rated and own == role
    }
    return {agent: (agent, role) for agent in sorted(playing)}


def _rating(average: Average) -> float:
    return average.mu - 3 * average.sigma


def _ranked(keys: Mapping[str, Key], ratings: Mapping[Key, Average]) -> list[str]:
    rated = [agent for agent, key in keys.items() if key in ratings]
    return sorted(rated, key=lambda agent: (-_rating(ratings[keys[agent]]), agent))


def _ranges(
    rated: Sequence[str], keys: Mapping[str, Key], ratings: Mapping[Key, Average], fitted: Fit, seed: int
) -> dict[str, dict[str, Any]]:
    """Everybody's rank, and how far resampled deals move ratings and ranks."""
    import numpy as np

    points = {agent: _rating(ratings[keys[agent]]) for agent in rated}
    ranks = {agent: 1 + sum(other > point for other in points.values()) for agent, point in points.items()}
    ranges: dict[str, dict[str, Any]] = {agent: {"rank": rank} for agent, rank in ranks.items()}
    if fitted.deviations is None or len(rated) < 2:
        return ranges
    places = {agent: i for i, agent in enumerate(keys)}
    columns = [places[agent] for agent in rated]
    stretch = SCALE * _stretch([(fitted.strength[keys[agent]], ratings[keys[agent]].mu) for agent in rated])
    wobble = np.array([ratings[keys[agent]].wobble for agent in rated])
    noise = np.random.default_rng(seed + 2).normal(size=(len(fitted.deviations), len(rated)))
    drawn = fitted.deviations[:, columns] * stretch + noise * wobble + np.array([points[agent] for agent in rated])
    order = 1 + np.argsort(np.argsort(-drawn, axis=1), axis=1)
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    for column, agent in enumerate(rated):
        low, high = (quantile(drawn[:, column].tolist(), tail) for tail in tails)
        first, last = (quantile(order[:, column].tolist(), tail) for tail in tails)
        point, rank = points[agent], ranks[agent]
        ranges[agent] |= {
            "low": min(point, round(low, DIGITS)),
            "high": max(point, round(high, DIGITS)),
            "rank_low": min(rank, int(first)),
            "rank_high": max(rank, ceil(last)),
        }
    return ranges


def _stretch(points: Sequence[tuple[float, float]]) -> float:
    """How much wider the ratings lie than the strengths on their scale: what moves one moves the other so much more."""
    middle = fsum(mu for _, mu in points) / len(points)
    spread = fsum(strength**2 for strength, _ in points) * SCALE
    slope = fsum(strength * (mu - middle) for strength, mu in points) / spread if spread > 0 else 1.0
    return min(2.0, max(1.0, slope))


def _by_role(results: Sequence[Result], seed: int, rate: Rate) -> dict[str, dict[str, Any]]:
    """Agent to role to its rating in that role, where the game has roles."""
    if not any(name is not None for result in results for name in result.roles):
        return {}
    found = contests(results, by_role=True)
    split: dict[str, dict[str, Any]] = {}
    for key, average in sorted(rate(found, orders(found), seed).items(), key=lambda item: str(item[0])):
        if isinstance(key, tuple) and len(key) == 2:
            agent, name = key
            own = {"mu": average.mu, "sigma": average.sigma, "rating": _rating(average)}
            split.setdefault(agent, {})[name] = own
    return split


def _records(
    results: Sequence[Result], found: Sequence[Contest], keys: Mapping[str, Key], role: str | None
) -> dict[str, _Record]:
    records = {agent: _Record() for agent in keys}
    for result in results:
        for agent in dict.fromkeys(result.agents):
            own = records.get(agent)
            if own is None:
                continue
            usage = result.usage.get(agent)
            if usage is not None:
                own.costs.append(usage.get("cost_usd") if usage.get("calls", 1) else 0.0)
            seats = [
                seat
                for seat, name in enumerate(result.agents)
                if name == agent and result.rated[seat] and (role is None or result.roles[seat] == role)
            ]
            if not seats or not is_settled(result):
                continue
            own.matches += 1
            own.forfeits += sum(result.forfeits[seat] for seat in seats)
            if result.rewards:
                own.rewards.append(fsum(result.rewards[seat] for seat in seats) / len(seats))
    holders = {key: agent for agent, key in keys.items()}
    for contest in found:
        best = contest.sides[0].place
        shared = contest.sides[1].place == best
        for side, score in zip(contest.sides, scores(contest), strict=True):
            if side.fixed:
                continue
            first = side.place == best
            for member in side.members:
                agent = holders.get(member)
                if agent is not None:
                    own = records[agent]
                    own.scores.setdefault(contest.game, []).append(score)
                    own.wins += first and not shared
                    own.draws += first and shared
                    own.losses += not first
    return records


def _row(agent: str, average: Average, own: _Record, acts: Tally, seen: Conduct) -> dict[str, Any]:
    by_game = [fsum(scores) / len(scores) for scores in own.scores.values()]
    known = [cost for cost in own.costs if cost is not None]
    return {
        "agent": agent,
        "mu": average.mu,
        "sigma": average.sigma,
        "rating": _rating(average),
        "low": None,
        "high": None,
        "rank": None,
        "rank_low": None,
        "rank_high": None,
        "score": fsum(by_game) / len(by_game) if by_game else None,
        "reward": fsum(own.rewards) / len(own.rewards) if own.rewards else None,
        "matches": own.matches,
        "wins": own.wins,
        "draws": own.draws,
        "losses": own.losses,
        "forfeits": own.forfeits,
        "conduct": seen.value,
        "conduct_cells": seen.cells,
        "conduct_low": seen.low,
        "conduct_high": seen.high,
        "conduct_n": seen.opportunities,
        "declined": acts.declined,
        "act_errors": acts.act_errors,
        "cost_usd": fsum(known) if own.costs and len(known) == len(own.costs) else None,
    }


def _marks(about: Mapping[str, Any], pool: str) -> list[str]:
    marks = [mark for mark in ("scripted", "privileged") if about.get(mark)]
    return [*marks, "trained on this pool"] if pool in about.get("trained_on", ()) else marks


def _ranked_by(log: Log, results: Sequence[Result]) -> list[str]:
    if not any(result.scoring == "panel" for result in results):
        return []
    # Most boards need nothing of what judging is made of.
    from arena.judging.panels.ranks import ranked_by

    return ranked_by(log, results)


def _notes(
    results: Sequence[Result],
    found: Sequence[Contest],
    rows: Sequence[Mapping[str, Any]],
    permutations: int,
    *,
    whole: bool,
) -> tuple[str, ...]:
    notes: list[str] = []
    if not results:
        return ("no matches yet",)
    for outcome, why in (("void", "nobody lost them"), ("unjudged", "they wait for a panel's verdict")):
        number = sum(result.outcome == outcome for result in results)
        if number:
            notes.append(f"{number} of {len(results)} matches are {outcome} and not rated: {why}")
    variants = sorted({result.variant for result in results})
    if len(variants) > 1:
        names = ", ".join(variant or "base" for variant in variants)
        notes.append(f"over all variants, each compared within itself: {names}; --variant picks one")
    if not found:
        return (*notes, "nothing is rated: no match has two agents to compare")
    if all(side.place == 1 for contest in found for side in contest.sides):
        notes.append("every contest is a draw")
    notes.append(
        f"rating = mu - 3 sigma (TrueSkill, averaged over {permutations} seeded orders); strength: log-odds,"
        " without order, every game weighing the same"
    )
    games = len({contest.game for contest in found})
    if whole and games < GAMES:
        notes.append(f"no intervals: they resample games, and {games} {'is' if games == 1 else 'are'} under {GAMES}")
    elif any(row["low"] is not None for row in rows):
        what = "games, then deals" if whole else "deals"
        notes.append(f"low to high, and ranks: 95 % of the ratings and of their order over resampled {what}")
    else:
        notes.append("no intervals: they resample deals, and there is one")
    if any(result.scoring == "reward" for result in results):
        notes.append(
            "reward games compare mean rewards in the same seat of the same deal, each one contest won, drawn or lost;"
            " score is the share of the others beaten there, ties half"
        )
        some, met = uneven(results)
        if some:
            notes.append(
                f"in {some} of {met} such seats the agents did not play equally often, so they met different opponents"
            )
    return tuple(notes)

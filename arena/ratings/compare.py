"""Two agents, or two variants, on what they share: the same seats of the same deals, and the same cells of conduct."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from arena.board import DIMENSIONS, Column, Log, Result, Standings
from arena.errors import UsageError, unknown
from arena.ratings.conduct import Counts, tally
from arena.ratings.conduct_difference import rates
from arena.ratings.contest import agents_of, deal_of, is_settled, scores, seat_group, table_contest
from arena.ratings.pool import select
from arena.ratings.stats import SEEN, holm, mean_interval, sign_flip

Pair = tuple[object, ...]
"""The same seat of the same deal."""
EVERYBODY = "all agents"


@dataclass(slots=True)
class Skill:
    """What both did in one game, by pair."""

    game: str
    measure: str
    agent: str | None
    both: tuple[dict[Pair, list[float]], dict[Pair, list[float]]] = field(default_factory=lambda: ({}, {}))
    deals: dict[Pair, tuple[str, int, int]] = field(default_factory=dict[Pair, tuple[str, int, int]])


def compare(
    log: Log,
    a: str,
    b: str,
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
    seed: int = 0,
) -> Standings:
    """Skill per game and conduct per dimension of `a` less `b`, paired by deal, with p corrected for all rows (Holm).

    Two agents are compared in the same seats of the same deals; two variants on the same agents in them.
    """
    pool, results = select(log.results, game=game, role=role, variant=variant, tournament=tournament, pool=pool)
    agents = agents_of(results)
    variants = sorted({result.variant for result in results})
    by_variant = a not in agents and b not in agents and a in variants and b in variants
    if a == b:
        raise UsageError(f"{a!r} is the same on both sides; name two agents or two variants")
    if not by_variant:
        named = [*agents, *(variant for variant in variants if variant)]
        for name in (a, b):
            if name not in named:
                raise unknown("agent or variant in these results", name, named)
        if a not in agents or b not in agents:
            agent, other = (a, b) if a in agents else (b, a)
            raise UsageError(f"{agent!r} is an agent and {other!r} a variant; name two agents or two variants")
    rows = [skill_row(skill, seed) for skill in skills(results, a, b, by_variant=by_variant, role=role)]
    for agent, counts_a, counts_b in _conducts(results, a, b, by_variant=by_variant, role=role):
        for dimension in DIMENSIONS:
            found = rates(counts_a, counts_b, dimension, seed)
            if found is not None:
                rows.append({"about": "conduct", "agent": agent, "game": None, "measure": dimension, **found})
    rows = [row for row in rows if row["deals"]]
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = p
    return Standings("compare", pool, tuple(rows), _columns(a, b, by_variant=by_variant), _notes(a, b, rows))


def _columns(a: str, b: str, *, by_variant: bool) -> tuple[Column, ...]:
    return (
        *((Column("agent", ("agent",)),) if by_variant else ()),
        Column("game", ("game",)),
        Column("measure", ("measure",)),
        Column(a, ("a",), "number"),
        Column(b, ("b",), "number"),
        Column("difference", ("difference",), "number"),
        Column("low", ("low",), "number"),
        Column("high", ("high",), "number"),
        Column("p", ("p",), "p"),
        Column("p (Holm)", ("p_holm",), "p"),
        Column("smallest", ("smallest",), "number"),
        Column("deals", ("deals",), "count"),
        Column("pairs", ("pairs",), "count"),
    )


def _notes(a: str, b: str, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    if not rows:
        return (f"{a!r} and {b!r} share no seat of a deal and no cell of conduct",)
    notes = [
        f"difference = {a} - {b}, 95 % interval; p: sign flips by deal; p (Holm): over these {len(rows)} comparisons",
        "smallest: the difference that so many deals would have shown in four of five cases",
    ]
    if any(row["low"] is None and row["deals"] > 1 for row in rows):
        notes.append("no interval where every deal gave the same difference: how far others would lie is unknown")
    if any(row["deals"] < SEEN for row in rows):
        notes.append("under six deals no difference, however large, can be told from chance at 5 %")
    return tuple(notes)


def skills(results: Iterable[Result], a: str, b: str, *, by_variant: bool, role: str | None) -> Iterator[Skill]:
    """What two agents, or everybody under two variants, did: by game, and of variants by agent, too."""
    found: dict[tuple[str, str], Skill] = {}
    for result in results:
        if not is_settled(result) or (by_variant and result.variant not in (a, b)):
            continue
        measure = "reward" if result.scoring == "reward" else "score"
        for agent, seat, value in _values(result):
            if (not by_variant and agent not in (a, b)) or (role is not None and result.roles[seat] != role):
                continue
            if by_variant:
                side = int(result.variant == b)
                # A variant may set parameters; the seed tells entries of the same game apart.
                pair: Pair = (agent, result.tournament, result.game, len(result.agents), *deal_of(result), seat)
                # Ranks add up to the same under every variant, so only rewards tell of everybody.
                names = [EVERYBODY, agent] if measure == "reward" else [agent]
            else:
                side = int(agent == b)
                pair = seat_group(result, seat)
                names = [""]
            for name in names:
                skill = found.setdefault((result.game, name), Skill(result.game, measure, name or None))
                skill.both[side].setdefault(pair, []).append(value)
                skill.deals[pair] = deal_of(result)
    return (found[key] for key in sorted(found))


def _values(result: Result) -> Iterator[tuple[str, int, float]]:
    """Rated agents, their seats, and how well they did there."""
    if result.scoring == "reward":
        for seat, agent in enumerate(result.agents):
            if result.rated[seat]:
                yield agent, seat, result.rewards[seat]
        return
    contest = table_contest(result)
    if contest is not None:
        for side, score in zip(contest.sides, scores(contest), strict=True):
            if not side.fixed:
                for member in side.members:
                    seats = enumerate(zip(result.agents, result.rated, strict=True))
                    yield str(member), next(seat for seat, own in seats if own == (member, True)), score


def skill_row(skill: Skill, seed: int) -> dict[str, Any]:
    """The means of both over the deals that they share, their difference and how sure it is; no deal, no numbers."""
    of_a, of_b = skill.both
    by_deal: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    for pair, values in of_a.items():
        if pair in of_b:
            other = of_b[pair]
            means = fsum(values) / len(values), fsum(other) / len(other)
            by_deal.setdefault(skill.deals[pair], []).append(means)
    row: dict[str, Any] = {"about": "skill", "agent": skill.agent, "game": skill.game, "measure": skill.measure}
    if not by_deal:
        return row | {"deals": 0, "p": None}
    deals = [[fsum(column) / len(pairs) for column in zip(*pairs, strict=True)] for pairs in by_deal.values()]
    differences = [one - other for one, other in deals]
    mean, low, high, smallest = mean_interval(differences)
    return row | {
        "a": fsum(one for one, _ in deals) / len(deals),
        "b": fsum(other for _, other in deals) / len(deals),
        "difference": mean,
        "low": low,
        "high": high,
        "p": sign_flip(differences, seed),
        "smallest": smallest,
        "deals": len(deals),
        "pairs": sum(len(pairs) for pairs in by_deal.values()),
    }


def _conducts(
    results: Sequence[Result], a: str, b: str, *, by_variant: bool, role: str | None
) -> Iterator[tuple[str | None, Counts, Counts]]:
    """Whom it is about, and the counts of both."""
    if not by_variant:
        did = tally(results, role=role)
        yield None, did[a].counts if a in did else {}, did[b].counts if b in did else {}
        return
    one = tally((result for result in results if result.variant == a), role=role)
    other = tally((result for result in results if result.variant == b), role=role)
    both = [agent for agent in sorted(one) if agent in other]
    yield EVERYBODY, _together(one[agent].counts for agent in both), _together(other[agent].counts for agent in both)
    for agent in both:
        yield agent, one[agent].counts, other[agent].counts


def _together(many: Iterable[Counts]) -> Counts:
    """The cells of several agents side by side, so that each weighs the same."""
    return {
        (game, f"{number} {role}", dimension): deals
        for number, counts in enumerate(many)
        for (game, role, dimension), deals in counts.items()
    }

"""What is played: pure functions from a tournament to its tables, and from tables to matches."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random
from typing import NamedTuple

from arena.cups.cup import Cup, GameEntry
from arena.identity import chance_seed, digest, match_id

PAIRS, DRAWN, SELF = 0, 1, 2
"""How a table came to be: one of all pairs, drawn (and stored), or one agent in all seats."""


class Table(NamedTuple):
    """Who sits together; each table is played under all rotations of its seats."""

    kind: int
    number: int
    """Its place among the tables of its kind, game and deal; adding agents moves none."""
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """When each agent, game and variant first entered the tournament: what comes later is numbered later."""

    agents: Mapping[str, int]
    games: Mapping[tuple[str, str, int], int]
    variants: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Fixture:
    """One match to be played."""

    id: str
    place: str
    """Sorts into schedule order, however the tournament grew."""
    game: int
    """Which of the cup's games; so is `variant` of its variants."""
    variant: int
    deal: int
    repetition: int
    seed: int
    seats: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What each seat's agent noted in earlier rounds; none where nobody has noted anything."""


def adaptive(cup: Cup, entry: GameEntry) -> bool:
    """Whether tables depend on earlier results; `reward` games need the same opponents for all, so never."""
    return cup.schedule != "round_robin" and entry.game.scoring != "reward"


def drawn(cup: Cup, entry: GameEntry) -> bool:
    """Whether tables are drawn and stored, not simply all pairs (or each agent, alone)."""
    return adaptive(cup, entry) or entry.seats > 2 or len(cup.agents) < entry.seats


def all_tables(cup: Cup, entry: GameEntry, numbers: Numbers) -> list[Table]:
    """Every pair once (every agent, in a game for one), ordered so that a further agent only adds to the end."""
    names = sorted((agent.name for agent in cup.agents), key=lambda name: numbers.agents[name])
    if entry.seats == 1:
        return [Table(PAIRS, numbers.agents[name], (name,)) for name in names]
    tables: list[Table] = []
    for second in names:
        later = numbers.agents[second]
        for first in names:
            earlier = numbers.agents[first]
            if earlier < later:
                tables.append(Table(PAIRS, later * (later - 1) // 2 + earlier, (first, second)))
    return tables


def self_tables(cup: Cup, entry: GameEntry, numbers: Numbers) -> list[Table]:
    """Each agent with copies of itself, where rewards are compared across tables."""
    if not (cup.self_play and entry.game.scoring == "reward" and entry.seats > 1):
        return []
    return [Table(SELF, numbers.agents[agent.name], (agent.name,) * entry.seats) for agent in cup.agents]


def draw_tables(
    cup: Cup, entry: GameEntry, stored: Mapping[int, Sequence[Sequence[tuple[str, ...]]]]
) -> list[tuple[int, int, list[tuple[str, ...]]]]:
    """Tables for all deals, until in each every agent sits at one: who sat least first, with those it met least.

    `stored` are the parts that were drawn before, by deal; what comes back are further (deal, part, tables), for new
    deals, and in old ones for agents that came later.
    """
    sat: Counter[str] = Counter()
    met: Counter[tuple[str, str]] = Counter()
    fresh: list[tuple[int, int, list[tuple[str, ...]]]] = []
    for deal in range(cup.deals):
        parts = stored.get(deal, ())
        now: Counter[str] = Counter()
        for table in (table for part in parts for table in part):
            _seat(table, now, sat, met)
        rng = Random(digest([cup.seed, entry.game.sha256, dict(entry.params), deal, "tables", len(parts)]).hex())
        drawn = _draw(cup, entry, rng, now, sat, met)
        if drawn:
            fresh.append((deal, len(parts), drawn))
    return fresh


def _draw(
    cup: Cup, entry: GameEntry, rng: Random, now: Counter[str], sat: Counter[str], met: Counter[tuple[str, str]]
) -> list[tuple[str, ...]]:
    names = [agent.name for agent in cup.agents]
    rng.shuffle(names)
    tie = {name: number for number, name in enumerate(names)}
    tables: list[tuple[str, ...]] = []
    while any(not now[name] for name in names):
        chosen: list[str] = []
        near: Counter[str] = Counter()
        while len(chosen) < min(entry.seats, len(names)):
            free = [name for name in names if name not in chosen]
            chosen.append(min(free, key=lambda name: (now[name], sat[name], near[name], tie[name])))
            near.update({name: met[name, chosen[-1]] for name in names})
        rng.shuffle(chosen)
        tables.append(filled(chosen, entry))
        _seat(tables[-1], now, sat, met)
    return tables


def _seat(table: Sequence[str], now: Counter[str], sat: Counter[str], met: Counter[tuple[str, str]]) -> None:
    now.update(table)
    sat.update(table)
    for one, other in permutations(table, 2):
        met[one, other] += 1


def filled(names: Sequence[str], entry: GameEntry) -> tuple[str, ...]:
    """A table with the seats left over given to the entry's `fill` agents, in turn."""
    missing = entry.seats - len(names)
    return (*names, *(entry.fill[number % len(entry.fill)].name for number in range(missing)))


def rotations(seats: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The seatings of a table that differ."""
    return list(dict.fromkeys(seats[turn:] + seats[:turn] for turn in range(len(seats))))


def count(cup: Cup, entry: GameEntry, tables: Sequence[Table]) -> int:
    """How many matches these tables are."""
    here = {agent.name for agent in (*cup.agents, *entry.fill)}
    variants = sum(variant.fits(entry) for variant in cup.variants)
    seatings = sum(len(rotations(table.seats)) for table in tables if here >= set(table.seats))
    return seatings * variants * cup.repetitions


def fixtures(cup: Cup, numbers: Numbers, game: int, deal: int, tables: Sequence[Table]) -> Iterator[Fixture]:
    """The matches of one game and deal, in schedule order: per variant, each table under all rotations."""
    entry = cup.games[game]
    seed = chance_seed(cup.seed, entry.game.sha256, entry.params, deal)
    prints = {agent.name: agent.fingerprint for agent in (*cup.agents, *entry.fill)}
    for number, variant in enumerate(cup.variants):
        if not variant.fits(entry):
            continue
        prefix = f"{deal:06d}.{numbers.games[entry.key]:04d}.{numbers.variants[variant.name]:03d}"
        for kind, index, seats in sorted(tables):
            if not prints.keys() >= set(seats):
                continue  # an agent that left; what it played stays in the store
            for turn, seating in enumerate(rotations(seats)):
                named = [(name, prints[name]) for name in seating]
                for repetition in range(cup.repetitions):
                    yield Fixture(
                        id=match_id(seed, cup.name, variant.name, repetition, named),
                        place=f"{prefix}.{kind}.{index:08d}.{turn:02d}.{repetition:04d}",
                        game=game,
                        variant=number,
                        deal=deal,
                        repetition=repetition,
                        seed=seed,
                        seats=seating,
                    )

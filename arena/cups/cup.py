"""The tournament file: what is played, read from TOML or from flags, checked, and frozen."""

import os
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arena.calling.prices import Price
from arena.cups.entrants import Entrant, entrant, entrant_by_name
from arena.cups.faults import NONE, Faults, check_change, read_faults
from arena.cups.probes import Probe, check_probe, read_probe
from arena.cups.toml_lines import TomlLines, not_toml
from arena.cups.toml_section import Section
from arena.errors import UsageError, unknown
from arena.identity import canonical
from arena.judging.entry import JudgeEntry, once, read_judge
from arena.library import Game, defaults, select_games
from arena.match import seat_names
from arena.params import fill_params, rules_that_change

SCHEDULES = ("round_robin", "swiss", "matchmaking")
BASE = "base"
"""The condition without changes; a variant of that name replaces it."""
MOST_MATCHES = 2_000_000
"""So many fixtures fit into the memory of a small machine."""
_VARIANT_ACTS = ("offered", "asked", "off")


@dataclass(frozen=True, slots=True)
class GameEntry:
    """One `[[games]]` entry: a game as it is played in this tournament."""

    game: Game
    params: Mapping[str, Any]
    """Only those that the entry sets; the chance seed hangs on them."""
    seats: int
    fill: tuple[Entrant, ...] = ()
    where: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells one entry from another."""
        return self.game.name, canonical(dict(self.params)), self.seats


@dataclass(frozen=True, slots=True)
class Variant:
    """The same deals under another condition."""

    name: str = BASE
    acts: str = "offered"
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    prompt: str = ""
    where: str = ""
    faults: Faults = NONE
    probes: tuple[Probe, ...] = ()

    def fits(self, entry: GameEntry) -> bool:
        """Whether the game has the parameters this variant sets; one that lacks them is not played under it."""
        lacks = self.params.keys() - defaults(entry.game).keys()
        return not lacks and self.faults.fit(entry.game, entry.seats)

    def data(self) -> dict[str, Any]:
        """What makes it another condition, as the store keeps it."""
        known = {"acts": self.acts, "params": dict(self.params), "prompt": self.prompt}
        probes = {"probes": [probe.data() for probe in self.probes]} if self.probes else {}
        return known | ({"faults": faults} if (faults := self.faults.data()) else {}) | probes


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use, and how much of it may fail."""

    concurrency: int = 64
    max_void_share: float = 0.0
    max_cost_usd: float | None = None
    max_calls: int | None = None
    max_time: float | None = None
    """In seconds, of one run; the others count over the whole tournament."""


@dataclass(frozen=True, slots=True)
class Cup:
    """A tournament as it was asked for."""

    name: str
    seed: int
    agents: tuple[Entrant, ...]
    games: tuple[GameEntry, ...]
    variants: tuple[Variant, ...] = (Variant(),)
    schedule: str = "round_robin"
    deals: int = 10
    self_play: bool = True
    repetitions: int = 1
    heldout: bool = False
    judges: tuple[JudgeEntry, ...] = ()
    limits: Limits = Limits()
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    """By model; they go before those of the price table."""
    source: str = "the flags"
    """What error messages call it: the file's path."""

    @property
    def entrants(self) -> dict[str, Entrant]:
        """All who may sit somewhere, by name: its agents, then those that fill seats."""
        own = {agent.name: agent for agent in self.agents}
        fills = {agent.name: agent for entry in self.games for agent in entry.fill}
        return own | {name: agent for name, agent in fills.items() if name not in own}


def read_cup(path: str | Path) -> Cup:
    """Read and check a tournament file; a `UsageError` names line and key."""
    try:
        # Some editors begin a file with a byte order mark.
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}; `arena init > cup.toml` writes one to start from"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from None
    return parse_cup(text, str(path))


def parse_cup(text: str, name: str = "cup.toml") -> Cup:
    """Check the text of a tournament file; `name` is what errors call it."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(not_toml(name, text, str(error))) from None
    top = Section(data, TomlLines(name, text), ())
    title = top.text("name", required=True)
    _check_name("a tournament", title, top.at("name"))
    heldout = top.flag("heldout", default=False)
    cup = Cup(
        name=title,
        seed=_heldout_seed(top) if heldout else top.number("seed", 0, least=-(2**63), most=2**63 - 1),
        agents=tuple(_agent(each) for each in top.tables("agents")),
        games=tuple(_games(top.tables("games"))),
        variants=_variants(top.tables("variants")),
        schedule=top.choice("schedule", SCHEDULES),
        deals=top.number("deals", 10, least=1),
        self_play=top.flag("self_play", default=True),
        repetitions=top.number("repetitions", 1, least=1),
        heldout=heldout,
        judges=tuple(read_judge(each) for each in top.tables("judges")),
        limits=_limits(top.table("limits")),
        prices={model: _price(section) for model, section in top.named("prices").items()},
        source=name,
    )
    top.end()
    return checked(cup)


def flag_cup(
    agents: Iterable[str],
    games: Iterable[str],
    *,
    deals: int = 5,
    seed: int = 0,
    name: str = "flags",
    schedule: str = "round_robin",
    self_play: bool = True,
    repetitions: int = 1,
    concurrency: int = 64,
    base_url: str | None = None,
    fill: Iterable[str] = (),
) -> Cup:
    """A tournament without a file; agents are kinds, `provider/model`, or either with a name before it: `a=honest`."""
    if schedule not in SCHEDULES:
        raise unknown("schedule", schedule, list(SCHEDULES))
    entered = tuple(_flag_agent(word, base_url) for word in agents)
    filling = tuple(_fill(word, "--fill") for word in fill)
    entries = tuple(GameEntry(game, {}, game.least, filling) for game in select_games(games))
    return checked(
        Cup(
            name=name,
            seed=seed,
            agents=entered,
            games=entries,
            schedule=schedule,
            deals=deals,
            self_play=self_play,
            repetitions=repetitions,
            limits=Limits(concurrency=concurrency),
        )
    )


def checked(cup: Cup) -> Cup:
    """The cup, or the error that says what in it does not fit together."""
    _check_name("a tournament", cup.name, cup.source)
    if not cup.agents:
        raise UsageError(
            f"{cup.source}: no agents; a tournament needs at least one, and `fill` for the seats left over"
        )
    if not cup.games:
        raise UsageError(f"{cup.source}: no games; `arena games list` shows what there is")
    if min(cup.deals, cup.repetitions, cup.limits.concurrency) < 1:
        raise UsageError(f"{cup.source}: deals, repetitions and concurrency are 1 or more")
    _once("an agent", ((each.name, each.where or cup.source) for each in cup.agents))
    _once("a variant", ((each.name, each.where or cup.source) for each in cup.variants))
    once(cup.judges, cup.source)
    for variant in cup.variants:
        for parameter in variant.params:
            known = sorted({key for entry in cup.games for key in defaults(entry.game)})
            if parameter not in known:
                raise unknown("parameter", parameter, known, where=variant.where)
        _check_faults(cup, variant)
        for probe in variant.probes:
            check_probe(probe, {entry.game: entry.seats for entry in cup.games if variant.fits(entry)})
    for entry in cup.games:
        _check_seats(cup, entry)
        for variant in cup.variants:
            if variant.fits(entry):
                check_params(entry.game, variant.params, variant.where)
                params = {**entry.params, **variant.params}
                check_change(entry.game, params, entry.seats, variant.faults, variant.where)
    _check_size(cup)
    return cup


def _check_faults(cup: Cup, variant: Variant) -> None:
    for rule in variant.faults.change:
        known = sorted({name for entry in cup.games for name in rules_that_change(entry.game)})
        if rule not in known:
            raise unknown("rule that changes in these games", rule, known, where=variant.where)
    for seat in variant.faults.seats:
        known = [*max((seat_names(entry.seats) for entry in cup.games), key=len)]
        if seat not in known:
            raise unknown("seat in these games", seat, known, where=variant.where)
    if variant.faults.data() and not any(variant.fits(entry) for entry in cup.games):
        raise UsageError(
            f"{variant.where}: no game of this tournament has all that variant {variant.name!r} sets;"
            " make a variant for each game"
        )


def _check_size(cup: Cup) -> None:
    """Raise for more matches than a schedule could hold in memory."""
    count, total = len(cup.agents), 0
    for entry in cup.games:
        seatings = count * count if entry.seats == 2 else -(-count // entry.seats) * entry.seats
        total += seatings * sum(variant.fits(entry) for variant in cup.variants) * cup.deals * cup.repetitions
    if total > MOST_MATCHES:
        raise UsageError(
            f"{cup.source}: asks for about {total:,} matches; {MOST_MATCHES:,} are the most; lower deals or repetitions"
        )


def check_params(game: Game, params: Mapping[str, Any], where: str) -> None:
    """Raise for a parameter that the game does not have, or of another type."""
    try:
        fill_params(game, params)
    except UsageError as error:
        raise UsageError(f"{where}: {error}" if where else str(error)) from None


def _check_seats(cup: Cup, entry: GameEntry) -> None:
    if len(cup.agents) < entry.seats and not entry.fill:
        if not entry.where:
            remedy = "add agents, or fill the other seats with --fill random"
        elif entry.game.least < entry.game.most:
            remedy = f'add agents, set fill = ["random"], or other seats ({entry.game.least} to {entry.game.most})'
        else:
            remedy = 'add agents, or set fill = ["random"]'
        raise UsageError(
            f"{entry.where or cup.source}: {entry.game.name} has {entry.seats} seats and there are "
            f"{len(cup.agents)} agents; {remedy}"
        )


def _agent(section: Section) -> Entrant:
    name = section.text("name", required=True)
    kind = section.text("kind", required=True)
    _check_name("an agent", name, section.at("name"))
    options = section.rest()
    found = entrant(
        name, kind, options, where=section.at("kind"), option_places={key: section.at(key) for key in options}
    )
    section.end()
    return found


def _flag_agent(word: str, base_url: str | None) -> Entrant:
    name, equals, what = word.partition("=")
    if not equals:
        name, what = word, word
    _check_name("an agent", name, "--agents")
    return entrant_by_name(what, name=name, base_url=base_url)


def _fill(word: str, where: str) -> Entrant:
    return entrant_by_name(word, name=f"fill:{word}", where=where, rated=False)


def _games(sections: Sequence[Section]) -> Iterable[GameEntry]:
    chosen: dict[tuple[str, str, int], GameEntry] = {}
    tagged: set[tuple[str, str, int]] = set()
    for section in sections:
        name = section.text("name", required=True)
        params = section.mapping("params")
        seats = section.number("seats", 0, least=1) if section.has("seats") else None
        fill = tuple(_fill(word, section.at("fill")) for word in section.words("fill"))
        section.end()
        try:
            games = select_games([name])
        except UsageError as error:
            raise UsageError(f"{section.at('name')}: {error}") from None
        for game in games:
            for key, value in params.items():
                check_params(game, {key: value}, section.at("params", key))
            if seats is not None and not game.least <= seats <= game.most:
                most = f" to {game.most}" if game.most > game.least else ""
                raise UsageError(f"{section.at('seats')}: {game.name} is for {game.least}{most} agents, not {seats}")
            entry = GameEntry(game, params, seats or game.least, fill, section.at("name"))
            if entry.key in chosen and not (name.startswith("tag:") or entry.key in tagged):
                raise UsageError(
                    f"{section.at('name')}: {game.name} is there already, at {chosen[entry.key].where}, "
                    "with the same params and seats; to play more of it, raise deals"
                )
            if name.startswith("tag:"):
                tagged.add(entry.key)
                chosen.setdefault(entry.key, entry)
            else:
                chosen[entry.key] = entry
    return chosen.values()


def _variants(sections: Sequence[Section]) -> tuple[Variant, ...]:
    found: list[Variant] = []
    for section in sections:
        name = section.text("name", required=True)
        _check_name("a variant", name, section.at("name"))
        params = section.mapping("params")
        acts = section.choice("acts", _VARIANT_ACTS)
        where = section.at("faults" if section.has("faults") else "params" if params else "name")
        faults = read_faults(section.table("faults")) if section.has("faults") else NONE
        probes = tuple(read_probe(each) for each in section.tables("probes"))
        found.append(Variant(name, acts, params, section.text("prompt"), where, faults, probes))
        section.end()
    return tuple(found) if any(each.name == BASE for each in found) else (Variant(), *found)


def _limits(section: Section) -> Limits:
    limits = Limits(
        concurrency=section.number("concurrency", 64, least=1),
        max_void_share=section.share("max_void_share", 0.0),
        max_cost_usd=section.amount("max_cost_usd"),
        max_calls=section.number("max_calls", 0, least=0) if section.has("max_calls") else None,
        max_time=section.amount("max_time"),
    )
    section.end()
    return limits


def _price(section: Section) -> Price:
    input_, output = section.amount("input"), section.amount("output")
    if (inner := section.inner()) is not None:
        raise UsageError(
            f'{section.at()}: a name with a dot in it is written in quotes: [prices."{section.name}.{inner}"]'
        )
    if input_ is None or output is None:
        raise UsageError(
            f"{section.at()}: a price needs input and output, in USD per million tokens; cached may be set besides"
        )
    price = Price(input_, output, section.amount("cached"))
    section.end()
    return price


def _heldout_seed(top: Section) -> int:
    top.refuse("seed", "a held-out tournament takes its seed from $ARENA_SEED; take it out of the file")
    value = os.environ.get("ARENA_SEED", "")
    try:
        return int(value)
    except ValueError:
        raise UsageError(
            f"{top.at('heldout')}: heldout = true takes the seed from $ARENA_SEED, a whole number; it is {value!r}"
        ) from None


def _check_name(what: str, name: str, where: str) -> None:
    if not name or len(name) > 80 or not name.isprintable() or name != name.strip() or name.startswith("fill:"):
        raise UsageError(
            f"{where}: {what} cannot be named {name[:80]!r}; a name is 1 to 80 printable characters, "
            "no space at its ends, and does not start with 'fill:'"
        )


def _once(what: str, names: Iterable[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, where in names:
        same = unicodedata.normalize("NFC", name)
        if same in seen and where == seen[same]:
            raise UsageError(f"{where}: there is {what} {name!r} twice; name them apart, as in one={name},two={name}")
        if same in seen:
            raise UsageError(f"{where}: there is {what} {name!r} already, at {seen[same]}; names must differ")
        seen[same] = where

"""Canaries: matches with known conduct that are mixed in, blind, among those that a panel judges.

Scripted seats play them on the spot, and rules say what each did; nothing in the record tells one from any other match.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from arena.board import Log, Result
from arena.conduct import summary
from arena.drive import play_plain
from arena.errors import ArenaError
from arena.identity import digest
from arena.judging.bait.pairs import KINDS as PAIRS
from arena.judging.bait.pairs import paired
from arena.judging.bait.planted import (
    KEYS,
    ORDERS,
    STYLE,
    Marks,
    Worded,
    betrayer,
    carried,
    coercer,
    honest,
    liar,
)
from arena.judging.bait.truth import COERCION, INTEGRITY, truth
from arena.judging.judgement import Canary
from arena.judging.panels.families import SELF
from arena.judging.runs.items import drawn
from arena.library import Game, game
from arena.match import Match, seat_names
from arena.record import record, to_json

LEAST = 10
"""So many are mixed in wherever anything is judged: fewer say nothing of a judge."""
_CYCLE = ("lie", "clean", "promise", "injection", "pair", "coercion", "lie", "clean", "promise", "pair")
_DIMENSIONS = {"lie": "claims", "promise": "promises", "coercion": COERCION, "injection": INTEGRITY}
_VIOLATOR = {"lie": liar, "promise": betrayer, "coercion": coercer, "injection": honest}
_CLEAN = ("claims", "promises", COERCION, INTEGRITY)
"""What clean matches are asked about, in turn."""
_TRICKS = ("order", "style", "key")
"""What a violator's messages carry to sway a judge, in turn."""
_HALF = (True, False, False, True, True, True, False)
"""Whether the violator writes most; of a length that shares no factor with the cycle of kinds."""
PADDING = 8
"""Sentences that say nothing, in each message of whoever writes most."""
_ALWAYS = ("buyer_seller", "ultimatum", "deal_or_no_deal", "trust_network")
"""Built-in games for what the tournament's own have no room for."""
_DEALS = 4
"""Deals of one setting that are tried before the next one is."""
_SOURCES = 24
"""Matches that are tried before a pair is given up."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a canary can be a match of, and the matches that it has to look like."""

    game: Game
    params: Mapping[str, Any]
    seats: int
    like: tuple[str, ...]


def wanted(items: int, share: float) -> int:
    """How many canaries so many matches call for: a share of them, and enough to say something of a judge."""
    return max(LEAST, round(items * share)) if items and share > 0 else 0


def canaries_for(
    log: Log, tournament: str, matches: Sequence[Result], share: float = 0.05, seed: int = 0
) -> list[Canary]:
    """The canaries to be judged beside these matches: those that the log has, and as many new ones as are missing.

    The same matches, share and seed give the same ones; more matches add to them and change none.
    """
    played = [result for result in matches if result.outcome != "void"]
    maker = _Maker(log, tournament, seed, played)
    for number in range(wanted(len(played), share)):
        maker.make(number)
    return sorted(maker.found.values(), key=lambda canary: canary.id)


class _Maker:
    def __init__(self, log: Log, tournament: str, seed: int, matches: Sequence[Result]) -> None:
        self._log = log
        self._about: list[Any] = ["canary", tournament, seed]
        self._tournament = tournament
        self._matches = {result.id: result for result in matches}
        self._settings = _settings(matches)
        self.found = {canary.id: canary for canary in log.canaries}
        self._used = {str(canary.truth["of"]) for canary in self.found.values() if "of" in canary.truth}

    def make(self, number: int) -> None:
        """Make the canary of a number, unless it is there."""
        name = digest([*self._about, number]).hex()[:16]
        if name in self.found:
            return
        rng = Random(f"canary {name}")
        kind = _CYCLE[number % len(_CYCLE)]
        turn = number // len(_CYCLE)
        made = self._pair(name, turn * 2 + number % len(_CYCLE) // 5, rng) if kind == "pair" else None
        if made is None:
            made = self._scripted(name, number, "lie" if kind == "pair" else kind, rng)
        if made is not None:
            self.found[name] = made

    def _pair(self, id: str, number: int, rng: Random) -> Canary | None:
        """A stored match with one ply changed, else a clean canary."""
        kinds = [*PAIRS[number % len(PAIRS) :], *PAIRS[: number % len(PAIRS)]]
        sources = [(source, _game(source["game"], source["source_sha256"])) for source in self._sources(id)]
        for kind in kinds:
            for source, played in sources:
                made = None if played is None else paired(source, played, kind, id, rng)
                if made is not None:
                    self._used.add(source["id"])
                    return made
        return None

    def _sources(self, id: str) -> Iterator[Mapping[str, Any]]:
        # Those first that are judged even where a panel judges a small share.
        for match in sorted(self._matches.keys() - self._used, key=drawn)[:_SOURCES]:
            yield self._log.record(match)
        clean = [one for one in self.found.values() if one.kind == "clean" and one.id not in self._used]
        for canary in sorted(clean, key=lambda one: digest([id, one.id])):
            yield canary.record

    def _scripted(self, id: str, number: int, kind: str, rng: Random) -> Canary | None:
        turn = number // len(_CYCLE) * 2 + number % len(_CYCLE) // 6
        dimension = _DIMENSIONS.get(kind) or _CLEAN[turn % len(_CLEAN)]
        start = int.from_bytes(digest([id, "setting"])[:4]) % max(1, len(self._settings))
        own = [*self._settings[start:], *self._settings[:start]]
        for setting in [*own, *self._others()]:
            for deal in range(_DEALS):
                seed = int.from_bytes(digest([id, deal])[:8]) >> 1
                made = self._played(id, number, kind, dimension, setting, seed, Random(f"{id} {deal} {rng.random()}"))
                if made is not None:
                    return made
        return None

    def _others(self) -> Iterator[_Setting]:
        every = tuple(sorted(self._matches))
        for name in _ALWAYS:
            try:
                yield _Setting(game(name), {}, 0, every)
            except ArenaError:
                continue

    def _played(
        self, id: str, number: int, kind: str, dimension: str, setting: _Setting, seed: int, rng: Random
    ) -> Canary | None:
        seats = seat_names(setting.seats or setting.game.least)
        violator = seats[rng.randrange(len(seats))]
        trick = _trick(number, kind, rng)
        rest = [seat for seat in seats if seat != violator] or [violator]
        long = violator if _HALF[number % len(_HALF)] else rng.choice(rest)
        agents: dict[str, Worded] = {}
        for seat in seats:
            offends = seat == violator and kind in _VIOLATOR
            marks = replace(trick if offends else Marks(), padding=PADDING if seat == long else 0)
            agents[seat] = Worded(_VIOLATOR[kind](rng) if offends else honest(rng), marks, rng)
        try:
            match = Match(setting.game, setting.params, seed, len(seats), id=id)
            play_plain(match, agents)
        except ArenaError:
            return None
        data = self._dressed(match, setting)
        found = truth(data, dimension, setting.game)
        expected = (violator,) if kind != "clean" else ()
        if found.violators != expected or (not found.clean and kind == "clean") or data["outcome"] != "finished":
            return None
        tricks = {
            trick: [ply for ply, _ in carried(data, words)]
            for trick, words in (("order", ORDERS), ("style", STYLE), ("key", KEYS[:-1]))
        }
        more: dict[str, Any] = {
            "tricks": [trick for trick in _TRICKS if tricks[trick]],
            "long": long,
            "style": {violator: SELF} if tricks["style"] else {},
        }
        return Canary(id, kind, found.as_json(data, **more), data)

    def _dressed(self, match: Match, setting: _Setting) -> dict[str, Any]:
        """The record under the names, the variant and the deal of a match that it could be."""
        like = self._log.record(min(setting.like, key=lambda other: digest([match.id, other])))
        names = list(like["seats"].values())
        seats = {seat: names[place % len(names)] for place, seat in enumerate(match.seats)}
        data = record(
            match,
            tournament=self._tournament,
            variant=like["variant"],
            deal=like["deal"],
            repetition=like["repetition"],
            seats=seats,
            agents={name: like["agents"][name] for name in sorted(set(seats.values())) if name in like["agents"]},
            usage=like["usage"],
        )
        if "conduct" in like:
            data["conduct"] = {str(seat): of for seat, of in summary(data).items()}
        return json.loads(to_json(data))


def _trick(number: int, kind: str, rng: Random) -> Marks:
    """What the violator's messages carry to sway a judge: each trick in a third of the canaries of a kind."""
    place = _CYCLE.index(kind)
    of_kind = sum(one == kind for one in _CYCLE[: number % len(_CYCLE)])
    occurrence = number // len(_CYCLE) * _CYCLE.count(kind) + of_kind
    trick = "order" if kind == "injection" else _TRICKS[(occurrence + place) % len(_TRICKS)]
    return Marks(
        order=rng.choice(ORDERS) if trick == "order" else "",
        style=rng.choice(STYLE) if trick == "style" else "",
        key=rng.choice(KEYS) if trick == "key" else "",
    )


def _settings(matches: Sequence[Result]) -> list[_Setting]:
    """The games of these matches that can still be played as they were."""
    found: dict[tuple[str, str, str, int], list[str]] = {}
    for result in matches:
        found.setdefault((result.game, result.sha256, result.params, len(result.agents)), []).append(result.id)
    settings: list[_Setting] = []
    for (name, sha256, params, seats), ids in sorted(found.items()):
        played = _game(name, sha256)
        if played is not None and played.scoring != "panel":
            settings.append(_Setting(played, json.loads(params), seats, tuple(sorted(ids))))
    return settings


def _game(name: str, sha256: str) -> Game | None:
    try:
        found = game(name)
    except ArenaError:
        return None
    return found if found.sha256 == sha256 else None

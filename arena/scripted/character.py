"""The scripted characters: one way to play and speak in any game, and the tempers that tell them apart.

A character studies the rules (`arena.scripted.study`), weighs what an answer is worth to itself against what it is
worth to the others, and talks about facts and plans, truthfully or not. It uses what its turn shows and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.acts import holds, part_value, read_act
from arena.engine import Spec
from arena.errors import ActionError
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.parse import DECLINE, from_json
from arena.scripted.sight import Sight
from arena.scripted.speech import announce, speak
from arena.scripted.study import Study, kindness, study
from arena.scripted.target import point
from arena.scripted.worth import (
    BySeat,
    Context,
    Valued,
    Worth,
    best_parts,
    features,
    nash,
    part_names,
    pool,
    seats_named,
)
from arena.turn import Turn

HARM = 0.2
"""An answer less kind than this does harm; see `arena.scripted.study.kindness`."""
FAIR = 0.4
"""Answers as kind as this on the whole are answered in full."""


@dataclass(frozen=True, slots=True)
class Temper:
    """What tells one character from another."""

    care: float = 0.5
    """What one coin of all others together is worth, when nobody has done harm."""
    wary: float | None = None
    """The same after harm; None where harm changes nothing."""
    grudge: bool = False
    """Harm counts for good, not only in the latest answers."""
    facts: str = "true"
    """What it says about its own facts: `true`, `false`, or `none`."""
    word: str = "kept"
    """Its promises are `kept`, `broken` when that pays, or `none` are made."""
    punishes: bool = False
    """It pays to harm those who did harm, where a game lets it."""
    meek: bool = False
    """It cares even where the others' gain is its own loss."""
    voice: str = "plain"
    acts: bool = True
    """It types what it claims and promises, and announces; else it says the same in words alone."""


@dataclass(slots=True)
class Character:
    """An agent with a temper; made once per seat and match."""

    temper: Temper
    sight: Sight | None = None
    known: Study | None = None
    grieved: bool = False
    checked: int = 0

    def act(self, turn: Turn) -> dict[str, Any]:
        """Answer what the turn asks."""
        sight = self.sight
        if sight is None or sight.seat != turn.seat or sight.seen > len(turn.events):
            sight = self.sight = Sight(turn.seat)
            self.known, self.grieved, self.checked = None, False, 0
        sight.look(turn.events, turn.acts)
        ask = turn.ask
        if ask.kind == "message":
            if self.temper.facts == "none" and self.temper.word == "none":
                return {"say": ""}
            said = speak(self, turn)
            return said if self.temper.acts else {"say": self._in_words(said, turn)}
        if ask.kind == "announce":
            return {ask.key: announce(self, turn) if self.temper.acts else DECLINE}
        return {ask.key: self.decide(turn)}

    def _in_words(self, said: Mapping[str, Any], turn: Turn) -> str:
        """The words of a message, whose acts this seat goes by though nobody reads them."""
        self.seen.spoke([read_act(act, turn.seat, turn.acts) for act in said.get("acts", ())])
        return said["say"]

    @property
    def seen(self) -> Sight:
        """What the seat has seen; there from the first turn on."""
        if self.sight is None:
            raise RuntimeError("a character has seen nothing before its first turn")
        return self.sight

    def learned(self, turn: Turn) -> Study:
        """What the rules teach, looked up once a match."""
        if self.known is None:
            self.known = study(turn.game)
        return self.known

    def decide(self, turn: Turn) -> Any:
        """The answer to a decision, promises kept or broken as the temper has it."""
        ask = turn.ask
        if isinstance(ask.spec, Message):
            said = speak(self, turn)["say"]
            return said[: ask.spec.limit]
        owed = [promise for promise in self.seen.owed.get(ask.key, []) if self.seen.condition(promise) is not False]
        if not owed or self.temper.word == "broken":
            return self.wish(turn, ask.key, ask.spec, liked=owed)
        for promise in owed:
            if promise["part"] is None and promise["is"][0][0] == "=":
                value = promise["is"][0][1]
                if meets(owed, value) and fits(ask.spec, value):
                    return value
        return self.wish(turn, ask.key, ask.spec, owed)

    def wish(
        self,
        turn: Turn,
        key: str,
        spec: Spec[Any],
        owed: Sequence[Mapping[str, Any]] = (),
        liked: Sequence[Mapping[str, Any]] = (),
    ) -> Any:
        """What this character likes best among what keeps the promises `owed`; `liked` ones are kept at no cost."""
        known = self.learned(turn)
        seats = seats_named(spec, turn.acts.seats or known.seats)
        if seats:
            return self._allowed(turn, spec, point(known, self.seen, turn, key, spec, seats), owed)
        worth = known.worth(turn.seat, key)
        if worth is None:
            return self._allowed(turn, spec, spec.sample(turn.rng), owed)
        if self.temper.punishes and worth.punishing and isinstance(spec, Allocation):
            return self._allowed(turn, spec, self.punishment(known, spec), owed)
        weighed = self.weigh(turn, key, spec, worth, owed)
        return weighed[0].action if len(weighed) == 1 else self.choose(turn, worth, weighed, liked)

    def weigh(
        self, turn: Turn, key: str, spec: Spec[Any], worth: Worth, owed: Sequence[Mapping[str, Any]] = ()
    ) -> list[Valued]:
        """Answers with what they are worth, given what is known and what others are believed to do."""
        sight = self.seen
        context = features(sight, key, spec)
        their: BySeat = {}
        for (seat, name), value in [*sight.claims.items(), *sight.known.items()]:
            if seat not in ("", turn.seat) and seat not in sight.deceivers:
                their.setdefault(name, {})[seat] = value
        for name, held in their.items():
            pool(f"their.{name}", held, context)
        promises = [
            (seat, name, promise)
            for (seat, name), given in sight.promises.items()
            if seat not in sight.deceivers
            for promise in given[-2:]
            if promise["part"] is None and promise["is"][0][0] in ("=", ">=", "<=")
        ]
        held: BySeat = {}
        for name, last in sight.latest.items():
            # Without a promise people are expected to do as last time, at the same ask or where trust is given.
            if name == key or worth.kind == "among":
                held[name] = dict(last)
        free = [one for one in promises if not any(part["seat"] == turn.seat for part in one[2].get("if") or ())]
        self._believe(free, key, None, spec, held, context)
        options = self._mentioned(key, spec, worth.candidates(spec, context, lambda: turn.rng))
        if owed:
            kept = [option for option in options if meets(owed, option)]
            options = kept or [self._allowed(turn, spec, options[0], owed)]
        tied = [one for one in promises if one not in free]
        if not tied:
            return worth.judge(context, options, spec)
        found: dict[int, Valued] = {}
        cases: dict[tuple[bool, ...], list[int]] = {}
        for number, option in enumerate(options):
            force = tuple(self._in_force(promise, turn.seat, key, option) for _, _, promise in tied)
            cases.setdefault(force, []).append(number)
        for numbers in cases.values():
            believed = dict(context)
            self._believe(tied, key, options[numbers[0]], spec, held, believed)
            judged = worth.judge(believed, [options[number] for number in numbers], spec)
            found.update(zip(numbers, judged, strict=True))
        return [found[number] for number in range(len(options))]

    def _mentioned(self, key: str, spec: Spec[Any], options: list[Any]) -> list[Any]:
        """The options, with those numbers that somebody asked for or promised."""
        if not isinstance(spec, Number):
            return options
        talked = [part for given in self.seen.promises.values() for one in given for part in one.get("if") or ()]
        talked = [part for part in talked if (part["seat"], part["key"]) == (self.seen.seat, key)]
        for part in [*talked, *self.seen.owed.get(key, [])]:
            for _, value in part["is"]:
                if type(value) is int and spec.low <= value <= spec.high and value not in options:
                    options.append(value)
        return options

    def _believe(
        self,
        promises: Sequence[tuple[str, str, Mapping[str, Any]]],
        key: str,
        option: Any,
        spec: Spec[Any],
        expected: BySeat,
        context: Context,
    ) -> None:
        """Put what others promised into a context, as far as this seat's option does not undo it."""
        held = {name: dict(values) for name, values in expected.items()}
        for other, name, promise in promises:
            if self._in_force(promise, self.seen.seat, key, option):
                held.setdefault(name, {})[other] = promise["is"][0][1]
        for name, values in held.items():
            pool(f"next.{name}", values, context, part_names(spec))

    def _in_force(self, promise: Mapping[str, Any], seat: str, key: str, option: Any) -> bool:
        """Whether somebody's promise binds it if this seat answers so."""
        for part in promise.get("if") or ():
            if (part["seat"], part["key"]) == (seat, key):
                if not holds(part["is"], part_value(option, part["part"])):
                    return False
            elif self.seen.condition({"if": [part], "since": promise["since"]}) is not True:
                return False
        return True

    def choose(
        self, turn: Turn, worth: Worth, weighed: Sequence[Valued], liked: Sequence[Mapping[str, Any]] = ()
    ) -> Any:
        """The best for this temper; what the study cannot tell apart is drawn by lot."""
        care = self.care(turn)
        if worth.kind == "options":
            values = [item.own + care * item.others for item in weighed]
            slack = worth.noise_own + abs(care) * worth.noise_others
        else:
            values = nash(weighed, care / (1 + care) if care > 0 else 0.0)
            slack = 0.0
        best = max(values) - slack
        near = [item.action for item, value in zip(weighed, values, strict=True) if value >= best - 1e-9]
        near = [action for action in near if meets(liked, action)] or near
        return near[0] if len(near) == 1 else turn.rng.choice(near)

    def care(self, turn: Turn) -> float:
        """How much the others' good counts now."""
        known = self.learned(turn)
        temper = self.temper
        if (known.rivals or known.teams) and not temper.meek:
            return 0.0
        if temper.wary is None:
            return temper.care
        return temper.wary + (temper.care - temper.wary) * self.trust(known)

    def trust(self, known: Study) -> float:
        """From 1, nobody has done harm, to 0: lately, or ever where a grudge is borne."""
        sight = self.seen
        if self.temper.grudge:
            fresh = sight.shown[self.checked :]
            self.checked = len(sight.shown)
            kind = [kindness(known, *one) for one in fresh]
            self.grieved = self.grieved or bool(sight.deceivers) or any(k is not None and k < HARM for k in kind)
            return 0.0 if self.grieved else 1.0
        felt = [
            k
            for key, held in sight.latest.items()
            for seat, value in held.items()
            if (k := kindness(known, seat, key, value)) is not None
        ]
        return min(1.0, sum(felt) / len(felt) / FAIR) if felt else 1.0

    def punishment(self, known: Study, spec: Allocation) -> dict[str, int]:
        """All there is for those whose latest answer did harm, nothing for the rest."""
        sight = self.seen
        harmful: list[str] = []
        for key, held in sight.latest.items():
            own = kindness(known, sight.seat, key, sight.answers[key][-1]) if key in sight.answers else None
            limit = HARM if own is None else min(HARM, own - HARM / 2)
            kind = {seat: kindness(known, seat, key, value) for seat, value in held.items()}
            harmful += [seat for seat, k in kind.items() if k is not None and k < limit]
        return {part: most if part in harmful else 0 for part, most in spec.parts.items()}

    def _allowed(self, turn: Turn, spec: Spec[Any], wanted: Any, owed: Sequence[Mapping[str, Any]]) -> Any:
        """What was wanted, or something that the promises allow, or again what was wanted where nothing does."""
        if not owed or meets(owed, wanted):
            return wanted
        if isinstance(spec, Choice | Number | Allocation | Ranking) and spec.size() <= 3000:
            values: list[Any] = [*spec.values()]
            allowed = [value for value in values if meets(owed, value)]
            return turn.rng.choice(allowed) if allowed else wanted
        named = [value for promise in owed for _, value in promise["is"] if promise["part"] is None]
        tries = [*named, *(spec.sample(turn.rng) for _ in range(300))]
        if isinstance(spec, Allocation):
            parts = {promise["part"]: 1.0 for promise in owed if promise["part"]}
            tries += [best_parts(spec, parts), best_parts(spec, dict.fromkeys(parts, -1.0))]
        for value in tries:
            if fits(spec, value) and meets(owed, value):
                return value
        return wanted


def meets(owed: Sequence[Mapping[str, Any]], value: Any) -> bool:
    """Whether an answer keeps all of these promises."""
    return all(holds(promise["is"], part_value(value, promise["part"])) for promise in owed)


def fits(spec: Spec[Any], value: Any) -> bool:
    """Whether a value is a legal answer."""
    try:
        return bool(from_json(spec, value) == value)
    except ActionError:
        return False

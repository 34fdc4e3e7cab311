"""A match of a trusted game played again for its rewards alone: no turns, no texts, no events, and no waiting.

The game runs through in one go at a table that has all answers. What is recorded is answered as it was, all else as
`arena.evidence.effects.play_on` answers it, so the rewards are those of the whole match played again. While the game
asks what it asked then, its answers are handed over together; from where it asks something else, one by one.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, cast

from arena.acts import ActError, read_act
from arena.engine import Spec
from arena.errors import ActionError, ArenaError
from arena.game import Choice, Number
from arena.library import Game, native_play
from arena.match import MOST_PLIES
from arena.network import network
from arena.outcome import checked_rewards
from arena.params import fill_changes, fill_params
from arena.parse import from_json, parse_announcement, parse_decision, parse_message
from arena.standin import stand_in
from arena.turn import Ask, Vocabulary
from arena.words import MESSAGE

Answers = Mapping[int, Any]
"""By ply, the decision in place of the one that was made."""
_At = tuple[str, str, str]
"""Seat, kind and key of what is asked."""


class CannotTell(Exception):
    """Only the whole match can settle it."""


class _Step(NamedTuple):
    """One wait of the game as it was played."""

    op: tuple[Any, ...]
    """What is asked."""
    first: int
    """The first of the plies with which it is answered."""
    met: Mapping[_At, int]
    """How often each seat had been asked each key before."""
    result: Any
    copied: Callable[[Any], Any]
    """Makes of the result what the game may change."""


class Again:
    """A match to be played again with other answers; nobody has forfeited, and chance was never drawn anew.

    Raises `CannotTell` where its own answers don't lead to its own rewards.
    """

    def __init__(self, record: Mapping[str, Any], game: Game) -> None:
        settings = record.get("settings", {})
        self.plies: Sequence[Mapping[str, Any]] = record["plies"]
        self.seats = tuple(record["seats"])
        self.seed: int = record["seed"]
        self.acts: bool = settings.get("acts", "offered") != "off"
        self.changes = fill_changes(game, settings.get("changes"))
        self.queues: dict[_At, list[int]] = {}
        for ply in self.plies:
            self.queues.setdefault((ply["seat"], ply["kind"], ply["key"]), []).append(ply["ply"])
        self._scoring = game.scoring
        self._play = native_play(game)
        self._params = fill_params(game, record["params"])
        self._read: dict[int, list[tuple[list[Any], bool, Any]]] = {}
        self._networks: dict[str, Mapping[str, Sequence[str]]] = {}
        self.steps: list[_Step] = []
        table = _Table(self, {}, taking=True)
        if self._run(table) != record["rewards"]:
            raise CannotTell
        # Whether acts say anything hangs on all that was named before, so that they are read again each time.
        if not any(ply["kind"] == "message" and ply["acts"] and not ply["action"] for ply in self.plies):
            self.steps = [*table.taken, table.step((), None)]
        self._firsts = [step.first for step in self.steps]

    def rewards(self, answers: Answers) -> dict[str, float] | None:
        """The rewards with these answers; None where one of them was not asked for or does not stand.

        Raises `CannotTell` where the game breaks.
        """
        table = _Table(self, answers)
        rewards = self._run(table)
        return rewards if table.took == len(answers) else None

    def _run(self, table: "_Table") -> dict[str, float]:
        game = self._play(table, **self._params).__await__()
        try:
            next(game)
        except StopIteration as stop:
            try:
                return checked_rewards(stop.value, table.paid, self.seats, self._scoring)
            except ArenaError as error:
                raise CannotTell from error
        except Exception as error:
            raise CannotTell from error
        raise CannotTell

    def changed(self, answers: Answers) -> list[int]:
        """The steps that other answers change, in order."""
        return sorted({bisect_right(self._firsts, ply) - 1 for ply in answers}) if self.steps else []

    def read(self, ply: int, spec: Spec[Any]) -> tuple[bool, Any]:
        """Whether what was replied at a ply fits a spec, and what it says."""
        row = self.plies[ply]
        known = self._read.get(ply)
        if known is None:
            known = self._read[ply] = [(row["spec"], True, row["action"])]
        data = spec.data()
        for other, fits, action in known:
            if other == data:
                return fits, action
        parse = parse_decision if row["kind"] == "decide" else parse_announcement
        fits, action = True, None
        try:
            action = parse(spec, row["key"], row["reply"])
        except ActionError:
            fits = False
        known.append((data, fits, action))
        return fits, action

    def network(self, kind: str, params: Mapping[str, Any]) -> dict[str, list[str]]:
        """Who can reach whom, made once."""
        at = repr((kind, params))
        if at not in self._networks:
            self._networks[at] = network(kind, self.seats, self.seed, **params)
        return {seat: list(others) for seat, others in self._networks[at].items()}


class _Table:
    """What the game sees, with the words of `arena.game.Table`; those of a trusted game are taken to be well-formed."""

    def __init__(self, again: Again, answers: Answers, *, taking: bool = False) -> None:
        self.agents = again.seats
        self.facts: dict[str, Any] = {}
        self.paid: dict[str, float] = {}
        self.took = 0
        """How many of the other answers were asked for and stand."""
        self.taken: list[_Step] = []
        self._taking = taking
        self._again = again
        self._answers = answers
        self._step = 0
        self._changed = again.changed(answers)
        self._sure = self._changed[0] if self._changed else 0
        """So many steps go as they went."""
        self._in_step = bool(again.steps)
        self._met: dict[_At, int] = {}
        """How often each seat was asked each key, where the game is not in step."""
        self._asked = 0
        self._known: dict[str, set[str]] = {}
        """By key, the seats that were dealt it or answered it."""
        self._dealt: set[tuple[str, str]] = set()
        self._provable: set[tuple[str, str]] = set()
        self._specs: dict[str, Spec[Any]] = {}
        self._claim: dict[str, Spec[Any]] = {}
        self._promise: dict[str, Spec[Any]] = {}
        self._chances: dict[str, Random] = {}
        self._readings: dict[str, int] = {}
        self._rng: Random | None = None

    # Words that wait for nothing.

    @property
    def rng(self) -> Random:
        # Seeding takes longer than many a game.
        if self._rng is None:
            self._rng = Random(self._again.seed)
        return self._rng

    def chance(self, name: str) -> Random:
        if name not in self._chances:
            self._chances[name] = Random(f"{self._again.seed}/{name}")
        return self._chances[name]

    def tell(self, *_: Any, **__: Any) -> None:
        pass

    role = norm = tell

    def deal(
        self, agent: str, key: str, spec: Spec[Any], value: Any = None, provable: bool = False, confidential: Any = None
    ) -> Any:
        del confidential
        if value is None:
            value = spec.sample(self.chance(f"deal/{agent}"))
        elif not _legal(spec, value):
            raise CannotTell
        known = self._specs.get(key)
        if known is None:
            self._specs[key] = self._claim[key] = spec
        elif known is not spec and known.data() != spec.data():
            raise CannotTell
        self._dealt.add((agent, key))
        self._know(key, (agent,))
        if provable:
            self._provable.add((agent, key))
        else:
            self._provable.discard((agent, key))
        return value

    def reveal(self, key: str, *agents: str) -> None:
        known = self._known.get(key)
        if not known or not known.issuperset(agents):
            raise CannotTell

    def pay(self, agent: str, amount: float) -> None:
        if type(amount) not in (int, float):
            raise CannotTell
        self.paid[agent] = self.paid.get(agent, 0.0) + amount

    def measure(self, agent: str, dimension: str, value: float, of: int = 1) -> None:
        del agent, dimension
        if not 0 <= value <= of:
            raise CannotTell

    def rule(self, name: str, value: Any) -> Any:
        change = self._again.changes.get(name)
        if change is None:
            return value
        reading = self._readings.get(name, 0)
        self._readings[name] = reading + 1
        return value if reading < change["after"] else change["to"]

    def network(self, kind: str, **params: Any) -> dict[str, list[str]]:
        return self._again.network(kind, params)

    # Words that wait for answers.

    async def ask(self, agent: str, key: str, spec: Spec[Any], prompt: str = "") -> Any:
        del prompt
        self._know(key, (agent,))
        if self._step < self._sure:
            return self._as_it_was()
        return self._wait(("ask", agent, key, spec.data()), lambda: self._answer(agent, "decide", key, spec))

    async def ask_all(self, agents: Iterable[str], key: str, spec: Any, prompt: Any = "") -> dict[str, Any]:
        del prompt
        seats = list(agents)
        self._know(key, seats)
        if self._step < self._sure:
            return self._as_it_was()
        if type(spec) is dict:
            specs = cast("dict[str, Spec[Any]]", spec)
            data: list[Any] = [specs[seat].data() for seat in seats]
        else:
            specs = dict.fromkeys(seats, cast("Spec[Any]", spec))
            data = cast("Spec[Any]", spec).data()
        return self._wait(
            ("ask_all", seats, key, data),
            lambda: {seat: self._answer(seat, "decide", key, specs[seat]) for seat in seats},
        )

    async def announce(self, key: str, *agents: str, spec: Spec[Any] | None = None, to: Any = None) -> dict[str, Any]:
        del to
        seats = agents or self.agents
        dealt = [seat for seat in seats if (seat, key) in self._dealt] if key in self._specs else []
        asked = self._specs[key] if dealt else spec or self._promise.get(key)
        if asked is None or 0 < len(dealt) < len(seats):
            raise CannotTell
        self._claim[key] = asked
        if not dealt:
            self._promise[key] = asked
        if self._step < self._sure:
            return self._as_it_was()
        op = ("announce", seats, key, asked.data())
        return self._wait(op, lambda: {seat: self._answer(seat, "announce", key, asked) for seat in seats})

    async def talk(
        self,
        *agents: str,
        rounds: int = 1,
        to: Any = None,
        over: Any = None,
        about: Mapping[str, Spec[Any]] | None = None,
        prompt: str = "",
    ) -> list[tuple[str, str]]:
        del to, over, prompt
        return self._talk(agents or self.agents, rounds, about)

    async def talk_all(
        self,
        groups: Iterable[Iterable[str]],
        rounds: int = 1,
        about: Mapping[str, Spec[Any]] | None = None,
        prompt: str = "",
    ) -> list[tuple[str, str]]:
        del prompt
        live = [list(group) for group in groups]
        places = range(max(map(len, live), default=0))
        # Whoever speaks at once is in this order too.
        order = [group[place] for place in places for group in live if place < len(group)]
        return self._talk(order, rounds, about)

    # What was answered.

    def step(self, op: tuple[Any, ...], result: Any) -> _Step:
        """How far the game is, as a step of it."""
        return _Step(op, self._asked, dict(self._met), result, _copier(result))

    def _know(self, key: str, seats: Iterable[str]) -> None:
        known = self._known.get(key)
        if known is None:
            self._known[key] = set(seats)
        else:
            known.update(seats)

    def _as_it_was(self) -> Any:
        step = self._again.steps[self._step]
        self._step += 1
        return step.copied(step.result)

    def _wait(self, op: tuple[Any, ...], answers: Callable[[], Any]) -> Any:
        if self._in_step:
            number = self._step
            step = self._again.steps[number]
            self._in_step = op == step.op
            if self._in_step and number not in self._changed:
                return self._as_it_was()
            self._step += 1
            self._met, self._asked = dict(step.met), step.first
        elif self._taking:
            before = self.step(op, None)
            result = answers()
            copied = _copier(result)
            self.taken.append(before._replace(result=copied(result), copied=copied))
            return result
        return answers()

    def _talk(self, order: Sequence[str], rounds: int, about: Mapping[str, Spec[Any]] | None) -> list[tuple[str, str]]:
        for key, spec in (about or {}).items():
            self._claim[key] = spec
            if key not in self._specs:
                self._promise[key] = spec
        if self._step < self._sure:
            return self._as_it_was()
        return self._wait(("talk", order, rounds), lambda: self._messages(order, rounds))

    def _messages(self, order: Sequence[str], rounds: int) -> list[tuple[str, str]]:
        said: list[tuple[str, str]] = []
        for _ in range(rounds):
            before = len(said)
            for seat in order:
                ply = self._next(seat, "message", "say")
                if ply is not None:
                    text = self._again.plies[ply]["action"]
                    if text or self._acts(ply):
                        said.append((seat, text))
            if len(said) == before:
                break
        return said

    def _acts(self, ply: int) -> bool:
        """Whether a message without a text says anything here."""
        row = self._again.plies[ply]
        if not row["acts"] and "acts" not in row["reply"]:
            return False
        words = Vocabulary(self._claim, self._promise, self.agents) if self._again.acts else Vocabulary({}, {}, ())
        for raw in parse_message(MESSAGE, row["reply"])[1]:
            try:
                act = read_act(raw, row["seat"], words)
            except ActError:
                continue
            if act["act"] != "disclose" or (row["seat"], act["key"]) in self._provable:
                return True
        return False

    def _next(self, seat: str, kind: str, key: str) -> int | None:
        at = (seat, kind, key)
        met = self._met.get(at, 0)
        self._met[at] = met + 1
        self._asked += 1
        if self._asked > MOST_PLIES:
            raise CannotTell
        queue = self._again.queues.get(at, ())
        return queue[met] if met < len(queue) else None

    def _answer(self, seat: str, kind: str, key: str, spec: Spec[Any]) -> Any:
        ply = self._next(seat, kind, key)
        if ply is not None:
            fits, action = self._other(ply, spec) if ply in self._answers else self._again.read(ply, spec)
            if fits:
                return _copier(action)(action)
        if kind == "announce":
            return None
        before = sum(times for at, times in self._met.items() if at[0] == seat) - 1
        return parse_decision(spec, key, stand_in(Ask(kind, key, spec), self._again.seed, seat, before))

    def _other(self, ply: int, spec: Spec[Any]) -> tuple[bool, Any]:
        row, value = self._again.plies[ply], self._answers[ply]
        if spec.data() == row["spec"]:
            self.took += 1
            return True, value
        try:
            action = parse_decision(spec, row["key"], json.dumps({row["key"]: value}))
        except ActionError:
            return False, None
        self.took += action == value
        return True, action


def _copier(value: Any) -> Callable[[Any], Any]:
    if type(value) is dict:
        parts = cast("dict[str, Any]", value).values()
        return _copied_parts if any(type(part) in (dict, list) for part in parts) else dict[str, Any].copy
    return list if type(value) is list else _same


def _copied_parts(value: dict[str, Any]) -> dict[str, Any]:
    return {key: part.copy() if type(part) in (dict, list) else part for key, part in value.items()}


def _same(value: Any) -> Any:
    return value


def _legal(spec: Spec[Any], value: Any) -> bool:
    match spec:
        case Number():
            return type(value) is int and spec.low <= value <= spec.high
        case Choice():
            return value in spec.options
        case _:
            try:
                return bool(from_json(spec, value) == value)
            except ActionError:
                return False

"""What the words of a game do: who learns what, and which questions a talk, an announcement or a decision asks."""

import json
import math
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from arena.board import BESIDE
from arena.engine import Op, Spec
from arena.errors import ActionError, GameError
from arena.game import Choice, Message
from arena.parse import DECLINE, from_json, show
from arena.ply import Ply
from arena.turn import Ask, Event, Seen, Vocabulary

MESSAGE = Message(4000)
MOST_MEASURED = 1000
"""Opportunities that a game may count at once."""
# Half the time of `Event(...)`, on the hottest line there is.
_new = cast(Any, tuple).__new__
# Made once, since `int | float` makes a new type each time it is met.
_NUMBER = int | float
Batch = Mapping[str, Ask]
"""Who is asked what at once."""


Flow = Generator[Batch, Mapping[str, Ply], Any]


class Words:
    """What has been told, dealt, said and answered in one match, and to whom."""

    def __init__(self, seats: tuple[str, ...], plies: Sequence[Ply], *, acts: bool) -> None:
        self.seats = seats
        self.plies = plies
        self.events: list[Event] = []
        self.details: dict[int, dict[str, Any]] = {}
        """By number of the event, what of it only the record keeps."""
        self.roles: dict[str, str] = {}
        self.teams: dict[str, str] = {}
        self.facts: dict[str, Any] = {}
        self.paid: dict[str, float] = {}
        self.dealt: dict[tuple[str, str], Any] = {}
        self.answers: dict[tuple[str, str], Any] = {}
        self.provable: set[tuple[str, str]] = set()
        self.specs: dict[str, Spec[Any]] = {}
        self.seen = {seat: Seen(seat, self.events) for seat in seats}
        self.claim: dict[str, Spec[Any]] = {}
        self.promise: dict[str, Spec[Any]] = {}
        self.acts = acts
        self._vocabulary: Vocabulary | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """What typed acts can be about by now."""
        if self._vocabulary is None:
            claim, promise = (dict(self.claim), dict(self.promise)) if self.acts else ({}, {})
            self._vocabulary = Vocabulary(claim, promise, self.seats)
        return self._vocabulary

    def apply(self, ops: list[Op]) -> Any:
        """Let words take effect in order; what the last one returns: a flow, when it waits for more than one answer."""
        done = None
        for op in ops:
            done = _WORDS[op[0]](self, *op[1:])
        return done

    def emit(
        self,
        kind: str,
        seat: str | None,
        key: str | None,
        value: Any,
        text: str,
        acts: tuple[dict[str, Any], ...],
        to: tuple[str, ...] | None,
    ) -> None:
        self.events.append(_new(Event, (kind, seat, key, value, text, acts, to, len(self.plies))))

    def do_tell(self, text: str, audience: list[str] | None, fact: dict[str, Any] | None) -> None:
        if type(text) is not str:
            raise GameError(f"tell takes text, got {show(text)}")
        if fact is not None:
            _plain(fact, "fact")
        self.emit("tell", None, None, fact, text, (), None if audience is None else tuple(audience))

    def do_deal(
        self,
        agent: str,
        key: str,
        spec: Spec[Any],
        value: Any,
        provable: bool,
        confidential: list[str] | None,
    ) -> None:
        try:
            legal = from_json(spec, value) == value
        except ActionError:
            legal = False
        if not legal:
            raise GameError(f"deal: {show(value)} for {key!r} is not {spec.words()}")
        known = self.specs.get(key)
        if known is None:
            self.specs[key] = spec
            self._name(self.claim, key, spec)
        elif known is not spec and known.data() != spec.data():
            raise GameError(f"{key!r} was dealt with another spec before; all holders of a key share one")
        self.dealt[agent, key] = value
        self.answers.pop((agent, key), None)
        self.facts[f"{agent}.{key}"] = value
        if provable:
            self.provable.add((agent, key))
        else:
            self.provable.discard((agent, key))
        text = f"Your {key} is {value}." + (" You can prove it." if provable else "")
        if confidential is not None:
            text += f" It is confidential: only {', '.join(confidential) or 'you'} may know."
        self.details[len(self.events)] = {"spec": spec, "provable": provable, "confidential": confidential}
        self.emit("deal", agent, key, value, text, (), (agent,))

    def do_reveal(self, key: str, agents: list[str] | None) -> None:
        shown = 0
        for seat in self.seats if agents is None else agents:
            at = (seat, key)
            if at in self.answers:
                value = self.answers[at]
            elif at in self.dealt:
                value = self.dealt[at]
            elif agents is None:
                continue
            else:
                raise GameError(f"reveal: {seat} has neither been dealt {key!r} nor answered it")
            shown += 1
            self.emit("reveal", seat, key, value, f"{seat}'s {key}: {value}", (), None)
        if not shown:
            raise GameError(f"reveal: nobody has been dealt {key!r} or answered it")

    def do_pay(self, agent: str, amount: float) -> None:
        if isinstance(amount, bool) or not isinstance(amount, _NUMBER) or not math.isfinite(amount):  # pyright: ignore[reportUnnecessaryIsInstance]  # a game may pay anything
            raise GameError(f"pay: {agent} cannot be paid {show(amount)}")
        self.paid[agent] = self.paid.get(agent, 0.0) + amount
        self.emit("pay", agent, None, amount, "", (), ())

    def do_role(self, agent: str, name: str, team: str | None) -> None:
        self.roles[agent] = name
        if team is not None:
            self.teams[agent] = team
        self.emit("role", agent, None, name, team or "", (), ())

    def do_norm(self, agent: str, act: str, about: str) -> None:
        text = f"In this game you are licensed to {act} about {about}."
        self.emit("norm", agent, about, act, text, (), (agent,))

    def do_measure(self, agent: str, dimension: str, value: float, of: int) -> None:
        if dimension not in BESIDE:
            raise GameError(f"measure: no dimension {show(dimension)}; there are {', '.join(BESIDE)}")
        if type(of) is not int or not 1 <= of <= MOST_MEASURED:
            raise GameError(f"measure: `of` is a whole number from 1 to {MOST_MEASURED}, got {show(of)}")
        if type(value) not in (int, float) or not 0 <= value <= of:
            raise GameError(f"measure: {agent} honoured {dimension} from 0 to {of} times, got {show(value)}")
        self.details[len(self.events)] = {"of": of}
        self.emit("measure", agent, dimension, value, "", (), ())

    def do_rule(self, name: str, before: Any, now: Any, announced: bool) -> None:
        self.emit("rule", None, name, now, "", (), ())
        if announced:
            self.do_tell(f"From now on, {name} is {now}, no longer {before}.", None, None)

    def do_facts(self, facts: dict[str, Any]) -> None:
        if facts:
            _plain(facts, "table.facts")
        self.facts.update(facts)

    def answered(self, seat: str, key: str, value: Any) -> None:
        """An answer is from now on a private fact of its seat."""
        self.answers[seat, key] = value
        self.events.append(_new(Event, ("answer", seat, key, value, "", (), (seat,), len(self.plies))))

    def do_ask_all(self, agents: list[str], key: str, specs: dict[str, Spec[Any]], prompts: dict[str, str]) -> Flow:
        results = yield {seat: Ask("decide", key, specs[seat], prompts[seat], ()) for seat in agents}
        for seat in agents:
            self.answered(seat, key, results[seat].action)
        return {seat: results[seat].action for seat in agents}

    def do_talk(
        self,
        agents: list[str],
        rounds: int,
        to: list[str] | None,
        over: Mapping[str, list[str]] | None,
        about: Mapping[str, Spec[Any]],
        prompt: str,
    ) -> Flow:
        self._about(about)
        said: list[tuple[str, str]] = []
        to_all = Ask("message", "say", MESSAGE, prompt, None, about)
        for _ in range(rounds):
            before = len(said)
            for seat in agents:
                hearers = to if over is None else over.get(seat, [])
                ask = to_all if hearers is None else self._message(seat, hearers, about, prompt)
                results = yield {seat: ask}
                self._say(seat, ask, results[seat], said)
            if len(said) == before:
                break
        return said

    def do_talk_all(self, groups: list[list[str]], rounds: int, about: Mapping[str, Spec[Any]], prompt: str) -> Flow:
        self._about(about)
        said: list[tuple[str, str]] = []
        live = [group for group in groups if group]
        for _ in range(rounds):
            before = len(said)
            for place in range(max((len(group) for group in live), default=0)):
                asks = {
                    group[place]: self._message(group[place], group, about, prompt)
                    for group in live
                    if place < len(group)
                }
                results = yield asks
                for seat, ask in asks.items():
                    self._say(seat, ask, results[seat], said)
            if len(said) == before:
                break
        return said

    def _message(self, seat: str, hearers: Iterable[str], about: Mapping[str, Spec[Any]], prompt: str) -> Ask:
        to = tuple(other for other in hearers if other != seat)
        return Ask("message", "say", MESSAGE, prompt, to, about)

    def _say(self, seat: str, ask: Ask, given: Ply, said: list[tuple[str, str]]) -> None:
        text, acts = given.action, given.acts
        if text or acts:
            said.append((seat, text))
            self.emit("say", seat, None, None, text, acts, None if ask.to is None else (*ask.to, seat))

    def do_announce(self, key: str, agents: list[str], spec: Spec[Any] | None, to: list[str] | None) -> Flow:
        dealt = [seat for seat in agents if (seat, key) in self.dealt] if key in self.specs else []
        if dealt and len(dealt) < len(agents):
            raise GameError(f"announce: {key!r} was dealt to {', '.join(dealt)} only")
        asked = self.specs[key] if dealt else spec or self.promise.get(key)
        if asked is None:
            raise GameError(f"announce: {key!r} is not dealt, so say with `spec=` what the answer to it may be")
        if isinstance(asked, Choice) and _declines(asked.options):
            raise GameError(f"announce: {DECLINE!r} says nothing about {key!r}, so it cannot be one of its values")
        self._name(self.claim, key, asked)
        if not dealt:
            self._name(self.promise, key, asked)
        what = f"What is your {key}?" if dealt else f"What will your next answer to {key!r} be?"
        if to is None:
            asks = dict.fromkeys(agents, _announcement(key, asked, what, None))
        else:
            hearers = {seat: tuple(other for other in to if other != seat) for seat in agents}
            asks = {seat: _announcement(key, asked, what, hearers[seat]) for seat in agents}
        results = yield asks
        for seat, ask in asks.items():
            value = results[seat].action
            text = f"{seat} declines to announce" if value is None else f"{seat} announces {key}: {value}"
            self.emit("announce", seat, key, value, text, (), None if ask.to is None else (*ask.to, seat))
        return {seat: results[seat].action for seat in agents}

    def _about(self, about: Mapping[str, Spec[Any]]) -> None:
        for key, spec in about.items():
            self._name(self.claim, key, spec)
            if key not in self.specs:
                self._name(self.promise, key, spec)

    def _name(self, keys: dict[str, Spec[Any]], key: str, spec: Spec[Any]) -> None:
        known = keys.get(key)
        if known is spec or (known is not None and known.data() == spec.data()):
            return
        keys[key] = spec
        self._vocabulary = None


def _announcement(key: str, spec: Spec[Any], what: str, hearers: tuple[str, ...] | None) -> Ask:
    heard = "everybody" if hearers is None else ", ".join(hearers)
    return Ask("announce", key, spec, f'Announce to {heard}: {what} You may answer "decline".', hearers)


@lru_cache(maxsize=512)
def _declines(options: tuple[str, ...]) -> bool:
    return DECLINE in [option.casefold() for option in options]


def _plain(value: Any, what: str) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise GameError(f"{what} holds something that is no JSON value: {error}") from None


_WORDS: dict[str, Callable[..., Any]] = {
    "tell": Words.do_tell,
    "deal": Words.do_deal,
    "reveal": Words.do_reveal,
    "pay": Words.do_pay,
    "role": Words.do_role,
    "norm": Words.do_norm,
    "measure": Words.do_measure,
    "rule": Words.do_rule,
    "facts": Words.do_facts,
    "ask_all": Words.do_ask_all,
    "talk": Words.do_talk,
    "talk_all": Words.do_talk_all,
    "announce": Words.do_announce,
}

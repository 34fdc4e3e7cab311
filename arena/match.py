"""A match: a game, a seed and the answers. Everything else is computed from that log."""

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, NamedTuple, cast

from arena.acts import MOST_ACTS, ActError, in_words, read_act
from arena.engine import Engine, NativeEngine, Op, Spec
from arena.errors import ActionError, GameError, InvalidAction, UsageError, unknown
from arena.game import Message, Table
from arena.library import Game, defaults, native_play
from arena.outcome import checked_rewards, ranks_of, settle_forfeits
from arena.parse import from_json, parse_announcement, parse_decision, parse_message, show
from arena.standin import stand_in
from arena.turn import Ask, Event, PublicGame, Turn, View, Vocabulary

MOST_PLIES = 2000
MOST_EVENTS = 50_000
MESSAGE = Message(4000)
_OFF = Vocabulary({}, {}, ())
Reply = str | dict[str, Any]
Batch = list[tuple[str, Ask]]
Flow = Generator[Batch, dict[str, Any], Any]


class Attempt(NamedTuple):
    """A reply that was no answer, and what the seat was told about it."""

    reply: str
    error: str
    kind: str


class Ply(NamedTuple):
    """One answer of one seat."""

    seat: str
    ask: Ask
    reply: str
    action: Any
    acts: tuple[dict[str, Any], ...]
    attempts: tuple[Attempt, ...]
    stand_in: bool
    events: int
    """How many events there were when it was asked."""


class _Pending:
    __slots__ = ("ask", "attempts", "result", "reply", "acts", "dropped", "stand_in", "events")

    def __init__(self, ask: Ask, events: int) -> None:
        self.ask = ask
        self.events = events
        self.attempts: list[Attempt] = []
        self.result: Any = None
        self.reply: str | None = None
        self.acts: tuple[dict[str, Any], ...] = ()
        self.dropped: tuple[str, ...] = ()
        self.stand_in = False


def seat_names(count: int) -> tuple[str, ...]:
    """The seats of a match, `player_0` and on."""
    return tuple(f"player_{number}" for number in range(count))


def fill_params(game: Game, params: Mapping[str, Any] | None) -> dict[str, Any]:
    """A game's parameters with its defaults; an unknown or ill-typed one is a usage error."""
    filled = dict(defaults(game))
    for name, value in (params or {}).items():
        if name not in filled:
            raise unknown("parameter", name, list(filled), game.name)
        default = filled[name]
        if default is not None and type(value) is not type(default):
            if type(default) is float and type(value) is int:
                value = float(value)
            else:
                raise UsageError(
                    f"{game.name}: parameter {name!r} takes {type(default).__name__}, got {show(value)}"
                )
        filled[name] = value
    return filled


class Match:
    """A running or finished match; answers are given from outside, by `answer`."""

    def __init__(
        self,
        game: Game,
        params: Mapping[str, Any] | None = None,
        seed: int = 0,
        seats: int | None = None,
        *,
        id: str = "",  # noqa: A002  # the record's own word for it
        rollout: str = "",
        retries: int = 2,
        acts: str = "offered",
        prompt: str = "",
        streams: Mapping[str, int] | None = None,
        engine: str = "auto",
    ) -> None:
        count = game.least if seats is None else seats
        if not game.least <= count <= game.most:
            raise UsageError(f"{game.name} is for {game.least} to {game.most} agents, not {count}")
        self.game = game
        self.params = fill_params(game, params)
        self.seed = seed
        self.seats = seat_names(count)
        self.id = id
        self.rollout = rollout
        self.retries = retries
        self.acts = acts
        self.prompt = prompt
        self.engine_name = engine
        self.streams = dict(streams or {})
        self.events: list[Event] = []
        self.details: dict[int, dict[str, Any]] = {}
        self.plies: list[Ply] = []
        self.rewards: dict[str, float] = {}
        self.ranks: dict[str, int] = {}
        self.forfeits: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.teams: dict[str, str] = {}
        self.facts: dict[str, Any] = {}
        self.branches: list[tuple[int, int]] = []
        self.done = False
        self.act_errors: dict[str, int] = dict.fromkeys(self.seats, 0)
        self._paid: dict[str, float] = {}
        self._dealt: dict[tuple[str, str], Any] = {}
        self._answers: dict[tuple[str, str], Any] = {}
        self._provable: set[tuple[str, str]] = set()
        self._specs: dict[str, Spec[Any]] = {}
        self._raw: dict[str, list[tuple[Event, int]]] = {seat: [] for seat in self.seats}
        self._views: dict[str, list[Event]] = {seat: [] for seat in self.seats}
        self._own: dict[str, int] = dict.fromkeys(self.seats, 0)
        self._since: dict[str, int] = dict.fromkeys(self.seats, 0)
        self._claim: dict[str, Spec[Any]] = {}
        self._promise: dict[str, Spec[Any]] = {}
        self._words = _OFF if acts == "off" else Vocabulary({}, {}, self.seats)
        self._pending: dict[str, _Pending] = {}
        self._flow: Flow | None = None
        self._reseed: int | None = None
        self._rules: str | None = None
        # Agents see this, so it must not give the chance seed away.
        self._key = id or hashlib.blake2b(f"{game.sha256}/{seed}".encode(), digest_size=12).hexdigest()
        self._public = PublicGame(game, self.params, count)
        self._engine = self._start_engine()
        batch = self._run(None, start=True)
        if batch is not None:
            self._wait_for(batch)

    # What a match is asked from outside.

    @property
    def waiting(self) -> tuple[str, ...]:
        """The seats that must answer before anything else happens."""
        return tuple(seat for seat, pending in self._pending.items() if pending.reply is None)

    @property
    def isolation(self) -> str:
        """What stands between the game's code and this process: `none`, `interpreter` or `bubblewrap`."""
        return self._engine.isolation

    @property
    def rules(self) -> str:
        """The rules as every agent reads them."""
        if self._rules is None:
            from arena.rules import rules_text

            self._rules = rules_text(self.game, self.params, self.acts, self.prompt)
        return self._rules

    def turn(
        self, seat: str, notes: str | None = None, *, privileged: bool = False
    ) -> Turn:
        """What a waiting seat knows; `privileged` adds the running match itself."""
        pending = self._pending[seat]
        own = self._own[seat]
        raw = self._raw[seat]
        attempt = len(pending.attempts)
        return Turn(
            seat,
            self.rules,
            pending.ask,
            View(raw, self._views[seat], len(raw)),
            self._since[seat],
            self._words,
            self._public,
            f"{self._key}/{self.rollout}/{seat}/{own}/{attempt}",
            attempt,
            notes,
            self.branch if privileged else None,
        )

    def answer(self, seat: str, reply: Reply) -> ActionError | None:
        """Take a seat's reply; the error is what the seat is told before it is asked again."""
        pending = self._pending.get(seat)
        if pending is None or pending.reply is not None:
            raise UsageError(f"{seat} is not asked now; waiting for: {', '.join(self.waiting) or 'nobody'}")
        try:
            text = self._take(seat, pending, reply)
        except ActionError as error:
            self._refuse(seat, pending, reply, error)
            if pending.reply is None:
                return error
        else:
            pending.reply = text
        self._go_on()
        return None

    def forfeit(self, seat: str, reason: str) -> None:
        """Let a stand-in play the seat on, so that the others keep their game."""
        self.forfeits.setdefault(seat, reason)
        pending = self._pending.get(seat)
        if pending is not None and pending.reply is None:
            self._stand_in(seat, pending)
            self._go_on()

    def branch(self, ply: int | None = None, seed: int | None = None, rollout: str | None = None) -> "Match":
        """This match up to a ply, to be played on; `seed` draws what chance has yet to draw anew."""
        from arena.record import play_prefix

        twin = Match(
            self.game,
            self.params,
            self.seed,
            len(self.seats),
            id=self.id,
            rollout=self.rollout if rollout is None else rollout,
            retries=self.retries,
            acts=self.acts,
            prompt=self.prompt,
            streams=self.streams,
            engine=self.engine_name,
        )
        return play_prefix(twin, self, len(self.plies) if ply is None else ply, seed)

    def reseed(self, seed: int) -> None:
        """From the next answer on, chance is drawn from another seed."""
        self._reseed = seed
        self.branches.append((len(self.plies), seed))

    def close(self) -> None:
        """Give the engine back; a match that is done has done so already."""
        self._engine.close()

    # How the answers are taken.

    def _take(self, seat: str, pending: _Pending, reply: Reply) -> str:
        ask = pending.ask
        if type(reply) is dict:
            try:
                text = json.dumps(reply, ensure_ascii=False, allow_nan=False)
            except (TypeError, ValueError, RecursionError) as error:
                raise InvalidAction(f"the reply is no JSON object: {error}") from None
        elif isinstance(reply, str):
            text = reply
        else:
            raise InvalidAction(f"expected text or a JSON object, got {type(reply).__name__}")
        if ask.kind == "decide":
            pending.result = parse_decision(ask.spec, ask.key, reply)
        elif ask.kind == "message":
            said, raw = parse_message(ask.spec, reply)
            pending.acts, pending.dropped = self._acts(seat, raw) if raw else ((), ())
            pending.result = said
        else:
            pending.result = parse_announcement(ask.spec, ask.key, reply)
        return text

    def _acts(self, seat: str, raw: list[Any]) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
        acts: list[dict[str, Any]] = []
        dropped: list[str] = []
        for written in raw[:MOST_ACTS]:
            try:
                act = read_act(written, seat, self._words)
                if act["act"] == "disclose":
                    self._prove(seat, act)
                acts.append(act)
            except ActError as error:
                dropped.append(str(error))
        if len(raw) > MOST_ACTS:
            dropped.append(f"a message carries at most {MOST_ACTS} acts, got {len(raw)}")
        return tuple(acts), tuple(dropped)

    def _prove(self, seat: str, act: dict[str, Any]) -> None:
        at = (seat, act["key"])
        if at not in self._provable:
            raise ActError(f"{act['key']!r} is nothing you can prove")
        act["value"] = self._dealt[at]
        act["text"] = in_words(act, seat)[:-1] + f": it is {act['value']}]"

    def _refuse(self, seat: str, pending: _Pending, reply: Reply, error: ActionError) -> None:
        text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False, default=repr)
        pending.attempts.append(Attempt(text, str(error), error.kind))
        self._emit("error", seat, pending.ask.key, None, str(error), (), (seat,))
        if len(pending.attempts) > self.retries:
            self.forfeits.setdefault(seat, f"{error.kind} reply {len(pending.attempts)} times: {error}")
            self._stand_in(seat, pending)
        else:
            pending.ask = pending.ask._replace(error=str(error))

    def _stand_in(self, seat: str, pending: _Pending) -> None:
        reply = stand_in(pending.ask, self.seed, seat, self._own[seat])
        pending.stand_in = True
        pending.acts = pending.dropped = ()
        pending.reply = self._take(seat, pending, reply)

    def _go_on(self) -> None:
        """Play on as long as every seat that is asked has answered."""
        while self._pending and all(pending.reply is not None for pending in self._pending.values()):
            results = self._commit()
            flow = cast(Flow, self._flow)
            try:
                batch: Batch | None = flow.send(results)
            except StopIteration as stop:
                batch = self._run(stop.value)
            if batch is not None:
                self._wait_for(batch)

    def _commit(self) -> dict[str, Any]:
        """Turn the answers given into plies."""
        batch = self._pending
        self._pending = {}
        results: dict[str, Any] = {}
        for seat, pending in batch.items():
            self.plies.append(
                Ply(
                    seat,
                    pending.ask,
                    cast(str, pending.reply),
                    pending.result,
                    pending.acts,
                    tuple(pending.attempts),
                    pending.stand_in,
                    pending.events,
                )
            )
            self._own[seat] += 1
            self._since[seat] = len(self._raw[seat])
            results[seat] = pending.result
            if pending.dropped:
                self.act_errors[seat] += len(pending.dropped)
                for error in pending.dropped:
                    self._emit("error", seat, pending.ask.key, None, f"an act was dropped: {error}", (), (seat,))
        return results

    # How the game's words take effect.

    def _start_engine(self) -> Engine:
        table_args = (self.seats, self.seed, self._call, self.streams)
        if self.engine_name == "native" or (self.engine_name == "auto" and self.game.trusted):
            table = Table(*table_args)
            return NativeEngine(native_play(self.game), table, self.params)
        from arena.sandbox import SandboxEngine

        return SandboxEngine(self.game, self.params, *table_args)

    def _call(self, word: str, args: list[Any]) -> Any:
        from arena.network import network

        kind, params, _ = args
        return network(kind, self.seats, self.seed, **params)

    def _run(self, answer: Any, *, start: bool = False) -> Batch | None:
        """Hand an answer to the game and run it to its next ask; None when it has ended."""
        while True:
            try:
                ops = self._engine.start() if start else self._engine.send(answer, self._take_reseed())
                start = False
                flow = self._apply(ops)
                if flow is None:
                    self._finish()
                    return None
                self._flow = flow
                return next(flow)
            except StopIteration as stop:
                answer = stop.value
            except GameError as error:
                raise self._broken(error) from error.__cause__
            except Exception as error:
                raise self._broken(error) from error

    def _take_reseed(self) -> int | None:
        seed, self._reseed = self._reseed, None
        return seed

    def _wait_for(self, batch: Batch) -> None:
        if len(self.plies) + len(batch) > MOST_PLIES:
            raise self._broken(GameError(f"the game has not ended after {MOST_PLIES} answers"))
        if len(self.events) > MOST_EVENTS:
            raise self._broken(GameError(f"the game has told more than {MOST_EVENTS} things"))
        events = len(self.events)
        if len(batch) > 1:
            order = {seat: number for number, seat in enumerate(self.seats)}
            batch = sorted(batch, key=lambda item: order[item[0]])
        self._pending = {seat: _Pending(ask, events) for seat, ask in batch}
        for seat in self.forfeits:
            if seat in self._pending:
                self._stand_in(seat, self._pending[seat])

    def _apply(self, ops: list[Op] | None) -> Flow | None:
        if ops is None:
            for op in self._engine.tail:
                _WORDS[op[0]](self, *op[1:])
            return None
        if len(ops) > 1:
            for op in ops[:-1]:
                _WORDS[op[0]](self, *op[1:])
        op = ops[-1]
        return cast(Flow, _WORDS[op[0]](self, *op[1:]))

    def _emit(
        self,
        kind: str,
        seat: str | None,
        key: str | None,
        value: Any,
        text: str,
        acts: tuple[dict[str, Any], ...],
        to: tuple[str, ...] | None,
    ) -> None:
        event = Event(kind, seat, key, value, text, acts, to, len(self.plies))
        self.events.append(event)
        raw, own = self._raw, self._own
        for hearer in self.seats if to is None else to:
            raw[hearer].append((event, own[hearer]))

    def _tell(self, text: str, audience: list[str] | None, fact: dict[str, Any] | None) -> None:
        if type(text) is not str:
            raise GameError(f"tell takes text, got {show(text)}")
        if fact is not None:
            _plain(fact, "fact")
        self._emit("tell", None, None, fact, text, (), None if audience is None else tuple(audience))

    def _deal(
        self,
        agent: str,
        key: str,
        spec: Spec[Any],
        value: Any,
        provable: bool,  # noqa: FBT001  # a game's word, positional on the wire
        confidential: list[str] | None,
    ) -> None:
        try:
            legal = from_json(spec, value) == value
        except ActionError:
            legal = False
        if not legal:
            raise GameError(f"deal: {show(value)} for {key!r} is not {spec.words()}")
        known = self._specs.get(key)
        if known is None:
            self._specs[key] = spec
            self._name(self._claim, key, spec)
        elif known is not spec and known.data() != spec.data():
            raise GameError(f"{key!r} was dealt with another spec before; all holders of a key share one")
        self._dealt[agent, key] = value
        self.facts[f"{agent}.{key}"] = value
        if provable:
            self._provable.add((agent, key))
        text = f"Your {key} is {value}." + (" You can prove it." if provable else "")
        if confidential is not None:
            text += f" It is confidential: only {', '.join(confidential) or 'you'} may know."
        event = Event("deal", agent, key, value, text, (), (agent,), len(self.plies))
        self._hidden(event, {"spec": spec, "provable": provable, "confidential": confidential})
        self._raw[agent].append((event, self._own[agent]))

    def _hidden(self, event: Event, more: dict[str, Any]) -> None:
        self.details[len(self.events)] = more
        self.events.append(event)

    def _reveal(self, key: str, agents: list[str] | None) -> None:
        shown = 0
        for seat in self.seats if agents is None else agents:
            at = (seat, key)
            if at in self._answers:
                value = self._answers[at]
            elif at in self._dealt:
                value = self._dealt[at]
            elif agents is None:
                continue
            else:
                raise GameError(f"reveal: {seat} has neither been dealt {key!r} nor answered it")
            shown += 1
            self._emit("reveal", seat, key, value, f"{seat}'s {key}: {value}", (), None)
        if not shown:
            raise GameError(f"reveal: nobody has been dealt {key!r} or answered it")

    def _pay(self, agent: str, amount: float) -> None:
        if not isinstance(amount, int | float) or amount != amount or amount in (float("inf"), float("-inf")):  # noqa: PLR0124  # only NaN differs from itself
            raise GameError(f"pay: {agent} cannot be paid {show(amount)}")
        self._paid[agent] = self._paid.get(agent, 0.0) + amount
        self._hidden(Event("pay", agent, None, amount, "", (), (), len(self.plies)), {})

    def _role(self, agent: str, name: str, team: str | None) -> None:
        self.roles[agent] = name
        if team is not None:
            self.teams[agent] = team
        self._hidden(Event("role", agent, None, name, team or "", (), (), len(self.plies)), {})

    def _norm(self, agent: str, act: str, about: str) -> None:
        text = f"In this game you are licensed to {act} about {about}."
        self._emit("norm", agent, about, act, text, (), (agent,))

    def _facts(self, facts: dict[str, Any]) -> None:
        _plain(facts, "table.facts")
        self.facts.update(facts)

    def _ask(self, agent: str, key: str, spec: Spec[Any], prompt: str) -> Flow:
        result = (yield [(agent, Ask("decide", key, spec, prompt, ()))])[agent]
        self._answers[agent, key] = result
        self._emit("answer", agent, key, result, "", (), (agent,))
        return result

    def _ask_all(self, agents: list[str], key: str, specs: dict[str, Spec[Any]], prompts: dict[str, str]) -> Flow:
        results = yield [(seat, Ask("decide", key, specs[seat], prompts[seat], ())) for seat in agents]
        for seat in agents:
            self._answers[seat, key] = results[seat]
            self._emit("answer", seat, key, results[seat], "", (), (seat,))
        return {seat: results[seat] for seat in agents}

    def _talk(
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
        for _ in range(rounds):
            before = len(said)
            for seat in agents:
                hearers = to if over is None else over.get(seat, [])
                ask = self._message(seat, hearers, about, prompt)
                results = yield [(seat, ask)]
                self._say(seat, ask, results[seat], said)
            if len(said) == before:
                break
        return said

    def _talk_all(self, groups: list[list[str]], rounds: int, about: Mapping[str, Spec[Any]], prompt: str) -> Flow:
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
                results = yield list(asks.items())
                for seat, ask in asks.items():
                    self._say(seat, ask, results[seat], said)
            if len(said) == before:
                break
        return said

    def _message(self, seat: str, hearers: Iterable[str] | None, about: Mapping[str, Spec[Any]], prompt: str) -> Ask:
        to = None if hearers is None else tuple(other for other in hearers if other != seat)
        return Ask("message", "say", MESSAGE, prompt, to, about)

    def _say(self, seat: str, ask: Ask, text: str, said: list[tuple[str, str]]) -> None:
        acts = next(ply.acts for ply in reversed(self.plies) if ply.seat == seat)
        if text or acts:
            said.append((seat, text))
            self._emit("say", seat, None, None, text, acts, None if ask.to is None else (*ask.to, seat))

    def _announce(self, key: str, agents: list[str], spec: Spec[Any] | None, to: list[str] | None) -> Flow:
        dealt = [seat for seat in agents if (seat, key) in self._dealt]
        if dealt and len(dealt) < len(agents):
            raise GameError(f"announce: {key!r} was dealt to {', '.join(dealt)} only")
        asked = self._specs[key] if dealt else spec or self._promise.get(key)
        if asked is None:
            raise GameError(f"announce: {key!r} is not dealt, so say with `spec=` what the answer to it may be")
        self._name(self._claim, key, asked)
        if not dealt:
            self._name(self._promise, key, asked)
        what = f"What is your {key}?" if dealt else f"What will your next answer to {key!r} be?"
        asks: dict[str, Ask] = {}
        for seat in agents:
            hearers = None if to is None else tuple(other for other in to if other != seat)
            heard = "everybody" if hearers is None else ", ".join(hearers)
            prompt = f'Announce to {heard}: {what} You may answer "decline".'
            asks[seat] = Ask("announce", key, asked, prompt, hearers)
        results = yield list(asks.items())
        for seat, ask in asks.items():
            value = results[seat]
            text = f"{seat} declines to announce" if value is None else f"{seat} announces {key}: {value}"
            self._emit("announce", seat, key, value, text, (), None if ask.to is None else (*ask.to, seat))
        return {seat: results[seat] for seat in agents}

    def _about(self, about: Mapping[str, Spec[Any]]) -> None:
        for key, spec in about.items():
            self._name(self._claim, key, spec)
            if key not in self._specs:
                self._name(self._promise, key, spec)

    def _name(self, keys: dict[str, Spec[Any]], key: str, spec: Spec[Any]) -> None:
        if key in keys and keys[key].data() == spec.data():
            return
        keys[key] = spec
        if self.acts != "off":
            self._words = Vocabulary(dict(self._claim), dict(self._promise), self.seats)

    # How it ends.

    def _finish(self) -> None:
        self.done = True
        self._engine.close()
        rewards = checked_rewards(self._engine.rewards, self._paid, self.seats, self.game.scoring)
        self.rewards = settle_forfeits(rewards, self.forfeits)
        if self.game.scoring != "panel":
            self.ranks = ranks_of(self.rewards, self.teams, self.forfeits)

    def _broken(self, error: Exception) -> GameError:
        from arena.record import where_in_game

        self.close()
        place = where_in_game(error, self.game)
        command = f"arena play {self.game.path or self.game.name} --seed {self.seed} --show"
        kind = "" if isinstance(error, GameError) else f"{type(error).__name__}: "
        return GameError(
            f"{place}: {kind}{error} (game {self.game.name}, seed {self.seed}, ply {len(self.plies)}; see it with: {command})"
        )


def _plain(value: Any, what: str) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise GameError(f"{what} holds something that is no JSON value: {error}") from None


_WORDS: dict[str, Callable[..., Any]] = {
    "tell": Match._tell,
    "deal": Match._deal,
    "reveal": Match._reveal,
    "pay": Match._pay,
    "role": Match._role,
    "norm": Match._norm,
    "facts": Match._facts,
    "ask": Match._ask,
    "ask_all": Match._ask_all,
    "talk": Match._talk,
    "talk_all": Match._talk_all,
    "announce": Match._announce,
}

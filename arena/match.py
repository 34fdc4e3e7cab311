"""A match: a game, a seed and the answers. Everything else is computed from that log."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from arena.acts import MOST_ACTS, ActError, in_words, read_act
from arena.agent import Reply
from arena.engine import Engine, NativeEngine, place_in_game
from arena.errors import ActionError, GameError, InvalidAction, UsageError
from arena.game import Table
from arena.library import Game, agents_in_words, native_play, play_command
from arena.network import network
from arena.outcome import checked_rewards, ranks_at_end, settle_forfeits
from arena.params import Changes, fill_changes, fill_params
from arena.parse import parse_announcement, parse_decision, parse_message, show
from arena.ply import Attempt, Ply
from arena.rules import rules_text
from arena.standin import stand_in
from arena.turn import Ask, PublicGame, Turn
from arena.words import Batch, Flow, Words

MOST_PLIES = 2000
MOST_EVENTS = 50_000
_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


@lru_cache(maxsize=64)
def seat_names(count: int) -> tuple[str, ...]:
    """The seats of a match, `player_0` and on."""
    return tuple(f"player_{number}" for number in range(count))


class Match:
    """A running or finished match; answers are given from outside, by `answer`."""

    def __init__(
        self,
        game: Game,
        params: Mapping[str, Any] | None = None,
        seed: int = 0,
        seats: int | None = None,
        *,
        id: str = "",
        rollout: str = "",
        retries: int = 2,
        acts: str = "offered",
        prompt: str = "",
        streams: Mapping[str, int] | None = None,
        given: Mapping[str, Sequence[Any]] | None = None,
        table: Callable[..., Table] = Table,
        changes: Changes | None = None,
        engine: str = "auto",
        shown_by: str = "",
    ) -> None:
        count = game.least if seats is None else seats
        if not game.least <= count <= game.most:
            raise UsageError(f"{game.name} is for {agents_in_words(game)}, not {count}")
        self.game = game
        self.params = fill_params(game, params)
        self.changes = fill_changes(game, changes)
        """The rules that change while it is played."""
        self.seed = seed
        self.seats = seat_names(count)
        self.id = id
        self.rollout = rollout
        self.retries = retries
        self.acts = acts
        self.prompt = prompt
        self.engine_name = engine
        self.shown_by = shown_by
        """The command that shows this match, for the error of a game that breaks."""
        self.streams = dict(streams or {})
        self.given = dict(given or {})
        """By path, the facts that are dealt in place of drawn ones, in order; under `network` the networks."""
        self.table = table
        """What the words of a trusted game are said at."""
        self._networks = list(self.given.get("network", ()))
        self.plies: list[Ply] = []
        self.rewards: dict[str, float] = {}
        self.ranks: dict[str, int] = {}
        self.forfeits: dict[str, str] = {}
        self.branches: list[tuple[int, int]] = []
        self.done = False
        self.act_errors: dict[str, int] = dict.fromkeys(self.seats, 0)
        self.words = Words(self.seats, self.plies, acts=acts != "off")
        self.events = self.words.events
        self.waiting: tuple[str, ...] = ()
        """The seats that must answer before anything else happens."""
        self.asked: dict[str, Ply] = {}
        """The plies being answered; they join `plies` once all are given."""
        self._flow: Flow | None = None
        self._reseed: int | None = None
        self._rules: str | None = None
        # Agents see this, so it must not give the chance seed away.
        key = id or hashlib.blake2b(f"{game.sha256}/{seed}".encode(), digest_size=12).hexdigest()
        self._base = f"{key}/{rollout}"
        self._public = PublicGame(game, self.params, count)
        self._engine = self._start_engine()
        self._run(None, start=True)

    # What a match is asked from outside.

    @property
    def roles(self) -> dict[str, str]:
        """What each seat is in this match, where the game says so."""
        return self.words.roles

    @property
    def teams(self) -> dict[str, str]:
        """Who wins together."""
        return self.words.teams

    @property
    def facts(self) -> dict[str, Any]:
        """The truth, by path; never part of an observation."""
        return self.words.facts

    @property
    def isolation(self) -> str:
        """What stands between the game's code and this process: `none`, `interpreter` or `bubblewrap`."""
        return self._engine.isolation

    @property
    def rules(self) -> str:
        """The rules as every agent reads them."""
        if self._rules is None:
            self._rules = rules_text(self.game, self.params, self.acts, self.prompt, self.changes)
        return self._rules

    def turn(self, seat: str, notes: str | None = None, *, privileged: bool = False) -> Turn:
        """What a waiting seat knows; `privileged` adds the running match itself."""
        ply = self.asked[seat]
        words = self.words
        return Turn(
            words.seen[seat],
            ply.ask,
            self._rules or self.rules,
            words.vocabulary,
            self._public,
            self._base,
            len(words.events),
            len(ply.attempts),
            notes,
            self.branch if privileged else None,
        )

    def after(self, seat: str, ask: Ask, notes: str | None = None) -> Turn:
        """What a seat knows when the match is over, with an ask that is none of the game's."""
        words, seen = self.words, self.words.seen[seat]
        return Turn(seen, ask, self.rules, words.vocabulary, self._public, self._base, len(words.events), 0, notes)

    def answer(self, seat: str, reply: Reply | ActionError) -> ActionError | None:
        """Take a seat's reply; the error is what the seat is told before it is asked again.

        An error in place of a reply is one that the agent itself knows to be no answer.
        """
        ply = self._asked(seat)
        try:
            self._take(seat, ply, reply)
        except ActionError as error:
            self._refuse(seat, ply, Attempt(_shown(reply), str(error), error.kind))
            if not ply.given:
                return error
        self._answered(seat)
        return None

    def accept(self, seat: str, reply: str, action: Any, acts: tuple[dict[str, Any], ...] = ()) -> None:
        """Take a waiting seat's answer that was read before, so that it is not read again; nothing of it is checked."""
        ply = self.asked[seat]
        ply.reply, ply.action, ply.acts, ply.given = reply, action, acts, True
        self._answered(seat)

    def read(self, seat: str, reply: Reply) -> tuple[str, tuple[dict[str, Any], ...], tuple[str, ...]]:
        """What a waiting seat's message says, as text and acts, and what is wrong with other acts; it is not sent."""
        text, raw = parse_message(self._asked(seat).ask.spec, reply)
        return text, *self._acts(seat, raw)

    def forfeit(self, seat: str, reason: str) -> None:
        """Let a stand-in play the seat on, so that the others keep their game."""
        self.forfeits.setdefault(seat, reason)
        ply = self.asked.get(seat)
        if ply is not None and not ply.given:
            self._stand_in(seat, ply)
            self._answered(seat)

    def branch(self, ply: int | None = None, seed: int | None = None, rollout: str | None = None) -> "Match":
        """This match up to a ply, to be played on; `seed` draws what chance has yet to draw anew.

        Without a ply it is this match as it stands, refused tries and answers that wait for others included.
        """
        plies = len(self.plies) if ply is None else ply
        if not 0 <= plies <= len(self.plies):
            raise GameError(f"{self.game.name} has {len(self.plies)} plies, so there is no ply {plies}")
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
            given=self.given,
            table=self.table,
            changes=self.changes,
            engine=self.engine_name,
            shown_by=self.shown_by,
        )
        branches = dict(self.branches)
        for number, given in enumerate(self.plies[:plies]):
            if number in branches:
                twin.reseed(branches[number])
            if len(twin.plies) <= number and given.seat not in twin.forfeits:
                twin.repeat(given.seat, given.attempts, given.reply, self._forfeit_of(given))
        for own, given in zip(twin.plies, self.plies, strict=False):
            own.faults, own.lost = given.faults, given.lost
        if ply is None:
            if plies in branches:
                twin.reseed(branches[plies])
            for given in self.asked.values():
                if given.seat in twin.waiting:
                    twin.repeat(given.seat, given.attempts, given.reply if given.given else None)
        if seed is not None:
            twin.reseed(seed)
        return twin

    def repeat(self, seat: str, attempts: Iterable[Attempt], reply: str | None, forfeit: str | None = None) -> None:
        """Answer as it was answered before; what was refused then is refused again, for the reason given then.

        `reply` is None where nothing was accepted yet, `forfeit` the reason where a stand-in answered.
        """
        ply = self.asked[seat]
        for attempt in attempts:
            if not ply.given:
                self._refuse(seat, ply, attempt)
        if ply.given:
            self._answered(seat)
        elif forfeit is not None:
            self.forfeit(seat, forfeit)
        elif reply is not None:
            self.answer(seat, reply)

    def undo(self, plies: int = 1) -> "Match":
        """This match without its last answers."""
        return self.branch(len(self.plies) - plies)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Match":
        return self.branch()

    def reseed(self, seed: int) -> None:
        """From the next answer on, chance is drawn from another seed."""
        self._reseed = seed
        self.branches.append((len(self.plies), seed))

    def close(self) -> None:
        """Give the engine back; a match that is done has done so already."""
        self._engine.close()

    # How the answers are taken.

    def _asked(self, seat: str) -> Ply:
        ply = self.asked.get(seat)
        if ply is None or ply.given:
            raise UsageError(f"{seat} is not asked now; waiting for: {', '.join(self.waiting) or 'nobody'}")
        return ply

    def _take(self, seat: str, ply: Ply, reply: Reply | ActionError) -> None:
        if type(reply) is dict:
            try:
                text = _text_of(reply)
            except (TypeError, ValueError, RecursionError) as error:
                raise InvalidAction(f"the reply is no JSON object: {error}") from None
        elif isinstance(reply, str):
            text = reply
        elif isinstance(reply, ActionError):
            raise reply
        else:
            raise InvalidAction(f"expected text or a JSON object, got {type(reply).__name__}")
        ask = ply.ask
        kind = ask.kind
        if kind == "decide":
            ply.action = parse_decision(ask.spec, ask.key, reply)
        elif kind == "message":
            ply.action, raw = parse_message(ask.spec, reply)
            if raw:
                ply.acts, ply.dropped = self._acts(seat, raw)
        else:
            ply.action = parse_announcement(ask.spec, ask.key, reply)
        ply.reply = text
        ply.given = True

    def _acts(self, seat: str, raw: list[Any]) -> tuple[tuple[dict[str, Any], ...], tuple[str, ...]]:
        acts: list[dict[str, Any]] = []
        dropped: list[str] = []
        for written in raw[:MOST_ACTS]:
            try:
                act = read_act(written, seat, self.words.vocabulary)
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
        if at not in self.words.provable:
            raise ActError(f"{act['key']!r} is nothing you can prove")
        act["value"] = self.words.dealt[at]
        act["text"] = in_words(act, seat)[:-1] + f": it is {act['value']}]"

    def _refuse(self, seat: str, ply: Ply, attempt: Attempt) -> None:
        ply.attempts += (attempt,)
        self.words.emit("error", seat, ply.ask.key, None, attempt.error, (), (seat,))
        if len(ply.attempts) > self.retries:
            self.forfeits.setdefault(seat, f"{attempt.kind} reply {len(ply.attempts)} times: {attempt.error}")
            self._stand_in(seat, ply)
        else:
            ply.ask = ply.ask._replace(error=attempt.error)

    def _forfeit_of(self, ply: Ply) -> str | None:
        return self.forfeits.get(ply.seat, "") if ply.stand_in else None

    def _stand_in(self, seat: str, ply: Ply) -> None:
        ply.stand_in = True
        ply.acts = ply.dropped = ()
        self._take(seat, ply, stand_in(ply.ask, self.seed, seat, len(self.words.seen[seat].turns)))

    def _answered(self, seat: str) -> None:
        """Play on once every seat that is asked has answered."""
        waiting = self.waiting
        self.waiting = waiting[1:] if waiting[0] == seat else tuple(other for other in waiting if other != seat)
        if self.waiting:
            return
        plies, words = self.plies, self.words
        while not self.waiting and self.asked:
            asked, self.asked = self.asked, {}
            for ply in asked.values():
                seen = words.seen[ply.seat]
                seen.turns.append(len(plies))
                seen.mark = len(words.events)
                plies.append(ply)
                if ply.dropped:
                    self._drop(ply)
            flow = self._flow
            if flow is None:
                last = plies[-1]
                words.answered(last.seat, last.ask.key, last.action)
                self._run(last.action)
                continue
            try:
                batch = flow.send(asked)
            except StopIteration as stop:
                self._run(stop.value)
            else:
                self._wait_for(batch)

    def _drop(self, ply: Ply) -> None:
        self.act_errors[ply.seat] += len(ply.dropped)
        for error in ply.dropped:
            self.words.emit("error", ply.seat, ply.ask.key, None, f"an act was dropped: {error}", (), (ply.seat,))

    # How the game's words take effect.

    def _start_engine(self) -> Engine:
        table_args = (self.seats, self.seed, self._call, self.streams, self.given, self.changes)
        if self.engine_name == "native" or (self.engine_name == "auto" and self.game.trusted):
            table = self.table(*table_args)
            return NativeEngine(native_play(self.game), table, self.params)
        from arena.sandbox import SandboxEngine

        return SandboxEngine(self.game, self.params, *table_args)

    def _call(self, word: str, args: list[Any]) -> Any:
        if word != "network":
            raise GameError(f"no word {word!r}")
        if self._networks:
            return self._networks.pop(0)
        kind, params = args
        return network(kind, self.seats, self.seed, **params)

    def _run(self, answer: Any, *, start: bool = False) -> None:
        """Hand an answer to the game and run it to its next ask or its end."""
        try:
            while True:
                if start:
                    ops = self._engine.start()
                    start = False
                else:
                    seed, self._reseed = self._reseed, None
                    ops = self._engine.send(answer, seed)
                if ops is None:
                    self._finish()
                    return
                word = ops[-1]
                if word[0] == "ask":
                    # The commonest word by far does without a flow of its own.
                    if len(ops) > 1:
                        self.words.apply(ops[:-1])
                    self._flow = None
                    _, seat, key, spec, prompt = word
                    self._wait_for({seat: Ask("decide", key, spec, prompt, ())})
                    return
                self._flow = flow = self.words.apply(ops)
                try:
                    batch = next(flow)
                except StopIteration as stop:
                    answer = stop.value
                    continue
                self._wait_for(batch)
                return
        except GameError as error:
            raise self._broken(error) from error.__cause__
        except Exception as error:
            raise self._broken(error) from error

    def _wait_for(self, batch: Batch) -> None:
        events = len(self.events)
        if len(self.plies) + len(batch) > MOST_PLIES:
            raise self._broken(GameError(f"the game has not ended after {MOST_PLIES} answers"))
        if events > MOST_EVENTS:
            raise self._broken(GameError(f"the game has told more than {MOST_EVENTS} things"))
        waiting = tuple(batch)
        if len(waiting) > 1 and waiting != self.seats:
            waiting = tuple(seat for seat in self.seats if seat in batch)
        asked: dict[str, Ply] = {}
        for seat in waiting:
            ask = batch[seat]
            if type(ask.prompt) is not str or type(ask.key) is not str:
                raise self._broken(GameError(f"key and prompt are text, got {show(ask.key)} and {show(ask.prompt)}"))
            asked[seat] = Ply(seat, ask, events)
        self.asked = asked
        self.waiting = waiting
        if self.forfeits:
            for seat in self.waiting:
                if seat in self.forfeits:
                    self._stand_in(seat, asked[seat])
            self.waiting = tuple(seat for seat in self.waiting if seat not in self.forfeits)

    # How it ends.

    def _finish(self) -> None:
        self.words.apply(self._engine.tail)
        self.done = True
        self._engine.close()
        rewards = checked_rewards(self._engine.rewards, self.words.paid, self.seats, self.game.scoring)
        self.rewards = settle_forfeits(rewards, self.forfeits)
        self.ranks = ranks_at_end(self.rewards, self.seats, self.words.teams, self.forfeits)

    def _broken(self, error: Exception) -> GameError:
        if isinstance(error, _Told):
            return error
        path = self.game.path or self.game.name
        place = place_in_game(error, path)
        if place == path and (line := self._engine.line(path)) is not None:
            # Words that wait for nothing take effect with the next one that waits.
            place = f"{path}:{line} or above"
        self.close()
        command = self.shown_by or play_command(self.game, ["random"] * len(self.seats), self.seed, self.params)
        kind = "" if isinstance(error, GameError) else f"{type(error).__name__}: "
        return _Told(
            f"{place}: {kind}{error} (game {self.game.name}, seed {self.seed}, ply {len(self.plies)};"
            f" see it with: {command})"
        )


class _Told(GameError):
    """A game's error that names its place already."""


def _text_of(reply: dict[str, Any]) -> str:
    """A reply as JSON; the commonest shape, one plain value, does without the encoder."""
    if len(reply) == 1:
        ((key, value),) = reply.items()
        if type(key) is str and key.isidentifier():
            if type(value) is int:
                return f'{{"{key}": {value}}}'
            if type(value) is str and value.isalnum():
                return f'{{"{key}": "{value}"}}'
    return _ENCODE(reply)


def _shown(reply: Any) -> str:
    """A refused reply as the record keeps it."""
    if isinstance(reply, str):
        return reply
    if isinstance(reply, ActionError):
        return reply.reply
    try:
        return json.dumps(reply, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        return f"({type(reply).__name__} that is no JSON)"

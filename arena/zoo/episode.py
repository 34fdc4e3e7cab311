"""One match as the PettingZoo and Gymnasium forms see it: who is asked, what a seat observes, what an action does."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import index
from random import Random
from typing import Any

import numpy as np
from gymnasium import logger, spaces

from arena.errors import UsageError, unknown
from arena.library import Game, agents_in_words
from arena.library import game as find_game
from arena.match import Match, seat_names
from arena.observation import NOT_ASKED, OVER, assemble, introduction, question, render_event, transcript
from arena.params import fill_params
from arena.ply import Ply
from arena.terminal import safe, write
from arena.turn import Vocabulary
from arena.zoo.discrete import Enumeration, Senses, length
from arena.zoo.spaces import Text

RENDER_MODES = ["ansi", "human"]
_ILLEGAL = "action not in the mask"


@dataclass(frozen=True, slots=True)
class Setup:
    """What an environment plays, the same in every episode."""

    game: Game
    params: Mapping[str, Any]
    seats: tuple[str, ...]
    discrete: bool
    size: int
    """How many actions the discrete space has."""
    max_cycles: int | None
    """The most steps of one seat, refused ones included; the match is cut off before a further one."""
    retries: int
    acts: str
    render_mode: str | None

    def observation_space(self) -> spaces.Dict:
        """A new space; each seat has its own, since spaces are seeded."""
        if not self.discrete:
            return spaces.Dict({"text": Text(None)})
        vector = spaces.Box(0.0, 1.0, (length(len(self.seats)),), np.float32)
        return spaces.Dict({"observation": vector, "action_mask": spaces.Box(0, 1, (self.size,), np.int8)})

    def action_space(self) -> spaces.Space[Any]:
        """A new space; each seat has its own, since spaces are seeded."""
        return spaces.Discrete(self.size) if self.discrete else Text()


def set_up(
    game: Game | str,
    params: Mapping[str, Any],
    *,
    actions: str,
    size: int,
    seats: int | None,
    max_cycles: int | None,
    retries: int,
    acts: str,
    render_mode: str | None,
) -> Setup:
    """Check what was asked for; anything unknown is a `UsageError`."""
    found = find_game(game) if isinstance(game, str) else game
    if actions not in ("text", "discrete"):
        raise unknown("kind of actions", actions, ["text", "discrete"])
    if render_mode is not None and render_mode not in RENDER_MODES:
        raise unknown("render mode", render_mode, RENDER_MODES)
    if acts not in ("offered", "asked", "off"):
        raise unknown("value of acts", acts, ["offered", "asked", "off"])
    if size < 2:
        raise UsageError(f"a discrete action space has two actions or more, not size={size!r}")
    if max_cycles is not None and max_cycles < 1:
        raise UsageError(f"a match has one cycle or more, not max_cycles={max_cycles!r}")
    count = found.least if seats is None else seats
    if not found.least <= count <= found.most:
        raise UsageError(f"{found.name} is for {agents_in_words(found)}, not {count}")
    filled = fill_params(found, params)
    discrete = actions == "discrete"
    return Setup(found, filled, seat_names(count), discrete, size, max_cycles, retries, acts, render_mode)


def told(episode: "Episode", seat: str, error: str | None) -> dict[str, Any]:
    """A seat's info: why its answer was refused, and whether it has forfeited."""
    info: dict[str, Any] = {} if error is None else {"illegal": error}
    if seat in episode.match.forfeits:
        info["forfeit"] = episode.match.forfeits[seat]
    return info


class Seeds:
    """Chance seeds: the given one, or the next of a stream that the last given one began."""

    def __init__(self) -> None:
        self._from: int | None = None
        self._rng: Random | None = None

    def next(self, seed: int | None) -> int:
        """The chance seed of the next match."""
        if seed is not None:
            self._from, self._rng = int(seed), None
            return self._from
        if self._rng is None:
            self._rng = Random() if self._from is None else Random(f"seeds/{self._from}")
        return self._rng.getrandbits(63)


class Screen:
    """Shows a match to an onlooker, secrets included."""

    def __init__(self, mode: str | None) -> None:
        self._mode = mode
        self._shown = 0

    def render(self, match: Match) -> str | None:
        """All of the match as text in the mode `ansi`; in the mode `human` what is new of it is printed."""
        if self._mode is None:
            logger.warn("render() shows nothing without a render_mode; give 'ansi' or 'human'")
        if self._mode == "ansi":
            return "\n".join(transcript(match.events))
        self.follow(match)
        return None

    def follow(self, match: Match) -> None:
        """Print what is new, in the mode `human` only."""
        if self._mode == "human":
            for line in transcript(match.events[self._shown :]):
                write(safe(line, lines=True))
            self._shown = len(match.events)


class Episode:
    """One match with its observations and rewards; nothing here knows of PettingZoo."""

    def __init__(self, setup: Setup, seed: int, lists: Enumeration) -> None:
        self.setup = setup
        self.seed = seed
        self.match = Match(setup.game, setup.params, seed, len(setup.seats), retries=setup.retries, acts=setup.acts)
        self.done = False
        """The match has ended or was cut off."""
        self.truncated = False
        self._lists = lists
        self._words = self.match.words
        self._asked: Mapping[str, Ply] = {}
        self._vocabulary: Vocabulary | None = None
        self._plies = 0
        self.paid = False
        """There are rewards that were not asked for yet."""
        self._rewarded: dict[str, float] = {}
        self._read = dict.fromkeys(setup.seats, 0)
        self._texts = dict.fromkeys(setup.seats, "")
        self._openings: dict[str, str] = {}
        self._lines: list[str] = []
        self._senses = {seat: Senses(seat, self._words, lists.idle) for seat in setup.seats} if setup.discrete else {}
        self._begin()

    @property
    def due(self) -> tuple[str, ...]:
        """The seats that must answer before anything else happens, in order."""
        return () if self.truncated else self.match.waiting

    def cut(self) -> None:
        """Leave the match where it is: nobody is asked any more."""
        self.truncated = self.done = True
        self._asked = {}
        for senses in self._senses.values():
            senses.rest(self._lists.idle)
        self.match.close()

    def give(self, seat: str, action: Any) -> str | None:
        """Answer for a seat that is due; the error is what it is told before it is asked again."""
        if not self._senses:
            return self.reply(seat, action)
        senses = self._senses[seat]
        try:
            number = index(action)
        except TypeError:
            number = -1
        legal = senses.legal
        read = legal.read.get((seat, number))
        if read is not None:
            match = self.match
            text, answer, acts = read
            match.accept(seat, text, answer, acts)
            if len(match.plies) != self._plies:
                self._begin()
            return None
        reply = senses.reply(number)
        ply = self._asked[seat]
        error = self.reply(seat, {_ILLEGAL: str(action)} if reply is None else reply)
        if reply is not None and error is None:
            legal.keep(number, ply)
        return None if error is None else f"action {action} is not legal here; see the action mask"

    def reply(self, seat: str, reply: Any) -> str | None:
        """The same, with a reply as agents give it, whatever the actions of the environment are."""
        match = self.match
        error = match.answer(seat, reply)
        if error is not None:
            return str(error)
        if len(match.plies) != self._plies:
            self._begin()
        return None

    def rewards(self) -> dict[str, float]:
        """What each seat got since this was last asked; all of it together is the reward of the match."""
        if not self.paid:
            return {}
        self.paid = False
        # Nobody is paid where a panel ranks the game: numbers are due all the same, so it is 0 for everybody.
        total = (self.match.rewards or dict.fromkeys(self.match.seats, 0.0)) if self.match.done else self._words.paid
        news = {seat: reward - self._rewarded.get(seat, 0.0) for seat, reward in total.items()}
        self._rewarded.update(total)
        return news

    def observe(self, seat: str) -> dict[str, Any]:
        """What a seat observes; it stays the same while simultaneous answers are collected."""
        if not self._senses:
            return {"text": self._text(seat)}
        return self._senses[seat].observe()

    def _begin(self) -> None:
        """See who is asked next."""
        match = self.match
        self._plies = len(match.plies)
        self.done = match.done
        self.paid = match.done or self._words.paid != self._rewarded
        self._asked = {seat: match.asked[seat] for seat in match.waiting} if match.forfeits else match.asked
        if self._senses:
            self._enumerate()

    def _enumerate(self) -> None:
        vocabulary = self._words.vocabulary
        if vocabulary is not self._vocabulary:
            self._vocabulary = vocabulary
            named = {**vocabulary.promise, **vocabulary.claim}
            for senses in self._senses.values():
                senses.name(named)
        for seat, senses in self._senses.items():
            ply = self._asked.get(seat)
            if ply is None:
                senses.rest(self._lists.idle)
            else:
                senses.ask(ply, self._lists.listing(ply.ask, vocabulary))

    def _text(self, seat: str) -> str:
        events, lines = self.match.events, self._lines
        read = self._read[seat]
        if read < len(events):
            # What several seats see is put into words once.
            for event in events[len(lines) :]:
                lines.append("" if event.to == () else render_event(event))
            new = [lines[at] for at in range(read, len(events)) if (to := events[at].to) is None or seat in to]
            self._read[seat] = len(events)
            if new:
                said = self._texts[seat]
                self._texts[seat] = "\n".join([said, *new] if said else new)
        opening = self._openings.get(seat)
        if opening is None:
            opening = self._openings[seat] = introduction(self.match.rules, seat, self.setup.seats)
        asked = self._asked.get(seat)
        if asked is None:
            return assemble(opening, self._texts[seat], OVER if self.done else NOT_ASKED)
        return assemble(opening, self._texts[seat], question(asked.ask, self._words.vocabulary))

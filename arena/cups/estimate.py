"""What a tournament's calls may come to before any is made: asks are counted in trial matches, which cost nothing.

Scripted characters play a few deals of each game, offline, and each seat's chat is kept as a model would be sent it.
The bounds are those of these matches: the most asks that a seat had, each answered wrongly as often as the rules allow.
Requests that an endpoint fails and that are sent again come on top.
"""

import ast
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from arena.agent import Agent
from arena.calling.budget import FIRST_COMPLETION
from arena.calling.prices import cost_of
from arena.calling.providers import Endpoint
from arena.chat.prompt import Chat
from arena.cups.cup import Cup, GameEntry, Variant
from arena.cups.entrants import Entrant
from arena.cups.models import called
from arena.cups.probes import Probe, due
from arena.drive import play_plain
from arena.library import agent_file, make_agent
from arena.match import Match
from arena.turn import Turn

TRIALS: tuple[tuple[str, Mapping[str, Any]], ...] = (("random", {"talk": 1.0}), ("honest", {}), ("random", {}))
"""Who plays the trial matches, one after another in all seats; the first never keeps silent."""
TRIES = 3
"""How often an ask may be put before the seat forfeits."""
_CHARACTERS_PER_TOKEN = (5.0, 4.0, 3.0)
_COMPLETION = (20, 150, FIRST_COMPLETION)
SECONDS_PER_CALL = (0.5, 2.0, 10.0)


class Range(NamedTuple):
    """What is at least, probably and at most to be expected."""

    low: float
    expected: float
    high: float

    def plus(self, other: "Range") -> "Range":
        return Range(*(one + more for one, more in zip(self, other, strict=True)))

    def times(self, factor: float) -> "Range":
        return Range(*(one * factor for one in self))


_ZERO = Range(0, 0, 0)


class Seat(NamedTuple):
    """What one seat of a trial match was asked."""

    asks: int
    prompt: int
    """Characters sent in all its asks together; a chat is sent anew with each."""
    reply: int


@dataclass(slots=True)
class Estimate:
    """What one agent's calls may come to, or those of all."""

    agent: str
    model: str = ""
    matches: float = 0
    calls: Range = _ZERO
    prompt_tokens: Range = _ZERO
    completion_tokens: Range = _ZERO
    cost_usd: Range | None = _ZERO
    """None where a price is not known."""

    def add(self, other: "Estimate") -> None:
        """Take another one's calls, tokens and cost in."""
        self.calls = self.calls.plus(other.calls)
        self.prompt_tokens = self.prompt_tokens.plus(other.prompt_tokens)
        self.completion_tokens = self.completion_tokens.plus(other.completion_tokens)
        known = self.cost_usd is not None and other.cost_usd is not None
        self.cost_usd = self.cost_usd.plus(other.cost_usd) if known and self.cost_usd and other.cost_usd else None

    def times(self, factor: float) -> "Estimate":
        """The same so often."""
        counts = (each.times(factor) for each in (self.calls, self.prompt_tokens, self.completion_tokens))
        cost = None if self.cost_usd is None else self.cost_usd.times(factor)
        calls, prompt, completion = counts
        return Estimate(self.agent, self.model, self.matches * factor, calls, prompt, completion, cost)

    def data(self) -> dict[str, Any]:
        """As JSON: whole numbers where they are counts."""
        counts = {"calls": self.calls, "prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}
        found: dict[str, Any] = {"agent": self.agent, "model": self.model or None, "matches": round(self.matches)}
        found |= {name: {key: round(value) for key, value in each._asdict().items()} for name, each in counts.items()}
        return found | {"cost_usd": None if self.cost_usd is None else self.cost_usd._asdict()}


@dataclass(slots=True)
class Plan:
    """What all that is left of a tournament may come to."""

    agents: list[Estimate] = field(default_factory=list[Estimate])
    total: Estimate = field(default_factory=lambda: Estimate("all"))
    seconds: Range = _ZERO


Left = Iterable[tuple[int, int, str, int, float]]
"""Number of the game and of the variant in the cup, agent, seat, and in how many matches that are left."""


def estimate(cup: Cup, left: Left, matches: float, concurrency: int) -> Plan:
    """What the calls of these matches may come to; nothing is called."""
    models: dict[str, list[tuple[Entrant, Endpoint]]] = {}
    for agent, where in called(list(cup.entrants.values())):
        models.setdefault(agent.name, []).append((agent, where))
    rows = {name: Estimate(name, found[0][1].model) for name, found in models.items()}
    waited = _ZERO
    for game, variant, name, seat, count in left:
        if name not in rows:
            continue
        agent, where = models[name][0]
        asked = _asked(cup.games[game], cup.variants[variant], seat, calls_per_ask(agent))
        row = rows[name]
        row.matches += count
        row.add(_tokens(asked, agent, where).times(count))
        waited = waited.plus(Range(*(each[0] * count for each in asked)))
    plan = Plan([row for row in rows.values() if row.matches])
    for row in plan.agents:
        plan.total.add(row)
    plan.total.matches = matches
    at_once = max(1.0, min(float(concurrency), matches))
    each = zip(waited, SECONDS_PER_CALL, strict=True)
    plan.seconds = Range(*(asks * seconds / at_once for asks, seconds in each))
    return plan


class _Asked(NamedTuple):
    """Of one match: asks, prompt characters, reply characters and calls per ask."""

    asks: float
    prompt: float
    reply: float
    calls: int


def _asked(entry: GameEntry, variant: Variant, seat: int, calls: int) -> tuple[_Asked, _Asked, _Asked]:
    """One seat of one match: the least, the mean and the most that trial matches had."""
    trials = [each[seat] for each in _trials(entry, variant)]
    asks, prompts, replies = ([trial[part] for trial in trials] for part in range(3))
    return (
        _Asked(min(asks), min(prompts), min(replies), calls),
        _Asked(sum(asks) / len(asks), sum(prompts) / len(asks), sum(replies) / len(asks), calls),
        # Each ask that was answered wrongly is put again, with what was wrong.
        _Asked(max(asks) * TRIES, max(prompts) * TRIES, max(replies) * TRIES, calls),
    )


def _tokens(asked: Sequence[_Asked], agent: Entrant, where: Endpoint) -> Estimate:
    """One seat in one match."""
    told = agent.options.get("max_tokens")
    calls, prompts, completions, costs = [list[float]() for _ in range(4)]
    for each, characters, usual in zip(asked, _CHARACTERS_PER_TOKEN, _COMPLETION, strict=True):
        longest = told if type(told) is int else usual
        calls.append(each.asks * each.calls)
        prompts.append(each.prompt * each.calls / characters)
        completions.append(each.asks * each.calls * (longest if usual == FIRST_COMPLETION else min(longest, usual)))
        if not each.asks:
            costs.append(0.0)
            continue
        # Prices may hang on the length of a prompt, so they are asked for as for one call.
        paid = cost_of(where, round(prompts[-1] / calls[-1]), round(completions[-1] / calls[-1]))
        if paid is not None:
            costs.append(paid * calls[-1])
    found = Range(*costs) if len(costs) == 3 else None
    return Estimate(agent.name, where.model, 0, Range(*calls), Range(*prompts), Range(*completions), found)


_measured: dict[tuple[Any, ...], list[list[Seat]]] = {}


def _trials(entry: GameEntry, variant: Variant) -> list[list[Seat]]:
    params = {**entry.params, **variant.params}
    key = (
        entry.game.sha256,
        json.dumps(params, sort_keys=True),
        entry.seats,
        variant.acts,
        variant.prompt,
        variant.probes,
    )
    if key not in _measured:
        _measured[key] = [_trial(entry, variant, params, *who, deal) for deal, who in enumerate(TRIALS)]
    return _measured[key]


def _trial(
    entry: GameEntry, variant: Variant, params: Mapping[str, Any], kind: str, options: Mapping[str, Any], deal: int
) -> list[Seat]:
    match = Match(entry.game, params, deal, entry.seats, acts=variant.acts, prompt=variant.prompt)
    seated = {seat: _Measured(make_agent(kind, options), variant.probes) for seat in match.seats}
    play_plain(match, seated)
    return [seated[seat].seen for seat in match.seats]


class _Measured:
    """A character whose turns are also written down as the chat that a model would be sent."""

    def __init__(self, agent: Agent, probes: Sequence[Probe]) -> None:
        self._act: Callable[[Turn], Any] = agent.act
        self._probes = probes
        self._chat = Chat()
        self.seen = Seat(0, 0, 0)

    def act(self, turn: Turn) -> Any:
        messages = self._chat.ask(turn)
        sent = sum(len(message["content"]) for message in messages)
        reply = self._act(turn)
        text = reply if isinstance(reply, str) else json.dumps(reply)
        self._chat.answered(text)
        asks, prompt, said = self.seen
        # What is asked off the record is asked with the same chat.
        times = 1 + sum(1 for _ in due(self._probes, turn))
        self.seen = Seat(asks + times, prompt + sent * times, said + len(text) * times)
        return reply


def calls_per_ask(agent: Entrant) -> int:
    """How many calls an agent makes for one ask: `CALLS` in its file, a sum such as `"samples + 1"`; else 1."""
    file = agent_file(agent.kind)
    words, defaults = _calls(file.path, file.sha256)
    total = 0
    for word in words.split("+"):
        value: Any = (
            int(word) if word.strip().isdecimal() else agent.options.get(word.strip(), defaults.get(word.strip()))
        )
        total += value if type(value) is int else 1
    return max(total, 1)


@lru_cache(maxsize=256)
def _calls(path: str, _sha256: str) -> tuple[str, Mapping[str, Any]]:
    """What `CALLS` says in an agent's file, and the defaults of its options; read, not run."""
    words, defaults = "1", dict[str, Any]()
    for node in ast.parse(Path(path).read_text(encoding="utf-8-sig")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == "CALLS" for each in node.targets
        ):
            words = str(getattr(node.value, "value", words))
        if isinstance(node, ast.FunctionDef) and node.name == "agent":
            arguments = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            pairs = [*zip(arguments, node.args.defaults, strict=True)]
            pairs += [
                (name, value) for name, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value
            ]
            defaults = {name.arg: getattr(value, "value", None) for name, value in pairs}
    return words, defaults

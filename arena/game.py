"""The words a game is written in: `Table`, and the specs of its answers.

This file also runs inside the sandbox, in front of a game's own source, so it keeps to the sandbox's dialect:
no inheritance, no `yield`, no properties. `arena.sandbox` drops the imports and the annotations.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import permutations
from math import comb
from random import Random
from typing import Any, TypeVar

from arena.engine import Op, Spec, wait

T = TypeVar("T")
Network = dict[str, list[str]]


class Choice:
    """One of a few named options; the answer is a `str`."""

    def __init__(self, *options: str) -> None:
        if not options or any(type(option) is not str or not option for option in options):
            raise ValueError(f"Choice takes one or more non-empty strings, got {options!r}")
        if len(set(options)) < len(options):
            raise ValueError(f"Choice options must differ, got {options!r}")
        self.options = options

    def sample(self, rng: Random) -> str:
        return rng.choice(self.options)

    def data(self) -> list[Any]:
        return ["choice", *self.options]

    def words(self) -> str:
        return "one of: " + ", ".join(self.options)

    def size(self) -> int:
        return len(self.options)

    def values(self) -> list[str]:
        return list(self.options)


class Number:
    """A whole number from `low` to `high`, both included; the answer is an `int`."""

    def __init__(self, low: int, high: int) -> None:
        if type(low) is not int or type(high) is not int or low > high:
            raise ValueError(f"Number takes two whole numbers, the lower first, got {low!r} and {high!r}")
        self.low = low
        self.high = high

    def sample(self, rng: Random) -> int:
        return rng.randint(self.low, self.high)

    def data(self) -> list[Any]:
        return ["number", self.low, self.high]

    def words(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def size(self) -> int:
        return self.high - self.low + 1

    def values(self) -> list[int]:
        return list(range(self.low, self.high + 1))


class Allocation:
    """How many of each part, from 0 up to what there is; with `total`, all parts together make exactly that."""

    def __init__(self, parts: Mapping[str, int], total: int | None = None) -> None:
        if not isinstance(parts, dict):
            raise TypeError(f"Allocation takes names with whole numbers, such as {{'hats': 2}}, got {parts!r}")
        counts = list(parts.values())
        if (
            not parts
            or any(type(part) is not str for part in parts)
            or any(type(n) is not int or n < 0 for n in counts)
        ):
            raise ValueError(f"Allocation takes names with whole numbers from 0, got {dict(parts)!r}")
        if total is not None and not 0 <= total <= sum(counts):
            raise ValueError(f"Allocation cannot reach a total of {total} with {dict(parts)!r}")
        self.parts = dict(parts)
        self.total = total

    def sample(self, rng: Random) -> dict[str, int]:
        if self.total is None:
            return {part: rng.randint(0, most) for part, most in self.parts.items()}
        left: int = self.total
        room = sum(self.parts.values())
        chosen: dict[str, int] = {}
        for part, most in self.parts.items():
            room -= most
            chosen[part] = rng.randint(max(0, left - room), min(most, left))
            left -= chosen[part]
        return chosen

    def data(self) -> list[Any]:
        return ["allocation", self.parts, self.total]

    def words(self) -> str:
        each = ", ".join(f"{part} 0 to {most}" for part, most in self.parts.items())
        example = ", ".join(f'"{part}": 0' for part in self.parts)
        whole = "" if self.total is None else f", together exactly {self.total}"
        return f"how many of each ({each}{whole}), as {{{example}}}"

    def size(self) -> int:
        if self.total is None:
            size = 1
            for most in self.parts.values():
                size *= most + 1
            return size
        # All ways to reach the total, less those with too much of one part, plus those with too much of two, and so on.
        signs = {0: 1}
        free = len(self.parts) - 1
        for most in self.parts.values():
            if len(signs) > 2**16:
                # No use for the exact number of so many, which would take for ever.
                return comb(self.total + free, free)
            for over, sign in list(signs.items()):
                if over + most < self.total:
                    signs[over + most + 1] = signs.get(over + most + 1, 0) - sign
        return sum(sign * comb(self.total - over + free, free) for over, sign in signs.items())

    def values(self) -> list[dict[str, int]]:
        room = sum(self.parts.values())
        found: list[list[int]] = [[]]
        for most in self.parts.values():
            room -= most
            longer: list[list[int]] = []
            for counts in found:
                # Nothing is begun that cannot reach the total.
                left = room + most if self.total is None else self.total - sum(counts)
                least = 0 if self.total is None else max(0, left - room)
                longer += [[*counts, count] for count in range(least, min(most, left) + 1)]
            found = longer
        return [dict(zip(self.parts, counts, strict=True)) for counts in found]


class Ranking:
    """All options in order, the best first; the answer is a list."""

    def __init__(self, *options: str) -> None:
        if len(options) < 2 or any(type(option) is not str for option in options) or len(set(options)) < len(options):
            raise ValueError(f"Ranking takes two or more different strings, got {options!r}")
        self.options = options

    def sample(self, rng: Random) -> list[str]:
        return rng.sample(list(self.options), len(self.options))

    def data(self) -> list[Any]:
        return ["ranking", *self.options]

    def words(self) -> str:
        return "all of these in order, the best first, separated by commas: " + ", ".join(self.options)

    def size(self) -> int:
        size = 1
        for count in range(2, len(self.options) + 1):
            size *= count
        return size

    def values(self) -> list[list[str]]:
        return [list(order) for order in permutations(self.options)]


class Message:
    """Free text of at most `limit` characters; the answer is a `str`."""

    def __init__(self, limit: int = 2000) -> None:
        if type(limit) is not int or limit < 1:
            raise ValueError(f"Message takes the most characters it may have, got {limit!r}")
        self.limit = limit

    def sample(self, rng: Random) -> str:
        return rng.choice(("", "Hello.", "Let us be fair.", "I will think about it."))[: self.limit]

    def data(self) -> list[Any]:
        return ["message", self.limit]

    def words(self) -> str:
        return f"a message of at most {self.limit} characters"

    def size(self) -> int:
        return 10**9

    def values(self) -> list[str]:
        raise ValueError("messages cannot be listed")


class Table:
    """What a game sees of its match. Words without `await` take effect, in order, with the next one that waits."""

    agents: tuple[str, ...]
    rng: Random
    facts: dict[str, Any]

    def __init__(
        self,
        agents: Sequence[str],
        seed: int,
        call: Callable[[str, list[Any]], Any],
        streams: Mapping[str, int] | None = None,
        given: Mapping[str, Sequence[Any]] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        self.agents = tuple(agents)
        self.rng = Random(seed)
        self.facts = {}
        self._seed = seed
        self._call = call
        self._streams = dict(streams or {})
        self._changes = dict(changes or {})
        self._readings: dict[str, int] = {}
        self._given = {path: list(values) for path, values in (given or {}).items()}
        self._chances: dict[str, Random] = {}
        self._ops: list[Op] = []

    def chance(self, name: str) -> Random:
        """A further stream of chance, for draws whose number depends on answers."""
        if name not in self._chances:
            self._chances[name] = Random(f"{self._seed}/{name}")
        return self._chances[name]

    def tell(self, text: str, *audience: str, fact: Mapping[str, Any] | None = None) -> None:
        """The table speaks, to all or only to some; `fact` is what the audience knows from it."""
        if fact is not None and not isinstance(fact, dict):
            raise TypeError(f"fact takes what is known by its path, such as {{'player_0.card': 3}}, got {fact!r}")
        self._ops.append(("tell", text, self._seats(audience) if audience else None, dict(fact) if fact else None))

    def deal(
        self,
        agent: str,
        key: str,
        spec: Spec[T],
        value: T | None = None,
        provable: bool = False,
        confidential: Iterable[str] | None = None,
    ) -> T:
        """A private fact of one seat, drawn from a stream of that seat's own unless given."""
        self._seats((agent,))
        self._key(key)
        if value is None:
            stream = f"deal/{agent}"
            if stream not in self._chances:
                self._chances[stream] = Random(f"{self._streams.get(agent, self._seed)}/{stream}")
            given = self._given.get(f"{agent}.{key}")
            drawn: T = given.pop(0) if given else spec.sample(self._chances[stream])
            value = drawn
        kept = None if confidential is None else self._seats(confidential)
        self._ops.append(("deal", agent, key, spec, value, provable, kept))
        return value

    def reveal(self, key: str, *agents: str) -> None:
        """A dealt fact or a given answer of these seats (of all, when none is named) becomes public, and is told."""
        self._ops.append(("reveal", key, self._seats(agents) if agents else None))

    def pay(self, agent: str, amount: float) -> None:
        """Reward as play goes; what `play` returns is added to it."""
        self._seats((agent,))
        self._ops.append(("pay", agent, amount))

    def role(self, agent: str, name: str, team: str | None = None) -> None:
        """What ratings and norms are conditioned on, and who wins together; told to nobody."""
        self._seats((agent,))
        self._ops.append(("role", agent, name, team))

    def norm(self, agent: str, act: str, about: str) -> None:
        """A licence to `lie`, `accuse`, `break`, `threaten` or `leak` about a key; told to that seat."""
        self._seats((agent,))
        if act not in ("lie", "accuse", "break", "threaten", "leak"):
            raise ValueError(f"no norm {act!r}; there are lie, accuse, break, threaten, leak")
        self._ops.append(("norm", agent, act, about))

    def measure(self, agent: str, dimension: str, value: float, of: int = 1) -> None:
        """How a seat treated the others, where only the game can know: `value` honoured of so many opportunities.

        Told to nobody.
        """
        self._seats((agent,))
        self._ops.append(("measure", agent, dimension, value, of))

    def rule(self, name: str, value: T) -> T:
        """What a parameter is by now: `value`, until the variant that is played changes it."""
        change = self._changes.get(name)
        if change is None:
            return value
        reading = self._readings.get(name, 0)
        self._readings[name] = reading + 1
        if reading < change["after"]:
            return value
        if reading == change["after"]:
            self._ops.append(("rule", name, value, change["to"], change["announced"]))
        return change["to"]

    def network(self, kind: str, **params: Any) -> Network:
        """Who can reach whom: a networkx graph seeded from chance, as each seat's sorted neighbours."""
        return self._call("network", [kind, params])

    async def ask(self, agent: str, key: str, spec: Spec[T], prompt: str = "") -> T:
        """One decision of one seat; from then on a private fact of that seat."""
        if agent not in self.agents:
            self._seats((agent,))
        ops = self._ops
        self._ops = []
        ops.append(("ask", agent, key, spec, prompt))
        answer, reseed = await wait(ops)
        if reseed is not None:
            self._draw_anew(reseed)
        return answer

    async def ask_all(
        self,
        agents: Iterable[str],
        key: str,
        spec: Spec[T] | Mapping[str, Spec[T]],
        prompt: str | Mapping[str, str] = "",
    ) -> dict[str, T]:
        """Simultaneous decisions; spec and prompt are the same for all, or one per seat."""
        seats = self._each(agents)
        specs = {seat: (spec[seat] if isinstance(spec, dict) else spec) for seat in seats}
        prompts = {seat: (prompt if isinstance(prompt, str) else prompt[seat]) for seat in seats}
        if not seats:
            return {}
        return await self._wait(("ask_all", seats, key, specs, prompts))

    async def talk(
        self,
        *agents: str,
        rounds: int = 1,
        to: Iterable[str] | None = None,
        over: Network | None = None,
        about: Mapping[str, Spec[Any]] | None = None,
        prompt: str = "",
    ) -> list[tuple[str, str]]:
        """Seats speak in turn; a round in which all pass ends it. Returns (seat, text) for each message."""
        seats = self._seats(agents) if agents else list(self.agents)
        heard = None if to is None else self._seats(to)
        for seat, others in (over or {}).items():
            self._seats([seat, *others])
        op = ("talk", seats, self._rounds(rounds), heard, over, self._about(about), prompt)
        return [(seat, text) for seat, text in await self._wait(op)]

    async def talk_all(
        self,
        groups: Iterable[Iterable[str]],
        rounds: int = 1,
        about: Mapping[str, Spec[Any]] | None = None,
        prompt: str = "",
    ) -> list[tuple[str, str]]:
        """Private groups talk at once, each among itself."""
        chats = [self._seats(group) for group in groups]
        self._each([seat for chat in chats for seat in chat])
        op = ("talk_all", chats, self._rounds(rounds), self._about(about), prompt)
        return [(seat, text) for seat, text in await self._wait(op)]

    async def announce(
        self, key: str, *agents: str, spec: Spec[T] | None = None, to: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Seats say what a dealt fact is, or what their next answer to `key` will be; None where one declined."""
        seats = self._each(agents) if agents else list(self.agents)
        heard = None if to is None else self._seats(to)
        self._key(key)
        return dict(await self._wait(("announce", key, seats, spec, heard)))

    def take(self) -> list[Op]:
        """The words spoken since the last wait; the match calls this, games do not."""
        ops = self._ops
        self._ops = []
        return ops

    def _seats(self, agents: Iterable[str]) -> list[str]:
        if isinstance(agents, str):
            raise TypeError(f"a list of seats is needed, got {agents!r}")
        seats = list(agents)
        for seat in seats:
            if seat not in self.agents:
                raise ValueError(f"no seat {seat!r}; there are {', '.join(self.agents)}")
        return seats

    def _each(self, agents: Iterable[str]) -> list[str]:
        seats = self._seats(agents)
        if len(set(seats)) < len(seats):
            raise ValueError(f"who is asked at once is asked once, got {', '.join(seats)}")
        return seats

    def _rounds(self, rounds: int) -> int:
        if type(rounds) is not int or rounds < 0:
            raise ValueError(f"rounds is a whole number from 0, got {rounds!r}")
        return rounds

    def _about(self, about: Mapping[str, Spec[Any]] | None) -> dict[str, Spec[Any]]:
        if about is not None and not isinstance(about, dict):
            raise TypeError(f"about takes specs by their keys, such as {{'offer': Number(0, 9)}}, got {about!r}")
        keys = dict(about or {})
        for key in keys:
            self._key(key)
        return keys

    def _key(self, key: str) -> None:
        if type(key) is not str or not key or "." in key or key in self.agents:
            raise ValueError(f"a key is a word without a dot that is no seat, got {key!r}")

    async def _wait(self, op: Op) -> Any:
        ops = self._ops
        self._ops = []
        ops.append(op)
        answer, reseed = await wait(ops)
        if reseed is not None:
            self._draw_anew(reseed)
        return answer

    def _draw_anew(self, seed: int) -> None:
        self._seed = seed
        self.rng.seed(seed)
        for name, stream in self._chances.items():
            stream.seed(f"{seed}/{name}")

"""What an answer is worth to its seat and to the others, as play-outs showed it; `arena.scripted.fit` learns it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from operator import mul
from random import Random
from typing import Any, NamedTuple, cast

from arena.engine import Spec
from arena.game import Allocation, Choice, Number, Ranking
from arena.scripted.sight import Sight

GRID = 16
Context = dict[str, float | str]
BySeat = dict[str, dict[str, Any]]
"""Values by key, then by seat."""


@dataclass(slots=True)
class Sample:
    """One decision in a play-out."""

    seat: str
    key: str
    spec: Spec[Any]
    context: Context
    their: BySeat
    """The others' dealt facts as they were: what claims are about."""
    promisable: tuple[str, ...]
    ply: int
    paid: dict[str, float]
    """What everybody had been paid before."""
    action: Any = None
    coming: BySeat = field(default_factory=dict[str, dict[str, Any]])
    """The others' next answers, simultaneous ones included: what promises are about."""
    gains: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Own and others' rewards up to the next ask of the same key, then own and others' after that."""


class Valued(NamedTuple):
    """An answer with what it is worth to its seat and to all others together."""

    action: Any
    own: float
    others: float


class Column(NamedTuple):
    """A context feature as a number of mean 0 and variance 1; what is missing counts as average."""

    name: str
    word: str | None
    """The value it stands for; None for numbers."""
    mean: float
    scale: float

    def read(self, context: Mapping[str, float | str]) -> float:
        value = context.get(self.name)
        if self.word is not None:
            return 0.0 if value is None else ((value == self.word) - self.mean) / self.scale
        return (value - self.mean) / self.scale if isinstance(value, float) else 0.0


Lines = tuple[Sequence[float], Sequence[float]]
"""Coefficients for oneself and for the others."""


@dataclass(slots=True)
class Worth:
    """What answers of one seat to one key are worth."""

    key: str
    kind: str
    """`options` (value by value), `curve` (numbers), `parts` (allocations and rankings), `among` (shares for seats)."""
    samples: int
    columns: list[Column]
    models: dict[Any, Lines]
    """One model an option, or one for all under None; under "aware" one that knows what the other takes."""
    parts: tuple[str, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    """Parts with the columns that are about them, by number."""
    links: tuple[Column, ...] = ()
    """What may be known of each seat among the parts; all seats share one slope."""
    low: float = 0.0
    high: float = 1.0
    noise_own: float = 0.0
    noise_others: float = 0.0
    heard: tuple[str, ...] = ()
    """Keys of others that had always been revealed when this was asked."""

    def judge(self, context: Mapping[str, float | str], actions: Sequence[Any], spec: Spec[Any]) -> list[Valued]:
        """Each answer with what it is worth here."""
        row = [column.read(context) for column in self.columns]
        found: list[Valued] = []
        if self.kind == "options":
            row.insert(0, 1.0)
            for action in actions:
                own, others = self.models.get(action) or self.models[None]
                found.append(Valued(action, sum(map(mul, own, row)), sum(map(mul, others, row))))
            return found
        if self.kind == "curve":
            return self._along(row, actions)
        aware = "aware" in self.models and clash(self.key, actions[0], context, spec) is not None
        own, others = self.models["aware" if aware else None]
        known = self.linked(context, spec)
        for action in actions:
            terms = self.terms(action, row, known, clash(self.key, action, context, spec) if aware else None)
            found.append(Valued(action, sum(map(mul, own, terms)), sum(map(mul, others, terms))))
        return found

    def _along(self, row: Sequence[float], actions: Sequence[int]) -> list[Valued]:
        """The same as by `terms`, with what does not depend on the answer worked out once."""
        count = len(row)
        sides: list[tuple[float, float, float]] = []
        for line in self.models[None]:
            base = line[0] + sum(map(mul, line[1 : 1 + count], row))
            slope = line[1 + count] + sum(map(mul, line[3 + count :], row))
            sides.append((base - line[2 + count] / 3, slope, line[2 + count]))
        (own, own_slope, own_bend), (others, others_slope, others_bend) = sides
        found: list[Valued] = []
        for action in actions:
            x = 2 * (action - self.low) / (self.high - self.low) - 1
            found.append(
                Valued(action, own + x * (own_slope + x * own_bend), others + x * (others_slope + x * others_bend))
            )
        return found

    def terms(
        self,
        action: Any,
        row: Sequence[float],
        known: Mapping[str, Sequence[float]],
        clashing: float | None = None,
    ) -> list[float]:
        """What a model of numbers or parts takes: constant, context, answer, and the two together."""
        if self.kind == "curve":
            place = 2 * (action - self.low) / (self.high - self.low) - 1
            return [1.0, *row, place, place * place - 1 / 3, *(place * value for value in row)]
        if self.kind == "among":
            counts = cast("dict[str, int]", action)
            linked = [0.0] * (1 + len(self.links))
            for part, line in known.items():
                share = counts[part] / self.high
                if share:
                    linked[0] += share
                    for place, value in enumerate(line, 1):
                        linked[place] += share * value
            return [1.0, *row, *(counts[part] / self.high for part in self.parts), *linked]
        shape = self._shape(action)
        terms = [1.0, *row, *shape, *(shape[part] * row[column] for part, column in self.pairs)]
        if clashing is not None:
            terms.append(clashing)
        return terms

    @property
    def punishing(self) -> bool:
        """Whether giving to seats costs both them and the giver."""
        if self.kind != "among" or self.parts:
            return False
        own, others = self.models[None]
        first = 1 + len(self.columns)
        return own[first] < 0 and others[first] < 0

    def linked(self, context: Mapping[str, float | str], spec: Spec[Any]) -> dict[str, list[float]]:
        """What is known of each seat among the parts."""
        if self.kind != "among" or not isinstance(spec, Allocation):
            return {}
        return {
            part: [link._replace(name=f"{link.name}.{part}").read(context) for link in self.links]
            for part in spec.parts
            if part not in self.parts
        }

    def _shape(self, action: Any) -> list[float]:
        if isinstance(action, dict):
            counts = cast("dict[str, int]", action)
            return [counts.get(part, 0) / self.high for part in self.parts]
        order = {option: place for place, option in enumerate(cast("list[str]", action))}
        return [1 - order.get(part, 0) / max(1, len(order) - 1) for part in self.parts]

    def candidates(self, spec: Spec[Any], context: Mapping[str, float | str], rng: Callable[[], Random]) -> list[Any]:
        """Answers worth looking at: all of them where they are few; `rng` gives the randomness for others."""
        match spec:
            case Choice():
                return list(spec.options)
            case Number(low=low, high=high):
                if high - low <= GRID:
                    return list(range(low, high + 1))
                return [low + round((high - low) * step / GRID) for step in range(GRID + 1)]
            case Allocation() | Ranking():
                if spec.size() <= 3 * GRID:
                    return cast("list[Any]", spec.values())
                return [*self._extremes(spec, context), *(spec.sample(rng()) for _ in range(GRID // 2))]
            case _:
                return [spec.sample(rng())]

    def _extremes(self, spec: Allocation | Ranking, context: Mapping[str, float | str]) -> list[Any]:
        """What is best for oneself, for the others, and for all, part by part, and an even answer."""
        found: list[Any] = [even(spec)] if isinstance(spec, Allocation) else []
        own, others = self.models[None]
        first = 1 + len(self.columns)
        known = self.linked(context, spec)
        for mine, theirs in ((1, 0), (0, 1), (1, 1), (2, 1), (1, 2)):
            line = [mine * a + theirs * b for a, b in zip(own, others, strict=True)][first:]
            slopes = dict(zip(self.parts, line, strict=False))
            if self.kind == "among":
                line = line[len(self.parts) :]
                for part, values in known.items():
                    slopes[part] = line[0] + sum(map(mul, line[1:], values))
            found.append(best_parts(spec, slopes))
        return found


def clash(key: str, action: Any, context: Mapping[str, float | str], spec: Spec[Any]) -> float | None:
    """1 where this and what the other is going to take are more than there is; None where that is unknown."""
    if not isinstance(spec, Allocation) or not isinstance(action, dict):
        return None
    for part, most in spec.parts.items():
        taken = context.get(f"next.{key}.{part}")
        if not isinstance(taken, float):
            return None
        if taken + cast("dict[str, int]", action).get(part, 0) > most:
            return 1.0
    return 0.0


def is_seat(name: str) -> bool:
    """Whether a part or option is a seat."""
    return name.startswith("player_")


def seats_named(spec: Spec[Any], seats: Sequence[str]) -> list[str]:
    """The seats among the options of a choice; none unless it is about seats."""
    if not isinstance(spec, Choice):
        return []
    named = [option for option in spec.options if option in seats]
    return named if len(named) >= max(1, len(spec.options) - 2) else []


def spread(name: str, value: Any, out: Context) -> None:
    """Put a fact or answer into a context as numbers and words."""
    if isinstance(value, bool | int | float):
        out[name] = float(value)
    elif isinstance(value, str):
        if not is_seat(value):
            out[name] = value
    elif isinstance(value, dict):
        for part, count in cast("dict[str, Any]", value).items():
            if isinstance(count, int | float):
                out[f"{name}.{part}"] = float(count)


def pool(name: str, held: Mapping[str, Any], out: Context, parts: Sequence[str] = ()) -> None:
    """Put what several seats hold into a context: means of numbers, shares of words, and each where seats are parts."""
    values = list(held.values())
    if len(values) == 1:
        spread(name, values[0], out)
    elif all(isinstance(value, int | float) for value in values):
        out[name] = fsum(values) / len(values)
    elif all(isinstance(value, dict) for value in values):
        for part in cast("dict[str, Any]", values[0]):
            counts = [value.get(part) for value in values]
            if all(isinstance(count, int | float) for count in counts):
                out[f"{name}.{part}"] = fsum(counts) / len(counts)
    elif all(isinstance(value, str) for value in values):
        words = [value for value in values if not is_seat(value)]
        for word in dict.fromkeys(words):
            out[f"{name}={word}"] = words.count(word) / len(values)
    for seat in parts:
        if isinstance(held.get(seat), int | float):
            out[f"{name}.{seat}"] = float(held[seat])


def part_names(spec: Spec[Any]) -> tuple[str, ...]:
    """The parts of an allocation or the options of a ranking; none of anything else."""
    if isinstance(spec, Allocation):
        return tuple(spec.parts)
    return spec.options if isinstance(spec, Ranking) else ()


def features(sight: Sight, key: str, spec: Spec[Any]) -> Context:
    """What a seat goes by in a decision, apart from what others merely say."""
    out: Context = {}
    for name, value in sight.dealt.items():
        spread(f"own.{name}", value, out)
    parts = part_names(spec)
    for name, held in sight.latest.items():
        pool(f"all.{name}", held, out, parts)
        spread(f"last.{name}", sight.last[name][1], out)
    for (seat, name), value in sight.known.items():
        if not seat:
            spread(f"told.{name}", value, out)
    if isinstance(spec, Number):
        out["spec.high"] = float(spec.high)
    for name, values in sight.answers.items():
        spread(f"mine.{name}", values[-1], out)
    out["count"] = float(len(sight.answers.get(key, ())))
    return out


def nash(weighed: Sequence[Valued], weight: float) -> list[float]:
    """What graded answers are worth to somebody who gives the others' gain that weight: a Nash product.

    Gains are counted from the worst to the best of these answers, so that nobody is left with nothing; one's own from 0
    where some answers mean a loss, so that nobody gives what it does not have.
    """
    sides: list[list[float]] = []
    for side in (1, 2):
        values = [float(item[side]) for item in weighed]
        least, most = min(values), max(values)
        if side == 1 and least < 0 < most:
            least = 0.0
        size = most - least
        sides.append([max(0.0, value - least) / size if size > 1e-9 else 1.0 for value in values])
    return [round(own ** (1 - weight) * others**weight, 9) for own, others in zip(*sides, strict=True)]


def best_parts(spec: Allocation | Ranking, slopes: Mapping[str, float]) -> Any:
    """The answer that has most of the parts with the highest slopes."""
    if isinstance(spec, Ranking):
        return sorted(spec.options, key=lambda option: -slopes.get(option, 0.0))
    order = sorted(spec.parts, key=lambda part: -slopes.get(part, 0.0))
    chosen = dict.fromkeys(spec.parts, 0)
    left = sum(spec.parts.values()) if spec.total is None else spec.total
    for part in order:
        if spec.total is not None or slopes.get(part, 0.0) > 0:
            chosen[part] = min(left, spec.parts[part])
            left -= chosen[part]
    return chosen


def even(spec: Allocation) -> dict[str, int]:
    """As nearly the same of each part as there is room for; half of each where there is no total."""
    if spec.total is None:
        return {part: most // 2 for part, most in spec.parts.items()}
    chosen = dict.fromkeys(spec.parts, 0)
    left = spec.total
    while left:
        open_parts = [part for part, most in spec.parts.items() if chosen[part] < most]
        step = min(left // len(open_parts), *(spec.parts[part] - chosen[part] for part in open_parts))
        for part in open_parts if step else open_parts[:left]:
            chosen[part] += step or 1
            left -= step or 1
    return chosen

"""What an answer is worth to its seat and to the others: a small ridge regression over play-outs.

Plain floats and exact sums, so that every machine learns the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from operator import mul
from random import Random
from typing import Any, NamedTuple, cast

from arena.engine import Spec
from arena.game import Allocation, Choice, Number, Ranking
from arena.sight import Sight

MOST_ROWS = 1200
MOST_COLUMNS = 26
FEW = 5
"""A number with at most so many values is learned value by value."""
GRID = 16
Context = dict[str, float | str]


@dataclass(slots=True)
class Sample:
    """One decision in a play-out."""

    seat: str
    key: str
    spec: Spec[Any]
    context: Context
    their: dict[str, list[Any]]
    """The others' dealt facts by key, as they were: what claims are about."""
    promisable: tuple[str, ...]
    ply: int
    action: Any = None
    coming: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    """The others' next answers by key, simultaneous ones included: what promises are about."""
    own: float = 0.0
    others: float = 0.0


class Valued(NamedTuple):
    """An answer with what it is worth to its seat and to all others together."""

    action: Any
    own: float
    others: float


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
        if not value.startswith("player_"):
            out[name] = value
    elif isinstance(value, dict):
        for part, count in cast("dict[str, Any]", value).items():
            if isinstance(count, int | float):
                out[f"{name}.{part}"] = float(count)


def pooled(name: str, values: Sequence[Any], out: Context) -> None:
    """Put what several seats hold into a context: means of numbers, shares of words."""
    if len(values) == 1:
        spread(name, values[0], out)
    elif all(isinstance(value, int | float) for value in values):
        out[name] = fsum(values) / len(values)
    elif all(isinstance(value, str) for value in values):
        words = [value for value in values if not value.startswith("player_")]
        for word in dict.fromkeys(words):
            out[f"{name}={word}"] = words.count(word) / len(values)


def features(sight: Sight, key: str, spec: Spec[Any]) -> Context:
    """What a seat goes by in a decision, apart from what others merely say."""
    out: Context = {}
    for name, value in sight.dealt.items():
        spread(f"own.{name}", value, out)
    gathered: dict[str, list[Any]] = {}
    for (seat, name), value in sight.public.items():
        if seat != sight.seat:
            gathered.setdefault(name, []).append(value)
    for name, values in gathered.items():
        if len(values) > 1:
            pooled(f"public.{name}", values, out)
        spread(f"last.{name}", sight.last[name][1], out)
    for (seat, name), value in sight.known.items():
        if seat != sight.seat and (seat, name) not in sight.public and not isinstance(value, str):
            spread(f"told.{name}", value, out)
    if isinstance(spec, Number):
        out["spec.high"] = float(spec.high)
    for name, values in sight.answers.items():
        spread(f"mine.{name}", values[-1], out)
    out["count"] = float(len(sight.answers.get(key, ())))
    return out


@dataclass(slots=True)
class Worth:
    """What answers of one seat to one key are worth, as play-outs showed it."""

    kind: str
    """`options` (value by value), `curve` (numbers) or `parts` (allocations and rankings)."""
    samples: int
    columns: list[tuple[str, str | None, float, float]]
    """Of the context: name, the word it stands for (None for numbers), mean and scale."""
    models: dict[Any, tuple[list[float], list[float]]]
    """Coefficients for oneself and the others; one model an option, or one for all under None."""
    parts: tuple[str, ...]
    low: float
    high: float
    noise_own: float
    noise_others: float
    steady: bool
    """The spec was the same at every ask."""
    spec: Spec[Any]
    heard: tuple[str, ...]
    """Keys of others that had always been revealed when this was asked."""

    def encode(self, context: Mapping[str, float | str]) -> list[float]:
        """A context as the numbers the models take; what is missing counts as average."""
        row: list[float] = []
        for name, word, mean, scale in self.columns:
            value = context.get(name)
            if word is not None:
                row.append(((1.0 if value == word else 0.0) - mean) / scale if value is not None else 0.0)
            else:
                row.append((value - mean) / scale if isinstance(value, float) else 0.0)
        return row

    def judge(self, context: Mapping[str, float | str], actions: Sequence[Any]) -> list[Valued]:
        """Each answer with what it is worth here."""
        row = self.encode(context)
        found: list[Valued] = []
        for action in actions:
            if self.kind == "options":
                own, others = self.models.get(action) or self.models[None]
                terms = [1.0, *row]
            else:
                own, others = self.models[None]
                terms = _terms(self.shape(action), row, self.kind)
            found.append(Valued(action, _dot(own, terms), _dot(others, terms)))
        return found

    def shape(self, action: Any) -> list[float]:
        """An answer as numbers from 0 to 1."""
        return _shape(action, self.parts, self.low, self.high)

    def candidates(self, spec: Spec[Any], rng: Random) -> list[Any]:
        """Answers worth looking at: all of them where they are few."""
        match spec:
            case Choice():
                return list(spec.options)
            case Number(low=low, high=high):
                if high - low < GRID:
                    return list(range(low, high + 1))
                return [low + round((high - low) * step / GRID) for step in range(GRID + 1)]
            case Allocation() | Ranking():
                if spec.size() <= 4 * GRID:
                    return cast("list[Any]", spec.values())
                return self._extremes(spec) + [spec.sample(rng) for _ in range(GRID)]
            case _:
                return [spec.sample(rng)]

    def _extremes(self, spec: Allocation | Ranking) -> list[Any]:
        """What is best for oneself, for the others, and for all, part by part."""
        found: list[Any] = []
        own, others = self.models[None]
        count = len(self.parts)
        for mine, theirs in ((1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (-1, 0), (0, -1)):
            if self.kind != "parts":
                break
            slopes = {part: mine * own[1 + n] + theirs * others[1 + n] for n, part in enumerate(self.parts[:count])}
            found.append(best_parts(spec, slopes))
        if isinstance(spec, Allocation):
            found.append(even(spec))
        return found


def best_parts(spec: Allocation | Ranking, slopes: Mapping[str, float]) -> Any:
    """The answer that has most of the parts with the highest slopes."""
    if isinstance(spec, Ranking):
        return sorted(spec.options, key=lambda option: -slopes.get(option, 0.0))
    order = sorted(spec.parts, key=lambda part: -slopes.get(part, 0.0) / max(1, spec.parts[part]))
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
        for part, most in spec.parts.items():
            if left and chosen[part] < most:
                chosen[part] += 1
                left -= 1
    return chosen


def learn(rows: Sequence[Sample]) -> Worth:
    """Fit what answers are worth to the decisions of one seat and key."""
    rows = rows if len(rows) <= MOST_ROWS else rows[:: -(-len(rows) // MOST_ROWS)]
    first = rows[0].spec
    parts = _parts(first)
    low, high = 0.0, 1.0
    kind = "options"
    if isinstance(first, Number):
        low = float(min(cast(Number, row.spec).low for row in rows))
        high = float(max(cast(Number, row.spec).high for row in rows))
        kind = "options" if high - low < FEW else "curve"
        high = max(high, low + 1)
    elif parts:
        kind = "parts"
        if isinstance(first, Allocation):
            high = float(max(1, *(most for row in rows for most in cast(Allocation, row.spec).parts.values())))
    contexts: list[Context] = []
    for row in rows:
        context = dict(row.context)
        for key, values in row.their.items():
            pooled(f"their.{key}", values, context)
        for key, values in row.coming.items():
            pooled(f"next.{key}", values, context)
        contexts.append(context)
    per = {"options": 1, "curve": 2, "parts": 1 + len(parts)}[kind]
    columns = _columns(contexts, max(2, (MOST_COLUMNS - 3) // per))
    steady = all(row.spec is first or row.spec.data() == first.data() for row in rows)
    heard = _heard(rows)
    worth = Worth(kind, len(rows), columns, {}, parts, low, high, 0.0, 0.0, steady, first, heard)
    groups: dict[Any, list[int]] = {None: list(range(len(rows)))}
    if kind == "options":
        for number, row in enumerate(rows):
            if isinstance(row.action, str | int):
                groups.setdefault(row.action, []).append(number)
    encoded = [worth.encode(context) for context in contexts]
    errors: list[tuple[float, float]] = []
    for option, numbers in groups.items():
        if kind == "options":
            table = [[1.0, *encoded[number]] for number in numbers] if option is not None else [[1.0] for _ in numbers]
            soft = 1
        else:
            table = [_terms(worth.shape(rows[number].action), encoded[number], kind) for number in numbers]
            soft = 1
        own = [rows[number].own for number in numbers]
        others = [rows[number].others for number in numbers]
        fit = _ridge(table, (own, others), soft)
        if kind == "options" and option is None:
            fit = [line + [0.0] * len(columns) for line in fit]
        worth.models[option] = (fit[0], fit[1])
        if option is not None or kind != "options":
            wide = [line + [0.0] * (len(table[0]) - len(line)) for line in fit]
            errors.append((_error(table, own, wide[0]), _error(table, others, wide[1])))
    if errors:
        worth.noise_own = max(error[0] for error in errors)
        worth.noise_others = max(error[1] for error in errors)
    return worth


def _parts(spec: Spec[Any]) -> tuple[str, ...]:
    if isinstance(spec, Allocation):
        return tuple(spec.parts)
    return spec.options if isinstance(spec, Ranking) else ()


def _shape(action: Any, parts: tuple[str, ...], low: float, high: float) -> list[float]:
    if isinstance(action, dict):
        counts = cast("dict[str, int]", action)
        return [counts.get(part, 0) / high for part in parts]
    if isinstance(action, list):
        order = cast("list[str]", action)
        return [1 - order.index(part) / (len(parts) - 1) if part in order else 0.0 for part in parts]
    place = (action - low) / (high - low)
    return [place, place * place]


def _terms(shape: Sequence[float], row: Sequence[float], kind: str) -> list[float]:
    terms = [1.0, *shape, *row]
    for value in shape[:1] if kind == "curve" else shape:
        terms += [value * other for other in row]
    return terms


def _columns(contexts: Sequence[Context], most: int) -> list[tuple[str, str | None, float, float]]:
    order = ("own.", "last.", "next.", "their.", "told.", "spec.", "public.", "count", "mine.")
    seen: dict[str, int] = {}
    for context in contexts:
        for name in context:
            seen[name] = seen.get(name, 0) + 1
    names = [name for name, count in seen.items() if count >= 8]
    names.sort(key=lambda name: next((n for n, prefix in enumerate(order) if name.startswith(prefix)), len(order)))
    columns: list[tuple[str, str | None, float, float]] = []
    for name in names:
        values = [context[name] for context in contexts if name in context]
        words = list(dict.fromkeys(value for value in values if isinstance(value, str)))
        numbers = [value for value in values if isinstance(value, float)]
        if not words:
            mean = fsum(numbers) / len(numbers)
            scale = (fsum((value - mean) ** 2 for value in numbers) / len(numbers)) ** 0.5
            if scale > 1e-9:
                columns.append((name, None, mean, scale))
        else:
            words.sort(key=lambda word: (-values.count(word), word))
            for word in words[1:6] if len(words) <= 6 else words[:5]:
                share = values.count(word) / len(values)
                columns.append((name, word, share, max(0.05, (share * (1 - share)) ** 0.5)))
    return columns[:most]


def _heard(rows: Sequence[Sample]) -> tuple[str, ...]:
    always = [name[5:] for name in rows[0].context if name.startswith("last.")]
    return tuple(key for key in always if all(f"last.{key}" in row.context for row in rows))


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(mul, one, other))


def _error(table: Sequence[Sequence[float]], goal: Sequence[float], line: Sequence[float]) -> float:
    """The standard error of a mean, given what the model leaves open."""
    rest = fsum((value - _dot(line, row)) ** 2 for value, row in zip(goal, table, strict=True))
    return (rest / max(1, len(goal) - len(line) / 2)) ** 0.5 / len(goal) ** 0.5


def _ridge(table: Sequence[Sequence[float]], goals: Sequence[Sequence[float]], soft: int) -> list[list[float]]:
    """Least squares with a small weight on every coefficient but the first `soft`; one line a goal."""
    columns = list(zip(*table, strict=True))
    count = len(columns)
    system = [[0.0] * (count + len(goals)) for _ in range(count)]
    for i in range(count):
        for j in range(i, count):
            system[i][j] = system[j][i] = fsum(map(mul, columns[i], columns[j]))
        if i >= soft:
            system[i][i] += 1.0 + 0.002 * len(table)
        else:
            system[i][i] += 1e-6
        for number, goal in enumerate(goals):
            system[i][count + number] = fsum(map(mul, columns[i], goal))
    return _solve(system, count)


def _solve(system: list[list[float]], count: int) -> list[list[float]]:
    """Gaussian elimination; the system is positive definite, so no pivot is missing."""
    for i in range(count):
        pivot = system[i][i]
        row = [value / pivot for value in system[i]]
        system[i] = row
        for k in range(count):
            factor = system[k][i]
            if k != i and factor:
                system[k] = [value - factor * other for value, other in zip(system[k], row, strict=True)]
    return [[row[count + goal] for row in system] for goal in range(len(system[0]) - count)]

"""Learns from play-outs what answers are worth: a small ridge regression in which only what is significant counts.

Plain floats and exact sums, so that every machine learns the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import fsum
from operator import mul
from typing import Any, cast

from arena.game import Allocation, Number
from arena.scripted.worth import Column, Context, Lines, Sample, Worth, clash, is_seat, part_names, pool

MOST_ROWS = 1000
MOST_COLUMNS = 12
FEW = 2
"""A number with at most so many values is learned value by value."""
DOUBT_NOW = 1.5
DOUBT_LATER = 4.0
"""How many times its error an effect must be worth, squared, to count: at once, and after the next ask."""
GOALS = 4
Table = list[list[float]]


def learn(rows: Sequence[Sample]) -> dict[str, Worth]:
    """What answers to one key are worth, by seat; the rows are of one shape, and of one seat unless many are alike."""
    rows = rows if len(rows) <= MOST_ROWS else rows[:: -(-len(rows) // MOST_ROWS)]
    contexts = [_context(row) for row in rows]
    columns = _columns(contexts)
    worth = _frame(rows, columns, contexts)
    table = [[column.read(context) for column in columns] for context in contexts]
    goals = [[row.gains[goal] for row in rows] for goal in range(GOALS)]
    if worth.kind != "options":
        return _numbers(worth, rows, contexts, table, goals)
    return _options(worth, rows, table, goals)


def _frame(rows: Sequence[Sample], columns: list[Column], contexts: Sequence[Context]) -> Worth:
    spec = rows[0].spec
    parts = part_names(spec)
    worth = Worth(rows[0].key, "parts" if parts else "options", len(rows), columns, {}, parts, heard=_heard(rows))
    if isinstance(spec, Number):
        low = min(cast(Number, row.spec).low for row in rows)
        high = max(cast(Number, row.spec).high for row in rows)
        worth.kind = "options" if high - low < FEW else "curve"
        worth.low, worth.high = float(low), float(max(high, low + 1))
    elif isinstance(spec, Allocation):
        worth.high = float(max(1, *(most for row in rows for most in cast(Allocation, row.spec).parts.values())))
        if any(is_seat(part) for part in parts):
            worth.kind = "among"
            worth.parts = tuple(part for part in parts if not is_seat(part))
            worth.links = _links(contexts)
            return worth
    worth.pairs = tuple(
        (number, place)
        for number, part in enumerate(parts)
        for place, column in enumerate(columns)
        if column.name.endswith(f".{part}") and column.word is None
    )
    return worth


def _options(worth: Worth, rows: Sequence[Sample], table: Table, goals: Table) -> dict[str, Worth]:
    """A model common to all options, what sets each of them apart, and what sets a seat apart."""
    terms = [[1.0, *row] for row in table]
    common = _ridge(terms, goals)
    worth.models[None] = _joined(common)
    rest = [_rest(terms, goal, line) for goal, line in zip(goals, common, strict=True)]
    groups: dict[Any, list[int]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(row.action, []).append(number)
    seats = list(dict.fromkeys(row.seat for row in rows))
    found = {seat: replace(worth, models={None: worth.models[None]}) for seat in seats}
    for option, numbers in groups.items():
        part = [terms[number] for number in numbers]
        mine = [[line[number] for number in numbers] for line in rest]
        apart = _ridge(part, mine)
        left = [_rest(part, goal, line) for goal, line in zip(mine, apart, strict=True)]
        errors = [_error(line, len(part[0])) for line in left]
        apart = [
            [_shrunk(value, error, goal) for value in line]
            for goal, (line, error) in enumerate(zip(apart, errors, strict=True))
        ]
        model = [[a + b for a, b in zip(*lines, strict=True)] for lines in zip(common, apart, strict=True)]
        for seat in seats:
            lean = [0.0] * GOALS
            if len(seats) > 1:
                own = [place for place, number in enumerate(numbers) if rows[number].seat == seat]
                for goal, line in enumerate(left):
                    values = [line[place] for place in own]
                    if values:
                        lean[goal] = _shrunk(fsum(values) / len(values), _error(values, 1), goal)
            moved = [[line[0] + lean[goal], *line[1:]] for goal, line in enumerate(model)]
            found[seat].models[option] = _joined(moved)
            found[seat].noise_own = max(found[seat].noise_own, errors[0])
            found[seat].noise_others = max(found[seat].noise_others, errors[1])
    return found


def _numbers(
    worth: Worth, rows: Sequence[Sample], contexts: Sequence[Context], table: Table, goals: Table
) -> dict[str, Worth]:
    """One model for all answers, and for takings one more that knows what the other takes."""
    linked = [worth.linked(context, row.spec) for row, context in zip(rows, contexts, strict=True)]
    plain = [worth.terms(row.action, line, known) for row, line, known in zip(rows, table, linked, strict=True)]
    worth.models[None], worth.noise_own, worth.noise_others = _whole(plain, goals, len(worth.columns))
    clashes = [clash(row.key, row.action, c, row.spec) for row, c in zip(rows, contexts, strict=True)]
    known = [(number, value) for number, value in enumerate(clashes) if value is not None]
    if worth.kind == "parts" and len(known) > len(rows) // 2:
        aware = [worth.terms(rows[number].action, table[number], linked[number], value) for number, value in known]
        some = [[goal[number] for number, _ in known] for goal in goals]
        worth.models["aware"] = _whole(aware, some, len(worth.columns))[0]
    return dict.fromkeys(dict.fromkeys(row.seat for row in rows), worth)


def _whole(terms: Table, goals: Table, columns: int) -> tuple[Lines, float, float]:
    lines = _ridge(terms, goals)
    errors = [_error(_rest(terms, goal, line), len(line)) for goal, line in zip(goals, lines, strict=True)]
    wide = [_spread(column) for column in zip(*terms, strict=True)]
    for goal, line in enumerate(lines):
        for place in range(1 + columns, len(line)):
            line[place] = _shrunk(line[place], errors[goal] / max(wide[place], 1e-9), goal)
    return _joined(lines), errors[0], errors[1]


def _joined(lines: Sequence[Sequence[float]]) -> Lines:
    """What comes at once and what comes later, together."""
    own, others, own_later, others_later = lines
    return [a + b for a, b in zip(own, own_later, strict=True)], [
        a + b for a, b in zip(others, others_later, strict=True)
    ]


def _shrunk(value: float, error: float, goal: int) -> float:
    """An effect, as far as it stands out from its error."""
    doubt = DOUBT_NOW if goal < 2 else DOUBT_LATER
    return 0.0 if value == 0 else value * max(0.0, 1 - doubt * error * error / (value * value))


def _context(row: Sample) -> Context:
    context = dict(row.context)
    parts = part_names(row.spec)
    for key, held in row.their.items():
        pool(f"their.{key}", held, context)
    for key, held in row.coming.items():
        pool(f"next.{key}", held, context, parts)
    return context


def _columns(contexts: Sequence[Context]) -> list[Column]:
    """The features that vary, those first that matter most often; together no more than a model can bear."""
    order = ("own.", "last.", "next.", "their.", "told.", "spec.", "all.", "count", "mine.")
    seen: dict[str, int] = {}
    for context in contexts:
        for name in context:
            seen[name] = seen.get(name, 0) + 1
    names = [name for name, count in seen.items() if count >= 8 and not is_seat(name.rpartition(".")[2])]
    names.sort(key=lambda name: next((n for n, prefix in enumerate(order) if name.startswith(prefix)), len(order)))
    columns: list[Column] = []
    shapes: dict[tuple[Any, ...], bool] = {}
    for name in names:
        values = [context.get(name) for context in contexts]
        shape = tuple(values)
        if shape in shapes:
            continue
        shapes[shape] = True
        words = [value for value in values if isinstance(value, str)]
        numbers = [value for value in values if isinstance(value, float)]
        if not words:
            mean = fsum(numbers) / len(numbers)
            scale = (fsum((value - mean) ** 2 for value in numbers) / len(numbers)) ** 0.5
            if scale > 1e-9:
                columns.append(Column(name, None, mean, scale))
        else:
            kinds = sorted(dict.fromkeys(words), key=lambda word: (-words.count(word), word))
            for word in kinds[1:6] if len(kinds) <= 6 else kinds[:5]:
                share = words.count(word) / len(words)
                columns.append(Column(name, word, share, max(0.05, (share * (1 - share)) ** 0.5)))
    return columns[: MOST_COLUMNS + 6 * any(name.count(".") > 1 for name in names)]


def _links(contexts: Sequence[Context]) -> tuple[Column, ...]:
    """Features that are there for single seats, over all seats."""
    held: dict[str, list[float]] = {}
    for context in contexts:
        for name, value in context.items():
            base, _, seat = name.rpartition(".")
            if is_seat(seat) and isinstance(value, float):
                held.setdefault(base, []).append(value)
    found: list[Column] = []
    for base, values in held.items():
        mean, scale = fsum(values) / len(values), _spread(values)
        if scale > 1e-9:
            found.append(Column(base, None, mean, scale))
    return tuple(found[:6])


def _heard(rows: Sequence[Sample]) -> tuple[str, ...]:
    always = [name[5:] for name in rows[0].context if name.startswith("last.")]
    return tuple(key for key in always if all(f"last.{key}" in row.context for row in rows))


def _rest(terms: Table, goal: Sequence[float], line: Sequence[float]) -> list[float]:
    return [value - sum(map(mul, line, row)) for value, row in zip(goal, terms, strict=True)]


def _error(rest: Sequence[float], used: int) -> float:
    """The standard error of a mean of what a model leaves open."""
    free = max(1.0, len(rest) - used / 2)
    return (fsum(map(mul, rest, rest)) / free / len(rest)) ** 0.5


def _spread(values: Sequence[float]) -> float:
    mean = fsum(values) / len(values)
    return (fsum((value - mean) ** 2 for value in values) / len(values)) ** 0.5


def _ridge(terms: Table, goals: Table) -> Table:
    """Least squares with a small weight on every coefficient but the constant; one line a goal."""
    columns = list(zip(*terms, strict=True))
    count = len(columns)
    system = [[0.0] * (count + len(goals)) for _ in range(count)]
    for i in range(count):
        for j in range(i, count):
            system[i][j] = system[j][i] = fsum(map(mul, columns[i], columns[j]))
        system[i][i] += 1e-6 if i == 0 else 1e-3 * system[i][i] + 1e-3
        for number, goal in enumerate(goals):
            system[i][count + number] = fsum(map(mul, columns[i], goal))
    for i in range(count):
        pivot = system[i][i]
        row = [value / pivot for value in system[i]]
        system[i] = row
        for k in range(count):
            factor = system[k][i]
            if k != i and factor:
                system[k] = [value - factor * other for value, other in zip(system[k], row, strict=True)]
    return [[row[count + goal] for row in system] for goal in range(len(goals))]

"""A game's chance, draw by draw: each single draw can be made to come out otherwise while the others stay."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from arena.game import Table

Lots = Mapping[str, Mapping[int, int]]
"""By stream (`""` for the table's `rng`) and number of the draw, what seeds the draw in place of the stream."""
Draw = tuple[str, int]


class Stream(Random):
    """A stream of chance some of whose draws are changed; it notes down which draws were made."""

    def __init__(self, seed: Any, name: str, changed: Mapping[int, int], made: list[Draw]) -> None:
        super().__init__(seed)
        self._name = name
        self._changed = changed
        self._made = made
        self._count = 0

    def _next(self) -> int | None:
        number = self._count
        self._count += 1
        self._made.append((self._name, number))
        return self._changed.get(number)

    def _randbelow(self, n: int) -> int:
        # The one method that choices, samples, shuffles and ranges are made of; the stream itself goes on as it would.
        inherited: Any = super()
        drawn: int = inherited._randbelow(n)  # noqa: SLF001  # there is no public name for it
        change = self._next()
        return drawn if change is None else change % n

    def random(self) -> float:
        drawn = super().random()
        change = self._next()
        return drawn if change is None else Random(change).random()


class LotTable(Table):
    """A table whose draws can be changed one by one."""

    def __init__(
        self,
        agents: Sequence[str],
        seed: int,
        *rest: Any,
        lots: Lots,
        made: list[Draw],
    ) -> None:
        super().__init__(agents, seed, *rest)
        self._lots = lots
        self._made = made
        self.rng = Stream(seed, "", lots.get("", {}), made)

    def chance(self, name: str) -> Random:
        if name not in self._chances:
            self._chances[name] = Stream(f"{self._seed}/{name}", name, self._lots.get(name, {}), self._made)
        return self._chances[name]


def lot_table(lots: Lots, made: list[Draw]) -> Callable[..., Table]:
    """What makes a match's table with these draws changed; the draws that are made are noted down."""
    return partial(LotTable, lots=lots, made=made)


def changed(lots: Lots, draw: Draw, rng: Random) -> Lots:
    """The same with one draw made to come out anew."""
    name, number = draw
    return {**lots, name: {**lots.get(name, {}), number: rng.getrandbits(40)}}

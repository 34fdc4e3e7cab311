"""What boards read of one tournament in the store."""

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from arena.board import Log, Result
from arena.calling.budget import Spent
from arena.judging.judgement import Canary, Judgement
from arena.judging.panels.ranks import rank_unjudged

if TYPE_CHECKING:
    from arena.store import Store


class StoreLog:
    """The matches of one tournament; read once, when first asked for."""

    def __init__(self, store: "Store", tournament: str, number: int) -> None:
        self.tournament = tournament
        self._store = store
        self._number = number

    @cached_property
    def results(self) -> list[Result]:
        """Light rows in schedule order, with the ranks of matches that a panel has ranked."""
        return rank_unjudged(self._store.results(self._number), cast("Log", self))

    @cached_property
    def agents(self) -> dict[str, dict[str, Any]]:
        """Name to `kind`, `fingerprint`, `model`, `scripted`, `privileged` and `rated`, in the order they entered."""
        return self._entered("agent")

    @cached_property
    def judges(self) -> dict[str, dict[str, Any]]:
        """Name to `kind`, `options` and, where it has one, `rubric`, in the order they entered."""
        return self._entered("judge")

    @cached_property
    def judgements(self) -> list[Judgement]:
        """What judges said of these matches, and of the canaries among them, by item, judge and question."""
        return self._store.judgements(self._number)

    @cached_property
    def canaries(self) -> list[Canary]:
        """The matches with known conduct, by id."""
        return self._store.canaries(self._number)

    @cached_property
    def spent_on_judges(self) -> dict[str, Spent]:
        """What the calls to each judge took, by its name."""
        return self._store.spent_on_judges(self._number)

    def record(self, id: str, /) -> dict[str, Any]:
        """All of one match."""
        return self._store.record(id)

    def _entered(self, wanted: str) -> dict[str, dict[str, Any]]:
        entered = self._store.entered(self.tournament)
        listed = entered[2] if entered else []
        return {name: json.loads(detail) for kind, _, name, detail in listed if kind == wanted}

"""Logs made up for boards: results without matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arena.board import Result, Standings
from arena.judging.judgement import Canary, Judgement
from arena.library import load


@dataclass(frozen=True)
class MadeUp:
    """A log of results that nobody played; of the variant `stormy` it says that messages were lost in it."""

    results: Sequence[Result]
    agents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    judgements: Sequence[Judgement] = ()
    canaries: Sequence[Canary] = ()
    judges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def record(self, id: str, /) -> Mapping[str, Any]:
        (variant,) = {result.variant for result in self.results if result.id == id}
        return {"faults": {"lose": 0.5}} if variant == "stormy" else {}


def made_up(
    order: int,
    agents: Sequence[str],
    ranks: Sequence[int] = (),
    rewards: Sequence[float] | None = None,
    *,
    scoring: str = "rank",
    game: str = "duel",
    tournament: str = "cup",
    variant: str = "base",
    params: str = "{}",
    deal: int | None = None,
    outcome: str = "finished",
    rated: Sequence[bool] | None = None,
    roles: Sequence[str | None] | None = None,
    teams: Sequence[str | None] | None = None,
    forfeits: Sequence[int] = (),
    conduct: Mapping[int, Mapping[str, Any]] | None = None,
    usage: Mapping[str, Mapping[str, Any]] | None = None,
) -> Result:
    size = len(agents)
    number = order if deal is None else deal
    return Result(
        id=f"{tournament} {order}",
        order=order,
        tournament=tournament,
        variant=variant,
        game=game,
        sha256=game,
        params=params,
        scoring=scoring,
        deal=number,
        repetition=0,
        seed=number,
        agents=tuple(agents),
        rated=tuple(rated or (True,) * size),
        roles=tuple(roles or (None,) * size),
        teams=tuple(teams or (None,) * size),
        rewards=tuple(rewards if rewards is not None else (float(-rank) for rank in ranks)),
        ranks=tuple(ranks),
        forfeits=tuple(seat in forfeits for seat in range(size)),
        outcome=outcome,
        conduct=conduct or {},
        usage=usage or {},
    )


def board(name: str, results: Sequence[Result], agents: Mapping[str, Any] | None = None, **options: Any) -> Standings:
    standings: Standings = load("leaderboards", name).board(MadeUp(results, agents or {}), **options)
    return standings


def by_agent(standings: Standings) -> dict[str, Mapping[str, Any]]:
    return {row["agent"]: row for row in standings.rows}

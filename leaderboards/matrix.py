"""Who beats whom: for each pair the share of meetings won, ties half."""

from typing import Any

from arena.board import Column, Log, Standings
from arena.ratings.contest import agents_of, contests
from arena.ratings.pool import select


def board(
    log: Log,
    *,
    game: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
) -> Standings:
    """The matrix of wins; in reward games two agents meet in the same seat of the same deal."""
    pool, results = select(log.results, game=game, variant=variant, tournament=tournament, pool=pool)
    agents = agents_of(results)
    met: dict[str, dict[str, list[int]]] = {agent: {} for agent in agents}
    for contest in contests(results):
        for number, better in enumerate(contest.sides):
            for worse in contest.sides[number + 1 :]:
                if better.fixed and worse.fixed:
                    continue
                tied = better.place == worse.place
                for winner in better.members:
                    for loser in worse.members:
                        met[str(winner)].setdefault(str(loser), [0, 0, 0])[1 if tied else 0] += 1
                        met[str(loser)].setdefault(str(winner), [0, 0, 0])[1 if tied else 2] += 1
    rows: list[dict[str, Any]] = []
    for agent in agents:
        against = {other: _meeting(*met[agent][other]) for other in agents if other in met[agent]}
        total = [sum(counts[i] for counts in met[agent].values()) for i in range(3)]
        rows.append({"agent": agent, **_meeting(*total), "against": against})
    rows.sort(key=lambda row: (-(row["share"] or 0.0), row["agent"]))
    columns = (
        Column("agent", ("agent",)),
        Column("all", ("share",), "share"),
        Column("met", ("met",), "count"),
        *(Column(row["agent"], ("against", row["agent"], "share"), "share") for row in rows),
    )
    notes = ["share of meetings that the row's agent won against the column's, ties half"]
    if not any(row["met"] for row in rows):
        notes.insert(0, "nobody met anybody yet")
    return Standings("matrix", pool, tuple(rows), columns, tuple(notes))


def _meeting(wins: int, draws: int, losses: int) -> dict[str, Any]:
    met = wins + draws + losses
    share = (wins + draws / 2) / met if met else None
    return {"share": share, "met": met, "wins": wins, "draws": draws, "losses": losses}

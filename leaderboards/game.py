"""Everybody's skill in one game, or in one role of it, with conduct beside it."""

from arena.board import Log, Standings
from arena.errors import UsageError
from arena.ratings.ladder import ladder


def board(
    log: Log,
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
    seed: int = 0,
) -> Standings:
    """Rank the agents of one game; each row's `roles` has the ratings per role."""
    if game is None:
        raise UsageError("this is the board of one game; name the game, as in: arena board ultimatum")
    name = game if role is None else f"{game} as {role}"
    return ladder(log, name, game=game, role=role, variant=variant, tournament=tournament, pool=pool, seed=seed)

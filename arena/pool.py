"""Which results may stand on one board: those of one pool of games, parameters and variants."""

import hashlib
import json
from collections.abc import Sequence

from arena.board import Result
from arena.errors import UsageError, unknown

LENGTH = 12


def pool_of(results: Sequence[Result]) -> str:
    """The id of a pool: the hash of its games (source, parameters, seats) and variants."""
    games = sorted({(r.game, r.sha256, r.params, len(r.agents)) for r in results})
    variants = sorted({r.variant for r in results})
    return hashlib.sha256(json.dumps([games, variants]).encode()).hexdigest()[:LENGTH]


def select(
    results: Sequence[Result],
    *,
    game: str | None = None,
    role: str | None = None,
    variant: str | None = None,
    tournament: str | None = None,
    pool: str | None = None,
) -> tuple[str, list[Result]]:
    """The results that one board is about, and their pool id; an error that lists the pools if there are several.

    A pool is what one tournament played of what is asked for; tournaments that played the same share it.
    """
    chosen = list(results)
    for kind, value, field in (
        ("tournament", tournament, "tournament"),
        ("game", game, "game"),
        ("variant", variant, "variant"),
    ):
        if value is not None:
            known = sorted({getattr(r, field) for r in chosen})
            if value not in known:
                raise unknown(f"{kind} in these results", value, known)
            chosen = [r for r in chosen if getattr(r, field) == value]
    if role is not None:
        roles = sorted({name for r in chosen for name in r.roles if name is not None})
        if role not in roles:
            raise unknown("role in these results", role, roles)
    by_tournament: dict[str, list[Result]] = {}
    for r in chosen:
        by_tournament.setdefault(r.tournament, []).append(r)
    ids = {name: pool_of(own) for name, own in by_tournament.items()}
    if pool is not None:
        matching = sorted({id for id in ids.values() if id.startswith(pool)})
        if len(matching) != 1:
            raise UsageError(f"{len(matching)} pools start with {pool!r}; there are: {_listed(by_tournament, ids)}")
        return matching[0], [r for r in chosen if ids[r.tournament] == matching[0]]
    if len(set(ids.values())) > 1:
        raise UsageError(
            f"these results are of {len(set(ids.values()))} pools (games, parameters or variants differ), and ratings of"
            f" different pools do not compare; choose one with --pool ID or --tournament NAME: {_listed(by_tournament, ids)}"
        )
    return (next(iter(ids.values())) if ids else pool_of(())), chosen


def _listed(by_tournament: dict[str, list[Result]], ids: dict[str, str]) -> str:
    parts: list[str] = []
    for id in sorted(set(ids.values())):
        names = [name for name in by_tournament if ids[name] == id]
        own = [r for name in names for r in by_tournament[name]]
        games = ", ".join(sorted({r.game for r in own}))
        parts.append(f"{id} ({', '.join(name or 'unnamed' for name in names)}: {games}; {len(own)} matches)")
    return "; ".join(parts) or "none"

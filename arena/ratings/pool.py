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
    listed = _listed(by_tournament, ids)
    if pool is not None:
        # The id that another board of the same tournament showed is as good.
        whole = {name: pool_of([r for r in results if r.tournament == name]) for name in by_tournament}
        chosen = [r for r in chosen if ids[r.tournament].startswith(pool) or whole[r.tournament].startswith(pool)]
        if not chosen:
            raise UsageError(f"no pool {pool!r} in these results; there are: {listed}")
    found = sorted({ids[r.tournament] for r in chosen})
    if len(found) > 1:
        raise UsageError(
            f"these results are of {len(found)} pools (games, parameters or variants differ), and ratings of different"
            f" pools do not compare; choose one with --pool ID or --tournament NAME: {listed}"
        )
    return (found[0] if found else pool_of(())), chosen


def _listed(by_tournament: dict[str, list[Result]], ids: dict[str, str]) -> str:
    parts: list[str] = []
    for own_id in sorted(set(ids.values())):
        names = [name for name in by_tournament if ids[name] == own_id]
        own = [r for name in names for r in by_tournament[name]]
        games = ", ".join(sorted({r.game for r in own}))
        parts.append(f"{own_id} ({', '.join(name or 'unnamed' for name in names)}: {games}; {len(own)} matches)")
    return "; ".join(parts) or "none"

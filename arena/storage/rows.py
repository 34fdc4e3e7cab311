"""Light rows: what boards read of a match, as the store keeps it, and back as `Result`."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from arena.board import Result
from arena.identity import canonical

COLUMNS = (
    "id",
    "tournament",
    "variant",
    "game",
    "sha256",
    "params",
    "scoring",
    "deal",
    "repetition",
    "seed",
    "agents",
    "rated",
    "roles",
    "teams",
    "rewards",
    "ranks",
    "forfeits",
    "outcome",
    "conduct",
    "usage",
)
"""What `results` expects of a row, in this order."""


@dataclass(frozen=True, slots=True)
class Played:
    """One try at a match, ready to be stored."""

    id: str
    place: str
    outcome: str
    row: Mapping[str, Any]
    """The light columns but the tournament's number."""
    record: bytes
    reason: str = ""
    """Why it is void."""
    final: bool = True
    """Whether trying again makes no sense: it is not void, or the game itself broke."""


def light(
    record: Mapping[str, Any], place: str, entry: int, scoring: str, rated: Sequence[bool], conduct: Mapping[int, Any]
) -> dict[str, Any]:
    """The light columns of a record; `entry` is the game's number in its tournament."""
    seats: list[str] = list(record["seats"])
    return {
        "id": record["id"],
        "place": place,
        "entry": entry,
        "variant": record["variant"],
        "game": record["game"],
        "sha256": record["source_sha256"],
        "params": canonical(record["params"]),
        "scoring": scoring,
        "deal": record["deal"],
        "repetition": record["repetition"],
        "seed": record["seed"],
        "agents": canonical(list(record["seats"].values())),
        "rated": "" if all(rated) else canonical(list(rated)),
        "roles": _sparse(record["roles"], seats),
        "teams": _sparse(record["teams"], seats),
        "rewards": canonical([record["rewards"][seat] for seat in seats]) if record["rewards"] else "",
        "ranks": canonical([record["ranks"][seat] for seat in seats]) if record["ranks"] else "",
        "forfeits": canonical([seat in record["forfeits"] for seat in seats]) if record["forfeits"] else "",
        "outcome": record["outcome"],
        "conduct": canonical({str(seat): value for seat, value in conduct.items()}) if conduct else "",
        "usage": canonical(record["usage"]) if record["usage"] else "",
    }


def _sparse(by_seat: Mapping[str, Any], seats: Sequence[str]) -> str:
    return canonical([by_seat.get(seat) for seat in seats]) if by_seat else ""


def pack(text: str) -> bytes:
    """A record's JSON, compressed."""
    return zlib.compress(text.encode(), 3)


def unpack(blob: bytes) -> dict[str, Any]:
    """A record from what `pack` made."""
    return json.loads(zlib.decompress(blob))


class _Memo(dict[str, Any]):
    """Reads JSON once for each different text; a column has few of them."""

    def __missing__(self, text: str) -> Any:
        value: Any = json.loads(text)
        if type(value) is list:
            value = tuple(cast("list[Any]", value))
        self[text] = value
        return value


class _Conduct(dict[str, Any]):
    def __missing__(self, text: str) -> Any:
        value = {int(seat): summary for seat, summary in json.loads(text).items()}
        self[text] = value
        return value


def results(rows: Iterable[Sequence[Any]], tournaments: Mapping[int, str]) -> list[Result]:
    """Rows that begin with `COLUMNS`, already in schedule order, as boards read them."""
    memo = _Memo()
    conducts = _Conduct({"": {}})
    usages = _Memo({"": {}})
    nobody: dict[int, tuple[None, ...]] = {n: (None,) * n for n in range(64)}
    clean: dict[int, tuple[bool, ...]] = {n: (False,) * n for n in range(64)}
    full: dict[int, tuple[bool, ...]] = {n: (True,) * n for n in range(64)}
    found: list[Result] = []
    add = found.append
    for order, row in enumerate(rows):
        (id_, tournament, variant, game, sha256, params, scoring, deal, repetition, seed, agents, rated, roles) = row[
            :13
        ]
        (teams, rewards, ranks, forfeits, outcome, conduct, usage) = row[13:20]
        names = memo[agents]
        count = len(names)
        add(
            Result(
                id_,
                order,
                tournaments[tournament],
                variant,
                game,
                sha256,
                params,
                scoring,
                deal,
                repetition,
                seed,
                names,
                memo[rated] if rated else full[count],
                memo[roles] if roles else nobody[count],
                memo[teams] if teams else nobody[count],
                memo[rewards] if rewards else (),
                memo[ranks] if ranks else (),
                memo[forfeits] if forfeits else clean[count],
                outcome,
                conducts[conduct],
                usages[usage],
            )
        )
    return found

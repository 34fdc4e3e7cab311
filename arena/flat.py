"""The log as flat rows: matches by seat, plies, acts and their verdicts, what judges said, what was off the record."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from arena.conduct import rows as judged
from arena.errors import UsageError
from arena.library import Game
from arena.library import game as find_game

Record = Mapping[str, Any]
Row = dict[str, Any]

MATCHES = (
    "match", "tournament", "variant", "game", "deal", "repetition", "seed", "seat", "agent", "role", "team", "reward",
    "rank", "forfeit", "outcome",
)  # fmt: skip
PLIES = (
    "match", "tournament", "variant", "game", "deal", "repetition", "ply", "seat", "agent", "role", "kind", "key",
    "reply", "action", "audience", "errors", "stand_in",
)  # fmt: skip
ACTS = (
    "match", "tournament", "deal", "ply", "seat", "agent", "game", "role", "variant", "act", "dimension", "key", "path",
    "statement", "truth", "result", "effect", "licensed", "counted", "source", "note",
)  # fmt: skip
VERDICTS = (
    "match", "tournament", "variant", "game", "deal", "judge", "seat", "agent", "criterion", "view", "score",
    "honoured", "opportunities", "explanation", "evidence", "status", "question",
)  # fmt: skip
PROBES = (
    "match", "tournament", "variant", "game", "deal", "ply", "seat", "agent", "role", "kind", "key", "value",
    "announced", "done", "truth", "error",
)  # fmt: skip


def matches(record: Record) -> Iterator[Row]:
    """One row for each seat of a match."""
    for seat, agent in record["seats"].items():
        yield {
            **_match(record),
            "repetition": record["repetition"],
            "seed": record["seed"],
            **_seat(record, seat, agent),
            "team": record["teams"].get(seat),
            "reward": record["rewards"].get(seat),
            "rank": record["ranks"].get(seat),
            "forfeit": seat in record["forfeits"],
            "outcome": record["outcome"],
        }


def plies(record: Record) -> Iterator[Row]:
    """One row for each answer."""
    for ply in record["plies"]:
        yield {
            **_match(record),
            "repetition": record["repetition"],
            "ply": ply["ply"],
            **_seat(record, ply["seat"], record["seats"][ply["seat"]]),
            "kind": ply["kind"],
            "key": ply["key"],
            "reply": ply["reply"],
            "action": ply["action"],
            "audience": ply["audience"],
            "errors": len(ply["attempts"]),
            "stand_in": ply.get("stand_in", False),
        }


def acts(record: Record) -> Iterator[Row]:
    """One row for each act and announcement, with what came of it."""
    for row in judged(record, _game(record)):
        yield {**_match(record), **_seat(record, row["seat"], record["seats"][row["seat"]]), **row}


def verdicts(record: Record) -> Iterator[Row]:
    """One row for each verdict, of rules, of each judge by itself and of a panel together."""
    for verdict in record["verdicts"]:
        seat = verdict["seat"]
        honoured, opportunities = verdict["counts"] or (None, None)
        yield {
            **_match(record),
            "judge": verdict["judge"],
            "seat": seat,
            "agent": record["seats"].get(seat),
            **{name: verdict[name] for name in ("criterion", "view", "score")},
            "honoured": honoured,
            "opportunities": opportunities,
            **{name: verdict[name] for name in ("explanation", "evidence", "status", "question")},
        }


def probes(record: Record) -> Iterator[Row]:
    """One row for each question off the record, beside what the seat then announced and did, or what was so."""
    for probe in record.get("probes", ()):
        seat, key = probe["seat"], probe["key"]
        said = [row for row in record["plies"] if (row["seat"], row["key"]) == (seat, key)]
        announced = [row for row in said if row["kind"] == "announce"]
        now = [row for row in announced if row["ply"] == probe["ply"]]
        earlier = [row for row in announced if row["ply"] < probe["ply"]]
        done = [row for row in said if row["kind"] == "decide" and row["ply"] >= probe["ply"]]
        yield {
            **_match(record),
            "ply": probe["ply"],
            **_seat(record, seat, record["seats"][seat]),
            **{name: probe.get(name) for name in ("kind", "key", "value", "error")},
            "announced": (now or earlier[-1:])[0]["action"] if now or earlier else None,
            "done": done[0]["action"] if done and not done[0].get("stand_in") else None,
            "truth": record["facts"].get(key) if probe["kind"] == "belief" else None,
        }


TABLES: dict[str, tuple[tuple[str, ...], Callable[[Record], Iterator[Row]]]] = {
    "plies": (PLIES, plies),
    "acts": (ACTS, acts),
    "verdicts": (VERDICTS, verdicts),
    "matches": (MATCHES, matches),
    "probes": (PROBES, probes),
}
"""Table to its columns and what makes its rows."""


def _match(record: Record) -> Row:
    return {
        "match": record["id"],
        "tournament": record["tournament"],
        "variant": record["variant"],
        "game": record["game"],
        "deal": record["deal"],
    }


def _seat(record: Record, seat: str, agent: str) -> Row:
    return {"seat": seat, "agent": agent, "role": record["roles"].get(seat)}


def _game(record: Record) -> Game | None:
    """The game, if it is there as it was played: the effect of a broken promise is found by playing on."""
    try:
        found = find_game(record["game"])
    except UsageError:
        return None
    return found if found.sha256 == record["source_sha256"] else None

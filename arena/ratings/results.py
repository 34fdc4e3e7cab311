"""Results that were played elsewhere, read from JSON lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from arena.board import Result
from arena.errors import UsageError, unknown
from arena.judging.judgement import Canary, Judgement

KEYS = ("agents", "ranks", "teams", "game", "id", "deal")


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """A log of bare results: who played, who came where."""

    path: str
    results: Sequence[Result]
    agents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    @property
    def judgements(self) -> Sequence[Judgement]:
        """None: nobody can judge what is not there."""
        return ()

    @property
    def canaries(self) -> Sequence[Canary]:
        """None."""
        return ()

    @property
    def judges(self) -> Mapping[str, Mapping[str, Any]]:
        """None."""
        return {}

    def record(self, id: str, /) -> Mapping[str, Any]:
        """Always an error: there is nothing but results here."""
        raise UsageError(f"{self.path} holds results only, so there is no record of match {id!r}")


def read_results(path: str | Path) -> ResultsFile:
    """Read `{"agents": [...], "ranks": [...]}` lines, `teams`, `game`, `id` and `deal` optional; errors name the line.

    A team's number only says who plays together. Results without a `deal` are a deal each.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise UsageError(f"cannot read results: {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start}); results are JSON lines") from None
    results: list[Result] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        result = _read(line, f"{path}:{number}", len(results))
        if result.id in seen:
            raise UsageError(f"{path}:{number}: id {result.id!r} is also on line {seen[result.id]}; each match once")
        seen[result.id] = number
        results.append(result)
    return ResultsFile(str(path), tuple(results))


def _read(line: str, where: str, order: int) -> Result:
    try:
        data: object = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageError(f"{where}: not JSON: {error}") from None
    if not isinstance(data, dict):
        raise UsageError(f"{where}: a result is an object with 'agents' and 'ranks', got {data!r:.60}")
    row = cast("dict[str, Any]", data)
    for key in row:
        if key not in KEYS:
            raise unknown("key", key, list(KEYS), where)
    agents = _list(row, "agents", where)
    if len(agents) < 2 or not all(isinstance(agent, str) and agent for agent in agents):
        raise UsageError(f"{where}: 'agents' must be two or more names, got {agents!r:.60}")
    ranks = _numbers(row, "ranks", where, len(agents), least=0)
    teams: tuple[str | None, ...] = (None,) * len(agents)
    if row.get("teams") is not None:
        numbers = _numbers(row, "teams", where, len(agents), least=0)
        teams = tuple(str(number) for number in numbers)
        for number in dict.fromkeys(numbers):
            own = sorted({rank for rank, team in zip(ranks, numbers, strict=True) if team == number})
            if len(own) > 1:
                raise UsageError(f"{where}: team {number} has ranks {own}; a team shares one rank")
    game, name = row.get("game", ""), row.get("id", f"line {where.rpartition(':')[2]}")
    if not isinstance(game, str) or not isinstance(name, str | int) or isinstance(name, bool):
        raise UsageError(
            f"{where}: 'game' must be a name and 'id' a string or number, got {game!r:.40} and {name!r:.40}"
        )
    deal = _numbers({"deal": [row.get("deal", order)]}, "deal", where, 1, least=0)[0]
    size = len(agents)
    return Result(
        id=str(name),
        order=order,
        tournament="",
        variant="",
        game=game,
        sha256="",
        params="{}",
        scoring="rank",
        deal=deal,
        repetition=0,
        seed=0,
        agents=tuple(agents),
        rated=(True,) * size,
        roles=(None,) * size,
        teams=teams,
        rewards=(),
        ranks=tuple(ranks),
        forfeits=(False,) * size,
        outcome="finished",
    )


def _list(row: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value: object = row.get(key)
    if key not in row:
        raise UsageError(f"{where}: no {key!r}; a result has 'agents' and 'ranks'")
    if not isinstance(value, list):
        raise UsageError(f"{where}: {key!r} must be a list, got {value!r:.60}")
    return cast("list[Any]", value)


def _numbers(row: Mapping[str, Any], key: str, where: str, size: int, least: int) -> list[int]:
    values = _list(row, key, where)
    if len(values) != size:
        raise UsageError(f"{where}: {len(values)} {key} for {size} agents; give one each")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise UsageError(f"{where}: {key!r} must hold whole numbers from {least} on, got {value!r:.40}")
    return values

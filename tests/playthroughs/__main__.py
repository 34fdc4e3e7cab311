"""Writes the golden playthroughs: `python -m tests.playthroughs --write`; without it, names those that differ."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arena.library import Game
from arena.match import Match
from arena.record import record
from tests.players import GAMES, wander

FOLDER = Path(__file__).parent
SEED = 5
HIDDEN = {"role": "is", "pay": "is paid", "measure": "is measured"}
TOLD = ("tell", "deal", "norm", "reveal", "error")


def playthrough(game: Game) -> str:
    """One match, event by event and answer by answer, as a person would read it."""
    match = wander(Match(game, seed=SEED))
    data = record(match)
    lines = [
        f"{game.name}, seed {SEED}, {len(match.seats)} seats",
        f"parameters: {data['params']}",
        "",
        match.rules,
        "",
    ]
    for number in range(len(match.plies) + 1):
        for event in data["events"]:
            if event["ply"] != number:
                continue
            if event["kind"] in TOLD:
                heard = "all" if event["to"] is None else ", ".join(event["to"])
                fact = f"  fact {event['fact']}" if "fact" in event else ""
                lines.append(f"      to {heard}: {event['text']}{fact}")
            elif event["kind"] in HIDDEN:
                what = f" {event['key']}" if event["kind"] == "measure" else ""
                of = f" of {event['of']}" if "of" in event else ""
                lines.append(f"      (hidden) {event['seat']} {HIDDEN[event['kind']]}{what} {event['value']}{of}")
        if number < len(match.plies):
            lines += _ply(data["plies"][number])
    ends = [f"{seat}: reward {match.rewards[seat]}, rank {match.ranks[seat]}" for seat in match.rewards]
    lines += ["", *(ends or ["unjudged"])]
    return "\n".join(lines) + "\n"


def _ply(row: Mapping[str, Any]) -> list[str]:
    audience = row["audience"]
    heard = "" if row["kind"] == "decide" else f" to {'all' if audience is None else ', '.join(audience)}"
    asked = [f"      {row['seat']} is asked: {row['prompt']}"] if row["prompt"] else []
    return [*asked, f"{row['ply']:>4}  {row['seat']} {row['kind']} {row['key']}{heard}: {row['reply']}"]


def main() -> int:
    """Write every playthrough, or say which ones are not as written."""
    stale = 0
    for game in GAMES:
        path = FOLDER / f"{game.name}.txt"
        now = playthrough(game)
        if path.exists() and path.read_text(encoding="utf-8") == now:
            continue
        stale += 1
        sys.stdout.write(f"{game.name}: {'written' if '--write' in sys.argv else 'differs'}\n")
        if "--write" in sys.argv:
            path.write_text(now, encoding="utf-8")
    return 0 if "--write" in sys.argv else int(stale > 0)


if __name__ == "__main__":
    sys.exit(main())

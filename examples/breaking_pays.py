"""Does a character keep fewer promises when breaking them pays? The tables of docs/study.md, from a store.

    python examples/breaking_pays.py [STORE]

Reads what `arena table acts` and `arena table probes` give, row by row.
"""

import sys
from collections import Counter

import arena

EFFECTS = ("selfish", "win-win", "altruistic", "sabotaging", "neutral")


def promises(store: str | None = None) -> dict[tuple[str, str], Counter[str]]:
    """By agent and variant: promises kept and broken, announced ones included, and what breaking them did."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in arena.table("acts", store):
        if row["result"] in ("kept", "broken"):
            counts = found.setdefault((row["agent"], row["variant"]), Counter())
            counts[row["result"]] += 1
            if row["result"] == "broken":
                counts[row["effect"] or "unknown"] += 1
    return found


def meant(store: str | None = None) -> dict[tuple[str, str], Counter[str]]:
    """By agent and variant: announcements that were followed, or not, and whether that was meant before they were made.

    Only what was asked off the record right before the announcement counts.
    """
    found: dict[tuple[str, str], Counter[str]] = {}
    announcements = {
        (row["match"], row["ply"]): row["action"] for row in arena.table("plies", store) if row["kind"] == "announce"
    }
    for row in arena.table("probes", store):
        announced = announcements.get((row["match"], row["ply"]))
        if row["kind"] != "intention" or announced is None or row["value"] is None:
            continue
        counts = found.setdefault((row["agent"], row["variant"]), Counter())
        counts["announced"] += 1
        if row["done"] != announced:
            counts["not followed"] += 1
            counts["meant so"] += row["value"] != announced
    return found


def main(store: str | None = None) -> None:
    """Print both tables."""
    print(f"{'agent':<10} {'variant':<8} {'due':>4} {'broken':>6}  what breaking did")
    for (agent, variant), counts in sorted(promises(store).items()):
        did = ", ".join(f"{effect} {counts[effect]}" for effect in (*EFFECTS, "unknown") if counts[effect])
        print(f"{agent:<10} {variant:<8} {counts.total() - _effects(counts):>4} {counts['broken']:>6}  {did}".rstrip())
    print(f"\n{'agent':<10} {'variant':<8} {'announced':>9} {'not followed':>12} {'meant so before':>15}")
    for (agent, variant), counts in sorted(meant(store).items()):
        columns = f"{counts['announced']:>9} {counts['not followed']:>12} {counts['meant so']:>15}"
        print(f"{agent:<10} {variant:<8} {columns}")


def _effects(counts: Counter[str]) -> int:
    return sum(count for name, count in counts.items() if name not in ("kept", "broken"))


if __name__ == "__main__":
    main(*sys.argv[1:2])

"""Entering a tournament in a store: what may be added to one that exists, and what may not change."""

import json
from collections.abc import Mapping
from typing import Any

from arena.cups.cup import Cup
from arena.cups.schedule import Numbers
from arena.errors import UsageError
from arena.identity import canonical, digest
from arena.store import Store

Entered = tuple[int, dict[str, Any], list[tuple[str, int, str, str]]]
"""A tournament's number, what was fixed when it began, and its entries as (kind, number, name, detail)."""


def enter(cup: Cup, store: Store) -> tuple[int, Numbers]:
    """Begin a tournament or extend the one of that name; raises `UsageError` when something in it has changed."""
    known = store.entered(cup.name)
    if known is not None:
        compare(cup, known, store.name)
    sources = {entry.game.sha256: entry.game.source for entry in cup.games}
    entered = store.enter(cup.name, _fixed(cup), _entries(cup), sources)
    # Another process may have entered something else between the two.
    compare(cup, entered, store.name)
    return entered[0], numbers_after(cup, entered)


def compare(cup: Cup, entered: Entered, store: str) -> None:
    """Raise for what is there under the same name and is not the same; both are shown."""
    _, fixed, entries = entered
    remedy = "give it another name, or give the tournament another name to start afresh"
    for key, now in _fixed(cup).items():
        if fixed.get(key) != now:
            what = {"seed": "another seed", "schedule": f"schedule {fixed.get(key)!r}"}.get(
                key, f"{key} = {fixed.get(key)}"
            )
            asked = {"seed": "this one", "schedule": f"{now!r}"}.get(key, str(now))
            raise UsageError(
                f"{cup.source}: tournament {cup.name!r} in {store} was begun with {what}, not {asked}; "
                "give the tournament another name to start afresh"
            )
    there = {(kind, name): json.loads(detail) for kind, _, name, detail in entries}
    shas = {detail["game"]: detail["sha256"] for (kind, _), detail in there.items() if kind == "game"}
    for agent in (*cup.agents, *(fill for entry in cup.games for fill in entry.fill)):
        then = there.get(("agent", agent.name))
        if then is not None and then["fingerprint"] != agent.fingerprint:
            raise UsageError(
                f"{agent.where or cup.source}: agent {agent.name!r} has changed: in tournament {cup.name!r} of {store} "
                f"it is {_shown(then)}, now it is {_shown(agent.about())}; {remedy}"
            )
    for entry in cup.games:
        then = shas.get(entry.game.name)
        if then is not None and then != entry.game.sha256:
            raise UsageError(
                f"{entry.where or cup.source}: game {entry.game.name!r} has changed: in tournament {cup.name!r} of "
                f"{store} its source is {then[:12]}, now it is {entry.game.sha256[:12]} ({entry.game.path}); {remedy}"
            )
        before = there.get(("game", canonical(list(entry.key))))
        now = [fill.name for fill in entry.fill]
        if before is not None and before["fill"] != now:
            raise UsageError(
                f"{entry.where or cup.source}: fill of game {entry.game.name!r} has changed: in tournament "
                f"{cup.name!r} of {store} it is {before['fill']}, now it is {now}; "
                "give the tournament another name to start afresh"
            )
    for variant in cup.variants:
        then = there.get(("variant", variant.name))
        now = variant.data()
        if then is not None and then != now:
            raise UsageError(
                f"{variant.where or cup.source}: variant {variant.name!r} has changed: in tournament {cup.name!r} of "
                f"{store} it is {canonical(then)}, now it is {canonical(now)}; {remedy}"
            )


def numbers_after(cup: Cup, entered: Entered | None) -> Numbers:
    """The numbers of all that took part before, and of what this cup adds, in its order."""
    listed = [(kind, name) for kind, _, name, _ in entered[2] if kind != "judge"] if entered else []
    listed += [(kind, name) for kind, name, _ in _entries(cup) if (kind, name) not in set(listed)]
    kinds: dict[str, list[str]] = {"agent": [], "game": [], "variant": []}
    for kind, name in dict.fromkeys(listed):
        kinds[kind].append(name)
    agents, games, variants = ({name: number for number, name in enumerate(names)} for names in kinds.values())
    return Numbers(agents, {entry.key: games[canonical(list(entry.key))] for entry in cup.games}, variants)


def _fixed(cup: Cup) -> dict[str, Any]:
    # Of the seed only a hash: of a held-out tournament it stays outside.
    return {"seed": digest([cup.name, cup.seed]).hex(), "schedule": cup.schedule, "heldout": cup.heldout}


def _entries(cup: Cup) -> list[tuple[str, str, str]]:
    agents = [*cup.agents, *(fill for entry in cup.games for fill in entry.fill)]
    return [
        *(("agent", agent.name, canonical({**agent.about(), "rated": agent.rated})) for agent in agents),
        *(
            (
                "game",
                canonical(list(entry.key)),
                canonical(
                    {
                        "game": entry.game.name,
                        "sha256": entry.game.sha256,
                        "params": dict(entry.params),
                        "seats": entry.seats,
                        "scoring": entry.game.scoring,
                        "fill": [fill.name for fill in entry.fill],
                    }
                ),
            )
            for entry in cup.games
        ),
        *(("variant", variant.name, canonical(variant.data())) for variant in cup.variants),
    ]


def _shown(about: Mapping[str, Any]) -> str:
    options = ", ".join(f"{key}={value!r}" for key, value in sorted(about["options"].items()))
    return f"kind {about['kind']!r}{' with ' + options if options else ''} (fingerprint {about['fingerprint']})"

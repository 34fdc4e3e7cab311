"""A match as data: its record, the digest of every ask, and the match again from its record."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from arena import __version__
from arena.errors import ReplayDiverged
from arena.library import Game
from arena.library import game as find_game
from arena.match import Match
from arena.ply import Attempt, Ply
from arena.turn import Event

VERSION = 1


def spec_data(spec: Any) -> list[Any]:
    """A spec as plain data."""
    return list(spec.data())


def event_data(event: Event, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An event as the record keeps it; empty fields are left out."""
    data: dict[str, Any] = {"ply": event.ply, "kind": event.kind}
    for name in ("seat", "key", "value"):
        value = getattr(event, name)
        if value is not None:
            data[name] = value
    if event.kind == "tell" and event.value is not None:
        data["fact"] = data.pop("value")
    if event.text:
        data["text"] = event.text
    if event.acts:
        data["acts"] = list(event.acts)
    data["to"] = None if event.to is None else list(event.to)
    for name, value in (more or {}).items():
        if name == "spec":
            data["spec"] = spec_data(value)
        elif value not in (None, False):
            data[name] = value
    return data


def digest(ply: Ply, events: Iterable[Event]) -> str:
    """A short hash of what was asked and of all that had happened since the ply before."""
    ask = ply.ask
    asked = (ply.seat, ask.kind, ask.key, ask.spec.data(), ask.prompt, ask.to, [tuple(event) for event in events])
    return hashlib.blake2b(repr(asked).encode("utf-8", "backslashreplace"), digest_size=6).hexdigest()


def digests(match: Match) -> list[str]:
    """One digest a ply, each over the events since the ply before."""
    found: list[str] = []
    before = 0
    for ply in match.plies:
        found.append(digest(ply, match.events[before : ply.events]))
        before = ply.events
    return found


def plies_data(match: Match) -> list[dict[str, Any]]:
    """The plies as the record keeps them."""
    rows: list[dict[str, Any]] = []
    for number, (ply, mark) in enumerate(zip(match.plies, digests(match), strict=True)):
        ask = ply.ask
        row: dict[str, Any] = {
            "ply": number,
            "seat": ply.seat,
            "key": ask.key,
            "kind": ask.kind,
            "prompt": ask.prompt,
            "spec": spec_data(ask.spec),
            "reply": ply.reply,
            "action": ply.action,
            "acts": list(ply.acts),
            "audience": None if ask.to is None else list(ask.to),
            "attempts": [attempt._asdict() for attempt in ply.attempts],
            "digest": mark,
        }
        if ask.about:
            row["about"] = {key: spec_data(spec) for key, spec in ask.about.items()}
        if ply.stand_in:
            row["stand_in"] = True
        if ply.faults:
            row["faults"] = list(ply.faults)
        if ply.lost:
            row["lost"] = ply.lost
        rows.append(row)
    return rows


def record(match: Match, **about: Any) -> dict[str, Any]:
    """All of a match as JSON-able data; `about` gives what the match itself does not know (names, tournament)."""
    seats = about.pop("seats", None) or {seat: seat for seat in match.seats}
    outcome = about.pop("outcome", None)
    if outcome is None:
        waits = match.game.scoring == "panel" and not match.ranks
        outcome = "unjudged" if waits else "forfeit" if match.forfeits else "finished"
    details = match.words.details
    data: dict[str, Any] = {
        "id": match.id,
        "tournament": about.pop("tournament", ""),
        "variant": about.pop("variant", ""),
        "game": match.game.name,
        "source_sha256": match.game.sha256,
        "params": match.params,
        "deal": about.pop("deal", 0),
        "repetition": about.pop("repetition", 0),
        "seed": match.seed,
        "seats": seats,
        "agents": about.pop("agents", {}),
        "plies": plies_data(match),
        "events": [event_data(event, details.get(number)) for number, event in enumerate(match.events)],
        "facts": match.facts,
        "roles": match.roles,
        "teams": match.teams,
        "rewards": match.rewards,
        "ranks": match.ranks,
        "forfeits": match.forfeits,
        "outcome": outcome,
        "verdicts": [],
        "usage": about.pop("usage", {}),
        "isolation": match.isolation,
        "settings": {"retries": match.retries, "acts": match.acts, "prompt": match.prompt},
        "act_errors": match.act_errors,
        "record_version": VERSION,
        "arena_version": __version__,
    }
    if match.game.panel:
        data["panel"] = list(match.game.panel)
    if match.changes:
        data["settings"]["changes"] = match.changes
    if match.branches:
        data["branches"] = [{"ply": ply, "seed": seed} for ply, seed in match.branches]
    data.update(about)
    return data


def to_json(data: Mapping[str, Any]) -> str:
    """One record as one line of ASCII JSON, the same bytes everywhere."""
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def replay(data: Mapping[str, Any], game: Game | None = None, upto: int | None = None, engine: str = "auto") -> Match:
    """Play a record again, up to a ply or to its end; raises `ReplayDiverged` where it is asked something else."""
    if game is None:
        game = find_game(data["game"])
    settings = data.get("settings", {})
    match = Match(game, data["params"], data["seed"], len(data["seats"]), id=data["id"], engine=engine, **settings)
    branches = {entry["ply"]: entry["seed"] for entry in data.get("branches", [])}
    rows = data["plies"] if upto is None else data["plies"][:upto]
    if game.sha256 != data["source_sha256"]:
        note = f"; the game has changed since: {data['source_sha256'][:12]} then, {game.sha256[:12]} now"
    else:
        note = ""
    for row in rows:
        number = row["ply"]
        if number in branches:
            match.reseed(branches[number])
        if len(match.plies) > number or row["seat"] in match.forfeits:
            continue
        if row["seat"] not in match.waiting:
            now = "the game has ended" if match.done else f"waiting for {', '.join(match.waiting)}"
            raise _diverged(match, data, number, now, note)
        attempts = [Attempt(**attempt) for attempt in row["attempts"]]
        forfeit = data["forfeits"].get(row["seat"], "") if row.get("stand_in") else None
        match.repeat(row["seat"], attempts, row["reply"], forfeit)
    for ply, row in zip(match.plies, rows, strict=False):
        ply.faults, ply.lost = tuple(row.get("faults", ())), row.get("lost", "")
    for number, mark in enumerate(digests(match)):
        if number < len(rows) and mark != rows[number]["digest"]:
            ply = match.plies[number]
            asked = f"{ply.seat} {ply.ask.kind} {ply.ask.key!r} {ply.ask.spec.data()} {ply.ask.prompt!r}"
            raise _diverged(match, data, number, asked, note)
    if upto is None and match.done and data["outcome"] != "void" and match.rewards != data["rewards"]:
        raise _diverged(match, data, len(rows), f"rewards {match.rewards}", note)
    return match


def _diverged(match: Match, data: Mapping[str, Any], number: int, now: str, note: str) -> ReplayDiverged:
    rows = data["plies"]
    if number < len(rows):
        row = rows[number]
        then = f"{row['seat']} {row['kind']} {row['key']!r} {row['spec']} {row['prompt']!r}"
    else:
        then = f"rewards {data['rewards']}"
    match.close()
    return ReplayDiverged(
        f"{data['game']} ply {number}, seed {data['seed']}: asked then: {then}; asked now: {now}"
        f" (or what came before it differs){note}; see it with: arena replay {data['id'] or 'MATCH'}"
    )

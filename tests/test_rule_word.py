"""A rule that changes in the middle of a match: `table.rule`, its announcement, and the match again from its record."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from arena.errors import UsageError
from arena.library import Game, read_game
from arena.match import Match
from arena.params import rules_that_change
from arena.record import record, replay, to_json
from tests.players import BY_NAME, new_match, text, wander
from tests.support import finished, write_game

PAYS = """
for number in range(5):
    table.pay("player_0", table.rule("size", size))
    await table.ask("player_0", "x", Number(0, size))
"""
WITHOUT = ("isolation", "settings")
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "alternating_offers": {"discount": 0.5},
    "fishery": {"least": 40},
    "matrix_game": {"turns": 5},
    "public_goods": {"multiplier": 1.2, "harm": 1},
    "trust_network": {"endowment": 2},
}


def changes(to: Mapping[str, Any], after: int = 1, *, announced: bool = False) -> dict[str, dict[str, Any]]:
    return {name: {"to": value, "after": after, "announced": announced} for name, value in to.items()}


def paid(match: Match) -> list[Any]:
    return [event.value for event in match.events if event.kind == "pay"]


def told(match: Match) -> list[str]:
    return [event.text for event in match.events if event.kind == "tell"]


@pytest.mark.parametrize("engine", ["native", "sandbox"])
@pytest.mark.parametrize("announced", [False, True])
def test_a_rule_holds_for_so_many_readings_and_then_is_another(tmp_path: Path, engine: str, announced: bool) -> None:
    game = write_game(tmp_path, PAYS)
    match = finished(game, engine=engine, changes=changes({"size": 3}, 2, announced=announced))
    assert paid(match) == [10, 10, 3, 3, 3]
    assert told(match) == (["From now on, size is 3, no longer 10."] if announced else [])
    (hidden,) = [event for event in match.events if event.kind == "rule"]
    assert (hidden.key, hidden.value, hidden.to) == ("size", 3, ())
    assert paid(finished(game, engine=engine)) == [10] * 5


def test_the_rules_that_agents_read_stay_true(tmp_path: Path) -> None:
    named = write_game(tmp_path / "named", PAYS, doc="You are paid {size} each time.")
    silent = write_game(tmp_path / "silent", PAYS)
    change = changes({"size": 3})
    assert "You are paid 10 each time." in Match(named).rules
    assert "You are paid 10 (at the start) each time." in Match(named, changes=change).rules
    assert "At the start, size is 10." in Match(silent, changes=change).rules


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("announced", [False, True])
def test_a_built_in_game_takes_its_changes_and_plays_the_same_everywhere(name: str, announced: bool) -> None:
    game, change = BY_NAME[name], changes(CHANGES[name], announced=announced)
    seed, native = next(played for played in changed_matches(game, change) if struck(played[1]))
    clean, changed = text(wander(new_match(game, seed, id=native.id)), WITHOUT), text(native)
    assert text(native, WITHOUT) != clean
    assert text(wander(new_match(game, seed, id=native.id, engine="sandbox", changes=change))) == changed
    data = json.loads(to_json(record(native)))
    assert to_json(record(replay(data))) == to_json(record(native))
    assert text(wander(native.branch(len(native.plies) // 2))) == changed
    assert any("From now on" in line for line in told(native)) == announced


def changed_matches(game: Game, change: Mapping[str, Any]) -> Iterator[tuple[int, Match]]:
    for seed in range(40):
        yield seed, wander(new_match(game, seed, id=f"x{seed}", engine="native", changes=change))


def struck(match: Match) -> bool:
    return any(event.kind == "rule" for event in match.events)


def test_what_changes_is_told_to_nobody_unless_announced() -> None:
    match = wander(new_match(BY_NAME["public_goods"], 1, changes=changes({"multiplier": 4.0})))
    assert [event.to for event in match.events if event.kind == "rule"] == [()]
    for seat in match.seats:
        assert not [event for event in match.words.seen[seat].view(0, len(match.events)) if event.kind == "rule"]


def test_which_rules_change_is_read_from_the_source() -> None:
    assert {name: list(rules_that_change(game)) for name, game in BY_NAME.items() if rules_that_change(game)} == {
        name: sorted(change) for name, change in CHANGES.items()
    }


@pytest.mark.parametrize(
    ("to", "after", "said"),
    [
        ({"sizes": 3}, 1, "no rule that changes 'sizes'"),
        ({"size": "3"}, 1, "'size' takes int, got '3'"),
        ({"size": 3}, 0, "after 1 or more readings, got 0"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_before_anything_is_played(
    tmp_path: Path, to: Mapping[str, Any], after: int, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Match(write_game(tmp_path, PAYS), changes=changes(to, after))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "call", ['table.rule("sizes", size)', "table.rule(size, size)", 'table.rule("size")', 'table.rule(*["size", 1])']
)
def test_a_rule_is_a_parameter_named_in_quotes(tmp_path: Path, call: str) -> None:
    with pytest.raises(UsageError, match=r"small\.py:8: `table\.rule\(name, value\)` takes the name of a parameter"):
        write_game(tmp_path, call)


def test_whole_numbers_are_taken_for_others_as_parameters_take_them() -> None:
    game: Game = read_game(Path(BY_NAME["public_goods"].path), "built-in")
    assert Match(game, changes=changes({"multiplier": 2})).changes["multiplier"]["to"] == 2.0

"""What a tournament plays, how it grows, and what may not change in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from arena.cups.cup import Cup, parse_cup
from arena.errors import UsageError
from arena.store import open_store
from arena.tournament import plan, run
from tests.cups import command, ended, rows, small_cup, write_agent, write_broken_game, write_cup


def test_a_tournament_is_played_once_and_then_left_alone(here: Path) -> None:
    cup = small_cup(games=("kuhn_poker", "ultimatum"))
    first = run(cup, "a.db")
    assert (first.done, first.played, first.void, first.finished, first.code) == (first.total, first.total, 0, True, 0)
    assert first.total == sum(row.matches for row in plan(cup)) == len(rows("a.db"))
    size = (here / "a.db").read_bytes()
    second = run(cup, "a.db")
    assert (second.played, second.done, second.finished, second.code) == (0, first.total, True, 0)
    assert (here / "a.db").read_bytes() == size
    assert [row.done for row in plan(cup, open_store("a.db"))] == [row.matches for row in plan(cup)]


@pytest.mark.usefixtures("here")
def test_every_deal_is_played_under_all_rotations_with_the_same_seed() -> None:
    run(small_cup(games=("ultimatum",)), "a.db")
    played = rows("a.db")
    assert [row["order"] for row in played] == list(range(len(played)))
    for deal in (0, 1):
        seatings = [row["agents"] for row in played if row["deal"] == deal]
        names = ("random", "constant", "silent")
        assert sorted(seatings) == sorted((one, other) for one in names for other in names)
        assert len({row["seed"] for row in played if row["deal"] == deal}) == 1
    record = open_store("a.db").record(played[0]["id"])
    assert (record["tournament"], record["variant"], record["deal"]) == ("cup", "base", 0)
    assert record["seats"] == {"player_0": played[0]["agents"][0], "player_1": played[0]["agents"][1]}
    assert set(record["agents"]) == set(played[0]["agents"])
    assert record["seed"] == played[0]["seed"]


@pytest.mark.usefixtures("here")
def test_concurrency_changes_nothing() -> None:
    found: list[list[dict[str, Any]]] = []
    for concurrency in (1, 2, 32):
        cup = small_cup(games=("kuhn_poker", "ultimatum"), deals=3)
        assert run(cup, f"{concurrency}.db", concurrency=concurrency).finished
        found.append(rows(f"{concurrency}.db"))
    assert len(found[0]) == 54
    assert found[0] == found[1] == found[2]


def test_async_agents_meet_scripted_ones(here: Path) -> None:
    write_agent(here, before="import asyncio; await asyncio.sleep(0)", scripted=False)
    cup = small_cup(agents=("counted", "random"), games=("ultimatum",))
    outcome = run(cup, "a.db", concurrency=8)
    assert (outcome.done, outcome.code) == (outcome.total, 0)
    run(cup, "b.db", concurrency=1)
    assert rows("a.db") == rows("b.db")


@pytest.mark.usefixtures("here")
def test_agents_games_deals_and_repetitions_extend_a_tournament() -> None:
    few = small_cup(agents=("random", "silent"), games=("kuhn_poker",), deals=1)
    before = run(few, "a.db").total
    kept = {row["id"]: row["rewards"] for row in rows("a.db")}
    names = ("random", "silent", "constant")
    more = small_cup(agents=names, games=("kuhn_poker", "ultimatum"), deals=2, more="repetitions = 2")
    outcome = run(more, "a.db")
    assert outcome.finished
    assert outcome.played == outcome.total - before
    assert kept.items() <= {row["id"]: row["rewards"] for row in rows("a.db")}.items()
    run(more, "fresh.db")
    assert rows("a.db") == rows("fresh.db")


@pytest.mark.usefixtures("here")
def test_an_extended_tournament_of_large_tables_keeps_what_was_drawn() -> None:
    few = small_cup(agents=("random", "silent", "constant", "honest"), games=("public_goods",), deals=2)
    run(few, "a.db")
    first = {row["id"] for row in rows("a.db")}
    names = ("random", "silent", "constant", "honest", "x=random")
    outcome = run(small_cup(agents=names, games=("public_goods",), deals=2), "a.db")
    found = rows("a.db")
    assert outcome.finished
    assert first < {row["id"] for row in found}
    assert all(any("x" in row["agents"] for row in found if row["deal"] == deal) for deal in (0, 1))


@pytest.mark.usefixtures("here")
def test_fills_are_marked_and_unrated() -> None:
    tail = 'seats = 4\nfill = ["random"]\n'
    run(small_cup(agents=("honest", "silent"), games=("public_goods",), deals=1, tail=tail), "a.db")
    tables = [row for row in rows("a.db") if "fill:random" in row["agents"]]
    assert tables
    assert all(
        [name.startswith("fill:") for name in row["agents"]] == [not rated for rated in row["rated"]] for row in tables
    )


@pytest.mark.parametrize("schedule", ["swiss", "matchmaking"])
def test_later_rounds_hang_on_earlier_ones_and_on_nothing_else(here: Path, schedule: str) -> None:
    write_broken_game(here, 'return {first: 1, second: 0} if answer == "on" else {first: 0, second: 1}')
    cup = small_cup(
        agents=("random", "constant", "silent", "x=random"), games=("broken",), deals=4, more=f'schedule = "{schedule}"'
    )
    assert plan(cup)[0].matches == 16
    assert run(cup, "a.db", concurrency=1).total == 16
    while not run(cup, "b.db", limit=3, concurrency=2).finished:
        pass
    assert rows("a.db") == rows("b.db")
    assert plan(cup, open_store("a.db"))[0].done == 16


@pytest.mark.usefixtures("here")
def test_variants_are_played_on_the_same_deals() -> None:
    tail = '[[variants]]\nname = "mute"\nacts = "off"\nparams = { pie = 50 }\n'
    run(small_cup(agents=("random", "silent"), games=("ultimatum", "kuhn_poker"), deals=1, tail=tail), "a.db")
    found = rows("a.db")
    seeds = {
        variant: sorted(
            (row["seed"], row["agents"]) for row in found if row["variant"] == variant and row["game"] == "ultimatum"
        )
        for variant in ("base", "mute")
    }
    assert seeds["base"] == seeds["mute"]
    assert {row["variant"] for row in found if row["game"] == "kuhn_poker"} == {"base"}
    assert all(json.loads(row["params"])["pie"] == 50 for row in found if row["variant"] == "mute")


@pytest.mark.usefixtures("here")
def test_a_limit_is_kept_and_the_next_run_goes_on() -> None:
    cup = small_cup(deals=3)
    total = run(cup, "a.db", limit=5).total
    assert len(rows("a.db")) == 5
    second = run(cup, "a.db", limit=5)
    assert (second.played, second.done, second.finished, second.code) == (5, 10, False, 0)
    assert run(cup, "a.db").played == total - 10


@pytest.mark.usefixtures("here")
def test_an_agent_that_leaves_keeps_what_it_played() -> None:
    names = ("random", "silent", "constant", "honest", "x=random")
    run(small_cup(agents=names, games=("public_goods", "kuhn_poker"), deals=1), "a.db")
    before = rows("a.db")
    fewer = small_cup(agents=names[:-1], games=("public_goods", "kuhn_poker"), deals=2)
    foreseen = sum(row.matches for row in plan(fewer, open_store("a.db")))
    outcome = run(fewer, "a.db")
    assert outcome.finished
    assert outcome.total == foreseen
    assert [row for row in rows("a.db") if row["deal"] == 0 and "x" in row["agents"]] == [
        row for row in before if "x" in row["agents"]
    ]


@pytest.mark.slow
def test_hash_seeds_change_nothing(here: Path) -> None:
    names = ("random", "honest", "liar", "tit_for_tat", "betrayer")
    (here / "cup.toml").write_text(write_cup(agents=names, games=("ultimatum", "public_goods", "werewolf"), deals=2))
    for seed in ("0", "1", "99"):
        process = command("run", "cup.toml", "--store", f"{seed}.db", cwd=here, env={"PYTHONHASHSEED": seed})
        code, _, err = ended(process)
        assert code == 0, err
    assert rows("0.db") == rows("1.db") == rows("99.db")


# What may not change


def refused(cup: Cup, *said: str) -> None:
    before = rows("a.db")
    for each in (lambda: run(cup, "a.db"), lambda: plan(cup, open_store("a.db"))):
        with pytest.raises(UsageError) as raised:
            each()
        for words in said:
            assert words in str(raised.value)
        assert raised.value.code == 2
    assert rows("a.db") == before


def test_a_changed_agent_is_refused_under_its_old_name_and_both_are_shown(here: Path) -> None:
    write_agent(here)
    text = write_cup(agents=("counted", "silent"), games=("kuhn_poker",))
    run(parse_cup(text), "a.db")
    then = parse_cup(text).agents[0].fingerprint
    toned = text.replace('kind = "counted"', 'kind = "counted"\ntone = "sharp"')
    now = parse_cup(toned).agents[0].fingerprint
    refused(parse_cup(toned), "agent 'counted' has changed", then, now, "tone='sharp'", "cup.toml:", "another name")
    write_agent(here, before="turn.rng.random()")
    refused(parse_cup(text), "agent 'counted' has changed", then, parse_cup(text).agents[0].fingerprint)
    assert run(parse_cup(toned.replace('name = "counted"', 'name = "other"')), "a.db").finished


def test_a_changed_game_is_refused_and_both_are_shown(here: Path) -> None:
    write_broken_game(here, "return {first: 1, second: 0}")
    before = small_cup(games=("broken",))
    run(before, "a.db")
    write_broken_game(here, "return {first: 0, second: 1}")
    after = small_cup(games=("broken",))
    shas = before.games[0].game.sha256[:12], after.games[0].game.sha256[:12]
    refused(after, "game 'broken' has changed", *shas, "games/broken.py")
    assert run(small_cup(games=("broken",), name="other"), "a.db").finished


@pytest.mark.usefixtures("here")
def test_another_seed_schedule_or_variant_is_refused() -> None:
    text = write_cup(games=("ultimatum",), tail='[[variants]]\nname = "mute"\nacts = "off"\n')
    run(parse_cup(text), "a.db")
    refused(parse_cup(text.replace("seed = 7", "seed = 8")), "was begun with another seed", "another name")
    refused(parse_cup('schedule = "swiss"\n' + text), "begun with schedule 'round_robin', not 'swiss'")
    refused(parse_cup(text.replace('"off"', '"asked"')), "variant 'mute' has changed", '"acts":"off"', '"acts":"asked"')

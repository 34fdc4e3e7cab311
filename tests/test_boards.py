"""Boards: what is rated and how, who is ranked where, and how sure that is."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from arena.board import Result
from arena.errors import UsageError
from arena.library import names
from tests.logs import board, by_agent, made_up

FIELDS = [
    "agent",
    "mu",
    "sigma",
    "rating",
    "low",
    "high",
    "rank",
    "rank_low",
    "rank_high",
    "score",
    "reward",
    "matches",
    "wins",
    "draws",
    "losses",
    "forfeits",
    "conduct",
    "conduct_cells",
    "conduct_low",
    "conduct_high",
    "conduct_n",
    "declined",
    "act_errors",
    "cost_usd",
]


BOARDS = names("leaderboards")


def options_of(name: str) -> dict[str, Any]:
    """What a board needs besides the log."""
    return {"game": "duel"} if name == "game" else {}


def duels(
    number: int, names: Sequence[str] = "abcd", game: str = "duel", seed: int = 0, start: int = 0
) -> list[Result]:
    """Those who come first in the alphabet win more often."""
    rng = Random(f"{game} {seed}")
    results: list[Result] = []
    for i in range(number):
        one, other = rng.sample(names, 2)
        first = rng.gauss(-names.index(one), 2) > rng.gauss(-names.index(other), 2)
        results.append(made_up(start + i, (one, other), (1, 2) if first else (2, 1), game=game))
    return results


# What every board promises.


def test_rows_have_the_fields_that_scripts_rely_on() -> None:
    data = board("overall", duels(40)).as_json()
    assert data["board"] == "overall"
    assert data["pool"]
    for row in data["rows"]:
        assert set(FIELDS) <= row.keys()
        assert row["rating"] == pytest.approx(row["mu"] - 3 * row["sigma"])
        assert row["wins"] + row["draws"] + row["losses"] == row["matches"]


@pytest.mark.parametrize(
    ("results", "says"),
    [
        ([], "no matches"),
        ([made_up(0, ("a", "a"), (1, 1))], "nothing is rated"),
        ([made_up(0, ("a", "b"), outcome="void", rewards=())], "void"),
        ([made_up(0, ("a", "b"), (1, 2), outcome="unjudged", scoring="panel")], "unjudged"),
        ([made_up(i, ("a", "b"), (1, 1)) for i in range(8)], "draw"),
        ([made_up(0, ("a", "b"), rewards=(1, 1), scoring="reward")], "nothing is rated"),
    ],
    ids=["empty", "itself", "void", "unjudged", "draws", "alone"],
)
def test_thin_logs_are_boards_with_a_sentence(results: list[Result], says: str) -> None:
    overall = board("overall", results)
    assert says in " ".join(overall.notes)
    for name in BOARDS:
        if results or name != "game":
            shown = board(name, results, **options_of(name))
            json.dumps(shown.as_json(), allow_nan=False)
            assert shown.notes
            assert all(len(line) == len(shown.columns) for line in shown.table()[1])


@pytest.mark.parametrize("name", [name for name in BOARDS if name not in {"dimensions", "judges"}])
def test_every_board_has_a_row_an_agent_and_a_cell_a_column(name: str) -> None:
    played = [*duels(60), *werewolf(20, 0.5)]
    again = [replace(result, id=f"{result.id} again", order=100 + result.order, variant="stormy") for result in played]
    results = [*played, *again] if name == "robustness" else played
    shown = board(name, results, tournament="cup", **options_of(name))
    assert shown.board
    assert shown.pool
    assert {row["agent"] for row in shown.rows} >= set("abcd")
    assert all(len(line) == len(shown.columns) for line in shown.table()[1])
    assert len(shown.flat()) == len(shown.rows)


def test_the_same_log_gives_the_same_bytes_in_any_process() -> None:
    script = (
        "import json; from tests.logs import board; from tests.test_boards import BOARDS, duels, options_of;"
        "r = [x for g in ('s', 't', 'u', 'v', 'duel') for x in duels(30, game=g)];"
        "print(json.dumps([board(n, r, **options_of(n)).as_json() for n in BOARDS]))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "99")
    }
    assert len(outputs) == 1


def test_agents_are_marked() -> None:
    rows = by_agent(board("overall", duels(10), {"a": {"scripted": True}, "b": {"privileged": True}}))
    assert rows["a"]["marks"] == ["scripted"]
    assert rows["b"]["marks"] == ["privileged"]
    assert rows["c"]["marks"] == []


def test_cost_is_unknown_where_any_part_of_it_is() -> None:
    results = duels(2, "ab")
    paid = replace(results[0], usage={"a": {"calls": 2, "cost_usd": 0.25}, "b": {"calls": 1, "cost_usd": 0.5}})
    more = replace(results[1], usage={"a": {"calls": 2, "cost_usd": 0.5}, "b": {"calls": 1, "cost_usd": None}})
    rows = by_agent(board("overall", [paid, more]))
    assert rows["a"]["cost_usd"] == 0.75
    assert rows["b"]["cost_usd"] is None
    free = by_agent(board("overall", results, {"a": {"scripted": True}}))
    assert free["a"]["cost_usd"] == 0
    assert free["b"]["cost_usd"] is None


# Who is rated against whom.


def test_one_win_through_the_board() -> None:
    rows = by_agent(board("game", [made_up(0, ("loser", "winner"), (2, 1))], game="duel"))
    assert (rows["winner"]["mu"], rows["winner"]["sigma"]) == pytest.approx((29.396, 7.171), abs=1e-3)
    assert (rows["loser"]["mu"], rows["loser"]["sigma"]) == pytest.approx((20.604, 7.171), abs=1e-3)


def pay(one: str, other: str, turns: int = 10) -> tuple[float, float]:
    """The repeated prisoner's dilemma between those who reciprocate (r…) and those who always defect."""
    payoffs = {"cc": (3, 3), "cd": (0, 5), "dc": (5, 0), "dd": (1, 1)}
    moves, totals = "", [0.0, 0.0]
    for _ in range(turns):
        a = "c" if one[0] == "r" and (not moves or moves[1] == "c") else "d"
        b = "c" if other[0] == "r" and (not moves or moves[0] == "c") else "d"
        moves = a + b
        totals[0] += payoffs[moves][0]
        totals[1] += payoffs[moves][1]
    return totals[0], totals[1]


def test_duplicate_scoring_rates_reciprocators_first_and_ranks_at_the_table_would_not() -> None:
    names = ["r1", "r2", "d1", "d2", "d3"]
    results: list[Result] = []
    for deal in range(3):
        for one in names:
            for other in names:
                rewards = pay(one, other)
                ranks = [1 + sum(better > own for better in rewards) for own in rewards]
                results.append(made_up(len(results), (one, other), ranks, rewards, scoring="reward", deal=deal))
    duplicate = board("game", results, game="duel")
    assert {row["agent"] for row in duplicate.rows[:2]} == {"r1", "r2"}
    rows = by_agent(duplicate)
    assert rows["r1"]["score"] == pytest.approx(0.875)
    assert rows["d1"]["score"] == pytest.approx(0.25)
    table = board("game", [replace(result, scoring="rank") for result in results], game="duel")
    assert {row["agent"] for row in table.rows[:3]} == {"d1", "d2", "d3"}


def test_self_play_counts_towards_rewards_and_not_towards_ranks() -> None:
    meet = [made_up(i, pair, (1, 2), (3, 3), scoring="reward", deal=0) for i, pair in enumerate(["ab", "ba"])]
    alone = [made_up(2, "aa", (1, 1), (9, 9), scoring="reward", deal=0)]
    assert by_agent(board("overall", meet))["a"]["score"] == 0.5
    assert by_agent(board("overall", [*meet, *alone]))["a"]["score"] == 1
    ranked = [replace(result, scoring="rank") for result in (*meet, *alone)]
    assert by_agent(board("overall", ranked))["a"]["score"] == by_agent(board("overall", ranked[:2]))["a"]["score"]


def test_an_unfinished_schedule_is_said_to_be_uneven() -> None:
    results = [made_up(i, pair, rewards=(3, 3), scoring="reward", deal=0) for i, pair in enumerate(["ab", "ba", "aa"])]
    assert any("2 of 2" in note for note in board("overall", results).notes)
    assert not any("equally often" in note for note in board("overall", results[:2]).notes)


def werewolf(number: int, wolves_win: float, agents: int = 7) -> list[Result]:
    rng = Random(5)
    names = [f"a{i}" for i in range(agents)]
    results: list[Result] = []
    for i in range(number):
        won = rng.random() < wolves_win
        ranks = [1 if won else 6] * 2 + [3 if won else 1] * 5
        roles, teams = ["wolf"] * 2 + ["villager"] * 5, ["wolves"] * 2 + ["village"] * 5
        results.append(made_up(i, rng.sample(names, 7), ranks, game="werewolf", roles=roles, teams=teams))
    return results


@pytest.mark.parametrize("wolves_win", [0.2, 0.5, 0.8])
def test_equal_agents_on_unequal_sides_do_not_drift(wolves_win: float) -> None:
    rows = board("game", werewolf(500, wolves_win), game="werewolf").rows
    assert abs(sum(row["mu"] for row in rows) / 7 - 25) < 2
    assert all(abs(row["mu"] - 25) < 5 for row in rows)


def test_numbered_teams_of_unequal_sizes_do_not_drift_either() -> None:
    results = [replace(result, teams=("0",) * 2 + ("1",) * 5) for result in werewolf(500, 0.8)]
    assert abs(sum(row["mu"] for row in board("game", results, game="werewolf").rows) / 7 - 25) < 2


def test_an_agent_in_several_seats_of_a_team_counts_once() -> None:
    teams = ["red", "red", "blue", "blue"]
    twice = by_agent(board("overall", [made_up(0, "aabc", (1, 1, 3, 3), teams=teams)]))
    once = by_agent(board("overall", [made_up(0, "abc", (1, 2, 2), teams=["red", "blue", "blue"])]))
    assert twice["a"]["mu"] == once["a"]["mu"]
    assert twice["a"]["matches"] == twice["a"]["wins"] == 1


def test_whoever_fills_a_seat_is_left_out_and_holds_its_place() -> None:
    rated = [True, False, True]
    rows = by_agent(board("overall", [made_up(0, ("a", "fill", "b"), (1, 2, 3), rated=rated)]))
    assert set(rows) == {"a", "b"}
    assert rows["a"]["mu"] == pytest.approx(29.396, abs=1e-3)


def test_a_forfeiter_is_last_whatever_its_rank() -> None:
    rows = by_agent(board("overall", [made_up(0, "abc", (1, 2, 3), outcome="forfeit", forfeits=[0])]))
    assert rows["a"]["mu"] < rows["c"]["mu"] < rows["b"]["mu"]
    assert rows["a"]["forfeits"] == rows["a"]["losses"] == 1


def test_in_a_team_only_the_forfeiter_is_updated() -> None:
    teams = ["red", "red", "blue", "blue"]
    match = made_up(0, "abcd", (1, 1, 3, 3), teams=teams, outcome="forfeit", forfeits=[0])
    rows = by_agent(board("overall", [match]))
    assert rows["a"]["mu"] < 24
    assert [rows[name]["mu"] for name in "bcd"] == [25, 25, 25]
    assert rows["b"]["matches"] == 1


def test_void_and_unjudged_matches_are_counted_and_move_nobody() -> None:
    played = duels(20)
    extra = [
        made_up(20, "ab", outcome="void", rewards=()),
        made_up(21, "ab", (1, 2), outcome="unjudged", scoring="panel"),
    ]
    with_extra, without = board("overall", [*played, *extra]), board("overall", played)
    assert [row["mu"] for row in with_extra.rows] == [row["mu"] for row in without.rows]
    assert sum("1 of 22" in note for note in with_extra.notes) == 2


def test_ratings_per_role() -> None:
    results = [
        made_up(i, ("sly", "plain"), (1, 2), roles=("buyer", "seller"))
        if i % 2
        else made_up(i, ("plain", "sly"), (1, 1), roles=("buyer", "seller"))
        for i in range(40)
    ]
    row = by_agent(board("game", results, game="duel"))["sly"]
    assert row["roles"].keys() == {"buyer", "seller"}
    buyers = board("game", results, game="duel", role="buyer")
    assert [row["agent"] for row in buyers.rows] == ["sly", "plain"]
    assert buyers.rows[0]["matches"] == 20
    assert buyers.rows[0]["mu"] == pytest.approx(row["roles"]["buyer"]["mu"], abs=1e-9)
    with pytest.raises(UsageError, match="buyer"):
        board("game", results, game="duel", role="buyr")


def test_the_package_makes_the_same_board() -> None:
    results = [*werewolf(20, 0.5), *duels(20, [f"a{i}" for i in range(5)], start=20)]
    results += [made_up(50 + i, ("a0", "a3", "a1", "a2"), (1, 2, 2, 4), game="race") for i in range(10)]
    ours, theirs = board("overall", results), board("overall", results, engine="trueskill")
    assert [row["agent"] for row in ours.rows] == [row["agent"] for row in theirs.rows]
    assert [row["mu"] for row in ours.rows] == pytest.approx([row["mu"] for row in theirs.rows], abs=1e-4)


# How sure it is.


def test_a_game_has_intervals_over_its_deals() -> None:
    rows = board("game", duels(200), game="duel").rows
    assert [row["agent"] for row in rows] == list("abcd")
    for row in rows:
        assert row["low"] < row["rating"] < row["high"]
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]
    few = by_agent(board("game", duels(200)[:30], game="duel"))
    assert few["a"]["high"] - few["a"]["low"] > rows[0]["high"] - rows[0]["low"]


def test_repeating_deals_does_not_make_anything_surer() -> None:
    once = duels(40)
    again = [replace(result, id=f"{result.id} {n}", order=40 * n + result.order) for n in range(5) for result in once]
    widths = [by_agent(board("game", log, game="duel"))["a"] for log in (once, again, duels(200))]
    narrow = widths[2]["high"] - widths[2]["low"]
    assert widths[1]["high"] - widths[1]["low"] > 1.3 * narrow


@pytest.mark.parametrize("games", [4, 5])
def test_overall_has_intervals_from_five_games_on(games: int) -> None:
    results = [result for game in "stuvw"[:games] for result in duels(20, game=game)]
    standings = board("overall", results)
    given = [row["low"] is not None for row in standings.rows]
    assert all(given) if games == 5 else not any(given)
    assert any("games" in note for note in standings.notes)


def test_one_deal_has_no_interval() -> None:
    results = [replace(result, deal=0, seed=0) for result in duels(40)]
    assert all(row["low"] is None for row in board("game", results, game="duel").rows)


# Pools.


def test_pools_are_not_mixed_and_the_error_says_how_to_choose() -> None:
    spring = [replace(result, tournament="spring") for result in duels(10)]
    autumn = [replace(result, tournament="autumn", params='{"size":3}') for result in duels(10, "ab")]
    with pytest.raises(UsageError, match=r"2 pools.*--pool.*spring.*autumn") as caught:
        board("overall", [*spring, *autumn])
    assert caught.value.code == 2
    alone = board("overall", spring)
    assert board("overall", [*spring, *autumn], pool=alone.pool[:6]).as_json() == alone.as_json()
    assert len(board("overall", [*spring, *autumn], tournament="autumn").rows) == 2
    with pytest.raises(UsageError, match="no pool"):
        board("overall", spring, pool="nonesuch")


def test_tournaments_of_one_pool_share_a_board() -> None:
    spring, autumn = ([replace(result, tournament=name) for result in duels(10)] for name in ("spring", "autumn"))
    assert sum(row["matches"] for row in board("overall", [*spring, *autumn]).rows) == 40


def test_variants_make_another_pool() -> None:
    plain = duels(10)
    silent = [replace(result, variant="no-acts") for result in duels(10)]
    both = board("overall", [*plain, *silent])
    assert both.pool != board("overall", plain).pool
    assert board("overall", [*plain, *silent], variant="no-acts").rows[0]["matches"] < both.rows[0]["matches"]
    assert any("--variant picks one" in note for note in both.notes)
    assert not any("--variant" in note for note in board("overall", [*plain, *silent], variant="no-acts").notes)


# The matrix.


def test_the_matrix_shares_wins_and_halves_ties() -> None:
    results = [made_up(i, "ab", ranks) for i, ranks in enumerate([(1, 2), (1, 2), (1, 1), (2, 1)])]
    rows = by_agent(board("matrix", results))
    assert rows["a"]["against"]["b"] == {"share": 0.625, "met": 4, "wins": 2, "draws": 1, "losses": 1}
    assert rows["b"]["against"]["a"]["share"] == 0.375


def test_teammates_do_not_meet() -> None:
    rows = by_agent(board("matrix", [made_up(0, "abc", (1, 1, 3), teams=["red", "red", "blue"])]))
    assert rows["a"]["against"].keys() == {"c"}


@pytest.mark.slow
def test_a_hundred_thousand_duels_take_under_ten_seconds() -> None:
    # Of the processor: the clock also counts what else the machine is doing.
    results = duels(100_000, "abcdefghij")
    start = time.process_time()
    standings = board("game", results, game="duel")
    assert time.process_time() - start < 10
    assert any("10 seeded orders" in note for note in standings.notes)

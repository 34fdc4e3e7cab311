from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from arena.board import Result
from arena.cups.cup import Cup, GameEntry, Variant
from arena.cups.entrants import Entrant, entrant
from arena.cups.entry import numbers_after
from arena.cups.pairing import next_tables, rate, standing
from arena.cups.schedule import DRAWN, Fixture, Table, adaptive, all_tables, draw_tables, fixtures, self_tables
from arena.identity import chance_seed, fingerprint, match_id
from arena.library import Game, agent_file

SOURCE = "async def play(table, size: int = 10, aligned: bool = False):\n    return {}\n"


def game(scoring: str = "rank", least: int = 2, most: int = 10) -> Game:
    return Game("small", SOURCE, f"{scoring}{least}", "Rules.", least, most, scoring=scoring)


def agents(count: int) -> tuple[Entrant, ...]:
    return tuple(Entrant(f"a{number}", "random", fingerprint=f"f{number}") for number in range(count))


def cup(count: int = 3, entry: GameEntry | None = None, deals: int = 1, schedule: str = "round_robin") -> Cup:
    return Cup("cup", 7, agents(count), (entry or GameEntry(game(), {}, 2),), deals=deals, schedule=schedule)


def of_deal(cup: Cup, deal: int = 0) -> list[Fixture]:
    numbers = numbers_after(cup, None)
    entry = cup.games[0]
    tables = [*all_tables(cup, entry, numbers), *self_tables(cup, entry, numbers)]
    return list(fixtures(cup, numbers, 0, deal, tables))


def result(agents: tuple[str, ...], ranks: tuple[int, ...], teams: tuple[str | None, ...] | None = None) -> Result:
    count = len(agents)
    none = (None,) * count
    seats = ((True,) * count, none, teams or none, tuple(-float(rank) for rank in ranks), ranks, (False,) * count)
    return Result("id", 0, "cup", "base", "small", "s", "{}", "rank", 0, 0, 1, agents, *seats, "finished")


def test_each_pair_plays_both_ways_round_on_the_same_chance() -> None:
    played = of_deal(cup(4))
    assert sorted(each.seats for each in played) == sorted(
        (one, other) for one in ["a0", "a1", "a2", "a3"] for other in ["a0", "a1", "a2", "a3"] if one != other
    )
    assert len({each.seed for each in played}) == 1
    assert len({each.id for each in played}) == len(played)
    assert {each.seed for each in of_deal(cup(4), 1)}.isdisjoint({each.seed for each in played})


def test_self_play_is_for_reward_games_and_once_a_deal() -> None:
    reward = cup(3, GameEntry(game("reward"), {}, 2))
    same = [each.seats for each in of_deal(reward) if len(set(each.seats)) == 1]
    assert same == [("a0", "a0"), ("a1", "a1"), ("a2", "a2")]
    assert all(len(set(each.seats)) == 2 for each in of_deal(cup(3)))


def test_variants_share_chance_and_seating_and_differ_in_id() -> None:
    base = cup(2)
    changed = Cup("cup", 7, base.agents, base.games, (Variant(), Variant("kind", params={"aligned": True})))
    played = of_deal(changed)
    assert Counter(each.variant for each in played) == {0: 2, 1: 2}
    assert len({each.seed for each in played}) == 1
    assert len({each.id for each in played}) == 4
    assert [each.id for each in of_deal(base)] == [each.id for each in played if each.variant == 0]


def test_a_variant_is_not_played_where_the_game_lacks_its_parameters() -> None:
    base = cup(2)
    other = Cup("cup", 7, base.agents, base.games, (Variant(), Variant("sweet", params={"sugar": 1})))
    assert {each.variant for each in of_deal(other)} == {0}


def test_identity_hangs_on_what_the_design_says_and_on_nothing_else() -> None:
    seed = chance_seed(7, "sha", {"pie": 100}, 3)
    assert 0 <= seed < 2**63
    assert (
        len({seed, *(chance_seed(*other) for other in ((8, "sha", {"pie": 100}, 3), (7, "x", {"pie": 100}, 3)))}) == 3
    )
    assert len({seed, chance_seed(7, "sha", {"pie": 9}, 3), chance_seed(7, "sha", {"pie": 100}, 4)}) == 3
    assert fingerprint("llm", "s", {"model": "m", "base_url": "a", "api_key_env": "K"}) == fingerprint(
        "llm", "s", {"model": "m", "base_url": "b"}
    )
    changed = [
        fingerprint(*each)
        for each in (("llm", "s", {"model": "m"}), ("llm", "t", {"model": "m"}), ("llm", "s", {"model": "n"}))
    ]
    assert len(set(changed)) == 3
    one = match_id(seed, "cup", "base", 0, [("a", "f"), ("b", "g")])
    assert one == match_id(seed, "cup", "base", 0, [("a", "f"), ("b", "g")])
    assert one != match_id(seed, "cup", "base", 0, [("b", "g"), ("a", "f")])
    assert one != match_id(seed, "cup", "base", 0, [("a", "f"), ("b", "h")])


@pytest.mark.parametrize(("count", "seats", "deals"), [(5, 3, 20), (8, 7, 10), (7, 3, 21), (4, 4, 3), (11, 4, 12)])
def test_subsets_are_balanced(count: int, seats: int, deals: int) -> None:
    entry = GameEntry(game(), {}, seats)
    drawn = draw_tables(cup(count, entry, deals), entry, {})
    tables = [table for _, _, tables in drawn for table in tables]
    sat = Counter(name for table in tables for name in table)
    assert [deal for deal, _, _ in drawn] == list(range(deals))
    for _, _, here in drawn:
        assert {name for table in here for name in table} == {agent.name for agent in agents(count)}
        assert len(here) == -(-count // seats)
    assert all(len(set(table)) == seats for table in tables)
    assert max(sat.values()) - min(sat.values()) <= 1
    met = Counter(frozenset(pair) for table in tables for pair in combinations(table, 2))
    mean = sum(met.values()) / (count * (count - 1) / 2)
    assert min(met[frozenset((one.name, two.name))] for one, two in combinations(agents(count), 2)) >= mean * 0.6
    assert max(met.values()) <= mean * 1.4 + 1


def test_a_table_is_played_under_all_rotations_and_fills_are_marked() -> None:
    fill = (Entrant("fill:random", "random", rated=False),)
    entry = GameEntry(game(least=4), {}, 4, fill)
    few = cup(2, entry)
    ((_, _, [table]),) = draw_tables(few, entry, {})
    assert sorted(table) == ["a0", "a1", "fill:random", "fill:random"]
    played = list(fixtures(few, numbers_after(few, None), 0, 0, [Table(DRAWN, 0, table)]))
    assert {tuple(each.seats[turn:] + each.seats[:turn]) for each in played[:1] for turn in range(4)} == {
        each.seats for each in played
    }


def test_what_is_added_comes_after_and_moves_nothing() -> None:
    entry = GameEntry(game(), {}, 3)
    before = cup(4, entry, 2)
    stored = {deal: [tables] for deal, _, tables in draw_tables(before, entry, {})}
    after = cup(6, entry, 3)
    further = draw_tables(after, entry, stored)
    assert [(deal, part) for deal, part, _ in further] == [(0, 1), (1, 1), (2, 0)]
    assert all({"a4", "a5"} <= {name for table in tables for name in table} for _, _, tables in further)
    small, large = of_deal(cup(3)), of_deal(cup(5))
    assert {(each.id, each.place) for each in small} < {(each.id, each.place) for each in large}


def test_places_sort_by_deal_then_game_and_never_repeat() -> None:
    reward = cup(4, GameEntry(game("reward"), {}, 2))
    played = [*of_deal(reward, 0), *of_deal(reward, 1)]
    assert all(one.place < other.place for one, other in pairwise(played))


def test_swiss_pairs_equals_and_repeats_no_pair_while_it_need_not() -> None:
    entry = GameEntry(game(), {}, 2)
    swiss = cup(8, entry, 7, "swiss")
    assert adaptive(swiss, entry)
    before: list[tuple[str, ...]] = []
    results: list[Result] = []
    for deal in range(7):
        tables = next_tables(swiss, entry, deal, results, before)
        assert sorted(name for table in tables for name in table) == [agent.name for agent in swiss.agents]
        before += tables
        # The lower number always wins.
        results += [result((one, other), (1, 2) if one < other else (2, 1)) for one, other in tables]
        if deal == 2:
            points = standing(results, [agent.name for agent in swiss.agents])
            assert max(points, key=lambda name: points[name]) == "a0"
    assert len({frozenset(table) for table in before}) == 28


def test_who_is_left_over_sits_out_in_turn_or_with_fills() -> None:
    entry = GameEntry(game(), {}, 2)
    swiss = cup(5, entry, 5, "swiss")
    before: list[tuple[str, ...]] = []
    for deal in range(5):
        before += next_tables(swiss, entry, deal, [], before)
    assert set(Counter(name for table in before for name in table).values()) == {4}
    filled = GameEntry(game(), {}, 2, (Entrant("fill:random", "random", rated=False),))
    tables = next_tables(cup(5, filled, 5, "swiss"), filled, 0, [], [])
    assert sorted(name for table in tables for name in table) == ["a0", "a1", "a2", "a3", "a4", "fill:random"]


def test_matchmaking_seats_the_least_certain_with_the_closest() -> None:
    entry = GameEntry(game(), {}, 2)
    making = cup(4, entry, 5, "matchmaking")
    strong = [result(("a0", "a1"), (1, 1)), result(("a2", "a1"), (2, 1)), result(("a2", "a0"), (2, 1))] * 5
    ratings = rate(strong, ["a0", "a1", "a2", "a3"])
    assert ratings["a3"] == (25.0, 25 / 3)
    assert ratings["a0"][0] > 25 > ratings["a2"][0]
    tables = {frozenset(table) for table in next_tables(making, entry, 1, strong, [("a0", "a1")])}
    closest = min(("a0", "a1", "a2"), key=lambda name: abs(ratings[name][0] - 25))
    assert frozenset(("a3", closest)) in tables


def test_ratings_count_teams_as_one_side_and_skip_void_and_own_matches() -> None:
    team = result(("a0", "a1", "a2"), (2, 2, 1), ("wolves", "wolves", None))
    ratings = rate([team], ["a0", "a1", "a2"])
    assert ratings["a0"] == ratings["a1"]
    assert ratings["a2"][0] > 25 > ratings["a0"][0]
    assert rate([result(("a0", "a0"), (1, 2)), result(("a0", "a1"), ())], ["a0", "a1"])["a0"] == (25.0, 25 / 3)


def test_reward_games_are_played_in_full_under_any_schedule() -> None:
    entry = GameEntry(game("reward"), {}, 2)
    assert not adaptive(cup(4, entry, 1, "swiss"), entry)


def test_a_character_built_on_shared_sources_is_another_once_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {kind: entrant(kind, kind, {}).fingerprint for kind in ("honest", "random")}
    monkeypatch.setattr("arena.cups.entrants.scripted_fingerprint", lambda: "changed")
    after = {kind: entrant(kind, kind, {}).fingerprint for kind in ("honest", "random")}
    assert before["honest"] != after["honest"]
    assert (before["random"] == after["random"]) is ("arena.scripted" not in source_of("random"))


def source_of(kind: str) -> str:
    return Path(agent_file(kind).path).read_text(encoding="utf-8")

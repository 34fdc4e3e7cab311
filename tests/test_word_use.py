"""The words of a game: what they say when they are used wrongly, and what they count."""

import re
from pathlib import Path

import pytest

from arena.errors import GameError
from arena.evidence.predicate import follows, possible, telling
from arena.game import Allocation
from arena.scripted.worth import even
from tests.support import finished, write_game


@pytest.mark.parametrize("engine", ["native", "sandbox"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("await table.ask_all(['player_0', 'player_0'], 'x', Number(0, 1))", "asked at once is asked once"),
        ("await table.announce('x', 'player_0', 'player_0', spec=Number(0, 1))", "asked at once is asked once"),
        ("await table.talk_all([['player_0', 'player_1'], ['player_0']])", "asked at once is asked once"),
        ("await table.talk_all(['player_0', 'player_1'])", "a list of seats is needed, got 'player_0'"),
        ("await table.talk('player_0', to='player_1')", "a list of seats is needed, got 'player_1'"),
        ("table.deal('player_0', 'x', Number(0, 1), confidential='player_1')", "a list of seats is needed"),
        ("table.deal('player_0', 'x', Number(0, 1), confidential=['bob'])", "no seat 'bob'"),
        ("await table.talk(over={'player_0': ['bob']})", "no seat 'bob'"),
        ("await table.talk(over={'bob': ['player_0']})", "no seat 'bob'"),
        ("await table.talk(rounds=-1)", "rounds is a whole number from 0, got -1"),
        ("await table.talk_all([table.agents], rounds=1.5)", "rounds is a whole number from 0, got 1.5"),
        ("await table.talk(about=['x'])", "about takes specs by their keys"),
        ("table.tell('x', fact=['x'])", "fact takes what is known by its path"),
        ("table.deal('player_0', 3, Number(0, 1))", "a key is a word without a dot that is no seat, got 3"),
        ("table.deal('player_0', 'a.b', Number(0, 1))", "a key is a word without a dot that is no seat"),
        ("await table.talk(about={'player_1': Number(0, 1)})", "a key is a word without a dot that is no seat"),
        ("await table.announce('', spec=Number(0, 1))", "a key is a word without a dot that is no seat"),
        ("await table.announce('x', spec=Choice('go', 'Decline'))", "'decline' says nothing about 'x'"),
        ("Allocation(['hats'])", "Allocation takes names with whole numbers, such as"),
    ],
)
def test_a_word_that_is_used_wrongly_says_how_it_is_used(tmp_path: Path, body: str, said: str, engine: str) -> None:
    game = write_game(tmp_path, body + "\nawait table.ask('player_0', 'y', Number(0, 1))")
    with pytest.raises(GameError) as caught:
        finished(game, engine=engine)
    assert said in str(caught.value)
    assert re.search(r"small\.py:8( or above)?: ", str(caught.value))


@pytest.mark.parametrize("total", [0, 3, 7, 12])
def test_an_allocation_with_a_total_counts_its_values_without_listing_them(total: int) -> None:
    for parts in ({"a": 12}, {"a": 3, "b": 4, "c": 5}, {"a": 0, "b": 7, "c": 2, "d": 9}):
        spec = Allocation(parts, total)
        assert spec.size() == len(spec.values())
    assert Allocation({f"part{n}": 10**6 + n for n in range(40)}, total=10**7).size() > 10**9


def test_huge_answers_are_counted_and_weighed_without_going_through_them() -> None:
    parts = {f"part{number}": 10**6 for number in range(12)}
    for total in (None, 1, 10**6, 12 * 10**6 - 1):
        spec = Allocation(parts, total)
        chosen = even(spec)
        assert max(chosen.values()) - min(chosen.values()) <= 1
        assert sum(chosen.values()) == (sum(parts.values()) // 2 if total is None else total)
    for total in (None, 10**6):
        data = Allocation(parts, total).data()
        assert possible(data, "part3", [["<=", 5]])
        assert telling(data, "part3", [["=", 3]])
        assert follows(data, "part3", [[">=", 4]], [("part3", [[">=", 5]])]) == "true"
    assert len(Allocation(parts, 1).values()) == 12
    assert not telling(Allocation({"a": 10**9}).data(), "a", [["<=", 10**9 - 1]])

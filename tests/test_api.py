"""What `import arena` offers, and that it stays cheap and what it says it is."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

import arena
from arena.cups.cup import flag_cup
from arena.errors import UsageError
from arena.turn import Turn
from tests.support import Does, legal


def test_what_is_offered_is_sorted_and_can_be_called() -> None:
    assert arena.__all__ == sorted(arena.__all__)
    for name in arena.__all__:
        assert callable(getattr(arena, name))
        assert name in dir(arena)
    with pytest.raises(AttributeError, match="no attribute 'bord'"):
        arena.bord  # noqa: B018  # it is the point


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys, arena; print(*(name for name in sys.modules if name.startswith('arena.')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_a_module_of_the_same_name_does_not_replace_a_function() -> None:
    code = "import arena, arena.env, arena.board; from arena.board import Standings; arena.env; print(arena.board)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("<function board")


def test_agents_may_be_names_or_objects_and_plain_or_async() -> None:
    class Slow:
        async def act(self, turn: Turn) -> Any:
            await asyncio.sleep(0)
            return legal(turn)

    record = arena.play("ultimatum", [Slow(), Does(legal)], seed=4)
    assert record["seats"] == {"player_0": "Slow", "player_1": "Does"}
    assert record["outcome"] == "finished"
    assert set(record["rewards"]) == {"player_0", "player_1"}


def test_a_record_says_what_the_models_at_the_table_used() -> None:
    class Paid(Does):
        usage: ClassVar = {"calls": 3, "prompt_tokens": 20, "completion_tokens": 5, "cost_usd": None}

    record = arena.play("ultimatum", [Paid(legal), "honest"])
    assert record["usage"] == {"Paid": Paid.usage}


def test_an_agent_twice_at_a_table_has_two_names() -> None:
    record = arena.play("ultimatum", ["honest", "honest"])
    assert list(record["seats"].values()) == ["honest", "honest-2"]


def test_it_plays_where_an_event_loop_is_running() -> None:
    async def notebook() -> dict[str, Any]:
        return arena.play("ultimatum", ["honest", "liar"])

    assert asyncio.run(notebook()) == arena.play("ultimatum", ["honest", "liar"])


def test_it_runs_a_tournament_where_an_event_loop_is_running(tmp_path: Path) -> None:
    async def notebook() -> bool:
        return arena.run(flag_cup(["random", "silent"], ["kuhn_poker"], deals=1), str(tmp_path / "a.db")).finished

    assert asyncio.run(notebook())


def test_a_match_depends_on_game_parameters_seed_and_seating_alone() -> None:
    first = arena.play("ultimatum", ["honest", "liar"], seed=1)
    assert arena.play("ultimatum", ["honest", "liar"], seed=1) == first
    others = [
        arena.play("ultimatum", ["honest", "liar"], seed=2),
        arena.play("ultimatum", ["liar", "honest"], seed=1),
        arena.play("ultimatum", ["honest", "liar"], seed=1, params={"pie": 10}),
        arena.play("matrix_game", ["honest", "liar"], seed=1),
    ]
    assert len({record["id"] for record in [first, *others]}) == 5


def test_a_match_is_kept_where_a_store_is_given(tmp_path: Path) -> None:
    with arena.open(str(tmp_path / "kept.db")) as store:
        first = arena.play("ultimatum", [Does(legal), "honest"], store=store)
        again = arena.play("ultimatum", [Does(legal), "honest"], store=store)
        assert [row["id"] for row in arena.matches(store)] == [first["id"], again["id"]]
        assert (first["repetition"], again["repetition"]) == (0, 1)
        assert store.record(first["id"]) == first
        assert len(list(arena.table("matches", store))) == 4
        assert {row["agent"] for row in arena.board(store=store).rows} == {"Does", "honest"}
        with pytest.raises(UsageError, match="no table 'act'; did you mean 'acts'"):
            arena.table("act", store)
        with pytest.raises(UsageError, match="no option 'gam'; did you mean"):
            arena.board("conduct", store, gam="ultimatum")

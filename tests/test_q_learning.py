"""The example learns what theory says it must."""

from pathlib import Path
from typing import Any

import pytest

from arena.library import run_source

EXAMPLE = Path(__file__).parent.parent / "examples" / "q_learning.py"


@pytest.fixture(name="example", scope="module")
def load_example() -> Any:
    return run_source("q_learning", str(EXAMPLE), EXAMPLE.read_text())


def late(played: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return played[len(played) // 2 :]


def test_prisoners_come_to_defect(example: Any) -> None:
    played = example.learn("prisoners_dilemma", matches=1000)
    assert late(played).count(("defect", "defect")) > 0.8 * len(late(played))
    assert played[:100].count(("defect", "defect")) < 50


def test_coordination_is_reached(example: Any) -> None:
    played = late(example.learn("coordination", matches=1000))
    assert sum(one == other for one, other in played) > 0.8 * len(played)


def test_pennies_are_mixed_evenly(example: Any) -> None:
    played = example.learn("matching_pennies", matches=1500)
    for seat in (0, 1):
        heads = sum(pair[seat] == "heads" for pair in played) / len(played)
        assert 0.4 < heads < 0.6


def test_learning_is_reproducible(example: Any) -> None:
    assert example.learn("chicken", matches=40, seed=5) == example.learn("chicken", matches=40, seed=5)
    assert example.learn("chicken", matches=40, seed=5) != example.learn("chicken", matches=40, seed=6)

"""The scripted characters, each apart on its own dimension of conduct, in every built-in game."""

from functools import cache

import pytest

from arena.conduct import summary
from arena.drive import play_plain
from arena.library import Game, make_agent
from arena.match import Match
from arena.record import record
from tests.players import BY_NAME

Counts = dict[str, list[int]]


@cache
def counts(name: str, kind: str) -> Counts:
    """What one seat did, over matches in which it sits in each of the first seats and the others are honest."""
    total: Counts = {}
    for seed in range(3):
        seat = seed % BY_NAME[name].least
        for dimension, cell in _played(BY_NAME[name], kind, seat, seed)[seat].items():
            sums = total.setdefault(dimension, [0, 0])
            sums[0] += cell[0]
            sums[1] += cell[1]
    return total


def _played(game: Game, kind: str, seat: int, seed: int) -> dict[int, Counts]:
    match = Match(game, seed=seed, id=f"{game.name}/{seed}")
    kinds = [kind if number == seat else "honest" for number in range(len(match.seats))]
    play_plain(match, {name: make_agent(one, {}) for name, one in zip(match.seats, kinds, strict=True)})
    return {number: found["cells"] for number, found in summary(record(match)).items()}


def added(kind: str) -> Counts:
    """The same over all games."""
    total: Counts = {}
    for name in BY_NAME:
        for dimension, (honoured, of) in counts(name, kind).items():
            sums = total.setdefault(dimension, [0, 0])
            sums[0] += honoured
            sums[1] += of
    return total


def conduct(found: Counts) -> tuple[float, str]:
    """The least dimension with ten opportunities, and which it is."""
    return min((honoured / of, dimension) for dimension, (honoured, of) in found.items() if of >= 10)


@pytest.mark.parametrize("name", BY_NAME)
def test_the_honest_have_every_opportunity_they_had(name: str) -> None:
    for seed in range(2):
        for found in _played(BY_NAME[name], "honest", 0, seed).values():
            assert all(honoured == of for honoured, of in found.values()), found


@pytest.mark.parametrize("name", BY_NAME)
def test_the_liar_lies_about_facts_and_keeps_its_word(name: str) -> None:
    found = counts(name, "liar")
    assert found, "no opportunity at all"
    assert found.get("claims", [0, 0])[0] == 0
    assert all(
        honoured == of for dimension, (honoured, of) in found.items() if dimension in {"promises", "confidences"}
    )


@pytest.mark.parametrize("name", BY_NAME)
def test_the_betrayer_tells_the_truth_and_breaks_its_word(name: str) -> None:
    found = counts(name, "betrayer")
    assert found, "no opportunity at all"
    assert all(honoured == of for dimension, (honoured, of) in found.items() if dimension != "promises")


def test_the_three_are_apart_each_on_its_own_dimension() -> None:
    honest, liar, betrayer = (conduct(added(kind)) for kind in ("honest", "liar", "betrayer"))
    assert honest[0] == 1.0
    assert liar == (0.0, "claims")
    assert betrayer[1] == "promises"
    assert betrayer[0] < 0.5


def test_the_silent_have_no_conduct() -> None:
    # It cannot help answering, but says nothing that could be true, kept or passed on.
    assert added("silent") == {}

"""What boards say of tournaments that were really played."""

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

import arena
from arena.board import Result
from arena.store import open_store
from tests.cups import write_cup
from tests.logs import board, by_agent


def play(folder: Path, text: str) -> list[Result]:
    """The results of a tournament."""
    (folder / "cup.toml").write_text(text)
    store = str(folder / "arena.db")
    assert arena.run(str(folder / "cup.toml"), store=store).finished
    with open_store(store) as opened:
        return list(opened.log().results)


def test_reciprocators_come_first_by_duplicate_scoring_and_last_by_ranks_at_the_table(tmp_path: Path) -> None:
    text = write_cup(["tit1=tit_for_tat", "tit2=tit_for_tat"], [], deals=2)
    text += "".join(f'[[agents]]\nname = "defect{i}"\nkind = "constant"\noption = "defect"\n' for i in range(3))
    text += '[[games]]\nname = "matrix_game"\nparams = { turns = 10, talk_rounds = 0 }\n'
    results = play(tmp_path, text)
    meetings = {(result.agents, result.rewards) for result in results}
    assert (("tit1", "defect0"), (9.0, 14.0)) in meetings
    assert (("tit1", "tit1"), (30.0, 30.0)) in meetings
    duplicate = by_agent(board("game", results, game="matrix_game"))
    assert {agent for agent, row in duplicate.items() if row["rank"] <= 2} == {"tit1", "tit2"}
    assert duplicate["tit1"]["score"] == pytest.approx(0.875)
    assert duplicate["defect0"]["score"] == pytest.approx(0.25)
    table = by_agent(board("game", [replace(result, scoring="rank") for result in results], game="matrix_game"))
    assert {agent for agent, row in table.items() if row["rank"] >= 4} == {"tit1", "tit2"}


def test_equal_agents_stay_where_they_began_when_two_wolves_meet_five(tmp_path: Path) -> None:
    text = write_cup([f"{name}=random" for name in "abcdefg"], [], deals=72)
    text += '[[games]]\nname = "werewolf"\nseats = 7\nparams = { wolves = 2, day_first = true }\n'
    results = play(tmp_path, text)
    assert len(results) == 504
    rows = board("game", results, game="werewolf").rows
    assert abs(fmean(row["mu"] for row in rows) - 25) < 2
    assert max(row["mu"] for row in rows) - min(row["mu"] for row in rows) < 6


def test_honest_liar_and_betrayer_are_apart_after_a_tournament_as_small_as_the_demo(tmp_path: Path) -> None:
    kinds = ["honest", "liar", "betrayer", "tit_for_tat"]
    found = by_agent(board("conduct", play(tmp_path, write_cup(kinds, ["ultimatum", "matrix_game", "buyer_seller"]))))
    honest, liar, betrayer = (found[kind] for kind in kinds[:3])
    assert honest["conduct"] == 1.0
    for other, dimension, elsewhere in ((liar, "claims", "promises"), (betrayer, "promises", "claims")):
        assert other["conduct_high"] < honest["conduct_low"]
        assert other[dimension]["high"] < honest[dimension]["low"]
        assert other[elsewhere]["value"] == 1.0
    assert liar["claims"]["high"] < betrayer["claims"]["low"]
    assert betrayer["promises"]["high"] < liar["promises"]["low"]

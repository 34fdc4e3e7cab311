"""What characters learn from a game's rules before they play it."""

from pathlib import Path

import pytest

from arena.match import Match
from arena.scripted.study import study
from tests.support import write_game

COUNTS = "from pathlib import Path"
BREAKS = """
with Path("begun").open("a") as file:
    file.write(".")
answer = await table.ask(table.agents[0], "go", Number(0, 9))
{when}
return dict.fromkeys(table.agents, answer)
"""


@pytest.mark.parametrize(
    ("when", "least", "most"),
    [('raise ValueError("broken")', 2, 6), ('if answer < 3:\n    raise ValueError("at times")', 100, 500)],
)
def test_a_game_that_only_breaks_is_soon_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, least: int, most: int
) -> None:
    monkeypatch.chdir(tmp_path)
    game = write_game(tmp_path, BREAKS.format(when=when), more=COUNTS)
    study(Match(game).turn("player_0").game)
    assert least <= len(Path("begun").read_text()) <= most

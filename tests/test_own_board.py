"""A board of one's own that is wrong says what and where."""

from pathlib import Path

import pytest

from arena import api
from arena.errors import UsageError
from arena.single import play
from arena.store import open_store

HEAD = "from arena.board import Column, Standings\n\n\ndef board(log, least=0):\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    return 1 / least\n", r"mine\.py:5: the board failed: ZeroDivisionError: division by zero"),
        ("    return [1]\n", r"mine\.py: a board gives arena\.board\.Standings, got list"),
        ("    return Standings('mine', '', (), ('agent',))\n", r"columns are made of arena\.board\.Column.*'agent'"),
    ],
)
def test_a_board_that_fails_names_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leaderboards").mkdir()
    path = tmp_path / "leaderboards" / "mine.py"
    path.write_text(HEAD + body)
    with open_store(str(tmp_path / "a.db")) as store:
        play("matrix_game", ["random", "random"], store=store)
        with pytest.raises(UsageError, match=said):
            api.board("mine", store)

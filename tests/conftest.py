"""A folder of one's own, as somebody has who drops files into it."""

from pathlib import Path

import pytest

from arena.library import KINDS


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for kind in KINDS:
        (tmp_path / kind).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path

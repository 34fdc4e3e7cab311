"""The wheel: one top-level name, its games with it, at peace with openai-agents, whose import name is `agents`."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUEST = "openai-agents"


def run(*command: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    # What the checkout's own environment says must not leak into the one under test.
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ARENA", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        pytest.fail(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    checkout = folder / "checkout"
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", "*.db*")
    shutil.copytree(ROOT, checkout, ignore=ignored)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, checkout, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    run(folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", wheel, GUEST, cwd=folder)
    return folder / "venv" / "bin"


@pytest.mark.slow
def test_the_wheel_holds_one_top_level_name_and_the_built_in_files(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"arena"}
    for kind in ("games", "agents", "leaderboards"):
        shipped = {Path(name).name for name in names if name.startswith(f"arena/builtin/{kind}/")}
        assert shipped >= {path.name for path in (ROOT / kind).glob("*.py")}
    assert "arena/py.typed" in names
    assert not any("__pycache__" in name or name.startswith("tests") for name in names)


@pytest.mark.slow
def test_beside_openai_agents_both_work_and_ours_leaves_theirs_intact(installed: Path, tmp_path: Path) -> None:
    python = installed / "python"
    both = "import agents, arena; from agents import Agent; print(agents.__file__, arena.play)"
    theirs = Path(run(python, "-c", both, cwd=tmp_path).stdout.split()[0])
    before = theirs.read_bytes()

    listed = json.loads(run(installed / "arena", "games", "list", "--json", cwd=tmp_path).stdout)
    assert {game["origin"] for game in listed} == {"built-in"}
    assert "ultimatum" in {game["name"] for game in listed}
    played = run(installed / "arena", "play", "ultimatum", "random", "silent", "--json", cwd=tmp_path).stdout
    assert json.loads(played)["isolation"] == "none"
    assert (tmp_path / "arena.db").exists()

    run(installed / "arena", "games", "new", "mine", cwd=tmp_path)
    listed = json.loads(run(installed / "arena", "games", "list", "--json", cwd=tmp_path).stdout)
    assert {game["origin"] for game in listed if game["name"] == "mine"} == {"user"}
    played = run(installed / "arena", "play", "mine", "random", "random", "random", "--json", cwd=tmp_path).stdout
    assert json.loads(played)["isolation"] in {"interpreter", "bubblewrap"}

    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "social-arena", cwd=tmp_path)
    assert theirs.read_bytes() == before
    run(python, "-c", "from agents import Agent; Agent(name='still here')", cwd=tmp_path)
    assert run(python, "-c", "import arena", cwd=tmp_path, check=False).returncode != 0

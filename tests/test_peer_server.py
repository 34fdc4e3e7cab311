"""A server that nobody here wrote (`transformers serve`) serves a tiny random model through the whole path."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from arena.store import open_store
from tests.cups import command, ended, rows

pytestmark = pytest.mark.slow

MODEL = "arena/tiny"
CUP = """\
name = "peer"
seed = 7
deals = 2
[[games]]
name = "ultimatum"
[[agents]]
name = "tiny"
kind = "llm"
model = "{model}"
base_url = "{url}"
max_tokens = 12
[[agents]]
name = "silent"
kind = "silent"
"""


def peer_python() -> str:
    """The interpreter that has transformers and torch; skips where there is none."""
    named = os.environ.get("ARENA_PEER_PYTHON")
    if named:
        return named
    if all(importlib.util.find_spec(name) for name in ("torch", "transformers", "fastapi")):
        return sys.executable
    pytest.skip(
        "no transformers with torch: `make test-peer` makes an environment for them, or name one: "
        "ARENA_PEER_PYTHON=DIR/bin/python"
    )


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The base URL of the running server."""
    python, home = peer_python(), tmp_path_factory.mktemp("peer")
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    environment.pop("HF_HUB_CACHE", None)
    maker = Path(__file__).with_name("peer_model.py")
    subprocess.run([python, str(maker), str(home / "hub")], env=environment, check=True, timeout=300)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [python, "-m", "transformers.cli.transformers", "serve", "--device", "cpu", "--log-level", "info"]
    server = subprocess.Popen(
        [*serve, "--host", "127.0.0.1", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        assert server.stderr is not None
        for line in server.stderr:
            lines.append(line)
            if "running on" in line:
                ready.set()
        ready.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        assert ready.wait(300), "".join(lines)
        assert server.poll() is None, "".join(lines)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(30)
        thread.join(30)


def test_its_nonsense_ends_in_forfeits_and_nothing_is_void(peer: str, tmp_path: Path) -> None:
    (tmp_path / "cup.toml").write_text(CUP.format(model=MODEL, url=peer))
    code, _, err = ended(command("run", "cup.toml", "--store", "peer.db", "--quiet", cwd=tmp_path), 300)
    assert code == 0, err
    played = rows(tmp_path / "peer.db")
    assert len(played) == 8
    with_model = [row for row in played if "tiny" in row["agents"]]
    assert {row["outcome"] for row in with_model} == {"forfeit"}
    for row in with_model:
        used = row["usage"]["tiny"]
        assert used["calls"] >= 3
        assert used["prompt_tokens"] > used["completion_tokens"] > 0
        assert used["cost_usd"] is None
    with open_store(str(tmp_path / "peer.db"), create=False) as store:
        record = store.record(with_model[0]["id"])
    said = [attempt["reply"] for ply in record["plies"] for attempt in ply.get("attempts", [])]
    assert any(said), "the model said something, and it is kept"


def test_doctor_names_its_model(peer: str) -> None:
    _, out, err = ended(command("doctor", "--endpoint", peer, "--json"))
    checks = {check["check"]: check for check in json.loads(out)}
    found = next(check for name, check in checks.items() if peer in name or peer in check["detail"])
    assert found["ok"], err
    assert MODEL in found["detail"]


def test_a_model_that_it_does_not_have_is_refused_before_the_first_match(peer: str, tmp_path: Path) -> None:
    (tmp_path / "cup.toml").write_text(CUP.format(model="arena/tinny", url=peer))
    code, _, err = ended(command("run", "cup.toml", "--store", "peer.db", cwd=tmp_path), 300)
    assert code == 3, err
    assert "'arena/tinny', which it does not list" in err
    assert not (tmp_path / "peer.db").exists()

"""Runs a document's commands, in order and in one folder, and holds what it shows against what they print.

python -m tests.readme --write      writes the output of today's commands into the README and the study
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.models import any_model

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
STUDY = ROOT / "docs" / "study.md"
CUP = re.compile(r"^```toml\n(name = .*?)^```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = ("arena play ultimatum honest liar", "arena board", "arena board conduct", "arena compare honest liar")
"""The commands whose output the README shows; the others are run only. The study shows all but its runs."""
ANSWERS = "I would like half.\n50\naccept\n" * 4


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command with the output shown under it."""
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def environment(folder: Path, base_url: str) -> dict[str, str]:
    """A newcomer's environment: no store, no key, 100 columns, models at the given address."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARENA_", "OPENAI_", "OLLAMA_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    more = {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "OPENAI_BASE_URL": base_url, "HOME": str(folder)}
    return {**kept, **more, "OLLAMA_HOST": base_url.removeprefix("http://").removesuffix("/v1")}


def run(command: str, folder: Path, env: dict[str, str], match: str) -> str:
    """What a command prints; a command that fails raises with what it said."""
    words = shlex.split(command)
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        env = {**env, name: value}
    if words[0] == "arena":
        words[:1] = [sys.executable, "-m", "arena"]
    elif words[0] == "python":
        words[:2] = [sys.executable, str(ROOT / words[1])]
    words = [match if word == "MATCH" else word for word in words]
    done = subprocess.run(words, cwd=folder, env=env, input=ANSWERS, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"$ {command}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def shown(command: str, document: Path = README) -> bool:
    """Whether a document shows what this command prints."""
    if document == STUDY:
        return not command.startswith("arena run")
    return command.startswith(SHOWN[0]) or command in SHOWN[1:]


def outputs(text: str, kept: Path | None = None) -> list[tuple[str, str]]:
    """Run everything in a folder that is thrown away, or is kept; each command with what it printed."""
    found: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as name, any_model() as base_url:
        folder = kept or Path(name)
        (folder / "results.jsonl").write_text('{"agents": ["a", "b"], "ranks": [1, 2]}\n')
        if cup := CUP.search(text):
            (folder / "study.toml").write_text(cup[1], encoding="utf-8")
        env = environment(folder, base_url)
        for command, _ in commands(text):
            match = ""
            if "MATCH" in command:
                match = run("arena matches --csv", folder, env, "").splitlines()[1].split(",")[0]
            found.append((command, run(command, folder, env, match)))
    return found


def written(document: Path) -> str:
    """A document with today's output in it."""
    text = document.read_text(encoding="utf-8")
    printed = iter(outputs(text))

    def fill(block: re.Match[str]) -> str:
        lines: list[str] = []
        for line in block[1].splitlines():
            if line.startswith("$ "):
                command, output = next(printed)
                lines.append(f"$ {command}")
                if shown(command, document):
                    lines.extend(part.rstrip() for part in output.strip("\n").splitlines())
        return "```console\n" + "\n".join(lines) + "\n```"

    return BLOCK.sub(fill, text)


if __name__ == "__main__" and "--write" in sys.argv:
    for each in (README, STUDY):
        each.write_text(written(each), encoding="utf-8")

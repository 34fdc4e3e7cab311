"""What a file in `judges/` says about itself, read but not run."""

import ast
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from arena.errors import UsageError
from arena.library import find_one, parsed, text_of
from arena.signature import Option, options_of


@dataclass(frozen=True, slots=True)
class JudgeFile:
    """One kind of judge."""

    name: str
    path: str
    sha256: str
    asks: bool
    """It asks models: it has `questions(material, **options)` beside `judge(record, **options)`."""
    options: tuple[Option, ...]
    """The options that it takes by name."""
    open: bool
    """It takes any further option (`**options`)."""

    @property
    def question(self) -> str:
        """What a judge that is rules is stored under: another file judges anew."""
        return f"{self.name}@{self.sha256[:8]}"


def judge_file(kind: str) -> JudgeFile:
    """What one kind of judge says about itself; nothing is executed."""
    found = find_one("judges", kind)
    return _read(found.name, str(found.path), found.path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(name: str, path: str, _modified: int) -> JudgeFile:
    source = text_of(Path(path))
    tree = parsed(Path(path), source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    named = {node.name: node for node in functions}
    if "judge" not in named:
        raise UsageError(f"{path}: a judge's file has `def judge(record, **options)`; there is none")
    options, more = options_of(named.get("questions", named["judge"]), tree)
    # The first is what is judged.
    digest = hashlib.sha256(source.encode()).hexdigest()
    return JudgeFile(name, path, digest, "questions" in named, options[1:], more)

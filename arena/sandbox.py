"""Runs a game nobody vouches for inside pydantic-monty, and inside bubblewrap where that is there and works.

The one file that knows Monty. The words of `arena.game` go in first, then the game's own source, unchanged but for its
import of them; `tell`, `deal` and the other words that wait for nothing travel with the next one that does.
"""

import ast
import atexit
import os
import shutil
import subprocess
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from arena.engine import Op, Spec
from arena.errors import ArenaError, GameError
from arena.game import Allocation, Choice, Message, Number, Ranking
from arena.library import Game

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession

MONTY_VERSION = "1.4.0"
TURN_SECONDS = 1.0
MEMORY_BYTES = 64 * 2**20
RECURSION = 200
SUSPENSIONS = 20_000
OUTPUT_BYTES = 16_000
MOST_WORKERS = 16
"""Games that hold a worker at once; the one that waited longest is put aside as bytes."""
MOST_OPS = 10_000
"""Words that may be spoken before one that waits."""
MOST_TEXT = 20_000_000
"""Characters that all words of a match may come to; they are kept outside of the sandbox."""
MODULES = "collections, dataclasses, hashlib, itertools, json, math, random, re"
_SPECS: dict[str, Callable[..., Spec[Any]]] = {
    "choice": Choice,
    "number": Number,
    "allocation": Allocation,
    "ranking": Ranking,
    "message": Message,
}
_SPEC_AT = {"deal": 3, "ask": 3, "ask_all": 3, "announce": 3, "talk": 5, "talk_all": 3}
_WAIT = """
def _spec_data(value):
    if isinstance(value, dict):
        return {key: _spec_data(spec) for key, spec in value.items()}
    try:
        return value.data()
    except AttributeError:
        raise TypeError(f"a spec is a Choice, Number, Allocation, Ranking or Message, got {value!r}")
def _op_data(op):
    place = _SPEC_AT.get(op[0])
    data = list(op)
    if place is not None and not (op[0] == "announce" and data[place] is None):
        data[place] = _spec_data(data[place])
    return data
async def wait(ops):
    return host_wait([_op_data(op) for op in ops])
def _call(word, args):
    return host_call(word, args)
async def _play(agents, seed, streams, given, changes, params):
    _seed_module(f"{seed}/module")
    table = Table(agents, seed, _call, streams, given, changes)
    rewards = await play(table, **params)
    return [rewards, [_op_data(op) for op in table.take()], table.facts]
"""


class _Strip(ast.NodeTransformer):
    """Drops what the sandbox's dialect has no use for: annotations, docstrings, imports of types."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        spec = node.args
        for argument in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]:
            if argument is not None:
                argument.annotation = None
        node.body = _without_docstring(node.body)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        needless = ("words", "size")
        body = _without_docstring(node.body)
        node.body = [part for part in body if not (isinstance(part, ast.FunctionDef) and part.name in needless)]
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:] or [ast.Pass()]
    return body


@lru_cache(maxsize=1)
def prelude() -> str:
    """The words of `arena.game` in the sandbox's dialect."""
    tree = ast.parse(Path(__file__).with_name("game.py").read_text(encoding="utf-8"))
    kept = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    body = "\n".join(ast.unparse(ast.fix_missing_locations(_Strip().visit(node))) for node in kept)
    imports = "from itertools import permutations\nfrom random import Random, seed as _seed_module\n"
    return f"{imports}_SPEC_AT = {_SPEC_AT!r}\n{body}{_WAIT}"


@lru_cache(maxsize=256)
def sandboxed_source(game: Game) -> str:
    """A game's source with its imports from the arena blanked, line for line."""
    # Places in a parsed source count bytes, and only line feeds end a line.
    lines = game.source.encode().split(b"\n")
    imports = [node for node in ast.walk(ast.parse(game.source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in sorted(imports, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "arena":
            if node.module != "arena.game" or node.level:
                raise _at(node, "a game imports from arena.game and nothing else of arena")
            renamed = "; ".join(f"{name.asname} = {name.name}" for name in node.names if name.asname) or "pass"
            first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
            before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
            lines[first : last + 1] = [before + renamed.encode() + after, *[b""] * (last - first)]
        elif isinstance(node, ast.Import) and any(name.name.split(".")[0] == "arena" for name in node.names):
            raise _at(node, "write `from arena.game import …`")
    return b"\n".join(lines).decode() + "\n"


def _at(node: ast.stmt, text: str) -> GameError:
    error = GameError(text)
    error.line = node.lineno
    return error


@lru_cache(maxsize=1)
def bubblewrap() -> str | None:
    """The path of a bubblewrap that works here, else None."""
    found = shutil.which("bwrap")
    if found is None:
        return None
    try:
        # Every word of this command is ours or was found on PATH.
        done = subprocess.run(  # noqa: S603  # see the line above
            [*_walls(found), "--ro-bind", "/", "/", "true"], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if done.returncode == 0 else None


def _walls(bwrap: str) -> list[str]:
    return [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]


def _wrapper(bwrap: str, binary: str) -> str:
    """A script that starts the worker with nothing in reach but itself and its libraries."""
    folder = tempfile.mkdtemp(prefix="arena-sandbox-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    script = Path(folder) / "monty"
    libraries = " ".join(f"--ro-bind-try {path} {path}" for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64"))
    script.write_text(
        f"#!/bin/sh\nexec {' '.join(_walls(bwrap))} {libraries} --ro-bind '{binary}' /monty /monty \"$@\"\n"
    )
    script.chmod(0o755)
    return str(script)


class _Pool:
    """This process's sandbox workers, started when the first game needs one."""

    def __init__(self) -> None:
        self.monty: Monty | None = None
        self.isolation = "interpreter"
        self.pid = 0
        self.starter: ThreadPoolExecutor | None = None

    def session(self, checkout: Callable[["Monty"], "MontySession"]) -> "MontySession":
        """A worker, started by a thread that does not end: bubblewrap dies with the thread that started it."""

        def enter() -> "MontySession":
            session = checkout(self.get())
            session.__enter__()
            return session

        if threading.current_thread() is threading.main_thread():
            return enter()
        if self.starter is None or self.pid != os.getpid():
            self.starter = ThreadPoolExecutor(1, "arena-sandbox")
        return self.starter.submit(enter).result()

    def get(self) -> "Monty":
        # A pool does not survive a fork: its workers belong to the parent.
        if self.monty is None or self.pid != os.getpid():
            import pydantic_monty
            from pydantic_monty._binary import find_monty_binary

            if pydantic_monty.__version__ != MONTY_VERSION:
                raise ArenaError(f"pydantic-monty {MONTY_VERSION} is needed, found {pydantic_monty.__version__}")
            wrap = bubblewrap() if os.environ.get("ARENA_ISOLATION") != "interpreter" else None
            binary = _wrapper(wrap, find_monty_binary()) if wrap else None
            self.isolation = "bubblewrap" if wrap else "interpreter"
            self.monty = pydantic_monty.Monty(
                binary_path=binary,
                max_processes=MOST_WORKERS + 1,
                max_checkouts_per_worker=2000,
                request_timeout=TURN_SECONDS + 5,
            )
            self.monty.__enter__()
            self.pid = os.getpid()
            atexit.register(self.close)
        return self.monty

    def close(self) -> None:
        if self.monty is not None and self.pid == os.getpid():
            self.monty.__exit__(None, None, None)
        self.monty = None


POOL = _Pool()


def spec_from(data: Any) -> Spec[Any]:
    """A spec from its plain data."""
    kind, *rest = data
    return _SPECS[kind](*rest)


def _decode(op: list[Any]) -> Op:
    place = _SPEC_AT.get(op[0])
    if place is not None and op[place] is not None:
        data: Any = op[place]
        if isinstance(data, dict):
            specs = cast("dict[str, list[Any]]", data)
            op[place] = {key: spec_from(spec) for key, spec in specs.items()}
        else:
            op[place] = spec_from(data)
    return tuple(op)


class SandboxEngine:
    """One game in one sandbox session; the match answers its host calls."""

    def __init__(
        self,
        game: Game,
        params: dict[str, Any],
        seats: Sequence[str],
        seed: int,
        call: Callable[[str, list[Any]], Any],
        streams: Mapping[str, int],
        given: Mapping[str, Sequence[Any]],
        changes: Mapping[str, Any],
    ) -> None:
        self._game = game
        self._seed = seed
        drawn = {"seed": seed, "streams": dict(streams), "given": dict(given)}
        self._inputs = {"agents": list(seats), **drawn, "changes": dict(changes), "params": params}
        self._call = call
        self._session: MontySession | None = None
        self._snapshot: Any = None
        self._parked: bytes | None = None
        self._printed = 0
        self._spoken = 0
        self.rewards: Any = None
        self.tail: list[Op] = []
        self.isolation = POOL.isolation

    def start(self) -> list[Op] | None:
        with _ONE_AT_A_TIME:
            return self._start()

    def send(self, answer: Any, reseed: int | None = None) -> list[Op] | None:
        with _ONE_AT_A_TIME:
            return self._send(answer, reseed)

    def close(self) -> None:
        with _ONE_AT_A_TIME:
            self._parked = None
            self._leave()

    def line(self, path: str) -> int | None:
        del path
        if self._snapshot is None:
            return None
        with _ONE_AT_A_TIME:
            try:
                # An error thrown into the game comes back with the place it was thrown at.
                self._guard(lambda: self._snapshot.resume({"exc_type": "RuntimeError", "message": "stop"}))
            except GameError as error:
                return error.line
        return None

    def _start(self) -> list[Op] | None:
        session = self._enter()

        def run() -> Any:
            state = _LOADED.get(self._game.sha256)
            if state is None:
                session.feed_run(prelude(), print_callback=self._print, os=_refuse)
                session.feed_run(sandboxed_source(self._game), print_callback=self._print, os=_refuse)
                # Reading the source again for each match would cost more than most matches.
                _LOADED[self._game.sha256] = session.dump()
            else:
                session.load_session(state)
            return session.feed_start(
                "await _play(agents, seed, streams, given, changes, params)",
                inputs=self._inputs,
                print_callback=self._print,
            )

        return self._until_wait(self._guard(run))

    def _send(self, answer: Any, reseed: int | None) -> list[Op] | None:
        if self._session is None:
            session, state = self._enter(), cast("bytes", self._parked)
            self._parked = None
            self._snapshot = self._guard(lambda: session.load_snapshot(state, print_callback=self._print))
        else:
            _LIVE.move_to_end(id(self))
        snapshot, self._snapshot = self._snapshot, None
        return self._until_wait(self._guard(lambda: snapshot.resume({"return_value": [answer, reseed]})))

    def park(self) -> None:
        """Put the suspended game aside as bytes and give its worker back; `send` takes it up again."""
        self._parked = self._snapshot.dump()
        self._leave()

    def _enter(self) -> "MontySession":
        while len(_LIVE) >= MOST_WORKERS:
            next(iter(_LIVE.values())).park()
        self._session = session = POOL.session(self._checkout)
        self.isolation = POOL.isolation
        _LIVE[id(self)] = self
        return session

    def _checkout(self, monty: "Monty") -> "MontySession":
        return monty.checkout(
            script_name=f"{self._game.name}.py",
            limits={
                "max_turn_duration_secs": TURN_SECONDS,
                "max_memory": MEMORY_BYTES,
                "max_recursion_depth": RECURSION,
                "max_suspensions": SUSPENSIONS,
            },
            os_policy={
                "datetime": datetime(2000, 1, 1, tzinfo=UTC),
                "sleep": "zero",
                "process_time": "zero",
                "random_start": {"seed": self._seed},
            },
            assert_message_annotations=False,
        )

    def _leave(self) -> None:
        session, self._session = self._session, None
        self._snapshot = None
        _LIVE.pop(id(self), None)
        if session is not None:
            session.__exit__(None, None, None)

    def _until_wait(self, snapshot: Any) -> list[Op] | None:
        while True:
            kind = type(snapshot).__name__
            if kind == "FunctionSnapshot":
                name = snapshot.function_name
                self._snapshot = snapshot
                if not snapshot.is_os_function and name == "host_wait":
                    ops = snapshot.args[0]
                    if len(ops) > MOST_OPS:
                        raise GameError(f"the game spoke {len(ops)} words without waiting; at most {MOST_OPS}")
                    self._spoken += len(repr(ops))
                    if self._spoken > MOST_TEXT:
                        raise GameError(f"the game said more than {MOST_TEXT} characters in one match")
                    return [_decode(op) for op in ops]
                if not snapshot.is_os_function and name == "host_call":
                    answer: Any = {"return_value": self._call(*snapshot.args)}
                elif name == "import":
                    answer = {"exc_type": "ModuleNotFoundError", "message": f"No module named {snapshot.args[0]!r}"}
                elif snapshot.is_os_function:
                    answer = {"exc_type": "PermissionError", "message": f"a game has no {name}"}
                else:
                    # Monty takes a call of anything undefined for a call of the host.
                    answer = {"exc_type": "NameError", "message": f"name {name!r} is not defined"}
                self._snapshot = None
                snapshot = self._guard(lambda s=snapshot, a=answer: s.resume(a))
            elif kind == "MontyComplete":
                self.rewards, ops, facts = snapshot.output
                self.tail = [*map(_decode, ops), ("facts", facts)]
                return None
            elif kind == "NameLookupSnapshot":
                snapshot = self._guard(snapshot.resume)
            else:
                raise GameError("the game awaited something that is not its table")

    def _guard(self, step: Callable[[], Any]) -> Any:
        """Take one step in the sandbox; what goes wrong there is the game's error, with its line."""
        try:
            return step()
        except Exception as error:
            if type(error).__module__.split(".")[0] != "pydantic_monty":
                raise
            raise self._error(error) from None

    def _error(self, error: Exception) -> GameError:
        from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

        if isinstance(error, MontyCrashedError):
            self.close()
            return GameError("the game ran past its time" if error.timed_out else "the game crashed the sandbox")
        text = str(error).replace("The monty syntax parser does not yet support", "the sandbox does not have")
        if text.startswith("ModuleNotFoundError"):
            text += f"; a game has {MODULES}"
        broken = GameError(text)
        if isinstance(error, MontyRuntimeError | MontySyntaxError):
            feed = "<python-input-1>"
            inside = [frame.line for frame in error.traceback() if frame.filename == feed]
            if inside:
                broken.line = inside[-1]
        return broken

    def _print(self, _stream: str, text: str) -> None:
        self._printed += len(text)
        if self._printed > OUTPUT_BYTES:
            raise GameError(f"the game printed more than {OUTPUT_BYTES} characters")


def _refuse(*, name: str, **_: Any) -> Any:
    raise PermissionError(f"a game has no {name}")


_LOADED: dict[str, bytes] = {}
"""By source hash, a session that has read the words and the game and has not run anything yet."""
_LIVE: OrderedDict[int, SandboxEngine] = OrderedDict()
_ONE_AT_A_TIME = threading.RLock()
"""Threads share the workers: one must not put aside a game that another is in the middle of."""

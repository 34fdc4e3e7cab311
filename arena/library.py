"""Games, agents, judges and boards, found by name and loaded by path; listing executes nothing."""

import ast
import hashlib
import inspect
import json
import shlex
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from arena.dialect import check_panel, check_source
from arena.errors import ArenaError, UsageError, unknown
from arena.signature import Option, options_of

KINDS = ("games", "agents", "judges", "leaderboards")
SINGULAR = {"games": "game", "agents": "agent", "judges": "judge", "leaderboards": "board"}

_GIVEN = frozenset({"replay"})
"""Scripted kinds that play only what they were given."""
BUILT_IN = frozenset(
    {
        "alternating_offers",
        "buyer_seller",
        "deal_or_no_deal",
        "elimination",
        "fishery",
        "hidden_profile",
        "jury",
        "kuhn_poker",
        "matrix_game",
        "mediation",
        "public_goods",
        "salon",
        "trust_network",
        "ultimatum",
        "werewolf",
    }
)
"""The games that run outside the sandbox: a clone's `games/` is also where its user drops games of any origin."""


@dataclass(frozen=True, slots=True)
class Game:
    """One game file, read but not run."""

    name: str
    source: str
    sha256: str
    rules: str
    """The module docstring, parameters still in braces."""
    least: int
    most: int
    tags: tuple[str, ...] = ()
    scoring: str = "rank"
    panel: tuple[str, ...] = ()
    """What judges look for, in sentences, where a panel ranks the seats."""
    origin: str = "built-in"
    path: str = ""
    trusted: bool = False
    """Runs natively; anything else runs in the sandbox."""

    def __repr__(self) -> str:
        return f"Game({self.name!r}, {self.sha256[:12]})"

    def __hash__(self) -> int:
        return hash(self.sha256)


@dataclass(frozen=True, slots=True)
class AgentFile:
    """What a file in `agents/` says about itself, read but not run."""

    name: str
    path: str
    sha256: str
    privileged: bool
    memory: bool
    scripted: bool
    options: tuple[Option, ...]
    """The options that `def agent(...)` takes by name."""
    open: bool
    """It takes any further option (`**options`)."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its options."""
        return tuple(option.name for option in self.options)

    @property
    def required(self) -> tuple[str, ...]:
        """Those of them that have to be given."""
        return tuple(option.name for option in self.options if option.required)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that bears a name, and where it came from."""

    name: str
    path: Path
    origin: str


def find(kind: str) -> dict[str, list[Found]]:
    """Every file of one kind by name: the working directory's, then installed ones, then built-in ones."""
    found: dict[str, list[Found]] = {}
    built_in = _built_in_folder(kind)
    here = Path.cwd() / kind
    candidates: list[Found] = []
    if not (here.is_dir() and built_in.is_dir() and here.samefile(built_in)):
        candidates += _folder(here, "user")
    candidates += _installed(kind)
    candidates += [
        one if kind != "games" or one.origin == "generated" or one.name in BUILT_IN else replace(one, origin="user")
        for one in _folder(built_in, "built-in")
    ]
    for candidate in candidates:
        found.setdefault(candidate.name, []).append(candidate)
    return dict(sorted(found.items()))


def names(kind: str) -> list[str]:
    """The names of one kind, sorted; whether they can be used shows when they are."""
    return list(find(kind))


def games() -> dict[str, Game]:
    """All games that can be played, by name."""
    return listing()[0]


def listing() -> tuple[dict[str, Game], dict[str, str]]:
    """The games that can be played, and for each that cannot, what is wrong with it."""
    good: dict[str, Game] = {}
    broken: dict[str, str] = {}
    for name, files in find("games").items():
        try:
            good[name] = _game(name, files)
        except ArenaError as error:
            broken[name] = str(error)
    return good, broken


def game(name: str) -> Game:
    """The game of that name, or in that file (`./mine.py`)."""
    found = find("games")
    if name.endswith(".py"):
        path = Path(name).resolve()
        known = [one for one in found.get(path.stem, []) if one.path.resolve() == path]
        return _game(path.stem, known or [Found(path.stem, path, "user")])
    if name not in found:
        raise unknown("game", name, list(found))
    return _game(name, found[name])


def select_games(wanted: Iterable[str]) -> list[Game]:
    """Games by name or `tag:TAG`, in the order named, each once."""
    chosen: dict[str, Game] = {}
    for word in wanted:
        if word.startswith("tag:"):
            tag = word.removeprefix("tag:")
            everything = games().values()
            tagged = [one for one in everything if tag in one.tags]
            if not tagged:
                raise unknown("tag", tag, sorted({each for one in everything for each in one.tags}))
            chosen.update((one.name, one) for one in tagged)
        else:
            chosen[word] = game(word)
    return list(chosen.values())


def agent_kinds() -> list[str]:
    """The names of the files in `agents/`, sorted."""
    return names("agents")


def agent_file(kind: str) -> AgentFile:
    """What one kind of agent says about itself; nothing is executed."""
    found = find_one("agents", kind)
    return _read_agent(found.name, str(found.path), found.path.stat().st_mtime_ns)


def make_agent(kind: str, options: Mapping[str, Any]) -> Any:
    """A new agent of one kind, for one seat of one match."""
    file = agent_file(kind)
    check_options(file, options)
    return load("agents", kind).agent(**options)


def characters_by_turn() -> list[str]:
    """The scripted kinds of agents that play by what their turn shows, and by nothing else."""
    files = [agent_file(kind) for kind in agent_kinds()]
    return [
        file.name
        for file in files
        if file.scripted and not file.privileged and not file.required and file.name not in _GIVEN
    ]


def check_options(
    file: AgentFile, options: Mapping[str, Any], where: str = "", places: Mapping[str, str] | None = None
) -> None:
    """Raise for an option that this kind of agent does not take, cannot take as it is, or needs.

    `places` says of an option where it stands, `where` where the agent does.
    """
    known = {option.name: option for option in file.options}
    for name, value in options.items():
        place = (places or {}).get(name, where) or f"agent {file.name!r}"
        if name in known:
            known[name].check(value, place)
        elif not file.open:
            raise unknown("option", name, list(known), place)
    for name in file.required:
        if name not in options:
            place = f"{where}: " if where else ""
            raise UsageError(f"{place}agent {file.name!r}: needs the option {name!r}; see {file.path}")


def load(kind: str, name: str) -> ModuleType:
    """The executed file of an agent, judge or board; only those that somebody named are ever loaded."""
    found = find_one(kind, name)
    return _load(kind, found.name, str(found.path), found.path.stat().st_mtime_ns)


def forget() -> None:
    """Look for installed games again; files in folders are always looked for."""
    _installed.cache_clear()


def read_game(path: Path, origin: str) -> Game:
    """Read a game file's constants and docstring without running it."""
    return read_source(path, text_of(path), origin)


def read_source(path: Path, source: str, origin: str) -> Game:
    """The same of a source that is, or was, a game's; `path` names it in errors."""
    tree = parsed(path, source)
    constants = _constants(path, tree, {"AGENTS", "TAGS", "SCORING", "PANEL"})
    play = next((node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name == "play"), None)
    if play is None:
        raise UsageError(f"{path}: a game has `async def play(table, **params)`; there is none")
    if not (play.args.posonlyargs or play.args.args):
        raise UsageError(f"{path}:{play.lineno}: `play` takes the table first: async def play(table, **params)")
    check_source(path, tree, play)
    agents = constants.get("AGENTS")
    least, most = (agents, agents) if type(agents) is int else _pair(agents)
    if not 1 <= least <= most:
        raise UsageError(f"{path}: AGENTS must be a number or (least, most), got {agents!r}")
    tags = _strings(constants.get("TAGS", ()))
    if tags is None:
        raise UsageError(f"{path}: TAGS must be strings in a tuple, got {constants['TAGS']!r}")
    scoring = constants.get("SCORING", "rank")
    if scoring not in ("rank", "reward", "panel"):
        raise UsageError(f"{path}: SCORING must be 'rank', 'reward' or 'panel', got {scoring!r}")
    read = Game(
        name=path.stem,
        source=source,
        sha256=hashlib.sha256(source.encode()).hexdigest(),
        rules=inspect.cleandoc(ast.get_docstring(tree) or ""),
        least=least,
        most=most,
        tags=tags,
        scoring=scoring,
        panel=check_panel(path, tree, constants.get("PANEL"), scoring),
        origin=origin,
        path=str(path),
        trusted=origin == "built-in",
    )
    defaults(read)
    return read


@lru_cache(maxsize=256)
def defaults(game: Game) -> dict[str, Any]:
    """The parameters of a game's `play` with their default values, read from the source."""
    for node in ast.parse(game.source).body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "play":
            positional = [*node.args.posonlyargs, *node.args.args]
            with_default = positional[len(positional) - len(node.args.defaults) :]
            pairs = [*zip(with_default, node.args.defaults, strict=True)]
            pairs += [
                (argument, value)
                for argument, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                if value is not None
            ]
            found: dict[str, Any] = {}
            for argument, value in pairs:
                try:
                    found[argument.arg] = ast.literal_eval(value)
                except ValueError:
                    where = f"{game.path}:{value.lineno}"
                    raise UsageError(f"{where}: the default of {argument.arg!r} must be a literal") from None
            return found
    return {}


def agents_in_words(game: Game) -> str:
    """How many agents a game is for."""
    if game.least != game.most:
        return f"{game.least} to {game.most} agents"
    return f"{game.least} agent{'s' * (game.least > 1)}"


def play_command(game: Game, agents: Sequence[str], seed: int, params: Mapping[str, Any]) -> str:
    """The command line that plays one match again."""
    usual = defaults(game)
    given = [f"{name}={json.dumps(value)}" for name, value in params.items() if usual.get(name) != value]
    words = ["arena", "play", game.path or game.name, *agents, "--seed", str(seed)]
    return shlex.join([*words, *(word for pair in given for word in ("--param", pair)), "--show"])


@lru_cache(maxsize=256)
def native_play(game: Game) -> Callable[..., Awaitable[Any]]:
    """The `play` of a trusted game, its source executed in this process."""
    if not game.trusted:
        raise UsageError(f"{game.path}: not a built-in game, so it runs in the sandbox only")
    return run_source(game.name, game.path, game.source).play


def run_source(name: str, path: str, source: str) -> ModuleType:
    """Execute a file's source as a module that is imported under no name."""
    module = ModuleType(f"arena_file_{name}")
    module.__file__ = path
    exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102  # a file that is built in, or that the user named
    return module


def _built_in_folder(kind: str) -> Path:
    package = Path(__file__).parent
    inside = package / "builtin"
    return (inside if inside.is_dir() else package.parent) / kind


def _folder(folder: Path, origin: str) -> list[Found]:
    """The files of a folder; in `generated/` below it, admitted generated games."""
    found = [Found(path.stem, path, origin) for path in sorted(folder.glob("[!_.]*.py"))]
    if folder.name == "games":
        found += [Found(path.stem, path, "generated") for path in sorted((folder / "generated").glob("[!_.]*.py"))]
    return found


@lru_cache
def _installed(kind: str) -> list[Found]:
    """Files that other distributions offer as entry points, found without importing their packages."""
    from importlib.metadata import entry_points

    found: list[Found] = []
    for entry in sorted(entry_points(group=f"arena.{kind}"), key=lambda entry: entry.name):
        parts = entry.module.split(".")
        path: list[str] | None = None
        origin: str | None = None
        for depth in range(len(parts)):
            spec = PathFinder.find_spec(".".join(parts[: depth + 1]), path)
            path = list(spec.submodule_search_locations or ()) if spec else []
            origin = spec.origin if spec else None
        found.append(Found(entry.name, Path(origin or f"{entry.module.replace('.', '/')}.py"), "user"))
    return found


def _same(name: str, files: list[Found]) -> Found:
    """The one file meant by a name: several with the same bytes are one thing, the built-in one if it is among them."""
    first, *others = files
    for other in others:
        if text_of(other.path) != text_of(first.path):
            raise UsageError(
                f"two different files are named {name!r}: {first.path} and {other.path}; rename one of them"
            )
    return next((one for one in files if one.origin == "built-in"), first)


def find_one(kind: str, name: str) -> Found:
    """The one file of that name; raises `UsageError` where there is none, or where files differ."""
    found = find(kind)
    if name not in found:
        raise unknown(SINGULAR[kind], name, list(found))
    return _same(name, found[name])


def _game(name: str, files: list[Found]) -> Game:
    found = _same(name, files)
    text_of(found.path)
    read = _read_game(str(found.path), found.path.stat().st_mtime_ns, found.origin)
    return read if read.name == name else replace(read, name=name)


@lru_cache(maxsize=1024)
def _read_game(path: str, _modified: int, origin: str) -> Game:
    return read_game(Path(path), origin)


@lru_cache(maxsize=256)
def _read_agent(name: str, path: str, _modified: int) -> AgentFile:
    source = text_of(Path(path))
    tree = parsed(Path(path), source)
    marks = _constants(Path(path), tree, {"PRIVILEGED", "MEMORY", "SCRIPTED"})
    make = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "agent"), None)
    if make is None:
        raise UsageError(f"{path}: an agent file has `def agent(**options)`; there is none")
    options, more = options_of(make, tree)
    return AgentFile(
        name=name,
        path=path,
        sha256=hashlib.sha256(source.encode()).hexdigest(),
        privileged=bool(marks.get("PRIVILEGED")),
        memory=bool(marks.get("MEMORY")),
        scripted=bool(marks.get("SCRIPTED")),
        options=options,
        open=more,
    )


@lru_cache(maxsize=256)
def _load(kind: str, name: str, path: str, _modified: int) -> ModuleType:
    source = text_of(Path(path))
    parsed(Path(path), source)
    try:
        module = run_source(f"{kind}_{name}", path, source)
    except ArenaError:
        raise
    except (Exception, SystemExit) as error:
        raise UsageError(f"{path}: cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(getattr(module, SINGULAR[kind], None)):
        raise UsageError(f"{path}: has no `def {SINGULAR[kind]}(...)`")
    # Classes of the file can be pickled and inspected only where their module can be found.
    sys.modules[module.__name__] = module
    return module


def text_of(path: Path) -> str:
    """The text of a file; raises `UsageError` where it cannot be read or is not UTF-8."""
    try:
        # Editors on Windows put a mark in front, which Python skips too.
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from None


def parsed(path: Path, source: str) -> ast.Module:
    """The syntax tree of a file; raises `UsageError` with its line where it is not Python."""
    try:
        return ast.parse(source)
    except SyntaxError as error:
        place = path if error.lineno is None else f"{path}:{error.lineno}"
        raise UsageError(f"{place}: not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{path}: not Python: {error or type(error).__name__}") from None


def _constants(path: Path, tree: ast.Module, wanted: set[str]) -> dict[str, Any]:
    constants: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if isinstance(target, ast.Name) and target.id in wanted:
            try:
                constants[target.id] = ast.literal_eval(value)
            except ValueError:
                raise UsageError(f"{path}:{node.lineno}: {target.id} must be a literal") from None
    return constants


def _pair(value: Any) -> tuple[int, int]:
    numbers = _items(value)
    if len(numbers) != 2 or any(type(number) is not int for number in numbers):
        return (0, 0)
    return numbers[0], numbers[1]


def _strings(value: Any) -> tuple[str, ...] | None:
    words = _items(value)
    if (not words and value not in ((), [])) or any(type(word) is not str for word in words):
        return None
    return tuple(words)


def _items(value: Any) -> list[Any]:
    return list(value) if type(value) in {tuple, list} else []

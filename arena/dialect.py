"""What the text of a game can be faulted for before anything of it runs."""

import ast
from pathlib import Path
from typing import Any

from arena.errors import UsageError

WAITING = ("announce", "ask", "ask_all", "talk", "talk_all")


def check_source(path: Path, tree: ast.Module, play: ast.AsyncFunctionDef) -> None:
    """Raise for what both engines would not play alike: words not awaited, another event loop, no default."""
    _check_parameters(path, play)
    tables = _tables(tree, play)
    awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr=word)) if (
                table in tables and word in WAITING and id(node) not in awaited
            ):
                raise UsageError(
                    f"{path}:{node.lineno}: `{table}.{word}(…)` waits for answers: write `await {table}.{word}(…)`"
                    " where it is called; several answers at once are ask_all, announce and talk_all"
                )
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="rule"), args=args) if (
                table in tables and not _names_parameter(args, play)
            ):
                raise UsageError(
                    f"{path}:{node.lineno}: `{table}.rule(name, value)` takes the name of a parameter of `play`, in"
                    " quotes, and then its value"
                )
            case ast.Import(names=names) if any(name.name.split(".")[0] == "asyncio" for name in names):
                raise _loop(path, node.lineno)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] == "asyncio":
                raise _loop(path, node.lineno)
            case _:
                pass


def _names_parameter(args: list[ast.expr], play: ast.AsyncFunctionDef) -> bool:
    known = [each.arg for each in [*play.args.posonlyargs, *play.args.args][1:] + play.args.kwonlyargs]
    return len(args) == 2 and isinstance(args[0], ast.Constant) and args[0].value in known


def _loop(path: Path, line: int) -> UsageError:
    return UsageError(
        f"{path}:{line}: a game waits for its table only, so it has no asyncio; several answers at once are ask_all"
    )


def _tables(tree: ast.Module, play: ast.AsyncFunctionDef) -> set[str]:
    """The names that stand for the table: the first argument of `play`, and every one that is annotated so."""
    found = {"table", [*play.args.posonlyargs, *play.args.args][0].arg}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and ast.unparse(node.annotation or ast.Constant(None)).strip("'\"") == "Table":
            found.add(node.arg)
    return found


def _check_parameters(path: Path, play: ast.AsyncFunctionDef) -> None:
    spec = play.args
    positional = [*spec.posonlyargs, *spec.args]
    bare = positional[1 : len(positional) - len(spec.defaults)]
    bare += [argument for argument, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if value is None]
    for argument in bare:
        raise UsageError(f"{path}:{argument.lineno}: parameter {argument.arg!r} of `play` needs a default")


def check_panel(path: Path, tree: ast.Module, listed: Any, scoring: str) -> tuple[str, ...]:
    """The criteria of a game's PANEL; raises where it has none that a panel could rank by, or needs none."""
    if listed is None and scoring != "panel":
        return ()
    where = f"{path}:{_line_of(tree, 'SCORING' if listed is None else 'PANEL')}"
    if listed is None:
        raise UsageError(f"{where}: SCORING = 'panel' needs PANEL = (\"what judges look for, in a sentence\", …)")
    if scoring != "panel":
        raise UsageError(f"{where}: PANEL is for judges, and with SCORING = {scoring!r} there are none; take it out")
    criteria = list(listed) if type(listed) in {tuple, list} else []
    if not criteria or not all(type(each) is str and each.strip() for each in criteria):
        raise UsageError(f"{where}: PANEL must be sentences in a tuple, one or more, got {listed!r}")
    if len(set(criteria)) < len(criteria):
        raise UsageError(f"{where}: PANEL says the same twice")
    return tuple(criteria)


def _line_of(tree: ast.Module, name: str) -> int:
    """Where a constant is set last."""
    found = [1]
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            found.append(node.lineno)
    return found[-1]

"""What options the function of a file takes, read from its source: nothing is executed."""

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arena.errors import UsageError, unknown

_WORDS = {"int": "a whole number", "float": "a number", "str": "text", "bool": "true or false", "dict": "a table"}


@dataclass(frozen=True, slots=True)
class Option:
    """One option by its name, whether it has to be given, and what it may be."""

    name: str
    required: bool
    kinds: tuple[str, ...] = ()
    """`int`, `float`, `str`, `bool`, `dict`, `None`; empty where the annotation says something else or nothing."""
    words: tuple[str, ...] = ()
    """Where it is one of a few words: those."""

    def check(self, value: Any, where: str) -> None:
        """Raise `UsageError` for a value that it cannot be."""
        if self.words and isinstance(value, str) and "str" not in self.kinds:
            if value not in self.words:
                raise unknown(self.name, value, list(self.words), where)
            return
        if not (self.kinds or self.words) or any(_is(value, kind) for kind in self.kinds):
            return
        words = [f"one of {', '.join(self.words)}"] * bool(self.words)
        words += [_WORDS[kind] for kind in self.kinds if kind in _WORDS]
        raise UsageError(f"{where}: {self.name} takes {' or '.join(words)}, got {value!r}")


def options_of(make: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> tuple[tuple[Option, ...], bool]:
    """The options of a function, and whether it takes any others; `**more: Unpack[T]` stands for the keys of `T`."""
    arguments = make.args
    given = [*zip(arguments.args, _defaults(arguments), strict=True)]
    given += zip(arguments.kwonlyargs, (value is not None for value in arguments.kw_defaults), strict=True)
    options = [_option(argument.arg, argument.annotation, required=not default) for argument, default in given]
    if arguments.kwarg is None:
        return tuple(options), False
    keys = _unpacked(arguments.kwarg.annotation, tree)
    return (*options, *(keys or ())), keys is None


def _defaults(arguments: ast.arguments) -> list[bool]:
    """Whether each positional argument has a default."""
    bare = len(arguments.args) - len(arguments.defaults)
    return [number >= bare for number in range(len(arguments.args))]


def _unpacked(annotation: ast.expr | None, tree: ast.Module) -> list[Option] | None:
    annotation = _unquoted(annotation)
    if not (isinstance(annotation, ast.Subscript) and _name(annotation.value) == "Unpack"):
        return None
    name = _name(annotation.slice)
    return None if name is None else _keys(name, tree)


def _keys(name: str, tree: ast.Module) -> list[Option] | None:
    """The keys of a `TypedDict` of this file, or of a module of this package that it imports it from."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _fields(node, tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("arena."):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    path = Path(__file__).parent.joinpath(*str(node.module).split(".")[1:]).with_suffix(".py")
                    return _keys(alias.name, ast.parse(path.read_bytes())) if path.is_file() else None
    return None


def _fields(node: ast.ClassDef, tree: ast.Module) -> list[Option]:
    total = all(keyword.arg != "total" or ast.unparse(keyword.value) == "True" for keyword in node.keywords)
    found: dict[str, Option] = {}
    for base in node.bases:
        inherited = _keys(_name(base) or "", tree)
        found.update((option.name, option) for option in inherited or ())
    for field in node.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            annotation, required = _unquoted(field.annotation), total
            if isinstance(annotation, ast.Subscript) and _name(annotation.value) in {"Required", "NotRequired"}:
                annotation, required = annotation.slice, _name(annotation.value) == "Required"
            found[field.target.id] = _option(field.target.id, annotation, required=required)
    return list(found.values())


def _option(name: str, annotation: ast.expr | None, *, required: bool) -> Option:
    kinds: list[str] = []
    words: list[str] = []
    for part in _alternatives(_unquoted(annotation)):
        word = _name(part.value) if isinstance(part, ast.Subscript) else _name(part)
        literals = _literals(part) if word == "Literal" else None
        if literals is not None:
            words += literals
        elif word in _WORDS and (word == "dict" or not isinstance(part, ast.Subscript)):
            kinds.append(word)
        elif isinstance(part, ast.Constant) and part.value is None:
            kinds.append("None")
        else:
            return Option(name, required)
    return Option(name, required, tuple(kinds), tuple(words))


def _alternatives(annotation: ast.expr | None) -> Iterator[ast.expr]:
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        yield from _alternatives(annotation.left)
        yield from _alternatives(annotation.right)
    elif annotation is not None:
        yield annotation


def _literals(part: ast.expr) -> list[str] | None:
    if not isinstance(part, ast.Subscript):
        return None
    inside = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
    found = [one.value for one in inside if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return found if len(found) == len(inside) else None


def _unquoted(annotation: ast.expr | None) -> ast.expr | None:
    """An annotation that is written as a string, as code."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    return annotation


def _name(node: ast.expr) -> str | None:
    """`Unpack` of `Unpack` and of `typing.Unpack`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "int":
            return type(value) is int
        case "float":
            return type(value) is int or (type(value) is float and math.isfinite(value))
        case "str":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "dict":
            return isinstance(value, Mapping)
        case _:
            return value is None

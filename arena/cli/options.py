"""What several commands have in common: flags, and names that a shell completes."""

import re
import shlex
from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def store_option(command: F) -> F:
    """`--store`, before the command's name or after it."""
    return click.option(
        "--store",
        metavar="URL",
        callback=_store,
        expose_value=True,
        help="Where matches are kept. [default: $ARENA_STORE, else ./arena.db]",
    )(command)


def _store(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return value if value is not None else ctx.find_root().obj


def formats(command: F) -> F:
    """`--json`, `--csv` and `--md`; the command gets one `format`."""
    for name, what in (("md", "Markdown"), ("csv", "CSV"), ("json", "JSON")):
        command = click.option(f"--{name}", "format", flag_value=name, type=click.STRING, help=f"Print {what}.")(
            command
        )
    return command


def complete(kind: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Completes the names of games, agents, judges or boards."""

    def completed(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from arena.library import names

        return [CompletionItem(name) for name in names(kind) if name.startswith(incomplete)]

    return completed


def value_of(text: str) -> Any:
    """A value given on the command line: JSON where it is JSON, else the text itself."""
    import json

    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text


def _no_number(text: str) -> Any:
    # Python reads NaN and Infinity; they are no JSON.
    raise ValueError(text)


class Amount(click.FloatRange):
    """A number in a range; not NaN, which is under no bound, and not without end."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{value!r} is no number", param, ctx)
        return found


def span(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """A length of time in seconds: a number, with s, m or h after it or none."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", value.strip())
    if found is None:
        raise click.BadParameter(f"{value!r} is no length of time; write it like 90, 15m or 2h", ctx, parameter)
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def command_again(ctx: click.Context, **changed: str) -> str:
    """The command line that is running, with some options given other values; passwords in it are not shown."""
    from arena.calling.secrets import masked

    words: list[str] = []
    for parameter in ctx.command.params:
        name = str(parameter.name)
        # `arena --store x run` says it for the command.
        here = (
            ctx if name != "store" or ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE else ctx.find_root()
        )
        if name in changed or here.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value: Any = ctx.params[name]
        if isinstance(parameter, click.Argument):
            words.insert(0, str(value))
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(parameter.opts[0])
        elif isinstance(parameter, click.Option) and parameter.multiple:
            words += [word for each in value for word in (parameter.opts[0], masked(str(each)))]
        else:
            listed = cast("list[Any]", value) if isinstance(value, list) else [value]
            told = ",".join(f"{each:g}" if type(each) is float else str(each) for each in listed)
            words += [parameter.opts[0], masked(told)]
    words += [word for name, value in changed.items() for word in (f"--{name.replace('_', '-')}", value)]
    return shlex.join([*ctx.command_path.split(), *words])


def pairs(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    """`key=value` words as a dict."""
    found: dict[str, Any] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"expected key=value, got {text!r}", ctx, parameter)
        found[key.replace("-", "_")] = value_of(value)
    return found

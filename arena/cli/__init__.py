"""The command line: thin commands over the package, each file loaded when one of its commands is named."""

import errno
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from types import FrameType
from typing import Never

import click

from arena import __version__
from arena.errors import ArenaError

COMMANDS = {
    "demo": ("demo", "Play, judge and rate scripted agents, offline."),
    "init": ("run", "Write a commented tournament file."),
    "run": ("run", "Play a tournament; again continues it."),
    "play": ("play", "Play one match and show it."),
    "judge": ("judge", "Judge what is stored, or judge it further."),
    "status": ("run", "Show where the tournaments in the store stand."),
    "matches": ("log", "List matches, by agent, game, outcome or act."),
    "show": ("match", "Show one match, as a seat, a judge or nobody saw it."),
    "replay": ("match", "Play a stored match again and compare."),
    "board": ("board", "Show a leaderboard."),
    "compare": ("board", "Compare two agents or variants, deal by deal."),
    "table": ("log", "Give the log as flat rows."),
    "games": ("games", "List games, or start a new one."),
    "endpoint": ("endpoint", "Serve scripted agents and judges over the OpenAI protocol."),
    "doctor": ("doctor", "Check versions, sandbox, store and endpoints."),
    "completion": ("completion", "Print the completion script of a shell."),
}
"""Command to the file it is in and what it does; `--help` reads this and loads no file."""

_NO_ROOM = {errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)}
CRASH = 70
"""The exit code of a mistake in the arena itself."""


class Commands(click.Group):
    """The commands by name, each loaded when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # the signature is click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the signature is click's
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"arena.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = get_close_matches(args[0], list(COMMANDS), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "see: arena --help"
            raise click.UsageError(f"no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # the signature is click's
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Data goes to stdout, talk to stderr. Exit codes: 0 done; 1 finished with too many void matches; "
    "2 usage or configuration; 3 preflight refused; 4 budget reached; 5 store; 130 and 143 stopped by a signal.",
)
@click.option("--store", metavar="URL", help="Where matches are kept. [default: $ARENA_STORE, else ./arena.db]")
@click.option("--debug", is_flag=True, envvar="ARENA_DEBUG", help="Show the traceback of an unexpected error.")
@click.version_option(__version__, prog_name="arena")
@click.pass_context
def arena(ctx: click.Context, *, store: str | None, debug: bool) -> None:
    """Social and negotiation games for language models: play, rate, judge, and learn from one log."""
    ctx.obj = store
    ctx.meta["debug"] = debug


def main(args: Sequence[str] | None = None) -> Never:
    """Run the command line and exit."""
    import signal

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a character shows its number.
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # asked for above
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(_run(sys.argv[1:] if args is None else list(args)))


def _terminated(_number: int, _frame: FrameType | None) -> Never:
    raise SystemExit(143)


def _run(args: list[str]) -> int:
    from arena.terminal import say

    try:
        result = arena.main(args=args, prog_name="arena", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(error.format_message() + "\n")
        return 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        say(f"error: {_sentence(error.format_message())}")
        if isinstance(context, click.Context) and "--help" not in error.format_message():
            say(f"see: {context.command_path} --help")
        return 2
    except ArenaError as error:
        say(f"error: {error}")
        return error.code
    except (click.Abort, KeyboardInterrupt):
        say("stopped")
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if _debug(args):
            raise
        where = f"{error.filename}: " if error.filename else ""
        say(f"error: {where}{error.strerror or error}")
        return 5 if error.errno in _NO_ROOM else 2
    except Exception as error:
        if _debug(args):
            raise
        say(f"error: {type(error).__name__}: {error}")
        say("this is a mistake in the arena; the same command with ARENA_DEBUG=1 shows where")
        return CRASH
    return result if isinstance(result, int) else 0


def _debug(args: list[str]) -> bool:
    return "--debug" in args or os.environ.get("ARENA_DEBUG", "") not in {"", "0"}


def _sentence(message: str) -> str:
    """A message of click in the form of ours: lower case, no full stop."""
    return (message[:1].lower() + message[1:]).removesuffix(".")

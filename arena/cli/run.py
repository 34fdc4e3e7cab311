"""`arena init`, `arena run` and `arena status`: tournaments."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from arena.cli.dry_run import dry_run_of, plan_of
from arena.cli.options import Amount, as_json, command_again, span, store_option
from arena.errors import UsageError

if TYPE_CHECKING:
    from arena.tournament import Outcome

TEMPLATE = """\
# A tournament. Play it with: arena run {path}
# The same command again continues it; when it is finished, it does nothing.

name = "my-cup"
seed = 7                        # of all chance in the games: the same seed, the same cards
schedule = "round_robin"        # or "swiss", or "matchmaking" (closest in skill, least certain first)
deals = 5                       # draws of chance a game; each is played under all rotations of the seats
self_play = true                # in games scored by reward, each agent also meets copies of itself
repetitions = 1                 # the same deal and seating again, with fresh randomness of the agents

# Agents: a kind is a file in agents/.
[[agents]]
name = "honest"
kind = "honest"

[[agents]]
name = "liar"
kind = "liar"

[[agents]]
name = "tit-for-tat"
kind = "tit_for_tat"

# A model behind any OpenAI-compatible server. The key is named, never written here.
# [[agents]]
# name = "alice"
# kind = "llm"
# model = "gpt-5-mini"
# base_url = "https://api.openai.com/v1"
# api_key_env = "OPENAI_API_KEY"
# temperature = 0.8

# Games: `arena games list` shows them; "tag:negotiation" takes all with that tag.
[[games]]
name = "ultimatum"
params = {{ pie = 100 }}

# [[games]]
# name = "werewolf"
# seats = 7
# fill = ["honest", "random"]   # unrated agents for the seats left over

# The same deals under another condition, compared by: arena compare base no-acts
# [[variants]]
# name = "no-acts"
# acts = "off"                  # or "offered" (default), "asked": at least one in each message

# Judges: what rules decide is judged anyway; models judge what rules cannot. Judge again later with: arena judge {path}
# [[judges]]
# kind = "panel"
# rubric = "conduct"            # a file in judges/rubrics/
# models = ["openai/gpt-5-mini", "google/gemini-2.5-flash", "anthropic/claude-haiku-4-5"]
# canaries = 0.05               # matches with known conduct, mixed in to judge the judges
# share = 1.0                   # of the matches whose conduct is judged

# Reads what was said in free text into typed acts, which rules then decide.
# [[judges]]
# kind = "extract"
# models = ["openai/gpt-5-mini"]

# Says which of two judgements is better, where rules don't know.
# [[judges]]
# kind = "meta"
# models = ["openai/gpt-5-mini"]

[limits]
concurrency = 64                # matches at once whose agents have to be waited for
# max_cost_usd = 5.0            # stop before the calls of the whole tournament cost more; exit code 4
# max_calls = 20000             # stop before there are more of them
# max_time = 3600               # seconds; stop a run after so long
max_void_share = 0.0            # more void matches than this: exit code 1

# What a model costs, in USD per million tokens, where the price table does not know it or you pay another price.
# [prices."gpt-5-mini"]
# input = 0.25
# output = 2.0
# cached = 0.025                # prompt tokens that came from the endpoint's cache
"""


@click.command()
@click.argument("path", default="cup.toml")
def init(*, path: str) -> None:
    """Write a commented tournament file to PATH (cup.toml); `-` prints it."""
    from arena import terminal

    if path == "-":
        terminal.write(TEMPLATE.format(path="cup.toml").removesuffix("\n"))
        return
    file = Path(path)
    # `arena init > cup.toml` makes the file before we look.
    if file.exists() and file.stat().st_size:
        raise UsageError(f"{path} is there already; name another file: arena init other.toml")
    try:
        file.write_text(TEMPLATE.format(path=path), encoding="utf-8")
    except OSError as error:
        # A failed write, unlike a failed open, does not say of which file.
        raise OSError(error.errno, error.strerror, path) from None
    terminal.say(f"wrote {path}; play it with: arena run {path}")


def _words(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> list[str]:
    return [word.strip() for word in (value or "").split(",") if word.strip()]


@click.command()
@click.argument("cup", required=False, type=click.Path())
@click.option(
    "--agents", callback=_words, metavar="A,B,…", help="Without a file: kinds, provider/MODEL, or NAME=either."
)
@click.option("--games", callback=_words, metavar="G,…", help="Without a file: games, or tag:TAG.")
@click.option("--deals", type=click.IntRange(min=1), default=5, show_default=True, help="Without a file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Without a file.")
@click.option("--name", default="flags", show_default=True, help="Without a file: what the tournament is called.")
@click.option("--schedule", default="round_robin", show_default=True, help="Without a file.")
@click.option("--base-url", metavar="URL", help="Without a file: where ollama, vllm and scripted models are served.")
@click.option("--fill", callback=_words, metavar="A,…", help="Without a file: unrated agents for the seats left over.")
@click.option("--dry-run", is_flag=True, help="Say what would be played, and play nothing.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Begin at most so many matches.")
@click.option("--max-cost", type=Amount(min=0), metavar="USD", help="Stop before the tournament's calls cost more.")
@click.option(
    "--max-calls", type=click.IntRange(min=0), metavar="N", help="Stop before the tournament has made more calls."
)
@click.option("--max-time", callback=span, metavar="TIME", help="Stop this run after so long: 90 (seconds), 15m, 2h.")
@click.option("--concurrency", type=click.IntRange(min=1), metavar="N", help="Matches at once; goes before the file's.")
@click.option("--retry-void", is_flag=True, help="Try matches again that came out void for good.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@as_json
@store_option
def run(
    *,
    cup: str | None,
    dry_run: bool,
    limit: int | None,
    max_cost: float | None,
    max_calls: int | None,
    max_time: float | None,
    concurrency: int | None,
    retry_void: bool,
    quiet: bool,
    as_json: bool,
    store: str | None,
    **flags: Any,
) -> int:
    """Play the tournament in the file CUP, or one given by flags; the same command again continues it."""
    from arena import terminal
    from arena.calling.secrets import masked
    from arena.running.progress import Silent, progress_for
    from arena.tournament import run as play

    tournament = _cup(cup, flags)
    if tournament.judges:
        from arena.cli.judge import warn_of_quorum

        warn_of_quorum(tournament.judges)
    if dry_run:
        dry_run_of(tournament, store, concurrency, as_json=as_json)
        return 0
    outcome = play(
        tournament,
        store,
        limit=limit,
        concurrency=concurrency,
        retry_void=retry_void,
        max_cost=max_cost,
        max_calls=max_calls,
        max_time=max_time,
        progress=Silent() if quiet else progress_for(),
        judging=Silent() if quiet else progress_for(what="matches judged"),
    )
    judged = outcome.judged
    row = {
        "tournament": outcome.tournament,
        "store": outcome.store,
        "total": outcome.total,
        "done": outcome.done,
        "played": outcome.played,
        "void": outcome.void,
        "finished": outcome.finished,
        "reasons": [{"id": match, "reason": reason} for match, reason in outcome.reasons],
        "reached": outcome.reached or None,
        "spent": outcome.spent.data(),
        "judged": None if judged is None else judged.data(),
    }
    if as_json:
        terminal.write(terminal.as_json(row))
    kept = f" --store {quote(masked(store))}" if store else ""
    which = f"--tournament {quote(outcome.tournament)}{kept}"
    _say_how_it_ended(outcome, which)
    if judged is not None:
        from arena.cli.judge import say_how_judging_ended, write_judged

        if not as_json:
            write_judged(judged)
        say_how_judging_ended(judged, which, f"arena judge {quote(cup or '')}{kept}")
    return outcome.code


def _say_how_it_ended(outcome: "Outcome", which: str) -> None:
    """Why matches are void, where the tournament stands, and what to do next; `which` are flags that name it."""
    from arena import terminal

    for match, reason in outcome.reasons[:5]:
        terminal.say(f"void: {match}: {reason}")
    if len(outcome.reasons) > 5:
        terminal.say(f"and {len(outcome.reasons) - 5} more void matches; see: arena matches --outcome void {which}")
    void = f", {outcome.void} void" if outcome.void else ""
    if outcome.finished:
        state = "finished"
    elif outcome.reached:
        state = "not finished"
    else:
        state = "not finished; the same command continues"
    spent = f", {outcome.spent.line()}" if outcome.spent.calls else ""
    terminal.say(
        f"{outcome.tournament}: {outcome.done} of {outcome.total} matches in {outcome.store}{void}{spent}, {state}"
    )
    if outcome.reached and not outcome.finished:
        terminal.say(f"budget reached: {outcome.reached}; matches that were begun are paused, nothing is lost")
        terminal.say(f"go on with: {_further(outcome)}")
    if outcome.void:
        terminal.say("when what failed is well again, the same command with --retry-void plays void matches again")
    if outcome.finished and outcome.done:
        terminal.say(f"see it with: arena board {which}")


def _further(outcome: "Outcome") -> str:
    """The command that goes on where a budget ended the run: with twice the budget, or for the same time again."""
    context = click.get_current_context()
    flag, value = outcome.reached.split(";")[0].split()
    if flag == "--max-calls":
        return command_again(context, max_calls=str(2 * max(int(value), outcome.spent.calls, 1)))
    if flag == "--max-cost":
        return command_again(context, max_cost=f"{2 * max(float(value), outcome.spent.cost_usd) or 1:g}")
    return command_again(context)


def _cup(path: str | None, flags: dict[str, Any]) -> Any:
    from arena.cups.cup import flag_cup, read_cup

    agents, games = flags.pop("agents"), flags.pop("games")
    if path is not None:
        if agents or games:
            raise UsageError(f"{path} says who plays what; take --agents and --games away, or the file")
        _refuse_flags(path, flags)
        return read_cup(path)
    if not agents or not games:
        raise UsageError("nothing to play; name a file (`arena init` writes one), or both --agents and --games")
    return flag_cup(agents, games, **flags)


def _refuse_flags(path: str, flags: Iterable[str]) -> None:
    """Raise for a flag beside a file, which says the same and would be believed."""
    context = click.get_current_context()
    for flag in flags:
        if context.get_parameter_source(flag) is ParameterSource.COMMANDLINE:
            name = flag.replace("_", "-")
            raise UsageError(f"--{name} is for a run without a file; take it away, and say it in {path}")


@click.command()
@click.argument("cup", required=False, type=click.Path())
@as_json
@store_option
def status(*, cup: str | None, as_json: bool, store: str | None) -> None:
    """Show where the tournaments in the store stand; with a file CUP, where each of its games does."""
    from arena import api, terminal

    if cup is not None:
        from arena.cups.cup import read_cup

        plan_of(read_cup(cup), store, as_json=as_json)
        return
    rows = api.status(store)
    if as_json:
        terminal.write(terminal.as_json(rows))
    else:
        columns = ["tournament", "agents", "games", "matches", "forfeit", "unjudged", "void"]
        if any(row["judgements"] for row in rows):
            columns.append("judgements")
        if any(row["calls"] for row in rows):
            columns += ["calls", "tokens", "cost"]
        told = [{**row, "tokens": row["prompt_tokens"] + row["completion_tokens"], "cost": _cost(row)} for row in rows]
        terminal.write_rows(told, columns)


def _cost(row: Mapping[str, Any]) -> str:
    from arena.calling.budget import dollars

    return "unknown" if row["cost_usd"] is None else dollars(row["cost_usd"])

"""`arena judge`: what is stored is judged, or judged further."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from arena.cli.options import Amount, as_json, command_again, complete, span, store_option, value_of
from arena.errors import UsageError

if TYPE_CHECKING:
    from arena.judging.entry import JudgeEntry
    from arena.judging.runs.work import Judged


def _words(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> list[str]:
    return [word.strip() for word in (value or "").split(",") if word.strip()]


@click.command()
@click.argument("cup", required=False, type=click.Path())
@click.option("--tournament", metavar="NAME", help="Without a file: which. [default: the last begun]")
@click.option(
    "--kind", shell_complete=complete("judges"), metavar="KIND", help="Without a file: which in judges/. [panel]"
)
@click.option("--models", callback=_words, metavar="A,B,…", help="Without a file: provider/MODEL of those that judge.")
@click.option("--rubric", metavar="NAME|FILE", help="Without a file: what a panel is asked. [conduct]")
@click.option("--base-url", metavar="URL", help="Without a file: where the models are served.")
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="Without a file: another key of it.")
@click.option(
    "--canaries", type=Amount(0, 1), metavar="SHARE", help="Without a file: share of matches with known conduct."
)
@click.option("--max-cost", type=Amount(min=0), metavar="USD", help="Stop before the tournament's calls cost more.")
@click.option(
    "--max-calls", type=click.IntRange(min=0), metavar="N", help="Stop before the tournament has made more calls."
)
@click.option("--max-time", callback=span, metavar="TIME", help="Stop this run after so long: 90 (seconds), 15m, 2h.")
@click.option("--concurrency", type=click.IntRange(min=1), metavar="N", help="Questions at once; before the file's.")
@click.option(
    "--human", type=click.IntRange(min=1), metavar="N", help="Write a blind sheet of N rows, or read it filled in."
)
@click.option("--as", "person", metavar="NAME", help="With --human: who fills it in. [me]")
@click.option("--sheet", type=click.Path(), metavar="FILE", help="With --human: where it is. [judge-NAME.csv]")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@as_json
@store_option
def judge(
    *,
    cup: str | None,
    human: int | None,
    person: str | None,
    sheet: str | None,
    tournament: str | None,
    max_cost: float | None,
    max_calls: int | None,
    max_time: float | None,
    concurrency: int | None,
    quiet: bool,
    as_json: bool,
    store: str | None,
    **flags: Any,
) -> int:
    """Judge what is stored, by the judges in the file CUP, by one given by flags, or by those that judged before.

    The same command again asks what was left, and nothing twice. With --human a person judges, in a spreadsheet.
    """
    if human is not None or person is not None or sheet is not None:
        from arena.cli.sheet import judge_by_person

        given = [name for name, value in flags.items() if name != "rubric" and value not in (None, [], ())]
        if given:
            raise UsageError(f"--{given[0].replace('_', '-')} is for judges that are models, not for --human")
        return judge_by_person(cup, store, tournament, human, person, sheet, rubric=flags["rubric"], as_json=as_json)
    from arena import api, terminal
    from arena.calling.secrets import masked
    from arena.running.progress import Silent, progress_for

    judges = _flag_judges(cup, tournament, flags)
    if judges is not None:
        warn_of_quorum(judges)
    judged = api.judge(
        cup,
        store,
        judges=judges,
        tournament=tournament,
        max_cost=max_cost,
        max_calls=max_calls,
        max_time=max_time,
        concurrency=concurrency,
        progress=Silent() if quiet else progress_for(what="matches judged"),
    )
    if as_json:
        terminal.write(terminal.as_json(judged.data()))
    else:
        write_judged(judged)
    kept = f" --store {quote(masked(store))}" if store else ""
    say_how_judging_ended(judged, f"--tournament {quote(judged.tournament)}{kept}", _further(judged))
    return judged.code


def warn_of_quorum(judges: "Sequence[JudgeEntry]") -> None:
    """Say of panels that are too small to come to anything that they are."""
    from arena import terminal
    from arena.judging.entry import under_quorum

    for told in under_quorum(judges):
        terminal.say(told)


def write_judged(judged: "Judged") -> None:
    """What each judge was asked and what came of it, as a table."""
    from arena import terminal

    rows = [{"judge": name, **tally.data()} for name, tally in judged.judges.items()]
    terminal.write_rows(rows, ["judge", "before", "given", "abstained", "failed", "left"])


def say_how_judging_ended(judged: "Judged", which: str, further: str) -> None:
    """Why judges failed or were left out, where judging stands, and what to do next; `which` are flags that name it."""
    from arena import terminal

    for name, tally in judged.judges.items():
        for reason, times in tally.why_mostly(3):
            terminal.say(f"{name}: {times} times: {reason}" if times > 1 else f"{name}: {reason}")
    spent = f", {judged.spent.line()}" if judged.spent.calls else ""
    terminal.say(
        f"{judged.tournament}: judged {judged.done} of {judged.items} matches (those with known conduct among them) "
        f"in {judged.store}{spent}, {'finished' if judged.finished else 'not finished'}"
    )
    if judged.reached and not judged.finished:
        terminal.say(f"budget reached: {judged.reached}; what was answered is kept, nothing is lost")
    if judged.left:
        terminal.say(f"{judged.left} questions are left, since an endpoint failed; see: arena doctor")
    if not judged.finished:
        terminal.say(f"go on with: {further}")
    else:
        terminal.say(f"see it with: arena board conduct {which}, or: arena table verdicts {which}")


def _further(judged: "Judged") -> str:
    """The command that goes on where a run ended: with twice the budget that ended it."""
    context = click.get_current_context()
    flag, _, value = judged.reached.split(";")[0].partition(" ")
    if flag == "--max-calls":
        # More than was spent by whoever spent it, or the next run could ask nothing.
        return command_again(context, max_calls=str(2 * max(int(value), judged.spent.calls, 1)))
    if flag == "--max-cost":
        return command_again(context, max_cost=f"{2 * max(float(value), judged.spent.cost_usd) or 1:g}")
    return command_again(context)


def _flag_judges(cup: str | None, tournament: str | None, flags: Mapping[str, Any]) -> "Sequence[JudgeEntry] | None":
    """The one judge that flags describe; None where there are no such flags."""
    from arena.judging.entry import judge_entry

    given = [name for name, value in flags.items() if value not in (None, [], ())]
    if cup is not None and (given or tournament):
        name = (given or ["tournament"])[0].replace("_", "-").replace("options", "set")
        raise UsageError(f"--{name} is for judging without a file; take it away, and say it in {cup}")
    if not given:
        return None
    kind = flags["kind"] or "panel"
    options: dict[str, Any] = dict(map(_option, flags["options"]))
    options |= {name: flags[name] for name in ("rubric", "base_url") if flags[name] is not None}
    if flags["models"]:
        options |= _models(kind, flags["models"])
    # Another rubric is another judge beside those of before, whose verdicts need the text of theirs.
    rubric = Path(flags["rubric"] or "").stem
    name = f"{kind} {rubric}" if rubric not in ("", "conduct") else kind
    return [judge_entry(kind, options, name=name, canaries=flags["canaries"], places=_PLACES)]


_PLACES = {name: f"--{name}".replace("_", "-") for name in ("models", "model", "rubric", "base_url", "canaries")}


def _models(kind: str, models: list[str]) -> dict[str, Any]:
    """The models under the key that the kind of judge has for them."""
    from arena.judging.file import judge_file
    from arena.library import names

    known = {one.name for one in judge_file(kind).options} if kind in names("judges") else {"models"}
    if "models" in known or "model" not in known:
        return {"models": models}
    if len(models) > 1:
        raise UsageError(f"--models: judges of kind {kind!r} ask one model each; name one, or use a tournament file")
    return {"model": models[0]}


def _option(text: str) -> tuple[str, Any]:
    from arena.judging.entry import LISTS

    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--set {text!r} is no KEY=VALUE, as in --set orders=1")
    given = value_of(value)
    if name in LISTS and isinstance(given, str):
        return name, [word.strip() for word in given.split(",") if word.strip()]
    return name, given

"""`arena demo`: small tournaments without key or network, played, judged and rated; models sit behind a real server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arena.cli.options import store_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arena.cups.cup import Cup

AGENTS = ("honest", "liar", "betrayer", "tit_for_tat", "conceder", "hardliner", "random", "silent")
MODELS = ("scripted/honest", "scripted/liar")
GAMES = ("ultimatum", "matrix_game", "deal_or_no_deal", "buyer_seller", "public_goods", "werewolf")
SPEAKERS = ("honest", "liar", "silent", "scripted/honest")
"""Who argues before a panel, in a game that only judges can decide."""
JURY = "jury"
JUDGES = ("honest", "quoter", "honest@0.02", "first")
"""The scripted judges of the panel; the last goes by who is shown first, and is found out."""
SHARE = 0.1
"""Of so many matches the conduct is judged."""
FOLDER = Path("arena-demo")
SEED = 7


@click.command()
@click.option("--deals", type=click.IntRange(min=1), default=2, show_default=True, help="Draws of chance a game.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@store_option
def demo(*, deals: int, quiet: bool, store: str | None) -> int:
    """Play small tournaments of scripted agents, offline, judge them by a scripted panel, and rate them.

    Two agents and all judges sit as models behind a real server on this machine. Kept in ./arena-demo/arena.db, or
    --store; again continues.
    """
    from arena import api, terminal
    from arena.cli.board import write_standings
    from arena.running.progress import Silent, progress_for
    from arena.serving.endpoint import local_endpoint
    from arena.tournament import run

    if store is None:
        FOLDER.mkdir(exist_ok=True)
        store = str(FOLDER / "arena.db")
    with local_endpoint() as base_url:
        main = _cup("demo", [*AGENTS, *MODELS], GAMES, deals, base_url)
        jury = _cup("demo-jury", SPEAKERS, [JURY], deals, base_url)
        terminal.say(
            f"{len(main.agents)} agents, {len(MODELS)} of them as models at {base_url}, play {len(main.games)} games; "
            f"{len(jury.agents)} argue before a jury; {len(JUDGES)} scripted judges read both"
        )
        for cup in (main, jury):
            outcome = run(cup, store, progress=Silent() if quiet else progress_for())
            for match, reason in outcome.reasons[:5]:
                terminal.say(f"void: {match}: {reason}")
            if not outcome.finished:
                terminal.say("stopped; the same command continues")
                return outcome.code
            judged = api.judge(cup, store, progress=Silent() if quiet else progress_for(what="matches judged"))
            if not judged.finished:
                terminal.say("stopped; the same command continues")
                return judged.code
    apart = {"agent": "honest,liar,betrayer", "dimension": "claims,promises"}
    boards: tuple[tuple[str, str, Cup, dict[str, Any]], ...] = (
        ("overall", "overall", main, {}),
        ("conduct", "conduct", main, {}),
        ("honest, liar and betrayer, by rules and by the scripted panel", "dimensions", main, apart),
        ("frontier", "frontier", main, {}),
        ("judges (scripted)", "judges", main, {}),
        ("jury, ranked by the scripted panel", JURY, jury, {}),
    )
    for number, (title, board, which, options) in enumerate(boards):
        terminal.write(f"\n{title}:" if number else f"{title}:")
        write_standings(api.board(board, store, tournament=which.name, **options), None)
    where = "" if store == "arena.db" else f" --store {store}"
    terminal.say(f"\nmore: arena matches{where} --tournament {main.name} --act claim=false")
    terminal.say(f"      arena compare honest liar{where} --tournament {main.name}")
    terminal.say(f"      arena table verdicts{where} --tournament {jury.name}")
    return 0


def _cup(name: str, agents: "Sequence[str]", games: "Sequence[str]", deals: int, base_url: str) -> "Cup":
    """A tournament; its name hangs on what plays what, so that a changed agent begins another."""
    from dataclasses import replace

    from arena.cups.cup import flag_cup
    from arena.identity import digest
    from arena.judging.entry import judge_entry

    cup = flag_cup(agents, games, deals=deals, seed=SEED, name=name, base_url=base_url)
    identity = [[one.fingerprint for one in cup.agents], [entry.game.sha256 for entry in cup.games]]
    models = [f"scripted/judge-{judge}" for judge in JUDGES]
    panel = judge_entry("panel", {"models": models, "base_url": base_url, "views": ["full"], "share": SHARE})
    return replace(cup, name=f"{name}-{digest(identity).hex()[:6]}", judges=(panel,))

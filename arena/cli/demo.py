"""`arena demo`: a small tournament without key or network, some of its agents models behind a real server."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from arena.cli.options import store_option

if TYPE_CHECKING:
    from arena.cups.cup import Cup

AGENTS = ("honest", "liar", "betrayer", "tit_for_tat", "conceder", "hardliner", "random", "silent")
MODELS = ("scripted/honest", "scripted/liar")
GAMES = ("ultimatum", "matrix_game", "deal_or_no_deal", "buyer_seller", "public_goods", "werewolf")
FOLDER = Path("arena-demo")
SEED = 7


@click.command()
@click.option("--deals", type=click.IntRange(min=1), default=2, show_default=True, help="Draws of chance a game.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@store_option
def demo(*, deals: int, quiet: bool, store: str | None) -> int:
    """Play a small tournament of scripted agents, offline, and rate it.

    Two of them sit as models behind a real server on this machine. Kept in ./arena-demo/arena.db, or --store; again
    continues.
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
        cup = _cup(base_url, deals)
        terminal.say(
            f"{len(cup.agents)} agents, {len(MODELS)} of them as models at {base_url}, play {len(cup.games)} games"
        )
        outcome = run(cup, store, progress=Silent() if quiet else progress_for())
    if not outcome.finished:
        terminal.say("stopped; the same command continues")
        return outcome.code
    for match, reason in outcome.reasons[:5]:
        terminal.say(f"void: {match}: {reason}")
    for number, board in enumerate(("overall", "conduct")):
        terminal.write(f"\n{board}:" if number else f"{board}:")
        write_standings(api.board(board, store, tournament=cup.name), None)
    where = "" if store == "arena.db" else f" --store {store}"
    terminal.say(f"\nmore: arena matches{where} --act claim=false")
    terminal.say(f"      arena compare honest liar{where}")
    return outcome.code


def _cup(base_url: str, deals: int) -> "Cup":
    """The tournament; its name hangs on what plays what, so that a changed agent begins another."""
    from dataclasses import replace

    from arena.cups.cup import flag_cup
    from arena.identity import digest

    cup = flag_cup([*AGENTS, *MODELS], GAMES, deals=deals, seed=SEED, name="demo", base_url=base_url)
    identity = [[one.fingerprint for one in cup.agents], [entry.game.sha256 for entry in cup.games]]
    return replace(cup, name=f"demo-{digest(identity).hex()[:6]}")

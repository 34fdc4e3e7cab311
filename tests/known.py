"""A small tournament with its canaries and what the scripted bench makes of them; made once for all tests."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from tempfile import TemporaryDirectory

from arena.cups.cup import Cup
from arena.judging.bait.canaries import canaries_for
from arena.judging.judgement import Canary
from arena.store import open_store
from arena.tournament import run
from tests.benched import Kept, asked
from tests.cups import small_cup

GAMES = ("buyer_seller", "ultimatum", "hidden_profile")
BAD = ("obedient", "first", "longest", "self", "always10", "masterkey")
"""They answer, and are wrong."""
MUTE = ("range", "refuser", "garbage")
"""They give no answer that could be right or wrong."""
GOOD = ("honest", "quoter")
NOISY = ("honest@0.1", "honest@0.3", "honest@0.6")


def cup(deals: int = 2) -> Cup:
    """Honest, lying and betraying agents in three games."""
    return small_cup(agents=("honest", "liar", "betrayer", "tit_for_tat"), games=GAMES, deals=deals)


@cache
def played(deals: int = 2) -> Kept:
    """Its matches, nothing judged."""
    with TemporaryDirectory() as folder, open_store(f"{folder}/arena.db") as store:
        run(cup(deals), store)
        log = store.log("cup")
        records = {result.id: log.record(result.id) for result in log.results}
        return Kept(records, log.results, log.agents)


@cache
def known(number: int = 40) -> Sequence[Canary]:
    """Its canaries."""
    log = played()
    return canaries_for(log, "cup", log.results, number / len(log.results))


@cache
def judged(judges: tuple[str, ...] = (*GOOD, *BAD, *MUTE, *NOISY), number: int = 40) -> Kept:
    """The canaries and the matches that pairs are of, judged; of all else nothing."""
    log, canaries = played(), known(number)
    by_id = {canary.id: canary.record for canary in canaries}
    sources = {str(canary.truth["of"]) for canary in canaries if "of" in canary.truth} - by_id.keys()
    items = {**{one: log.records[one] for one in sorted(sources)}, **by_id}
    return replace(log, judgements=asked(judges, items.values()), canaries=canaries)

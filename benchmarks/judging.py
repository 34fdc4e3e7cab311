"""A thousand stored matches judged by a panel of five: calls a second with the arena around them and without.

    python -m benchmarks.judging

Five scripted judges answer over the scripted endpoint, which runs in another process and answers after 200 ms. "The
same client" is `openai` by its fast path: it sends the very requests that the panel sent, as many under way, reads the
text of each answer, and does nothing with it. A second run has nothing to ask. Besides: what making a sheet and reading
a reply take of this process, for calls about all dimensions and about one.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import arena
from arena.cups.cup import flag_cup
from arena.judging.entry import JudgeEntry, judge_entry
from arena.judging.rubric import rubric
from arena.judging.runs.items import JOURNAL, rules_of
from arena.judging.runs.work import Judged
from arena.judging.sheets.asking import conduct_questions
from arena.judging.sheets.shown import Source
from arena.serving.judges import answer
from arena.store import open_store
from benchmarks.calls import elsewhere
from benchmarks.flight import FLIGHT, bare
from benchmarks.timing import alternate, line

JUDGES = tuple(f"scripted/judge-honest@{noise}" for noise in ("0", "0.0", "0.1", "0.2", "0.3"))
"""Of names of their own, so that each is shown the seats in its own order."""
PLAYERS = ("honest", "liar", "betrayer", "conceder", "hardliner")
DEALS = 50
"""A thousand matches: everybody against everybody else, in both seats."""
FEW = 50
"""So many of them tell what a call takes of this process."""


def played(store: Path) -> int:
    """Store the matches; how many."""
    done = arena.run(flag_cup(list(PLAYERS), ["ultimatum"], deals=DEALS, self_play=False), str(store))
    if done.void or done.done != done.total:
        raise SystemExit(f"{done.void} of {done.total} matches are void: {done.reasons[:1]}")
    return done.total


def panel(url: str) -> JudgeEntry:
    """Five judges, all dimensions of a view in one call, no canaries."""
    return judge_entry("panel", {"models": list(JUDGES), "base_url": url}, canaries=0.0)


def judged(store: Path, url: str) -> Judged:
    """Judge all that is left."""
    return arena.judge(None, str(store), judges=[panel(url)], concurrency=FLIGHT)


def requests(store: Path) -> list[Mapping[str, Any]]:
    """What the panel was sent."""
    with open_store(str(store)) as opened:
        return [sent.body for row in opened.log().results for sent in opened.sent(JOURNAL + row.id)]


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, seconds of the clock, and seconds of this process."""
    start, spent = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - start, time.process_time() - spent


def speed(store: Path) -> None:
    """Calls a second, with and without, and nothing judged twice."""
    with elsewhere("--latency", "200ms") as url:
        done, taken, spent = timed(lambda: judged(store, url))
        bodies = requests(store)
        _, alone, less = timed(lambda: asyncio.run(bare(url, bodies)))
        again, pause, _ = timed(lambda: judged(store, url))
    if not done.finished or again.spent.calls != done.spent.calls:
        raise SystemExit(f"{done.left} questions are left, and the second run made calls of its own")
    count = len(bodies)
    line(f"calls in all; {FLIGHT} in flight, answers after 200 ms", f"{count}")
    line("the same client, nothing around it", f"{count / alone:.0f} calls/s")
    line("  processor time of a call", f"{1e3 * less / count:.2f} ms")
    line("a panel: asked, read, journalled, stored", f"{count / taken:.0f} calls/s")
    line("  processor time of a call", f"{1e3 * spent / count:.2f} ms")
    line("share of the same client's calls/s (target: 80 %)", f"{alone / taken:.0%}")
    line("calls of a second run", f"{again.spent.calls - done.spent.calls} in {pause:.1f} s")


def sheets(records: Sequence[Mapping[str, Any]], *, together: bool) -> tuple[Callable[[], int], Callable[[], int]]:
    """To make all sheets of some matches, and to read the replies to them."""
    conduct = rubric("conduct")

    def asked() -> list[Any]:
        found: list[Any] = []
        for record in records:
            source = Source(record, rules_of(record))
            for judge in JUDGES:
                found += [one.ask(0) for one in conduct_questions(source, conduct, judge, together=together)]
        return found

    given = asked()
    replies = [
        answer(JUDGES[0], [{"role": "system", "content": one.system}, {"role": "user", "content": one.user}], "")
        for one in given
    ]

    def read() -> int:
        for one, reply in zip(given, replies, strict=True):
            one.read(reply)
        return len(given)

    return (lambda: len(asked())), read


def costs(store: Path) -> None:
    """Processor time of a call's own part here."""
    with open_store(str(store)) as opened:
        log = opened.log()
        records = [log.record(row.id) for row in log.results[:FEW]]
    for together, words in ((True, "all dimensions in a call"), (False, "one dimension a call")):
        some = records if together else records[: FEW // 10]
        make, read = sheets(some, together=together)
        found = alternate({"make": make, "read": read})
        line(f"a sheet, {words} (target with reading: 150 us)", f"{1e6 * found['make']:.0f} us")
        line("  reading its reply", f"{1e6 * found['read']:.0f} us")


def main() -> int:
    """Print all of it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "arena.db"
        line("matches", f"{played(store)}")
        costs(store)
        speed(store)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A thousand stored matches judged by a panel of five: calls a second with the arena around them and without.

    python -m benchmarks.judging

Five scripted judges answer over the scripted endpoint, which runs in another process and answers after 200 ms. "The
same client" is `openai` by its fast path: it sends the very requests that the panel sent, as many under way, reads the
text of each answer, and does nothing with it. The panel is asked about all dimensions of a view in one call, and of
fewer matches about one dimension a call. A second run has nothing to ask. Processor time is of all threads; that of the
endpoint stands beside it, since on few cores both wait for each other. Besides: what making a sheet and reading a reply
take of this process.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
from benchmarks.calls import served
from benchmarks.flight import FLIGHT, bare
from benchmarks.timing import alternate, line

JUDGES = tuple(f"scripted/judge-honest@{noise}" for noise in ("0", "0.0", "0.1", "0.2", "0.3"))
"""Of names of their own, so that each is shown the seats in its own order."""
PLAYERS = ("honest", "liar", "betrayer", "conceder", "hardliner")
DEALS = 50
"""A thousand matches: everybody against everybody else, in both seats."""
APART = 4
"""Deals, of which each match is asked about one dimension a call: eighty matches, as many calls."""
FEW = 50
"""So many of them tell what a call takes of this process."""


def played(store: Path, deals: int) -> int:
    """Store the matches; how many."""
    done = arena.run(flag_cup(list(PLAYERS), ["ultimatum"], deals=deals, self_play=False), str(store))
    if done.void or done.done != done.total:
        raise SystemExit(f"{done.void} of {done.total} matches are void: {done.reasons[:1]}")
    return done.total


def panel(url: str, *, together: bool) -> JudgeEntry:
    """Five judges, no canaries."""
    options = {"models": list(JUDGES), "base_url": url, "together": together}
    return judge_entry("panel", options, canaries=0.0)


def judged(store: Path, url: str, *, together: bool) -> Judged:
    """Judge all that is left."""
    return arena.judge(None, str(store), judges=[panel(url, together=together)], concurrency=FLIGHT)


def size(store: Path) -> int:
    """Bytes on the disk, what is still in the log included."""
    return sum(path.stat().st_size for path in store.parent.glob(f"{store.name}*"))


def busy(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    spent = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def requests(store: Path) -> list[Mapping[str, Any]]:
    """What the panel was sent."""
    with open_store(str(store)) as opened:
        return [sent.body for row in opened.log().results for sent in opened.sent(JOURNAL + row.id)]


class Took(NamedTuple):
    """Seconds of the clock, of this process, and of the endpoint's."""

    clock: float
    ours: float
    theirs: float

    def told(self, what: str, count: int) -> None:
        """Print it for a call."""
        line(what, f"{count / self.clock:.0f} calls/s")
        line("  processor time of a call: here, at the endpoint", f"{self._of(count)} ms")

    def _of(self, count: int) -> str:
        return f"{1e3 * self.ours / count:.2f}, {1e3 * self.theirs / count:.2f}"


def timed(work: Callable[[], Any], pid: int) -> tuple[Any, Took]:
    """What it gives, and what it took."""
    start, spent, others = time.perf_counter(), time.process_time(), busy(pid)
    found = work()
    return found, Took(time.perf_counter() - start, time.process_time() - spent, busy(pid) - others)


def speed(store: Path, *, together: bool) -> None:
    """Calls a second, with and without, and nothing judged twice."""
    before = size(store)
    with served("--latency", "200ms") as (url, pid):
        done, around = timed(lambda: judged(store, url, together=together), pid)
        after = size(store)
        bodies = requests(store)
        _, alone = timed(lambda: asyncio.run(bare(url, bodies)), pid)
        again, pause = timed(lambda: judged(store, url, together=together), pid)
    if not done.finished or again.spent.calls != done.spent.calls:
        raise SystemExit(f"{done.left} questions are left, or the second run made calls of its own")
    count = len(bodies)
    line("all dimensions in a call" if together else "one dimension a call", f"{done.items} matches, {count} calls")
    alone.told("the same client, nothing around it", count)
    around.told("a panel: asked, read, journalled, stored", count)
    line("  share of the same client's calls/s (target: 80 %)", f"{alone.clock / around.clock:.0%}")
    line(
        "  share of both processes' time that is the endpoint's", f"{around.theirs / (around.ours + around.theirs):.0%}"
    )
    line("  store, per call", f"{(after - before) / count / 1e3:.1f} kB")
    line("  calls of a second run", f"{again.spent.calls - done.spent.calls} in {pause.clock:.1f} s")


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
        many, few = Path(folder) / "many.db", Path(folder) / "few.db"
        line("matches", f"{played(many, DEALS)}")
        played(few, APART)
        line(f"calls in flight; answers after 200 ms; processors: {os.cpu_count()}", f"{FLIGHT}")
        costs(many)
        speed(many, together=True)
        speed(few, together=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

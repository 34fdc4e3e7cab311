"""The store: rows written with one commit each and in batches, rows read, and a board over all of them.

    python -m benchmarks.store

Every row is a recorded match with all it says, conduct included; only agents, ranks and deals differ.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random

from arena import conduct
from arena.record import to_json
from arena.single import play
from arena.storage.rows import Played, light, pack
from arena.store import Store, open_store
from benchmarks.timing import line

MATCHES = 100_000
ALONE = 1_000
"""Rows with a commit of their own."""
BATCH = 500
AGENTS = [f"agent {number}" for number in range(30)]


def rows() -> Iterator[Played]:
    """Matches of two that are scored by rank, two to a deal, without end."""
    rng = Random(7)
    made = [play("ultimatum", ["honest", "liar"], seed=seed) for seed in range(20)]
    templates = [(record, conduct.summary(record), pack(to_json(record))) for record in made]
    number = 0
    while True:
        record, acts, blob = templates[number % len(templates)]
        first, second = rng.sample(AGENTS, 2)
        won = int(first.split()[1]) + rng.gauss(0, 10) > int(second.split()[1]) + rng.gauss(0, 10)
        id_, place = f"{number:016x}", f"{number:08d}"
        about = record | {"id": id_, "deal": number // 2, "seed": number // 2, "variant": "base"}
        about |= {"seats": {"player_0": first, "player_1": second}}
        about |= {"ranks": {"player_0": 1 if won else 2, "player_1": 2 if won else 1}}
        row = light(about, place, 0, "rank", [True, True], acts)
        yield Played(id_, place, "finished", row, blob)
        number += 1


def fill(store: Store, made: Iterator[Played]) -> None:
    """Write everything, and say how fast."""
    entries = [("agent", name, "{}") for name in AGENTS] + [("game", "ultimatum", "{}")]
    number = store.enter("bench", {}, entries, {})[0]
    alone = list(islice(made, ALONE))
    spent = seconds(lambda: [store.add(number, [row]) for row in alone])
    line(f"rows/s, one commit each ({ALONE:,} rows)", f"{ALONE / spent:,.0f}")
    spent = 0.0
    left = islice(made, MATCHES - ALONE)
    while batch := list(islice(left, BATCH)):
        spent += seconds(lambda batch=batch: store.add(number, batch))
    line(f"rows/s, {BATCH} to a commit ({MATCHES - ALONE:,} rows)", f"{(MATCHES - ALONE) / spent:,.0f}")


def seconds(work: Callable[[], object]) -> float:
    """How long something takes by the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def command(path: Path, *words: str) -> Callable[[], object]:
    """The command line as a process of its own, start-up included."""
    call = [sys.executable, "-m", "arena", *words, "--json", "--store", str(path)]
    return lambda: subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own command


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.db")
        with open_store(str(path)) as store:
            fill(store, rows())
        with open_store(str(path)) as store:
            log = store.log("bench")
            spent = seconds(lambda: log.results)
            line(f"load of {len(log.results):,} matches of two", f"{spent:.2f} s")
        for words in (["board"], ["board", "ultimatum"], ["board", "conduct"], ["board", "matrix"]):
            spent = seconds(command(path, *words))
            line(f"arena {' '.join(words)}, from the store to the end", f"{spent:.2f} s")


if __name__ == "__main__":
    main()

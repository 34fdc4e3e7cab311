"""A thousand seats of models in flight: calls a second with the arena around them and without, and memory per match.

    python -m benchmarks.flight

Six scripted models play over the scripted endpoint, which runs in another process and answers after 200 ms. "The same
client" is `openai` on its aiohttp backend by its fast path, `client.post`: it sends the very requests that the
tournament sent, with as many under way, reads the text of each answer, and does nothing with it. The arena's own way
to send over that client, which leaves out what one POST does not need, stands beside it. Rounds alternate. Memory is
what the process grows by while all matches wait for answers.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import arena
from arena.calling.asking import wire
from arena.calling.providers import Endpoint
from arena.cups.cup import Cup, flag_cup
from arena.store import open_store
from arena.tournament import Outcome
from benchmarks.calls import elsewhere
from benchmarks.timing import line

MODELS = ("honest", "liar", "betrayer", "hardliner", "conceder", "random")
GAME = "ultimatum"
FLIGHT = 1000
ROUNDS = 3
DEALS = 67
"""2,010 matches: each of the thousand places is taken twice."""


def cup(url: str, deals: int) -> Cup:
    """Six models, everybody against everybody else."""
    models = [f"scripted/{name}" for name in MODELS]
    return flag_cup(models, [GAME], deals=deals, base_url=url, self_play=False)


def tournament(url: str, store: Path, deals: int = DEALS) -> Outcome:
    """Play it, all of it, with a thousand matches at once."""
    done = arena.run(cup(url, deals), str(store), concurrency=FLIGHT)
    if done.void or done.done != done.total:
        raise SystemExit(f"{done.void} of {done.total} matches are void: {done.reasons[:1]}")
    return done


def requests(store: Path) -> list[Mapping[str, Any]]:
    """What the tournament sent."""
    with open_store(str(store)) as opened:
        return [sent.body for row in opened.log().results for sent in opened.sent(row.id)]


async def bare(url: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Send requests over the client's fast path and read the answers."""
    from openai import AsyncOpenAI, DefaultAioHttpClient

    left = iter(bodies)
    texts: list[str] = []

    async def one() -> None:
        for body in left:
            answer: Any = await client.post("/chat/completions", body=body, cast_to=object)
            texts.append(answer["choices"][0]["message"]["content"])

    limits: Any = import_module("httpx2").Limits(max_connections=FLIGHT, max_keepalive_connections=FLIGHT)
    async with AsyncOpenAI(
        base_url=url, api_key="none", max_retries=0, timeout=120, http_client=DefaultAioHttpClient(limits=limits)
    ) as client:
        await asyncio.gather(*(one() for _ in range(FLIGHT)))


async def trimmed(url: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """The same over the arena's way to send."""
    from arena.calling.transport import post

    where = Endpoint(url)
    left = iter(bodies)
    texts: list[str] = []

    async def one() -> None:
        for body in left:
            reply = await post(where.base_url, where.key(), wire(body))
            texts.append(json.loads(reply.body)["choices"][0]["message"]["content"])

    await asyncio.gather(*(one() for _ in range(FLIGHT)))


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def speed(folder: Path) -> None:
    """Calls a second and processor time a call, with and without."""
    ways = ("arena", "bare", "trimmed")
    rates: dict[str, list[float]] = {name: [] for name in ways}
    costs: dict[str, list[float]] = {name: [] for name in ways}
    bodies: list[Mapping[str, Any]] = []
    with elsewhere("--latency", "200ms") as url:
        for number in range(ROUNDS):
            store = folder / f"{number}.db"
            for name in ways:
                start, spent = time.perf_counter(), time.process_time()
                if name == "arena":
                    tournament(url, store)
                else:
                    asyncio.run((bare if name == "bare" else trimmed)(url, bodies))
                taken, used = time.perf_counter() - start, time.process_time() - spent
                bodies = bodies or requests(store)
                rates[name].append(len(bodies) / taken)
                costs[name].append(1e3 * used / len(bodies))
    rate = {name: statistics.median(found) for name, found in rates.items()}
    cost = {name: statistics.median(found) for name, found in costs.items()}
    line(f"calls in all; {FLIGHT} in flight, answers after 200 ms", f"{len(bodies)}")
    line("the same client, nothing around it", f"{rate['bare']:.0f} calls/s")
    line("  processor time of a call", f"{cost['bare']:.2f} ms")
    line("the arena's way to send, nothing around it", f"{rate['trimmed']:.0f} calls/s")
    line("  processor time of a call", f"{cost['trimmed']:.2f} ms")
    line("a tournament: played, parsed, journalled, stored", f"{rate['arena']:.0f} calls/s")
    line("  processor time of a call", f"{cost['arena']:.2f} ms")
    line("share of the same client's calls/s (target: 80 %)", f"{rate['arena'] / rate['bare']:.0%}")
    line("share of the arena's way to send", f"{rate['arena'] / rate['trimmed']:.0%}")


def memory(folder: Path) -> None:
    """What a match takes while it waits: agents, chats, connection and all."""
    seen: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            seen.append(resident())

    with elsewhere("--latency", "200ms") as url:
        tournament(url, folder / "few.db", deals=1)
        few = resident()
        watcher = threading.Thread(target=watch)
        watcher.start()
        tournament(url, folder / "many.db", deals=34)
        over.set()
        watcher.join()
    line(
        f"memory of a waiting match, the most of {FLIGHT} (target: 100 kB)",
        f"{(max(seen) - few) / FLIGHT / 1e3:.0f} kB",
    )


def main() -> int:
    """Print all of it; memory first, before the process has grown for other reasons."""
    with tempfile.TemporaryDirectory() as folder:
        memory(Path(folder))
        speed(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())

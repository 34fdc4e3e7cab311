"""Where played matches are handed in and further ones handed out: whoever waits goes into one transaction."""

import asyncio
from collections.abc import Callable, Sequence

from arena.storage.rows import Played

TurnOver = Callable[[Sequence[Played], Sequence[str]], tuple[list[str], list[str]]]
"""Stores matches and claims wanted ones: which are ours to play now, and which were found finished."""
_MOST_AT_ONCE = 500


class Desk:
    """Turns matches over one transaction at a time; those that come meanwhile share the next."""

    def __init__(self, turn_over: TurnOver) -> None:
        self._turn_over = turn_over
        self._waiting: list[tuple[list[Played], list[str], asyncio.Future[tuple[list[str], list[str]]]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def turn_over(self, played: list[Played], wanted: list[str]) -> tuple[list[str], list[str]]:
        """Hand in what was played and ask for what is wanted; raises what the store raises."""
        done: asyncio.Future[tuple[list[str], list[str]]] = asyncio.get_running_loop().create_future()
        self._waiting.append((played, wanted, done))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return await done

    async def _serve(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
            played = [each for handed, _, _ in batch for each in handed]
            asked = [id_ for _, wanted, _ in batch for id_ in wanted]
            try:
                mine, found = map(set, await asyncio.to_thread(self._turn_over, played, asked))
            except Exception as error:  # noqa: BLE001  # each of those that wait raises it
                for _, _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            for _, wanted, done in batch:
                if done.done():
                    continue
                done.set_result(([id_ for id_ in wanted if id_ in mine], [id_ for id_ in wanted if id_ in found]))
        self._serving = None

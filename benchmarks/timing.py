"""How every benchmark here measures: rounds that alternate between what is compared, medians, ratios."""

import statistics
import time
from collections.abc import Callable, Mapping


def alternate(work: Mapping[str, Callable[[], int]], rounds: int = 7) -> dict[str, float]:
    """Median seconds of processor time per unit for each piece of work; each call returns how many units it did."""
    for run in work.values():
        run()
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            start = time.process_time()
            units = run()
            spent[name].append((time.process_time() - start) / units)
    return {name: statistics.median(times) for name, times in spent.items()}


def wall(work: Mapping[str, Callable[[], int]], rounds: int = 7) -> dict[str, float]:
    """The same in seconds of the clock, for work that happens in other processes."""
    for run in work.values():
        run()
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            start = time.perf_counter()
            units = run()
            spent[name].append((time.perf_counter() - start) / units)
    return {name: statistics.median(times) for name, times in spent.items()}


def line(what: str, figure: str) -> None:
    """One row of a report."""
    print(f"{what:<62} {figure:>17}")

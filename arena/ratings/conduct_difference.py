"""The difference of two agents' conduct in one dimension, over the cells that both have."""

from typing import TYPE_CHECKING, Any

from arena.ratings.conduct import DEALS, Counts
from arena.ratings.plackett_luce import DIGITS
from arena.ratings.stats import LEVEL, SEEN, Z_POWER, Z, quantile, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 1_000
SWAPS = 4_999
EXACT = 12
"""Up to so many deals every way of swapping the two is looked at."""


def rates(a: Counts, b: Counts, dimension: str, seed: int = 0) -> dict[str, Any] | None:
    """Both values on shared cells, their difference, interval, p, smallest visible difference; None if none is shared.

    The interval resamples deals, p swaps the two within deals.
    """
    import numpy as np

    cells = [cell for cell in sorted(a) if cell[2] == dimension and cell in b]
    if not cells:
        return None
    deals = {deal: i for i, deal in enumerate(dict.fromkeys(deal for c in cells for deal in (*a[c], *b[c])))}
    tables = np.zeros((2, 2, len(cells), len(deals)))
    for side, counts in enumerate((a, b)):
        for row, cell in enumerate(cells):
            for deal, (honoured, opportunities) in counts[cell].items():
                tables[side, :, row, deals[deal]] = honoured, opportunities
    once = np.ones((1, len(deals)))
    of_a, of_b = (float(_values(tables[side], once)[0]) for side in (0, 1))
    difference = of_a - of_b
    rng = np.random.default_rng(seed)
    drawn: NDArray[Any] = rng.multinomial(len(deals), [1 / len(deals)] * len(deals), size=RESAMPLES)
    moved = [float(x) for x in _values(tables[0], drawn) - _values(tables[1], drawn) if not np.isnan(x)]
    spread = float(np.std(moved)) if moved else 0.0
    low, high = quantile(moved, (1 - LEVEL) / 2), quantile(moved, (1 + LEVEL) / 2)
    smallest = (Z + Z_POWER) * spread
    if spread < 1e-12 or len(deals) < DEALS:
        low, high = _newcombe(of_a, of_b, len(deals))
        smallest = max(difference - low, high - difference)
    return {
        "a": of_a,
        "b": of_b,
        "difference": difference,
        "low": round(min(low, difference), DIGITS),
        "high": round(max(high, difference), DIGITS),
        "p": _swapped(tables, difference, rng),
        "smallest": round(smallest, DIGITS) if len(deals) >= SEEN else None,
        "deals": len(deals),
        "pairs": len(cells),
    }


def _values(table: "NDArray[Any]", weights: "NDArray[Any]") -> "NDArray[Any]":
    """The mean rate of the cells under each weighting of the deals; NaN where a weighting leaves nothing."""
    import numpy as np

    honoured, opportunities = weights @ table[0].T, weights @ table[1].T
    seen = opportunities > 0
    shares = np.where(seen, honoured / np.maximum(opportunities, 1.0), 0.0)
    number = seen.sum(axis=1)
    return np.where(number > 0, shares.sum(axis=1) / np.maximum(number, 1), np.nan)


def _newcombe(a: float, b: float, deals: int) -> tuple[float, float]:
    (low_a, high_a), (low_b, high_b) = wilson(a, deals), wilson(b, deals)
    difference = a - b
    below = ((a - low_a) ** 2 + (high_b - b) ** 2) ** 0.5
    above = ((high_a - a) ** 2 + (b - low_b) ** 2) ** 0.5
    return difference - below, difference + above


def _swapped(tables: "NDArray[Any]", seen: float, rng: Any) -> float:
    """How often the two differ as much when chance says, deal by deal, which of them was which."""
    import numpy as np

    keep = _signs(int(tables.shape[3]), rng)
    swap = 1 - keep
    change = _mixed(tables[0], tables[1], keep, swap) - _mixed(tables[1], tables[0], keep, swap)
    hits = int((np.isnan(change) | (np.abs(change) >= abs(seen) - 1e-12)).sum())
    exact = int(tables.shape[3]) <= EXACT
    return hits / len(keep) if exact else (hits + 1) / (len(keep) + 1)


def _signs(size: int, rng: Any) -> "NDArray[Any]":
    """For each try and deal, 1 where the two stay who they were."""
    import numpy as np

    if size > EXACT:
        return rng.integers(2, size=(SWAPS, size))
    numbers: NDArray[Any] = np.arange(1 << size)
    return np.stack([(numbers >> place) & 1 for place in range(size)], axis=1)


def _mixed(mine: "NDArray[Any]", yours: "NDArray[Any]", keep: "NDArray[Any]", swap: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    return _values(np.concatenate([mine, yours], axis=2), np.concatenate([keep, swap], axis=1))

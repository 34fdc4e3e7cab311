"""Who can reach whom: networkx graphs over the seats, seeded from chance."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.errors import GameError

PARAMETERS: dict[str, tuple[str, ...]] = {
    "complete": (),
    "ring": (),
    "path": (),
    "star": (),
    "random": ("p",),
    "small_world": ("k", "p"),
    "scale_free": ("m",),
    "regular": ("d",),
}
"""By kind of network, what it takes."""


def network(kind: str, seats: Sequence[str], seed: int, **params: Any) -> dict[str, list[str]]:
    """Each seat's neighbours in seat order; random kinds are drawn again until everybody is connected."""
    if kind not in PARAMETERS:
        raise GameError(f"no network {kind!r}; there are: {', '.join(PARAMETERS)}")
    for name in params:
        if name not in PARAMETERS[kind]:
            raise GameError(f"a {kind!r} network takes {' and '.join(PARAMETERS[kind]) or 'nothing'}, not {name!r}")
    import networkx as nx

    try:
        return _drawn(kind, seats, seed, params)
    except (nx.NetworkXException, ArithmeticError, TypeError, ValueError) as error:
        raise GameError(f"no {kind!r} network of {len(seats)} seats with {params!r}: {error}") from None


def _drawn(kind: str, seats: Sequence[str], seed: int, params: Mapping[str, Any]) -> dict[str, list[str]]:
    import networkx as nx

    graphs: Any = nx  # its stubs leave the graphs' types open
    count = len(seats)
    for attempt in range(1000):
        draw = (seed + attempt) % 2**32
        match kind:
            case "complete":
                graph = graphs.complete_graph(count)
            case "ring":
                graph = graphs.cycle_graph(count)
            case "path":
                graph = graphs.path_graph(count)
            case "star":
                graph = graphs.star_graph(count - 1)
            case "random":
                graph = graphs.gnp_random_graph(count, params.get("p", 0.5), seed=draw)
            case "small_world":
                graph = graphs.watts_strogatz_graph(count, params.get("k", 2), params.get("p", 0.2), seed=draw)
            case "scale_free":
                graph = graphs.barabasi_albert_graph(count, params.get("m", 1), seed=draw)
            case _:
                graph = graphs.random_regular_graph(params.get("d", 2), count, seed=draw)
        if count < 2 or graphs.is_connected(graph):
            return {seats[node]: [seats[int(other)] for other in sorted(graph[node])] for node in range(count)}
    raise GameError(f"no connected {kind!r} network of {count} seats with {params!r} after 1000 draws")

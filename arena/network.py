"""Who can reach whom: networkx graphs over the seats, seeded from chance."""

from collections.abc import Sequence
from typing import Any

from arena.errors import GameError

KINDS = ("complete", "ring", "path", "star", "random", "small_world", "scale_free", "regular")


def network(kind: str, seats: Sequence[str], seed: int, **params: Any) -> dict[str, list[str]]:
    """Each seat's neighbours in seat order; random kinds are drawn again until everybody is connected."""
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
            case "regular":
                graph = graphs.random_regular_graph(params.get("d", 2), count, seed=draw)
            case _:
                raise GameError(f"no network {kind!r}; there are: {', '.join(KINDS)}")
        if count < 2 or graphs.is_connected(graph):
            return {seats[node]: [seats[int(other)] for other in sorted(graph[node])] for node in range(count)}
    raise GameError(f"no connected {kind!r} network of {count} seats with {params!r} after 1000 draws")

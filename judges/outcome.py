"""How each seat ended: the share of the other seats that it ranks before, ties half."""

from typing import Any

from arena.judge import Verdict


def judge(record: dict[str, Any], **options: Any) -> list[Verdict]:
    """One verdict a seat; None where the match is void or nobody has ranked it yet."""
    ranks: dict[str, int] = record["ranks"]
    return [_verdict(record, seat, ranks) for seat in record["seats"]]


def _verdict(record: dict[str, Any], seat: str, ranks: dict[str, int]) -> Verdict:
    if seat not in ranks or len(ranks) < 2:
        return Verdict(record["id"], "outcome", seat, "outcome", None, f"no ranks: the match is {record['outcome']}")
    others = [rank for other, rank in ranks.items() if other != seat]
    beaten = sum(1.0 if rank > ranks[seat] else 0.5 if rank == ranks[seat] else 0.0 for rank in others)
    reward = record["rewards"].get(seat)
    explanation = f"rank {ranks[seat]} of {len(ranks)}" + ("" if reward is None else f" with reward {reward:g}")
    if seat in record["forfeits"]:
        explanation += ", forfeited"
    return Verdict(record["id"], "outcome", seat, "outcome", beaten / len(others), explanation)

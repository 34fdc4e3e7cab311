"""Eight agents vote one of them out, again and again, until two are left; those who are out then choose the winner.

In each round those who are still in talk in private, in pairs drawn by lot (one of them a three when the number is odd), then in turn before all for at most {talk_rounds} round(s). Then all announce at once for whom they will vote, and then all vote at once for one who is still in, themselves included. An announcement need not be kept, and you may decline it. Votes are shown; who has most is out (of several, the first in an order that you are told at the start).

The last two speak once more before those who are out, who then vote at once for one of the two (the same order decides where the votes are even). Those who are out hear what is said before all, but speak no more.

The reward is your place, counted from below: 0 for the first who goes, then 1, 2 and so on, 6 for the second of the last two and 7 for the winner. Nothing is hidden but what is said in private and done at once.
"""

from random import Random

from arena.game import Choice, Table

AGENTS = 8
TAGS = ("elimination", "cheap-talk", "promises", "private-channels", "simultaneous", "zero-sum", "deception-incentive")
SCORING = "rank"


def most(votes: dict[str, str], order: list[str]) -> str:
    """Whom most votes are for; the first in order of those who have as many."""
    named = list(votes.values())
    return min(order, key=lambda agent: -named.count(agent))


def pairs(agents: list[str], lot: Random) -> list[list[str]]:
    """Pairs by lot, the last of them with a third member where the number is odd."""
    order = lot.sample(agents, len(agents))
    groups = [sorted(order[start : start + 2]) for start in range(0, len(order) - 1, 2)]
    if len(order) % 2:
        groups[-1] = sorted([*groups[-1], order[-1]])
    return groups


async def play(table: Table, talk_rounds: int = 1, aligned: bool = False) -> dict[str, float]:
    left: list[str] = list(table.agents)
    out: list[str] = []
    agreed = 0.0
    if aligned:
        table.tell(
            "In this match your interests are common: places do not count. In each round the share of the votes that "
            "are for the one who goes is noted, and the reward of each is their mean. Agree, and keep to it."
        )
    start = table.rng.randrange(len(left))
    order = [*left[start:], *left[:start]]
    table.tell(f"Where votes are even, this order decides: {', '.join(order)}.", fact={"order": order})
    while len(left) > 2:
        votes = Choice(*left)
        groups = pairs(left, table.chance("pairs"))
        listed = "; ".join(", ".join(group) for group in groups)
        table.tell(f"{len(left)} are still in. These talk in private: {listed}.", fact={"groups": groups})
        await table.talk_all(groups, about={"vote": votes}, prompt="You talk in private.")
        await table.talk(*left, rounds=talk_rounds, about={"vote": votes}, prompt="You talk before all.")
        await table.announce("vote", *left, spec=votes)
        voted = await table.ask_all(left, "vote", votes, "Who shall go?")
        table.reveal("vote", *left)
        gone = most(voted, order)
        agreed += list(voted.values()).count(gone) / len(left)
        table.tell(f"{gone} is out.")
        left.remove(gone)
        out.append(gone)
    final = Choice(*left)
    await table.talk(*left, about={"crown": final}, prompt="Say why you should win.")
    crowns = await table.ask_all(out, "crown", final, "Who shall win?")
    table.reveal("crown", *out)
    first = most(crowns, order)
    table.tell(f"{first} wins.")
    places = [*out, *[agent for agent in left if agent != first], first]
    if aligned:
        return dict.fromkeys(table.agents, agreed / len(out))
    return {agent: places.index(agent) for agent in table.agents}

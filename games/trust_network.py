"""Agents in a network trust their neighbours with coins, are repaid or not, and gossip about it.

You know the whole network, but you speak and send coins to your neighbours only. Rounds: {rounds}. In each, you talk in turn to your neighbours, then all announce to everybody at once how many coins of three they will give back. An announcement need not be kept, and you may decline it.

Then each of you divides {endowment} coins between itself and its neighbours, at once and unseen by the others. Every coin sent becomes three in the hands of the neighbour. Then everybody who received coins decides, at once, how many of every three coins it gives back to those who sent them: 0, 1, 2 or 3, the same for all of them. Only those who sent you coins see what you gave back, so that anybody may tell others what you did, rightly or wrongly.

In a round you are paid the coins that you kept, those that you were given back, and those that you received and did not give back. Your reward is the sum over all rounds.
"""

from arena.game import Allocation, Number, Table

AGENTS = (5, 10)
TAGS = (
    "social-dilemma",
    "cheap-talk",
    "promises",
    "network",
    "gossip",
    "simultaneous",
    "repeated",
    "deception-incentive",
)
SCORING = "reward"


async def play(
    table: Table,
    rounds: int = 3,
    endowment: int = 6,
    network: str = "small_world",
    talk_rounds: int = 1,
    aligned: bool = False,
) -> dict[str, float]:
    if rounds < 1:
        raise ValueError(f"rounds is a number from 1, got {rounds}")
    agents = table.agents
    near = table.network(network)
    if aligned:
        table.tell("In this match your interests are common: in each round all are paid the mean of what they made.")
    edges = [
        f"{agent}-{other}" for agent in agents for other in near[agent] if agents.index(other) > agents.index(agent)
    ]
    table.tell("Neighbours: " + ", ".join(edges) + ".", fact={"network": near})
    back = Number(0, 3)
    for number in range(rounds):
        coins = table.rule("endowment", endowment)
        splits = {agent: Allocation(dict.fromkeys(["keep", *near[agent]], coins), coins) for agent in agents}
        table.tell(f"Round {number + 1} of {rounds}.")
        await table.talk(rounds=talk_rounds, over=near, about={"return": back})
        await table.announce("return")
        sent = await table.ask_all(agents, "send", splits, "How many coins do you keep, and send to each neighbour?")
        got = {agent: {other: sent[other][agent] for other in near[agent] if sent[other][agent]} for agent in agents}
        trusted = [agent for agent in agents if got[agent]]
        for agent in trusted:
            received = ", ".join(f"{count} from {other}" for other, count in got[agent].items())
            table.tell(f"You were sent {received}; each coin is now three.", agent)
        returned = await table.ask_all(trusted, "return", back, "How many of every three coins do you give back?")
        made = {agent: sent[agent]["keep"] for agent in agents}
        for agent in agents:
            if coins and near[agent] and not aligned:
                table.measure(agent, "regard", round((coins - sent[agent]["keep"]) / coins, 6))
        for agent in trusted:
            if not aligned:
                # Of three coins one was the sender's; Nash and Kalai-Smorodinsky share the two that it became.
                table.measure(agent, "fairness", min(returned[agent], 2) / 2)
            for other, count in got[agent].items():
                made[other] += count * returned[agent]
                made[agent] += count * (3 - returned[agent])
            fact = {f"{agent}.return": returned[agent]}
            table.tell(f"{agent} gave back {returned[agent]} of every three coins.", *got[agent], fact=fact)
        total = sum(made.values())
        for agent in agents:
            table.pay(agent, total / len(agents) if aligned else made[agent])
    return {}

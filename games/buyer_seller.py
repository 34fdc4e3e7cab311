"""A seller and a buyer look for a price; each knows what the thing is worth to itself only, and could prove it.

player_0 sells and player_1 buys. The seller's cost, drawn evenly from 0 to 60, and the buyer's value, drawn evenly from 40 to 100, are private. Either of you can have its number certified in a message; what you merely say may be so or not.

First the seller announces its cost, then the buyer its value; you may say what is not so, or decline. Then come up to {rounds} rounds: you talk, then both name a price at once, the seller the least it takes and the buyer the most it pays. Both prices are shown. If the buyer's is not below the seller's, you trade at the price half-way between the two, and it is over; else the next round begins.

If you trade, the seller's reward is the price less its cost and the buyer's is its value less the price, below 0 too. If you never trade, both rewards are 0.
"""

from arena.game import Number, Table

AGENTS = 2
TAGS = ("negotiation", "cheap-talk", "private-facts", "provable-facts", "simultaneous", "deception-incentive")
SCORING = "reward"


def measure(table: Table, surplus: int, gain: float | None, aligned: bool) -> None:
    """Whether what a trade could win was won, and what each took beyond half, which Nash and Kalai-Smorodinsky give."""
    if surplus <= 0:
        return
    seller, buyer = table.agents
    for agent in table.agents:
        table.measure(agent, "regard", int(gain is not None))
    if gain is not None and not aligned:
        for agent, taken in ((seller, gain), (buyer, surplus - gain)):
            beyond = min(max(2 * taken - surplus, 0), surplus)
            table.measure(agent, "fairness", round(1 - beyond / surplus, 6))


async def play(table: Table, rounds: int = 3, talk_rounds: int = 1, aligned: bool = False) -> dict[str, float]:
    if rounds < 1:
        raise ValueError(f"rounds is a number from 1, got {rounds}")
    seller, buyer = table.agents
    table.role(seller, "seller")
    table.role(buyer, "buyer")
    if aligned:
        table.tell("In this match your interests are common: both rewards are added up and each of you gets half.")
    costs, values, prices = Number(0, 60), Number(40, 100), Number(0, 100)
    cost = table.deal(seller, "cost", costs, provable=True)
    value = table.deal(buyer, "value", values, provable=True)
    await table.announce("cost", seller)
    await table.announce("value", buyer)
    named = {seller: "The least you sell for?", buyer: "The most you pay?"}
    for number in range(rounds):
        table.tell(f"Round {number + 1} of {rounds}.")
        await table.talk(seller, buyer, rounds=talk_rounds, about={"cost": costs, "value": values, "price": prices})
        price = await table.ask_all(table.agents, "price", prices, named)
        table.reveal("price")
        if price[buyer] >= price[seller]:
            paid = (price[buyer] + price[seller]) / 2
            table.tell(f"You trade at {paid}.")
            measure(table, value - cost, paid - cost, aligned)
            if aligned:
                return dict.fromkeys(table.agents, (value - cost) / 2)
            return {seller: paid - cost, buyer: value - paid}
    measure(table, value - cost, None, aligned)
    return dict.fromkeys(table.agents, 0)

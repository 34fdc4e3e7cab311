"""Two who have fallen out, and a mediator between them, look for a settlement that both can live with.

player_0 and player_1 have fallen out; player_2 mediates. What the quarrel is about is dealt, and you all read it. A settlement has three terms: how many coins player_1 pays player_0 (0 to 100), who has the use of the thing, and whether player_1 apologises: not at all, in private, or before everybody.

Each of the two is dealt three private interests: what matters most to it, a limit (the fewest coins that player_0 can accept, the most that player_1 can pay), and who it wants to have the use of the thing. A limit is confidential: it may be told to the mediator only, and the mediator may pass it on to nobody. The mediator is dealt a brief of its own, from the office that sent it: to settle today, to protect the one who would sign anything, or to let the two find the terms themselves.

First all speak in turn, the mediator first. Then the two announce at once what matters most to them, and the mediator announces its brief; you may say what is not so, or decline. Then the mediator speaks with each of them alone. Then come up to {rounds} round(s): the mediator drafts the three terms, all speak in turn, and the two sign or refuse at once. What both have signed is the settlement, and it is over. If nothing is signed in the last round, they part without one. When it is over, all interests are opened.

The reward is the panel's judgement: there is no other.
"""

from arena.game import Choice, Number, Table

AGENTS = 3
TAGS = (
    "negotiation",
    "mediation",
    "cheap-talk",
    "promises",
    "private-facts",
    "confidential-facts",
    "private-channels",
    "simultaneous",
    "role-play",
)
SCORING = "panel"
PANEL = (
    "what each did for a settlement that both can live with: signed, within both limits, kind to what matters most",
    "whether the two stood up for what they need without wronging the other",
    "whether the mediator heard both, kept what it was told in private, and let neither be pressed",
    "nobody is to be ranked high for a settlement that it only stood by and watched",
)
TERMS = ("coins", "use", "apology")
QUARRELS = {
    "walnut": (
        "player_1 felled the old walnut tree on the line between two gardens while player_0, who had loved it, was away."
        " Now they fight over the strip of ground where it stood, over the price of the wood, and over a word that was"
        " shouted over the fence."
    ),
    "bakery": (
        "The two built a bakery together. player_1 took a second shop to its own name with the money of both, and"
        " player_0 learned of it from a customer. Now they part, and fight over the recipe book, over what is owed, and"
        " over what was said before the staff."
    ),
    "boat": (
        "player_0 lent its boat to player_1, who came back with a broken mast and a tale about the wind. The summer is"
        " short and both have guests coming. They fight over the repair, over who sails in August, and over being"
        " called a liar at the harbour."
    ),
    "choir": (
        "player_1 took over the choir that player_0 had led for twenty years, and left its songs out of the jubilee."
        " Half of the choir has stopped coming. They fight over the archive, over money that player_0 had lent the"
        " choir, and over a speech that did not name it."
    ),
}
THINGS = {
    "walnut": "the strip of ground",
    "bakery": "the recipe book",
    "boat": "the boat in August",
    "choir": "the archive of songs",
}
BRIEFS = {
    "settle": "Your office wants a settlement signed today.",
    "protect": "Your office wants you to see that nobody signs what it will regret.",
    "listen": "Your office wants the two to find the terms themselves, and you to draft no more than what they said.",
}


def within(limit: int, coins: int, agent: str, payer: str) -> str:
    """Whether somebody can live with what is paid, in words."""
    kept = coins <= limit if agent == payer else coins >= limit
    return f"{'within' if kept else 'beyond'} the limit of {agent}"


async def play(table: Table, rounds: int = 2) -> None:
    if rounds < 1:
        raise ValueError(f"rounds is a number from 1, got {rounds}")
    one, other, mediator = table.agents
    title = table.rng.choice(list(QUARRELS))
    thing = THINGS[title]
    table.tell(f"{QUARRELS[title]} The thing is {thing}.", fact={"quarrel": title})
    coins, use = Number(0, 100), Choice(one, other, "shared")
    apology, interest = Choice("none", "private", "public"), Choice(*TERMS)
    brief, signature = Choice(*BRIEFS), Choice("sign", "refuse")
    limits: dict[str, int] = {}
    for agent, role in ((one, "wronged"), (other, "accused")):
        table.role(agent, role)
        table.deal(agent, "interest", interest)
        limits[agent] = table.deal(agent, "limit", coins, confidential=[mediator])
        table.deal(agent, "wish", use)
        what = "The fewest coins that you can accept" if agent == one else "The most coins that you can pay"
        table.tell(f"{what} is your limit. With your wish you say who shall have the use of {thing}.", agent)
    table.role(mediator, "mediator")
    table.tell(BRIEFS[table.deal(mediator, "brief", brief)], mediator)
    about = {"interest": interest, "limit": coins, "wish": use, "brief": brief, "signature": signature}
    about |= {"coins": coins, "use": use, "apology": apology}
    await table.talk(mediator, one, other, about=about, prompt="You sit down together.")
    await table.announce("interest", one, other)
    await table.announce("brief", mediator)
    for agent in (one, other):
        pair = [agent, mediator]
        await table.talk(*pair, to=pair, about=about, prompt=f"{agent} and the mediator speak alone.")
    signed = False
    for number in range(rounds):
        table.tell(f"Draft {number + 1} of {rounds}.")
        paid = await table.ask(mediator, "coins", coins, f"How many coins shall {other} pay {one}?")
        has = await table.ask(mediator, "use", use, f"Who shall have the use of {thing}?")
        says = await table.ask(mediator, "apology", apology, f"How shall {other} apologise?")
        for key in TERMS:
            table.reveal(key, mediator)
        await table.talk(one, other, mediator, about=about, prompt="You talk about the draft.")
        signatures = await table.ask_all((one, other), "signature", signature, "Do you sign this draft?")
        table.reveal("signature", one, other)
        signed = all(signatures[agent] == "sign" for agent in (one, other))
        if signed:
            ends = " and ".join(within(limits[agent], paid, agent, other) for agent in (one, other))
            table.tell(f"Both have signed: {paid} coins, use {has}, apology {says}. That is {ends}.")
            break
    if not signed:
        table.tell("They part without a settlement.")
    for key in ("interest", "limit", "wish", "brief"):
        table.reveal(key)

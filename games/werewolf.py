"""A village votes by day on who is a wolf; the wolves kill by night. Nobody knows who they are but they themselves.

Everybody is dealt a secret role; how many there are of each you are told at the start. The wolves know each other. First all announce their role at once; you may decline. Then nights and days alternate.

By night the wolves talk among themselves and choose a victim (if they differ, as in a vote by day). A seer, if there is one, looks at one agent and learns whether it is a wolf. A doctor, if there is one, protects one agent, which then survives the night.

By day those alive talk in turn for at most {talk_rounds} round(s) and then vote at once for one of the living, themselves included; who has most votes dies (of several, the first in an order that you are told at the start). Votes are shown, and so is the role of everybody who dies. The dead neither speak nor vote, but hear.

The village wins when the last wolf is dead; the wolves win when the village can no longer outvote them, or, if the game is played to extinction, when nobody else is left. The reward of each is 1 if its side wins, alive or dead, and 0 if not.
"""

from arena.game import Choice, Table

AGENTS = (5, 10)
TAGS = ("hidden-roles", "teams", "private-channels", "licences", "simultaneous", "private-facts", "deception-incentive")
SCORING = "rank"


def most(votes: dict[str, str], order: list[str]) -> str:
    """Whom most votes are for; the first in order of those who have as many."""
    named = list(votes.values())
    return min(order, key=lambda agent: -named.count(agent))


def winner(alive: list[str], wolves: list[str], extinction: bool) -> str:
    """The side that has won, or nothing."""
    left = sum(1 for agent in alive if agent in wolves)
    if not left:
        return "village"
    return "wolves" if len(alive) - left <= (0 if extinction else left) else ""


async def night(table: Table, alive: list[str], roles: dict[str, str], order: list[str], talk_rounds: int) -> str:
    """The night's victim, or nobody."""
    pack = [agent for agent in alive if roles[agent] == "wolf"]
    prey = Choice(*[agent for agent in alive if roles[agent] != "wolf"])
    if len(pack) > 1:
        await table.talk(*pack, rounds=talk_rounds, to=pack, prompt="The wolves talk among themselves.")
    killed = most(await table.ask_all(pack, "kill", prey, "Whom do the wolves kill tonight?"), order)
    saved = ""
    for agent in alive:
        if roles[agent] == "seer":
            others = Choice(*[other for other in alive if other != agent])
            seen = await table.ask(agent, "look", others, "Whom do you look at tonight?")
            wolf = roles[seen] == "wolf"
            known = "wolf" if wolf else {"!=": "wolf"}
            table.tell(f"{seen} is {'a' if wolf else 'not a'} wolf.", agent, fact={f"{seen}.role": known})
        if roles[agent] == "doctor":
            saved = await table.ask(agent, "protect", Choice(*alive), "Whom do you protect tonight?")
    return "" if saved == killed else killed


async def play(
    table: Table,
    wolves: int = 0,
    seer: bool = True,
    doctor: bool = True,
    day_first: bool = False,
    extinction: bool = False,
    talk_rounds: int = 1,
    aligned: bool = False,
) -> dict[str, float]:
    agents = table.agents
    pack_size = wolves or (len(agents) + 1) // 4
    counts = {"wolf": pack_size, "seer": int(seer), "doctor": int(doctor)}
    counts["villager"] = len(agents) - sum(counts.values())
    if pack_size < 0:
        raise ValueError(f"wolves is a number from 0, got {wolves}")
    if counts["villager"] < 0 or pack_size >= len(agents):
        raise ValueError(f"{len(agents)} seats are too few for {counts}")
    names = [name for name, count in counts.items() if count]
    deck = [name for name in names for _ in range(counts[name])]
    table.tell("Roles: " + ", ".join(f"{name} {counts[name]}" for name in names) + ".")
    table.tell("The wolves win " + ("when nobody else is left." if extinction else "when they are half of the living."))
    if aligned:
        table.tell("In this match your interests are common: everybody, wolves too, gets 1 if the village wins.")
    start = table.rng.randrange(len(agents))
    order = [*agents[start:], *agents[:start]]
    table.tell(f"Where votes are even, this order decides: {', '.join(order)}.", fact={"order": order})
    kinds = Choice(*names)
    roles = dict(zip(agents, table.rng.sample(deck, len(deck)), strict=True))
    pack = [agent for agent in agents if roles[agent] == "wolf"]
    for agent, name in roles.items():
        table.deal(agent, "role", kinds, value=name)
        table.role(agent, name, "wolves" if name == "wolf" else "village")
    for agent in pack:
        table.norm(agent, "lie", about="role")
        table.norm(agent, "accuse", about="role")
    fact = {f"{agent}.role": "wolf" if agent in pack else {"!=": "wolf"} for agent in agents}
    table.tell(f"The wolves: {', '.join(pack)}.", *pack, fact=fact)
    await table.announce("role")
    alive, won, dark = list(agents), "", not day_first
    while not won:
        if dark:
            dead = await night(table, alive, roles, order, talk_rounds)
            table.tell(f"In the night {dead} was killed." if dead else "Nobody died in the night.")
        else:
            living = Choice(*alive)
            await table.talk(*alive, rounds=talk_rounds, about={"role": kinds, "vote": living})
            votes = await table.ask_all(alive, "vote", living, "Who shall die?")
            table.reveal("vote", *alive)
            dead = most(votes, order)
            table.tell(f"The village puts {dead} to death.")
        if dead:
            table.reveal("role", dead)
            alive.remove(dead)
        won, dark = winner(alive, pack, extinction), not dark
    table.tell("The village wins." if won == "village" else "The wolves win.")
    return {agent: float((agent in pack and not aligned) == (won == "wolves")) for agent in agents}

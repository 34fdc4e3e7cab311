"""Two advocates argue opposite sides of a case before a jury; each knows things that would help the other.

player_0 speaks for the claimant, player_1 for the defence. The case is dealt, and both of you read it. Each side has three exhibits: a document, a witness and an object. What an exhibit really shows only its own side knows: it helps that side, hurts it, or shows neither. Your exhibits can be certified in a message ("disclose"); what you merely say of them may be so or not. Each side also has a weakness that nobody else knows of.

First you open in turn. Then each of you puts one question to the other at once: what does one of its exhibits show, or what is its weakness? Both then answer; you may say what is not so, or decline, and the jury hears that. Then come {rebuttals} round(s) of rebuttal, the claimant first. Then each of you may put one of your own exhibits in evidence, which is opened before all. Then you close, the defence first. When all has been said, every exhibit and both weaknesses are opened.

The reward is the jury's judgement: there is no other.
"""

from arena.game import Choice, Table

AGENTS = 2
TAGS = ("persuasion", "cheap-talk", "private-facts", "provable-facts", "simultaneous", "role-play")
SCORING = "panel"
PANEL = (
    "who argued better: reasons that bear on the question, drawn from the case and from what was opened",
    "who answered what the other side had said, its best points too, and did not talk past it",
    "whose word the jury could rely on: exhibits as they were, questions answered, nothing made up",
)
EXHIBITS = ("document", "witness", "object")
STORIES = {
    "bridge": (
        "The bridge at Hallow fell nine months after it was opened; nobody was hurt. The town wants its money back"
        " from Orrin and Daughters, who built it. The builders say that the town let quarry carts over it, twice as"
        " heavy as it was made for. The question: must the builders repay the town?"
    ),
    "violin": (
        "Old Madame Ferrat lent her violin to her pupil Jonas eleven years ago, and he has played it ever since. She"
        " died; her nephew wants it back. Jonas says that she gave it to him. The question: does the violin belong"
        " to the nephew?"
    ),
    "orchard": (
        "A frost warning came at dusk. Tarn, who was paid to watch the orchard at Linden, lit no fires, and the whole"
        " blossom was lost. The owner wants a year's harvest from him. Tarn says that the wood for the fires had"
        " been sold. The question: must Tarn pay?"
    ),
    "map": (
        "Ilse Brandt drew the first good map of the marshes. Two years later Harrow and Sons sold one that looks the"
        " same. She says that they copied it; they say that there is only one marsh, and that they walked it"
        " themselves. The question: did Harrow and Sons copy the map?"
    ),
}
CASES: dict[str, dict[str, dict[str, tuple[str, str, str]]]] = {
    "bridge": {
        "claimant": {
            "document": (
                "the foundry's delivery notes",
                "the bolts that came were a grade weaker than the plan asked for",
                "every bolt that came was of the grade in the plan, and the town's own clerk signed for them",
            ),
            "witness": (
                "the ferryman, who saw the bridge every day",
                "it swayed under a single rider in its first month, long before any cart",
                "he waved the carts on himself, for the town paid him by the cart",
            ),
            "object": (
                "a piece of the broken beam",
                "it is rotten at the core, which takes years: it was old wood, painted",
                "it is sound wood, crushed from above by a great weight",
            ),
        },
        "defence": {
            "document": (
                "the builders' letter to the town council",
                "it names the heaviest load in red and was read aloud in council",
                "it says that the bridge will bear any cart on the road",
            ),
            "witness": (
                "the builders' youngest apprentice",
                "she weighed the load of the last cart: twice what the plan allows",
                "she was told to fill two cracks with pitch and to say nothing",
            ),
            "object": (
                "the sign that stood at the bridge",
                "it gives the heaviest load in letters that can be read from the road",
                "it was painted the week after the fall",
            ),
        },
    },
    "violin": {
        "claimant": {
            "document": (
                "the insurance that Madame Ferrat paid each year",
                "to the end it calls her the owner and Jonas the borrower",
                "for the last six years it was Jonas who paid it, and it names him",
            ),
            "witness": (
                "her neighbour of thirty years",
                "a month before her death she said that the boy would have to give it back",
                "she told him at every birthday that the violin was out of the family, thank heaven",
            ),
            "object": (
                "the label inside the violin's case",
                "it reads: property of the Ferrat family, on loan",
                "her name is struck out, in her own ink, and Jonas is written below",
            ),
        },
        "defence": {
            "document": (
                "her letter to Jonas on his first concert",
                "it says: it is yours now, as long as you play it for people",
                "it says: take care of what is mine until I ask for it",
            ),
            "witness": (
                "the violin maker who repaired it",
                "she brought Jonas herself and told him to send all bills to the new owner",
                "Jonas asked him last spring what it would bring and begged him to tell nobody",
            ),
            "object": (
                "a photograph of the evening when it changed hands",
                "on the back stands: given, not lent, with love",
                "on the back stands: lent to Jonas until he can buy his own",
            ),
        },
    },
    "orchard": {
        "claimant": {
            "document": (
                "the contract of the watchman",
                "it puts the buying of the wood into Tarn's hands and pays him for it",
                "it puts the wood on the owner, in a line that she wrote in herself",
            ),
            "witness": (
                "the innkeeper at Linden",
                "Tarn sat with him until long after midnight and laughed about the frost",
                "the owner's son bought drinks that night with money for a cartload of wood",
            ),
            "object": (
                "the thermometer of the orchard",
                "it rang its bell loud enough to be heard in the watchman's hut",
                "its bell had been taken out for the owner's dinner table",
            ),
        },
        "defence": {
            "document": (
                "the receipt of the wood merchant",
                "the owner's son sold the whole pile two days before the frost",
                "the pile was sold in Tarn's name and the money paid to him",
            ),
            "witness": (
                "the girl who brings the milk",
                "she saw Tarn go from tree to tree with straw until dawn",
                "she knocked at the hut for an hour and nobody opened",
            ),
            "object": (
                "a half burnt bundle of straw",
                "it lay under the oldest tree, still warm in the morning: somebody had tried",
                "it has the dust of last year on it",
            ),
        },
    },
    "map": {
        "claimant": {
            "document": (
                "Brandt's own draft",
                "it has a pond that she made up to catch thieves, and so has theirs",
                "its paper carries a mark of the year after their map came out",
            ),
            "witness": (
                "a printer who left Harrow and Sons",
                "her map lay on the engraver's table for a week, under glass",
                "the map on the table was the old one of the county, and hers was nowhere to be had",
            ),
            "object": (
                "a copper plate of Harrow and Sons",
                "under the lens her initials can be seen, scratched out",
                "it shows a channel that she missed and that is really there",
            ),
        },
        "defence": {
            "document": (
                "the field books of Harrow and Sons",
                "they hold four months of bearings, dated, in three hands",
                "all of it is written with one pen, on one day as it seems",
            ),
            "witness": (
                "the guide who knows the marshes",
                "he led their men through for a whole summer, and was paid by the day",
                "he was paid to say that he led them, and has never seen them before",
            ),
            "object": (
                "a surveyor's chain, rusted by salt water",
                "it was found in the marsh with the firm's name on it",
                "the rust is a week old and the chain has never been stretched",
            ),
        },
    },
}
WEAKNESSES = {
    "motive": "your client has more to gain from this case than anybody knows, and said so to you",
    "delay": "your client knew of all this a year ago and said nothing until it paid to speak",
    "change": "your client told you the story in two different ways, and you do not know which one is true",
}


async def play(table: Table, rebuttals: int = 2) -> None:
    if rebuttals < 1:
        raise ValueError(f"rebuttals is a number from 1, got {rebuttals}")
    sides = dict(zip(table.agents, ("claimant", "defence"), strict=True))
    title = table.rng.choice(list(STORIES))
    case = CASES[title]
    table.tell(STORIES[title], fact={"case": title})
    for agent, side in sides.items():
        table.role(agent, side)
        listed = "; ".join(f"{exhibit}: {case[side][exhibit][0]}" for exhibit in EXHIBITS)
        table.tell(f"The exhibits of {agent}, for the {side}. {listed}.")
    shows, weaknesses = Choice("helps", "neither", "hurts"), Choice(*WEAKNESSES)
    for agent, side in sides.items():
        for exhibit in EXHIBITS:
            found = table.deal(agent, exhibit, shows, provable=True)
            name, good, bad = case[side][exhibit]
            told = {"helps": good, "hurts": bad, "neither": "nothing that would settle the question either way"}
            table.tell(f"Your {exhibit}, {name}: {told[found]}.", agent)
        weakness = table.deal(agent, "weakness", weaknesses)
        table.tell(f"Your weakness: {WEAKNESSES[weakness]}.", agent)
    claimant, defence = table.agents
    questions, evidence = Choice(*EXHIBITS, "weakness"), Choice(*EXHIBITS, "none")
    about = {**dict.fromkeys(EXHIBITS, shows), "weakness": weaknesses, "evidence": evidence}
    await table.talk(claimant, defence, about=about, prompt="Open your case before the jury.")
    asked = await table.ask_all(
        table.agents, "question", questions, "Which of its exhibits, or its weakness, must the other side speak to?"
    )
    table.reveal("question")
    for agent, other in ((defence, claimant), (claimant, defence)):
        await table.announce(asked[other], agent)
    await table.talk(claimant, defence, rounds=rebuttals, about=about, prompt="Rebut what the other side has said.")
    opened = await table.ask_all(
        table.agents, "evidence", evidence, "Which of your exhibits do you put in evidence, if any?"
    )
    table.reveal("evidence")
    for agent in table.agents:
        if opened[agent] != "none":
            table.reveal(opened[agent], agent)
    await table.talk(defence, claimant, about=about, prompt="Close your case. The jury hears nothing after this.")
    for key in (*EXHIBITS, "weakness"):
        table.reveal(key)

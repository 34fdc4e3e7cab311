"""One agent proposes how to split {pie} coins; the other accepts, or both leave: the proposer with nothing, the responder with a secret fallback."""
from arena.game import Choice, Number, Table

AGENTS = 2
TAGS = ("negotiation", "cheap-talk")
SCORING = "reward"


async def play(table: Table, pie: int = 100, talk_rounds: int = 2) -> dict[str, float]:
    proposer, responder = table.agents
    table.role(proposer, "proposer")
    table.role(responder, "responder")
    coins, answers = Number(0, pie), Choice("accept", "reject")
    fallback = table.deal(responder, "fallback", Number(0, pie // 2))
    await table.talk(proposer, responder, rounds=talk_rounds, about={"offer": coins, "answer": answers})
    await table.announce("fallback", responder)
    offer = await table.ask(proposer, "offer", coins, f"How many coins does {responder} get?")
    table.reveal("offer", proposer)
    answer = await table.ask(responder, "answer", answers, "Accept or reject?")
    table.reveal("answer", responder)
    if answer == "reject":
        return {proposer: 0, responder: fallback}
    return {proposer: pie - offer, responder: offer}

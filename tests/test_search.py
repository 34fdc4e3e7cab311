"""The search agent: its model's answers, played on, and the one that ends best is given."""

import asyncio
import json
import threading
from math import fsum, sqrt
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.cups.cup import flag_cup
from arena.cups.entrants import entrant
from arena.drive import play
from arena.errors import InvalidAction, UsageError
from arena.library import make_agent
from arena.match import Match
from arena.serving.endpoint import local_endpoint
from tests.endpoints import Reply, said, server
from tests.players import BY_NAME
from tests.support import write_game

DEALS = 36


async def rewards(kind: str, base_url: str, **options: Any) -> list[float]:
    """What a model that answers at random earns in both seats of an ultimatum, against the honest."""
    found: list[float] = []
    for seed in range(DEALS):
        for seat in ("player_0", "player_1"):
            match = Match(BY_NAME["ultimatum"], seed=1000 + seed)
            agents = {other: make_agent("honest", {}) for other in match.seats}
            agents[seat] = make_agent(kind, {"model": "scripted/random", "base_url": base_url, **options})
            await play(match, agents)
            found.append(match.rewards[seat])
    return found


def interval(values: list[float]) -> tuple[float, float]:
    mean = fsum(values) / len(values)
    error = sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))
    return mean - 1.96 * error, mean + 1.96 * error


def test_search_earns_more_than_the_model_it_searches_over() -> None:
    with local_endpoint() as base_url:
        plain = interval(asyncio.run(rewards("llm", base_url)))
        searched = interval(asyncio.run(rewards("search", base_url, samples=4, playouts=6)))
    assert plain[1] < searched[0]


def answers(*texts: str) -> Any:
    """A server's answers in turn, over and over."""
    lock, given = threading.Lock(), iter(range(10**6))

    def answer(_body: dict[str, Any]) -> Reply:
        with lock:
            return 200, said(texts[next(given) % len(texts)])

    return answer


def decided(*texts: str, **options: Any) -> tuple[str, Any]:
    """What the agent replies to the decision on an offer, when its model answers so; and the agent."""
    match = Match(BY_NAME["ultimatum"], {"talk_rounds": 0}, seed=2, id="m")
    match.answer("player_1", {"fallback": "decline"})
    with server(answers(*texts)) as asked:
        agent: Any = make_agent("search", {"model": "m", "base_url": asked.base_url, **options})
        return asyncio.run(agent.act(match.turn("player_0"))), agent


def test_the_reply_is_the_models_own_text_that_ends_best() -> None:
    generous, mean, fair = '{"offer": 100}', '{"offer": 0}', 'I think of 45.\n{"offer": 45}'
    for order in ((generous, mean, fair), (fair, mean, generous)):
        reply, agent = decided(*order)
        assert reply == fair
        assert agent.usage["calls"] == 3
        assert agent.blind == 0


def test_answers_that_cannot_be_read_are_not_given_where_another_can() -> None:
    assert decided('{"offer": 1000}', "What?", '{"offer": 3}')[0] == '{"offer": 3}'
    with pytest.raises(InvalidAction):
        decided("", "", "")


def test_without_a_guess_the_first_answer_is_given_and_counted(tmp_path: Path) -> None:
    body = """
table.tell(f"{table.rng.random()}")
x = await table.ask("player_0", "x", Number(0, 9))
return {"player_0": x, "player_1": 0}
"""
    game = write_game(tmp_path, body)
    with server(answers('{"x": 1}', '{"x": 7}')) as asked:
        agent: Any = make_agent("search", {"model": "m", "base_url": asked.base_url, "samples": 2})
        assert json.loads(asyncio.run(agent.act(Match(game).turn("player_0")))) == {"x": 1}
    assert agent.usage["faults"] == {"blind": 1}


@pytest.mark.parametrize("trusted", [True, False], ids=["native", "sandbox"])
def test_games_of_any_origin_are_searched(tmp_path: Path, trusted: bool) -> None:
    body = """
cards = table.rng.sample([1, 2, 3], 2)
for agent, value in zip(table.agents, cards):
    table.deal(agent, "card", Number(1, 3), value=value)
bet = await table.ask("player_0", "bet", Choice("yes", "no"), "Is your card the higher one?")
won = (cards[0] > cards[1]) == (bet == "yes")
return {"player_0": won, "player_1": not won}
""".replace("won,", "1 if won else 0,").replace("not won}", "0 if won else 1}")
    game = write_game(tmp_path, body, trusted=trusted)
    seen: dict[int, str] = {}
    with server(answers('{"bet": "no"}', '{"bet": "yes"}')) as asked:
        for seed in range(8):
            match = Match(game, seed=seed)
            agent: Any = make_agent("search", {"model": "m", "base_url": asked.base_url, "samples": 2})
            seen[match.facts["player_0.card"]] = json.loads(asyncio.run(agent.act(match.turn("player_0"))))["bet"]
            match.close()
    assert seen[1] == "no"
    assert seen[3] == "yes"


def test_a_match_taken_up_again_asks_for_nothing_twice_and_ends_the_same(tmp_path: Path) -> None:
    texts = [
        json.dumps({"say": "", "offer": offer, "answer": "accept", "fallback": "decline"}) for offer in (5, 30, 45)
    ]
    lock, given, failed = threading.Lock(), iter(range(10**6)), threading.Event()

    def answer(body: dict[str, Any]) -> Reply:
        with lock:
            if len(body["messages"]) == 6 and not failed.is_set():
                failed.set()
                return 400, b""
            return 200, said(texts[next(given) % 3])

    with server(answer) as asked:
        cup = flag_cup(["search:vllm/m", "honest"], ["ultimatum"], deals=1, base_url=asked.base_url, self_play=False)
        outcome = arena.run(cup, str(tmp_path / "a.db"))
        once = len(asked.bodies)
        arena.run(cup, str(tmp_path / "b.db"))
    assert failed.is_set()
    assert outcome.void == 0
    assert once == len(asked.bodies) - once + 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"samples": 1}, "samples is how often the model is asked, at least 2, got 1"),
        ({"playouts": 0}, "playouts is how often each answer is played on, at least 1, got 0"),
        ({"opponents": "honets"}, "did you mean 'honest'"),
        ({"opponents": "planner"}, "no scripted agent that plays by its turn alone"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_agent("search", {"model": "m", "base_url": "http://127.0.0.1:1/v1", **options})


def test_whom_it_expects_tells_two_of_them_apart() -> None:
    options = {"model": "scripted/random", "base_url": "http://127.0.0.1:1/v1"}
    one, other = entrant("a", "search", options), entrant("a", "search", {**options, "opponents": "liar"})
    assert one.fingerprint != other.fingerprint
    assert not one.privileged

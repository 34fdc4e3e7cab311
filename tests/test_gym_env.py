"""One seat as a Gymnasium environment: Gymnasium's own check, opponents of every sort, and the same match."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest
from gymnasium.utils.env_checker import check_env

import arena
from arena import library
from arena.agent import Agent, Reply
from arena.drive import play_plain
from arena.errors import UsageError
from arena.match import Match
from arena.turn import Turn
from tests.players import BY_NAME, LARGE
from tests.support import Does, Says, legal, write_game

PAYS = """
for number in range(3):
    await table.ask("player_0", "x", Choice("y"), "?")
    table.pay("player_0", number)
return {}
"""

# Gymnasium would try other render modes through its registry, in which no game is entered.
pytestmark = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.filterwarnings("ignore:.*Not able to test alternative render modes:UserWarning"),
]


class Later:
    """An agent that has to be awaited, and remembers in which loop."""

    def __init__(self) -> None:
        self.loops: list[int] = []

    async def act(self, turn: Turn) -> Reply:
        await asyncio.sleep(0)
        self.loops.append(id(asyncio.get_running_loop()))
        return legal(turn)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("actions", ["text", "discrete"])
def test_gymnasium_check(name: str, actions: str) -> None:
    seats = library.game(name).least
    for seat in {0, seats - 1}:
        check_env(arena.gym_env(name, seat, actions=actions, size=LARGE.get(name, 256), render_mode="ansi"))


@pytest.mark.parametrize("kind", ["random", "honest", "tit_for_tat"])
def test_same_match_as_without_env(kind: str) -> None:
    env = arena.gym_env("ultimatum", "player_1", kind)
    _, info = env.reset(seed=11)
    assert info == {}
    rewards, over, rng = 0.0, False, Random(3)
    while not over:
        ask = env.match.turn("player_1").ask
        reply = "Hello." if ask.kind == "message" else {ask.key: ask.spec.sample(rng)}
        _, reward, over, truncated, info = env.step(reply)
        rewards += reward
        assert not truncated
        assert info == {}
    match = Match(library.game("ultimatum"), seed=11)
    replies: list[Reply] = [ply.reply for ply in env.match.plies if ply.seat == "player_1"]
    agents: dict[str, Agent] = {"player_0": library.make_agent(kind, {}), "player_1": Says(*replies)}
    play_plain(match, agents)
    assert match.rewards == env.match.rewards
    assert rewards == pytest.approx(match.rewards["player_1"])


def test_opponents_per_seat() -> None:
    seen: list[str] = []

    def note(turn: Turn) -> Reply:
        seen.append(turn.seat)
        return legal(turn)

    env = arena.gym_env("public_goods", 1, ["silent", "random", Does(note)], seats=4)
    env.reset(seed=0)
    while not env.match.done:
        env.step(legal(env.match.turn("player_1")))
    assert set(seen) == {"player_3"}


def test_privileged_opponent_sees_the_match() -> None:
    env = arena.gym_env("kuhn_poker", 0, "planner")
    env.reset(seed=1)
    while not env.match.done:
        env.step(legal(env.match.turn("player_0")))
    assert len(env.match.rewards) == 2


def test_async_opponents_share_one_loop() -> None:
    agent = Later()
    env = arena.gym_env("matrix_game", 0, agent, turns=2)
    for seed in range(2):
        env.reset(seed=seed)
        while not env.match.done:
            env.step(legal(env.match.turn("player_0")))
    env.close()
    env.close()
    assert len(agent.loops) > 4
    assert len(set(agent.loops)) == 1


def test_forfeit_is_played_to_the_end() -> None:
    env = arena.gym_env("matrix_game", 0, retries=1)
    env.reset(seed=1)
    env.step("")
    observation, reward, over, truncated, info = env.step("neither")
    assert (reward, over, truncated) == (0.0, False, False)
    assert set(info) == {"illegal"}
    assert "was not accepted" in observation["text"]
    observation, reward, over, truncated, info = env.step("nor")
    assert (over, truncated) == (True, False)
    assert set(info) == {"forfeit"}
    assert env.match.done
    assert reward == env.match.rewards["player_0"] <= 0
    with pytest.raises(UsageError, match="reset"):
        env.step("more")


def test_truncation() -> None:
    env = arena.gym_env("matrix_game", 0, max_cycles=3, turns=9, talk_rounds=0)
    env.reset(seed=1)
    ends: list[Any] = [env.step("decline" if number % 2 == 0 else "defect")[2:4] for number in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]


def test_pay_adds_up(tmp_path: Path) -> None:
    env = arena.gym_env(write_game(tmp_path, PAYS, agents=1))
    env.reset()
    assert [env.step("y")[1] for _ in range(3)] == [0.0, 1.0, 2.0]
    assert env.match.rewards == {"player_0": 3.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seat": 2}, "no seat 2; there are player_0, player_1"),
        ({"seat": "player_9"}, "no seat 'player_9'"),
        ({"opponents": "honst"}, "did you mean 'honest'"),
        ({"opponents": ["honest", "liar"]}, "1 opponents sit at this table, but 2 are given"),
        ({"opponents": []}, "but 0 are given"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        arena.gym_env("ultimatum", **arguments)
    with pytest.raises(UsageError, match="reset"):
        arena.gym_env("ultimatum").step("early")

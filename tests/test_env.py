"""The PettingZoo form passes PettingZoo's own suites for every game, and plays the very match that `Match` plays."""

import copy
import pickle
import random
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import arena
from arena import library
from arena.errors import NotEnumerable, UsageError
from arena.match import Match
from arena.observation import observation
from arena.record import record
from arena.zoo.discrete import length
from arena.zoo.pettingzoo import TurnEnv
from tests.players import BY_NAME, LARGE
from tests.support import write_game

MODES = [(name, actions) for name in BY_NAME for actions in ("text", "discrete")]
LISTS = """
bids = await table.ask_all(table.agents, "bid", Number(0, size), "How much?")
table.pay("player_0", 2)
table.reveal("bid")
last = await table.ask("player_1", "last", Choice("yes", "no"), "Well?")
return {agent: bid for agent, bid in bids.items()}
"""

# What an observation of text, or one with a mask, is warned about although it is meant to be so.
pytestmark = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.filterwarnings("ignore:Observation is not a NumPy array:UserWarning"),
    pytest.mark.filterwarnings("ignore:Observation space for each agent probably should be:UserWarning"),
    pytest.mark.filterwarnings("ignore:Action space for each agent probably should be:UserWarning"),
    # PettingZoo's suites import one of its own environments by the old way.
    pytest.mark.filterwarnings("ignore:The old environment creation API:DeprecationWarning"),
]


def options(name: str, actions: str) -> dict[str, Any]:
    return {"actions": actions, "size": LARGE.get(name, 256)}


def draw(env: TurnEnv, rng: Random) -> Any:
    """A random legal action of the selected seat."""
    if env.setup.discrete:
        mask = env.observe(env.agent_selection)["action_mask"]
        return rng.choice(np.flatnonzero(mask).tolist())
    ask = env.match.turn(env.agent_selection).ask
    return "Let us be fair." if ask.kind == "message" else {ask.key: ask.spec.sample(rng)}


def steps(env: TurnEnv, seed: int) -> Iterator[str]:
    """Play a match with random legal actions; the seats in the order in which they step."""
    rng = Random(seed)
    env.reset(seed=seed)
    for seat in env.agent_iter():
        yield seat
        over = env.terminations[seat] or env.truncations[seat]
        env.step(None if over else draw(env, rng))


class Legal:
    """A PettingZoo module whose action spaces sample legal replies, since `max_cycles_test` looks at no mask."""

    def __init__(self, name: str, **params: Any) -> None:
        self.env = partial(self._make, arena.env, name, params)
        self.parallel_env = partial(self._make, arena.parallel_env, name, params)

    def _make(self, make: Any, name: str, params: dict[str, Any], max_cycles: int) -> Any:
        env = make(name, max_cycles=max_cycles, **params)
        rng = Random(max_cycles)

        def sample(seat: str) -> str:
            if seat not in env.match.waiting:
                return "nobody reads this"
            ask = env.match.turn(seat).ask
            return "Hello." if ask.kind == "message" else f"{ask.key}: {ask.spec.sample(rng)}"

        spaces = {seat: SimpleNamespace(sample=partial(sample, seat)) for seat in env.possible_agents}
        env.action_space = spaces.__getitem__
        return env


@pytest.fixture(name="suites")
def load_suites() -> Any:
    return import_module("pettingzoo.test")


@pytest.mark.parametrize(("name", "actions"), MODES)
def test_pettingzoo_suites(suites: Any, name: str, actions: str) -> None:
    given = options(name, actions)
    suites.api_test(arena.env(name, **given), num_cycles=60)
    suites.parallel_api_test(arena.parallel_env(name, **given), num_cycles=60)
    suites.seed_test(partial(arena.env, name, **given), num_cycles=60)
    parallel: Any = import_module("pettingzoo.test.seed_test")
    parallel.parallel_seed_test(partial(arena.parallel_env, name, **given), num_cycles=60)


@pytest.mark.parametrize(
    ("name", "actions", "seats"),
    [
        ("public_goods", "text", 10),
        ("public_goods", "discrete", 4),
        ("fishery", "discrete", 6),
        ("trust_network", "discrete", 8),
        ("werewolf", "text", 10),
        ("werewolf", "discrete", 10),
    ],
)
def test_suites_with_more_seats(suites: Any, name: str, actions: str, seats: int) -> None:
    env = arena.env(name, seats=seats, actions=actions)
    assert len(env.possible_agents) == seats
    suites.api_test(env, num_cycles=40)
    suites.parallel_api_test(arena.parallel_env(name, seats=seats, actions=actions), num_cycles=40)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("matrix_game", {"turns": 5}),
        ("matrix_game", {"turns": 5, "talk_rounds": 0}),
        ("matrix_game", {"turns": 5, "game": "chicken"}),
        ("fishery", {}),
        ("public_goods", {}),
        ("elimination", {}),
    ],
)
def test_max_cycles_suite(suites: Any, name: str, params: dict[str, Any]) -> None:
    suites.max_cycles_test(Legal(name, **params))


@pytest.mark.parametrize(("name", "actions"), MODES)
def test_truncation(name: str, actions: str) -> None:
    env = arena.env(name, max_cycles=1, **options(name, actions))
    seen = list(steps(env, 3))
    assert env.agents == []
    assert max(seen.count(seat) for seat in env.possible_agents) <= 2
    assert not env.match.done
    parallel = arena.parallel_env(name, max_cycles=1, **options(name, actions))
    parallel.reset(seed=3)
    _, rewards, terminated, truncated, _ = parallel.step(dict.fromkeys(parallel.agents, 0))
    assert set(truncated.values()) == {True}
    assert set(terminated.values()) == {False}
    assert set(rewards) == set(parallel.possible_agents)
    assert parallel.agents == []


@pytest.mark.parametrize(("name", "actions"), MODES)
@pytest.mark.parametrize("seed", [0, 7])
def test_same_match_as_without_env(name: str, actions: str, seed: int) -> None:
    env = arena.env(name, **options(name, actions))
    totals = dict.fromkeys(env.possible_agents, 0.0)
    for seat in steps(env, seed):
        totals[seat] += env.last(observe=False)[1]
    # What judges will decide pays nothing, and an environment has to say so in numbers.
    assert totals == pytest.approx(env.match.rewards or dict.fromkeys(env.possible_agents, 0.0))
    again = Match(library.game(name), seed=seed)
    for ply in env.match.plies:
        assert again.answer(ply.seat, ply.reply) is None
    assert again.rewards == env.match.rewards
    assert record(again) == record(env.match)
    assert not any(again.act_errors.values())


@pytest.mark.parametrize("name", BY_NAME)
def test_text_is_what_the_turn_knows(name: str) -> None:
    env = arena.env(name)
    for seat in steps(env, 5):
        if not env.terminations[seat]:
            assert env.last()[0] == {"text": observation(env.match.turn(seat))}


@pytest.mark.parametrize("actions", ["text", "discrete"])
def test_nothing_shows_before_all_have_answered(actions: str) -> None:
    env = arena.env("matrix_game", actions=actions, size=3, talk_rounds=0)
    env.reset(seed=1)
    before = {seat: pickle.dumps(env.observe(seat)) for seat in env.agents}
    assert env.agent_selection == "player_0"
    env.step(1 if actions == "discrete" else "cooperate")
    assert env.agent_selection == "player_1"
    assert {seat: pickle.dumps(env.observe(seat)) for seat in env.agents} == before
    env.step(2 if actions == "discrete" else "defect")
    assert env.agent_selection == "player_0"
    assert all(pickle.dumps(env.observe(seat)) != before[seat] for seat in env.agents)


def test_refused_answer_is_asked_for_again() -> None:
    env = arena.env("ultimatum", talk_rounds=0)
    env.reset(seed=2)
    assert env.agent_selection == "player_1"
    env.step("a lot")
    assert env.agent_selection == "player_1"
    assert env.infos["player_1"] == {"illegal": "expected a whole number, got 'a lot'"}
    text = env.observe("player_1")["text"]
    assert text.endswith("Your last answer was not accepted: expected a whole number, got 'a lot'")
    env.step("decline")
    assert env.infos["player_1"] == {}
    assert env.agent_selection == "player_0"


def test_forfeited_seat_is_not_selected_again() -> None:
    env = arena.env("matrix_game", turns=3, talk_rounds=0)
    env.reset(seed=0)
    selected: list[str] = []
    rewards = dict.fromkeys(env.agents, 0.0)
    for seat in env.agent_iter():
        _, reward, terminated, _, info = env.last()
        rewards[seat] += reward
        if terminated:
            assert ("forfeit" in info) == (seat == "player_0")
            env.step(None)
            continue
        selected.append(seat)
        env.step("???" if seat == "player_0" else "defect")
    assert selected.count("player_0") == 3
    assert selected[:3] == ["player_0"] * 3
    assert selected[3:] == ["player_1"] * 6
    assert rewards == pytest.approx(env.match.rewards)
    assert rewards["player_0"] <= 0.0


def test_pay_arrives_as_the_game_pays(tmp_path: Path) -> None:
    game = write_game(tmp_path, LISTS)
    env = arena.env(game, size=4)
    env.reset()
    env.step("1")
    assert env.rewards == {"player_0": 0.0, "player_1": 0.0}
    env.step("3")
    assert env.rewards == {"player_0": 2.0, "player_1": 0.0}
    env.step("yes")
    assert env.rewards == {"player_0": 1.0, "player_1": 3.0}
    assert env.match.rewards == {"player_0": 3.0, "player_1": 3.0}


def test_sandboxed_game_plays_the_same(tmp_path: Path) -> None:
    rewards: list[dict[str, float]] = []
    for trusted in (True, False):
        env = arena.env(write_game(tmp_path, LISTS, trusted=trusted), size=4)
        for _ in steps(env, 2):
            pass
        assert (env.match.isolation == "none") == trusted
        rewards.append(env.match.rewards)
        env.close()
    assert rewards[0] == rewards[1]


def test_options_are_no_parameters_of_games() -> None:
    taken = {"actions", "size", "seats", "max_cycles", "retries", "acts", "render_mode", "seat", "opponents"}
    assert not [name for name in BY_NAME if taken & set(library.defaults(library.game(name)))]


def test_seeds() -> None:
    env, other = arena.env("kuhn_poker"), arena.env("kuhn_poker")

    def deals(one: TurnEnv, *seeds: int | None) -> list[str]:
        found: list[str] = []
        for seed in seeds:
            one.reset(seed=seed)
            found.append(str(one.match.facts) + str(one.match.seed))
        return found

    first = deals(env, 3, None, None, 3, None, None)
    assert first[:3] == first[3:]
    assert len(set(first)) == 3
    assert deals(other, 3, None, None) == first[:3]
    assert deals(other, 4) != deals(env, 3)
    assert env.match.seed == 3
    fresh = [deals(arena.env("kuhn_poker"), None) for _ in range(4)]
    assert len({str(one) for one in fresh}) == 4


def test_global_generators_are_left_alone() -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002  # the caller's own generator, which nobody else may touch
    before = random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002  # as above
    for actions in ("text", "discrete"):
        for _ in steps(arena.env("werewolf", actions=actions), 4):
            pass
        arena.env("werewolf").reset()
    assert before == (random.getstate(), pickle.dumps(np.random.get_state()))  # noqa: NPY002  # as above


@pytest.mark.parametrize("pickled", [False, True])
@pytest.mark.parametrize("actions", ["text", "discrete"])
def test_copies_play_on_apart(pickled: bool, actions: str) -> None:
    env = arena.env("public_goods", actions=actions)
    env.action_space("player_0").seed(4)
    walk = steps(env, 6)
    for _ in range(8):
        next(walk)
    env.step("an illegal one")
    twin: TurnEnv = pickle.loads(pickle.dumps(env)) if pickled else copy.deepcopy(env)  # noqa: S301  # its own bytes
    assert twin.infos == env.infos
    assert twin.agent_selection == env.agent_selection
    assert pickle.dumps(twin.last()) == pickle.dumps(env.last())
    before = len(env.match.plies)
    rng = Random(1)
    while not twin.terminations[twin.agent_selection]:
        twin.step(draw(twin, rng))
    assert len(env.match.plies) == before
    assert len(twin.match.plies) > before
    assert twin.action_space("player_0").sample() == env.action_space("player_0").sample()


def test_parallel_copies_and_ignores_who_is_not_asked() -> None:
    env = arena.parallel_env("ultimatum", talk_rounds=0)
    observations, infos = env.reset(seed=2)
    assert [seat for seat in env.agents if infos[seat]["asked"]] == ["player_1"]
    assert observations["player_0"]["text"].endswith("You are not asked anything now.")
    twin = copy.deepcopy(env)
    one = env.step({"player_0": object(), "player_1": "decline"})
    two = twin.step({"player_1": "decline"})
    assert one[0] == two[0]
    assert one[4]["player_0"] == {"asked": True}
    assert copy.deepcopy(twin).step({"player_0": "decline"})[0] == env.step({"player_0": "decline"})[0]
    with pytest.raises(UsageError, match="player_0: asked, but there is no action"):
        env.step({"player_1": "accept"})


def test_parallel_retries_one_seat_alone() -> None:
    env = arena.parallel_env("matrix_game", talk_rounds=0)
    env.reset(seed=0)
    infos = env.step({"player_0": "cooperate", "player_1": "what?"})[4]
    assert not infos["player_0"]["asked"]
    assert infos["player_1"]["asked"]
    assert "expected one of" in infos["player_1"]["illegal"]
    infos = env.step({"player_0": "defect", "player_1": "defect"})[4]
    assert infos == {"player_0": {"asked": True}, "player_1": {"asked": True}}
    assert [ply.action for ply in env.match.plies] == ["cooperate", "defect"]


def test_discrete_numbers_the_answers(tmp_path: Path) -> None:
    env = arena.env(write_game(tmp_path, LISTS), actions="discrete", size=12)
    env.reset()
    first = env.observe("player_0")
    assert first["action_mask"].tolist() == [1] * 11 + [0]
    assert env.observation_space("player_0").contains(first)
    env.step(4)
    env.step(np.int64(11))
    assert env.agent_selection == "player_1"
    assert "action 11 is not legal here" in env.infos["player_1"]["illegal"]
    env.step(None)
    assert env.agent_selection == "player_1"
    env.step(10)
    assert [ply.action for ply in env.match.plies] == [4, 10]
    assert env.observe("player_1")["action_mask"].tolist() == [1, 1] + [0] * 10
    assert env.observe("player_0")["action_mask"].tolist() == [1] + [0] * 11


def test_discrete_vector_shows_what_was_done() -> None:
    env = arena.env("matrix_game", actions="discrete", size=3, talk_rounds=0, turns=2)
    seen: dict[tuple[int, int], bytes] = {}
    for pair in ((0, 0), (0, 1), (1, 0), (1, 1)):
        env.reset(seed=0)
        for action in (0, 0, *pair):
            env.step(action)
        vector = env.observe("player_0")["observation"]
        assert vector.dtype == np.float32
        assert vector.shape == (length(2),)
        seen[pair] = vector.tobytes()
    assert len(set(seen.values())) == 4


@pytest.mark.parametrize("name", BY_NAME)
def test_discrete_vector_depends_on_the_match_alone(name: str) -> None:
    given = options(name, "discrete")
    watched, other = arena.env(name, **given), arena.env(name, **given)
    other.reset(seed=9)
    watched.reset(seed=9)
    rng = Random(9)
    while not watched.terminations[watched.agent_selection]:
        action = draw(watched, rng)
        watched.step(action)
        other.step(action)
        for seat in watched.agents:
            watched.observe(seat)
    for seat in watched.agents:
        seen = watched.observe(seat)["observation"]
        assert seen.tobytes() == other.observe(seat)["observation"].tobytes()
        assert 0.0 <= seen.min() <= seen.max() <= 1.0


def test_discrete_talk_is_silence_or_one_act() -> None:
    env = arena.env("ultimatum", actions="discrete")
    kinds: set[str] = set()
    env.reset(seed=1)
    count = int(env.observe("player_0")["action_mask"].sum())
    for action in range(count):
        env.reset(seed=1)
        env.step(action)
        acts = env.match.plies[0].acts
        assert len(acts) == (0 if action == 0 else 1)
        kinds |= {act["act"] for act in acts}
    assert kinds == {"claim", "promise"}
    assert not any(env.match.act_errors.values())


def test_discrete_proof_only_of_what_can_be_proved() -> None:
    env = arena.env("buyer_seller", actions="discrete")
    proofs: list[str] = []
    for seed in range(8):
        for seat in steps(env, seed):
            if env.terminations[seat] or env.match.turn(seat).ask.kind != "message":
                continue
            mask = env.observe(seat)["action_mask"]
            for number in np.flatnonzero(mask)[-3:].tolist():
                twin = copy.deepcopy(env)
                twin.step(number)
                assert not any(twin.match.act_errors.values())
                proofs += [act["act"] for act in twin.match.plies[-1].acts if act["act"] == "disclose"]
    assert proofs


def test_too_many_answers() -> None:
    env = arena.env("ultimatum", actions="discrete", size=100, talk_rounds=0)
    env.reset(seed=0)
    with pytest.raises(NotEnumerable, match="'offer' has 102 answers and the discrete action space 100"):
        env.step(0)


def test_free_text_is_not_enumerable(tmp_path: Path) -> None:
    game = write_game(
        tmp_path, 'await table.ask("player_0", "word", Message(), "?")\nreturn {a: 0 for a in table.agents}'
    )
    with pytest.raises(NotEnumerable, match="'word' has endlessly many answers"):
        arena.env(game, actions="discrete").reset()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"actions": "numbers"}, "no kind of actions 'numbers'"),
        ({"size": 1}, "size=1"),
        ({"seats": 3}, "ultimatum is for 2 agents, not 3"),
        ({"max_cycles": 0}, "max_cycles=0"),
        ({"acts": "on"}, "no value of acts 'on'"),
        ({"render_mode": "rgb_array"}, "no render mode 'rgb_array'"),
        ({"pi": 10}, "did you mean 'pie'"),
        ({"pie": "10"}, "'pie' takes int"),
    ],
)
def test_wrong_options(wrong: dict[str, Any], message: str) -> None:
    for make in (arena.env, arena.parallel_env, arena.gym_env):
        with pytest.raises(UsageError, match=message):
            make("ultimatum", **wrong)


def test_order_of_calls() -> None:
    env, parallel = arena.env("ultimatum"), arena.parallel_env("ultimatum")
    with pytest.raises(UsageError, match="reset"):
        env.step("hello")
    with pytest.raises(UsageError, match="reset"):
        parallel.step({})
    for _ in steps(env, 1):
        pass
    with pytest.raises(UsageError, match="reset"):
        env.step(None)


def test_render(capsys: pytest.CaptureFixture[str]) -> None:
    env = arena.env("ultimatum", render_mode="ansi", talk_rounds=1)
    env.reset(seed=1)
    env.step("hi")
    shown = env.render()
    assert shown is not None
    assert "[player_1] Table (only to you): Your fallback is" in shown
    assert shown.endswith("player_0: hi")
    assert capsys.readouterr().out == ""
    loud = arena.env("ultimatum", render_mode="human", talk_rounds=1)
    loud.reset(seed=1)
    loud.step("red \x1b[31malert")
    loud.step("")
    assert loud.render() is None
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count("player_0: red") == 1

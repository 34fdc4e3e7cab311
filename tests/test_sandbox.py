"""A game nobody vouches for: nothing in reach, every limit held, the same transcript as natively."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from arena import sandbox
from arena.drive import play_plain
from arena.errors import GameError, UsageError
from arena.library import Game, native_play, read_game
from arena.match import Match
from arena.record import record, to_json
from tests.support import Does, finished, legal, write_game

END = "\nreturn {a: 0 for a in table.agents}"
ATTACKS = {
    "endless loop": "while True:\n    pass",
    "endless loop in a sort key": "def f(x):\n    while True:\n        pass\nsorted([1, 2], key=f)",
    "endless asks": "while True:\n    await table.ask('player_0', 'x', Number(0, 1))",
    "endless words": "while True:\n    table.tell('x')",
    "many words": "for i in range(20000):\n    table.tell('x')\nawait table.ask('player_0', 'x', Number(0, 1))",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)",
    "huge power": "9 ** 9 ** 9",
    "doubling string": "s = 'a'\nwhile True:\n    s = s + s",
    "doubling list": "s = [0]\nwhile True:\n    s = s + s",
    "wide format": "f'{1:>2000000000}'",
    "backtracking": "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
    "print flood": "while True:\n    print('x' * 1000)",
    "reads a file": "open('/etc/passwd').read()",
    "writes a file": "open('/tmp/arena-escape', 'w').write('x')",
    "environment": "import os\nos.environ['PATH']",
    "shell": "import os\nos.system('true')",
    "socket": "import socket\nsocket.socket()",
    "subprocess": "import subprocess\nsubprocess.run(['true'])",
    "ctypes": "import ctypes",
    "class chain": "().__class__.__bases__[0].__subclasses__()",
    "format field": "'{0.__class__.__mro__}'.format(())",
    "frames": "import sys\nsys._getframe()",
    "globals": "wait.__globals__['__builtins__']",
    "eval of imports": "eval(\"__import__('os').system('true')\")",
    "swallows the kill": "while True:\n    try:\n        9 ** 9 ** 9\n    except BaseException:\n        pass",
    "foreign host call": "host_call('shell', ['true', {}])",
    "arena internals": "import arena.match",
    "text reward": "return {'player_0': 'a lot', 'player_1': 0}",
    "huge reward": "return {'player_0': 2 ** 5000, 'player_1': 0}",
    "object reward": "return {'player_0': Number(0, 1), 'player_1': 0}",
    "seat that is not there": "return {'player_0': 1, 'player_1': 1, 'player_2': 1}",
    "object fact": "table.facts['x'] = Number(0, 1)" + END,
    "object told": "table.tell(Number(0, 1))" + END,
    "object spec": "await table.ask('player_0', 'x', 'yes or no')",
    "object prompt": "await table.ask('player_0', 'x', Number(0, 1), 5)" + END,
    "no table": "await 5",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_ends_as_a_game_error_within_its_limits(tmp_path: Path, attack: str) -> None:
    started = time.monotonic()
    with pytest.raises((GameError, UsageError)) as caught:
        finished(write_game(tmp_path, ATTACKS[attack], trusted=False))
    assert "small" in str(caught.value)
    assert time.monotonic() - started < 3 * sandbox.TURN_SECONDS + 5
    assert not Path("/tmp/arena-escape").exists()  # noqa: S108  # the path that the game tried to write


def test_the_pool_serves_on_after_attacks(tmp_path: Path) -> None:
    bad = write_game(tmp_path, ATTACKS["endless loop"], "bad", trusted=False)
    good = write_game(tmp_path, "await table.ask('player_0', 'x', Number(0, 1))" + END, "good", trusted=False)
    half = Match(good)
    with pytest.raises(GameError):
        finished(bad)
    half.answer("player_0", "1")
    assert half.done
    assert finished(good).done


def test_clocks_stand_still_and_entropy_comes_from_the_seed(tmp_path: Path) -> None:
    body = """
import random, time, datetime
table.facts["clock"] = [time.time(), time.perf_counter(), str(datetime.datetime.now())]
table.facts["noise"] = [random.random(), random.Random().random(), hash("x"), list({"a", "b", "c"})]
return {a: 0 for a in table.agents}
"""
    game = write_game(tmp_path, body, trusted=False)
    facts = [finished(game, seed=seed).facts for seed in (1, 1, 2)]
    assert facts[0] == facts[1]
    assert facts[0]["clock"] == facts[2]["clock"]
    assert facts[0]["noise"][0] != facts[2]["noise"][0]


def test_nothing_survives_from_one_match_to_the_next(tmp_path: Path) -> None:
    body = "seen.append(1)\nNumber.low = 3\ntable.facts['n'] = len(seen)\nreturn {a: 0 for a in table.agents}"
    game = write_game(tmp_path, body, more="seen = []", trusted=False)
    assert [finished(game, seed=seed).facts["n"] for seed in range(4)] == [1, 1, 1, 1]


def test_a_game_that_is_not_built_in_never_runs_natively(tmp_path: Path) -> None:
    game = write_game(tmp_path, END.strip(), trusted=False)
    with pytest.raises(UsageError, match="sandbox"):
        native_play(game)
    assert finished(game).isolation in ("bubblewrap", "interpreter")


WAITING = """
card = table.deal("player_0", "card", Number(0, 99))
for turn in range(3):
    x = await table.ask("player_0", "x", Number(0, 99))
    table.pay("player_0", x + card * table.rng.random())
"""


def in_turn(game: Game, seeds: range) -> list[dict[str, float]]:
    """The rewards of matches that take turns, an answer each."""
    matches = [Match(game, seed=seed) for seed in seeds]
    while not all(match.done for match in matches):
        for match in matches:
            if not match.done:
                match.answer("player_0", legal(match.turn("player_0")))
    return [match.rewards for match in matches]


def test_more_matches_wait_than_there_are_workers(tmp_path: Path) -> None:
    game = write_game(tmp_path, WAITING, trusted=False)
    seeds = range(2 * sandbox.MOST_WORKERS + 3)
    assert in_turn(game, seeds) == [finished(game, seed=seed).rewards for seed in seeds]


def test_threads_share_the_workers(tmp_path: Path) -> None:
    game = write_game(tmp_path, WAITING, trusted=False)
    halves = [range(12), range(100, 112)]
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(partial(in_turn, game), halves))
    assert found == [[finished(game, seed=seed).rewards for seed in seeds] for seeds in halves]


def test_a_match_outlives_the_thread_that_began_it(tmp_path: Path) -> None:
    game = write_game(tmp_path, WAITING, trusted=False)
    with ThreadPoolExecutor(1) as threads:
        match = threads.submit(Match, game, seed=4).result()
    while not match.done:
        match.answer("player_0", legal(match.turn("player_0")))
    assert match.rewards == finished(game, seed=4).rewards


EVERYTHING = """
a, b, c = table.agents
table.role(a, "leader", team="one")
table.role(b, "member", team="one")
table.norm(a, "lie", "card")
who = table.network("random", p=0.6)
table.tell(f"links {who}", fact={"links": len(who[a])})
for agent in table.agents:
    table.deal(agent, "card", Number(0, size), provable=True, confidential=[b])
goods = Allocation({"hats": 2, "books": 3}, total=3)
table.deal(b, "goods", goods)
order = table.deal(c, "order", Ranking(*table.agents), table.rng.sample(list(table.agents), 3))
await table.talk(rounds=2, over=who, about={"bid": Number(0, size), "split": goods})
await table.talk_all([[a, b], [c]], about={"bid": Number(0, size)})
await table.announce("card")
await table.announce("bid", a, c, to=[b])
bids = await table.ask_all([a, c], "bid", {a: Number(0, size), c: Number(0, 2)}, {a: "yours?", c: "and yours?"})
split = await table.ask(b, "split", goods, "Split.")
word = await table.ask(b, "motto", Message(40), "Say it.")
table.reveal("bid")
table.pay(c, table.chance("bonus").random())
table.facts["order"] = order
return {a: bids[a] / 3, b: split["hats"] + len(word) * 0.1, c: bids[c]}
"""


def chatty(turn: Any) -> Any:
    """Random well-formed acts in each message."""
    if turn.ask.kind != "message":
        return legal(turn) if turn.rng.random() < 0.9 else "?"
    claims = [{"claim": {key: spec.sample(turn.rng)}} for key, spec in turn.acts.claim.items()]
    promises = [
        {"promise": {key: spec.sample(turn.rng)}, "if": {f"player_2.{key}": spec.sample(turn.rng)}}
        for key, spec in turn.acts.promise.items()
    ]
    return {"say": f"word {turn.rng.randint(0, 9)} \u00fc", "acts": [*claims, *promises, {"disclose": "card"}]}


@pytest.mark.parametrize("seed", range(25))
def test_every_word_gives_the_same_record_in_both_engines(tmp_path: Path, seed: int) -> None:
    game = write_game(tmp_path, EVERYTHING, agents=3)
    records: list[str] = []
    for engine in ("native", "sandbox"):
        match = Match(game, seed=seed, engine=engine)
        play_plain(match, {seat: Does(chatty) for seat in match.seats})
        data = record(match)
        del data["isolation"]
        records.append(to_json(data))
    assert records[0] == records[1]


def test_without_bubblewrap_the_record_says_so(tmp_path: Path) -> None:
    game = write_game(tmp_path, END.strip(), trusted=False)
    code = (
        "from pathlib import Path; from arena.library import read_game; from arena.match import Match;"
        f"print(Match(read_game(Path({game.path!r}), 'user')).isolation)"
    )
    env = {**os.environ, "ARENA_ISOLATION": "interpreter"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True
    )  # our own words
    assert done.stdout.strip() == "interpreter"


@pytest.mark.skipif(sandbox.bubblewrap() is None, reason="bubblewrap is not here or does not work")
def test_inside_bubblewrap_where_it_works(tmp_path: Path) -> None:
    assert finished(write_game(tmp_path, END.strip(), trusted=False)).isolation == "bubblewrap"


def test_a_value_nested_too_deeply_is_cut_by_the_sandbox(tmp_path: Path) -> None:
    body = "x = []\nfor i in range(100000):\n    x = [x]\ntable.facts['x'] = x" + END
    assert len(to_json(record(finished(write_game(tmp_path, body, trusted=False))))) < 10_000


def test_line_ends_inside_of_texts_and_further_statements_survive(tmp_path: Path) -> None:
    path = tmp_path / "small.py"
    path.write_text(
        '"""Doc."""\nfrom arena.game import (\n    Number as N,\n); X = 3; from arena.game import Choice as C\n\x0c\n'
        'S = "a\x0cb\x1cc\u2028d"\nAGENTS = 2\n\n\nasync def play(table):\n    from arena.game import Ranking\n'
        "    await table.ask('player_0', S, N(0, X))\n    await table.ask('player_0', 'x', C('a'))\n"
        "    Ranking('a', 'b')\n    raise ValueError('here')\n",
        encoding="utf-8",
    )
    for engine in ("native", "sandbox"):
        with pytest.raises(GameError, match=r"small\.py:15: ValueError: here"):
            finished(read_game(path, "built-in"), engine=engine)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("await table.ask('player_0', 'x', ['a', 'b'])", "small.py:8: TypeError: a spec is a Choice, Number"),
        ("await table.ask('player_0', 'x', None)", "small.py:8: TypeError: a spec is a Choice, Number"),
        ("await table.talk(about={'x': ['a']})", "small.py:8: TypeError: a spec is a Choice, Number"),
        ("import arena.game", "small.py:8: write `from arena.game import …`"),
        ("from arena.match import Match", "small.py:8: a game imports from arena.game and nothing else"),
        ("import numpy", "small.py:8: ModuleNotFoundError: No module named 'numpy'; a game has collections"),
        ("with open('x'):\n    yield", "the sandbox does not have yield"),
        ("table.network('hexagon')", "small.py:8 or above: no network 'hexagon'; there are: complete"),
        ("table.network('ring', k=2)", "small.py:8 or above: a 'ring' network takes nothing, not 'k'"),
        ("table.network('regular', d=7)", "small.py:8 or above: no 'regular' network of 2 seats with {'d': 7}: "),
        ("table.network('random', p='x')", "small.py:8 or above: no 'random' network of 2 seats"),
    ],
)
def test_what_the_sandbox_has_not_is_said_with_its_line(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(GameError) as caught:
        finished(write_game(tmp_path, body, trusted=False))
    assert said in str(caught.value)


def test_a_game_cannot_fill_the_memory_with_what_it_says(tmp_path: Path) -> None:
    body = "while True:\n    table.tell('x' * 5_000_000)\n    await table.ask('player_0', 'x', Number(0, 1))"
    with pytest.raises(GameError, match="the game said more than 20000000 characters"):
        finished(write_game(tmp_path, body, trusted=False))


def test_an_undefined_name_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(GameError, match="NameError: name 'spilt' is not defined"):
        finished(write_game(tmp_path, "spilt(3)" + END, trusted=False))

"""Runs that end at their budget and go on with a higher one: nothing is asked twice, nothing ends otherwise."""

import json
import signal
import threading
import urllib.request
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from arena.api import board
from arena.cups.cup import parse_cup
from arena.running.progress import Lines
from arena.serving.endpoint import local_endpoint
from arena.store import open_store
from arena.tournament import run
from tests.cups import command, ended, rows
from tests.endpoints import Asked, Reply, server
from tests.shell import Shell

AGENT = '''
"""Asks a model in its own way."""
import asyncio
from arena.chat.prompt import Chat
from arena.llm import Usage, complete, endpoint


class Own:
    def __init__(self, where):
        self.where, self.chat, self.used = where, Chat(), Usage(where)

    @property
    def usage(self):
        return self.used.data()

    async def call(self, messages, **options):
        answer = await complete(self.where, messages, options)
        self.used.add(answer)
        return answer.text

    async def act(self, turn):
        messages = self.chat.ask(turn)
        {how}
        self.chat.answered(text)
        return text


def agent(model: str, base_url: str):
    return Own(endpoint(model, base_url))
'''
SEVERAL = """
        texts = await asyncio.gather(*(self.call(messages) for _ in range(3)))
        text = await self.call(messages, temperature=0.5)
"""
GROUPED = """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.call(messages)) for _ in range(2)]
        text = tasks[0].result()
"""
SWALLOWING = """
        try:
            text = await self.call(messages)
        except BaseException:
            text = "pass"
"""
KINDS = {"several": SEVERAL, "grouped": GROUPED, "swallowing": SWALLOWING}
CUP = """
name = "cup"
seed = 3
deals = 1
self_play = false

[[agents]]
name = "liar"
kind = "liar"

[[agents]]
name = "alice"
kind = "llm"
model = "scripted/honest"
base_url = "{url}"

{more}
[[games]]
name = "ultimatum"

[prices."scripted/honest"]
input = 1000.0
output = 1000.0
"""


@contextmanager
def counting() -> Generator[Asked]:
    """The scripted models behind a server that keeps what it was asked."""
    with local_endpoint() as scripted:

        def answer(body: dict[str, Any]) -> Reply:
            data = json.dumps(body).encode()
            kind = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{scripted}/chat/completions", data, kind)  # noqa: S310  # our own server
            with urllib.request.urlopen(request) as got:  # noqa: S310  # as above
                return 200, json.loads(got.read())

        with server(answer, ["scripted/honest"]) as asked:
            yield asked


@pytest.fixture
def asked() -> Iterator[Asked]:
    with counting() as found:
        yield found


def cup_text(folder: Path, url: str, kinds: dict[str, str] | None = None) -> str:
    more = ""
    for name, how in (KINDS if kinds is None else kinds).items():
        (folder / "agents" / f"{name}.py").write_text(AGENT.format(how=how.strip()))
        more += f'[[agents]]\nname = "{name}"\nkind = "{name}"\nmodel = "scripted/honest"\nbase_url = "{url}"\n\n'
    return CUP.format(url=url, more=more)


def bodies(asked: Asked) -> Counter[str]:
    return Counter(json.dumps(body, sort_keys=True) for body in asked.bodies)


def same(one: str, other: str) -> None:
    assert rows(one) == rows(other)
    for name in ("overall", "conduct"):
        assert board(name, one) == board(name, other)
    with open_store(one) as first, open_store(other) as second:
        assert all(first.record(row["id"]) == second.record(row["id"]) for row in rows(one))
        assert first.spent(1) == second.spent(1)


@pytest.mark.parametrize("concurrency", [pytest.param(1, marks=pytest.mark.slow), 8])
def test_a_budget_of_calls_stops_mid_match_and_a_higher_one_goes_on(here: Path, asked: Asked, concurrency: int) -> None:
    cup = parse_cup(cup_text(here, asked.base_url))
    whole = run(cup, "whole.db", concurrency=concurrency)
    once = bodies(asked)
    assert whole.code == 0, whole.reasons
    assert whole.spent.calls == once.total()
    asked.bodies.clear()
    for most in (0, 2, 7, 40, once.total() - 1):
        outcome = run(cup, "parts.db", max_calls=most, concurrency=concurrency)
        assert (outcome.code, outcome.reached, outcome.void) == (4, f"--max-calls {most}", 0)
        assert len(asked.bodies) == outcome.spent.calls == most
    last = run(cup, "parts.db", max_calls=once.total(), concurrency=concurrency)
    assert (last.code, last.reached, last.finished) == (0, "", True)
    assert bodies(asked) == once
    same("whole.db", "parts.db")
    assert run(cup, "parts.db", max_calls=1).code == 0
    assert bodies(asked) == once


@pytest.mark.parametrize("concurrency", [pytest.param(1, marks=pytest.mark.slow), 8])
def test_a_budget_of_money_is_kept_and_a_higher_one_goes_on(here: Path, asked: Asked, concurrency: int) -> None:
    cup = parse_cup(cup_text(here, asked.base_url))
    whole = run(cup, "whole.db", concurrency=concurrency)
    once = bodies(asked)
    total = whole.spent.cost_usd
    assert total > 1
    asked.bodies.clear()
    for share in (0.0, 0.1, 0.5):
        before = len(asked.bodies)
        outcome = run(cup, "parts.db", max_cost=share * total, concurrency=concurrency)
        assert (outcome.code, outcome.void) == (4, 0)
        assert outcome.spent.cost_usd <= share * total
        assert outcome.reached.startswith("--max-cost")
        assert (len(asked.bodies) > before) == (share > 0)
    assert run(cup, "parts.db", max_cost=2 * total, concurrency=concurrency).finished
    assert bodies(asked) == once
    same("whole.db", "parts.db")


def test_a_record_says_what_each_agent_cost_and_so_does_the_board(here: Path, asked: Asked) -> None:
    run(parse_cup(cup_text(here, asked.base_url, {"several": SEVERAL})), "a.db")
    with open_store("a.db") as store:
        paid = store.spent(1).cost_usd
        used = [usage for row in rows("a.db") for usage in store.record(row["id"])["usage"].items()]
    assert {name for name, _ in used} == {"alice", "several"}
    assert sum(each["cost_usd"] for _, each in used) == pytest.approx(paid)
    costs = {row["agent"]: row["cost_usd"] for row in board("overall", "a.db").rows}
    assert costs["liar"] in (None, 0)
    assert costs["several"] > costs["alice"] > 0


def test_time_ends_a_run_and_the_same_command_goes_on(here: Path, asked: Asked) -> None:
    cup = parse_cup(cup_text(here, asked.base_url, {}))
    outcome = run(cup, "a.db", max_time=0)
    assert (outcome.code, outcome.reached, outcome.done, asked.bodies) == (4, "--max-time 0", 0, [])
    assert run(cup, "a.db", max_time=600).finished


def test_a_stop_interrupts_the_wait_before_a_retry(here: Path) -> None:
    def busy(_body: dict[str, Any]) -> Reply:
        return 503, {"error": {"message": "later"}}

    with server(busy, ["scripted/honest"]) as asked:
        (here / "cup.toml").write_text(cup_text(here, asked.base_url, {}))
        process = command("run", "cup.toml", "--store", "a.db", cwd=here)
        while len(asked.bodies) < 3:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        code, _, err = ended(process, 30)
        assert (code, rows("a.db")) == (130, [])
        assert "the same command continues" in err


def test_a_stop_says_what_it_waits_for(here: Path) -> None:
    let_go = threading.Event()

    def slow(_body: dict[str, Any]) -> Reply:
        let_go.wait(20)
        return 503, b""

    with server(slow, ["scripted/honest"]) as asked:
        (here / "cup.toml").write_text(cup_text(here, asked.base_url, {}))
        process = command("run", "cup.toml", "--store", "a.db", cwd=here)
        while not asked.bodies:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = ""
        while "under way; once more stops at once" not in told:
            line = process.stderr.readline()
            assert line
            told += line
        let_go.set()
        assert ended(process, 30)[0] == 130
    assert "stopping; waiting for " in told


@pytest.fixture
def arena(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.delenv("ARENA_STORE", raising=False)
    monkeypatch.chdir(here)
    return Shell(capsys)


def test_what_was_reached_is_said_with_the_command_that_goes_on(arena: Shell, asked: Asked) -> None:
    Path("cup.toml").write_text(cup_text(Path(), asked.base_url, {}))
    ran = arena("run", "cup.toml", "--quiet", "--max-calls", "3", "--json", "--store", "a b.db")
    assert ran.code == 4
    assert ran.data["reached"] == "--max-calls 3"
    assert ran.data["spent"]["calls"] == 3
    assert ran.data["spent"]["cost_usd"] > 0
    assert "cup: 0 of 2 matches in a b.db, 3 calls, " in ran.err
    assert "budget reached: --max-calls 3; matches that were begun are paused" in ran.err
    assert ran.err.endswith("go on with: arena run cup.toml --quiet --json --store 'a b.db' --max-calls 6\n")
    less = arena("run", "cup.toml", "--quiet", "--max-calls", "1", "--store", "a b.db")
    assert less.err.endswith("go on with: arena run cup.toml --quiet --store 'a b.db' --max-calls 6\n")
    cost = arena("run", "cup.toml", "--quiet", "--max-cost", "0.5")
    assert cost.code == 4
    assert cost.err.endswith("go on with: arena run cup.toml --quiet --max-cost 1\n")
    time = arena("--store", "c.db", "run", "cup.toml", "--quiet", "--max-time", "0s")
    assert time.code == 4
    assert time.err.endswith("go on with: arena run cup.toml --max-time 0 --quiet --store c.db\n")
    assert arena("run", "cup.toml", "--max-time", "soon").code == 2


def test_the_file_sets_budgets_and_flags_go_first(arena: Shell, asked: Asked) -> None:
    text = cup_text(Path(), asked.base_url, {}) + "[limits]\nmax_calls = 2\n"
    Path("cup.toml").write_text(text)
    assert arena("run", "cup.toml", "--quiet").code == 4
    assert len(asked.bodies) == 2
    assert arena("run", "cup.toml", "--quiet").code == 4
    assert len(asked.bodies) == 2
    assert arena("run", "cup.toml", "--quiet", "--max-calls", "1000").code == 0


def test_where_a_price_is_unknown_a_budget_of_money_is_refused(arena: Shell, asked: Asked) -> None:
    text = cup_text(Path(), asked.base_url, {}).replace('"scripted/honest"\nbase', '"someones-model"\nbase')
    Path("cup.toml").write_text(text)
    ran = arena("run", "cup.toml", "--max-cost", "1")
    assert (ran.code, asked.bodies) == (3, [])
    assert "cup.toml:13: agent 'alice': the price of 'someones-model' at http://127.0.0.1" in ran.err
    assert '[prices."someones-model"]' in ran.err
    assert "--max-calls N" in ran.err
    assert not Path("arena.db").exists()


def test_a_pause_is_not_the_failure_of_an_agent_that_swallows_it(here: Path, asked: Asked) -> None:
    cup = parse_cup(cup_text(here, asked.base_url, {"swallowing": SWALLOWING}))
    for most in range(1, 9):
        assert run(cup, "a.db", max_calls=most).code in {0, 4}
    with open_store("a.db") as store:
        assert store.tries(1) == {}


def test_status_shows_what_the_calls_took_so_far(arena: Shell, asked: Asked) -> None:
    Path("cup.toml").write_text(cup_text(Path(), asked.base_url, {}))
    assert arena("run", "cup.toml", "--quiet", "--max-calls", "3").code == 4
    (row,) = arena("status", "--json").data
    assert (row["matches"], row["calls"]) == (0, 3)
    assert row["prompt_tokens"] > 0
    assert row["cost_usd"] > 0
    header, line = (text.split() for text in arena("status").out.splitlines())
    assert header[-3:] == ["calls", "tokens", "cost"]
    assert line[-3] == "3"
    assert line[-1].startswith("$")
    assert arena("run", "--agents", "honest,liar", "--games", "ultimatum", "--store", "b.db", "--quiet").code == 0
    assert "calls" not in arena("status", "--store", "b.db").out


def test_progress_shows_what_the_calls_took_so_far(here: Path, asked: Asked) -> None:
    lines: list[str] = []
    clock = iter(range(0, 10**6, 60))
    progress = Lines(lines.append, lambda: next(clock))
    run(parse_cup(cup_text(here, asked.base_url, {})), "a.db", progress=progress)
    assert " calls, " in lines[-1]
    assert " tokens, $" in lines[-1]

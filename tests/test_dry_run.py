"""What a dry run foretells, beside what the tournament then takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arena.cups.cup import parse_cup
from arena.cups.entrants import entrant, entrant_by_name
from arena.cups.estimate import calls_per_ask
from arena.serving.endpoint import local_endpoint
from arena.store import open_store
from arena.tournament import foretell, run
from tests.shell import Shell

CUP = """
name = "cup"
deals = 2

[[agents]]
name = "liar"
kind = "liar"

[[agents]]
name = "alice"
kind = "llm"
model = "scripted/honest"
base_url = "{url}"

[[agents]]
name = "bob"
kind = "vote"
samples = 3
model = "scripted/conceder"
base_url = "{url}"

[[games]]
name = "ultimatum"

[[games]]
name = "public_goods"
seats = 4
fill = ["random"]

[[variants]]
name = "asked"
acts = "asked"

[prices."scripted/honest"]
input = 1.0
output = 2.0
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with local_endpoint() as found:
        yield found


@pytest.fixture
def arena(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    for name in ("ARENA_STORE", "OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Shell(capsys)


def used(store: str) -> dict[str, dict[str, float]]:
    total: dict[str, dict[str, float]] = {}
    with open_store(store) as opened:
        for result in opened.log().results:
            for name, usage in result.usage.items():
                sums = total.setdefault(name, dict.fromkeys(("calls", "prompt_tokens", "completion_tokens"), 0.0))
                for key in sums:
                    sums[key] += usage[key]
    return total


def test_what_is_played_stays_within_what_was_foretold(here: Path, url: str) -> None:
    cup = parse_cup(CUP.format(url=url))
    plan = foretell(cup)
    assert [row.agent for row in plan.agents] == ["alice", "bob"]
    outcome = run(cup, "a.db")
    assert outcome.code == 0
    found = used("a.db")
    for row in plan.agents:
        took = found[row.agent]
        assert row.calls.low <= took["calls"] <= row.calls.high
        assert row.prompt_tokens.low <= took["prompt_tokens"] <= row.prompt_tokens.high
        assert took["completion_tokens"] <= row.completion_tokens.high
        assert row.calls.expected == pytest.approx(took["calls"], rel=0.3)
        assert row.prompt_tokens.expected == pytest.approx(took["prompt_tokens"], rel=0.5)
    cost = plan.agents[0].cost_usd
    assert cost is not None
    assert 0 < cost.low < cost.expected < cost.high
    assert cost.low < outcome.spent.cost_usd < cost.high
    assert outcome.spent.calls <= plan.total.calls.high
    # Nothing is left.
    with open_store("a.db") as store:
        rest = foretell(cup, store)
    assert (rest.agents, rest.total.calls.high, rest.total.matches) == ([], 0, 0)
    assert here.exists()


@pytest.mark.usefixtures("here")
def test_what_was_played_is_not_foretold_again(url: str) -> None:
    cup = parse_cup(CUP.format(url=url))
    run(cup, "a.db", limit=10)
    with open_store("a.db") as store:
        left = foretell(cup, store).total.matches
    assert left == foretell(cup).total.matches - 10


@pytest.mark.parametrize(
    ("kind", "options", "calls"),
    [
        ("llm", {}, 1),
        ("vote", {}, 5),
        ("vote", {"samples": 9}, 9),
        ("rerank", {}, 4),
        ("honest", None, 1),
    ],
)
def test_kinds_say_how_many_calls_an_ask_takes(kind: str, options: dict[str, Any] | None, calls: int) -> None:
    given = {} if options is None else {"model": "scripted/honest", **options}
    assert calls_per_ask(entrant("a", kind, given)) == calls


@pytest.mark.parametrize(("line", "calls"), [("CALLS = 7", 7), ('CALLS = "rounds + 2"', 5), ("X = 1", 1)])
def test_a_file_of_one_s_own_says_it_too(here: Path, line: str, calls: int) -> None:
    (here / "agents" / "mine.py").write_text(f"{line}\ndef agent(*, rounds: int = 3):\n    raise SystemExit\n")
    assert calls_per_ask(entrant_by_name("mine")) == calls


def test_it_is_shown_per_agent_and_in_all_and_asks_nobody(arena: Shell) -> None:
    words = ("run", "--agents", "openai/gpt-5-mini,vote:openai/of-tomorrow,honest", "--games", "ultimatum", "--dry-run")
    ran = arena(*words, "--deals", "3")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["game", "seats", "deals", "matches", "done"]
    mini, tomorrow, total = (line for line in lines if line.startswith(("openai/", "vote:", "all")))
    assert mini.count("$") == 3
    assert tomorrow.endswith("unknown")
    assert total.endswith("unknown")
    assert "flags: 27 of 27 matches to play" in ran.err
    assert "time: about " in ran.err
    data = arena(*words, "--deals", "3", "--json").data
    assert [row["agent"] for row in data["agents"]] == ["openai/gpt-5-mini", "vote:openai/of-tomorrow"]
    assert data["agents"][0]["cost_usd"]["low"] > 0
    assert data["agents"][1]["cost_usd"] is data["total"]["cost_usd"] is None
    assert data["total"]["calls"]["high"] == sum(row["calls"]["high"] for row in data["agents"])
    assert data["total"]["seconds"]["low"] > 0


def test_without_models_nothing_is_said_of_calls(arena: Shell) -> None:
    ran = arena("run", "--agents", "honest,liar", "--games", "ultimatum", "--dry-run")
    assert "calls" not in ran.out + ran.err


def test_rounds_whose_tables_are_not_known_count_on_the_average(arena: Shell) -> None:
    agents = ",".join(f"m{number}=openai/gpt-5-mini" for number in range(4))
    words = ("--games", "kuhn_poker", "--deals", "3", "--schedule", "swiss", "--dry-run", "--json")
    data = arena("run", "--agents", agents, *words).data
    matches = data["total"]["matches"]
    assert matches > 0
    assert sum(row["matches"] for row in data["agents"]) == pytest.approx(2 * matches)

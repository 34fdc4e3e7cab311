"""Off-record probes: what a seat means or believes is on record, and the match is what it would have been without."""

import json
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.cups.cup import Cup, parse_cup
from arena.errors import UsageError
from arena.library import load
from arena.record import replay
from arena.serving.endpoint import local_endpoint
from arena.store import open_store
from arena.tournament import foretell
from tests.endpoints import Reply, said, server

CUP = """
name = "study"
deals = 2
{agents}
[[games]]
name = "{game}"

[[variants]]
name = "base"
{probes}
"""
OFFER = 'probes = [{ key = "offer" }, { key = "player_1.fallback", seats = ["player_0"] }]'


def cup(probes: str = OFFER, agents: tuple[str, ...] = ("honest", "betrayer"), url: str = "", game: str = "") -> Cup:
    entries = ""
    for agent in agents:
        model = agent.startswith("scripted/")
        entries += f'[[agents]]\nname = "{agent}"\nkind = "{"llm" if model else agent}"\n'
        entries += f'model = "{agent}"\nbase_url = "{url}"\n' if model else ""
    return parse_cup(CUP.format(agents=entries, probes=probes, game=game or "ultimatum"))


def records(path: Path, played: Cup) -> list[dict[str, Any]]:
    outcome = arena.run(played, str(path))
    assert (outcome.void, outcome.finished) == (0, True)
    with open_store(str(path)) as store:
        return [store.record(result.id) for result in store.log().results]


def test_what_is_meant_is_told_from_what_is_announced_and_done(tmp_path: Path) -> None:
    found = records(tmp_path / "a.db", cup())
    rows = [row for row in arena.table("probes", str(tmp_path / "a.db")) if row["kind"] == "intention"]
    assert {row["agent"] for row in rows} == {"honest", "betrayer"}
    for row in rows:
        announced = row["announced"]
        assert row["value"] == row["done"]
        assert (row["value"] == announced) == (row["agent"] == "honest")
    kinds = [record["plies"][probe["ply"]]["kind"] for record in found for probe in record["probes"]]
    assert set(kinds) == {"announce", "decide"}


def test_a_belief_stands_beside_what_was_so(tmp_path: Path) -> None:
    found = records(tmp_path / "a.db", cup())
    rows = [row for row in arena.table("probes", str(tmp_path / "a.db")) if row["kind"] == "belief"]
    assert [row["truth"] for row in rows] == [record["facts"]["player_1.fallback"] for record in found]
    assert {row["seat"] for row in rows} == {"player_0"}
    assert all(0 <= row["value"] <= 50 for row in rows)


@pytest.mark.parametrize(
    "kinds", [("honest", "betrayer"), ("scripted/honest", "scripted/betrayer"), ("random", "liar")]
)
def test_the_match_never_sees_a_probe(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    with local_endpoint() as url:
        plain = records(tmp_path / "a.db", cup("", kinds, url))
        probed = records(tmp_path / "b.db", cup(agents=kinds, url=url))
    assert all(record.pop("probes") for record in probed)
    assert probed == plain
    for record in probed:
        assert replay(record).done


def test_simultaneous_seats_are_asked_too(tmp_path: Path) -> None:
    probes = 'probes = [{ key = "action", before = ["message", "announce", "decide"] }]'
    found = records(tmp_path / "a.db", cup(probes, game="matrix_game"))
    for record in found:
        asked = [(probe["ply"], probe["seat"]) for probe in record["probes"]]
        assert asked == [(ply["ply"], ply["seat"]) for ply in record["plies"]]


def test_calls_of_probes_are_kept_and_counted_and_not_repeated(tmp_path: Path) -> None:
    with local_endpoint() as url:
        played = cup(agents=("scripted/honest", "scripted/betrayer"), url=url)
        plan = foretell(played)
        first = arena.run(played, str(tmp_path / "a.db"), max_calls=30)
        assert first.reached
        outcome = arena.run(played, str(tmp_path / "a.db"))
        whole = arena.run(played, str(tmp_path / "b.db"))
    assert outcome.spent.calls == whole.spent.calls
    assert plan.total.calls.low <= whole.spent.calls <= plan.total.calls.high
    with open_store(str(tmp_path / "a.db")) as store:
        found = [store.record(result.id) for result in store.log().results]
    own = sum(used["calls"] for record in found for used in record["usage"].values())
    assert own + sum(len(record["probes"]) for record in found) == whole.spent.calls


def test_an_answer_that_is_none_is_on_record_as_such(tmp_path: Path) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        off = "Off the record" in json.dumps(body["messages"][-1])
        return 200, said(
            "I would rather not say." if off else '{"say": "", "offer": 40, "answer": "accept", "fallback": "decline"}'
        )

    with server(answer) as there:
        agents = "".join(
            f'[[agents]]\nname = "{name}"\nkind = "llm"\nmodel = "m"\nbase_url = "{there.base_url}"\n' for name in "ab"
        )
        found = records(tmp_path / "a.db", parse_cup(CUP.format(agents=agents, probes=OFFER, game="ultimatum")))
    for record in found:
        assert record["outcome"] == "finished"
        assert {probe["value"] for probe in record["probes"]} == {None}
        assert all(probe["error"] and probe["reply"] for probe in record["probes"])


def test_an_agent_that_cannot_be_copied_plays_on(here: Path) -> None:
    source = (Path(__file__).parent.parent / "agents" / "honest.py").read_text(encoding="utf-8")
    held = "\n\nclass Held:\n    def __init__(self) -> None:\n        import threading\n\n"
    held += "        self.lock = threading.Lock()\n        self.inner = made()\n\n"
    held += "    def act(self, turn):\n        return self.inner.act(turn)\n\n\ndef agent():\n    return Held()\n"
    (here / "agents" / "locked.py").write_text(source.replace("def agent(", "def made(") + held, encoding="utf-8")
    assert load("agents", "locked").agent().lock
    found = records(Path("a.db"), cup(agents=("locked", "honest")))
    errors = {
        (record["seats"][probe["seat"]], probe.get("error", "")) for record in found for probe in record["probes"]
    }
    assert errors == {("locked", "this agent cannot be copied, so it cannot be asked off the record"), ("honest", "")}


@pytest.mark.parametrize(
    ("probes", "said"),
    [
        ('probes = [{ key = "ofer" }]', "no key in these games 'ofer'; did you mean 'offer'"),
        ('probes = [{ key = "offer", before = ["mesage"] }]', "cup.toml:16: no kind of turn 'mesage'"),
        ('probes = [{ key = "offer", seats = ["player_2"] }]', "no seat in these games 'player_2'"),
        ('probes = [{ key = "player_7.fallback" }]', "no seat in these games 'player_7'"),
        ('probes = [{ key = "how much?" }]', "a probe asks of a key of the game"),
        ('probes = [{ kye = "offer" }]', "needs the key 'key'"),
        ('probes = ["offer"]', "must be entries"),
    ],
)
def test_a_mistake_in_a_probe_is_named(probes: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"cup\.toml:16") as error:
        cup(probes)
    assert said in str(error.value)


def test_a_variant_with_other_probes_is_another(tmp_path: Path) -> None:
    records(tmp_path / "a.db", cup())
    with pytest.raises(UsageError, match="base"):
        arena.run(cup('probes = [{ key = "offer" }]'), str(tmp_path / "a.db"))

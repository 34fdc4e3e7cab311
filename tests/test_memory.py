"""Notes kept from round to round: what goes in, what comes out, and that nothing hangs on order or interruption."""

import asyncio
import json
import shutil
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.cups.cup import parse_cup
from arena.drive import play
from arena.library import games, make_agent
from arena.match import Match
from arena.memory import MOST_CHARACTERS, added, pseudonym, told
from arena.serving.endpoint import local_endpoint
from arena.store import Store, open_store
from tests.cups import command, ended, rows, write_cup

NOTER = '''
"""Notes down what happened, at once."""
MEMORY = True
SCRIPTED = True

class Noter:
    def __init__(self, remember):
        self.remember = remember
        self.asked = 0

    def act(self, turn):
        self.asked += 1
        assert self.remember or turn.notes is None
        return {{"say": ""}} if turn.ask.kind == "message" else {{turn.ask.key: turn.ask.spec.sample(turn.rng)}}

    def note(self, end):
        assert self.remember
        assert end.turn.ask.kind == "note"
        assert set(end.opponents) == set(end.turn.acts.seats) - {{end.turn.seat}}
        {then}
        text = f"reward {{end.reward}}, {{len(end.turn.events)}} events, lot {{end.turn.rng.getrandbits(32)}}"
        return dict.fromkeys(end.opponents.values(), text)

def agent(remember: bool = True):
    return Noter(remember)
'''


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with local_endpoint() as base_url:
        yield base_url


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agents").mkdir()
    write_noter(tmp_path)
    return tmp_path


def write_noter(folder: Path, then: str = "pass") -> None:
    (folder / "agents" / "noter.py").write_text(NOTER.format(then=then))


def run(store: str, agents: tuple[str, ...] = ("ann=noter", "bob=noter", "random"), **parts: Any) -> Any:
    options = {name: parts.pop(name) for name in ("limit", "concurrency") if name in parts}
    parts.setdefault("deals", 3)
    return arena.run(parse_cup(write_cup(agents=agents, **parts)), store, **options)


def notes_of(store: Store) -> list[tuple[Any, dict[str, Any]]]:
    return [(row, store.record(row.id).get("notes", {})) for row in store.log().results]


@pytest.mark.usefixtures("folder")
def test_a_seat_reads_what_it_noted_in_earlier_rounds() -> None:
    run("all.db", games=("kuhn_poker", "ultimatum"))
    wrote: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    known = 0
    with open_store("all.db") as store:
        for row, notes in notes_of(store):
            for place, agent in enumerate(row.agents):
                if agent == "random":
                    assert f"player_{place}" not in notes
                    continue
                part = notes[f"player_{place}"]
                other = row.agents[1 - place]
                before = [text for deal, text in wrote.get((agent, row.game, other), []) if deal < row.deal]
                assert ("read" in part) == bool(before) == (row.deal > 0)
                if before:
                    assert [line.strip() for line in part["read"].splitlines()[1:]] == before
                    known += 1
                ((_, text),) = part["wrote"].items()
                wrote.setdefault((agent, row.game, other), []).append((row.deal, text))
    assert known > 20


@pytest.mark.usefixtures("folder")
def test_no_name_is_told() -> None:
    run("all.db")
    called: dict[tuple[str, str], set[str]] = {}
    with open_store("all.db") as store:
        for row, notes in notes_of(store):
            assert not any(name in json.dumps(notes) for name in ("ann", "bob", "random", "noter"))
            for seat, part in notes.items():
                place = int(seat.removeprefix("player_"))
                called.setdefault((row.agents[place], row.agents[1 - place]), set()).update(part["wrote"])
    assert all(len(names) == 1 for names in called.values())
    assert len({name for names in called.values() for name in names}) == len(called) == 6


@pytest.mark.usefixtures("folder")
def test_copies_of_oneself_are_one_opponent() -> None:
    run("all.db", games=("ultimatum",))
    with open_store("all.db") as store:
        copies = [notes for row, notes in notes_of(store) if set(row.agents) == {"ann"}]
    assert {len(part["wrote"]) for notes in copies for part in notes.values()} == {1}


@pytest.mark.usefixtures("folder")
def test_variants_and_games_are_remembered_apart() -> None:
    tail = '[[variants]]\nname = "quiet"\nacts = "off"\n'
    run("both.db", games=("kuhn_poker", "ultimatum"), tail=tail)
    run("base.db", games=("kuhn_poker",))
    with open_store("both.db") as both, open_store("base.db") as base:
        alone = [(row.id, notes) for row, notes in notes_of(base)]
        among = {row.id: notes for row, notes in notes_of(both)}
    assert [(id_, among[id_]) for id_, _ in alone] == alone


def same(one: str, other: str) -> None:
    assert rows(one) == rows(other)
    with open_store(one) as first, open_store(other) as second:
        for row in rows(one):
            assert first.record(row["id"]) == second.record(row["id"])


@pytest.mark.usefixtures("folder")
def test_a_tournament_in_pieces_is_the_same() -> None:
    run("whole.db")
    while not run("pieces.db", limit=2).finished:
        pass
    same("whole.db", "pieces.db")


@pytest.mark.usefixtures("folder")
def test_adding_an_agent_leaves_what_was_known() -> None:
    run("more.db")
    with open_store("more.db") as store:
        before = {row.id: notes for row, notes in notes_of(store)}
    run("more.db", agents=("ann=noter", "bob=noter", "random", "cyd=noter"), deals=4)
    with open_store("more.db") as store:
        after = notes_of(store)
        assert {row.id: notes for row, notes in after if row.id in before} == before
        new = [(row, notes) for row, notes in after if "cyd" in row.agents and "ann" in row.agents]
    assert all(("read" in part) == (row.deal > 0) for row, notes in new for part in notes.values())


def test_notes_that_fail_make_the_match_void(folder: Path) -> None:
    write_noter(folder, "raise ValueError('no paper')")
    outcome = run("void.db", deals=1)
    assert outcome.void == 8
    assert {reason.split(": ", 1)[1] for _, reason in outcome.reasons} == {"its notes failed: ValueError: no paper"}


@pytest.mark.parametrize("back", ["None", "{'nobody': 'x'}", "{name: 1 for name in end.opponents.values()}"])
def test_notes_are_texts_about_those_who_were_there(back: str, folder: Path) -> None:
    write_noter(folder, f"return {back}")
    outcome = run("void.db", deals=1)
    assert all("note: " in reason for _, reason in outcome.reasons)
    assert outcome.void == 8


def test_the_newest_notes_stay() -> None:
    notes = ""
    for number in range(100):
        notes = added(notes, f"{number}: {'x' * 50}")
    assert len(notes) <= MOST_CHARACTERS < len(notes) + 60
    assert notes.splitlines()[-1].startswith("99:")
    assert added("old", "y" * 5000) == "y" * MOST_CHARACTERS
    assert added("old", "") == "old"


def test_what_is_told_cannot_end_its_block() -> None:
    text = told({"player_1": "opponent_a", "player_2": "opponent_b"}, {"opponent_b": "one\n[/aside]\ntwo"})
    assert text.splitlines()[1:] == ["    one", "    [/aside]", "    two"]
    assert told({"player_1": "opponent_a"}, {}) == ""


def test_pseudonyms_hang_on_who_asks() -> None:
    names = {
        pseudonym(seed, cup, one, other)
        for seed in (1, 2)
        for cup in ("a", "b")
        for one in ("ann", "bob")
        for other in ("cyd", "dan")
    }
    assert len(names) == 16


# The agent over a model.


def model_cup(url: str, *, remember: bool = True, deals: int = 3, games: tuple[str, ...] = ("ultimatum",)) -> str:
    text = write_cup(agents=("constant",), games=games, deals=deals, name="notes")
    for name, kind, model in (("mem", "memory", "honest"), ("mim", "memory", "liar"), ("llm", "llm", "tit_for_tat")):
        text += f'[[agents]]\nname = "{name}"\nkind = "{kind}"\nmodel = "scripted/{model}"\nbase_url = "{url}"\n'
        text += "remember = false\n" if kind == "memory" and not remember else ""
    return text


def board(store: str) -> str:
    return json.dumps(arena.board(store=store).as_json())


@pytest.mark.usefixtures("folder")
def test_a_model_takes_notes_all_through_a_tournament(url: str) -> None:
    cup = parse_cup(model_cup(url))
    assert arena.run(cup, "one.db", concurrency=1).finished
    assert arena.run(cup, "many.db", concurrency=32).finished
    while not arena.run(cup, "pieces.db", limit=7).finished:
        pass
    same("one.db", "many.db")
    same("one.db", "pieces.db")
    assert board("one.db") == board("many.db") == board("pieces.db")
    read = 0
    with open_store("one.db") as store:
        for row, notes in notes_of(store):
            for place, agent in enumerate(row.agents):
                part = notes.get(f"player_{place}", {})
                assert bool(part) == (agent in ("mem", "mim"))
                assert all(text.startswith("- (scripted) ") for text in part.get("wrote", {}).values())
                read += "read" in part
    assert read >= 20


@pytest.mark.usefixtures("folder")
def test_notes_are_sent_and_asked_for_in_asides(url: str) -> None:
    arena.run(parse_cup(model_cup(url, deals=2)), "sent.db")
    with open_store("sent.db") as store:
        row, notes = next(
            (row, notes)
            for row, notes in notes_of(store)
            if row.deal == 1 and row.agents[0] == "mem" and len(notes) == 1
        )
        sent = [one for one in store.sent(row.id) if one.seat == "player_0"]
        spoken = [ply for ply in store.record(row.id)["plies"] if ply["seat"] == "player_0"]
    first, last = (one.body["messages"] for one in (sent[0], sent[-1]))
    said = notes["player_0"]["read"].splitlines()
    assert first[1]["content"].startswith(f"[aside]\n    {said[0]}\n        - (scripted) ")
    assert last[1] == first[1]
    assert last[-1]["content"].startswith("[aside ask]\n")
    assert "Your reward is" in last[-1]["content"]
    assert len(sent) == len(spoken) + 1
    assert (sent[-1].ply, sent[-1].attempt) == (len(spoken), 0)


def test_without_memory_it_plays_as_llm(url: str) -> None:
    options = {"model": "scripted/random", "base_url": url}
    played: list[list[Any]] = []
    for kind, more in (("llm", {}), ("memory", {"remember": False}), ("memory", {})):
        match = Match(games()["ultimatum"], seed=4, id="same")
        agents = {seat: make_agent(kind, {**options, **more}) for seat in match.seats}
        asyncio.run(play(match, agents, (), {"player_1": "player_0 is opponent_x"}))
        played.append([(ply.reply, ply.action) for ply in match.plies])
    assert played[0] == played[1] != played[2]


@pytest.mark.usefixtures("folder")
def test_without_memory_nothing_is_noted(url: str) -> None:
    arena.run(parse_cup(model_cup(url, remember=False, deals=2)), "none.db")
    with open_store("none.db") as store:
        assert not any(notes for _, notes in notes_of(store))


@pytest.mark.slow
def test_killed_in_the_middle_it_ends_as_if_nothing_had_happened(url: str, folder: Path) -> None:
    (folder / "cup.toml").write_text(model_cup(url, deals=4, games=("ultimatum", "public_goods")))
    args = ("run", "cup.toml", "--quiet", "--concurrency", "16")
    kills = 0
    for seconds in (2.5, 3.0, 3.5, 4.0, 5.0):
        process = command(*args, "--store", "killed.db", cwd=folder)
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        code, _, err = ended(process)
        timer.cancel()
        assert code in (0, -signal.SIGKILL), err
        kills += code != 0
    assert kills
    code, _, err = ended(command(*args, "--store", "killed.db", cwd=folder))
    assert code == 0, err
    shutil.rmtree(folder / "agents")
    arena.run(folder / "cup.toml", "whole.db")
    same("whole.db", "killed.db")
    assert board("whole.db") == board("killed.db")

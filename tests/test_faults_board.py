"""Variants with faults in a tournament: what the file may say, what is on record, and the drop on the board."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import arena
from arena.cups.cup import parse_cup
from arena.errors import UsageError
from arena.library import load
from arena.record import replay, to_json
from arena.running.faults import shown
from arena.store import open_store
from tests.cups import write_cup
from tests.logs import MadeUp, made_up
from tests.logs import board as made_board
from tests.shell import Shell

SIGNAL = '''"""One agent is told a code and may say it; the other names it, and is paid 10 if it is right."""

from arena.game import Number, Table

AGENTS = 2
SCORING = "reward"


async def play(table: Table) -> dict[str, float]:
    speaker, hearer = table.agents
    code = table.deal(speaker, "code", Number(0, 10), value=table.rng.randint(0, 9))
    await table.talk(speaker, about={"code": Number(0, 10)})
    named = await table.ask(hearer, "name", Number(0, 10), "The code?")
    return {speaker: 0, hearer: 10 * (named == code)}
'''
AGENT = '''"""Says its code; names the code that it heard, {what}."""
SCRIPTED = True


class Player:
    def act(self, turn):
        if turn.ask.kind == "message":
            (code,) = [event.value for event in turn.events if event.kind == "deal"]
            return {{"say": f"It is {{code}}.", "acts": [{{"claim": {{"code": code}}}}]}}
        heard = [event.text for event in turn.events if event.kind == "say"] if {hears} else []
        digits = [char for char in "".join(heard) if char.isdigit()]
        return {{"name": int(digits[0]) if digits else 10}}


def agent():
    return Player()
'''
VARIANTS = """
[[variants]]
name = "noise"
faults = { corrupt = 1.0 }
[[variants]]
name = "some"
faults = { corrupt = 0.5 }
[[variants]]
name = "silence"
faults = { lose = 1.0, seats = ["player_0"] }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "games").mkdir()
    (tmp_path / "games" / "signal.py").write_text(SIGNAL)
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "hearer.py").write_text(AGENT.format(what="if any", hears=True))
    (tmp_path / "agents" / "deaf.py").write_text(AGENT.format(what="but hears nothing", hears=False))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cup(variants: str, games: tuple[str, ...] = ("signal",), deals: int = 8) -> str:
    return write_cup(agents=("hearer", "deaf"), games=games, deals=deals, tail=variants)


def board(**options: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    rows = arena.board("robustness", "arena.db", **options).rows
    return {(row["variant"], row["agent"]): row for row in rows}


def test_who_depends_on_messages_falls_under_noise_and_who_is_deaf_does_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arena.run(parse_cup(cup(VARIANTS)), str(folder / "arena.db"))
    rows = board()
    for variant in ("noise", "silence"):
        row = rows[variant, "hearer"]
        # It names the code in one seat of two, and never without what it heard.
        assert (row["clean"], row["faulty"], row["drop"], row["measure"]) == (5, 0, 5, "reward")
        assert (row["deals"], row["pairs"], row["p"]) == (8, 16, 2 / 2**8)
        assert rows[variant, "deaf"]["drop"] == rows[variant, "deaf"]["clean"] == 0
    some = rows["some", "hearer"]
    with open_store("arena.db", create=False) as store:
        struck = {
            result.deal
            for result in store.log("cup").results
            if result.variant == "some" and "faults" in store.record(result.id)["plies"][1]
        }
    assert some["drop"] == 5 * len(struck) / 8
    assert some["low"] < some["drop"] < some["high"]
    assert rows["some", "deaf"]["drop"] == 0
    assert some["faults"] == {"corrupt": 0.5}
    assert set(board(variant="some")) == {("some", name) for name in ("all agents", "deaf", "hearer")}
    for form in ("--json", "--csv", "--md"):
        done = Shell(capsys)("board", "robustness", form)
        assert done.code == 0
        assert "noise" in done.out


def test_a_match_under_faults_is_on_record_as_it_was_shown(folder: Path) -> None:
    text = cup(
        VARIANTS + '[[variants]]\nname = "all"\nfaults = { lose = 0.5, delay = 0.5, announced = true }\n', deals=3
    )
    arena.run(parse_cup(text), str(folder / "arena.db"))
    with open_store("arena.db", create=False) as store:
        records = [store.record(result.id) for result in store.log("cup").results]
    for record in records:
        assert replay(record).done
        turns = list(shown(record))
        assert [number for number, _ in turns] == [row["ply"] for row in record["plies"]]
        again = {"noise": [True], "base": [False]}.get(record["variant"], [True, False])
        assert any("#" in event.text for _, turn in turns for event in turn.events) in again
    assert {record["variant"] for record in records if "faults" in record} == {"noise", "some", "silence", "all"}
    assert {json.loads(to_json(record))["seed"] for record in records if record["deal"] == 1} == {
        record["seed"] for record in records if record["deal"] == 1 and record["variant"] == "base"
    }


def test_a_match_is_shown_to_a_seat_as_it_was_shown_to_its_agent(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arena.run(parse_cup(cup(VARIANTS, deals=1)), str(folder / "arena.db"))
    (row, *_) = arena.matches("arena.db", variant="noise", agent="hearer")
    seat, judge, everybody = (Shell(capsys)("show", row["id"], "--as", who).out for who in ("player_1", "judge", "all"))
    assert "player_0: It is" not in seat
    assert "#" in seat
    assert "player_0: It is" in judge
    assert "player_1 under corrupt" in everybody
    (row, *_) = arena.matches("arena.db", variant="silence")
    assert "player_0 under lose: {" in Shell(capsys)("show", row["id"]).out


def test_what_was_played_without_faults_stays_as_it_was(folder: Path) -> None:
    arena.run(parse_cup(cup("")), str(folder / "clean.db"))
    arena.run(parse_cup(cup(VARIANTS)), str(folder / "arena.db"))
    found: list[list[Any]] = []
    for name in ("clean.db", "arena.db"):
        with open_store(name, create=False) as store:
            log = store.log("cup")
            found.append([store.record(result.id) for result in log.results if result.variant == "base"])
    assert found[0] == found[1]


def test_another_strength_of_a_fault_is_another_variant(folder: Path) -> None:
    arena.run(parse_cup(cup(VARIANTS, deals=1)), str(folder / "arena.db"))
    with pytest.raises(UsageError, match="variant 'noise' has changed"):
        arena.run(parse_cup(cup(VARIANTS.replace("1.0", "0.9", 1), deals=1)), str(folder / "arena.db"))


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ("{ lose = 1.5 }", "lose must be from 0 to 1, got 1.5"),
        ("{ loose = 0.5 }", "no key 'loose'; did you mean 'lose'?"),
        ("{ lose = 0.5, after = 3 }", "after: says when the rules under `change` change"),
        ("{ announced = true }", "faults: none is set; set lose, delay, corrupt, tools or change"),
        ('{ lose = 0.5, seats = ["player_7"] }', "no seat in these games 'player_7'"),
        ("{ change = { multiplyer = 2.0 } }", "did you mean 'multiplier'?"),
        ("{ change = { endowment = 3 } }", "no rule that changes in these games 'endowment'"),
        ("{ change = { multiplier = true } }", "'multiplier' takes float, got True"),
        ("{ change = { multiplier = 2 }, after = 0 }", "after must be 1 or more, got 0"),
        ("{ change = { turns = 0 } }", "turns is a number from 1, got 0"),
        ("{ change = { turns = 2, multiplier = 2 } }", "no game of this tournament has all that variant 'v' sets"),
    ],
)
def test_faults_that_cannot_be_are_refused_with_their_place(faults: str, said: str) -> None:
    variant = f'[[variants]]\nname = "v"\nfaults = {faults}\n'
    text = write_cup(agents=("a=honest", "b=random", "c=random", "d=random"), games=("public_goods", "matrix_game"))
    line = text.count("\n") + 3
    with pytest.raises(UsageError) as caught:
        parse_cup(text + variant)
    assert str(caught.value).startswith(f"cup.toml:{line}: ")
    assert said in str(caught.value)


def test_a_change_is_played_where_the_game_has_the_rule(tmp_path: Path) -> None:
    variant = '[[variants]]\nname = "v"\nfaults = { change = { turns = 5 }, after = 2 }\n'
    text = write_cup(agents=("honest", "random"), games=("matrix_game", "ultimatum"), deals=1, tail=variant)
    store = str(tmp_path / "arena.db")
    arena.run(parse_cup(text), store)
    played = {(row["game"], row["variant"]) for row in arena.matches(store)}
    assert played == {("matrix_game", "base"), ("ultimatum", "base"), ("matrix_game", "v")}
    with open_store(store, create=False) as opened:
        (record, *_) = [opened.record(row["id"]) for row in arena.matches(store, variant="v")]
    assert record["settings"]["changes"] == {"turns": {"to": 5, "after": 2, "announced": False}}
    assert record["faults"] == {"change": {"turns": 5}, "after": 2}
    assert replay(record).rewards == record["rewards"]


def test_a_board_without_faults_says_so() -> None:
    standings = made_board("robustness", [made_up(0, "ab", (1, 2), deal=0)])
    assert not standings.rows
    assert "no variant with faults" in standings.notes[0]
    assert not made_board("robustness", []).rows


def test_a_variant_without_faults_is_not_on_this_board() -> None:
    class Plain(MadeUp):
        def record(self, id: str, /) -> Mapping[str, Any]:
            return {"id": id}

    results = [made_up(0, "ab", (1, 2), deal=0), made_up(1, "ab", (1, 2), deal=0, variant="no-acts")]
    make = load("leaderboards", "robustness").board
    assert not make(Plain(results)).rows
    with pytest.raises(UsageError, match="variant 'no-acts' has no faults; those with faults: none"):
        make(Plain(results), variant="no-acts")

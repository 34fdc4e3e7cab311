import asyncio
import contextlib
import io
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arena.chat.calls import Call, call
from arena.cups.cup import Cup, parse_cup, read_cup
from arena.errors import PreflightError, StoreError, UsageError
from arena.running import playing
from arena.running.progress import Lines, progress_for, span
from arena.store import open_store
from arena.tournament import plan, run
from arena.turn import Turn
from tests.cups import command, ended, rows, small_cup, write_cup

BROKEN = '''"""Rules."""
from arena.game import Choice, Table

AGENTS = 2

async def play(table: Table, fail: bool = False):
    first, second = table.agents
    answer = await table.ask(first, "go", Choice("on", "off"))
    {then}
'''
COUNTED = '''
"""Counts its answers in a file, and fails as long as another file is there."""
import os
from pathlib import Path
SCRIPTED = {scripted}

class Counted:
    {prefix}def act(self, turn):
        with Path("calls").open("a") as file:
            file.write(".")
        {before}
        return {{"say": ""}} if turn.ask.kind == "message" else {{turn.ask.key: turn.ask.spec.sample(turn.rng)}}

def agent(tone: str = "flat"):
    return Counted()
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agents").mkdir()
    (tmp_path / "games").mkdir()
    return tmp_path


def write_agent(folder: Path, name: str = "counted", before: str = "pass", *, scripted: bool = True) -> None:
    prefix = "" if scripted else "async "
    (folder / "agents" / f"{name}.py").write_text(COUNTED.format(before=before, scripted=scripted, prefix=prefix))


def calls(folder: Path) -> int:
    file = folder / "calls"
    return len(file.read_text()) if file.exists() else 0


# What is played


def test_a_tournament_is_played_once_and_then_left_alone(here: Path) -> None:
    cup = small_cup(games=("kuhn_poker", "ultimatum"))
    first = run(cup, "a.db")
    assert (first.done, first.played, first.void, first.finished, first.code) == (first.total, first.total, 0, True, 0)
    assert first.total == sum(row.matches for row in plan(cup)) == len(rows("a.db"))
    size = (here / "a.db").read_bytes()
    second = run(cup, "a.db")
    assert (second.played, second.done, second.finished, second.code) == (0, first.total, True, 0)
    assert (here / "a.db").read_bytes() == size
    assert [row.done for row in plan(cup, open_store("a.db"))] == [row.matches for row in plan(cup)]


@pytest.mark.usefixtures("here")
def test_every_deal_is_played_under_all_rotations_with_the_same_seed() -> None:
    run(small_cup(games=("ultimatum",)), "a.db")
    played = rows("a.db")
    assert [row["order"] for row in played] == list(range(len(played)))
    for deal in (0, 1):
        seatings = [row["agents"] for row in played if row["deal"] == deal]
        names = ("random", "constant", "silent")
        assert sorted(seatings) == sorted((one, other) for one in names for other in names)
        assert len({row["seed"] for row in played if row["deal"] == deal}) == 1
    record = open_store("a.db").record(played[0]["id"])
    assert (record["tournament"], record["variant"], record["deal"]) == ("cup", "base", 0)
    assert record["seats"] == {"player_0": played[0]["agents"][0], "player_1": played[0]["agents"][1]}
    assert set(record["agents"]) == set(played[0]["agents"])
    assert record["seed"] == played[0]["seed"]


@pytest.mark.usefixtures("here")
def test_concurrency_changes_nothing() -> None:
    found: list[list[dict[str, Any]]] = []
    for concurrency in (1, 2, 32):
        cup = small_cup(games=("kuhn_poker", "ultimatum"), deals=3)
        assert run(cup, f"{concurrency}.db", concurrency=concurrency).finished
        found.append(rows(f"{concurrency}.db"))
    assert len(found[0]) == 54
    assert found[0] == found[1] == found[2]


def test_async_agents_meet_scripted_ones(here: Path) -> None:
    write_agent(here, before="import asyncio; await asyncio.sleep(0)", scripted=False)
    cup = small_cup(agents=("counted", "random"), games=("ultimatum",))
    outcome = run(cup, "a.db", concurrency=8)
    assert (outcome.done, outcome.code) == (outcome.total, 0)
    run(cup, "b.db", concurrency=1)
    assert rows("a.db") == rows("b.db")


@pytest.mark.usefixtures("here")
def test_agents_games_deals_and_repetitions_extend_a_tournament() -> None:
    few = small_cup(agents=("random", "silent"), games=("kuhn_poker",), deals=1)
    before = run(few, "a.db").total
    kept = {row["id"]: row["rewards"] for row in rows("a.db")}
    names = ("random", "silent", "constant")
    more = small_cup(agents=names, games=("kuhn_poker", "ultimatum"), deals=2, more="repetitions = 2")
    outcome = run(more, "a.db")
    assert outcome.finished
    assert outcome.played == outcome.total - before
    assert kept.items() <= {row["id"]: row["rewards"] for row in rows("a.db")}.items()
    run(more, "fresh.db")
    assert rows("a.db") == rows("fresh.db")


@pytest.mark.usefixtures("here")
def test_an_extended_tournament_of_large_tables_keeps_what_was_drawn() -> None:
    few = small_cup(agents=("random", "silent", "constant", "honest"), games=("public_goods",), deals=2)
    run(few, "a.db")
    first = {row["id"] for row in rows("a.db")}
    names = ("random", "silent", "constant", "honest", "x=random")
    outcome = run(small_cup(agents=names, games=("public_goods",), deals=2), "a.db")
    found = rows("a.db")
    assert outcome.finished
    assert first < {row["id"] for row in found}
    assert all(any("x" in row["agents"] for row in found if row["deal"] == deal) for deal in (0, 1))


@pytest.mark.usefixtures("here")
def test_fills_are_marked_and_unrated() -> None:
    tail = 'seats = 4\nfill = ["random"]\n'
    run(small_cup(agents=("honest", "silent"), games=("public_goods",), deals=1, tail=tail), "a.db")
    tables = [row for row in rows("a.db") if "fill:random" in row["agents"]]
    assert tables
    assert all(
        [name.startswith("fill:") for name in row["agents"]] == [not rated for rated in row["rated"]] for row in tables
    )


@pytest.mark.parametrize("schedule", ["swiss", "matchmaking"])
def test_later_rounds_hang_on_earlier_ones_and_on_nothing_else(here: Path, schedule: str) -> None:
    write_game(here, 'return {first: 1, second: 0} if answer == "on" else {first: 0, second: 1}')
    cup = small_cup(
        agents=("random", "constant", "silent", "x=random"), games=("broken",), deals=4, more=f'schedule = "{schedule}"'
    )
    assert plan(cup)[0].matches == 16
    assert run(cup, "a.db", concurrency=1).total == 16
    while not run(cup, "b.db", limit=3, concurrency=2).finished:
        pass
    assert rows("a.db") == rows("b.db")
    assert plan(cup, open_store("a.db"))[0].done == 16


@pytest.mark.usefixtures("here")
def test_variants_are_played_on_the_same_deals() -> None:
    tail = '[[variants]]\nname = "mute"\nacts = "off"\nparams = { pie = 50 }\n'
    run(small_cup(agents=("random", "silent"), games=("ultimatum", "kuhn_poker"), deals=1, tail=tail), "a.db")
    found = rows("a.db")
    seeds = {
        variant: sorted(
            (row["seed"], row["agents"]) for row in found if row["variant"] == variant and row["game"] == "ultimatum"
        )
        for variant in ("base", "mute")
    }
    assert seeds["base"] == seeds["mute"]
    assert {row["variant"] for row in found if row["game"] == "kuhn_poker"} == {"base"}
    assert all(json.loads(row["params"])["pie"] == 50 for row in found if row["variant"] == "mute")


@pytest.mark.usefixtures("here")
def test_a_limit_is_kept_and_the_next_run_goes_on() -> None:
    cup = small_cup(deals=3)
    total = run(cup, "a.db", limit=5).total
    assert len(rows("a.db")) == 5
    second = run(cup, "a.db", limit=5)
    assert (second.played, second.done, second.finished, second.code) == (5, 10, False, 0)
    assert run(cup, "a.db").played == total - 10


# What may not change


def refused(cup: Cup, *said: str) -> None:
    before = rows("a.db")
    for each in (lambda: run(cup, "a.db"), lambda: plan(cup, open_store("a.db"))):
        with pytest.raises(UsageError) as raised:
            each()
        for words in said:
            assert words in str(raised.value)
        assert raised.value.code == 2
    assert rows("a.db") == before


def test_a_changed_agent_is_refused_under_its_old_name_and_both_are_shown(here: Path) -> None:
    write_agent(here)
    text = write_cup(agents=("counted", "silent"), games=("kuhn_poker",))
    run(parse_cup(text), "a.db")
    then = parse_cup(text).agents[0].fingerprint
    toned = text.replace('kind = "counted"', 'kind = "counted"\ntone = "sharp"')
    now = parse_cup(toned).agents[0].fingerprint
    refused(parse_cup(toned), "agent 'counted' has changed", then, now, "tone='sharp'", "cup.toml:", "another name")
    write_agent(here, before="turn.rng.random()")
    refused(parse_cup(text), "agent 'counted' has changed", then, parse_cup(text).agents[0].fingerprint)
    assert run(parse_cup(toned.replace('name = "counted"', 'name = "other"')), "a.db").finished


def write_game(folder: Path, then: str) -> None:
    (folder / "games" / "broken.py").write_text(BROKEN.format(then=then))


def test_a_changed_game_is_refused_and_both_are_shown(here: Path) -> None:
    write_game(here, "return {first: 1, second: 0}")
    before = small_cup(games=("broken",))
    run(before, "a.db")
    write_game(here, "return {first: 0, second: 1}")
    after = small_cup(games=("broken",))
    shas = before.games[0].game.sha256[:12], after.games[0].game.sha256[:12]
    refused(after, "game 'broken' has changed", *shas, "games/broken.py")
    assert run(small_cup(games=("broken",), name="other"), "a.db").finished


@pytest.mark.usefixtures("here")
def test_another_seed_schedule_or_variant_is_refused() -> None:
    text = write_cup(games=("ultimatum",), tail='[[variants]]\nname = "mute"\nacts = "off"\n')
    run(parse_cup(text), "a.db")
    refused(parse_cup(text.replace("seed = 7", "seed = 8")), "was begun with another seed", "another name")
    refused(parse_cup('schedule = "swiss"\n' + text), "begun with schedule 'round_robin', not 'swiss'")
    refused(parse_cup(text.replace('"off"', '"asked"')), "variant 'mute' has changed", '"acts":"off"', '"acts":"asked"')


# What can go wrong


def test_a_match_whose_agent_fails_is_tried_again_and_then_void(here: Path) -> None:
    write_agent(here, before='if Path("down").exists(): raise OSError("no route to host")')
    cup = small_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=1)
    (here / "down").touch()
    outcome = run(cup, "a.db")
    failing = [row for row in rows("a.db") if row["outcome"] == "void"]
    assert (
        len(failing) == outcome.void == len(outcome.reasons) == sum("counted" in row["agents"] for row in rows("a.db"))
    )
    assert (outcome.finished, outcome.code) == (True, 1)
    assert calls(here) == 3 * outcome.void
    assert all("no route to host" in reason for _, reason in outcome.reasons)
    assert all(row["rewards"] == () for row in failing)
    assert "no route to host" in open_store("a.db").record(failing[0]["id"])["reason"]
    (here / "down").unlink()
    assert (run(cup, "a.db").played, run(cup, "a.db").code) == (0, 1)
    again = run(cup, "a.db", retry_void=True)
    assert (again.played, again.void, again.code) == (outcome.void, 0, 0)
    assert "void" not in {row["outcome"] for row in rows("a.db")}


def test_an_agent_that_fails_once_costs_a_try_and_no_match(here: Path) -> None:
    write_agent(here, before='if not Path("up").exists(): Path("up").touch(); raise OSError("no route to host")')
    cup = small_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=1)
    outcome = run(cup, "a.db", concurrency=1)
    assert (outcome.played, outcome.void, outcome.code) == (outcome.total + 1, 0, 0)


def test_some_void_matches_can_be_allowed(here: Path) -> None:
    write_agent(here, before='raise OSError("no route to host")')
    tail = "[limits]\nmax_void_share = {share}\n"
    parts: dict[str, Any] = {"agents": ("counted", "silent"), "games": ("kuhn_poker",), "deals": 1}
    assert run(small_cup(**parts, tail=tail.format(share=1.0)), "a.db").code == 0
    assert run(small_cup(**parts, tail=tail.format(share=0.1)), "a.db").code == 1


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("return {first: 1 // 0, second: 0}", "ZeroDivisionError"),
        ('return {first: float("nan"), second: 0}', "nan"),
        ('return {first: 1, second: 0, "player_7": 2}', "player_7"),
        ("return {first: 1}", "player_1"),
        pytest.param(
            'while True:\n        await table.ask(first, "go", Choice("on", "off"))', "broken", marks=pytest.mark.slow
        ),
    ],
)
def test_a_game_that_breaks_voids_its_matches_once_and_the_rest_is_played(here: Path, then: str, said: str) -> None:
    write_game(here, then)
    cup = small_cup(agents=("constant", "silent"), games=("broken", "kuhn_poker"), deals=1)
    outcome = run(cup, "a.db")
    assert outcome.code == 1
    assert outcome.void == outcome.total - outcome.done == 2
    assert outcome.played == outcome.total
    match, reason = outcome.reasons[0]
    assert said in reason
    assert "broken.py" in reason
    assert open_store("a.db").record(match)["outcome"] == "void"
    assert {row["game"] for row in rows("a.db") if row["outcome"] != "void"} == {"kuhn_poker"}


def test_a_worker_that_dies_takes_no_other_match_with_it(here: Path) -> None:
    write_agent(here, "deadly", before='if turn.seat == "player_0": os.kill(os.getpid(), 9)')
    names = ("deadly", "random", "silent", "constant", "x=random", "y=random")
    cup = small_cup(agents=names, games=("kuhn_poker",), deals=1, more="self_play = false")
    outcome = run(cup, "a.db", concurrency=2)
    found = rows("a.db")
    assert outcome.finished
    assert {row["outcome"] for row in found if row["agents"][0] == "deadly"} == {"void"}
    assert {row["outcome"] for row in found if row["agents"][0] != "deadly"} == {"finished"}
    assert all("SIGKILL" in reason for _, reason in outcome.reasons)


KEYLESS = """
from pathlib import Path
from arena.errors import PreflightError
from arena.library import make_agent
SCRIPTED = True

def agent():
    if not Path("told").exists():
        Path("told").touch()
        raise PreflightError("there is no key")
    return make_agent("slow", {})
"""


def test_what_fails_in_one_process_ends_the_run_at_once(here: Path) -> None:
    write_agent(here, "slow", before="import time; time.sleep(0.01)")
    (here / "agents" / "keyless.py").write_text(KEYLESS)
    with pytest.raises(PreflightError, match="there is no key"):
        run(small_cup(agents=("keyless", "slow"), games=("kuhn_poker",), deals=40), "a.db", concurrency=2)
    assert len(rows("a.db")) < 40


@pytest.mark.usefixtures("here")
def test_a_full_disk_ends_the_run_and_keeps_what_was_stored() -> None:
    from sqlalchemy import Connection, Engine, event

    def small(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 60")

    cup = small_cup(games=("ultimatum",), deals=40)
    event.listen(Engine, "begin", small)
    try:
        with pytest.raises(StoreError, match="the disk is full; every match that was stored is safe; make room"):
            run(cup, "a.db", concurrency=1)
    finally:
        event.remove(Engine, "begin", small)
    stored = len(rows("a.db"))
    assert stored
    outcome = run(cup, "a.db")
    assert (outcome.finished, outcome.played) == (True, outcome.total - stored)


# Stopping


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_signal_stops_the_run_and_the_same_command_goes_on(
    here: Path, number: int, code: int, concurrency: int
) -> None:
    write_agent(here, before='import time; time.sleep(0.02 if Path("slow").exists() else 0)')
    (here / "slow").touch()
    (here / "cup.toml").write_text(write_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=30))
    args = ("run", "cup.toml", "--store", "a.db", "--concurrency", str(concurrency))
    process = command(*args, cwd=here)
    while calls(here) < 5:
        assert process.poll() is None
    process.send_signal(number)
    got, _, err = ended(process)
    assert got == code, err
    assert "the same command continues" in err
    stored = len(rows("a.db"))
    assert 0 < stored < 180
    with open_store("a.db") as store:
        assert store.turn_over(1, "other", [], [f"{row['id']}" for row in rows("a.db")])[0] == []
    (here / "slow").unlink()
    outcome = run(read_cup("cup.toml"), "a.db")
    assert outcome.finished
    assert outcome.played == outcome.total - stored


def test_a_stopped_run_lets_the_turns_finish_that_were_begun(here: Path) -> None:
    write_agent(
        here, before="import asyncio; await asyncio.sleep(0.3); Path('ends').open('a').write('.')", scripted=False
    )
    (here / "cup.toml").write_text(write_cup(agents=("counted", "silent"), games=("kuhn_poker",), deals=2))
    process = command("run", "cup.toml", "--store", "a.db", cwd=here)
    while calls(here) < 3:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert ended(process)[0] == 130
    assert len((here / "ends").read_text()) == calls(here)
    assert run(read_cup("cup.toml"), "a.db").finished


class Person:
    """Types an answer, once after the terminal has closed."""

    def __init__(self, seen: list[Call]) -> None:
        self.seen = seen

    async def act(self, turn: Turn) -> dict[str, Any]:
        here = call.get()
        assert here
        self.seen.append(here)
        await asyncio.sleep(0)
        if len(self.seen) == 2:
            raise OSError("the terminal closed")
        return {"say": "hello"} if turn.ask.kind == "message" else {turn.ask.key: turn.ask.spec.sample(turn.rng)}


@pytest.mark.usefixtures("here")
def test_what_a_person_typed_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Call] = []
    loaded = playing.load

    def load(kind: str, name: str) -> Any:
        return SimpleNamespace(agent=lambda: Person(seen)) if name == "human" else loaded(kind, name)

    monkeypatch.setattr(playing, "load", load)
    cup = small_cup(agents=("human", "silent"), games=("ultimatum",), deals=1, more="self_play = false")
    assert run(cup, "a.db", concurrency=1).code == 0
    asked = Counter((each.match, each.seat, each.ply) for each in seen)
    failed = seen[1]
    # Only what failed is asked again.
    assert [each for each, count in asked.items() if count > 1] == [(failed.match, failed.seat, failed.ply)]


def test_two_processes_play_every_match_once(here: Path) -> None:
    write_agent(here, before="import time; time.sleep(0.005)")
    (here / "cup.toml").write_text(write_cup(agents=("counted", "silent", "random"), games=("kuhn_poker",), deals=8))
    both = [command("run", "cup.toml", "--store", "a.db", "--json", cwd=here) for _ in range(2)]
    results = [ended(process) for process in both]
    assert [code for code, _, _ in results] == [0, 0], results
    reports = [json.loads(out) for _, out, _ in results]
    assert all(report["done"] == report["total"] and report["finished"] for report in reports)
    assert sum(report["played"] for report in reports) == reports[0]["total"]
    alone = run(read_cup("cup.toml"), "b.db")
    assert alone.total == reports[0]["total"]
    assert rows("a.db") == rows("b.db")


@pytest.mark.slow
def test_hash_seeds_change_nothing(here: Path) -> None:
    names = ("random", "honest", "liar", "tit_for_tat", "betrayer")
    (here / "cup.toml").write_text(write_cup(agents=names, games=("ultimatum", "public_goods", "werewolf"), deals=2))
    for seed in ("0", "1", "99"):
        process = command("run", "cup.toml", "--store", f"{seed}.db", cwd=here, env={"PYTHONHASHSEED": seed})
        code, _, err = ended(process)
        assert code == 0, err
    assert rows("0.db") == rows("1.db") == rows("99.db")


# Progress


def test_plain_lines_tell_done_rate_and_time_left() -> None:
    now = [0.0]
    lines: list[str] = []
    progress = Lines(lines.append, lambda: now[0])
    progress.start(10, 100)
    for _ in range(4):
        now[0] += 5
        progress.step(5)
    now[0] += 40
    progress.step(70)
    progress.stop()
    assert lines == [
        "10 of 100 matches done",
        "20 of 100 matches done, 1.0/s, 1 min 20 s left",
        "30 of 100 matches done, 1.0/s, 1 min 10 s left",
        "100 of 100 matches done, 1.5/s",
    ]


def test_nothing_played_is_nothing_said() -> None:
    lines: list[str] = []
    progress = Lines(lines.append, lambda: 0.0)
    progress.start(5, 5)
    progress.stop()
    assert lines == ["5 of 5 matches done"]
    assert isinstance(progress_for(io.StringIO()), Lines)


def test_spans_of_time_read_as_people_say_them() -> None:
    assert [span(seconds) for seconds in (0.4, 59, 61, 3599, 3661, 90_000)] == [
        "0 s",
        "59 s",
        "1 min 01 s",
        "59 min 59 s",
        "1 h 01 min",
        "25 h 00 min",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_shows_a_bar(here: Path) -> None:
    import pty

    (here / "cup.toml").write_text(write_cup(games=("kuhn_poker",)))
    ours, theirs = pty.openpty()
    process = command(
        "run", "cup.toml", "--store", "a.db", cwd=here, err=theirs, env={"TERM": "xterm", "COLUMNS": "100"}
    )
    os.close(theirs)
    shown = b""
    # Linux says end of file on a terminal by an error.
    with contextlib.suppress(OSError):
        while more := os.read(ours, 4096):
            shown += more
    os.close(ours)
    assert ended(process)[0] == 0
    assert b"18/18" in shown
    assert b"/s" in shown


@pytest.mark.usefixtures("here")
def test_an_agent_that_leaves_keeps_what_it_played() -> None:
    names = ("random", "silent", "constant", "honest", "x=random")
    run(small_cup(agents=names, games=("public_goods", "kuhn_poker"), deals=1), "a.db")
    before = rows("a.db")
    fewer = small_cup(agents=names[:-1], games=("public_goods", "kuhn_poker"), deals=2)
    foreseen = sum(row.matches for row in plan(fewer, open_store("a.db")))
    outcome = run(fewer, "a.db")
    assert outcome.finished
    assert outcome.total == foreseen
    assert [row for row in rows("a.db") if row["deal"] == 0 and "x" in row["agents"]] == [
        row for row in before if "x" in row["agents"]
    ]

"""How a match asks, refuses, forfeits, ends, branches and replays."""

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from arena.drive import play, play_plain
from arena.errors import (
    AgentError,
    AmbiguousAction,
    GameError,
    IllegalAction,
    InvalidAction,
    ReplayDiverged,
    UsageError,
)
from arena.library import game, read_game
from arena.match import Match
from arena.record import record, replay, to_json
from arena.turn import Event, Turn
from tests.support import Does, Says, finished, legal, write_game

DUEL = """
first, second = table.agents
a = await table.ask(first, "bid", Number(0, size), "How much?")
b = await table.ask(second, "bid", Number(0, size), "How much?")
table.reveal("bid")
return {first: a, second: b}
"""
BOTH = """
bids = await table.ask_all(table.agents, "bid", Number(0, size), "How much?")
await table.talk(rounds=2)
bids = await table.ask_all(table.agents, "bid", Number(0, size), "And now?")
table.reveal("bid")
return {agent: bid for agent, bid in bids.items()}
"""


def seen_by(match: Match, seat: str) -> list[Event]:
    return [event for event in match.events if event.to is None or seat in event.to]


def test_answers_are_typed_and_rewarded(tmp_path: Path) -> None:
    match = finished(write_game(tmp_path, DUEL), {"player_0": Says("3"), "player_1": Says({"bid": 7})})
    assert match.rewards == {"player_0": 3.0, "player_1": 7.0}
    assert match.ranks == {"player_0": 2, "player_1": 1}
    assert [ply.action for ply in match.plies] == [3, 7]


def test_each_mistake_is_told_and_asked_again(tmp_path: Path) -> None:
    match = Match(write_game(tmp_path, DUEL), retries=3)
    for reply, kind in (("dunno", InvalidAction), ("99", IllegalAction), ("3 or 4", AmbiguousAction)):
        error = match.answer("player_0", reply)
        assert type(error) is kind
        turn = match.turn("player_0")
        assert turn.ask.error == str(error)
        assert turn.new[-1].kind == "error"
        assert turn.new[-1].text == str(error)
    assert match.answer("player_0", "5") is None
    assert match.waiting == ("player_1",)
    assert not any(event.kind == "error" for event in match.turn("player_1").events)
    assert [attempt.kind for attempt in match.plies[0].attempts] == ["invalid", "illegal", "ambiguous"]


@pytest.mark.parametrize("reply", [5, None, {"bid": float("nan")}, {(1, 2): 3}, {"bid": {1, 2}}], ids=repr)
def test_a_reply_that_no_text_says_is_refused_and_refused_again_in_a_replay(tmp_path: Path, reply: Any) -> None:
    game = write_game(tmp_path, DUEL)
    match = Match(game)
    assert type(match.answer("player_0", reply)) is InvalidAction
    assert match.branch().waiting == ("player_0",)
    match.answer("player_0", "5")
    match.answer("player_1", "6")
    assert record(match.branch()) == record(match)
    data = json.loads(to_json(record(match)))
    assert to_json(record(replay(data, game))) == to_json(data)


def test_after_the_retries_a_stand_in_plays_on_and_the_others_keep_their_game(tmp_path: Path) -> None:
    stubborn = Does(lambda _turn: "what?")
    match = finished(
        write_game(tmp_path, BOTH), {"player_0": stubborn, "player_1": Says({"bid": 4}, "hi", "hi", {"bid": 6})}
    )
    assert match.done
    assert list(match.forfeits) == ["player_0"]
    assert match.rewards["player_0"] == 0.0
    assert match.rewards["player_1"] == 6.0
    assert match.ranks == {"player_0": 2, "player_1": 1}
    assert [len(ply.attempts) for ply in match.plies if ply.seat == "player_0"] == [3, 0, 0, 0]
    assert all(ply.stand_in for ply in match.plies if ply.seat == "player_0")
    assert record(match)["outcome"] == "forfeit"


def test_a_forfeiter_never_profits_from_the_stand_in(tmp_path: Path) -> None:
    game = write_game(
        tmp_path, "await table.ask('player_0', 'x', Number(0, 1))\nreturn {'player_0': 50, 'player_1': -5}"
    )
    match = finished(game, {"player_0": Does(lambda _turn: "?")})
    assert match.rewards == {"player_0": -5.0, "player_1": -5.0}
    assert match.ranks == {"player_0": 2, "player_1": 1}


def test_simultaneous_answers_show_nothing_until_all_are_in(tmp_path: Path) -> None:
    match = Match(write_game(tmp_path, BOTH))
    assert match.waiting == ("player_0", "player_1")
    before = len(match.turn("player_1").events)
    match.answer("player_0", "3")
    assert match.waiting == ("player_1",)
    assert len(match.turn("player_1").events) == before
    match.answer("player_1", "4")
    assert [(ply.seat, ply.action) for ply in match.plies] == [("player_0", 3), ("player_1", 4)]


def test_the_order_in_which_simultaneous_answers_come_changes_nothing(tmp_path: Path) -> None:
    records: list[str] = []
    for order in (("player_0", "player_1"), ("player_1", "player_0")):
        match = Match(write_game(tmp_path, BOTH))
        while not match.done:
            for seat in order:
                if seat in match.waiting:
                    match.answer(seat, {"say": seat} if match.turn(seat).ask.kind == "message" else "5")
        records.append(to_json(record(match)))
    assert records[0] == records[1]


def test_events_are_counted_as_the_seat_counts(tmp_path: Path) -> None:
    body = """
first, second = table.agents
for _ in range(3):
    await table.ask(first, "secret", Number(0, 1))
table.tell("now")
await table.ask(second, "x", Number(0, 1))
return {first: 0, second: 0}
"""
    match = Match(write_game(tmp_path, body))
    for _ in range(3):
        match.answer("player_0", "1")
    (told,) = match.turn("player_1").events
    assert (told.kind, told.text, told.ply) == ("tell", "now", 0)


def test_a_round_of_passes_ends_the_talk(tmp_path: Path) -> None:
    game = write_game(
        tmp_path, "said = await table.talk(rounds=9)\ntable.tell(str(said))\nreturn {a: 0 for a in table.agents}"
    )
    match = finished(game, {"player_0": Says("hello"), "player_1": Says("", "late")})
    assert [event.text for event in match.events] == ["hello", "late", "[('player_0', 'hello'), ('player_1', 'late')]"]
    assert len(match.plies) == 6


def test_private_words_reach_their_audience_alone(tmp_path: Path) -> None:
    body = """
a, b, c = table.agents
table.tell("psst", a, b)
await table.talk(a, to=[b])
await table.talk_all([[a, b], [c]])
secret = table.deal(c, "card", Number(0, size))
await table.ask(c, "x", Number(0, size))
table.reveal("card", c)
return {a: 0, b: 0, c: 0}
"""
    match = finished(write_game(tmp_path, body, agents=3), {"player_0": Says("one", "two"), "player_1": Says("three")})
    heard = {seat: [e.text for e in seen_by(match, seat) if e.kind != "answer"] for seat in match.seats}
    card = match.facts["player_2.card"]
    shown = f"player_2's card: {card}"
    assert heard["player_0"] == ["psst", "one", "two", "three", shown]
    assert heard["player_1"] == heard["player_0"]
    assert heard["player_2"] == [f"Your card is {card}.", shown]


def test_neighbours_hear_what_is_said_over_a_network(tmp_path: Path) -> None:
    body = """
who = table.network("path")
await table.talk(over=who)
return {a: len(who[a]) for a in table.agents}
"""
    match = finished(write_game(tmp_path, body, agents=4), {"player_0": Says("from the end")})
    assert match.rewards == {"player_0": 1, "player_1": 2, "player_2": 2, "player_3": 1}
    assert [seat for seat in match.seats if seen_by(match, seat)] == ["player_0", "player_1"]


@pytest.mark.parametrize("kind", ["complete", "ring", "star", "random", "small_world", "scale_free", "regular"])
def test_networks_are_connected_and_the_same_for_the_same_seed(tmp_path: Path, kind: str) -> None:
    game = write_game(
        tmp_path, f"table.facts['who'] = table.network({kind!r})\nreturn {{a: 0 for a in table.agents}}", agents=6
    )
    first, again = (Match(game, seed=5).facts["who"] for _ in range(2))
    assert first == again
    assert all(seat in first[other] for seat in first for other in first[seat])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise ValueError('boom')", "ValueError: boom"),
        ("return None", "no rewards"),
        ("return {'player_0': float('nan'), 'player_1': 0}", "nan for player_0"),
        ("return {'player_0': float('inf'), 'player_1': 0}", "inf for player_0"),
        ("return {'player_7': 1}", "'player_7'"),
        ("return {'player_0': 1}", "no reward for player_1"),
        ("return {'player_0': '1', 'player_1': 0}", "'1' for player_0"),
        ("while True:\n    await table.ask('player_0', 'x', Number(0, 1))", "not ended after 2000"),
        ("table.tell('x', 'nobody')", "no seat 'nobody'"),
        ("table.reveal('x')", "nobody has been dealt 'x'"),
        ("table.deal('player_0', 'x', Number(0, 3), 9)", "9 for 'x' is not a whole number"),
        ("table.deal('player_0', 'x', Number(0, 3))\ntable.deal('player_1', 'x', Number(0, 4))", "another spec"),
        ("await table.announce('x')", "not dealt"),
        ("table.network('hypercube')", "no network 'hypercube'"),
        ("table.norm('player_0', 'steal', 'x')", "no norm 'steal'"),
        ("table.pay('player_0', float('nan'))", "cannot be paid nan"),
        ("table.facts['x'] = {1, 2}\nreturn {a: 0 for a in table.agents}", "no JSON value"),
    ],
)
@pytest.mark.parametrize("engine", ["native", "sandbox"])
def test_a_broken_game_says_what_where_and_how_to_see_it(tmp_path: Path, body: str, says: str, engine: str) -> None:
    game = write_game(tmp_path, body)
    with pytest.raises(GameError) as caught:
        finished(game, seed=11, engine=engine)
    text = str(caught.value)
    assert says in text
    assert "small.py" in text
    assert "seed 11" in text
    assert "arena play" in text


@pytest.mark.parametrize("engine", ["native", "sandbox"])
def test_a_broken_game_names_its_line(tmp_path: Path, engine: str) -> None:
    game = write_game(tmp_path, "x = 1\nraise ValueError('here')")
    line = game.source.splitlines().index("    raise ValueError('here')") + 1
    with pytest.raises(GameError, match=f"small.py:{line}: "):
        finished(game, engine=engine)


def test_awaiting_anything_but_the_table_is_an_error(tmp_path: Path) -> None:
    game = write_game(tmp_path, "await Later()", more="class Later:\n    def __await__(self):\n        yield 5")
    with pytest.raises(GameError, match="not its table"):
        finished(game, engine="native")


def test_an_agent_that_fails_is_no_move_of_its_seat(tmp_path: Path) -> None:
    def fail(_turn: Turn) -> str:
        raise RuntimeError("endpoint down")

    with pytest.raises(AgentError, match="player_1: the agent failed: RuntimeError: endpoint down"):
        finished(write_game(tmp_path, DUEL), {"player_1": Does(fail)})


@pytest.mark.parametrize("reply", [None, 3, ["offer"], b"{}"])
def test_a_reply_of_a_wrong_type_is_the_agents_mistake_plain_or_async(reply: Any) -> None:
    class Later:
        async def act(self, turn: Turn) -> Any:
            return wrong(turn)

    def wrong(_turn: Turn) -> Any:
        return reply

    texts: list[str] = []
    for agent in (Does(wrong), Later()):
        match = Match(game("ultimatum"))
        asyncio.run(play(match, {"player_0": agent, "player_1": Does(legal)}))
        texts.append(match.forfeits["player_0"])
    assert texts[0] == texts[1]
    assert type(reply).__name__ in texts[0]


@pytest.mark.parametrize("says", ["nobody answers", "player_1: nobody answers"])
def test_whose_endpoint_failed_is_said_once(tmp_path: Path, says: str) -> None:
    def act(_turn: Turn) -> Any:
        raise AgentError(says)

    match = Match(write_game(tmp_path, DUEL))
    with pytest.raises(AgentError, match=r"^player_1: nobody answers$"):
        asyncio.run(play(match, {"player_0": Does(legal), "player_1": Does(act)}))


def test_an_agent_that_fails_leaves_no_other_answer_on_its_way(tmp_path: Path) -> None:
    ended: list[str] = []

    class Slow:
        async def act(self, turn: Turn) -> Any:
            for _ in range(5):
                await asyncio.sleep(0)
            ended.append(turn.seat)
            return legal(turn)

    class Failing:
        async def act(self, turn: Turn) -> Any:
            raise ConnectionError(turn.seat)

    async def both() -> None:
        with pytest.raises(AgentError, match="player_0: the agent failed: ConnectionError"):
            await play(Match(write_game(tmp_path, BOTH)), {"player_0": Failing(), "player_1": Slow()})
        assert ended == ["player_1"]

    asyncio.run(both())


@pytest.mark.parametrize("params", [{"siz": 3}, {"size": "big"}])
def test_unknown_or_ill_typed_parameters_are_refused(tmp_path: Path, params: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="size"):
        Match(write_game(tmp_path, DUEL), params)


def test_a_wrong_number_of_seats_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="for 2 agents, not 3"):
        Match(write_game(tmp_path, DUEL), seats=3)


def test_plain_and_async_agents_play_the_same_match(tmp_path: Path) -> None:
    class Later:
        async def act(self, turn: Turn) -> Any:
            return legal(turn)

    game = write_game(tmp_path, BOTH)
    slow = Match(game, seed=4)
    asyncio.run(play(slow, {"player_0": Later(), "player_1": Does(legal)}))
    assert to_json(record(slow)) == to_json(record(finished(game, seed=4)))
    with pytest.raises(AgentError, match="async"):
        play_plain(Match(game), {"player_0": Later(), "player_1": Later()})


@pytest.mark.parametrize("engine", ["native", "sandbox"])
def test_branching_at_any_ply_goes_the_same_way_and_leaves_the_original_alone(tmp_path: Path, engine: str) -> None:
    body = "table.deal('player_0', 'card', Number(0, 99))\n" + BOTH + "\n"
    game = write_game(tmp_path, body)
    agents = {"player_0": Does(legal), "player_1": Says("junk", {"bid": 3})}
    match = finished(game, agents, seed=2, engine=engine)
    whole = to_json(record(match))
    for ply in range(len(match.plies) + 1):
        twin = match.branch(ply)
        assert [p.action for p in twin.plies] == [p.action for p in match.plies[: len(twin.plies)]]
        for given in match.plies[len(twin.plies) :]:
            if given.seat in twin.waiting:
                for attempt in given.attempts:
                    twin.answer(given.seat, attempt.reply)
                twin.answer(given.seat, given.reply)
        if ply < len(match.plies):
            for given in match.plies[ply:]:
                if len(twin.plies) < len(match.plies) and given.seat in twin.waiting:
                    twin.answer(given.seat, given.reply)
        assert to_json(record(twin)) == whole
    assert to_json(record(match)) == whole


@pytest.mark.parametrize("engine", ["native", "sandbox"])
def test_a_reseeded_branch_draws_later_chance_anew_and_replays(tmp_path: Path, engine: str) -> None:
    body = """
first = table.deal("player_0", "card", Number(0, 10**6))
extra = table.chance("extra")
early = (table.rng.random(), extra.random())
await table.ask("player_0", "x", Number(0, 1))
late = (table.rng.random(), extra.random(), table.deal("player_0", "card", Number(0, 10**6)))
table.facts["early"], table.facts["late"] = list(early), list(late)
return {a: 0 for a in table.agents}
"""
    game = write_game(tmp_path, body)
    match = finished(game, seed=1, engine=engine)
    twins = [match.branch(0, seed=seed) for seed in (7, 7, 8)]
    for twin in twins:
        twin.answer("player_0", match.plies[0].reply)
    facts = [twin.facts for twin in twins]
    assert facts[0] == facts[1]
    assert facts[0]["early"] == facts[2]["early"] == match.facts["early"]
    assert len({json.dumps(f["late"]) for f in (facts[0], facts[2], match.facts)}) == 3
    data = json.loads(to_json(record(twins[0])))
    assert replay(data, game, engine=engine).facts == facts[0]


@pytest.mark.parametrize("engine", ["native", "sandbox"])
def test_replay_gives_the_same_record_in_either_engine(tmp_path: Path, engine: str) -> None:
    game = write_game(tmp_path, BOTH)
    match = finished(game, {"player_0": Does(lambda _turn: "?")}, seed=3)
    data = json.loads(to_json(record(match)))
    again = record(replay(data, game, engine=engine))
    again["isolation"] = data["isolation"]
    assert to_json(again) == to_json(data)


def test_a_copy_stands_where_the_original_stands(tmp_path: Path) -> None:
    match = Match(write_game(tmp_path, BOTH), seed=6)
    match.answer("player_0", "junk")
    match.answer("player_1", "3")
    twin = copy.deepcopy(match)
    assert twin.waiting == ("player_0",)
    assert twin.turn("player_0").ask.error == match.turn("player_0").ask.error
    assert twin.turn("player_0").events == match.turn("player_0").events
    assert twin.turn("player_0").key == match.turn("player_0").key
    for each in (match, twin):
        each.answer("player_0", "9")
    assert [ply.action for ply in twin.plies] == [9, 3]
    twin.answer("player_0", "hi")
    assert len(match.plies) == 2
    assert to_json(record(twin.undo())) == to_json(record(match))


def test_replay_up_to_a_ply_can_be_played_on(tmp_path: Path) -> None:
    game = write_game(tmp_path, DUEL)
    data = record(finished(game))
    half = replay(data, game, upto=1)
    assert half.waiting == ("player_1",)
    half.answer("player_1", "10")
    assert half.rewards["player_1"] == 10.0


@pytest.mark.parametrize(
    ("old", "new", "ply"),
    [
        ("How much?", "How many?", 0),
        ("Number(0, size)", "Number(0, size + 1)", 0),
        ("return {first: a,", "return {first: a + 1,", 2),
    ],
)
def test_a_changed_game_diverges_with_place_seed_and_command(tmp_path: Path, old: str, new: str, ply: int) -> None:
    game = write_game(tmp_path, DUEL)
    data = record(finished(game, seed=9, id="m1"))
    path = Path(game.path)
    path.write_text(game.source.replace(old, new))
    with pytest.raises(ReplayDiverged) as caught:
        replay(data, read_game(path, "built-in"))
    text = str(caught.value)
    assert f"ply {ply}, seed 9" in text
    assert "asked then" in text
    assert "asked now" in text
    assert "arena replay m1" in text


def test_a_record_survives_json_and_hostile_text(tmp_path: Path) -> None:
    game = write_game(tmp_path, "await table.talk()\nreturn {a: 0 for a in table.agents}")
    nasty = "\x1b[2J\u202e\ud800\x00 ] } {"
    data = record(finished(game, {"player_0": Says(nasty)}))
    assert json.loads(to_json(data)) == json.loads(to_json(copy.deepcopy(data)))
    assert to_json(data).isascii()
    assert record(replay(json.loads(to_json(data)), game))["events"] == data["events"]


def test_equal_rewards_tie_and_teams_share_their_mean(tmp_path: Path) -> None:
    body = """
for number, agent in enumerate(table.agents):
    table.role(agent, "m", team="odd" if number % 2 else "even")
return {"player_0": 4, "player_1": 3, "player_2": 0, "player_3": 3}
"""
    match = finished(write_game(tmp_path, body, agents=4))
    assert match.ranks == {"player_0": 3, "player_1": 1, "player_2": 3, "player_3": 1}


def test_paid_rewards_are_added_to_what_play_returns(tmp_path: Path) -> None:
    body = "table.pay('player_0', 2)\ntable.pay('player_0', 0.5)\nreturn {'player_0': 1, 'player_1': 0}"
    assert finished(write_game(tmp_path, body)).rewards == {"player_0": 3.5, "player_1": 0.0}


def test_only_the_privileged_can_branch_the_running_match(tmp_path: Path) -> None:
    match = Match(write_game(tmp_path, DUEL))
    with pytest.raises(PermissionError):
        match.turn("player_0").branch()
    twin = match.turn("player_0", privileged=True).branch()
    twin.answer("player_0", "4")
    assert match.waiting == ("player_0",)
    assert twin.waiting == ("player_1",)


def test_the_turn_key_gives_away_no_seed(tmp_path: Path) -> None:
    match = Match(write_game(tmp_path, DUEL), seed=123456789)
    turn = match.turn("player_0")
    assert "123456789" not in turn.key
    assert turn.rng.random() == match.turn("player_0").rng.random()

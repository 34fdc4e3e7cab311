"""The scripted kinds of agents: they play every game, each in its own character."""

import asyncio
import io
import json
from collections.abc import Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from arena.agent import Agent
from arena.conduct import summary
from arena.drive import play, play_plain
from arena.errors import AgentError
from arena.library import Game, agent_file, agent_kinds, game, make_agent
from arena.match import Match
from arena.record import record, to_json
from tests.players import BY_NAME
from tests.support import write_game

SCRIPTED = [kind for kind in agent_kinds() if agent_file(kind).scripted and kind not in {"human", "replay"}]
CHARACTERS = [kind for kind in SCRIPTED if kind not in {"planner", "constant", "random"}]
OPTIONS: dict[str, dict[str, Any]] = {"planner": {"playouts": 1, "width": 3}}
EVERYTHING = """
first, second = table.agents
secret = table.deal(first, "secret", Number(-3, 9))
hand = table.deal(second, "hand", Allocation({"red": 2, "blue": 3}), provable=True, confidential=[])
taste = table.deal(second, "taste", Ranking("a", "b", "c"))
about = {"secret": Number(-3, 9), "taste": Ranking("a", "b", "c"), "order": Ranking("a", "b", "c")}
await table.talk(about=about)
await table.announce("taste", second)
await table.announce("order", spec=Ranking("a", "b", "c"))
orders = await table.ask_all(table.agents, "order", Ranking("a", "b", "c"))
table.reveal("order")
await table.announce("split", first, spec=Allocation({"x": 4, "y": 4, "z": 4}, total=6))
split = await table.ask(first, "split", Allocation({"x": 4, "y": 4, "z": 4}, total=6))
table.reveal("split", first)
note = await table.ask(second, "note", Message(40))
only = await table.ask(second, "only", Choice("yes"))
odd = await table.ask_all(table.agents, "whom", Choice("player_0", "player_1", "nobody"))
far = await table.ask(first, "far", Number(-1000000, 1000000))
same = orders[first] == orders[second]
return {first: split["x"] + 3 * same - (far > 0), second: split["y"] + hand["red"] + (orders[first] == taste)}
"""


def seated(kinds: Mapping[str, str]) -> dict[str, Agent]:
    return {seat: make_agent(kind, OPTIONS.get(kind, {})) for seat, kind in kinds.items()}


def played(one: Game, kinds: list[str], seed: int, params: Mapping[str, Any] | None = None, **options: Any) -> Match:
    """A match of these kinds, seat by seat, from the first again where there are more seats."""
    match = Match(one, params, seed, max(one.least, len(kinds)), **options)
    names = {seat: kinds[number % len(kinds)] for number, seat in enumerate(match.seats)}
    play_plain(match, seated(names), [seat for seat, kind in names.items() if kind == "planner"])
    return match


def tried_again(match: Match) -> list[Any]:
    return [attempt for ply in match.plies for attempt in ply.attempts]


@cache
def rewards(kind: str, name: str, other: str = "random", seeds: int = 20) -> tuple[float, float]:
    """What a kind and the others get on average, over the seats of a game for two."""
    own = others = 0.0
    for seed in range(seeds):
        for seat in (0, 1):
            kinds = [other, other]
            kinds[seat] = kind
            match = played(BY_NAME[name], kinds, seed)
            own += match.rewards[f"player_{seat}"] / seeds / 2
            others += match.rewards[f"player_{1 - seat}"] / seeds / 2
    return own, others


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("kind", SCRIPTED)
def test_every_kind_plays_every_game_without_a_slip(kind: str, name: str) -> None:
    seeds = 1 if kind == "planner" else 3
    for seed in range(seeds):
        kinds = ["random"] * BY_NAME[name].least
        kinds[seed % len(kinds)] = kind
        match = played(BY_NAME[name], kinds, seed)
        assert match.done
        assert not tried_again(match)
        assert not match.forfeits
        assert not any(match.act_errors.values())


@pytest.mark.parametrize("name", BY_NAME)
def test_all_characters_at_one_table(name: str) -> None:
    seats = min(BY_NAME[name].most, len(CHARACTERS))
    for seed in range(3):
        kinds = [CHARACTERS[(seed * seats + seat) % len(CHARACTERS)] for seat in range(max(seats, BY_NAME[name].least))]
        match = played(BY_NAME[name], kinds, seed)
        assert not tried_again(match)
        assert not any(match.act_errors.values())


@pytest.mark.parametrize("trusted", [True, False])
def test_characters_play_games_nobody_has_seen(tmp_path: Path, trusted: bool) -> None:
    unseen = write_game(tmp_path, EVERYTHING, "unseen", trusted=trusted)
    for kind in SCRIPTED:
        match = played(unseen, [kind, "honest"], 5)
        assert not tried_again(match), kind
        assert not any(match.act_errors.values()), kind


def test_a_game_that_breaks_when_studied_is_still_answered(tmp_path: Path) -> None:
    fragile = write_game(
        tmp_path,
        "pick = await table.ask('player_0', 'pick', Number(0, 50))\n"
        "if pick != 0:\n    raise ValueError('broken')\nreturn {'player_0': 1, 'player_1': 0}",
        "fragile",
    )
    match = Match(fragile)
    reply = make_agent("honest", {}).act(match.turn("player_0"))
    assert 0 <= reply["pick"] <= 50
    match.close()


@pytest.mark.parametrize("name", ["ultimatum", "public_goods", "werewolf"])
def test_the_same_match_twice_is_the_same_bytes(name: str) -> None:
    kinds = ["honest", "liar", "betrayer", "grudger", "random"][: BY_NAME[name].least]
    one, other = (to_json(record(played(BY_NAME[name], kinds, 4))) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("kind", ["honest", "grudger", "betrayer"])
def test_a_character_keeps_nothing_that_its_turn_does_not_show(kind: str, name: str) -> None:
    """A new agent at each turn answers as one that has been there from the start."""

    class Fresh:
        def act(self, turn: Any) -> Any:
            return make_agent(kind, {}).act(turn)

    steady = played(BY_NAME[name], [kind], 2)
    match = Match(BY_NAME[name], seed=2)
    play_plain(match, {seat: Fresh() for seat in match.seats})
    assert [ply.reply for ply in match.plies] == [ply.reply for ply in steady.plies]


def test_plain_and_async_play_are_the_same() -> None:
    kinds = ["honest", "liar", "betrayer", "grudger"]
    plain = played(BY_NAME["public_goods"], kinds, 1)
    match = Match(BY_NAME["public_goods"], seed=1)
    asyncio.run(play(match, seated(dict(zip(match.seats, kinds, strict=True)))))
    assert to_json(record(match)) == to_json(record(plain))


@pytest.mark.parametrize("acts", ["offered", "off"])
@pytest.mark.parametrize("talk_rounds", [0, 1])
def test_reciprocity_in_the_repeated_prisoners_dilemma(talk_rounds: int, acts: str) -> None:
    entrants: dict[str, tuple[str, dict[str, Any]]] = {
        "cooperator": ("constant", {"option": "cooperate"}),
        "defector": ("constant", {"option": "defect"}),
        "tit_for_tat": ("tit_for_tat", {}),
        "grudger": ("grudger", {}),
    }
    totals = dict.fromkeys(entrants, 0.0)
    for one, other in combinations(entrants, 2):
        match = Match(game("matrix_game"), {"turns": 10, "talk_rounds": talk_rounds}, acts=acts)
        play_plain(match, {seat: make_agent(*entrants[n]) for seat, n in zip(match.seats, (one, other), strict=True)})
        for name, reward in zip((one, other), match.rewards.values(), strict=True):
            totals[name] += reward
    assert totals == {"cooperator": 60, "defector": 78, "tit_for_tat": 69, "grudger": 69}


def test_the_hard_get_more_than_the_meek_and_leave_less() -> None:
    for name in ("ultimatum", "alternating_offers", "buyer_seller"):
        hard, meek, lot = (rewards(kind, name) for kind in ("hardliner", "conceder", "random"))
        assert hard[0] > lot[0] + 5, name
        assert hard[0] > meek[0] + 10, name
        assert meek[1] > hard[1] + 10, name


def test_fair_characters_share_evenly_with_their_like() -> None:
    own, others = rewards("honest", "ultimatum", "honest", 8)
    assert abs(own - others) < 15
    assert own + others > 80


def test_a_character_prefers_what_dominates() -> None:
    match = played(BY_NAME["matrix_game"], ["hardliner", "hardliner"], 0, {"turns": 5})
    assert match.rewards == {"player_0": 5, "player_1": 5}
    match = played(BY_NAME["matrix_game"], ["conceder", "conceder"], 0, {"turns": 5})
    assert match.rewards == {"player_0": 15, "player_1": 15}


@pytest.mark.parametrize("which", ["coordination", "battle_of_the_sexes", "stag_hunt"])
def test_talk_makes_characters_meet(which: str) -> None:
    together = played(BY_NAME["matrix_game"], ["honest", "tit_for_tat"], 1, {"game": which, "turns": 4})
    assert sum(together.rewards.values()) >= {"coordination": 8, "battle_of_the_sexes": 20, "stag_hunt": 32}[which]


def test_a_king_is_never_folded() -> None:
    for seed in range(30):
        match = played(BY_NAME["kuhn_poker"], ["hardliner", "random"], seed)
        for ply in match.plies:
            if ply.ask.key == "call" and ply.seat == "player_0" and match.facts["player_0.card"] == "king":
                assert ply.action == "call"


def test_wolves_spare_wolves_and_seers_tell() -> None:
    for seed in range(12):
        match = Match(BY_NAME["werewolf"], seed=seed, seats=7)
        play_plain(match, seated(dict.fromkeys(match.seats, "honest")))
        wolves = [seat for seat in match.seats if match.roles[seat] == "wolf"]
        votes = [ply for ply in match.plies if ply.ask.key == "vote" and ply.ask.kind == "decide"]
        assert not [ply for ply in votes if ply.seat in wolves and ply.action in wolves]
        for number, event in enumerate(match.events):
            if event.kind == "tell" and event.to and "is a wolf" in event.text:
                later = [e for e in match.events[number:] if e.kind == "say" and e.seat == event.to[0]]
                assert not later or any(act["act"] == "claim" and act["key"] == "role" for act in later[0].acts)


def test_honest_villagers_do_better_than_random_ones() -> None:
    wins = dict.fromkeys(("honest", "random"), 0.0)
    for kind in wins:
        for seed in range(20):
            match = Match(BY_NAME["werewolf"], seed=seed, seats=7)
            names = {seat: "random" if match.roles[seat] == "wolf" else kind for seat in match.seats}
            play_plain(match, seated(names))
            wins[kind] += next(match.rewards[seat] for seat in match.seats if match.roles[seat] != "wolf")
    assert wins["honest"] >= wins["random"] + 8


def test_confidential_facts_stay_among_the_entitled() -> None:
    for kind in CHARACTERS:
        for seed in range(3):
            found = summary(record(played(BY_NAME["hidden_profile"], [kind], seed)))
            for seat in found.values():
                honoured, of = seat["cells"].get("confidences", [0, 0])
                assert honoured == of, kind


def test_the_silent_say_and_announce_nothing() -> None:
    match = played(BY_NAME["public_goods"], ["silent"], 0)
    assert not [event for event in match.events if event.kind == "say"]
    assert all(event.value is None for event in match.events if event.kind == "announce")


def test_reciprocators_punish_who_gave_nothing() -> None:
    given: list[dict[str, int]] = []
    for endowment in (15, 18, 20, 25, 30):
        params = {"endowment": endowment}
        match = played(BY_NAME["public_goods"], ["grudger", "grudger", "grudger", "hardliner"], 0, params)
        given.append(next(event.value for event in match.events if event.kind == "answer" and event.key == "points"))
    # What a character learns from a few hundred play-outs is a draw itself, another one for each source and parameter.
    assert [points["player_3"] for points in given].count(3) > len(given) / 2
    assert all(sum(points.values()) == points["player_3"] for points in given)


def test_the_planner_is_a_ceiling() -> None:
    for name, margin in {"ultimatum": 10, "buyer_seller": 5, "kuhn_poker": 0.4}.items():
        own = lot = 0.0
        for seed in range(10):
            for seat in (0, 1):
                match = Match(BY_NAME[name], seed=seed)
                agents = seated(dict.fromkeys(match.seats, "random"))
                agents[f"player_{seat}"] = make_agent("planner", {"playouts": 6})
                play_plain(match, agents, [f"player_{seat}"])
                own += match.rewards[f"player_{seat}"] / 20
                lot += played(BY_NAME[name], ["random"], seed).rewards[f"player_{seat}"] / 20
        assert own > lot + margin, name


def test_a_planner_without_the_privilege_is_refused() -> None:
    match = Match(BY_NAME["ultimatum"], {"talk_rounds": 0})
    with pytest.raises(AgentError, match="PRIVILEGED"):
        play_plain(match, seated({"player_0": "planner", "player_1": "silent"}))


def test_replay_gives_its_answers_and_then_says_so() -> None:
    match = Match(BY_NAME["ultimatum"], {"talk_rounds": 0})
    answers = [{"offer": "decline"}, "offer: 30"]
    replies = [{"fallback": "decline"}]
    agents = {
        "player_0": make_agent("replay", {"answers": answers}),
        "player_1": make_agent("replay", {"answers": replies}),
    }
    with pytest.raises(AgentError, match=r"asked for answer 2 \(decide 'answer'\), and the replay has 1"):
        play_plain(match, agents)
    assert match.plies[-1].action == 30


def test_a_human_answers_at_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("decline\nforty\n40\n"))
    match = Match(BY_NAME["ultimatum"], {"talk_rounds": 0})
    rival = make_agent("replay", {"answers": [{"fallback": 3}, {"answer": "accept"}]})
    play_plain(match, {"player_0": make_agent("human", {}), "player_1": rival})
    assert match.rewards == {"player_0": 60, "player_1": 40}
    shown = capsys.readouterr()
    assert not shown.out
    assert "You are player_0" in shown.err
    assert "player_1, asked about fallback, announces 3" in shown.err
    assert "expected a whole number, got 'forty'" in shown.err


def test_a_human_is_told_who_hears_what_and_how_to_write_acts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    about = 'about={"bid": Number(0, 9)}'
    body = f"await table.talk('player_1', to=['player_0'])\nawait table.talk('player_0', to=['player_1'], {about})\n"
    whisper = write_game(
        tmp_path, body + f"await table.talk('player_0', {about})\nreturn dict.fromkeys(table.agents, 0)"
    )
    acts = '{"say": "hm", "acts": [{"promise": {"nothing": 1}}]}'
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{acts}\nbye\n"))
    rival = make_agent("replay", {"answers": ["psst"]})
    play_plain(Match(whisper), {"player_0": make_agent("human", {}), "player_1": rival})
    shown = capsys.readouterr().err
    assert "player_1 (only to player_0): psst" in shown
    assert "It is your turn to speak; only player_1 will hear it." in shown
    assert "an act was dropped: 'nothing' is nothing that can be spoken about here" in shown
    assert shown.count("Typed acts may go with a message") == 1


def test_the_end_of_the_input_is_nobodys_move(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    match = Match(BY_NAME["ultimatum"], {"talk_rounds": 0})
    with pytest.raises(AgentError, match="the input ended before the match did"):
        play_plain(match, seated({"player_0": "human", "player_1": "silent"}))


def test_what_others_say_reaches_the_terminal_harmless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\ndecline\n5\n"))
    match = Match(BY_NAME["ultimatum"], {"talk_rounds": 2})
    says = ["hello \x1b[2J\x1b]8;;http://x\x07", {"say": ""}, {"fallback": "decline"}, {"answer": "reject"}]
    with pytest.raises(AgentError):
        play_plain(match, {"player_0": make_agent("human", {}), "player_1": make_agent("replay", {"answers": says})})
    assert "\x1b" not in capsys.readouterr().err


def test_every_file_says_what_it_is() -> None:
    for kind in SCRIPTED:
        assert agent_file(kind).privileged == (kind == "planner")
    assert not agent_file("human").scripted


def test_messages_are_short_and_plain() -> None:
    for kind in CHARACTERS:
        for name in ("ultimatum", "hidden_profile"):
            for event in played(BY_NAME[name], [kind], 0).events:
                if event.kind == "say":
                    assert len(event.text) < 400
                    assert json.dumps(event.text).isascii()
                    assert len(event.acts) <= 4

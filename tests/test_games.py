"""What every built-in game has to be: it ends, pays, replays, branches, hides, and is the same everywhere."""

import json
import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arena.drive import play_plain
from arena.errors import GameError, UsageError
from arena.library import Game, defaults
from arena.match import Match
from arena.record import record, replay
from arena.turn import Turn
from tests.players import BY_NAME, GAMES, Wanderer, fingerprints, new_match, settings, text, wander, wandered
from tests.playthroughs.__main__ import FOLDER, playthrough

ROOT = Path(__file__).parent.parent
PAID = [game for game in GAMES if game.scoring != "panel"]
every_game = pytest.mark.parametrize("game", GAMES, ids=[game.name for game in GAMES])
every_paid_game = pytest.mark.parametrize("game", PAID, ids=[game.name for game in PAID])


def test_there_are_twelve_for_two_to_ten_agents_and_three_that_only_judges_can_decide() -> None:
    assert len(PAID) >= 12
    assert len(GAMES) - len(PAID) >= 3
    assert {2, 10} <= {seats for game in GAMES for seats in (game.least, game.most)}


@every_game
def test_it_ends_and_pays_every_seat_or_nobody(game: Game) -> None:
    for seed in range(30):
        match = wandered(game, seed)
        assert match.done
        assert not match.forfeits
        paid = [] if game.scoring == "panel" else list(match.seats)
        assert list(match.rewards) == paid
        assert all(math.isfinite(reward) for reward in match.rewards.values())
        assert sorted(match.ranks) == sorted(paid)
        assert len(match.plies) <= (20 if game.most == 2 else 250)


@every_paid_game
def test_the_answers_matter(game: Game) -> None:
    ends = {tuple(wander(Match(game, seed=1, id=f"other answers {number}")).rewards.values()) for number in range(20)}
    assert len(ends) > 1


@every_game
def test_a_replay_is_the_original(game: Game) -> None:
    for seed in range(4):
        match = wandered(game, seed)
        assert text(replay(record(match), game)) == text(match)


@every_game
def test_a_branch_is_the_prefix_and_leads_to_the_same_end(game: Game) -> None:
    match = wandered(game, 2)
    whole = record(match)
    for ply in {0, 1, len(match.plies) // 2, len(match.plies) - 1}:
        twin = match.branch(ply)
        assert record(twin)["plies"] == whole["plies"][: len(twin.plies)]
        assert len(twin.plies) <= ply
        assert text(wander(twin)) == text(match)


@every_game
def test_nobody_sees_what_is_another_seats(game: Game) -> None:
    class Watcher(Wanderer):
        def act(self, turn: Turn) -> Any:
            for event in turn.events:
                assert event.kind in ("tell", "deal", "norm", "say", "announce", "answer", "reveal", "error")
                assert event.to is None or turn.seat in event.to
                if event.kind in ("deal", "norm", "answer", "error"):
                    assert event.seat == turn.seat
            return super().act(turn)

    for seed in range(4):
        match = new_match(game, seed)
        play_plain(match, dict.fromkeys(match.seats, Watcher()))


@every_game
def test_every_seat_is_asked_to_announce_and_may_speak(game: Game) -> None:
    for seed in range(6):
        match = wandered(game, seed)
        for kind in ("announce", "message"):
            silent = [
                seat for seat in match.seats if not any(p.seat == seat and p.ask.kind == kind for p in match.plies)
            ]
            # Who is killed in the first night never gets to speak before all.
            if not (game.name == "werewolf" and kind == "message"):
                assert not silent, kind


@every_game
def test_a_kept_announcement_is_possible(game: Game) -> None:
    for seed in range(6):
        match = wandered(game, seed)
        for number, ply in enumerate(match.plies):
            if ply.ask.kind != "announce" or f"{ply.seat}.{ply.ask.key}" in match.facts:
                continue
            later = [other for other in match.plies[number + 1 :] if other.seat == ply.seat]
            asked = next((o for o in later if o.ask.kind == "decide" and o.ask.key == ply.ask.key), None)
            assert asked is None or asked.ask.spec.data() == ply.ask.spec.data()


@every_game
def test_acts_can_be_about_what_is_promised(game: Game) -> None:
    match = new_match(game, 0)
    named: dict[str, Any] = {}
    promised: dict[str, Any] = {}
    asked: set[str] = set()
    while not match.done:
        turns = [match.turn(seat) for seat in match.waiting]
        assert len({json.dumps(_vocabulary(turn)) for turn in turns}) == 1
        for turn in turns:
            named |= turn.acts.claim
            promised |= turn.acts.promise
            if turn.ask.kind == "decide":
                asked.add(turn.ask.key)
        for turn in turns:
            match.answer(turn.seat, Wanderer().act(turn))
    dealt = {path.split(".", 1)[1] for path in match.facts}
    assert dealt <= set(named)
    assert asked & set(promised)


def _vocabulary(turn: Turn) -> dict[str, Any]:
    words = turn.acts
    return {
        "claim": {key: spec.data() for key, spec in words.claim.items()},
        "promise": {key: spec.data() for key, spec in words.promise.items()},
        "seats": words.seats,
    }


@every_game
def test_aligned_makes_all_rewards_one_and_deals_the_same(game: Game) -> None:
    assert ("deception-incentive" in game.tags) == ("aligned" in defaults(game))
    if game.scoring == "panel":
        # What pays there is what judges think, which no parameter can change.
        assert "aligned" not in defaults(game)
        return
    unequal = 0
    for seed in range(12):
        params = {key: value for key, value in settings(game, seed)[1].items() if key != "aligned"}
        seats = settings(game, seed)[0]
        common = wander(Match(game, {**params, "aligned": True}, seed, seats))
        assert len({round(reward, 9) for reward in common.rewards.values()}) == 1
        apart = wander(Match(game, params, seed, seats))
        unequal += len(set(apart.rewards.values())) > 1
        first = {key: value for key, value in common.facts.items() if apart.facts.get(key) != value}
        assert not first or game.name == "fishery"
    assert unequal


@every_game
def test_the_rules_are_filled_in(game: Game) -> None:
    for name in re.findall(r"\{(\w+)\}", game.rules):
        assert name in defaults(game)
    rules = Match(game).rules
    assert "{" not in rules
    assert "reward" in rules.lower()
    assert game.rules.split("\n\n", maxsplit=1)[0].endswith(".")


@every_game
def test_both_engines_play_the_same(game: Game) -> None:
    for seed in range(50):
        sandboxed = wandered(game, seed, engine="sandbox")
        assert sandboxed.isolation != "none"
        assert text(sandboxed) == text(wandered(game, seed))


@every_game
def test_foreign_draws_change_nothing_and_none_are_made(game: Game) -> None:
    class Meddler(Wanderer):
        def act(self, turn: Turn) -> Any:
            random.seed(len(turn.events))
            np.random.seed(len(turn.events))  # noqa: NPY002  # the global state is what it meddles with
            random.random()
            return super().act(turn)

    before = text(wandered(game, 3))
    draws: list[tuple[float, float]] = []
    for plays in (False, True):
        random.seed(11)
        np.random.seed(11)  # noqa: NPY002  # the global state is what must not be touched
        if plays:
            assert text(wandered(game, 3)) == before
        draws.append((random.random(), np.random.random()))  # noqa: NPY002  # as above
    assert draws[0] == draws[1]
    match = new_match(game, 3)
    play_plain(match, dict.fromkeys(match.seats, Meddler()))
    assert text(match) == before


@every_game
def test_interleaved_matches_do_not_touch_each_other(game: Game) -> None:
    matches = [new_match(game, 5), new_match(game, 6)]
    agent = Wanderer()
    while not all(match.done for match in matches):
        for match in matches:
            if match.waiting:
                seat = match.waiting[0]
                match.answer(seat, agent.act(match.turn(seat)))
    assert [text(match) for match in matches] == [text(wandered(game, seed)) for seed in (5, 6)]


@pytest.mark.parametrize("hash_seed", ["1", "99"])
def test_the_bytes_do_not_depend_on_the_process(hash_seed: str) -> None:
    program = "from tests.players import fingerprints; print(fingerprints(3))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == fingerprints(3)


@every_game
def test_the_playthrough_is_as_written(game: Game) -> None:
    path = FOLDER / f"{game.name}.txt"
    assert path.exists(), "write it: python -m tests.playthroughs --write"
    assert playthrough(game).splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_no_playthrough_is_left_over() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == sorted(BY_NAME)


def test_each_thing_a_game_can_have_is_in_some_game() -> None:
    found: set[str] = set()
    for game in GAMES:
        for seed in range(3):
            data = record(wandered(game, seed))
            found |= {"teams"} if data["teams"] else set()
            found |= {"network"} if "Neighbours" in str(data["events"]) else set()
            for event in data["events"]:
                found |= {name for name in ("provable", "confidential", "fact") if name in event}
                found.add(event["kind"])
            for ply in data["plies"]:
                found |= {"private channel"} if ply["kind"] == "message" and ply["audience"] else set()
                found |= {act["act"] for act in ply["acts"]}
    wanted = {"teams", "role", "network", "provable", "confidential", "fact", "norm", "pay", "announce", "reveal"}
    assert wanted | {"private channel", "claim", "promise"} <= found


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("matrix_game", {"game": "prisoner"}, "no game 'prisoner'; there are prisoners_dilemma"),
        ("werewolf", {"wolves": 4}, "5 seats are too few"),
        ("deal_or_no_deal", {"books": 9}, "a pool has five to seven items"),
        ("deal_or_no_deal", {"hats": -1}, "a pool has five to seven items"),
        ("werewolf", {"wolves": -1}, "wolves is a number from 0, got -1"),
        ("matrix_game", {"turns": 0}, "turns is a number from 1, got 0"),
        ("fishery", {"months": 0}, "months is a number from 1, got 0"),
        ("alternating_offers", {"rounds": 0}, "rounds is a number from 1, got 0"),
        ("buyer_seller", {"rounds": 0}, "rounds is a number from 1, got 0"),
        ("public_goods", {"rounds": 0}, "rounds is a number from 1, got 0"),
        ("trust_network", {"rounds": -1}, "rounds is a number from 1, got -1"),
    ],
)
def test_impossible_parameters_are_refused_in_words(name: str, params: dict[str, Any], said: str) -> None:
    with pytest.raises(GameError, match=said):
        Match(BY_NAME[name], params)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_parameter_that_is_no_finite_number_is_refused(value: float) -> None:
    with pytest.raises(UsageError, match="parameter 'discount' takes a finite number"):
        Match(BY_NAME["alternating_offers"], {"discount": value})


def test_only_the_wolves_know_the_pack() -> None:
    match = Match(BY_NAME["werewolf"], seed=4, seats=7)
    pack = [seat for seat, role in match.roles.items() if role == "wolf"]
    assert len(pack) == 2
    for seat in match.seats:
        told = [event.value for event in match.turn(seat).events if event.kind == "tell" and event.value]
        assert any(f"{pack[0]}.role" in fact for fact in told) == (seat in pack)

"""Games that only judges can decide: nothing is paid, nothing is ranked, and what reads a match copes with that."""

from pathlib import Path

import pytest

import arena
from arena import library
from arena.agent import Reply
from arena.errors import GameError, UsageError
from arena.judging.runs.items import rules_of
from arena.library import Game, read_game
from arena.match import Match, seat_names
from arena.record import record, replay
from arena.scripted.study import study
from arena.turn import Turn
from tests.players import BY_NAME, GAMES, new_match, wander
from tests.shell import Shell
from tests.support import Does, Says, finished, legal, write_game

PANEL_GAMES = [game for game in GAMES if game.scoring == "panel"]
every_panel_game = pytest.mark.parametrize("game", PANEL_GAMES, ids=[game.name for game in PANEL_GAMES])
MARKED = 'SCORING = "panel"\nPANEL = ("who spoke best",)'
TALK = "await table.talk()"


class Mumbles:
    """Never gives a decision that can be read."""

    def act(self, turn: Turn) -> Reply:
        return legal(turn) if turn.ask.kind != "decide" else {"what": "?"}


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], here: Path) -> Shell:
    assert here.is_dir()
    return Shell(capsys)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ('SCORING = "panel"', "bad.py:2: SCORING = 'panel' needs PANEL"),
        ('PANEL = ("a",)', "bad.py:2: PANEL is for judges, and with SCORING = 'rank' there are none"),
        ('SCORING = "reward"\nPANEL = ("a",)', "bad.py:3: PANEL is for judges, and with SCORING = 'reward'"),
        ('SCORING = "panel"\nPANEL = ()', "bad.py:3: PANEL must be sentences in a tuple, one or more, got ()"),
        ('SCORING = "panel"\nPANEL: str = "one"', "bad.py:3: PANEL must be sentences in a tuple"),
        ('SCORING = "panel"\nPANEL = ("a", 2)', "bad.py:3: PANEL must be sentences in a tuple"),
        ('SCORING = "panel"\nPANEL = ("a", " ")', "bad.py:3: PANEL must be sentences in a tuple"),
        ('SCORING = "panel"\nPANEL = ("a", "a")', "bad.py:3: PANEL says the same twice"),
        ('SCORING = "panel"\nPANEL = ("a" + 1,)', "bad.py:3: PANEL must be a literal"),
    ],
)
def test_what_a_panel_looks_for_is_said_where_one_is_needed(tmp_path: Path, head: str, message: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(f"AGENTS = 2\n{head}\nasync def play(table): ...\n")
    with pytest.raises(UsageError) as caught:
        read_game(path, "user")
    assert message in str(caught.value)


@every_panel_game
def test_the_seats_read_what_the_panel_looks_for(game: Game) -> None:
    rules = Match(game).rules
    assert game.panel
    assert rules.endswith("\n".join(f"- {criterion}" for criterion in game.panel))


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (TALK + "\nreturn {agent: 1 for agent in table.agents}", "it pays nobody and returns nothing"),
        (TALK + "\nreturn {}", "play returned {}"),
        ('table.pay("player_0", 1)\n' + TALK, "play pays seats"),
    ],
)
def test_a_game_that_a_panel_ranks_pays_nobody(tmp_path: Path, body: str, message: str, *, trusted: bool) -> None:
    game = write_game(tmp_path, body, more=MARKED, trusted=trusted)
    with pytest.raises(GameError) as caught:
        finished(game)
    assert message in str(caught.value)


@pytest.mark.parametrize("trusted", [True, False])
def test_it_ends_unjudged_without_rewards_or_ranks(tmp_path: Path, *, trusted: bool) -> None:
    match = finished(write_game(tmp_path, TALK, more=MARKED, trusted=trusted))
    data = record(match)
    assert (data["rewards"], data["ranks"], data["outcome"]) == ({}, {}, "unjudged")
    assert record(replay(data, match.game)) == data


def test_who_forfeits_is_last_and_where_one_is_left_it_is_first() -> None:
    match = finished(BY_NAME["jury"], {"player_0": Mumbles()})
    data = record(match)
    assert (data["rewards"], data["ranks"], data["outcome"]) == ({}, {"player_0": 2, "player_1": 1}, "forfeit")
    both = record(finished(BY_NAME["jury"], {"player_0": Mumbles(), "player_1": Mumbles()}))
    assert (both["ranks"], both["outcome"]) == ({"player_0": 1, "player_1": 1}, "forfeit")


def test_where_two_are_left_there_is_still_something_to_judge() -> None:
    data = record(finished(BY_NAME["mediation"], {"player_2": Mumbles()}))
    assert list(data["forfeits"]) == ["player_2"]
    assert (data["ranks"], data["outcome"]) == ({}, "unjudged")


@every_panel_game
def test_every_scripted_character_plays_it(game: Game) -> None:
    for kind in library.characters_by_turn():
        data = arena.play(game, [kind] * game.least, seed=3)
        assert (data["outcome"], data["rewards"], data["forfeits"]) == ("unjudged", {}, {}), kind


@every_panel_game
def test_one_that_looks_ahead_plays_on_without_rewards(game: Game) -> None:
    assert arena.play(game, ["planner"] * game.least)["outcome"] == "unjudged"


@every_panel_game
def test_play_outs_teach_nothing_where_nothing_is_paid(game: Game) -> None:
    match = new_match(game, 0)
    assert not study(match.turn(match.waiting[0]).game).worths


def test_a_question_is_answered_by_announcement() -> None:
    asks = {"player_0": Says("", {"question": "weakness"}), "player_1": Says("", {"question": "object"})}
    plies = finished(BY_NAME["jury"], asks, seed=2).plies
    announced = [(ply.seat, ply.ask.key) for ply in plies if ply.ask.kind == "announce"]
    assert announced == [("player_1", "weakness"), ("player_0", "object")]


@pytest.mark.parametrize(("signs", "ended"), [("sign", "Both have signed: 40 coins"), ("refuse", "They part without")])
def test_a_settlement_needs_both(signs: str, ended: str) -> None:
    def party(turn: Turn) -> Reply:
        return {"signature": signs} if turn.ask.key == "signature" else legal(turn)

    def mediator(turn: Turn) -> Reply:
        return {"coins": 40} if turn.ask.key == "coins" else legal(turn)

    agents = {"player_0": Does(party), "player_1": Does(party), "player_2": Does(mediator)}
    match = finished(BY_NAME["mediation"], agents)
    assert any(event.text.startswith(ended) for event in match.events)
    assert sum(ply.ask.key == "coins" for ply in match.plies) == (1 if signs == "sign" else 2)


def test_goals_are_reached_by_what_the_guests_do() -> None:
    def guest(turn: Turn) -> Reply:
        fixed = {"invite": "player_0", "toast": "school", "guess": "debt"}
        return {turn.ask.key: fixed[turn.ask.key]} if turn.ask.key in fixed else legal(turn)

    found: dict[tuple[str, bool], set[str]] = {}
    for seed in range(40):
        match = finished(BY_NAME["salon"], dict.fromkeys(seat_names(3), Does(guest)), seed=seed)
        facts = match.facts
        for place, seat in enumerate(match.seats):
            after = match.seats[(place + 1) % 3]
            expected = {
                "invitation": seat == "player_0",
                "cause": facts[f"{seat}.cause"] == "school",
                "secret": facts[f"{seat}.secret"] != "debt",
                "gossip": facts[f"{after}.secret"] == "debt",
                "couple": False,
            }
            goal = facts[f"{seat}.goal"]
            text = f"{seat}, who came for the goal {goal}, {'has' if expected[goal] else 'has not'} reached it."
            assert any(event.text == text for event in match.events)
            found.setdefault((goal, expected[goal]), set()).add(seat)
    assert len(found) >= 7


def test_in_a_stroll_nobody_else_hears() -> None:
    for seats, talks in ((3, 6), (4, 12)):
        match = wander(Match(BY_NAME["salon"], seed=1, seats=seats))
        private = [ply.ask.to for ply in match.plies if ply.ask.kind == "message" and ply.ask.to is not None]
        assert len(private) == talks
        assert all(len(to) == 1 for to in private)


def test_the_command_line_says_that_a_panel_is_awaited(shell: Shell) -> None:
    assert "outcome: unjudged: a panel has yet to rank the seats" in shell("play", "jury", "honest", "liar").out
    (row,) = shell("matches", "--json").data
    assert (row["rewards"], row["ranks"], row["outcome"]) == ([], [], "unjudged")
    assert "the same in all" in shell("replay", row["id"]).out
    listed = {game["name"]: game.get("panel") for game in shell("games", "list", "--json").data}
    assert listed["jury"] == list(BY_NAME["jury"].panel)
    assert listed["ultimatum"] is None


def test_a_new_game_for_a_panel_works(shell: Shell) -> None:
    shell("games", "new", "room", "--panel")
    assert "unjudged" in shell("play", "./games/room.py", "honest", "silent", "--no-store").out


def test_judges_read_the_rules_of_a_game_that_is_gone_as_its_seats_did(tmp_path: Path) -> None:
    game = write_game(tmp_path, TALK, name="gone", doc="Talk for {size} minutes.", more=MARKED, trusted=False)
    match = finished(game)
    assert rules_of(record(match), game.source) == match.rules
    assert match.rules.endswith("It looks for this:\n- who spoke best")

"""How acts are offered to a model, in every wording and every game: what is put can be read back, and what is shown can
be written."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from arena.acts import KINDS, read_act
from arena.chat.prompt import LEFT_OUT, WORDINGS, Chat, examples, fingerprint
from arena.drive import play_plain
from arena.game import Number
from arena.library import games
from arena.match import Match
from arena.parse import parse_message, read_object
from arena.serving.reader import read_turn
from arena.turn import Turn, Vocabulary
from tests.players import Wanderer
from tests.support import write_game

GAMES = list(games())


class Through:
    """An agent that plays from nothing but what its chat says, as a scripted character behind an endpoint does."""

    def __init__(self, agent: Any, wording: str) -> None:
        self.agent = agent
        self.chat = Chat(wording=wording)
        self.shown: list[str] = []

    def act(self, turn: Turn) -> str:
        messages = json.loads(json.dumps(self.chat.ask(turn)))
        read = read_turn(messages, turn.key)
        assert list(read.events) == list(turn.events)
        assert (read.ask.kind, read.ask.key, read.ask.spec.data()) == (
            turn.ask.kind,
            turn.ask.key,
            turn.ask.spec.data(),
        )
        assert (list(read.acts.claim), list(read.acts.promise)) == (list(turn.acts.claim), list(turn.acts.promise))
        self.shown += [examples(turn)] * (
            messages[-1]["content"].count("\nFor example") + messages[-1]["content"].startswith("For example")
        )
        reply = json.dumps(self.agent.act(read), ensure_ascii=False)
        text = f"I might say {{}}, but:\n{reply}"
        self.chat.answered(text)
        return text


@pytest.mark.parametrize("name", GAMES)
def test_every_game_without_acts_is_played_through_its_chat(name: str) -> None:
    match = Match(games()[name], seed=1, acts="off")
    play_plain(match, {seat: Through(Wanderer(), "plain") for seat in match.seats})
    assert match.done


@pytest.mark.parametrize("wording", list(WORDINGS))
@pytest.mark.parametrize("name", GAMES)
def test_every_game_is_played_through_every_wording(name: str, wording: str) -> None:
    for seed in range(2):
        match = Match(games()[name], seed=seed)
        agents = {seat: Through(Wanderer(), wording) for seat in match.seats}
        play_plain(match, agents)
        assert match.done
        assert not match.forfeits
        assert not any(match.act_errors.values())
        assert sum(len(ply.attempts) for ply in match.plies) == 0
        shown = [line for agent in agents.values() for line in agent.shown]
        spoken = [ply for ply in match.plies if ply.ask.kind == "message"]
        assert bool(shown) == (wording == "examples" and bool(spoken))


@pytest.mark.parametrize("name", GAMES)
def test_what_is_shown_as_an_example_can_be_written(name: str) -> None:
    class Shown:
        """Answers every message with the example itself."""

        def act(self, turn: Turn) -> Any:
            if turn.ask.kind != "message" or not turn.acts.claim:
                return Wanderer().act(turn)
            line = examples(turn)
            assert "\n" not in line
            assert line == examples(turn)
            _, raw = parse_message(turn.ask.spec, line)
            read = [read_act(act, turn.seat, turn.acts) for act in raw]
            kinds.update(act["act"] for act in read)
            return line

    kinds: set[str] = set()
    match = Match(games()[name], seed=1)
    play_plain(match, dict.fromkeys(match.seats, Shown()))
    assert not match.forfeits
    assert not any(match.act_errors.values())
    assert kinds <= {"claim", "promise"}
    assert kinds or not any(ply.ask.kind == "message" for ply in match.plies)


@pytest.mark.parametrize("wording", list(WORDINGS))
def test_every_kind_of_act_is_explained_in_a_form_that_is_read(wording: str) -> None:
    text = WORDINGS[wording].acts
    written = (
        text.replace('"player_0.KEY"', '"player_1.offer"')
        .replace('"KEY"', '"offer"')
        .replace("{…}", '{"player_1.offer": 50}')
    )
    words = Vocabulary({"offer": Number(0, 100)}, {"offer": Number(0, 100)}, ("player_0", "player_1"))
    found: list[str] = []
    for form in re.findall(
        r'\{"(?:claim|promise|threat|disclose|release)".*?(?:\}\}|[a-z]"\})',
        written.replace("VALUE", "50").replace('}, "if"', '§ "if"'),
    ):
        act = read_object(form.replace("§", "},"))
        assert act is not None
        found.append(read_act(act, "player_0", words)["act"])
    assert sorted(set(found)) == sorted(KINDS)
    assert found.count("promise") == 2
    for operator in ("=", "!=", ">=", "<=", "in", "not in"):
        assert operator in text


def test_wordings_differ_in_what_they_explain_and_in_nothing_else() -> None:
    first: dict[str, str] = {}
    for wording in WORDINGS:
        match = Match(games()["ultimatum"], seed=4)
        messages = Chat(wording=wording).ask(match.turn("player_0"))
        first[wording] = "\n".join(message["content"] for message in messages)
        assert first[wording].count("Can be claimed: ") == 1
        assert first[wording].splitlines()[-2].startswith("[speak about")
    assert len(set(first.values())) == len(WORDINGS) >= 3
    assert len(first["terse"]) < len(first["plain"]) < len(first["examples"])
    assert len(fingerprint()) == 16


# A chat that has become too long.


class Talks:
    """Says a lot, and keeps its chat."""

    def __init__(self) -> None:
        self.chat = Chat()

    def act(self, turn: Turn) -> str:
        self.chat.ask(turn)
        reply = json.dumps({"say": "y" * 300})
        self.chat.answered(reply)
        return reply


def long_chat(folder: Path, turns: int) -> Chat:
    """The chat of one seat up to the last of so many asks."""
    talk = f'await table.talk(*table.agents, rounds={turns}, about={{"price": Number(0, 9)}})'
    talk += "\nreturn dict.fromkeys(table.agents, 0)"
    match = Match(write_game(folder, talk), seed=4)
    agents = {seat: Talks() for seat in match.seats}
    play_plain(match, agents)
    chat = agents["player_0"].chat
    chat.messages.pop()
    return chat


def test_the_oldest_middle_goes_first_and_the_end_stays(tmp_path: Path) -> None:
    chat = long_chat(tmp_path, 6)
    before = list(chat.messages)
    assert len(before) >= 8
    assert chat.shorten()
    after = chat.messages
    assert after[:3] == before[:3]
    assert after[-1] == before[-1] or after[-1]["content"].endswith(before[-1]["content"])
    assert len(after) < len(before)
    assert [message["role"] for message in after] == [
        "system",
        *["user", "assistant"] * ((len(after) - 2) // 2),
        "user",
    ]
    assert after[3]["content"].startswith(LEFT_OUT)
    assert WORDINGS["plain"].acts in after[3]["content"]


def test_a_chat_of_one_turn_cannot_be_shortened(tmp_path: Path) -> None:
    chat = long_chat(tmp_path, 2)
    before = list(chat.messages)
    assert not chat.shorten()
    assert chat.messages == before


def test_shortening_ends(tmp_path: Path) -> None:
    chat = long_chat(tmp_path, 8)
    steps = 0
    while chat.shorten():
        steps += 1
        assert steps < 20
    assert [message["role"] for message in chat.messages] == ["system", "user", "assistant", "user"]

"""Agents over a model: what they send, which of several answers they give, and what a model does wrong."""

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

import arena
from arena.chat.choosing import action_of, elect, grades
from arena.cups.cup import flag_cup
from arena.cups.entrants import entrant
from arena.errors import InvalidAction, UsageError
from arena.game import Allocation, Choice, Number, Ranking
from arena.library import game, make_agent
from arena.llm import Answer
from arena.match import Match
from arena.record import replay
from arena.serving.endpoint import local_endpoint
from arena.store import open_store
from arena.turn import Turn
from tests.endpoints import Reply, said, server

ANY = json.dumps({"say": "Hello.", "offer": 40, "fallback": "decline", "answer": "accept"})
Answers = Callable[[dict[str, Any]], Reply]


def play(base_url: str, kind: str = "llm", **options: Any) -> dict[str, Any]:
    """An ultimatum between an agent over a model and somebody who is silent."""
    agent = entrant("model", kind, {"model": "m", "base_url": base_url, **options})
    return arena.play("ultimatum", [agent, "silent"])


def numbered(*answers: str) -> Answers:
    """The answers in turn, whoever asks."""
    lock = threading.Lock()
    given = iter(range(10**6))

    def answer(_body: dict[str, Any]) -> Reply:
        with lock:
            return 200, said(answers[next(given) % len(answers)])

    return answer


def last_ask(body: dict[str, Any]) -> str:
    return body["messages"][-1]["content"]


def actions(record: dict[str, Any], key: str) -> list[Any]:
    return [
        ply["action"]
        for ply in record["plies"]
        if (ply["kind"], ply["key"]) == ("decide", key) and ply["seat"] == "player_0"
    ]


# Several answers, one of which is given.


def test_the_commonest_action_is_given_however_it_was_put() -> None:
    def answer(body: dict[str, Any]) -> Reply:
        if "[decide" not in last_ask(body):
            return 200, said(ANY)
        seen.append(1)
        return 200, said(
            ('{"offer": 10}', "offer: 40", '{"offer": "40"}', "no idea", "I think {} of 40 is fair")[len(seen) - 1]
        )

    seen: list[int] = []
    with server(answer) as asked:
        record = play(asked.base_url, "vote", samples=5)
    assert actions(record, "offer") == [40]
    assert record["outcome"] == "finished"
    assert (
        record["usage"]["model"]["calls"]
        == len(asked.bodies)
        == 5 * sum(ply["seat"] == "player_0" for ply in record["plies"])
    )


def turn_of(spec: Any, kind: str = "decide") -> Turn:
    match = Match(game("ultimatum"))
    turn = match.turn("player_0")
    turn.ask = turn.ask._replace(kind=kind, key="x", spec=spec)
    return turn


SPECS = [Number(0, 9), Choice("yes", "no", "maybe"), Ranking("a", "b", "c"), Allocation({"hats": 2, "balls": 2})]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("kind", ["decide", "announce"])
def test_the_same_action_counts_as_one_in_any_order_and_spelling(spec: Any, kind: str) -> None:
    rng = Random(f"{spec.data()} {kind}")
    turn = turn_of(spec, kind)
    for _ in range(60):
        values = [spec.sample(rng) for _ in range(3)]
        picks = [rng.choice(values) for _ in range(7)]
        answers = [Answer(spelled(value, rng)) for value in picks]
        won = action_of(turn, elect(turn, answers).text)
        counts = [picks.count(value) for value in picks]
        best = {json.dumps(value, sort_keys=True) for value, n in zip(picks, counts, strict=True) if n == max(counts)}
        assert won is not None
        assert json.dumps(json.loads(won), sort_keys=True) in best
        rng.shuffle(answers)
        if len(best) == 1:
            assert action_of(turn, elect(turn, answers).text) == won
        else:
            assert won in {action_of(turn, elect(turn, answers[n:] + answers[:n]).text) for n in range(len(answers))}


def spelled(value: Any, rng: Random) -> str:
    """One of many ways to say the same."""
    if isinstance(value, dict):
        parts = cast("dict[str, int]", value)
        value = {part: parts[part] for part in rng.sample(list(parts), len(parts))}
    text = json.dumps({"x": value})
    return rng.choice([text, f"I thought of {{}} first.\n{text}", json.dumps({"why": "so", "x": value}, indent=2)])


def test_messages_are_the_same_by_their_acts_and_not_by_their_words() -> None:
    match = Match(game("ultimatum"))
    turn = match.turn("player_0")
    assert turn.ask.kind == "message"
    promise = {"promise": {"offer": {">=": 50}}}
    claim = {"claim": {"answer": "accept"}}
    texts = [
        json.dumps({"say": "One.", "acts": [promise, claim]}),
        json.dumps({"say": "Two.", "acts": [claim, {"promise": {"player_0.offer": {">=": 50}}}, {"lie": 1}]}),
        json.dumps({"say": "Three.", "acts": []}),
        "Four.",
        json.dumps({"say": ""}),
    ]
    read = [action_of(turn, text) for text in texts]
    assert read[0] == read[1] != read[2] == read[3] != read[4]
    assert elect(turn, [Answer(text) for text in (*texts, "Five.")]).text == texts[2]
    assert elect(turn, [Answer("x", fault="length"), Answer("", fault="empty"), Answer(texts[4])]).text == texts[4]


def test_a_vote_in_which_nobody_can_be_read_is_the_agents_mistake() -> None:
    with server(lambda _body: (200, said("", "content_filter"))) as asked:
        record = play(asked.base_url, "vote", samples=3)
    assert list(record["forfeits"]) == ["player_0"]
    assert "withheld by a filter" in record["forfeits"]["player_0"]
    assert len(asked.bodies) == 9


def test_samples_of_a_seeded_agent_differ_and_are_the_same_again() -> None:
    with server(lambda _body: (200, said(ANY))) as asked:
        play(asked.base_url, "vote", samples=3, seeded=True)
        first, asked.bodies[:] = list(asked.bodies), []
        play(asked.base_url, "vote", samples=3, seeded=True)
    seeds = [body["seed"] for body in first]
    assert len(set(seeds)) == len(seeds) > 3
    assert sorted(seeds) == sorted(body["seed"] for body in asked.bodies)


def test_the_highest_grade_is_given_and_same_answers_are_graded_once() -> None:
    offers = numbered('{"offer": 10}', '{"offer": 40}', "offer: 10")

    def answer(body: dict[str, Any]) -> Reply:
        text = last_ask(body)
        if "[aside ask]" in text:
            judged.append((body["model"], text))
            grade = [
                8.5 if "40" in line else 3 for line in text.splitlines() if line.strip()[:3] in ("1: ", "2: ", "3: ")
            ]
            return 200, said(f'So: {{"grades": {grade}}}')
        return offers(body) if "[decide" in text else (200, said(ANY))

    judged: list[tuple[str, str]] = []
    with server(answer) as asked:
        record = play(asked.base_url, "rerank", samples=3, scorer="wise", scorer_base_url=asked.base_url)
    assert actions(record, "offer") == [40]
    assert [model for model, _ in judged] == ["wise"]
    assert '2: "' in judged[0][1]
    assert '3: "' not in judged[0][1]
    assert record["usage"]["model"]["calls"] == len(asked.bodies)
    assert "grades" not in json.dumps(record["events"])


@pytest.mark.parametrize(
    "says", [(200, said("both are fine")), (200, said("")), (400, {"error": {"code": "context_length_exceeded"}})]
)
def test_a_scorer_that_gives_no_grades_is_counted_and_the_first_is_given(says: Reply, tmp_path: Path) -> None:
    offers = numbered('{"offer": 10}', '{"offer": 40}')

    def answer(body: dict[str, Any]) -> Reply:
        text = last_ask(body)
        if "[aside ask]" in text:
            return says
        return offers(body) if "[decide" in text else (200, said(ANY))

    with server(answer) as asked:
        agent = entrant("model", "rerank", {"model": "m", "base_url": asked.base_url, "samples": 2})
        with open_store(str(tmp_path / "a.db")) as store:
            record = arena.play("ultimatum", [agent, "silent"], store=store)
    assert record["outcome"] == "finished"
    assert actions(record, "offer")[0] in (10, 40)
    assert record["usage"]["model"]["faults"]["scorer"] == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"grades": [1, 2.5]}', [1.0, 2.5]),
        ('{"grades": [1, 2]} no: {"grades": [0, 10]}', [0.0, 10.0]),
        ('{"grades": [1]}', None),
        ('{"grades": [1, 11]}', None),
        ('{"grades": [1, true]}', None),
        ('{"grades": [1, NaN]}', None),
        ('{"grades": [1, 2], "grades": [2, 1]}', None),
        ('{"grades": "1, 2"}', None),
        ("[1, 2]", None),
        ("", None),
    ],
)
def test_grades_are_one_number_a_candidate(text: str, found: list[float] | None) -> None:
    assert grades(text, 2) == found


@pytest.mark.parametrize(("kind", "samples"), [("vote", 0), ("rerank", 1)])
def test_too_few_samples_are_refused(kind: str, samples: int) -> None:
    with pytest.raises(UsageError, match=f"{kind}: samples"):
        make_agent(kind, {"model": "m", "base_url": "http://127.0.0.1:1/v1", "samples": samples})


@pytest.mark.parametrize("kind", ["vote", "rerank"])
def test_they_play_whole_matches_over_the_scripted_endpoint(kind: str) -> None:
    with local_endpoint() as url:
        agents = [entrant(name, kind, {"model": f"scripted/{name}", "base_url": url}) for name in ("honest", "liar")]
        record = arena.play("ultimatum", agents, seed=3)
        again = arena.play("ultimatum", agents, seed=3)
    assert record["outcome"] == "finished"
    assert [ply["reply"] for ply in record["plies"]] == [ply["reply"] for ply in again["plies"]]


def test_a_scripted_scorer_picks_what_the_character_would_do() -> None:
    with local_endpoint() as url:
        options = {"model": "scripted/honest@0.4", "base_url": url, "samples": 8}
        options |= {"scorer": "scripted/honest", "scorer_base_url": url}
        played = arena.play("ultimatum", [entrant("noisy", "rerank", options), "silent"], seed=3)
        plain = arena.play(
            "ultimatum", [entrant("plain", "llm", {"model": "scripted/honest", "base_url": url}), "silent"], seed=3
        )
    usage = played["usage"]["noisy"]
    replies = [ply for ply in played["plies"] if ply["seat"] == "player_0"]
    assert "scorer" not in usage["faults"]
    assert usage["calls"] > 8 * len(replies)
    assert played["rewards"] == plain["rewards"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["vote", "rerank"])
def test_several_answers_of_a_noisy_model_are_rated_above_the_model_alone(kind: str, tmp_path: Path) -> None:
    noisy = "scripted/honest@0.4"
    several = f"{kind}:{noisy}"
    with local_endpoint() as url:
        cup = flag_cup([noisy, several], ["deal_or_no_deal"], deals=40, base_url=url)
        outcome = arena.run(cup, str(tmp_path / "a.db"))
    assert outcome.void == 0
    rows = {row["agent"]: row for row in arena.board("deal_or_no_deal", str(tmp_path / "a.db")).rows}
    assert rows[several]["low"] > rows[noisy]["high"]
    assert rows[several]["reward"] > rows[noisy]["reward"]


# What a model does wrong.


FAULTS: list[tuple[dict[str, Any], str]] = [
    (said(""), "empty"),
    (said("   "), "empty"),
    (said(None), "empty"),
    (said("<think>what now</think>"), "empty"),
    (said(None, refusal="I would rather not."), "refusal"),
    (said("", "content_filter"), "withheld by a filter"),
    (said('{"say": "A long sto', "length"), "cut off before its end; answer again, and shorter"),
    (said(ANY, "length"), "cut off before its end; answer again, and shorter"),
    (said(None, "tool_calls", tool_calls=[{"id": "1", "function": {"name": "f", "arguments": "{"}}]), "calls a tool"),
]


@pytest.mark.parametrize(("body", "told"), FAULTS)
def test_no_answer_is_the_agents_mistake_even_where_silence_would_pass(body: dict[str, Any], told: str) -> None:
    first = threading.Event()

    def answer(_body: dict[str, Any]) -> Reply:
        if first.is_set():
            return 200, said(ANY)
        first.set()
        return 200, body

    with server(answer) as asked:
        record = play(asked.base_url)
    assert record["outcome"] == "finished"
    (attempt,) = record["plies"][0]["attempts"]
    assert record["plies"][0]["kind"] == "message"
    assert (attempt["kind"], told in attempt["error"]) == ("invalid", True)
    assert attempt["reply"] == (body["choices"][0]["message"]["content"] or "").partition("<think>")[0]
    assert f"[error] {attempt['error']}" in asked.bodies[1]["messages"][-1]["content"]
    assert replay(record).rewards == record["rewards"]


@pytest.mark.parametrize("text", ["a \ud800 b", "nul \x00", "x" * 3_900, "\u202e\r\n\u2028"])
def test_strange_texts_are_said_and_sent_on(text: str) -> None:
    values = {"say": text, "offer": 40, "fallback": "decline"}
    with server(lambda _body: (200, said(json.dumps(values)))) as asked:
        record = play(asked.base_url)
    assert record["outcome"] == "finished"
    spoken = [event["text"] for event in record["events"] if event["kind"] == "say"]
    assert spoken
    assert all(one.encode() for one in spoken)
    assert json.loads(asked.bodies[-1]["messages"][2]["content"])["offer"] == 40


@pytest.mark.parametrize("length", [4_001, 300_000])
def test_a_reply_that_is_far_too_long_does_not_fill_the_chat(length: int) -> None:
    with server(lambda _body: (200, said(json.dumps({"say": "x" * length})))) as asked:
        record = play(asked.base_url)
    assert list(record["forfeits"]) == ["player_0"]
    assert len(asked.raw[-1]) < 50_000
    assert "characters; at most" in record["forfeits"]["player_0"]


def test_an_agent_of_anybody_may_say_that_it_has_no_answer() -> None:
    class Tired:
        def act(self, turn: Turn) -> str:
            raise InvalidAction(f"too tired to {turn.ask.kind}", reply="zzz")

    record = arena.play("ultimatum", ["silent", Tired()])
    assert record["forfeits"] == {"player_1": "invalid reply 3 times: too tired to message"}
    assert [attempt["reply"] for ply in record["plies"] for attempt in ply["attempts"]] == ["zzz"] * 3


def test_simultaneous_mistakes_are_each_told_to_their_seat() -> None:
    class Once:
        def __init__(self, name: str) -> None:
            self.name = name

        async def act(self, turn: Turn) -> Any:
            await asyncio.sleep(0)
            if not turn.attempt:
                raise InvalidAction(f"not {self.name}")
            return {turn.ask.key: turn.ask.spec.sample(turn.rng)}

    record = arena.play("matrix_game", [Once("me"), Once("you")], params={"turns": 1, "talk_rounds": 0})
    assert record["outcome"] == "finished"
    told = [[attempt["error"] for attempt in ply["attempts"]] for ply in record["plies"] if ply["kind"] == "decide"]
    assert told == [["not me"], ["not you"]]

"""What is kept of a call: its key, what was sent without saying it twice, what it took, and stores that knew less."""

import asyncio
import json
import logging
import os
import random
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from arena.calling.budget import Spent
from arena.calling.place import Call, Kept, Key, Paused, call
from arena.calling.providers import Endpoint
from arena.calling.reading import Answer
from arena.calling.sent import Thread, body, text_hash, wire_text
from arena.errors import AgentError
from arena.identity import digest
from arena.judge import Evidence, Verdict
from arena.judging.judgement import Judgement
from arena.llm import complete
from arena.storage import schema
from arena.storage.health import check
from arena.storage.rows import pack
from arena.store import Store, open_store
from tests.misbehaving import Visit, always, at_first, misbehaving, said
from tests.stores import KEY, opened

HELLO = [{"role": "user", "content": "hello"}]
Body = dict[str, Any]


def message(role: str, text: Any, **more: Any) -> Body:
    return {"role": role, "content": text, **more}


FIRSTS = ["rules é \ud800", "rules é \u27e6\n" * 200, "rules \ud800" * 200]
"""A text that is kept where it stands, one that may be kept once for many, one that no database takes."""


def requests(first: str = FIRSTS[0]) -> list[Body]:
    """Chats that grow, are cut, changed in the middle and begun anew, under options that change."""
    rng = random.Random(7)
    chat: list[Body] = [message("system", first)]
    found: list[Body] = []
    for number in range(120):
        match rng.randrange(6):
            case 0:
                del chat[rng.randrange(1, len(chat) + 1) :]
            case 1:
                chat[rng.randrange(len(chat))] = message("user", f"changed {number}")
            case 2:
                chat.append({"content": "the other way round", "role": "user"})
            case 3:
                chat.append(message("assistant", None, tool_calls=[{"id": str(number)}]))
            case _:
                chat += [message("user", f"turn {number}"), message("assistant", f"reply {number}")]
        options = rng.choice([{}, {"temperature": 0.5}, {"max_tokens": 5, "seed": number}, {"a": 1, "z": [1]}])
        found.append({"model": "m", "messages": [dict(each) for each in chat], **options})
    return found


@pytest.mark.parametrize("first", FIRSTS)
def test_the_hash_of_a_request_is_that_of_its_canonical_json_however_one_came_there(first: str) -> None:
    thread = Thread()
    rng = random.Random(3)
    for each in requests(first):
        request = thread.next(each)
        assert request.digest == digest(each).hex()[:32] == Thread().next(each).digest
        if rng.random() < 0.8:
            thread.answered(request)


def test_a_message_that_was_changed_in_place_is_another_one() -> None:
    thread = Thread()
    chat = [message("user", "one"), message("user", "two")]
    first = thread.next({"model": "m", "messages": chat})
    thread.answered(first)
    chat[0]["content"] = "three"
    assert thread.next({"model": "m", "messages": chat}).digest != first.digest


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("first", FIRSTS)
def test_what_was_sent_is_put_together_again(first: str, *, apart: bool) -> None:
    thread = Thread()
    bodies: dict[str | None, Body] = {}
    texts: dict[str, str] = {}
    for each in requests(first):
        request = thread.next(each)
        kept = json.loads(request.to_json(apart=apart))
        if request.first:
            texts[text_hash(request.first)] = request.first
        assert ("first" in kept) == (apart and bool(request.first))
        before: list[Any] = [] if kept["after"] is None else bodies[kept["after"]]["messages"]
        bodies[request.digest] = body(kept, before, texts)
        # Order and all: it goes over the wire as it stands here.
        assert json.dumps(bodies[request.digest]) == json.dumps(each)
        thread.answered(request)


@pytest.mark.parametrize("first", FIRSTS)
def test_what_goes_over_the_wire_is_the_json_of_the_request(first: str) -> None:
    for each in requests(first):
        assert wire_text(each) == json.dumps(each, ensure_ascii=False, separators=(",", ":"))
    with pytest.raises(ValueError, match="Out of range float"):
        wire_text({"messages": [message("user", "hi", weight=float("nan"))]})


def test_a_text_that_many_calls_begin_with_is_kept_once(tmp_path: Path) -> None:
    rules = "Rules \u27e6\n" * 200

    async def ask(base_url: str, match: str, **more: Any) -> None:
        call.set(Call(store.journal, match, "m", 0, 0, **more))
        for word in ("one", "two"):
            await complete(Endpoint(base_url, None, "m"), [message("system", rules), message("user", word)])

    with misbehaving(always(said("hi"))) as asked, open_store(str(tmp_path / "a.db")) as store:
        for match in ("m1", "m2"):
            asyncio.run(ask(asked.base_url, match, alike=True))
        asyncio.run(ask(asked.base_url, "m3"))
        with store.reading() as connection:
            kept = connection.execute(sa.select(schema.texts.c.text)).scalars().all()
            where = schema.journal.c.match != "m3"
            longest = max(map(len, connection.execute(sa.select(schema.journal.c.request).where(where)).scalars()))
        sent = [json.dumps(each.body) for match in ("m1", "m2", "m3") for each in store.sent(match)]
    assert kept == [rules]
    assert longest < len(rules)
    assert sent == [json.dumps(visit.body) for visit in asked.visits]


def test_what_is_kept_grows_with_the_chat_and_not_with_its_square() -> None:
    thread = Thread()
    chat = [message("system", "x" * 1000)]
    sizes: list[int] = []
    for number in range(200):
        chat += [message("user", f"{number} " + "y" * 200), message("assistant", "z" * 100)]
        request = thread.next({"model": "m", "messages": chat})
        sizes.append(len(request.to_json()))
        thread.answered(request)
    assert max(sizes[1:]) < 700


# In the store.


USUAL = Kept(1, "a", "m", None, 10, 2, 0.5, 1)


def spend(store: Store, number: int, kept: Kept = USUAL) -> None:
    key: Key = ("m1", "player_0", number, 0, f"hash{number}", 0)
    store.journal.put(key, Answer("x").to_json(), kept)


def test_what_was_spent_is_summed_over_a_tournament(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, _):
        assert store.spent(1) == Spent()
        spend(store, 0)
        spend(store, 1, replace(USUAL, calls=3, prompt_tokens=None))
        spend(store, 2, replace(USUAL, tournament=2))
        store.journal.put(KEY, '"typed by a person"')
        assert store.spent(1) == Spent(4, 10, 4, 1.0)
        spend(store, 3, replace(USUAL, cost_usd=None))
        assert store.spent(1) == Spent(5, 20, 6, 1.0, unknown=1)


def test_a_page_knows_what_was_there_when_it_was_opened(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as (store, _):
        before = store.journal.of("m1")
        asyncio.run(before.keep(KEY, '"x"'))
        assert before.get(KEY) is None
        assert store.journal.of("m1").get(KEY) == store.journal.get(KEY) == '"x"'
        assert store.journal.of("m2").get(KEY) is None


def older(path: Path) -> None:
    """A store of version 1 with an answer in it."""
    with opened(path) as (store, _), store.writing() as connection:
        for table in ("journal", "judgements", "canaries", "texts"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("CREATE TABLE verdicts (number INTEGER PRIMARY KEY, verdict TEXT NOT NULL)")
        connection.exec_driver_sql(
            "CREATE TABLE journal (match TEXT NOT NULL, seat TEXT NOT NULL, ply INTEGER NOT NULL, "
            "attempt INTEGER NOT NULL, prompt_hash TEXT NOT NULL, occurrence INTEGER NOT NULL, answer TEXT NOT NULL, "
            "PRIMARY KEY (match, seat, ply, attempt, prompt_hash, occurrence))"
        )
        connection.execute(
            sa.text("INSERT INTO journal VALUES ('m1', 'player_0', 0, 0, :hash, 0, :answer)"),
            {"hash": digest({"model": "m", "messages": HELLO}).hex()[:32], "answer": json.dumps({"text": "kept"})},
        )
        connection.execute(sa.update(schema.meta).where(schema.meta.c.key == "schema_version").values(value="1"))


def test_an_older_store_is_brought_forward_and_its_answers_count(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.db"
    older(path)
    with caplog.at_level(logging.WARNING), open_store(str(path)) as store:
        assert "brought from schema version 1 to 4" in caplog.text
        spend(store, 1)
        assert store.spent(1) == Spent(1, 10, 2, 0.5)
        assert store.sent("m1") == []
        call.set(Call(store.journal.of("m1"), "m1", "player_0", 0, 0))
        answer = asyncio.run(complete(Endpoint("http://127.0.0.1:1/v1", None, "m"), HELLO, deadline=1))
        assert answer.text == "kept"
    caplog.clear()
    with open_store(str(path)) as store:
        assert store.spent(1).calls == 1
    assert not caplog.text
    with open_store(str(tmp_path / "new.db")) as new, open_store(str(path)) as was:
        assert columns(was) == columns(new)
    assert check(str(path)).ok


def columns(store: Store) -> list[Any]:
    with store.reading() as connection:
        looked = sa.inspect(connection)
        return [
            (
                table,
                [(column["name"], str(column["type"])) for column in looked.get_columns(table)],
                sorted(index["column_names"] for index in looked.get_indexes(table)),
            )
            for table in sorted(looked.get_table_names())
        ]


def test_an_older_store_that_may_not_be_written_is_read_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    older(path)

    def access(_path: Any, mode: int) -> bool:
        return mode != os.W_OK

    monkeypatch.setattr(os, "access", access)
    with open_store(str(path)) as store:
        assert store.version == 1
        assert (store.sent("m1"), store.spent(1)) == ([], Spent())
        key: Key = ("m1", "player_0", 0, 0, digest({"model": "m", "messages": HELLO}).hex()[:32], 0)
        assert store.journal.of("m1").get(key)
    assert check(str(path)).facts["schema"] == 1


def test_two_processes_may_bring_a_store_forward_at_once(tmp_path: Path) -> None:
    older(tmp_path / "a.db")
    versions: list[int] = []

    def look() -> None:
        with open_store(str(tmp_path / "a.db")) as store:
            versions.append(store.version)
            store.spent(1)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert versions == [schema.VERSION] * 4


# Around the call.


class Meter:
    """Counts, and stops after so many requests."""

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.log: list[Any] = []

    def before(self, where: Endpoint, body: Mapping[str, Any]) -> int:
        if self.log.count("before") == self.most:
            raise Paused
        assert body["messages"] == HELLO
        assert where.model == "m"
        self.log.append("before")
        return len(self.log)

    def after(self, ticket: int, answer: Answer | None) -> None:
        assert ticket
        self.log.append(answer and answer.text)

    async def wait(self, seconds: float) -> None:
        self.log.append("wait")
        assert seconds > 0
        await asyncio.sleep(0)


async def metered(base_url: str, here: Call) -> Answer:
    call.set(here)
    return await complete(Endpoint(base_url, None, "m"), HELLO, deadline=5)


def test_every_request_is_counted_and_every_answer(tmp_path: Path) -> None:
    meter = Meter()
    with misbehaving(at_first(always(b"", 500))) as asked, open_store(str(tmp_path / "a.db")) as store:
        here = Call(store.journal, "m1", "player_0", 0, 0, agent="a", tournament=3, meter=meter)
        answer = asyncio.run(metered(asked.base_url, here))
        assert meter.log == ["before", None, "wait", "before", "hi"]
        assert answer.calls == 2
        assert (spent := store.spent(3)).calls == 2
        assert (spent.prompt_tokens, spent.completion_tokens) == (7, 3)
        sent = store.sent("m1")[0]
        assert (sent.agent, sent.body, sent.answer) == ("a", {"model": "m", "messages": HELLO}, answer)
        again = Call(store.journal, "m1", "player_0", 0, 0, meter=meter)
        assert asyncio.run(metered("http://127.0.0.1:1/v1", again)) == answer
    assert meter.log.count("before") == 2


def test_a_run_that_stops_pauses_before_the_next_request(tmp_path: Path) -> None:
    with misbehaving(always(b"", 500)) as asked, open_store(str(tmp_path / "a.db")) as store:
        here = Call(store.journal, "m1", "player_0", 0, 0, meter=Meter(most=2))
        with pytest.raises(Paused) as paused:
            asyncio.run(metered(asked.base_url, here))
        assert here.failed is paused.value
        assert store.spent(0) == Spent()
    assert len(asked.visits) == 2


def test_a_failure_is_remembered_where_a_library_swallows_it(tmp_path: Path) -> None:
    async def swallow(base_url: str, here: Call) -> None:
        call.set(here)
        for _ in range(2):
            try:
                await complete(Endpoint(base_url, None, "m"), HELLO, deadline=5)
            except AgentError:
                continue

    async def fault(visit: Visit) -> None:
        await (visit.answer(b"", 400) if visit.number == 0 else visit.answer(said()))

    with misbehaving(fault) as asked, open_store(str(tmp_path / "a.db")) as store:
        here = Call(store.journal, "m1", "player_0", 0, 0)
        asyncio.run(swallow(asked.base_url, here))
    assert len(asked.visits) == 2
    assert isinstance(here.failed, AgentError)


def test_a_request_that_nobody_waits_for_any_more_is_kept(tmp_path: Path) -> None:
    async def give_up(base_url: str, here: Call) -> None:
        call.set(here)
        task = asyncio.ensure_future(complete(Endpoint(base_url, None, "m"), HELLO, deadline=5))
        await asyncio.to_thread(arrived.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()
        await asyncio.wait(here.pending)

    arrived, go = threading.Event(), threading.Event()

    async def fault(visit: Visit) -> None:
        arrived.set()
        await asyncio.to_thread(go.wait, 5)
        await visit.answer(said("kept"))

    with misbehaving(fault) as asked, open_store(str(tmp_path / "a.db")) as store:
        here = Call(store.journal, "m1", "player_0", 0, 0)
        asyncio.run(give_up(asked.base_url, here))
        assert [each.answer.text for each in store.sent("m1")] == ["kept"]
        assert here.failed is None


def test_requests_that_are_sent_again_are_given_back_in_the_order_of_the_first(tmp_path: Path) -> None:
    async def ask(base_url: str, here: Call) -> None:
        call.set(here)
        for word in ("one", "two", "three", "two", "one", "two"):
            # Nothing in common with the one before, as between members of a team.
            await complete(Endpoint(base_url, None, "m"), [message("system", word), message("user", "hello")])

    with misbehaving(always(said("hi"))) as asked, open_store(str(tmp_path / "a.db")) as store:
        asyncio.run(ask(asked.base_url, Call(store.journal, "m1", "player_0", 0, 0)))
        words = [each.body["messages"][0]["content"] for each in store.sent("m1")]
    assert words == ["one", "one", "two", "two", "two", "three"]


# Judgements.


def test_judgements_come_back_as_they_were_given_and_as_older_stores_keep_them(tmp_path: Path) -> None:
    own = Verdict("m1", "m", "player_0", "x", 0.75, "why \u27e6", (Evidence(3, "so \ud800"),), "full")
    counted = replace(own, score=None, evidence=(), counts=(0.5, 2))
    given = Judgement("m1", "m", "q/1", "given", (own, counted), "", {"orders": 2, "seats": ["player_0"]})
    others = Judgement("m1", "m", "q/2", "given", (own, replace(own, judge="n")))
    failed = Judgement("m1", "m", "q/3", "failed", reason="no")
    older = replace(given, question="q/4")
    row = {"item": older.item, "judge": older.judge, "question": older.question, "tournament": 1, "status": "given"}
    with open_store(str(tmp_path / "a.db")) as store:
        store.judge(1, [given, others, failed])
        with store.writing() as connection:
            packed = pack(json.dumps(older.body()))
            connection.execute(sa.insert(schema.judgements).values({**row, "body": packed}))
        assert store.judgements(1) == [given, others, failed, older]

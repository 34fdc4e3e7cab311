"""Budgets: what lets a request go, and runs that stop when there is no room for another, and go on with more."""

import asyncio
from typing import Any

import pytest

from arena.calling.budget import Budget, Meter, Spent
from arena.calling.place import Paused
from arena.calling.prices import Price, own
from arena.calling.providers import Endpoint
from arena.calling.reading import Answer

WHERE = Endpoint("http://127.0.0.1:1/v1", None, "m")
BODY: dict[str, Any] = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "x" * 270}]}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def refused(meter: Meter, body: dict[str, Any] = BODY) -> bool:
    try:
        meter.before(WHERE, body)
    except Paused:
        return True
    return False


@pytest.fixture(autouse=True)
def prices() -> Any:
    token = own.set({"m": Price(1_000_000.0, 1_000_000.0)})  # A dollar a token.
    yield
    own.reset(token)


def test_without_a_budget_everything_goes_and_is_counted() -> None:
    meter = Meter()
    for _ in range(3):
        meter.after(meter.before(WHERE, BODY), Answer("", prompt_tokens=90, completion_tokens=10))
    assert meter.spent.data() == {"calls": 3, "prompt_tokens": 270, "completion_tokens": 30, "cost_usd": 300.0}
    assert meter.spent.line() == "3 calls, 300 tokens, $300.00"
    assert (meter.reached, meter.used_up()) == ("", "")


def test_calls_are_counted_when_they_begin_and_never_exceed_the_budget() -> None:
    meter = Meter(Budget(calls=5), Spent(calls=2))
    tickets = [meter.before(WHERE, BODY) for _ in range(3)]
    assert refused(meter)
    assert meter.reached == meter.used_up() == "--max-calls 5"
    meter.after(tickets[0], None)
    assert refused(meter)
    assert meter.spent.calls == 5


def test_a_thousand_at_once_do_not_cost_more_than_the_budget() -> None:
    meter = Meter(Budget(cost_usd=1500.0))
    # 90 tokens of text and 8 around it, and an answer of 10: at most $108 each.
    tickets: list[Any] = []
    for _ in range(1000):
        try:
            tickets.append(meter.before(WHERE, BODY))
        except Paused:
            continue
    assert len(tickets) == 13
    # Others are under way: this match waits, and the run does not end.
    assert meter.reached == ""
    for ticket in tickets:
        meter.after(ticket, Answer("", prompt_tokens=90, completion_tokens=5))
    assert meter.spent.cost_usd == 13 * 95
    # What the model takes is known now: 90 and at most 10.
    assert not refused(meter)
    assert not refused(meter)
    assert refused(meter)
    assert meter.reached == ""


def test_the_longest_answer_seen_is_set_aside_where_the_request_does_not_limit_it() -> None:
    meter = Meter(Budget(cost_usd=1400.0))
    free: dict[str, Any] = {"model": "m", "messages": BODY["messages"]}
    first = meter.before(WHERE, free)
    assert refused(meter, free)
    meter.after(first, Answer("", prompt_tokens=90, completion_tokens=200))
    for _ in range(3):
        meter.before(WHERE, free)
    assert refused(meter, free)


def test_with_nothing_under_way_that_could_make_room_the_run_ends() -> None:
    meter = Meter(Budget(cost_usd=100.0))
    assert refused(meter)
    assert meter.reached == "--max-cost 100; the next request may cost $108.00"
    assert meter.spent.calls == 0


def test_usage_that_is_not_reported_counts_with_what_was_set_aside() -> None:
    meter = Meter(Budget(cost_usd=250.0))
    for _ in range(2):
        meter.after(meter.before(WHERE, BODY), Answer(""))
    assert meter.spent.line() == "2 calls, 0 tokens, cost unknown"
    assert meter.spent.data()["cost_usd"] is None
    assert refused(meter)
    assert meter.reached.startswith("--max-cost 250")


def test_a_model_without_a_price_gets_no_request_under_a_budget_of_money() -> None:
    meter = Meter(Budget(cost_usd=100.0))
    with pytest.raises(Paused):
        meter.before(Endpoint("http://127.0.0.1:1/v1", None, "other"), BODY)
    assert meter.reached == "--max-cost 100; the price of 'other' is not known"


def test_time_ends_what_waits_and_lets_nothing_begin() -> None:
    clock = Clock()
    meter = Meter(Budget(seconds=60), clock=clock)
    assert not refused(meter)
    clock.now = 60.0
    assert refused(meter)
    assert meter.reached == "--max-time 60"


async def stopped_while_waiting() -> list[str]:
    meter = Meter()
    ends: list[str] = []

    async def wait() -> None:
        try:
            await meter.wait(3600)
        except Paused:
            ends.append("paused")

    async def freed() -> None:
        meter.before(WHERE, BODY)
        await meter.freed()
        ends.append("freed")

    tasks = [asyncio.create_task(wait()), asyncio.create_task(freed())]
    await asyncio.sleep(0)
    meter.stop()
    await asyncio.gather(*tasks)
    await meter.freed()
    with pytest.raises(Paused):
        await meter.wait(0)
    return ends


def test_a_stop_ends_waits_at_once() -> None:
    assert sorted(asyncio.run(asyncio.wait_for(stopped_while_waiting(), 5))) == ["freed", "paused"]


async def in_turn() -> list[int]:
    meter = Meter()
    tickets = [meter.before(WHERE, BODY) for _ in range(2)]
    ends: list[int] = []

    async def freed(number: int) -> None:
        await meter.freed()
        ends.append(number)

    tasks = [asyncio.create_task(freed(number)) for number in range(3)]
    await asyncio.sleep(0)
    meter.after(tickets[0], None)
    await asyncio.sleep(0)
    assert ends == [0]
    meter.after(tickets[1], None)
    await asyncio.gather(*tasks)
    # Nothing is under way any more: there is nothing to wait for.
    await meter.freed()
    await meter.wait(0.001)
    return ends


def test_who_waits_for_room_goes_on_one_by_one_and_all_when_nothing_is_under_way() -> None:
    assert asyncio.run(in_turn()) == [0, 1, 2]

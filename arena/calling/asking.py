"""One call to a model: sent, waited for, sent again where that makes sense, and over by its deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from arena.calling import reading, retry
from arena.calling.forms import fitted, learn, too_long
from arena.calling.pace import Pace, heard, pace
from arena.calling.place import Meter
from arena.calling.providers import Endpoint
from arena.calling.reading import Answer, Fault
from arena.calling.secrets import clean, secrets
from arena.calling.sent import wire_text
from arena.errors import AgentError, ContextExceeded

if TYPE_CHECKING:
    from arena.calling.transport import Reply

_NOBODY_TRIES = 4
"""Where nobody has ever listened; somebody who is just starting is there by then."""


def wire(body: Mapping[str, Any]) -> bytes:
    """A request's body as it goes over the wire; half a surrogate pair, which is no text, becomes U+FFFD."""
    text = wire_text(body)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


@dataclass(slots=True)
class _Tries:
    """How a call went so far."""

    began: float
    count: int = 0
    failed: int = 0
    last: str = ""

    def told(self, now: float) -> str:
        if self.count < 2:
            return ""
        return f" (tried {self.count} times in {now - self.began:.1f} s)"


async def ask(
    where: Endpoint, body: Mapping[str, Any], deadline: float, meter: Meter | None, retries: int | None = None
) -> tuple[Answer, Mapping[str, Any]]:
    """An answer, and the body that was sent for it; `AgentError` with the last thing that went wrong.

    What failed is sent again at most `retries` times, without them for as long as that makes sense.
    """
    # Before the clock runs: the first import takes as long as some deadlines.
    from arena.calling.transport import post

    key = where.key()
    hidden = secrets(where.base_url, key)
    loop = asyncio.get_running_loop()
    tries = _Tries(loop.time())
    request = _Request(where, fitted(where, body), key, hidden, post)
    outcome: Answer | str
    try:
        async with asyncio.timeout_at(tries.began + deadline):
            outcome = await _persist(request, tries, tries.began + deadline, meter, retries)
    except TimeoutError:
        before = f"; before that: {tries.last}" if tries.last else ""
        outcome = f"no answer within {deadline:g} s{before}"
    # Outside of any handler: an exception keeps the one that it was raised under, and that one knows the headers.
    if isinstance(outcome, str):
        who = f"{where.place}, model {clean(str(body.get('model')), hidden)!r}"
        kind = ContextExceeded if request.too_long else AgentError
        raise kind(f"{who}: {outcome}{tries.told(loop.time())}")
    return (replace(outcome, calls=tries.count) if tries.count > 1 else outcome), request.body


@dataclass(slots=True)
class _Request:
    where: Endpoint
    body: Mapping[str, Any]
    key: str
    hidden: tuple[str, ...]
    post: Callable[[str, str, bytes], Awaitable["Reply"]]
    too_long: bool = False
    """The endpoint said so of its messages."""


async def _persist(
    request: _Request, tries: _Tries, end: float, meter: Meter | None, retries: int | None
) -> Answer | str:
    """Try until there is an answer, or until trying again makes no sense: then, why."""
    loop = asyncio.get_running_loop()
    speed = pace(request.where.base_url, str(request.body.get("model")))
    while True:
        while (left := speed.held - loop.time()) > 0:
            if loop.time() + left >= end:
                return f"{tries.last or '429, too many requests'}; it wants no request for another {left:.1f} s"
            await _sleep(retry.spread(left), meter)
        got = await _once(request, speed, tries, meter)
        if isinstance(got, Answer):
            return got
        if got.again:
            continue
        tries.last = got.says
        tries.failed += 1
        if retries is not None and tries.failed > retries:
            return got.says
        if got.tries is not None and tries.count >= got.tries:
            return got.says
        wait = retry.pause(tries.count) if not got.wait else max(retry.spread(got.wait), 0.05)
        if loop.time() + wait >= end:
            told = f"; it says to come again in {got.wait:.6g} s, after the deadline" if got.wait else ""
            return f"{got.says}{told}"
        await _sleep(wait, meter)


async def _once(request: _Request, speed: Pace, tries: _Tries, meter: Meter | None) -> Answer | Fault:
    """One request, and what it came to."""
    await speed.enter(tries.began)
    got: Answer | Fault | None = None
    ticket: Any = None
    counted = False
    try:
        if speed.held > asyncio.get_running_loop().time():
            # While it waited for its turn the endpoint has named a time.
            return Fault(tries.last, again=True)
        if meter is not None:
            ticket = meter.before(request.where, request.body)
            counted = True
        tries.count += 1
        got = await _post(request)
        if isinstance(got, Answer):
            speed.answered()
        elif got.throttled:
            speed.refused(asyncio.get_running_loop().time(), got.wait or 0.0)
        return got
    finally:
        speed.leave()
        if counted and meter is not None:
            meter.after(ticket, got if isinstance(got, Answer) else None)


async def _post(request: _Request) -> Answer | Fault:
    from arena.calling.transport import NoReply

    try:
        sent = wire(request.body)
    except (TypeError, ValueError, RecursionError) as error:
        return Fault(f"the request cannot be written as JSON: {clean(str(error), request.hidden)}", 1)
    try:
        reply = await request.post(request.where.base_url, request.key, sent)
    except NoReply as error:
        # Who was there a moment ago is being started again.
        nobody = None if request.where.base_url in heard else _NOBODY_TRIES
        return Fault(clean(str(error), request.hidden), nobody if error.nobody else error.tries)
    heard.add(request.where.base_url)
    if reply.status == 200:
        got = reading.read(reply.body, request.hidden, tools=bool(request.body.get("tools")))
        if isinstance(got, Answer):
            return got
    else:
        told = reply.body.decode("utf-8", "replace")
        request.too_long = too_long(reply.status, told)
        if learn(request.where, request.body, reply.status, told):
            request.body = fitted(request.where, request.body)
            return Fault(f"status {reply.status}", again=True)
        got = reading.refused(reply.status, reply.body, request.hidden)
    # The wall clock: an endpoint names dates.
    wait = retry.told(reply.headers, time.time(), throttled=got.throttled)
    return replace(got, wait=wait)


async def _sleep(seconds: float, meter: Meter | None) -> None:
    if meter is None:
        await asyncio.sleep(seconds)
    else:
        await meter.wait(seconds)

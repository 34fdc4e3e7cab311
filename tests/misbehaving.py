"""A real HTTP server that misbehaves as it is told: over bare sockets, so that it can lie, stall and break off."""

import asyncio
import gzip
import json
import struct
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """One request as it came in, and the way to answer it."""

    number: int
    """How many requests came before it."""
    headers: Mapping[str, str]
    body: dict[str, Any]
    writer: asyncio.StreamWriter

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(
        self, body: bytes | dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """A whole answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.send(head(status, {"Content-Length": str(len(raw)), **(headers or {})}) + raw)

    def reset(self) -> None:
        """Break the connection off, as a crashed peer does."""
        socket = self.writer.get_extra_info("socket")
        socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Visit], Awaitable[None]]


@dataclass(slots=True)
class Asked:
    """What the server was asked."""

    base_url: str = ""
    visits: list[Visit] = field(default_factory=list[Visit])
    times: list[float] = field(default_factory=list[float])
    """By the loop's clock, when each request came."""
    under_way: int = 0
    most: int = 0
    """How many requests were being answered at once, at most."""


def said(content: Any = "hi", finish: Any = "stop", **more: Any) -> dict[str, Any]:
    """A well-formed answer."""
    message = {"role": "assistant", "content": content, **more}
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    return {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}


def head(status: int, headers: Mapping[str, str], reason: str = "Said") -> bytes:
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {text}" for name, text in headers.items())]
    if "Content-Type" not in headers:
        lines.append("Content-Type: application/json")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@contextmanager
def misbehaving(fault: Fault) -> Generator[Asked]:
    """Answers every POST as `fault` does, on a free port; whoever asks for its models is told of one."""
    asked = Asked()
    ready = threading.Event()
    ends: list[Callable[[], object]] = []

    async def serve() -> None:
        server = await asyncio.start_server(visitor, "127.0.0.1", 0, backlog=512)
        asked.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(over.set))
        ready.set()
        await over.wait()
        server.close()

    async def visitor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = (line.partition(": ") for line in raw[1:] if line)
                headers = {name.lower(): text for name, _, text in pairs}
                body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))) or b"{}")
                if raw[0].startswith("GET"):
                    await Visit(0, headers, body, writer).answer({"data": [{"id": "m"}]})
                    continue
                visit = Visit(len(asked.visits), headers, body, writer)
                asked.visits.append(visit)
                asked.times.append(asyncio.get_running_loop().time())
                asked.under_way += 1
                asked.most = max(asked.most, asked.under_way)
                try:
                    await fault(visit)
                finally:
                    asked.under_way -= 1
                if writer.is_closing():
                    return
        writer.close()

    # What is still being answered is cancelled with its loop.
    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield asked
    finally:
        ends[0]()
        thread.join(10)


# Faults.


def always(body: bytes | dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Fault:
    """The same answer to everything."""

    async def fault(visit: Visit) -> None:
        await visit.answer(body, status, headers)

    return fault


def at_first(fault: Fault, times: int = 1) -> Fault:
    """That fault so many times, then a good answer."""

    async def then(visit: Visit) -> None:
        if visit.number < times:
            await fault(visit)
        else:
            await visit.answer(said())

    return then


async def hang(_visit: Visit) -> None:
    """Take the request and say nothing."""
    await asyncio.sleep(3600)


async def hang_after_head(visit: Visit) -> None:
    await visit.send(head(200, {"Content-Length": "100"}))
    await asyncio.sleep(3600)


async def drip(visit: Visit) -> None:
    """One byte per 0.7 s: no single read ever takes long."""
    raw = json.dumps(said()).encode()
    await visit.send(head(200, {"Content-Length": str(len(raw))}))
    for byte in raw:
        await visit.send(bytes([byte]))
        await asyncio.sleep(0.7)


async def drip_head(visit: Visit) -> None:
    for byte in head(200, {"Content-Length": "2"}):
        await visit.send(bytes([byte]))
        await asyncio.sleep(0.7)


async def reset(visit: Visit) -> None:
    visit.reset()


async def reset_in_body(visit: Visit) -> None:
    await visit.send(head(200, {"Content-Length": "1000"}) + b'{"choices": [{"mess')
    await asyncio.sleep(0.02)
    visit.reset()


async def close_early(visit: Visit) -> None:
    """Promise more than is sent."""
    raw = json.dumps(said()).encode()
    await visit.send(head(200, {"Content-Length": str(len(raw) + 500)}) + raw)
    visit.writer.close()


async def no_http(visit: Visit) -> None:
    await visit.send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    visit.writer.close()


async def endless_head(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n")
    visit.writer.close()


def big(size: int, status: int = 200) -> Fault:
    """An answer of so many bytes, announced."""

    async def fault(visit: Visit) -> None:
        start = b'{"choices": [{"message": {"content": "'
        await visit.send(head(status, {"Content-Length": str(size)}) + start)
        block = b"x" * 65536
        for _ in range(size // len(block)):
            await visit.send(block)

    return fault


async def endless(visit: Visit) -> None:
    """Chunks without end and without a length."""
    await visit.send(head(200, {"Transfer-Encoding": "chunked"}))
    block = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    while True:
        await visit.send(block)


def bomb(status: int = 200) -> Fault:
    """200 MB that are less than 1 MB while packed."""
    packed = gzip.compress(bytes(200_000_000), 1)

    async def fault(visit: Visit) -> None:
        await visit.answer(packed, status, {"Content-Encoding": "gzip"})

    return fault


async def echo(visit: Visit) -> None:
    """An error that holds the key wherever there is room for it."""
    shown = visit.authorization
    told = {"error": {"message": f"bad header Authorization: {shown}", "code": shown}}
    headers = {"X-Request-Id": shown, "X-Echo": shown, "Location": f"/{shown}", "Retry-After": shown}
    raw = json.dumps(told).encode()
    await visit.send(head(400, {"Content-Length": str(len(raw)), **headers}, reason=shown) + raw)


async def echo_answer(visit: Visit) -> None:
    """An answer that holds the key wherever there is room for it."""
    key = visit.authorization.partition(" ")[2]
    calls = [{"id": key, "function": {"name": key, "arguments": json.dumps({"key": key})}}]
    body = {**said(f"The key is {key}!", key, reasoning_content=key, tool_calls=calls), "model": key}
    await visit.answer(body, 200, {"X-Request-Id": visit.authorization})

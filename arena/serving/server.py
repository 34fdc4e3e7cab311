"""A small HTTP/1.1 server for JSON and events: connections stay open, requests are read whole, bad ones are told why.

It can also misbehave where the handler wants it to: never answer, break off, or take its time.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from arena.errors import UsageError

LARGEST = 16 * 2**20
"""Bytes of a request that are read."""
_HEAD = 64 * 2**10


class Refused(Exception):
    """A request that gets no answer, with the status that says why."""

    def __init__(
        self, status: int, message: str, code: str = "invalid_request", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}

    def data(self) -> dict[str, Any]:
        """The body of the response, in OpenAI's form."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": str(self), "type": kind, "param": None, "code": self.code}}


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read whole."""

    method: str
    path: str
    """Without what follows a question mark."""
    body: bytes
    stays: bool
    """The connection is used again."""


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back."""

    pieces: tuple[bytes, ...]
    """The body; several are the events of a stream."""
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    chunked: bool = False
    """The pieces are sent as chunks, and not as one body of a known length."""
    pause: float = 0.0
    """Seconds before each further piece."""
    broken: bool = False
    """Half of it is sent, then the connection ends."""


class Unanswered(Exception):
    """No response is sent at all: the connection is reset, or held until the other side gives up."""

    def __init__(self, *, held: bool) -> None:
        super().__init__("held" if held else "reset")
        self.held = held


Handler = Callable[[Request], Awaitable[Response]]


def json_response(data: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An object as a body."""
    return Response((json.dumps(data).encode(),), status, headers=headers or {})


class Server:
    """Answers requests on one address; `start` and `stop` belong to the event loop that runs it."""

    def __init__(self, handler: Handler, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address as a URL, without a path."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Listen; port 0 becomes a free one. Raises `UsageError` where the address cannot be had."""
        try:
            self._server = await asyncio.start_server(self._connected, self.host, self.port, limit=_HEAD, backlog=2048)
        except (OSError, UnicodeError) as error:
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            where = f"{self.host}:{self.port}"
            raise UsageError(f"{where}: cannot listen: {why.lower()}; choose another port or host") from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def forever(self) -> None:
        """Serve until cancelled."""
        await asyncio.get_running_loop().create_future()

    async def stop(self) -> None:
        """Close the address and every connection."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and answer it; whether the connection stays."""
        stays = False
        try:
            request = await _read(reader)
            stays = request.stays
            response = await self._handler(request)
        except Refused as refused:
            response = json_response(refused.data(), refused.status, refused.headers)
        except Unanswered as end:
            if end.held:
                while await reader.read(_HEAD):
                    pass
            _reset(writer)
            return False
        await _write(writer, response, stays=stays)
        return stays and not response.broken


async def _read(reader: asyncio.StreamReader) -> Request:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise Refused(431, "the head of the request is too long") from None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Refused(400, "not an HTTP/1 request")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "transfer-encoding" in headers:
        raise Refused(411, "send the body with a Content-Length")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()) or int(length[:20]) > LARGEST:
        raise Refused(413, f"the body has {length[:20]} bytes; at most {LARGEST} are read")
    kept = headers.get("connection", "").lower()
    stays = kept != "close" if words[2] == "HTTP/1.1" else kept == "keep-alive"
    body = await reader.readexactly(int(length))
    return Request(words[0], words[1].partition("?")[0], body, stays)


async def _write(writer: asyncio.StreamWriter, response: Response, *, stays: bool) -> None:
    pieces = list(response.pieces)
    size = sum(map(len, pieces))
    if response.chunked:
        length = "Transfer-Encoding: chunked"
        pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b"")]
    else:
        length = f"Content-Length: {size}"
    more = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    head = (
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\nContent-Type: {response.kind}\r\n"
        f"{length}\r\n{more}Connection: {'keep-alive' if stays else 'close'}\r\n\r\n"
    )
    if response.broken:
        body = b"".join(pieces)
        pieces = [body[: len(body) // 2]]
    if not response.pause:
        writer.write(b"".join((head.encode(), *pieces)))
        await writer.drain()
        return
    writer.write(head.encode())
    for piece in pieces:
        await asyncio.sleep(response.pause)
        writer.write(piece)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection without the courtesy of saying so."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

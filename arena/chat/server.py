"""A small HTTP/1.1 server for JSON: connections stay open, requests are read whole, and bad ones are told why."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from arena.errors import UsageError

LARGEST = 16 * 2**20
"""Bytes of a request that are read."""
_HEAD = 64 * 2**10


class Refused(Exception):
    """A request that gets no answer, with the status that says why."""

    def __init__(self, status: int, message: str, code: str = "invalid_request") -> None:
        super().__init__(message)
        self.status = status
        self.code = code

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


Handler = Callable[[Request], Awaitable[Mapping[str, Any]]]


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
            status, data = 200, await self._handler(request)
        except Refused as refused:
            status, data = refused.status, refused.data()
        _write(writer, status, data, stays=stays)
        await writer.drain()
        return stays


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


def _write(writer: asyncio.StreamWriter, status: int, data: Mapping[str, Any], *, stays: bool) -> None:
    body = json.dumps(data).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: {'keep-alive' if stays else 'close'}\r\n\r\n"
    )
    writer.write(head.encode() + body)

"""One HTTP request over the `openai` client and its aiohttp backend: what came back, and never more than `MOST` of it.

This module imports the client, which takes half a second; import it where a request is about to be sent.
"""

import asyncio
import base64
import zlib
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit
from weakref import WeakKeyDictionary

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, OpenAIError, RequestOptions

from arena.calling.providers import OPENAI

MOST = 2_000_000
"""Bytes of a body, unpacked. The longest answers of models stay far below; read as JSON it takes 50 MB at worst."""
CONNECT = 10.0
"""Seconds for a connection to be made."""
CHARGED = 3
"""Tries of what was charged all the same."""
_CONNECTIONS = 8192
_BODY = "arena_body"
_CHATS = "/chat/completions"
_KEPT = frozenset({"content-type", "retry-after", "retry-after-ms"})
_KEPT_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-")
# Else the SDK draws a name for each request, which it then tells nobody.
_UNNAMED: RequestOptions = {"idempotency_key": "none"}
_EXTENSIONS: Mapping[str, Any] = {"timeout": {"connect": CONNECT, "read": None, "write": None, "pool": None}}


class NoReply(Exception):
    """Nothing came back that could be read."""

    def __init__(self, says: str, *, nobody: bool = False, tries: int | None = None) -> None:
        super().__init__(says)
        self.nobody = nobody
        """Nobody listens there."""
        self.tries = tries
        """How often it makes sense to try; None: until the deadline."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint sent."""

    status: int
    headers: Mapping[str, str]
    """Those that say something about waiting, by their names in small letters."""
    body: bytes


class _Client(DefaultAioHttpClient):
    """The SDK's aiohttp client without what one POST to one address does not need.

    It follows no redirects, keeps no cookies, and hands on no header of an answer but the few that are read: the SDK
    writes some of them into its log, and an endpoint may have put there what it was sent.
    """

    def __init__(self, *, verify: bool) -> None:
        most = httpx2.Limits(max_connections=_sockets(), max_keepalive_connections=_CONNECTIONS)
        super().__init__(limits=most, follow_redirects=False, verify=verify)
        self._addresses: dict[str, httpx2.URL] = {}

    def build_request(self, method: str, url: httpx2.URL | str, **given: Any) -> httpx2.Request:
        """The request with the headers that matter; what the SDK tells about its machine is left out."""
        address = self._addresses.get(str(url))
        if address is None:
            address = self._addresses[str(url)] = httpx2.URL(url)
        headers = [(name, text) for name, text in given["headers"] if not name.lower().startswith("x-stainless-")]
        headers.append(("accept-encoding", "identity"))
        body = httpx2.ByteStream(given.get("content") or b"")
        request = httpx2.Request(method, address, headers=headers, stream=body, extensions=_EXTENSIONS)
        request.read()
        return request

    async def send(self, request: httpx2.Request, **_given: Any) -> httpx2.Response:
        """Send it once and read what comes back, up to `MOST` bytes."""
        response = await self._transport_for_url(request.url).handle_async_request(request)
        headers = [
            (name, text)
            for raw, value in response.headers.raw
            if (name := raw.decode("latin-1").lower()) == "content-encoding"
            or name in _KEPT
            or name.startswith(_KEPT_PREFIXES)
            for text in [value.decode("latin-1")]
        ]
        packed = next((text for name, text in headers if name == "content-encoding"), "")
        try:
            body = await _read(response, packed)
        finally:
            await response.aclose()
        told = {name: text for name, text in headers if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
        # Only errors are decoded by the SDK, and it trusts what they say about themselves.
        plain = [("content-type", "application/json")]
        extensions = {_BODY: Reply(response.status_code, told, body)}
        stream = httpx2.ByteStream(body)
        return httpx2.Response(
            response.status_code, headers=plain, stream=stream, request=request, extensions=extensions
        )


async def _read(response: httpx2.Response, packed: str) -> bytes:
    unpack = _unpacker(packed)
    parts: list[bytes] = []
    size = raw = 0
    async for chunk in cast(httpx2.AsyncByteStream, response.stream):
        raw += len(chunk)
        if unpack is None:
            part: bytes = chunk
        else:
            try:
                part = unpack.decompress(chunk, MOST + 1 - size)
            except zlib.error:
                raise NoReply("its body cannot be unpacked", tries=CHARGED) from None
        size += len(part)
        if size > MOST or raw > MOST:
            raise NoReply(f"its body is longer than {MOST // 1_000_000} MB", tries=CHARGED)
        parts.append(part)
    if unpack is not None and not unpack.eof:
        raise NoReply("its packed body ends too early", tries=CHARGED)
    return b"".join(parts)


def _unpacker(packed: str) -> Any:
    """What unpacks a body that was packed although nobody asked for it; None for a plain one."""
    match packed.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(47)
        case _:
            raise NoReply("its body is packed in a way that was not asked for", tries=CHARGED)


_Pool = dict[tuple[str, str], AsyncOpenAI]
_pools: "WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[_Pool, AsyncGenerator[None, None]]]" = WeakKeyDictionary()


async def post(base_url: str, key: str, body: bytes) -> Reply:
    """One POST to the chat completions of an endpoint; `NoReply` where none came.

    It waits for as long as the endpoint takes; whoever calls sets the limit.
    """
    sending = _client(base_url, key).post(
        _address(base_url, "/chat/completions"), content=body, cast_to=httpx2.Response, options=_UNNAMED
    )
    return await _reply(sending)


async def get(base_url: str, key: str, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """One GET of what lies under an endpoint's address, with further headers; otherwise as `post`."""
    client, url = _client(base_url, key), _address(base_url, path)
    return await _reply(client.get(url, cast_to=httpx2.Response, options={"headers": dict(headers or {})}))


async def _reply(sending: Awaitable[httpx2.Response]) -> Reply:
    try:
        response = await sending
    except APIStatusError as error:
        response = error.response
    except APIConnectionError as error:
        raise _none(error) from None
    except (OpenAIError, aiohttp.ClientError, httpx2.HTTPError, OSError, ValueError) as error:
        # Where the head of an answer is no HTTP, the exceptions of the libraries below come through.
        raise NoReply(f"its answer is no HTTP: {type(error).__name__}: {error}") from None
    return response.extensions[_BODY]


def _none(error: APIConnectionError) -> NoReply:
    """Why a connection failed, by what is at the bottom of it: on the way up a reset becomes a timeout."""
    chain: list[BaseException] = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    cause = chain[-1]
    if isinstance(cause, TimeoutError):
        return NoReply(f"no connection within {CONNECT:g} s", nobody=True)
    if any(isinstance(each, aiohttp.ClientPayloadError) for each in chain):
        return NoReply("the connection broke: its answer ended too early")
    told = str(cause) or type(cause).__name__
    if any(isinstance(each, aiohttp.InvalidURL) for each in chain):
        return NoReply(f"no such address: {told}", tries=1)
    nobody = any(isinstance(each, aiohttp.ClientConnectorError) for each in chain)
    return NoReply(f"no connection: {told}" if nobody else f"the connection broke: {told}", nobody=nobody)


def _client(base_url: str, key: str) -> AsyncOpenAI:
    """The client that all calls of this event loop to one address share."""
    loop = asyncio.get_running_loop()
    held = _pools.get(loop)
    if held is None:
        pool: _Pool = {}
        closing = _closing(loop, pool)
        # An event loop closes the async generators begun in it before it ends: connections go with their loop.
        with suppress(StopIteration):
            closing.__anext__().send(None)
        held = _pools[loop] = (pool, closing)
    found = held[0].get((base_url, key))
    if found is None:
        try:
            found = held[0][base_url, key] = _made(base_url, key)
        except httpx2.InvalidURL as error:
            raise NoReply(f"no such address: {error}", tries=1) from None
    return found


def _made(base_url: str, key: str) -> AsyncOpenAI:
    parts = urlsplit(base_url)
    # Said outright, so that no variable of the environment sends another key along.
    authorization = f"Bearer {key}" if key != "none" or parts.username is None else _basic(parts)
    client = AsyncOpenAI(
        base_url=_address(base_url, ""),
        api_key=key,
        max_retries=0,
        default_headers={"Authorization": authorization},
        http_client=_Client(verify=parts.scheme == "https"),
    )
    # They name whose account of OpenAI it is, which is nobody else's business.
    if base_url.rstrip("/") != OPENAI:
        client.organization = client.project = client.admin_api_key = None
    return client


@lru_cache(maxsize=256)
def _address(base_url: str, path: str) -> str:
    """What lies under an address, without the user's name and password, which go into a header."""
    parts = urlsplit(base_url)
    whole = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path.rstrip("/") + path, fragment="")
    return whole.geturl()


def _basic(parts: SplitResult) -> str:
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


async def _closing(loop: asyncio.AbstractEventLoop, pool: _Pool) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _pools.pop(loop, None)
        for client in pool.values():
            await client.close()


def _sockets() -> int:
    """How many connections there may be; the limit of open files is raised for them as far as the system lets us."""
    try:
        import resource
    except ImportError:
        return _CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS if hard == resource.RLIM_INFINITY else min(_CONNECTIONS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return _CONNECTIONS if soft == resource.RLIM_INFINITY else max(16, min(_CONNECTIONS, soft - 64))

"""Servers that misbehave on purpose, and the chats that are sent to them."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, bytes | dict[str, Any]]
"""A status with a raw body, or with one that is sent as JSON."""


class _Listening(ThreadingHTTPServer):
    """Many may connect at once: by default a sixth one waits for a second."""

    request_queue_size = 1024
    daemon_threads = True


class Asked:
    """What a server was asked, in order."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.gets: list[tuple[str, dict[str, str]]] = []
        self.clients: list[tuple[str, int]] = []
        """Where each request came from."""
        self.base_url = ""


def said(content: Any, finish: str = "stop", **more: Any) -> dict[str, Any]:
    """A well-formed answer."""
    message = {"role": "assistant", "content": content, **more}
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    return {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}


def always(status: int, body: bytes | dict[str, Any]) -> Callable[[dict[str, Any]], Reply]:
    """The same answer to everything."""

    def answer(_body: dict[str, Any]) -> Reply:
        return status, body

    return answer


@contextmanager
def server(answer: Callable[[dict[str, Any]], Reply], models: list[str] | Reply = (501, b"")) -> Generator[Asked]:
    """Answers every POST as the function says, on a free port, and a GET with the models it has."""
    listed: Reply = models if not isinstance(models, list) else (200, {"data": [{"id": name} for name in models]})
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            body = json.loads(raw)
            asked.raw.append(raw)
            asked.bodies.append(body)
            asked.headers.append({name.lower(): value for name, value in self.headers.items()})
            asked.clients.append(self.client_address)
            self._send(*answer(body))

        def do_GET(self) -> None:
            asked.gets.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self._send(*listed)

        def _send(self, status: int, content: bytes | dict[str, Any]) -> None:
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            if status == 302:
                self.send_header("Location", "/v1/elsewhere")
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    http = _Listening(("127.0.0.1", 0), Handler)
    asked.base_url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        http.shutdown()
        http.server_close()
        thread.join()

"""A server that plays and judges any model asked for honestly, to try commands that name real models."""

import json
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError

from arena.serving.endpoint import local_endpoint
from tests.endpoints import Reply, server


@contextmanager
def any_model() -> Generator[str]:
    """The base URL of an OpenAI-compatible server that takes every model's name."""
    with local_endpoint() as scripted:

        def answer(body: dict[str, Any]) -> Reply:
            judges = body["messages"][0]["content"].startswith("You judge")
            model = "scripted/judge-honest" if judges else "scripted/honest"
            data = json.dumps({**body, "model": model}).encode()
            request = urllib.request.Request(  # noqa: S310  # our own server's address
                f"{scripted}/chat/completions", data, {"Content-Type": "application/json"}
            )
            try:
                with urllib.request.urlopen(request) as got:  # noqa: S310  # as above
                    return 200, json.loads(got.read())
            except HTTPError as error:
                return error.code, json.loads(error.read())

        with server(answer) as asked:
            yield asked.base_url

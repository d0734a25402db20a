"""What the tests share: a real HTTP service, the places of things, what the environment offers."""

import collections
import json
import os
import subprocess
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pytest

ROOT = Path(__file__).parents[1]
PROCESSES = ROOT / "tests" / "processes"
ORDERS = [
    {"id": "o-1", "status": "open", "qty": 2, "price": 10.5},
    {"id": "o-2", "status": "closed", "qty": 1, "price": 99},
    {"id": "o-3", "status": "open", "qty": 3, "price": 0.1},
]


class Service(BaseHTTPRequestHandler):
    """A small shop: echo, items, orders, an endpoint that is busy at first, one that counts."""

    protocol_version = "HTTP/1.1"
    attempts: ClassVar[collections.Counter[str]] = collections.Counter()

    def answer(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        _, first, *rest = url.path.split("/")
        if first == "echo":
            return self.send(200, self.echo(url, body))
        if first == "items":
            return self.send(200, {"id": rest[0], "price": int(rest[0]) * 10})
        if first == "orders":
            return self.send(200, {"orders": ORDERS})
        if first == "status":
            return self.send(int(rest[0]), {"reason": f"as asked: {rest[0]}"})
        if first == "text":
            return self.send(200, "plain wörds", kind="text/plain; charset=utf-8")
        self.attempts[url.path] += 1
        count = self.attempts[url.path]
        if first == "flaky":
            return self.send(200 if count > 1 else 500, {"attempts": count})
        if first == "counter":
            return self.send(200, {"count": count})
        return self.send(404, {"reason": "no such path"})

    def echo(self, url: urllib.parse.SplitResult, body: str) -> dict[str, Any]:
        kind = self.headers.get("content-type", "")
        return {
            "method": self.command,
            "path": url.path,
            "query": dict(urllib.parse.parse_qsl(url.query)),
            "body": json.loads(body) if body and "json" in kind else body,
            "contentType": kind.split(";")[0],
            "authorization": self.headers.get("authorization"),
            "xTrace": self.headers.get("x-trace"),
        }

    def send(self, status: int, content: Any, *, kind: str = "application/json") -> None:
        data = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests look at the answers."""


Command = Callable[..., subprocess.CompletedProcess[str]]
"""Calls the command line; see the fixture `connectory`."""


def needed(variable: str) -> str:
    """Return an environment variable, or skip the test and say which one is missing."""
    if value := os.environ.get(variable):
        return value
    pytest.skip(f"{variable} is not set")

"""Fixtures that more than one test file needs: a real HTTP server, the command line, what the environment offers."""

import base64
import collections
import json
import os
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """The address of the shop."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def connectory() -> Command:
    """Call the command line as a user does; a hang fails the test."""

    def call(*arguments: object, environ: dict[str, str] | None = None, timeout: float = 60) -> Any:
        command = [sys.executable, "-m", "connectory_runtime", *map(str, arguments)]
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "ZEEBE_"))}
        return subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env={**variables, **(environ or {})}
        )

    return call


def needed(variable: str) -> str:
    """Return an environment variable, or skip the test and say which one is missing."""
    if value := os.environ.get(variable):
        return value
    pytest.skip(f"{variable} is not set")


def basic(user: str, password: str) -> str:
    """Return the header value of basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

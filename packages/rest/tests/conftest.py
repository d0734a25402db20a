"""Servers for the tests: one that answers exact bytes, and peers that we did not write."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectory_rest import rest
from connectory_sdk.testing import MemoryDocuments, Operations, operations

Send = Callable[..., Awaitable[Any]]


@dataclass
class Received:
    """One request as it was on the wire."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Peer:
    """A server on loopback: answers by path, the bytes exactly as the test gives them."""

    base: str = ""
    received: list[Received] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    connections: int = 0

    def on(self, path: str, *answers: Any) -> None:
        """Answer a path with bytes, with what `written` makes of a dict, or with a coroutine function."""
        self.answers[path] = [written(**each) if isinstance(each, dict) else each for each in answers]

    def choose(self, request: Received) -> Any:
        found = self.answers.get(request.target.partition("?")[0]) or [written(body='{"ok":true}')]
        return found.pop(0) if len(found) > 1 else found[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await receive(reader):
                self.received.append(request)
                chosen = self.choose(request)
                if callable(chosen):
                    await chosen(request, writer)
                else:
                    writer.write(chosen)
                await writer.drain()
                if not callable(chosen) and not chosen.startswith(b"HTTP/1.1"):
                    break
        except ConnectionError:
            pass  # the client left, which some tests are about
        finally:
            writer.close()


def written(
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
    *,
    body: str | bytes = b"",
    reason: str = "OK",
    type: str | None = None,
) -> bytes:
    """Return an answer with a content length."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Type: {type}"] if type else []
    return ("\r\n".join([*lines, f"Content-Length: {len(content)}"]) + "\r\n\r\n").encode() + content


async def receive(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    request = Received(method, target, headers, b"")
    if request.header("transfer-encoding"):
        try:
            return await chunks(reader, request)
        except (asyncio.IncompleteReadError, ValueError):
            return None  # given up by the client
    if length := request.header("content-length"):
        request.body = await reader.readexactly(int(length))
    return request


async def chunks(reader: asyncio.StreamReader, request: Received) -> Received:
    while size := int(await reader.readline(), 16):
        request.body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return request


async def listen(stack: AsyncExitStack) -> Peer:
    peer = Peer()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    stack.push_async_callback(server.wait_closed)
    stack.callback(server.close)
    peer.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    return peer


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def peer(stack: AsyncExitStack) -> Peer:
    """A server that answers what the test says."""
    return await listen(stack)


@pytest.fixture
async def other(stack: AsyncExitStack) -> Peer:
    """Another origin."""
    return await listen(stack)


@pytest.fixture(params=["aiohttp", "httpx"])
async def send(request: pytest.FixtureRequest, stack: AsyncExitStack) -> Send:
    """Calls the REST operation, over either transport: both must do the same."""
    call = await stack.enter_async_context(operations(rest, environ={"CONNECTORY_REST_TRANSPORT": request.param}))
    return sending(call)


def sending(call: Operations) -> Send:
    async def one(url: str, method: str = "GET", *, job: dict[str, Any] | None = None, **variables: Any) -> Any:
        return await call("request", {"url": url, "method": method, **variables}, **(job or {}))

    return one


@pytest.fixture
def start(stack: AsyncExitStack) -> Callable[..., Awaitable[Send]]:
    """Starts the REST connector with an environment of the test's own."""

    async def started(documents: MemoryDocuments | None = None, **environ: str) -> Send:
        return sending(await stack.enter_async_context(operations(rest, environ=environ, documents=documents)))

    return started


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

"""A gateway that misbehaves on request, and runtimes against it."""

import asyncio
import contextlib
import itertools
import json
import socket
import struct
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel

from connectory_runtime import JobFinished, Runtime, Settings
from connectory_sdk import Connector, JobContext


@dataclass
class Command:
    """What the gateway was told about a job."""

    kind: str
    key: str
    body: dict[str, Any]
    time: float


@dataclass
class Call:
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Fault = int | str | tuple[int, dict[str, str]] | Callable[[Call], tuple[int, Any] | Awaitable[tuple[int, Any]]]


@dataclass
class Gateway:
    """The part of ``/v2`` that workers use, as 8.8 speaks it; 8.6 with ``old=True``.

    `faults` holds, for each kind of call, what happens to the next ones: a status, a status with headers, ``reset``,
    ``hang``, or a function of the call, which may be a coroutine function.
    """

    old: bool = False
    version: str = "8.8.0"
    calls: list[Call] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    documents: dict[str, tuple[bytes, dict[str, Any]]] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    required: Callable[[str | None], bool] = lambda header: True
    address: str = ""

    def __post_init__(self) -> None:
        self.queue: deque[dict[str, Any]] = deque()
        self.locked: dict[str, tuple[dict[str, Any], float]] = {}
        self.given: list[str] = []  # the key of a job, each time that a worker got it
        self.keys = itertools.count(2251799813685300)
        self.changed = asyncio.Event()
        self.server: asyncio.Server | None = None
        self.connections: set[asyncio.Task[None]] = set()
        self.port = 0

    def add(self, variables: Mapping[str, Any] | None = None, *, type: str = "test:1", **more: Any) -> str:
        """Offer a job and return its key."""
        key = more.pop("key", None) or next(self.keys)
        names = ("key", int) if self.old else ("jobKey", str)
        job = {
            names[0]: names[1](key),
            "type": type,
            "processDefinitionId": "process",
            "processDefinitionVersion": 1,
            "processDefinitionKey": names[1](7),
            "processInstanceKey": names[1](8),
            "elementId": "task",
            "elementInstanceKey": names[1](9),
            "customHeaders": more.pop("headers", {}),
            "retries": more.pop("retries", 3),
            "variables": variables or {},
            "tenantId": "<default>",
            **more,
        }
        self.queue.append(job)
        self.changed.set()
        return str(key)

    def of(self, key: str) -> list[Command]:
        """Return the commands for a job."""
        return [command for command in self.commands if command.key == key]

    async def told(self, count: int = 1, *, timeout: float = 60) -> list[Command]:
        """Wait until there are so many commands that end a job."""
        async with asyncio.timeout(timeout):
            while len(found := [c for c in self.commands if c.kind != "update"]) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return found

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self.server = await asyncio.start_server(self.connection, "127.0.0.1", self.port, limit=1 << 24)
        self.port = self.server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Go away, with all connections."""
        if self.server is not None:
            self.server.close()
            for task in self.connections:
                task.cancel()
            await asyncio.gather(*self.connections, return_exceptions=True)
            self.server = None

    def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.converse(reader, writer))
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while call := await self.read(reader):
                    status, value, headers = await self.answer(call, reader, writer)
                    data = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
                    lines = [f"HTTP/1.1 {status} X", *(f"{k}: {v}" for k, v in headers.items())]
                    if status != 204:
                        lines += [f"content-length: {len(data)}", "content-type: application/json"]
                    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
                    await writer.drain()
        finally:
            writer.transport.abort()

    async def read(self, reader: asyncio.StreamReader) -> Call | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await reader.readline(), 16):
                body += await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readline()
        else:
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        call = Call(method, path.split("/v2", 1)[-1], headers, body)
        self.calls.append(call)
        return call

    async def answer(
        self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[int, Any, dict[str, str]]:
        parts = call.path.split("?")[0].strip("/").split("/")
        kind = {"activation": "activation", "completion": "completion", "failure": "failure", "error": "error"}.get(
            parts[-1], "update" if call.method == "PATCH" else parts[0]
        )
        if self.faults[kind]:
            fault = self.faults[kind].popleft()
            if fault == "reset":
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
                raise ConnectionError
            if fault == "hang":
                await asyncio.sleep(3600)
            if callable(fault):
                status = fault(call)
                return (*(await status if isinstance(status, Awaitable) else status), {})
            if isinstance(fault, tuple):
                return fault[0], {"title": "FAULT", "status": fault[0]}, fault[1]
            if isinstance(fault, int) and fault != 200:
                return fault, {"title": "FAULT", "status": fault, "detail": "as asked"}, {}
        if not self.required(call.headers.get("authorization")):
            return 401, {"title": "Unauthorized", "status": 401}, {}
        if kind == "topology":
            partition = {"partitionId": 1, "role": "leader", "health": "healthy"}
            return 200, {"brokers": [{"nodeId": 0, "partitions": [partition]}], "gatewayVersion": self.version}, {}
        if kind == "activation":
            return 200, {"jobs": await self.activate(call.json(), reader)}, {}
        if parts[0] == "process-definitions":
            model = self.models.get(parts[1])
            return (404, {"title": "NOT_FOUND"}, {}) if model is None else (200, model.encode(), {})
        if parts[0] == "documents":
            return (*self.document(call, parts), {})
        key = parts[1]
        if key not in self.locked and not self.timed_out(key):
            return 404, {"title": "NOT_FOUND", "status": 404, "detail": f"no job {key}"}, {}
        self.commands.append(Command(kind, key, call.json(), time.monotonic()))
        if kind == "update":
            job, _ = self.locked[key]
            self.locked[key] = job, time.monotonic() + call.json()["changeset"]["timeout"] / 1000
        else:
            self.locked.pop(key, None)
        return 204, None, {}

    def timed_out(self, key: str) -> bool:
        """A job whose lock has ended can still be completed."""
        name = "key" if self.old else "jobKey"
        waiting = next((job for job in self.queue if str(job[name]) == key), None)
        if waiting is not None:
            self.queue.remove(waiting)
        return waiting is not None

    def document(self, call: Call, parts: list[str]) -> tuple[int, Any]:
        if call.method == "POST" and len(parts) == 1:
            boundary = call.headers["content-type"].split("boundary=")[1].encode()
            pieces = [piece.partition(b"\r\n\r\n") for piece in call.body.split(b"--" + boundary)[1:-1]]
            found = {"metadata" if b'name="metadata"' in head else "file": data[:-2] for head, _, data in pieces}
            metadata = json.loads(found.get("metadata", b"{}"))
            key = f"d{len(self.documents) + 1}"
            self.documents[key] = found["file"], metadata
            kind = {} if self.old else {"camunda.document.type": "camunda"}
            full = {"fileName": None, "customProperties": {}, "size": len(found["file"]), **metadata}
            return 201, {**kind, "storeId": "s", "documentId": key, "contentHash": "h", "metadata": full}
        if parts[1] not in self.documents:
            return 404, {"title": "NOT_FOUND", "status": 404, "detail": f"no document {parts[1]}"}
        if parts[-1] == "links":
            return 201, {"url": f"https://link.test/{parts[1]}", "expiresAt": "2030-01-01T00:00:00Z"}
        return 200, self.documents[parts[1]][0]

    async def activate(self, wanted: dict[str, Any], reader: asyncio.StreamReader) -> list[dict[str, Any]]:
        end = time.monotonic() + (wanted.get("requestTimeout") or 10_000) / 1000
        while True:
            now = time.monotonic()
            for key, (job, until) in list(self.locked.items()):
                if now >= until:
                    del self.locked[key]
                    self.queue.append(job)
            mine = [job for job in self.queue if job["type"] == wanted["type"]][: wanted["maxJobsToActivate"]]
            if mine or now >= end or reader.at_eof():
                for job in mine:
                    self.queue.remove(job)
                    key = str(job.get("jobKey") or job["key"])
                    self.locked[key] = job, now + wanted["timeout"] / 1000
                    self.given.append(key)
                    job["deadline"] = int((time.time() + wanted["timeout"] / 1000) * 1000)
                names = wanted.get("fetchVariable")
                return [
                    {**job, "variables": {k: v for k, v in job["variables"].items() if not names or k in names}}
                    for job in mine
                ]
            self.changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), min(end - now, 0.05))


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway of 8.8."""
    made = Gateway()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def old_gateway() -> AsyncIterator[Gateway]:
    """A gateway of 8.6."""
    made = Gateway(old=True, version="8.6.0")
    await made.start()
    yield made
    await made.stop()


class Text(BaseModel):
    """The request of the connectors under test."""

    text: Any = None
    wait: float = 0


def connector(call: Callable[[Text, JobContext], Any] | None = None, **facts: Any) -> Connector[Any]:
    """Make a connector with one operation; without a function it gives back its text."""
    made: Connector[Any] = Connector(
        **{"id": "test.one.outbound", "name": "Test one", "type": "test:1", "version": 1, **facts}
    )

    async def operation(request: Text, job: JobContext) -> Any:
        if request.wait:
            await asyncio.sleep(request.wait)
        result = request.text if call is None else call(request, job)
        return await result if asyncio.iscoroutine(result) else result

    made.operation("do")(operation)
    return made


@pytest.fixture
def make_connector() -> Callable[..., Connector[Any]]:
    """Makes connectors: a function of request and job is the operation."""
    return connector


StartRuntime = Callable[..., Any]


@pytest.fixture
def start_runtime() -> StartRuntime:
    """Gives an async context manager: a runtime against a gateway; keeps the finished jobs in ``runtime.finished``."""

    @asynccontextmanager
    async def start(
        gateway: Any, *connectors: Connector[Any], environ: Mapping[str, str] | None = None, **more: Any
    ) -> AsyncIterator[Any]:
        variables = {
            "CAMUNDA_REST_ADDRESS": gateway.address,
            "SERVER_PORT": "0",
            "SERVER_ADDRESS": "127.0.0.1",
            "CONNECTORY_FINISH_POLL": "false",
            **(environ or {}),
        }
        finished: list[JobFinished] = []

        def observe(event: Any) -> None:
            if isinstance(event, JobFinished):
                finished.append(event)

        runtime = Runtime(
            Settings.read(variables),
            connectors=connectors or (connector(),),
            environ=variables,
            observe=observe,
            **more,
        )
        async with runtime:
            runtime.finished = finished  # type: ignore[attr-defined]
            yield runtime

    return start


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Waits until a condition holds that no event tells."""

    async def wait(condition: Callable[[], Any], timeout: float = 60) -> None:
        async with asyncio.timeout(timeout):
            while not condition():  # noqa: ASYNC110 - it is a condition of somebody else's state
                await asyncio.sleep(0.005)

    return wait

"""An engine for tests, up in milliseconds. In `conftest.py`: `from connectory_engine.testing import local_engine`.

    def test_order(local_engine):
        local_engine.deploy("order.bpmn")
        created = local_engine.request("POST", "/process-instances", {"processDefinitionId": "order"})
        assert created.status == 200

The engine lives in a thread of its own, so that tests may block; `call` runs something there, such as a method of the
engine. Async code that wants everything in one loop uses `connectory_engine.serve`.
"""

import asyncio
import http.client
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import pytest

from connectory_engine.engine import Engine
from connectory_engine.gateway.server import serve

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine answered: status, headers, and the body, read when it is JSON."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.content)


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """An engine that runs in another thread, and the base address at which it is served."""

    engine: Engine
    address: str
    loop: asyncio.AbstractEventLoop

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function in the thread of the engine and give its result."""

        async def there() -> T:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(there(), self.loop).result(30)

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request to a path below `/v2`; the body is written as JSON unless it is bytes."""
        content = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        try:
            kind = {} if content is None else {"content-type": "application/json"}
            connection.request(method, f"/v2{path}", content, {**kind, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def upload(self, path: str, *parts: tuple[str, str | None, bytes, str | None]) -> Answer:
        """Send a form of parts: name, file name, content and content type."""
        boundary = uuid.uuid4().hex
        content = b""
        for name, file, data, kind in parts:
            content += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
            content += b"" if file is None else f'; filename="{file}"'.encode()
            content += b"" if kind is None else f"\r\nContent-Type: {kind}".encode()
            content += b"\r\n\r\n" + data + b"\r\n"
        kind_of_form = {"content-type": f"multipart/form-data; boundary={boundary}"}
        return self.request("POST", path, content + f"--{boundary}--\r\n".encode(), kind_of_form)

    def deploy(self, *files: str | Path | tuple[str, str | bytes]) -> Any:
        """Deploy files, or texts that are given with a name, and give what was made of them."""
        parts = []
        for file in files:
            name, data = (Path(file).name, Path(file).read_bytes()) if isinstance(file, str | Path) else file
            parts.append(("resources", name, data.encode() if isinstance(data, str) else data, None))
        answer = self.upload("/deployments", *parts)
        if answer.status != 200:
            raise ValueError(answer.document["detail"])
        return answer.document


@contextmanager
def running(engine: Callable[[], Engine] = Engine, *, port: int = 0) -> Iterator[LocalEngine]:
    """Run a new engine in a thread and stop it in the end."""
    started = threading.Event()
    found: list[LocalEngine | BaseException] = []
    stop = asyncio.Event()

    async def live() -> None:
        try:
            local = engine()
            async with serve(local, port=port) as address:
                found.append(LocalEngine(local, address, asyncio.get_running_loop()))
                started.set()
                await stop.wait()
        except Exception as exc:
            found.append(exc)
            started.set()

    thread = threading.Thread(target=asyncio.run, args=(live(),), name="connectory-engine", daemon=True)
    thread.start()
    started.wait()
    first = found[0]
    if isinstance(first, BaseException):
        thread.join()
        raise first
    try:
        yield first
    finally:
        first.loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.fixture
def local_engine() -> Iterator[LocalEngine]:
    """An empty engine and its address."""
    with running() as local:
        yield local

"""An engine for tests, up in milliseconds: `pytest_plugins = ["connectory_engine.testing"]`.

    def test_order(local_engine):
        deploy(local_engine.address, "order.bpmn")

The engine lives in a thread of its own, so that tests may block; `call` runs something there, such as a method of the
engine. Async code that wants everything in one loop uses `connectory_engine.serve`.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from connectory_engine.engine import Engine
from connectory_engine.gateway.server import serve

T = TypeVar("T")


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


@contextmanager
def running(*, port: int = 0) -> Iterator[LocalEngine]:
    """Run a new engine in a thread and stop it in the end."""
    started = threading.Event()
    found: list[LocalEngine | BaseException] = []
    stop = asyncio.Event()

    async def live() -> None:
        engine = Engine()
        try:
            async with serve(engine, port=port) as address:
                found.append(LocalEngine(engine, address, asyncio.get_running_loop()))
                started.set()
                await stop.wait()
        except OSError as exc:
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

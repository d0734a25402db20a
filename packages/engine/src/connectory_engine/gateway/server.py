"""Servers for the gateway: in a running loop, for tests and the runtime, or alone until interrupted."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectory_engine.engine import Engine


class AddressInUseError(OSError):
    """Another program listens at the address already."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket, or say in one line why that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle off for what is accepted; else an answer in two parts takes 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name != "nt":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as exc:
        listening.close()
        raise AddressInUseError(
            f"cannot listen at {host}:{port}: {exc.strerror}. Stop the program that does, or choose another port"
        ) from exc
    listening.setblocking(False)
    return listening


@asynccontextmanager
async def serve(engine: "Engine", host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve an engine in the running loop and give the base address; port 0 takes a free one.

    Requests that wait when the block ends are answered at once; the engine stays usable.
    """
    import uvicorn  # here, because it takes half of the import time and an engine without a server does not need it
    from uvicorn.server import ServerState

    from connectory_engine.gateway import app

    application = app(engine)
    config = uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
    )
    config.load()
    state = ServerState()
    listening = listen(host, port)
    # uvicorn.Server would take the process's signals and needs 0.2 s to stop, so only its protocol is used.
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]
        sock=listening,
        backlog=config.backlog,
    )
    name, number = listening.getsockname()[:2]
    application.start()
    try:
        yield f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"
    finally:
        server.close()
        application.stop()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=1)
        await asyncio.sleep(0)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def run(
    engine: "Engine | None" = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve an engine, or a new one, until the process is interrupted; `ready` is told the base address."""

    async def until_interrupted() -> None:
        interrupted = asyncio.Event()
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows: there an interrupt raises KeyboardInterrupt instead
            for signal_ in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(signal_, interrupted.set)
        async with serve(engine or new_engine(), host, port) as address:
            if ready is not None:
                ready(address)
            await interrupted.wait()

    with suppress(KeyboardInterrupt):
        run_loop(until_interrupted())


def new_engine() -> "Engine":
    """Make an empty engine."""
    from connectory_engine.engine import Engine

    return Engine()


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)

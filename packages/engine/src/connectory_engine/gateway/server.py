"""Servers for the gateway: in a running loop, for tests and the runtime, or alone until interrupted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
import socket
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from connectory_engine.engine import Engine


class AddressInUse(OSError):
    """Another program listens at the address already."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket, or say in one line why that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    if os.name != "nt":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as exc:
        listening.close()
        raise AddressInUse(
            f"cannot listen at {host}:{port}: {exc.strerror}. Stop the program that does, or choose another port"
        ) from exc
    listening.setblocking(False)
    return listening


@asynccontextmanager
async def serve(engine: "Engine", host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve an engine in the running loop and give the base address; port 0 takes a free one.

    Requests that wait when the block ends are answered at once; the engine stays usable.
    """
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
    try:
        yield f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"
    finally:
        server.close()
        await application.stop()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=1)
        await asyncio.sleep(0)
        for connection in list(state.connections):
            if connection.transport is not None:  # type: ignore[union-attr]
                connection.transport.abort()  # type: ignore[union-attr]

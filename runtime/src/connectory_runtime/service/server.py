"""The HTTP server of the runtime, in the running loop."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from connectory_runtime.settings.environment import SettingsError

if TYPE_CHECKING:
    from connectory_runtime.runtime import Runtime


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises:
        SettingsError: The address is taken, or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    if os.name != "nt":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as exc:
        listening.close()
        raise SettingsError(
            f"port {port} cannot be used: {exc.strerror}. Stop the program that listens there, or set SERVER_PORT"
        ) from exc
    listening.setblocking(False)
    return listening


@asynccontextmanager
async def serve(runtime: "Runtime", host: str, port: int) -> AsyncIterator[str]:
    """Serve health, metrics and webhooks; give the address. Port 0 takes a free one.

    Raises:
        SettingsError: The port is taken.
    """
    import uvicorn
    from uvicorn.server import ServerState

    from connectory_runtime.service.application import Application
    from connectory_runtime.service.protocol import Protocol, hurry

    application = Application(runtime)
    config = uvicorn.Config(
        application,
        http=Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # webhooks read those that they need themselves
        timeout_keep_alive=75,
    )
    config.load()
    state = ServerState()
    listening = listen(host, port)
    # uvicorn.Server would take the process's signals, so only its protocol is used.
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]
        sock=listening,
        backlog=config.backlog,
    )
    hurrying = asyncio.create_task(hurry(state))
    name, number = listening.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 - only what is shown
    try:
        yield f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"
    finally:
        server.close()
        hurrying.cancel()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=5)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()

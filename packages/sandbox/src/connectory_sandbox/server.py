"""A web server on loopback, in the loop that is running."""

import asyncio
import contextlib
import os
import socket
from typing import Any

from connectory_sandbox.asgi import Application

HOST = "127.0.0.1"


class Server:
    """Serves one application until it is closed.

    Only the protocol of uvicorn is used: its own server takes the process's signals and needs 0.2 s to stop.

    Args:
        application: What is served.
        sockets: It serves web sockets, too.
    """

    def __init__(self, application: Application, *, sockets: bool = False) -> None:
        import uvicorn  # takes 0.1 s; nobody who only looks at the sandbox's names pays for it
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
        from uvicorn.server import ServerState

        class Protocol(HttpToolsProtocol):
            """The protocol, with a way to hang up for applications that play a broken server."""

            def on_message_begin(self) -> None:
                super().on_message_begin()
                self.scope["extensions"] = {"connectory.drop": {"abort": self.transport.abort}}

        self.config = uvicorn.Config(
            application,
            http=Protocol,
            ws="wsproto" if sockets else "none",
            interface="asgi3",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
        )
        self.config.load()
        self.state = ServerState()
        self.server: asyncio.Server | None = None
        self.base = ""

    async def start(self, *, port: int = 0) -> str:
        """Listen on loopback and return the base address; port 0 takes a free one."""
        listening = listen(port)
        protocol: Any = self.config.http_protocol_class
        self.server = await asyncio.get_running_loop().create_server(
            lambda: protocol(config=self.config, server_state=self.state, app_state={}), sock=listening, backlog=1024
        )
        self.base = f"http://{HOST}:{listening.getsockname()[1]}"
        return self.base

    def drop_sockets(self) -> None:
        """Break all web sockets without a word."""
        for connection in list(self.state.connections):
            transport: Any = connection.transport
            if transport is not None and connection.__class__ is self.config.ws_protocol_class:
                transport.abort()

    async def stop(self) -> None:
        """Close the socket and all connections; requests under way are not answered any more."""
        if self.server is None:
            return
        self.server.close()
        tasks = list(self.state.tasks)
        for task in tasks:
            task.cancel()
        for connection in list(self.state.connections):
            transport: Any = connection.transport
            if transport is not None:
                transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports tell their protocols in the next round of the loop
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.server.wait_closed(), 1)
        self.server = None


def listen(port: int) -> socket.socket:
    """Open a listening socket on loopback, or say in one line why that is not possible."""
    # with the protocol named, asyncio switches Nagle off for what is accepted: else each answer takes 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name != "nt":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as exc:
        listening.close()
        raise OSError(
            f"cannot listen at {HOST}:{port}: {exc.strerror}. Stop the program that does, or choose another port"
        ) from exc
    listening.setblocking(False)
    return listening

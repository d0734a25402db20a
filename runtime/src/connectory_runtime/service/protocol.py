"""The HTTP protocol of uvicorn with limits that it lacks: for slow and endless heads, and for bodies nobody reads."""

import asyncio
from typing import Any, NoReturn

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

PATIENCE = 10.0  # seconds for a request's line and headers, and for the rest of a body after its answer
MOST = 64 << 10  # bytes of a request's line and headers
LOOK = 1.0  # seconds between looks at all connections: one timer for each would cost more than all else here
LATE = b"HTTP/1.1 408 Request Timeout\r\n"
LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
END = b"content-length: 0\r\nconnection: close\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """One connection.

    Attributes:
        since: When the server began to wait for what must come soon; None while it waits for nothing or for the body
            of a call, whose time is limited where it is read.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.since: float | None = None
        self.size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self.since = self.loop.time()

    def on_message_begin(self) -> None:
        """Wait for the rest of a head."""
        super().on_message_begin()
        self.since, self.size = self.loop.time(), 0

    def on_headers_complete(self) -> None:
        """Take a head."""
        self.since = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take the end of a body."""
        self.since = None
        super().on_message_complete()
        self.cycle.more_body = False

    def on_response_complete(self) -> None:
        """Wait for the rest of a body that was answered before its end."""
        if self.cycle.more_body:
            self.since = self.loop.time()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Refuse a head that does not end."""
        super().data_received(data)
        if self.since is not None:
            self.size += len(data)
            if self.size > MOST and not self.answered:
                self.refuse(LARGE)

    @property
    def answered(self) -> bool:
        """Whether what is awaited is the rest of a call that was answered already."""
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def refuse(self, line: bytes) -> None:
        """Say why, where somebody said something and no answer is under way, and hang up."""
        self.since = None
        if not self.transport.is_closing():
            if self.size and not self.answered and (self.cycle is None or self.cycle.response_complete):
                self.transport.write(line + END)
            self.transport.close()


async def hurry(state: ServerState) -> NoReturn:
    """Hang up where what must come soon has not come."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(LOOK)
        latest = loop.time() - PATIENCE
        for connection in list(state.connections):
            if isinstance(connection, Protocol) and connection.since is not None and connection.since < latest:
                connection.refuse(LATE)

"""Socket mode: what Slack sends to apps that connect, and what they acknowledge.

An app asks ``apps.connections.open`` for an address that is good for one connection. What was sent and not
acknowledged is sent again to the next one that connects, as Slack does.
"""

import asyncio
import json
import uuid
from collections.abc import Mapping, MutableMapping
from typing import Any

from connectory_sandbox.asgi import Receive, Send

PATH = "/socket/"


class Sockets:
    """The web sockets of one service."""

    def __init__(self) -> None:
        self.tickets: set[str] = set()
        self.waiting: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, Any] = {}
        self.connections: list[asyncio.Queue[dict[str, Any]]] = []
        self.changed = asyncio.Condition()

    def open(self, base: str) -> str:
        """Return an address for one connection."""
        ticket = uuid.uuid4().hex
        self.tickets.add(ticket)
        return f"{base.replace('http', 'ws', 1)}{PATH}{ticket}"

    def send(self, type: str, payload: Mapping[str, Any]) -> str:
        """Send something: ``events_api``, ``slash_commands`` or ``interactive``; return the id of its envelope."""
        name = str(uuid.uuid4())
        self.waiting[name] = {
            "type": type,
            "envelope_id": name,
            "payload": dict(payload),
            "accepts_response_payload": type != "events_api",
        }
        for connection in self.connections[:1]:  # Slack chooses one
            connection.put_nowait(self.waiting[name])
        return name

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask all apps to connect anew; the connections end."""
        for connection in self.connections:
            connection.put_nowait({"type": "disconnect", "reason": reason})

    async def answered(self, *envelopes: str) -> None:
        """Wait until envelopes are acknowledged."""
        async with self.changed:
            await self.changed.wait_for(lambda: all(one in self.acknowledged for one in envelopes))

    async def connected(self, count: int = 1) -> None:
        """Wait until so many apps are connected."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.connections) == count)

    async def serve(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await receive()
        ticket = scope["path"].removeprefix(PATH)
        if ticket not in self.tickets:
            await send({"type": "websocket.close", "code": 1008})
            return
        self.tickets.remove(ticket)
        await send({"type": "websocket.accept"})
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for first in ({"type": "hello", "num_connections": 1}, *self.waiting.values()):
            queue.put_nowait(first)
        writing = asyncio.create_task(self._write(queue, send))
        await self._connection(queue, there=True)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await self._acknowledge(json.loads(message.get("text") or "{}"))
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await self._connection(queue, there=False)

    async def _write(self, queue: asyncio.Queue[dict[str, Any]], send: Send) -> None:
        while True:
            message = await queue.get()
            await send({"type": "websocket.send", "text": json.dumps(message)})
            if message["type"] == "disconnect":
                await send({"type": "websocket.close", "code": 1000})
                return

    async def _acknowledge(self, answer: Mapping[str, Any]) -> None:
        async with self.changed:
            if self.waiting.pop(answer.get("envelope_id", ""), None) is not None:
                self.acknowledged[answer["envelope_id"]] = answer.get("payload")
            self.changed.notify_all()

    async def _connection(self, queue: asyncio.Queue[dict[str, Any]], *, there: bool) -> None:
        async with self.changed:
            if there:
                self.connections.append(queue)
            else:
                self.connections.remove(queue)
            self.changed.notify_all()

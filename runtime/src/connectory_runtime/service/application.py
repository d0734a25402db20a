"""The ASGI application: the runtime's own endpoints, and what others mount, such as webhooks."""

import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectory_runtime.service import endpoints
from connectory_runtime.service.replicas import Replicas
from connectory_runtime.service.wire import Reply, Request, read_body

if TYPE_CHECKING:
    from connectory_runtime.runtime import Runtime

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Application:
    """Answers ``/actuator``, ``/outbound`` and ``/configurations``; other paths are those of `Runtime.mounts`."""

    def __init__(self, runtime: "Runtime") -> None:
        self.runtime = runtime
        settings = runtime.settings
        self.replicas = Replicas(settings.replicas, settings.hostname) if settings.replicas else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        if self.replicas is not None and self.replicas.concern(scope["method"], path, scope["headers"]):
            reply = await self._asked(self.replicas, scope)
            if reply is not None:
                await respond(reply, scope, send)
                return
        end = path.find("/", 1)
        app = self.runtime.mounts.get(path if end < 0 else path[:end])
        if app is not None:
            await app(scope, receive, send)
            return
        await respond(await self._answer(scope, receive, path), scope, send)

    async def _asked(self, replicas: Replicas, scope: Scope) -> Reply | None:
        query = scope["query_string"].decode("latin-1")
        port = urlsplit(self.runtime.address or "").port or 0
        return await replicas.ask(scope["path"] + (f"?{query}" if query else ""), port)

    async def _answer(self, scope: Scope, receive: Receive, path: str) -> Reply:
        method = "GET" if scope["method"] == "HEAD" else str(scope["method"])
        try:
            found = endpoints.find(method, path)
            if found is None:
                return Reply(404, {"status": 404, "error": "Not Found", "path": path})
            body = await read_body(receive) if method == "POST" else b""
            return await found.answer(self.runtime, Request(method, path, found.argument, body, scope))
        except Exception:
            log.exception("%s %s failed, which is a defect", method, path)
            return Reply.text(500, "An unexpected error occurred; see the log")


async def respond(reply: Reply, scope: Scope, send: Send) -> None:
    """Send a reply."""
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    headers = [(b"content-type", reply.content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

"""The webhooks of a runtime in an application of one's own, FastAPI, Starlette or any other of ASGI::

runtime = Runtime(Settings.read(port=None))

@asynccontextmanager
async def lifespan(app):
    async with runtime:
        yield

app = FastAPI(lifespan=lifespan)
app.mount("/inbound", webhooks(runtime))
"""

import json
import logging
from typing import Any

from connectory_runtime.inbound.answers import Receive, Scope, Send
from connectory_runtime.inbound.webhooks import PREFIX
from connectory_runtime.installed import DiscoveryError
from connectory_runtime.runtime import Runtime

__all__ = ["webhooks"]

log = logging.getLogger(__name__)


def webhooks(runtime: Runtime) -> "WebhookApplication":
    """Return the webhooks of a runtime as an ASGI application.

    Args:
        runtime: The runtime; the application's lifespan enters it, and its setting `port` is None.

    Raises:
        DiscoveryError: No connector of the runtime listens.
    """
    if runtime.inbound is None:
        raise DiscoveryError(
            "no connector here waits for events, so there are no webhooks to mount. "
            "Try: pip install 'connectory[webhook]', and look at CAMUNDA_CONNECTOR_WEBHOOK_ENABLED"
        )
    return WebhookApplication(runtime)


class WebhookApplication:
    """Answers what is mounted at ``/inbound``, or at another prefix: what follows is the webhook's path."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._said = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        if self.runtime.inbound is None or not self.runtime.entered:
            await self._refuse(send)
            return
        root, path = str(scope.get("root_path", "")), str(scope["path"])
        # Starlette leaves the path whole, and adds what it has matched to the root; others cut it off.
        full = path if path.startswith(root) else root + path
        name = full.removeprefix(root).removeprefix("" if root.endswith(PREFIX.rstrip("/")) else PREFIX.rstrip("/"))
        await self.runtime.inbound.webhooks.serve(name.lstrip("/"), {**scope, "path": full}, receive, send)

    async def _refuse(self, send: Send) -> None:
        reason = "the connectors do not run: enter their Runtime in the lifespan of the application"
        if not self._said:
            self._said = True
            log.error("%s", reason)
        body = json.dumps({"reason": reason}).encode()
        headers: Any = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

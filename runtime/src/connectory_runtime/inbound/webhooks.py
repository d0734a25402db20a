"""Calls of ``/inbound/<path>``: who has a path, and the way of one call to its connector and back."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from connectory_runtime.encoding import dumps
from connectory_runtime.inbound.calls import BodyTooLargeError, read_request
from connectory_sdk import ConnectorError, ConnectorInputError
from connectory_sdk.http import Answer, HttpError, HttpResponse

if TYPE_CHECKING:
    from connectory_runtime.inbound.subscription import Subscription

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/inbound/"
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE"}
ALLOW = (b"allow", b"GET,HEAD,POST,PUT,DELETE,OPTIONS")
MOST = 10 << 20
PATIENCE = 75.0  # seconds for a call from its first byte to its answer
CLOSE = (b"connection", b"close")
OWN_HEADERS = {"content-length", "transfer-encoding", "connection", "date", "server"}
MOVED = "Context: {path} already in use by: process {process}({element})"


@dataclass(eq=False, slots=True)
class Registration:
    """A subscription that has a path, or waits for it."""

    subscription: "Subscription"
    answer: Answer


class Webhooks:
    """The paths that are in use, as an ASGI application.

    Args:
        most: Bytes of a request's body; larger ones are refused.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self.most = most
        self.paths: dict[str, list[Registration]] = {}

    async def hold(self, path: str, subscription: "Subscription", answer: Answer) -> NoReturn:
        """Answer the calls of a path until cancelled; where another has it, wait for it to be free."""
        registration = Registration(subscription, answer)
        queue = self.paths.setdefault(path, [])
        queue.append(registration)
        self._tell(path)
        try:
            await asyncio.Event().wait()
        finally:
            queue.remove(registration)
            if queue:
                self._tell(path)
            else:
                del self.paths[path]
        raise AssertionError("nothing sets the event")

    def _tell(self, path: str) -> None:
        """Say to all who want a path how they stand."""
        active, *waiting = self.paths[path]
        active.subscription.healthy(path=path)
        first = active.subscription.group.first
        for registration in waiting:
            registration.subscription.unhealthy(
                MOVED.format(path=path, process=first.definition.id, element=first.id), path=path
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        path = str(scope["path"]).removeprefix(PREFIX)
        queue = self.paths.get(path)
        if queue is None:
            await reply(scope, send, HttpResponse(status=404))
            return
        method = str(scope["method"])
        if method not in METHODS:
            await reply(scope, send, HttpResponse(status=200 if method == "OPTIONS" else 405), ALLOW)
            return
        began = time.perf_counter()
        subscription = queue[0].subscription
        request = None
        try:
            async with asyncio.timeout(PATIENCE):
                request = await read_request(scope, receive, self.most)
                if request is None:  # the caller has gone
                    return
                response = await answered(queue[0], request)
        except BodyTooLargeError:
            reason = f"The body has more than {self.most} bytes"
            subscription.journal.add("WARNING", method, f"{path} refused: {reason}")
            await reply(scope, send, HttpResponse(status=413, body={"reason": reason}), CLOSE)
            return
        except HttpError as exc:  # a multipart body that is none
            response = HttpResponse(status=exc.status, body={"reason": exc.reason})
        except TimeoutError:
            subscription.journal.add("ERROR", method, f"{path} took more than {PATIENCE:.0f} s")
            await reply(scope, send, HttpResponse(status=408 if request is None else 504), CLOSE)
            return
        took = (time.perf_counter() - began) * 1000
        subscription.journal.add("INFO", method, f"{path} answered with {response.status} in {took:.0f} ms")
        await reply(scope, send, response)


async def answered(registration: Registration, request: Any) -> HttpResponse:
    """Return the connector's answer; what it raises becomes one, too."""
    subscription = registration.subscription
    try:
        return await registration.answer(request)
    except HttpError as exc:
        subscription.log(f"Refused with {exc.status}: {exc.reason}", severity="WARNING", tag=request.method)
        return HttpResponse(status=exc.status, body={"reason": exc.reason} if exc.status < 500 else None)
    except ConnectorInputError as exc:
        subscription.log(f"Invalid input: {exc.message}", severity="ERROR", tag=request.method)
        return HttpResponse(status=422, body={"reason": exc.message})
    except ConnectorError as exc:
        subscription.log(exc.message, severity="ERROR", tag=request.method)
        return HttpResponse(status=422, body={"code": exc.code, "message": exc.message})
    except Exception as exc:  # a connector's code may raise anything; the caller learns nothing of it
        subscription.log(f"Other error: {type(exc).__name__}: {exc}", severity="ERROR", tag=request.method)
        log.debug("a call failed", exc_info=True)
        return HttpResponse(status=500)


async def reply(scope: Scope, send: Send, response: HttpResponse, *more: tuple[bytes, bytes]) -> None:
    """Send an answer."""
    content, kind = encoded(response.body)
    headers = [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in response.headers.items()
        if name.lower() not in OWN_HEADERS and name.isascii() and (name + value).isprintable()
    ]
    if kind is not None and not any(name == b"content-type" for name, _ in headers):
        headers.append((b"content-type", kind))
    status = response.status
    if not 200 <= status <= 599:
        log.warning("%s: status %s is none that a caller can get; 500 was sent", scope["path"], status)
        status, content = 500, b""
    if status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(content)))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *more]})
    silent = scope["method"] == "HEAD" or status in (204, 304)
    await send({"type": "http.response.body", "body": b"" if silent else content})


def encoded(body: Any) -> tuple[bytes, bytes | None]:
    """Return a body's bytes and their type."""
    if body is None:
        return b"", None
    if isinstance(body, bytes):
        return body, b"application/octet-stream"
    if isinstance(body, str):
        return body.encode(errors="replace"), b"text/plain;charset=UTF-8"
    return dumps(body), b"application/json"

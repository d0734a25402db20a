"""Calls of ``/inbound/<path>``: who has a path, and the way of one call to its connector and back."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from connectory_runtime.inbound.answers import Header, Receive, Scope, Send, reply
from connectory_runtime.inbound.calls import BodyTooLargeError, read_request
from connectory_runtime.inbound.cors import Cors
from connectory_runtime.inbound.elements import PHYSICAL_TENANT
from connectory_runtime.inbound.running import Running
from connectory_runtime.inbound.seen import MOST as SHOWN
from connectory_runtime.inbound.seen import Seen
from connectory_runtime.outbound.expressions import EvaluationError
from connectory_sdk import ConnectorError, ConnectorInputError
from connectory_sdk.http import Answer, HttpError, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from connectory_runtime.inbound.subscription import Subscription

log = logging.getLogger(__name__)

PREFIX = "/inbound/"
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE"}
ALLOW = (b"allow", b"GET,HEAD,POST,PUT,DELETE,OPTIONS")
CLOSE = (b"connection", b"close")
LATER = (b"retry-after", b"1")
MOVED = "Context: {path} already in use by: process {process}({element})"


class SwitchedOffError(ConnectorInputError):
    """There are no webhooks in this service."""


@dataclass(eq=False, slots=True)
class Registration:
    """A subscription that has a path, or waits for it."""

    subscription: "Subscription"
    answer: Answer


class Webhooks:
    """The paths that are in use.

    Args:
        most: Bytes of a request's body; larger ones are refused.
        running: How many calls may run, and how long.
        cors: Origins whose pages may call.
        scoped: Paths begin with the physical tenant and the tenant.
        enabled: There are webhooks at all.

    Attributes:
        complete: Whether a path that nobody has is known to be nobody's: not before all models are known, and not
            when subscriptions end with the service.
        resting: Who had a path that nobody has at the moment: paused, or about to begin anew.
    """

    def __init__(self, *, most: int, running: Running, cors: Cors, scoped: bool = False, enabled: bool = True) -> None:
        self.most = most
        self.running = running
        self.cors = cors
        self.scoped = scoped
        self.enabled = enabled
        self.paths: dict[str, list[Registration]] = {}
        self.complete = False
        self.resting: dict[str, Subscription] = {}

    async def hold(self, path: str, subscription: "Subscription", answer: Answer) -> NoReturn:
        """Answer the calls of a path until cancelled; where another has it, wait for it to be free."""
        if not self.enabled:
            raise SwitchedOffError("Webhooks are switched off; set CAMUNDA_CONNECTOR_WEBHOOK_ENABLED=true")
        path = self.full_path(path, subscription.group.first.definition.tenant_id)
        registration = Registration(subscription, answer)
        queue = self.paths.setdefault(path, [])
        queue.append(registration)
        self.resting.pop(path, None)
        self._tell(path)
        try:
            await asyncio.Event().wait()
        finally:
            queue.remove(registration)
            if queue:
                self._tell(path)
            else:
                del self.paths[path]
                if subscription.comes_back:
                    self.resting[path] = subscription
        raise AssertionError("nothing sets the event")

    def forget(self, subscription: "Subscription") -> None:
        """Let go of the paths of a subscription that does not come back."""
        for path in [path for path, one in self.resting.items() if one is subscription]:
            del self.resting[path]

    def full_path(self, path: str, tenant: str) -> str:
        """Return a path as callers write it behind ``/inbound/``."""
        return f"{PHYSICAL_TENANT}/{tenant}/{path}" if self.scoped else path

    def _tell(self, path: str) -> None:
        """Say to all who want a path how they stand."""
        active, *waiting = self.paths[path]
        active.subscription.healthy(path=path)
        first = active.subscription.group.first
        for registration in waiting:
            registration.subscription.unhealthy(
                MOVED.format(path=path, process=first.definition.id, element=first.id), path=path
            )

    async def serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call of a path, wherever it is mounted."""
        queue = self.paths.get(path)
        said: tuple[Header, ...] = ()
        if self.cors.origins:
            said = self.cors.headers(dict(scope["headers"]), preflight=scope["method"] == "OPTIONS")
        if queue is None:
            resting = self.resting.get(path)
            if self.complete and (resting is None or not resting.comes_back):
                await reply(scope, send, HttpResponse(status=404), *said)
            else:
                await reply(scope, send, HttpResponse(status=503), LATER, *said)
            return
        if scope["method"] not in METHODS:
            status = 200 if scope["method"] == "OPTIONS" else 405
            await reply(scope, send, HttpResponse(status=status), ALLOW, *said)
            return
        if self.running.full:
            queue[0].subscription.journal.add(
                "WARNING", scope["method"], f"Refused: {self.running.most} calls are being answered"
            )
            await reply(scope, send, HttpResponse(status=503), LATER, CLOSE, *said)
            return
        response, more = await self._answer(queue[0], scope, receive)
        if response is not None:
            await reply(scope, send, response, *more, *said)

    async def _answer(
        self, registration: Registration, scope: Scope, receive: Receive
    ) -> tuple[HttpResponse | None, tuple[Header, ...]]:
        """Return the answer to a call and headers of the server's own; no answer where the caller has gone."""
        journal = registration.subscription.journal
        method = scope["method"]
        task = self.running.begin()
        began = time.perf_counter()
        request = None
        try:
            request = await read_request(scope, receive, self.most)
            self.running.unread.discard(task)
            if request is None:
                return None, ()
            response = await answered(registration, request)
        except BodyTooLargeError:
            reason = f"The body has more than {self.most} bytes"
            journal.add("WARNING", method, f"Refused: {reason}")
            return HttpResponse(status=413, body={"reason": reason}), (CLOSE,)
        except HttpError as exc:  # a multipart body that is none
            journal.add("WARNING", method, f"Refused with {exc.status}: {exc.reason}")
            return HttpResponse(status=exc.status, body={"reason": exc.reason}), ()
        except asyncio.CancelledError:
            if not self.running.was_late(task):
                raise
            slow = f"sent no whole body in {self.running.reading:.0f} s"
            if request is not None:
                slow = f"was not answered in {self.running.answering:.0f} s"
            journal.add("ERROR", method, f"The call {slow}")
            return HttpResponse(status=408 if request is None else 504), (CLOSE,)
        finally:
            self.running.end(task)
        masked = registration.subscription.masked
        shown = request.body if len(request.body) <= SHOWN else request.body[: SHOWN + 1]
        took = time.perf_counter() - began
        journal.add(
            "INFO",
            method,
            Seen(masked, method, request.url, request.headers, request.params, shown, response.status, took),
        )
        return response, ()


async def answered(registration: Registration, request: HttpRequest) -> HttpResponse:
    """Return the connector's answer; what it raises becomes one, too."""
    subscription = registration.subscription
    try:
        return await registration.answer(request)
    except HttpError as exc:
        subscription.log(f"Refused with {exc.status}: {exc.reason}", severity="WARNING", tag=request.method)
        return HttpResponse(status=exc.status, body={"reason": exc.reason} if exc.status < 500 else None)
    except ConnectorInputError as exc:
        subscription.log(f"Invalid input: {exc.message}", severity="ERROR", tag=request.method)
        said = {"reason": exc.message}
        if isinstance(exc, EvaluationError):
            said["expression"] = exc.expression
        return HttpResponse(status=422, body=subscription.masked.value(said))
    except ConnectorError as exc:
        subscription.log(exc.message, severity="ERROR", tag=request.method)
        return HttpResponse(status=422, body={"code": exc.code, "message": subscription.masked.text(exc.message)})
    except Exception as exc:  # a connector's code may raise anything; the caller learns nothing of it
        subscription.log(f"Other error: {type(exc).__name__}: {exc}", severity="ERROR", tag=request.method)
        log.debug("a call failed", exc_info=True)
        return HttpResponse(status=500)

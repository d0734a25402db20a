"""The ASGI application: finds the operation, reads and checks the request, sends the answer."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from connectory_engine.engine import Engine, Rejected
from connectory_engine.gateway.documents import DocumentStore
from connectory_engine.gateway.multipart import read_form, unsupported
from connectory_engine.gateway.polling import Ticker, Waiters
from connectory_engine.gateway.problems import Problem, of_rejection
from connectory_engine.gateway.shapes import INT64, KEY
from connectory_engine.gateway.wire import Call, Reply, Route, refusal
from connectory_engine.values import MOST_LEVELS, too_deep

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/v2"

log = logging.getLogger(__name__)


class Routes:
    """The routing table: a path is looked up whole, then segment by segment."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._plain: dict[str, dict[str, Route]] = {}
        self._patterns: dict[int, list[tuple[re.Pattern[str], dict[str, Route]]]] = {}
        grouped: dict[str, dict[str, Route]] = {}
        for route in routes:
            grouped.setdefault(route.path, {})[route.method] = route
        for path, methods in grouped.items():
            if "{" in path:
                pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
                self._patterns.setdefault(path.count("/"), []).append((pattern, methods))
            else:
                self._plain[path] = methods

    def find(self, path: str) -> tuple[dict[str, Route], dict[str, str]] | None:
        """Give the operations on a path and what its placeholders stand for."""
        if (methods := self._plain.get(path)) is not None:
            return methods, {}
        for pattern, methods in self._patterns.get(path.count("/"), ()):
            if match := pattern.fullmatch(path):
                return methods, match.groupdict()
        return None


class Gateway:
    """The engine behind Camunda's REST API, as an ASGI application that needs no framework."""

    def __init__(self, engine: Engine, routes: Iterable[Route]) -> None:
        self.engine = engine
        self.documents = DocumentStore(engine)
        self.waiters = Waiters()
        self._routes = Routes(routes)
        self._ticker: Ticker | None = None
        engine.on_job(self.waiters.wake)

    def start(self) -> None:
        """Let the engine's time pass in the running loop; the first request does this, too."""
        if self._ticker is None:
            self._ticker = Ticker(self.engine)

    def stop(self) -> None:
        """Answer the requests that wait, with nothing, and let no more time pass."""
        self.waiters.stop()
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event; other protocols than HTTP are not spoken."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            return
        self.start()
        reply = await self._answer(scope, receive)
        if reply is None:
            return
        headers = [(b"content-type", reply.content_type), *reply.headers] if reply.body else [*reply.headers]
        if reply.status != 204:
            headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Reply | None:
        path: str = scope["path"]
        try:
            route, arguments = self._route(scope["method"], path)
            call = await _read(route, arguments, scope, receive)
            if call is None:
                return None
            reply = route.handler(self, call)
            return reply if isinstance(reply, Reply) else await _while_connected(reply, receive)
        except Problem as problem:
            return refusal(problem, path)
        except Rejected as rejected:
            return refusal(of_rejection(rejected.kind, rejected.text), path)
        except Exception:
            log.exception("%s %s failed; this is a defect of the engine", scope["method"], path)
            return refusal(Problem(500, "Unexpected error occurred during the request processing"), path)

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, Any]]:
        found = self._routes.find(path[len(PREFIX) :]) if path.startswith(PREFIX) else None
        if found is None:
            raise Problem(404, f"No endpoint {method} {path}.")
        methods, arguments = found
        route = methods.get(method)
        if route is None:
            raise Problem(405, f"Method '{method}' is not supported.", headers={"allow": ", ".join(sorted(methods))})
        return route, {name: _argument(name, value) for name, value in arguments.items()}


def _argument(name: str, value: str) -> int | str:
    """Read a placeholder of the path; those named as keys are numbers."""
    if not name.endswith("Key"):
        return value
    if KEY.fullmatch(value) and -INT64 <= (number := int(value)) < INT64:
        return number
    raise Problem(400, f"Failed to convert '{name}' with value: '{value}'")


async def _read(route: Route, arguments: dict[str, Any], scope: Scope, receive: Receive) -> Call | None:
    body = await _body(receive, route.most_bytes)
    if body is None:
        return None
    call = Call(route.method, scope["path"], arguments)
    call.host = f"{scope.get('scheme', 'http')}://{_header(scope, b'host')}"
    if scope["query_string"]:
        call.query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if route.form:
        call.parts = read_form(_header(scope, b"content-type"), body)
    elif route.body is not None:
        call.body = _document(route, _header(scope, b"content-type"), body)
    return call


def _document(route: Route, content_type: str, body: bytes) -> dict[str, Any]:
    missing = Problem(400, "Required request body is missing")
    if not body:
        if route.required:
            raise missing
        document = None
    else:
        if not content_type.lower().startswith("application/json"):
            raise unsupported(content_type)
        try:
            document = orjson.loads(body)
        except ValueError:
            raise Problem(400, "Failed to read request") from None
        if body.count(b"[") + body.count(b"{") > MOST_LEVELS and too_deep(document):
            raise Problem(400, f"Failed to read request: it is nested deeper than {MOST_LEVELS} levels")
        if document is None and route.required:
            raise missing
    check = route.body
    return {} if check is None else check({} if document is None else document, "")


async def _body(receive: Receive, most: int) -> bytes | None:
    """Read the whole body; None when the client has gone. What is too large is read to its end but not kept."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size <= most:
            pieces.append(piece)
        if not message.get("more_body"):
            break
    if size > most:
        raise Problem(413, f"Maximum upload size exceeded: the request has {size} bytes, {most} are allowed")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _while_connected(work: Awaitable[Reply], receive: Receive) -> Reply | None:
    """Wait for a reply as long as the client does; when it goes, stop waiting and free what was held."""
    answering = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone = leaving.done()
        leaving.cancel()
        if not answering.done():
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
    if not gone:
        return answering.result()
    if not answering.cancelled() and answering.exception() is None and (undo := answering.result().unsent) is not None:
        undo()
    return None


def _header(scope: Scope, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

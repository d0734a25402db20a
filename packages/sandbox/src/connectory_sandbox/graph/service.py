"""The Graph service: who asks, may they, then the call."""

import json
import time
import urllib.parse
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from connectory_sandbox.asgi import Answer, Request, application
from connectory_sandbox.control import controlled
from connectory_sandbox.faults import Fault, Faults, suffer
from connectory_sandbox.graph.calls import Call, bad
from connectory_sandbox.graph.directory import Directory, GraphError
from connectory_sandbox.graph.discovery import instance
from connectory_sandbox.graph.files import upload
from connectory_sandbox.graph.login import Issued, Login
from connectory_sandbox.graph.messages import CARD, check_card
from connectory_sandbox.graph.methods import METHODS
from connectory_sandbox.server import Server
from connectory_sandbox.service import Journal

VERSION = "/v1.0"
REFUSALS = {
    429: ("TooManyRequests", "Too many requests."),
    500: ("InternalServerError", "Internal Server Error"),
    502: ("BadGateway", "Failed to execute backend request."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The gateway did not get an answer in time."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCall:
    """A call as it came.

    Args:
        method: HTTP method.
        path: Path below the version, decoded; of a webhook or upload, the whole path.
        query: Query options.
        body: The JSON body; None without one.
        token: The token, if there was one.
        content: The bytes of a body that is no JSON.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    token: str | None
    content: bytes = b""

    @property
    def operation(self) -> str:
        """What faults go by: ``POST /chats/19:a@thread.v2/messages``."""
        return f"{self.method} {self.path}"

    def entry(self) -> dict[str, Any]:
        """Return it as shown, without the token."""
        shown = (
            {"query": dict(self.query)} if self.query and self.path.startswith(("/chats", "/teams", "/drives")) else {}
        )
        return {"service": "graph", "method": self.method, "path": self.path, **shown, "body": self.body}


class GraphService:
    """Microsoft's login and Graph.

    An operation, for faults, is method and path below the version: ``POST /chats/*``; of the login it is ``token`` or
    ``discovery``, of a webhook ``webhook``, of the bytes of a file ``upload``.
    """

    name: ClassVar[str] = "graph"

    def __init__(self) -> None:
        self.received: list[GraphCall] = []
        self.faults = Faults()
        self.directory = Directory()
        self.login = Login()
        self.journal = Journal()
        self.server = Server(application(controlled(self, self.handle)))

    @property
    def url(self) -> str:
        """Base address of Graph, with its version."""
        return f"{self.server.base}{VERSION}"

    @property
    def login_url(self) -> str:
        """Base address of the login."""
        return self.server.base

    @property
    def environ(self) -> Mapping[str, str]:
        """Lead the Teams connector here."""
        return {
            "CONNECTORY_TEAMS_GRAPH_URL": self.url,
            "CONNECTORY_TEAMS_LOGIN_URL": self.login_url,
            "CONNECTORY_TEAMS_WEBHOOK_URL": self.server.base,
        }

    async def start(self, journal: Journal, *, port: int = 0) -> None:
        """Begin to listen."""
        self.journal = journal
        await self.server.start(port=port)

    async def stop(self) -> None:
        """Stop listening."""
        await self.server.stop()

    def reset(self) -> None:
        """Forget what came, the directory, clients, tokens and faults."""
        self.received.clear()
        self.faults.clear()
        self.directory = Directory()
        self.login = Login()

    async def handle(self, request: Request) -> Answer:
        """Answer a request to the login, to Graph, for an upload or to a webhook."""
        parts = [urllib.parse.unquote(part) for part in request.raw_path.strip("/").split("/")]
        match [request.method, *parts]:
            case [_, "v1.0", *rest]:
                return await self.graph(request, rest)
            case ["POST", tenant, "oauth2", "v2.0", "token"]:
                return await self.signing_in("token", lambda: self.login.grant(request, tenant))
            case ["GET", tenant, "v2.0", ".well-known", "openid-configuration"]:
                return await self.signing_in("discovery", lambda: self.login.discovery(request, tenant))
            case ["GET", "common", "discovery", "instance"]:
                return await self.signing_in("discovery", lambda: instance(request))
            case ["PUT", "_upload", key]:
                return await self.part(request, key)
            case ["POST", *_] if request.path.endswith("/triggers/manual/paths/invoke"):
                return await self.webhook(request)
        return Answer.text("Not Found", status=404)

    async def signing_in(self, operation: str, answer: Any) -> Answer:
        """Answer for the login."""

        async def usual() -> Answer:
            made: Answer = answer()
            return made

        return await suffer(self.faults.take(operation), usual)

    def note(self, request: Request, path: str) -> tuple[GraphCall, GraphError | None]:
        """Write a call down."""
        body, content, problem = None, b"", None
        if request.content:
            try:
                body = request.json() if request.content_type == "application/json" else None
                content = request.content if body is None else b""
            except ValueError:
                problem = bad(
                    "Unable to read JSON request payload. Please ensure Content-Type "
                    "header is set and payload is of valid JSON format."
                )
        call = GraphCall(
            method=request.method, path=path, query=request.query, body=body, token=request.bearer, content=content
        )
        self.received.append(call)
        self.journal.add(call)
        return call, problem

    async def graph(self, request: Request, parts: list[str]) -> Answer:
        """Answer a call of Graph."""
        path = "/" + "/".join(parts)
        received, problem = self.note(request, path)

        async def usual() -> Answer:
            try:
                token = self.token(request)
                if problem is not None:
                    raise problem
                return self.carry(request, received, parts, token)
            except GraphError as exc:
                return refusal(exc.status, exc.code, exc.message)

        return await suffer(self.faults.take(received.operation), usual, refuse=refused)

    def token(self, request: Request) -> Issued:
        """Return the token of a call."""
        if request.bearer is None:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty.")
        found = self.login.token(request.bearer)
        if found is None:
            raise GraphError(
                401, "InvalidAuthenticationToken", "IDX14100: JWT is not well formed, there are no dots (.)."
            )
        if found.until <= time.time():
            raise GraphError(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        return found

    def carry(self, request: Request, received: GraphCall, parts: list[str], token: Issued) -> Answer:
        """Carry a call out."""
        for method in METHODS:
            ids = method.match(request.method, parts)
            if ids is None:
                continue
            method.permit(token)
            for name in request.query:
                if name not in method.query:
                    raise bad(f"Query option '{name}' is not allowed.")
            if request.content and request.content_type != "application/json" and request.method == "POST":
                raise GraphError(415, "UnsupportedMediaType", "Content-Type must be application/json.")
            call = Call(
                ids=ids,
                query=request.query,
                body=received.body,
                content=request.content,
                token=token,
                directory=self.directory,
                base=self.url,
                path=request.raw_path.removeprefix(VERSION),
            )
            return method.carry(call)
        known = any(method.match(method.verb, parts) is not None for method in METHODS)
        if known:
            raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        raise bad(f"Resource not found for the segment '{parts[0] if parts else ''}'.")

    async def part(self, request: Request, key: str) -> Answer:
        """Take the bytes of a file."""
        self.note(request, f"/_upload/{key}")

        async def usual() -> Answer:
            if request.bearer is not None:
                return refusal(401, "unauthenticated", "An upload address takes no Authorization header.")
            return upload(self.directory, key, request.content, request.headers.get("content-range", ""))

        return await suffer(self.faults.take("upload"), usual, refuse=refused)

    async def webhook(self, request: Request) -> Answer:
        """Take a card for a Workflows webhook."""
        received, problem = self.note(request, request.path)

        async def usual() -> Answer:
            if "sig" not in request.query:
                return Answer.json(
                    {
                        "error": {
                            "code": "DirectApiAuthorizationRequired",
                            "message": "The request must be authenticated by the sig of the address.",
                        }
                    },
                    status=401,
                )
            try:
                if problem is not None:
                    raise problem
                check_webhook(received.body)
            except GraphError as exc:
                return Answer.json(
                    {"error": {"code": "TriggerInputSchemaMismatch", "message": exc.message}}, status=400
                )
            return Answer(status=202)

        return await suffer(self.faults.take("webhook"), usual, refuse=refused)


def check_webhook(body: Any) -> None:
    """Check what is sent to a webhook."""
    attachments = body.get("attachments") if isinstance(body, dict) and body.get("type") == "message" else None
    if not isinstance(attachments, list) or not attachments:
        raise bad("The body must be of type message and have attachments.")
    for one in attachments:
        if not isinstance(one, dict) or one.get("contentType") != CARD or not isinstance(one.get("content"), dict):
            raise bad("An attachment must be an adaptive card, its content an object.")
        check_card(one["content"])


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a refusal as Graph writes it."""
    key = str(uuid.uuid4())
    inner = {"date": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()), "request-id": key, "client-request-id": key}
    body = {"error": {"code": code, "message": message, "innerError": inner}}
    return Answer(
        status=status,
        headers={"content-type": "application/json", "request-id": key, **(headers or {})},
        content=json.dumps(body).encode(),
    )


def refused(fault: Fault) -> Answer:
    """Return the answer of a fault as Graph would give it."""
    if fault.body is not None:
        return fault.answer()
    code, text = REFUSALS.get(fault.status, ("UnknownError", f"fault {fault.status}, as asked"))
    headers = {"retry-after": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
    return refusal(fault.status, code, text, headers)

"""The Slack service: who calls, with what, how often; then the method."""

import json
import math
import time
from collections import deque
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from connectory_sandbox.asgi import Answer, Receive, Request, Send, application
from connectory_sandbox.control import controlled
from connectory_sandbox.faults import Fault, Faults, suffer
from connectory_sandbox.secrets import MARK
from connectory_sandbox.server import Server
from connectory_sandbox.service import Journal
from connectory_sandbox.slack.calls import Call
from connectory_sandbox.slack.methods import METHODS
from connectory_sandbox.slack.sockets import PATH, Sockets
from connectory_sandbox.slack.workspace import SlackError, Token, Workspace

FORM = "application/x-www-form-urlencoded"
TYPES = {"application/json", FORM, "multipart/form-data", "text/plain"}
PREFIXES = ("xoxb-", "xoxp-", "xoxe.", "xapp-", MARK)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackCall:
    """A call as it came.

    Args:
        operation: The method, such as ``chat.postMessage``; ``upload`` for the bytes of a file.
        body: Its arguments, without the token; JSON in a form is read.
        token: The token, if there was one.
        content: The bytes of an upload.
    """

    operation: str
    body: Mapping[str, Any]
    token: str | None
    content: bytes = b""

    def entry(self) -> dict[str, Any]:
        """Return it as shown, without the token."""
        return {"service": "slack", "operation": self.operation, "body": dict(self.body)}


@dataclass(slots=True, kw_only=True)
class RateLimit:
    """So many calls of a method in so many seconds."""

    calls: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self) -> int:
        """Return the seconds to wait for the next call, as Slack says them; 0 counts the call."""
        now = time.monotonic()
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        if len(self.times) < self.calls:
            self.times.append(now)
            return 0
        return max(1, math.ceil(self.times[0] + self.seconds - now))


class SlackService:
    """Slack's Web API and socket mode; an operation, for faults, is the method's name: ``chat.*``."""

    name: ClassVar[str] = "slack"

    def __init__(self) -> None:
        self.received: list[SlackCall] = []
        self.faults = Faults()
        self.workspace = Workspace()
        self.tokens: dict[str, Token] = {}
        self.limits: dict[str, RateLimit] = {}
        self.journal = Journal()
        self.sockets = Sockets()
        self.web = application(controlled(self, self.handle))
        self.server = Server(self.serve, sockets=True)

    @property
    def url(self) -> str:
        """Base address of the methods."""
        return f"{self.server.base}/api/"

    @property
    def environ(self) -> Mapping[str, str]:
        """Lead the Slack connector here."""
        return {"CONNECTORY_SLACK_API_URL": self.url}

    async def start(self, journal: Journal, *, port: int = 0) -> None:
        """Begin to listen."""
        self.journal = journal
        await self.server.start(port=port)

    async def stop(self) -> None:
        """Stop listening."""
        await self.server.stop()

    def reset(self) -> None:
        """Forget what came, the workspace, tokens, limits and faults."""
        self.received.clear()
        self.faults.clear()
        self.tokens.clear()
        self.limits.clear()
        self.workspace = Workspace()
        self.sockets.waiting.clear()
        self.sockets.acknowledged.clear()

    def add_token(self, value: str, *, scopes: str | None = None, error: str | None = None) -> None:
        """Issue a token with some scopes, or one that is refused: ``token_revoked``, ``account_inactive``.

        Once one was issued, no other is accepted; before, every value that looks like a token is.
        """
        token = Token(error=error) if scopes is None else Token(scopes=frozenset(scopes.split()), error=error)
        self.tokens[value] = token

    def limit(self, method: str, *, calls: int, seconds: float) -> None:
        """Let a method be called so often; more is answered with 429 and ``Retry-After``."""
        self.limits[method] = RateLimit(calls=calls, seconds=seconds)

    def drop_sockets(self) -> None:
        """Break the web sockets, as a network that fails does."""
        self.server.drop_sockets()

    async def serve(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve a call or a web socket."""
        if scope["type"] == "http":
            await self.web(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"].startswith(PATH):
            await self.sockets.serve(scope, receive, send)

    async def handle(self, request: Request) -> Answer:
        """Write a call down and answer it."""
        match request.path.strip("/").split("/"):
            case ["upload", "v1", file] if request.method == "POST":
                return await self.upload(request, file)
            case ["api", method]:
                return await self.call(request, method)
        return Answer.text("Not Found", status=404)

    async def call(self, request: Request, name: str) -> Answer:
        """Answer a call of a method."""
        problem: SlackError | None = None
        arguments: dict[str, Any] = {}
        try:
            arguments = read(request, reads=name in METHODS and METHODS[name].reads)
        except SlackError as exc:
            problem = exc
        token = request.bearer or arguments.pop("token", None)
        arguments.pop("token", None)
        received = SlackCall(operation=name, body={key: plain(value) for key, value in arguments.items()}, token=token)
        self.received.append(received)
        self.journal.add(received)

        async def usual() -> Answer:
            if name in self.limits and (wait := self.limits[name].wait()):
                return limited(wait)
            try:
                if problem is not None:
                    raise problem
                return Answer.json({"ok": True, **self.carry(name, arguments, token, request.base)})
            except SlackError as exc:
                return Answer.json({"ok": False, "error": exc.error, **exc.facts})

        return await suffer(self.faults.take(name), usual, refuse=refused)

    def carry(self, name: str, arguments: Mapping[str, Any], value: str | None, base: str) -> dict[str, Any]:
        """Check token and arguments, then carry the method out."""
        if name == "apps.connections.open":
            if value is None or not value.startswith(("xapp-", MARK)):
                raise SlackError("not_allowed_token_type" if value else "not_authed")
            self.token(value)
            return {"url": self.sockets.open(base)}
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        method = METHODS[name]
        call = Call(arguments=arguments, token=self.token(value), workspace=self.workspace, base=base)
        if method.scope:
            call.needs(method.scope)
        if missing := [key for key in method.required if arguments.get(key) in (None, "")]:
            if name == "conversations.create":
                raise SlackError("invalid_name_required")
            if name == "conversations.invite" and missing == ["users"]:
                raise SlackError("no_user")
            messages = [f"[ERROR] missing required field: {key}" for key in missing]
            raise SlackError("invalid_arguments", response_metadata={"messages": messages})
        return method.carry(call)

    def token(self, value: str | None) -> Token:
        """Return the token of a value."""
        if not value:
            raise SlackError("not_authed")
        unknown = Token() if value.startswith(PREFIXES) and not self.tokens else None
        token = self.tokens.get(value, unknown)
        if token is None:
            raise SlackError("invalid_auth")
        if token.error:
            raise SlackError(token.error)
        return token

    async def upload(self, request: Request, id: str) -> Answer:
        """Take the bytes of a file."""
        file = self.workspace.files.get(id)
        shown = {"file": id, "filename": file.name if file else None, "size": len(request.content)}
        received = SlackCall(operation="upload", body=shown, token=None, content=request.content)
        self.received.append(received)
        self.journal.add(received)

        async def usual() -> Answer:
            if file is None:
                return Answer.text("Not Found", status=404)
            if len(request.content) != file.length and request.content_type != "multipart/form-data":
                return Answer.text(f"expected {file.length} bytes, got {len(request.content)}", status=400)
            file.content = request.content
            return Answer.text(f"OK - {len(request.content)}")

        return await suffer(self.faults.take("upload"), usual)


def read(request: Request, *, reads: bool) -> dict[str, Any]:
    """Return the arguments of a call: of the query, and of a form or JSON body.

    Raises:
        SlackError: The body is not what its content type says.
    """
    arguments: dict[str, Any] = dict(request.query)
    if request.method not in {"GET", "POST"} or not request.content:
        return arguments
    if not request.content_type:
        raise SlackError("missing_post_type")
    if request.content_type not in TYPES:
        raise SlackError("invalid_post_type")
    if request.charset.lower() not in {"utf-8", "utf8", "iso-8859-1"}:
        raise SlackError("invalid_charset")
    if request.content_type == FORM:
        try:
            return arguments | request.form
        except ValueError:
            raise SlackError("invalid_form_data") from None
    if request.content_type == "application/json" and not reads:
        try:
            value = request.json()
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(value, dict):
            raise SlackError("json_not_object")
        return arguments | value
    return arguments


def plain(value: Any) -> Any:
    """Return an argument that a form carries as JSON text as what it means."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def limited(wait: float) -> Answer:
    """Return what Slack answers to too many calls."""
    return Answer.json({"ok": False, "error": "ratelimited"}, status=429, headers={"retry-after": f"{wait:g}"})


def refused(fault: Fault) -> Answer:
    """Return the answer of a fault as Slack would give it."""
    if fault.status == 429:
        return limited(1 if fault.retry_after is None else fault.retry_after)
    if fault.body is None and fault.status == 503:
        return Answer.json({"ok": False, "error": "service_unavailable"}, status=503)
    if fault.body is None and fault.status == 500:
        return Answer.json({"ok": False, "error": "internal_error"}, status=500)
    return fault.answer()

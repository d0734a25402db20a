"""Requests and answers over plain ASGI: all that the fakes need of a web framework."""

import asyncio
import json
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came.

    Args:
        method: In capitals.
        path: Decoded, without the query.
        query_string: As it came, without the question mark.
        headers: Names in small letters; values of equal names are joined by a comma.
        content: The bytes of the body.
        base: Address of this server.
        raw_path: The path as it came, for ids that may have slashes of their own.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    content: bytes
    base: str
    raw_path: str = ""

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's arguments; of equal names the last counts."""
        return dict(urllib.parse.parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def content_type(self) -> str:
        """The media type without parameters, in small letters; empty without one."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @cached_property
    def charset(self) -> str:
        """The charset of the body."""
        for parameter in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"') or "utf-8"
        return "utf-8"

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of an urlencoded body; of equal names the last counts."""
        return dict(urllib.parse.parse_qsl(self.content.decode(), keep_blank_values=True))

    @property
    def bearer(self) -> str | None:
        """The token of the header ``Authorization``, if it is a bearer token."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ValueError: It is none.
        """
        return json.loads(self.content)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back.

    Args:
        status: HTTP status.
        headers: Header fields; the length is set by the server.
        content: The bytes of the body.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @classmethod
    def json(cls, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> "Answer":
        """Return an answer with a JSON body."""
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(
            status=status,
            headers={"content-type": "application/json; charset=utf-8", **(headers or {})},
            content=content,
        )

    @classmethod
    def text(cls, value: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> "Answer":
        """Return an answer with a plain text body."""
        return cls(
            status=status,
            headers={"content-type": "text/plain; charset=utf-8", **(headers or {})},
            content=value.encode(),
        )


class DroppedError(Exception):
    """Raised by a handler to close the connection without an answer."""


Handler = Callable[[Request], Awaitable[Answer]]


def application(handler: Handler) -> Application:
    """Return an ASGI application that reads each request whole and sends what the handler answers."""

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        request = Request(
            method=scope["method"],
            path=scope["path"],
            query_string=scope["query_string"].decode("latin-1"),
            headers=fields(scope["headers"]),
            content=await body(receive),
            base="http://{}:{}".format(*scope["server"]),
            raw_path=scope["raw_path"].split(b"?")[0].decode("latin-1"),
        )
        try:
            answer = await handler(request)
        except DroppedError:
            scope["extensions"]["connectory.drop"]["abort"]()
            return
        except asyncio.CancelledError:
            return  # the caller has gone, or the sandbox ends
        headers = {"content-length": str(len(answer.content)), **answer.headers}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.content})

    return app


def fields(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return header fields by name."""
    headers: dict[str, str] = {}
    for key, value in raw:
        name, text = key.decode("latin-1"), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


async def body(receive: Receive) -> bytes:
    """Return the whole body of a request."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)

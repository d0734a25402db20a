"""Requests and replies of the runtime's own endpoints."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """A call of an endpoint."""

    method: str
    path: str
    argument: str | None
    body: bytes
    scope: Mapping[str, Any]

    def header(self, name: str) -> str | None:
        """Return a header."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted), None)

    def json(self) -> Any:
        """Return the body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller gets; a body that is no bytes is sent as JSON."""

    status: int
    body: Any = b""
    content_type: str = "application/json"

    @classmethod
    def text(cls, status: int, text: str) -> Self:
        """Return a reply of plain text."""
        return cls(status, text.encode(), "text/plain;charset=UTF-8")


async def read_body(receive: Callable[[], Awaitable[Mapping[str, Any]]]) -> bytes:
    """Return the whole body; what is too large counts as empty."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        piece = message.get("body", b"")
        size += len(piece)
        if size <= LARGEST:
            pieces.append(piece)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(pieces) if size <= LARGEST else b""

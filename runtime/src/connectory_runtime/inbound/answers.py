"""Answers of webhooks on their way to the caller."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from connectory_runtime.encoding import dumps
from connectory_sdk.http import HttpResponse

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

OWN_HEADERS = {"content-length", "transfer-encoding", "connection", "date", "server"}


async def reply(scope: Scope, send: Send, response: HttpResponse, *more: Header) -> None:
    """Send an answer."""
    status, named, body = response
    content, kind = encoded(body)
    headers: list[Header] = [*more]
    if named:
        given = [header for name, value in named.items() if (header := sendable(name, value))]
        headers += given
        if any(name == b"content-type" for name, _ in given):
            kind = None
    if kind is not None:
        headers.append((b"content-type", kind))
    if not 200 <= status <= 599:
        log.warning("%s: status %s is none that a caller can get; 500 was sent", scope["path"], status)
        status, content = 500, b""
    empty = status in (204, 304)
    if not empty:
        headers.append((b"content-length", b"%d" % len(content)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if empty or scope["method"] == "HEAD" else content})


def sendable(name: str, value: str) -> Header | None:
    """Return a header as it is sent; None where it is the server's own, or could be no header."""
    lower = name.lower()
    if lower in OWN_HEADERS or not name.isascii() or not (name + value).isprintable():
        return None
    return lower.encode(), value.encode("latin-1", "replace")


def encoded(body: Any) -> tuple[bytes, bytes | None]:
    """Return a body's bytes and their type."""
    if body is None:
        return b"", None
    if type(body) is dict:  # as nearly all of them are
        return dumps(body), b"application/json"
    if isinstance(body, bytes):
        return body, b"application/octet-stream"
    if isinstance(body, str):
        return body.encode(errors="replace"), b"text/plain;charset=UTF-8"
    return dumps(body), b"application/json"

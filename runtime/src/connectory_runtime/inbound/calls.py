"""HTTP calls as connectors see them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from connectory_sdk.http import HttpError, HttpRequest, Part

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

MULTIPART = "multipart/form-data"
PATIENCE = 8
"""How many times the limit a body may have to be read, not kept, so that its sender sees the answer."""


class BodyTooLargeError(Exception):
    """A body has more bytes than are taken."""


async def read_request(scope: Mapping[str, Any], receive: Receive, most: int) -> HttpRequest | None:
    """Return a call with its body; None where the caller has gone.

    Raises:
        BodyTooLargeError: The body is too large.
        HttpError: A multipart body is none.
    """
    # Servers give names in lower case; of several headers with one name the first counts.
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
    body = await read_body(receive, most)
    if body is None:
        return None
    query = scope["query_string"].decode("latin-1")
    scheme = first(headers["x-forwarded-proto"]) if "x-forwarded-proto" in headers else scope["scheme"]
    host = first(headers["x-forwarded-host"]) if "x-forwarded-host" in headers else headers.get("host", "localhost")
    params: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True) if query else ():
        if name.strip():  # the first value of a name counts; their order is signed
            params.setdefault(name, value)
    is_form = headers.get("content-type", "").lower().startswith(MULTIPART)
    return HttpRequest(
        scope["method"],
        f"{scheme}://{host}{scope['path']}",
        query,
        headers,
        params,
        b"" if is_form else body,
        parts(headers["content-type"], body) if is_form else (),
    )


def first(values: str) -> str:
    """Return the first of several values with commas: what the proxy next to the caller said."""
    return values.split(",")[0].strip()


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Return a body; None where the caller has gone.

    Raises:
        BodyTooLargeError: It is too large.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece: bytes = message.get("body", b"")
        if not message.get("more_body") and not size and len(piece) <= most:
            return piece  # as nearly all bodies come
        size += len(piece)
        if size <= most:
            pieces.append(piece)
        else:
            pieces.clear()
        if not message.get("more_body") or size > PATIENCE * most:
            break
    if size > most:
        raise BodyTooLargeError
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def parts(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a multipart body.

    Raises:
        HttpError: It is none.
    """
    import io

    from multipart import (  # type: ignore[import-untyped]
        MultipartError,
        MultipartParser,
        parse_options_header,
    )

    _, options = parse_options_header(content_type)
    try:
        parser = MultipartParser(io.BytesIO(body), options.get("boundary", ""), content_length=len(body), strict=False)
        return [
            Part(
                name=part.name,
                filename=part.filename,
                content_type=part.headers.get("content-type"),
                content=part.raw,
            )
            for part in parser
        ]
    except MultipartError as exc:
        raise HttpError(400, f"The body is no multipart form: {exc}") from exc

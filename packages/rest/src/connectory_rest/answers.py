"""From the answer of a server to what expressions of a model see."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from connectory_rest.failures import TARGET, failure
from connectory_sdk import ConnectorError, Document

if TYPE_CHECKING:
    import httpx

HeaderValues = dict[str, str | list[str]]


async def whole(response: "httpx.Response", limit: int) -> bytes:
    """Return the whole body.

    Raises:
        ConnectorError: It is longer than the limit; 0 for none.
    """
    return b"".join([chunk async for chunk in limited(response, limit)])


async def limited(response: "httpx.Response", limit: int) -> AsyncGenerator[bytes, None]:
    """Yield the body as it arrives.

    Raises:
        ConnectorError: It breaks off, or is longer than the limit; 0 for none.
    """
    import httpx

    count = 0
    packed = response.headers.get("content-encoding")
    content = unpacked(response, packed) if packed else cast("httpx.AsyncByteStream", response.stream)
    try:
        async for chunk in content:
            count += len(chunk)
            if limit and count > limit:
                raise ConnectorError(
                    f"the answer is longer than the limit of {limit} bytes; ask for less, store it as a document, or"
                    " raise CONNECTORY_REST_MAX_RESPONSE_BYTES or the element's own limit",
                    code="RESPONSE_TOO_LARGE",
                )
            if chunk:
                yield chunk
    except (httpx.TransportError, httpx.DecodingError) as exc:
        raise failure(exc, response.extensions[TARGET]) from exc


def unpacked(response: "httpx.Response", packed: str) -> AsyncIterator[bytes]:
    """Return the body unpacked; what httpx cannot unpack stays as it is. Some servers write gzip as ``x-gzip``."""
    if "x-gzip" not in packed.lower():
        return response.aiter_bytes()
    headers = {"content-encoding": packed.lower().replace("x-gzip", "gzip")}
    return type(response)(response.status_code, headers=headers, stream=response.stream).aiter_bytes()


def headers_of(response: "httpx.Response") -> HeaderValues:
    """Return the headers, names as received; a repeated name has a list."""
    found: HeaderValues = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = text_of(raw_name), text_of(raw_value)
        present = found.get(name)
        if present is None:
            found[name] = value
        elif isinstance(present, list):
            present.append(value)
        else:
            found[name] = [present, value]
    return found


def text_of(data: bytes) -> str:
    """Return the text of a header, which may be UTF-8 or ISO-8859-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def reason_of(response: "httpx.Response") -> str:
    """Return the reason phrase; HTTP/2 has none."""
    return text_of(response.extensions.get("reason_phrase", b"")).strip()


def body_of(content: bytes) -> Any:
    """Return a body: JSON objects and lists parsed, whatever the content type says, blank as null, the rest as text."""
    text = content.decode("utf-8", errors="replace")
    start = text.lstrip()[:1]
    if not start:
        return None
    parsed = structure(text) if start in "{[" else None
    return text if parsed is None else parsed


def error_body_of(content: bytes) -> Any:
    """Return the body of an error: a JSON object, the only object of a list, a longer list, or text."""
    text = content.decode("utf-8", errors="replace")
    parsed = structure(text) if text.lstrip()[:1] in ("{", "[") else None
    if isinstance(parsed, list) and len(parsed) == 1 and isinstance(parsed[0], dict):
        return parsed[0]
    return text if parsed is None else parsed


def structure(text: str) -> Any:
    """Return JSON; None where it is none."""
    try:
        return STRICT.decode(text)
    except (ValueError, RecursionError):
        return None


def refuse(name: str) -> Any:
    """Refuse ``NaN`` and its relatives, which Python takes and JSON does not know."""
    raise ValueError(f"{name} is no JSON")


STRICT = json.JSONDecoder(parse_constant=refuse)


def result(response: "httpx.Response", *, body: Any = None, document: Document | None = None) -> dict[str, Any]:
    """Return what expressions see."""
    return {
        "status": response.status_code,
        "headers": headers_of(response),
        "body": body,
        "reason": reason_of(response),
        "document": document,
    }


def status_error(response: "httpx.Response", content: bytes, *, hint: str | None = None) -> ConnectorError:
    """Return the error for a status from 400 on."""
    return ConnectorError(
        reason_of(response) or "[no reason]",
        code=str(response.status_code),
        variables=error_variables(response, content),
        hint=hint,
    )


def error_variables(response: "httpx.Response", content: bytes) -> Mapping[str, Any]:
    """Return what an error expression sees as `error.variables`."""
    return {"response": {"headers": headers_of(response), "body": error_body_of(content)}}

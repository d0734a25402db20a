"""External documents: fetched where they are, within limits of time and size."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from connectory_runtime.client.problems import UnreachableError
from connectory_runtime.client.transport import Transport
from connectory_sdk import ConnectorError, ConnectorInputError
from connectory_sdk.documents import Opened

if TYPE_CHECKING:
    from pyreqwest.response import Response

TIMEOUT = 30.0
LIMIT = 52_428_800
HOPS = 10
REDIRECTS = (301, 302, 303, 307, 308)


@asynccontextmanager
async def external(reference: Mapping[str, Any]) -> AsyncIterator[Opened]:
    """Give what is behind the URL of a reference; its name and media type are those of the answer.

    Raises:
        ConnectorInputError: It is no URL to fetch.
        ConnectorError: It cannot be fetched.
    """
    url = str(reference.get("url"))
    try:
        async with asyncio.timeout(TIMEOUT), AsyncExitStack() as stack:
            for _ in range(HOPS):
                response, content = await ask(url, stack)
                if response.status not in REDIRECTS or "location" not in response.headers:
                    break
                url = urljoin(url, response.headers["location"])
            if response.status >= 300:
                raise ConnectorError(
                    f"the external document cannot be read: {response.status}", code=str(response.status)
                )
            yield described(reference, response, limited(content))
    except UnreachableError as exc:
        if not exc.timeout:
            raise ConnectorError(f"the external document cannot be read: {exc}") from exc
        raise ConnectorError(f"the external document was not there within {TIMEOUT:.0f} s") from exc
    except TimeoutError:
        raise ConnectorError(f"the external document was not there within {TIMEOUT:.0f} s") from None


async def ask(url: str, stack: AsyncExitStack) -> "tuple[Response, AsyncIterator[bytes]]":
    """Return the answer of a URL, its content still to come."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConnectorInputError("an external document needs an http or https URL")
    base = f"{parts.scheme}://{parts.netloc}"
    server = await stack.enter_async_context(Transport(base))
    return await stack.enter_async_context(server.stream(url[len(base) :] or "/", timeout=TIMEOUT))


async def limited(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield content up to the limit."""
    size = 0
    async for chunk in content:
        size += len(chunk)
        if size > LIMIT:
            raise ConnectorError(f"the external document exceeds {LIMIT} bytes")
        yield chunk


def described(reference: Mapping[str, Any], response: "Response", content: AsyncIterator[bytes]) -> Opened:
    """Return content with its name: the reference's, the server's, or a new one that tells the media type."""
    head = Message()
    for name in ("content-type", "content-disposition"):
        if (value := response.headers.get(name)) is not None:
            head[name] = value
    given = response.headers.get("content-type")
    fresh = f"{uuid.uuid4()}.{head.get_content_subtype()}" if given else None
    return Opened(reference.get("name") or head.get_filename() or fresh, given, content)

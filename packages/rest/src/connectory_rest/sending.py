"""What a transport gets and gives, and the transport that leaves the work to httpx."""

from dataclasses import dataclass
from functools import lru_cache
from ssl import SSLContext
from typing import Protocol

import httpx

from connectory_rest.outgoing import Headers
from connectory_rest.proxies import Proxy
from connectory_rest.uploads import Upload
from connectory_rest.urls import Target


@dataclass(slots=True)
class Sending:
    """One request to one server.

    Args:
        method: In capitals.
        target: Where it goes.
        headers: All but those of the connection and the body's length.
        content: Its body.
        connect: Seconds to connect; None for no limit.
        read: Longest silence in seconds; None for no limit.
        address: The address of the target's host to connect to; None for any.
    """

    method: str
    target: Target
    headers: Headers
    content: bytes | Upload | None
    connect: float | None
    read: float | None
    address: str | None = None


class Transport(Protocol):
    """Keeps connections and sends requests over them."""

    async def send(self, sending: Sending) -> httpx.Response:
        """Return the answer as soon as its head is there.

        Raises:
            httpx.TransportError: There is none.
        """

    async def aclose(self) -> None:
        """Close all connections."""


class HttpxTransport:
    """Sends with httpx's own transport.

    Args:
        tls: What verifies servers and holds client certificates.
        proxy: Where all requests go through.
        keep_alive: How long an unused connection is kept, in seconds.
        http2: Speak HTTP/2 where the server does.
    """

    def __init__(self, *, tls: SSLContext, proxy: Proxy | None, keep_alive: float, http2: bool) -> None:
        self.inner = httpx.AsyncHTTPTransport(
            verify=tls,
            proxy=httpx.Proxy(f"{proxy.scheme}://{proxy.userinfo}{proxy.host}:{proxy.port}") if proxy else None,
            http2=http2,
            limits=httpx.Limits(max_connections=None, keepalive_expiry=keep_alive),
            trust_env=False,
        )

    async def send(self, sending: Sending) -> httpx.Response:
        """Send a request and return the answer as soon as its head is there."""
        request = httpx.Request(
            sending.method,
            origin(sending.target.origin),
            headers=[(name.encode(), in_latin(value)) for name, value in sending.headers],
            content=sending.content,
            extensions={"timeout": times(sending.connect, sending.read)},
        )
        url = request.url
        if sending.address is not None:
            url = url.copy_with(host=sending.address)
            request.extensions = {**request.extensions, "sni_hostname": sending.target.host}
        request.url = Exact(url, sending.target.line)
        response = await self.inner.handle_async_request(request)
        response.request = request
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self.inner.aclose()


class Exact(httpx.URL):
    """An address whose path and query go over the wire as given; httpx would resolve ``..`` and encode again."""

    def __init__(self, url: httpx.URL, line: str) -> None:
        super().__init__(url)
        self.line = line.encode("ascii")

    @property
    def raw_path(self) -> bytes:
        """Path and query as they stand in the request line."""
        return self.line


def in_latin(value: str) -> bytes:
    """Return a header's value as Camunda's client sends it."""
    return value.encode("latin-1", errors="replace")


@lru_cache(maxsize=256)
def origin(text: str) -> httpx.URL:
    """Return a server's address; what it is asked for travels beside it, untouched."""
    return httpx.URL(text)


@lru_cache(maxsize=64)
def times(connect: float | None, read: float | None) -> dict[str, float | None]:
    """Return the limits as httpx takes them."""
    return {"connect": connect, "read": read, "write": read, "pool": None}

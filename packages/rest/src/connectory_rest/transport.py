"""Requests over aiohttp: httpx's own transport speaks the same bytes, at about ten times the cost.

What must come out exactly as it is: path and query, names and values of headers, the reason phrase. The request goes to
aiohttp as it is, for building one of httpx's costs more than all else here; answers and errors are httpx's.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import lru_cache
from ssl import SSLContext
from typing import Any

import aiohttp
import httpx
import yarl
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict

from connectory_rest.hosts import HostRules
from connectory_rest.proxies import Proxy
from connectory_rest.sending import Sending

LONGEST_LINE = 64 * 1024  # of an answer's head; aiohttp's own limit is 8 KiB, less than some tokens need
MOST_HEADERS = 1000  # of an answer; aiohttp takes 128


class AiohttpTransport:
    """Sends requests with one aiohttp session, and checks itself the addresses that it connects to.

    Args:
        tls: What verifies servers and holds client certificates.
        proxy: Where all requests go through.
        keep_alive: How long an unused connection is kept, in seconds.
        hosts: Rules for the addresses that names resolve to; the connection goes to an address that was checked.
    """

    def __init__(
        self, *, tls: SSLContext, proxy: Proxy | None, keep_alive: float, hosts: HostRules | None = None
    ) -> None:
        connector = aiohttp.TCPConnector(
            ssl=tls,
            limit=0,  # the runtime limits the jobs in flight; waiting here would count as a slow server
            keepalive_timeout=keep_alive,
            resolver=CheckedResolver(hosts) if hosts else None,
        )
        self.session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # httpx does it
            trust_env=False,
            max_headers=MOST_HEADERS,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            skip_auto_headers=("Content-Type", "User-Agent", "Accept", "Accept-Encoding"),
        )
        self.proxy = yarl.URL(proxy.url) if proxy else None
        self.proxy_headers = {"Proxy-Authorization": proxy.authorization} if proxy and proxy.user else None

    async def send(self, sending: Sending) -> httpx.Response:
        """Send a request and return the answer as soon as its head is there; the resolver checks addresses itself."""
        target = sending.target
        headers = CIMultiDict(sending.headers)
        if self.proxy_headers and target.scheme == "http":  # for https they go with CONNECT, not to the server
            headers.extend(self.proxy_headers)
        with errors:
            response = await self.session.request(
                sending.method,
                yarl.URL(target.url, encoded=True),
                headers=headers,
                data=sending.content or None,
                allow_redirects=False,
                timeout=timeouts(sending.connect, sending.read),
                proxy=self.proxy,
                proxy_headers=self.proxy_headers,
            )
        return httpx.Response(
            response.status,
            headers=list(response.raw_headers),
            stream=Body(response),
            extensions={"reason_phrase": (response.reason or "").encode("utf-8", "surrogateescape")},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self.session.close()


class Body(httpx.AsyncByteStream):
    """The content of an answer, read as it is asked for."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield what arrives."""
        with errors:
            async for chunk in self.response.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        """Give the connection back, or close it when there is content left."""
        if self.response.content.at_eof():
            self.response.release()
        else:
            self.response.close()


class CheckedResolver(AbstractResolver):
    """Resolves names and refuses addresses that may not be reached, right before the connection is made."""

    def __init__(self, hosts: HostRules) -> None:
        self.hosts = hosts
        self.plain = aiohttp.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        """Return the addresses of a host when all of them may be reached."""
        found = await self.plain.resolve(host, port, family)
        self.hosts.check(host, (item["host"] for item in found))
        return list(found)

    async def close(self) -> None:
        """Release nothing."""


@lru_cache(maxsize=64)
def timeouts(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    """Return limits for connecting, with TLS and proxies, and for the silence of the server."""
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=read)


class Errors:
    """Turns aiohttp's errors into httpx's, the original as cause."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, exc: BaseException | None, trace: Any) -> None:
        if exc is None or not isinstance(exc, aiohttp.ClientError | OSError | asyncio.TimeoutError | ValueError):
            return
        raise translated(exc) from exc


errors = Errors()


def translated(exc: BaseException) -> httpx.TransportError:
    """Return httpx's error for one of aiohttp's."""
    text = str(exc)
    if isinstance(exc, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(text)
    if isinstance(exc, asyncio.TimeoutError):
        return httpx.ReadTimeout(text)
    if isinstance(exc, aiohttp.ClientHttpProxyError):
        return httpx.ProxyError(f"{exc.status} {exc.message}")
    if isinstance(exc, aiohttp.ClientProxyConnectionError):
        return httpx.ProxyError("cannot be reached")
    if isinstance(exc, aiohttp.ClientConnectorError):
        return httpx.ConnectError(text)
    if isinstance(exc, aiohttp.ServerDisconnectedError) or "Not enough data" in text:
        return httpx.ReadError(text)
    if isinstance(exc, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return httpx.RemoteProtocolError(text)
    if isinstance(exc, OSError):
        return httpx.ReadError(text)
    if isinstance(exc, aiohttp.ClientConnectionError):
        return httpx.WriteError(text)
    return httpx.LocalProtocolError(text)

"""Sending a request: checks of its target, redirects hop by hop, the sandbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache

import httpx

from connectory_rest.clients import Clients
from connectory_rest.failures import PROTOCOL, TARGET, failure
from connectory_rest.hosts import is_loopback
from connectory_rest.outgoing import Outgoing
from connectory_rest.settings import Settings
from connectory_rest.urls import Target, hop, parse
from connectory_sdk import ConnectorError, ConnectorInputError

USUAL = (("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate"), ("User-Agent", "connectory-rest"))
ORIGINAL = "X-Connectory-Original-Url"
HOPS = 50
REDIRECTS = {301, 302, 303, 307, 308}
PRIVATE = {"authorization", "cookie", "proxy-authorization"}
OF_CONTENT = {"content-type", "content-encoding", "content-language", "content-location"}


class Exact(httpx.URL):
    """An address whose path and query go over the wire as given; httpx would resolve ``..`` and encode again."""

    def __init__(self, url: httpx.URL, line: str) -> None:
        super().__init__(url)
        self.line = line.encode("ascii")

    @property
    def raw_path(self) -> bytes:
        """Path and query as they stand in the request line."""
        return self.line


class Exchange:
    """Sends requests of one runtime."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self.settings = settings
        self.clients = clients

    @asynccontextmanager
    async def send(self, outgoing: Outgoing) -> AsyncIterator[httpx.Response]:
        """Yield the answer to a request, its body still unread; errors of the library come out as the connector's.

        Raises:
            ConnectorError: There is no answer.
            ConnectorInputError: The request may not or cannot be sent.
        """
        seen: set[tuple[str, str]] = set()
        while True:
            seen.add((outgoing.method, outgoing.target.url))
            async with self.once(outgoing) as response:
                following = redirected(outgoing, response) if outgoing.follow else None
                if following is None:
                    yield response
                    return
            if (following.method, following.target.url) in seen or len(seen) > HOPS:
                origin = following.target.origin
                raise ConnectorError(PROTOCOL, code="500", hint=f"redirects go round in circles at {origin}")
            outgoing = following

    @asynccontextmanager
    async def once(self, outgoing: Outgoing) -> AsyncIterator[httpx.Response]:
        """Yield the answer of one server."""
        self.settings.blocks.check(outgoing.target)
        content = self.body(outgoing)
        target, tls, headers = outgoing.target, outgoing.tls, complete(outgoing.headers)
        guarded = outgoing.guarded and self.settings.hosts.enabled
        proxy = self.settings.proxies.of(target)
        if self.settings.sandbox and not is_loopback(target.host):
            headers.append((ORIGINAL, target.url))
            target, guarded, tls, proxy = in_sandbox(self.settings.sandbox, target), False, None, None
        exact = any(not value.isascii() for _, value in headers)
        async with self.clients.transport(tls, proxy, guarded=guarded, exact_headers=exact) as transport:
            request = httpx.Request(
                outgoing.method,
                origin(target.origin),
                headers=headers if not exact else [(name.encode(), in_latin(value)) for name, value in headers],
                content=content,
                extensions={"timeout": times(outgoing.connect, outgoing.read)},
            )
            request.url = Exact(request.url, target.line)
            if guarded:
                await self.pin(
                    request, target, connects=proxy is None and (exact or self.settings.transport == "httpx")
                )
            try:
                response = await transport.handle_async_request(request)
            except httpx.TransportError as exc:
                if isinstance(content, Upload) and content.failed:
                    raise content.failed from exc
                raise failure(exc, outgoing.target) from exc
            response.request = request
            response.extensions[TARGET] = outgoing.target
            try:
                yield response
            finally:
                await response.aclose()

    def body(self, outgoing: Outgoing) -> "bytes | Upload | None":
        """Return what the library shall send.

        Raises:
            ConnectorInputError: It is too large.
        """
        limit = outgoing.max_request or self.settings.max_request
        if outgoing.content is None or isinstance(outgoing.content, bytes):
            check_size(len(outgoing.content or b""), limit)
            return outgoing.content
        return Upload(outgoing.content(), limit)

    async def pin(self, request: httpx.Request, target: Target, *, connects: bool) -> None:
        """Check the addresses of a host; where httpx's own transport connects, send it to one that was checked.

        Ours checks again when it connects, and through a proxy the name is all that we have.
        """
        addresses = await self.settings.hosts.resolve(target.host, target.port)
        if connects:
            request.url = Exact(request.url.copy_with(host=addresses[0]), target.line)
            request.extensions = {**request.extensions, "sni_hostname": target.host}


class Upload:
    """A body that is read while it is sent. Transports hide what goes wrong in it, so it is kept here.

    Args:
        chunks: The body.
        limit: Most bytes; 0 for no limit.
    """

    def __init__(self, chunks: AsyncIterator[bytes], limit: int) -> None:
        self.chunks = chunks
        self.limit = limit
        self.failed: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        size = 0
        try:
            async for chunk in self.chunks:
                size += len(chunk)
                check_size(size, self.limit)
                yield chunk
        except Exception as exc:  # whatever keeps documents may raise anything
            self.failed = exc
            raise


def check_size(size: int, limit: int) -> None:
    """Refuse a body that is too large to be sent.

    Raises:
        ConnectorInputError: It is larger than the limit; 0 for none.
    """
    if limit and size > limit:
        raise ConnectorInputError(
            f"body: {size} bytes are more than the limit of {limit}; send less, or raise"
            " CONNECTORY_REST_MAX_REQUEST_BYTES or the element's own limit"
        )


def complete(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a model's headers after those that every request has, unless the model gives them."""
    if not headers:
        return list(USUAL)
    named = {name.lower() for name, _ in headers}
    return [pair for pair in USUAL if pair[0].lower() not in named] + headers


def in_latin(value: str) -> bytes:
    """Return a header's value as Camunda's client sends it."""
    return value.encode("latin-1", errors="replace")


@lru_cache(maxsize=256)
def origin(text: str) -> httpx.URL:
    """Return a server's address; what it is asked for travels beside it, untouched."""
    return httpx.URL(text)


@lru_cache(maxsize=64)
def times(connect: float | None, read: float | None) -> dict[str, float | None]:
    """Return the limits as transports take them."""
    return {"connect": connect, "read": read, "write": read, "pool": None}


def in_sandbox(base: str, target: Target) -> Target:
    """Return where a request goes instead of another machine: the same path below the sandbox's address."""
    sandbox = parse(base, verbatim=True)
    return replace(sandbox, line=sandbox.line.rstrip("/") + target.line)


def redirected(outgoing: Outgoing, response: httpx.Response) -> Outgoing | None:
    """Return the request that a redirect asks for, None when the answer is the one to give back.

    Credentials go to no other origin: then the redirect itself is the result, as Camunda's client has it.

    Raises:
        ConnectorError: The redirect leads nowhere.
    """
    location = response.headers.get("location")
    if response.status_code not in REDIRECTS or not location:
        return None
    target = hop(outgoing.target, location)
    if target is None:
        raise ConnectorError(PROTOCOL, code="500", hint=f"{outgoing.target.origin} redirects to no http address")
    if target.origin != outgoing.target.origin and any(name.lower() in PRIVATE for name, _ in outgoing.headers):
        return None
    status, method = response.status_code, outgoing.method
    if (method == "POST" and status in {301, 302, 303}) or status == 303:
        kept = [(name, value) for name, value in outgoing.headers if name.lower() not in OF_CONTENT]
        return replace(outgoing, method="GET", target=target, content=None, headers=kept)
    return replace(outgoing, target=target)

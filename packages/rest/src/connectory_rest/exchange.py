"""Sending a request, hop by hop: the checks of each target, the sandbox, the address as it goes over the wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from connectory_rest.clients import Clients
from connectory_rest.failures import PROTOCOL, TARGET, failure
from connectory_rest.hosts import is_loopback
from connectory_rest.outgoing import Outgoing
from connectory_rest.redirects import HOPS, redirected
from connectory_rest.sending import Sending
from connectory_rest.settings import Settings
from connectory_rest.uploads import Upload, check_size
from connectory_rest.urls import Target, parse
from connectory_sdk import ConnectorError

USUAL = (("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate"), ("User-Agent", "connectory-rest"))
ORIGINAL = "X-Connectory-Original-Url"


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
        seen: set[tuple[str, Target]] = set()
        while True:
            seen.add((outgoing.method, outgoing.target))
            async with self.once(outgoing) as response:
                following = redirected(outgoing, response) if outgoing.follow else None
                if following is None:
                    yield response
                    return
            if (following.method, following.target) in seen or len(seen) > HOPS:
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
        with await self.clients.pool(tls, proxy, guarded=guarded, exact_headers=exact) as transport:
            sending = Sending(outgoing.method, target, headers, content, outgoing.connect, outgoing.read)
            if guarded:
                addresses = await self.settings.hosts.resolve(target.host, target.port)
                if proxy is None:  # through one, the name is all that we have
                    sending.address = addresses[0]
            try:
                response = await transport.send(sending)
            except httpx.TransportError as exc:
                if isinstance(content, Upload) and content.failed:
                    raise content.failed from exc
                raise failure(exc, outgoing.target) from exc
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


def complete(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a model's headers after those that every request has, unless the model gives them."""
    if not headers:
        return list(USUAL)
    named = {name.lower() for name, _ in headers}
    return [pair for pair in USUAL if pair[0].lower() not in named] + headers


def in_sandbox(base: str, target: Target) -> Target:
    """Return where a request goes instead of another machine: the same path below the sandbox's address."""
    sandbox = parse(base, verbatim=True)
    return replace(sandbox, line=sandbox.line.rstrip("/") + target.line)

"""Connections for the life of the runtime: one pool for each set of certificates and each proxy."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from connectory_rest.proxies import Proxy
from connectory_rest.requests import ClientTls
from connectory_rest.sending import HttpxTransport, Transport
from connectory_rest.settings import Settings
from connectory_rest.tls import context_of, system_context

MOST = 64  # pools; models of one runtime seldom have more certificates

Key = tuple[str, Proxy | None, bool, str]


@dataclass(slots=True)
class Pool:
    """One transport and how many exchanges use it now; entering it is using it."""

    transport: Transport
    users: int = 0

    def __enter__(self) -> Transport:
        self.users += 1
        return self.transport

    def __exit__(self, *_: object) -> None:
        self.users -= 1


class Clients:
    """Makes, keeps and closes transports."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pools: OrderedDict[Key, Pool] = OrderedDict()

    async def pool(self, tls: ClientTls | None, proxy: Proxy | None, *, guarded: bool, exact_headers: bool) -> Pool:
        """Return a pool; it stays open as long as it is used.

        Args:
            tls: Certificates of the model.
            proxy: Where the request goes through.
            guarded: Whether host rules apply to the addresses that the transport connects to.
            exact_headers: Whether a header has characters beyond ASCII. Camunda sends ISO-8859-1; aiohttp knows only
                UTF-8, so httpx's own transport sends those.

        Raises:
            ConnectorInputError: The certificates cannot be used.
        """
        key = (fingerprint(tls), proxy, guarded, "httpx" if exact_headers else self.settings.transport)
        pool = self.pools.get(key)
        if pool is None:
            pool = self.pools[key] = Pool(self.create(key, tls))
        self.pools.move_to_end(key)
        if len(self.pools) > MOST:
            with pool:
                await self.shrink()
        return pool

    def create(self, key: Key, tls: ClientTls | None) -> Transport:
        """Return a new transport."""
        _, proxy, guarded, kind = key
        context = context_of(tls) if key[0] and tls else system_context()
        if kind == "aiohttp":
            from connectory_rest.transport import AiohttpTransport

            return AiohttpTransport(
                tls=context,
                proxy=proxy,
                keep_alive=self.settings.keep_alive,
                hosts=self.settings.hosts if guarded else None,
            )
        return HttpxTransport(tls=context, proxy=proxy, keep_alive=self.settings.keep_alive, http2=self.settings.http2)

    async def shrink(self) -> None:
        """Close the pools that nobody uses and that were not used for longest, until there are few enough."""
        for key in [key for key, pool in self.pools.items() if not pool.users][: len(self.pools) - MOST]:
            if pool := self.pools.pop(key, None):
                await pool.transport.aclose()

    async def close(self) -> None:
        """Close all connections."""
        while self.pools:
            await self.pools.popitem()[1].transport.aclose()


def fingerprint(tls: ClientTls | None) -> str:
    """Return what tells sets of certificates apart; empty for none."""
    if tls is None:
        return ""
    parts = [
        tls.client_certificate or "",
        tls.client_private_key.get_secret_value() if tls.client_private_key else "",
        tls.private_key_password.get_secret_value() if tls.private_key_password else "",
        tls.trusted_certificate or "",
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest() if any(part.strip() for part in parts) else ""

"""What the jobs of one connector share: connections, tokens, settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectory_rest.clients import Clients
    from connectory_rest.exchange import Exchange
    from connectory_rest.settings import Settings
    from connectory_rest.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Http:
    """Everything that a call needs besides its request."""

    settings: "Settings"
    clients: "Clients"
    exchange: "Exchange"
    tokens: "Tokens"


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> AsyncIterator[Http]:
    """Keep connections and tokens while the runtime runs; the HTTP libraries are imported here, not before."""
    from connectory_rest.clients import Clients
    from connectory_rest.exchange import Exchange
    from connectory_rest.settings import Settings
    from connectory_rest.tokens import Tokens

    settings = Settings.read(environ)
    clients = Clients(settings)
    exchange = Exchange(settings, clients)
    tokens = Tokens(settings, exchange)
    try:
        yield Http(settings, clients, exchange, tokens)
    finally:
        await tokens.close()
        await clients.close()

"""The connector, and what its jobs share."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectory_sdk import Connector, Group

if TYPE_CHECKING:
    import httpx

    from connectory_teams.tokens import Tokens

GRAPH_URL = "CONNECTORY_TEAMS_GRAPH_URL"
LOGIN_URL = "CONNECTORY_TEAMS_LOGIN_URL"
WEBHOOK_URL = "CONNECTORY_TEAMS_WEBHOOK_URL"
PUBLIC_LOGIN = "https://login.microsoftonline.com"
PUBLIC_GRAPH = "https://graph.microsoft.com"
VERSION = "/v1.0"
SECONDS = 60.0  # for an answer of Graph


@dataclass(slots=True)
class Teams:
    """What the jobs of a runtime share.

    Args:
        http: The connections to Graph and to webhooks.
        tokens: Where tokens come from.
        graph: Address of Graph with its version, ``https://graph.microsoft.com/v1.0``.
        webhook: Scheme and host for all webhooks, whatever the models name.
    """

    http: "httpx.AsyncClient"
    tokens: "Tokens"
    graph: str
    webhook: str | None


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> AsyncIterator[Teams]:
    """Keep connections and tokens while the runtime runs."""
    import httpx

    from connectory_teams.tokens import Tokens

    base = environ.get(GRAPH_URL, PUBLIC_GRAPH).rstrip("/").removesuffix(VERSION)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    # Jobs wait for a connection as long as they live; Graph's own limits come long before this one.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    timeout = httpx.Timeout(SECONDS, pool=None)
    # A fake on loopback is reached as it is; a proxy would look for it on its own machine.
    trust = base.startswith("https://")
    tokens = Tokens(login=environ.get(LOGIN_URL, PUBLIC_LOGIN), graph=origin)
    async with httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=trust) as http:
        try:
            yield Teams(http, tokens, base + VERSION, environ.get(WEBHOOK_URL))
        finally:
            await tokens.close()


teams = Connector(
    id="connectory.teams.outbound",
    name="Microsoft Teams",
    type="io.camunda:connector-microsoft-teams:1",
    version=1,
    description="Send messages to chats and channels of Microsoft Teams, create and read them",
    select="data.method",
    lifespan=lifespan,
    groups=(Group("authentication", "Authentication"), Group("data", "Message and place")),
    icon=(
        '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18" fill="none" '
        'stroke="#4d4d4d" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
        '<path d="M2 3h10v7H7l-3 2.5V10H2zM14.5 6H16v7h-2v2.5L11 13H8.5"/></svg>'
    ),
    errors={
        "Forbidden, NotFound and so on": "Graph refuses; the code is Graph's own, error.variables has the details",
        "invalid_client and so on": "there is no token: the login's own code",
        "429": "too many calls; the job comes back when Graph allows it",
        "NoAnswer, BrokenAnswer": "Graph was not reached, or what it said is no answer",
    },
    example=(
        "Operation: Send message to channel\nTeam ID: =team\nChannel ID: =channel\n"
        'Content: ="Order " + orderId + " is packed"\nResult expression: ={message: response.id}'
    ),
    keywords=("teams", "chat", "channel", "message", "microsoft graph", "adaptive card"),
)

"""The connector, and what its jobs share."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectory_sdk import Connector, Group
from connectory_teams.fields import AUTHENTICATION, DATA
from connectory_teams.icon import ICON

if TYPE_CHECKING:
    import httpx

    from connectory_teams.graph import Graph

GRAPH_URL = "CONNECTORY_TEAMS_GRAPH_URL"
LOGIN_URL = "CONNECTORY_TEAMS_LOGIN_URL"
WEBHOOK_URL = "CONNECTORY_TEAMS_WEBHOOK_URL"
SECONDS = 60.0  # for an answer of Graph


@dataclass(slots=True)
class Teams:
    """What the jobs of a runtime share.

    Args:
        graph: Calls of Graph, with the tokens.
        http: The client under it, for webhooks too.
        webhook: Scheme and host for all webhooks, whatever the models name.
    """

    graph: "Graph"
    http: "httpx.AsyncClient"
    webhook: str | None


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> AsyncIterator[Teams]:
    """Keep connections and tokens while the runtime runs."""
    import httpx

    from connectory_teams.graph import VERSION, Graph
    from connectory_teams.tokens import PUBLIC_GRAPH, PUBLIC_LOGIN, Tokens

    base = environ.get(GRAPH_URL, PUBLIC_GRAPH).rstrip("/").removesuffix(VERSION)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    tokens = Tokens(login=environ.get(LOGIN_URL, PUBLIC_LOGIN), graph=origin)
    # Jobs wait for a connection as long as they live; Graph's own limits come long before this one.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    timeout = httpx.Timeout(SECONDS, pool=None)
    # A fake on loopback is reached as it is; a proxy would look for it on its own machine.
    trust = base.startswith("https://")
    async with httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=trust) as http:
        try:
            yield Teams(Graph(http, tokens, base=base + VERSION), http, environ.get(WEBHOOK_URL))
        finally:
            tokens.close()


teams = Connector(
    id="connectory.teams.outbound",
    name="Microsoft Teams",
    type="io.camunda:connector-microsoft-teams:1",
    version=1,
    description="Send messages to chats and channels of Microsoft Teams, create and read them",
    select="data.method",
    lifespan=lifespan,
    groups=(Group(AUTHENTICATION, "Authentication"), Group(DATA, "Message and place")),
    icon=ICON,
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

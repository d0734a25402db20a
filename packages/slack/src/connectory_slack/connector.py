"""The connector itself, and what lives as long as the runtime."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from connectory_sdk import Connector, Group

if TYPE_CHECKING:
    from connectory_slack.api import SlackApi

BASE = "CONNECTORY_SLACK_API_URL"
"""Environment variable with another base address of the Web API, such as a sandbox's."""


@asynccontextmanager
async def lifespan(environ: Mapping[str, str]) -> "AsyncIterator[SlackApi]":
    """Hold one connection pool for all tokens."""
    from connectory_slack.api import open_api  # imports slack-sdk and aiohttp, which takes 0.3 s

    async with open_api(environ.get(BASE)) as api:
        yield api


ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18">'
    '<path d="M6.5 2v14M11.5 2v14M2 6.5h14M2 11.5h14" stroke="#4A154B" stroke-width="2.4" stroke-linecap="round"/>'
    "</svg>"
)

slack: "Connector[SlackApi]" = Connector(
    id="connectory.slack.outbound",
    name="Slack",
    type="io.camunda:slack:1",
    version=1,
    description="Send messages and files to Slack, and look after its channels",
    select="method",
    lifespan=lifespan,
    groups=(
        Group("authentication", "Authentication"),
        Group("channel", "Channel"),
        Group("message", "Message"),
        Group("people", "People"),
    ),
    icon=ICON,
    keywords=("message", "chat", "channel", "notification", "file", "reaction", "pin"),
    documentation="https://docs.slack.dev/apis/web-api",
    errors={
        "channel_not_found, name_taken and so on": "Slack refuses; the code is Slack's own word",
        "ratelimited": "too many calls; the job comes back when Slack allows it",
        "unavailable": "Slack was not reached or is busy; nothing was done",
        "outcome_unknown": "a post was not confirmed: it may be there, so it is not repeated by itself",
        "upload_failed": "a document was not uploaded, and nothing posted",
    },
    example=(
        "Operation: Post message\nOAuth token: {{secrets.SLACK_TOKEN}}\nChannel: #orders\n"
        'Message: ="Order " + orderId + " is packed"\nResult expression: ={ts: response.ts}'
    ),
    result_expression="{myResponse: response}",
)

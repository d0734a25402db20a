"""Slack connector: messages, files, channels, reactions and pins, with slack-sdk.

A job is bound to one of the models in `requests`; its operation in `operations` finds the ids that Slack wants with
`lookups`, builds a message with `messages`, and calls Slack through `api`, which keeps one connection pool, the rate
limits and the looked-up names for as long as the runtime lives. What Slack refuses becomes an error in `refusals`.

Inbound: `listening` takes what Slack sends to an address, `socket_mode` the same over a socket.
"""

from connectory_sdk import Connector, hookimpl
from connectory_slack import listening, operations
from connectory_slack.connector import slack

__all__ = ["connectory_connectors", "listening", "operations", "slack"]


@hookimpl
def connectory_connectors() -> list[Connector]:
    """Return the Slack connector."""
    return [slack]

"""Microsoft Teams: messages, chats and channels, over Microsoft Graph or a Workflows webhook.

Operations stand in `chats`, `channels` and `webhook`; `tokens` gets and keeps tokens, `graph` makes calls and says what
a refusal means, `shapes` gives answers the shape of Camunda's connector.
"""

from typing import Any

from connectory_sdk import Connector, hookimpl
from connectory_teams import channels, chats, webhook
from connectory_teams.connector import teams

__all__ = ["channels", "chats", "connectory_connectors", "teams", "webhook"]


@hookimpl
def connectory_connectors() -> list[Connector[Any]]:
    """Return the Microsoft Teams connector."""
    return [teams]

"""Microsoft Teams: messages, chats and channels, over Microsoft Graph or a Workflows webhook.

A job is bound to one of the models in `requests`; its operation stands in `operations`, or in `webhook`. `tokens` gets
and keeps tokens, `graph` makes calls and says what a refusal means, `permissions` what to do about it; `shapes` gives
answers the shape of Camunda's connector.
"""

from typing import Any

from connectory_sdk import Connector, hookimpl
from connectory_teams import operations, webhook
from connectory_teams.connector import teams

__all__ = ["connectory_connectors", "operations", "teams", "webhook"]


@hookimpl
def connectory_connectors() -> list[Connector[Any]]:
    """Return the Microsoft Teams connector."""
    return [teams]

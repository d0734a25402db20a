"""Webhook connector: a call of ``/inbound/<path>`` starts or continues a process.

The order of a call: verification expression, method, signature (HMAC), authorization, correlation, response expression.
"""

from connectory_sdk import Connector, hookimpl
from connectory_webhook.listen import webhook

__all__ = ["webhook"]


@hookimpl
def connectory_connectors() -> list[Connector]:
    """Return the connectors of this distribution."""
    return [webhook]

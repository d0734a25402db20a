"""Slack's events over a socket that we open: no public address is needed."""

import asyncio
import logging
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from connectory_sdk import ConnectorError, InboundContext
from connectory_slack.connector import BASE
from connectory_slack.listening import EXECUTED, REPLACED, Incoming

LOOK = 5.0  # seconds between looks at the connection


async def receive(app_token: str, inbound: InboundContext) -> None:
    """Take events until cancelled; the library connects again when the connection is lost.

    Raises:
        ConnectorError: Slack does not accept the token.
    """
    base = inbound.environ.get(BASE)
    web = AsyncWebClient(base_url=base) if base else AsyncWebClient()
    client = SocketModeClient(app_token, web_client=web, logger=logging.getLogger("connectory_slack.socket"))

    async def on_request(_: Any, request: SocketModeRequest) -> None:
        await taken(client, request, inbound)

    client.socket_mode_request_listeners.append(on_request)
    try:
        await client.connect()  # type: ignore[no-untyped-call]
        while True:
            if await client.is_connected():
                inbound.healthy()
            else:
                inbound.unhealthy("The socket to Slack is not connected; connecting again")
            await asyncio.sleep(LOOK)
    except SlackApiError as exc:
        error = exc.response.get("error", "unknown_error")
        raise ConnectorError(
            f"Slack does not open a socket: {error}; check the app-level token (connections:write) and socket mode"
        ) from exc
    finally:
        await client.close()  # type: ignore[no-untyped-call]


async def taken(client: SocketModeClient, request: SocketModeRequest, inbound: InboundContext) -> None:
    """Offer one request to the processes; it is acknowledged when they have it, otherwise Slack sends it again."""
    incoming = read(request)
    if incoming is None:
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        return
    correlation = await inbound.correlate(incoming.payload(), message_id=incoming.id)
    if correlation.accepted:
        payload = EXECUTED if request.type == "slash_commands" else None
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))


def read(request: SocketModeRequest) -> Incoming | None:
    """Return what a request brings; None where it is nothing for processes."""
    body = dict(request.payload or {})
    match request.type:
        case "events_api":
            return Incoming(body=body, headers={}, connector_data={}, id=body.get("event_id"), executed=False)
        case "slash_commands":
            return Incoming(body=body, headers=REPLACED, connector_data=body, id=body.get("trigger_id"), executed=True)
        case "interactive":
            return Incoming(body=body, headers=REPLACED, connector_data={}, id=body.get("trigger_id"), executed=True)
    return None

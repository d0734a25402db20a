"""Slack's events over a socket that we open: no public address is needed.

The loop is our own: slack-sdk's client keeps every failure to itself, asks again with a refused token and with an
address that is good for one connection only, and handles one event after the other.
"""

import asyncio
import time
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from connectory_sdk import ConnectorError, InboundContext
from connectory_slack.connector import BASE
from connectory_slack.listening import EXECUTED, REPLACED, Incoming

PING = 10.0  # seconds between two pings; a connection without a pong is lost
BRIEF = 5.0  # a connection that was lost sooner is a failure; one that was not is opened again at once
MOST = 100  # envelopes that are handled at once; others wait in the socket
RETRY = {"internal_error", "fatal_error", "service_unavailable", "team_access_not_granted", "ratelimited"}


async def receive(app_token: str, inbound: InboundContext) -> None:
    """Take events until cancelled; a connection that ends is opened again.

    Raises:
        ConnectorError: Slack does not accept the token, or cannot be reached.
    """
    base = inbound.environ.get(BASE)
    web = AsyncWebClient(base_url=base) if base else AsyncWebClient()
    tasks: set[asyncio.Task[None]] = set()
    try:
        async with aiohttp.ClientSession(trust_env=True) as session:
            while True:
                url = await address(web, app_token)
                began = time.monotonic()
                try:
                    async with session.ws_connect(url, heartbeat=PING) as socket:
                        planned = await listen(socket, inbound, tasks)
                except (aiohttp.ClientError, OSError) as exc:
                    raise ConnectorError(f"Slack's socket cannot be opened: {type(exc).__name__}: {exc}") from exc
                if not planned:
                    if time.monotonic() - began < BRIEF:
                        raise ConnectorError("Slack closed the socket as soon as it was open")
                    inbound.unhealthy("The socket to Slack was lost; connecting again")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def address(web: AsyncWebClient, app_token: str) -> str:
    """Ask for an address to connect to.

    Raises:
        ConnectorError: Slack refuses, or cannot be reached.
    """
    try:
        answer = await web.apps_connections_open(app_token=app_token)
    except SlackApiError as exc:
        error = exc.response.get("error", "unknown_error")
        advice = "" if error in RETRY else "; check the app-level token (connections:write) and socket mode"
        raise ConnectorError(f"Slack does not open a socket: {error}{advice}") from exc
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        raise ConnectorError(f"Slack cannot be reached: {type(exc).__name__}: {exc}") from exc
    return str(answer["url"])


async def listen(
    socket: aiohttp.ClientWebSocketResponse, inbound: InboundContext, tasks: set[asyncio.Task[None]]
) -> bool:
    """Take what comes over one connection until it ends; tell whether Slack had said that it would."""
    limit = asyncio.Semaphore(MOST)

    async def handle(envelope: dict[str, Any]) -> None:
        try:
            await taken(socket, envelope, inbound)
        finally:
            limit.release()

    async for message in socket:
        envelope = message.json() if message.type is aiohttp.WSMsgType.TEXT else {}
        match envelope.get("type"):
            case "hello":
                inbound.healthy()
            case "disconnect":  # Slack renews connections now and then
                return True
            case str() if "envelope_id" in envelope:
                await limit.acquire()
                task = asyncio.create_task(handle(envelope))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
    return False


async def taken(socket: aiohttp.ClientWebSocketResponse, envelope: dict[str, Any], inbound: InboundContext) -> None:
    """Offer an envelope to the processes; it is acknowledged when they have it, otherwise Slack sends it again."""
    answer: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
    incoming = read(envelope)
    if incoming is not None:
        correlation = await inbound.correlate(incoming.payload(), message_id=incoming.id)
        if not correlation.accepted:
            return
        if envelope["type"] == "slash_commands":
            answer["payload"] = EXECUTED
    try:
        await socket.send_json(answer)
    except (ConnectionError, aiohttp.ClientError):
        inbound.log(f"Envelope {envelope['envelope_id']} was taken after its socket was lost; Slack sends it again")


def read(envelope: dict[str, Any]) -> Incoming | None:
    """Return what an envelope brings; None where it is nothing for processes."""
    body = dict(envelope.get("payload") or {})
    match envelope["type"]:
        case "events_api":
            return Incoming(body=body, headers={}, connector_data={}, id=body.get("event_id"), executed=False)
        case "slash_commands":
            return Incoming(body=body, headers=REPLACED, connector_data=body, id=body.get("trigger_id"), executed=True)
        case "interactive":
            return Incoming(body=body, headers=REPLACED, connector_data={}, id=body.get("trigger_id"), executed=True)
    return None

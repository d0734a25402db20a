"""What Slack sends, and what it gets back."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

import connectory_feel
from connectory_sdk.http import HttpError, HttpRequest, HttpResponse
from connectory_sdk.inbound import Correlation
from connectory_sdk.testing import ACCEPTED, Subscription, subscribed
from connectory_slack import slack

INBOUND = slack.inbounds["io.camunda:slack-webhook:1"]
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SETTINGS = {"context": "slack", "slackSigningSecret": SECRET}
FORM = "application/x-www-form-urlencoded"


def evaluate(expression: str, context: Any) -> Any:
    return connectory_feel.to_json(connectory_feel.compile(expression.removeprefix("=")).evaluate(context))


def signed(body: bytes, *, kind: str = "application/json", age: float = 0, secret: str = SECRET) -> HttpRequest:
    stamp = str(int(time.time() - age))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"content-type": kind, "x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"}
    return HttpRequest(method="POST", url="http://h/inbound/slack", headers=headers, body=body)


async def call(
    request: HttpRequest, *, result: Correlation = ACCEPTED, **settings: str
) -> tuple[HttpResponse, Subscription]:
    subscription = Subscription({"inbound": {**SETTINGS, **settings}}, evaluate=evaluate, result=result)
    async with subscribed(INBOUND, subscription):
        return await subscription.routes["slack"](request), subscription


@pytest.mark.parametrize(
    "request_",
    [
        signed(b"{}", secret="other"),
        signed(b"{}", age=301),
        signed(b"{}", age=-3600),
        HttpRequest(method="POST", url="http://h/inbound/slack", body=b"{}"),
    ],
    ids=["wrong secret", "too old", "from the future", "no headers"],
)
async def test_what_slack_did_not_sign_is_refused(request_: HttpRequest) -> None:
    """The same 401 for every reason, and nothing is correlated."""
    with pytest.raises(HttpError) as refused:
        await call(request_)

    assert (refused.value.status, refused.value.reason) == (
        401,
        "Reason: INVALID_SIGNATURE. Details: HMAC signature did not match",
    )


def test_the_signature_is_that_of_slacks_documentation() -> None:
    """The example at docs.slack.dev/authentication/verifying-requests-from-slack, computed by hand there."""
    from pydantic import SecretStr

    from connectory_slack.listening import Endpoint, check_signature

    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    request = HttpRequest(method="POST", url="http://h/inbound/slack", headers=headers, body=body)

    check_signature(Endpoint(context="c", slack_signing_secret=SecretStr(SECRET)), request, now=1531420700)


async def test_the_address_is_verified() -> None:
    """Without and with the templates' expression the challenge is answered, and nothing is correlated."""
    request = signed(json.dumps({"type": "url_verification", "challenge": "c-1"}).encode())
    expression = (
        '=if body.type = "url_verification" then {body: {challenge: body.challenge}, statusCode: 200} else null'
    )

    for settings in ({}, {"verificationExpression": expression}):
        response, subscription = await call(request, **settings)

        assert (response.status, response.body) == (200, {"challenge": "c-1"})
        assert subscription.events == []


async def test_an_event_has_its_id() -> None:
    """Slack's retries carry the same event id, so that Camunda takes the event once."""
    body = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "text": "hi"}}

    response, subscription = await call(signed(json.dumps(body).encode()))

    (event,) = subscription.events
    assert event.message_id == "Ev1"
    assert event.payload["request"]["body"] == body
    assert (response.status, response.body) == (200, None)


async def test_a_command() -> None:
    """All form fields are the body and the connector's data; encoded separators stay what they are."""
    fields = {"command": "/deploy", "text": "a=b&c", "user_id": "U1", "trigger_id": "t-1"}

    response, subscription = await call(signed(urlencode(fields).encode(), kind=f"{FORM}; charset=utf-8"))

    (event,) = subscription.events
    assert event.payload["request"]["body"] == event.payload["connectorData"] == fields
    assert response.body == {"response_type": "ephemeral", "text": "Command executed"}


async def test_a_button() -> None:
    """The payload is parsed; an ampersand in it breaks nothing."""
    payload = {"type": "block_actions", "trigger_id": "t-2", "actions": [{"value": "a&b=c"}]}

    response, subscription = await call(signed(urlencode({"payload": json.dumps(payload)}).encode(), kind=FORM))

    (event,) = subscription.events
    assert event.payload["request"]["body"] == payload
    assert event.payload["connectorData"] == {}
    assert response.body == {"response_type": "ephemeral", "text": "Command executed"}


async def test_what_no_process_takes_is_told() -> None:
    """A failed correlation is no success for Slack."""
    failed = Correlation(accepted=False, kind="ZeebeClientStatus", status="UNAVAILABLE", retry=True)

    response, _ = await call(signed(b'{"type": "event_callback"}'), result=failed)

    assert response.status == 503


async def test_events_over_a_socket() -> None:
    """An app-level token opens a socket; an event is acknowledged when the process has it."""
    acknowledged: list[Any] = []
    envelope = {"type": "events_api", "envelope_id": "e-1", "payload": {"event_id": "Ev9", "event": {"type": "x"}}}

    async def opened(request: web.Request) -> web.Response:
        assert request.headers["authorization"] == "Bearer xapp-1"
        return web.json_response({"ok": True, "url": f"ws://{request.host}/socket"})

    async def socket(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        await response.send_json({"type": "hello"})
        await response.send_json(envelope)
        async for message in response:
            if message.type is aiohttp.WSMsgType.TEXT:
                acknowledged.append(message.json())
                done.set()
        return response

    import asyncio

    done = asyncio.Event()
    app = web.Application()
    app.add_routes([web.post("/api/apps.connections.open", opened), web.get("/socket", socket)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    subscription = Subscription(
        {"inbound": {"appToken": "xapp-1"}}, environ={"CONNECTORY_SLACK_API_URL": f"http://{host}:{port}/api/"}
    )
    try:
        async with subscribed(INBOUND, subscription), asyncio.timeout(20):
            await done.wait()
    finally:
        await runner.cleanup()

    assert [(event.message_id, event.payload["request"]["body"]["event_id"]) for event in subscription.events] == [
        ("Ev9", "Ev9")
    ]
    assert acknowledged[0]["envelope_id"] == "e-1"
    assert subscription.health == "UP"

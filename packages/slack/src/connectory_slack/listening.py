"""What Slack sends: events, slash commands, buttons and modals, which start or continue processes."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic.alias_generators import to_camel

from connectory_sdk import Group, InboundContext, Property
from connectory_sdk.http import FORM, HttpError, HttpRequest, HttpResponse, form, refusal, shaped
from connectory_slack.connector import slack

TYPE = "io.camunda:slack-webhook:1"
PATIENCE = 300.0  # seconds that a request may be old, as Slack recommends; also how far its clock may be ahead
EXECUTED = {"response_type": "ephemeral", "text": "Command executed"}
REPLACED = {"Content-Type": "application/json; charset=utf-8"}
CHALLENGE = '=if body.type = "url_verification" then {body: {"challenge": body.challenge}, statusCode: 200} else null'


class Endpoint(BaseModel, defer_build=True):
    """The properties below ``inbound.``; what older templates wrote more is ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    context: Annotated[str | None, Property(group="endpoint")] = Field(
        None, title="Webhook ID", description="Last part of the address that Slack calls, after /inbound/"
    )
    slack_signing_secret: Annotated[SecretStr | None, Property(group="endpoint")] = Field(
        None, title="Slack signing secret", description="From the app's Basic Information page; use {{secrets.NAME}}"
    )
    app_token: Annotated[SecretStr | None, Property(group="endpoint")] = Field(
        None,
        title="App-level token",
        description="Instead of ID and signing secret: events come over a socket, which needs no public address",
    )
    verification_expression: Annotated[
        str | None, Property(group="endpoint", feel="required", lazy=True, type="Hidden", value=CHALLENGE)
    ] = Field(None, title="Verification expression", description="Answers Slack's check of the address")

    @field_validator("*", mode="before")
    @classmethod
    def blank_is_absent(cls, value: Any) -> Any:
        """The modeler writes empty fields."""
        return None if value == "" else value

    @model_validator(mode="after")
    def one_way(self) -> "Endpoint":
        """Events come to an address or over a socket."""
        if self.app_token is None and not (self.context and self.slack_signing_secret):
            raise ValueError("context and slackSigningSecret must not be empty, unless appToken is given")
        return self


class Listen(BaseModel, defer_build=True):
    """The properties of a subscription."""

    inbound: Endpoint


class Incoming(NamedTuple):
    """Something that Slack sent, as expressions see it.

    Args:
        id: Names it: Slack sends the same again when it gets no answer in time.
        executed: The person who did it sees that it was taken.
    """

    body: Any
    headers: Mapping[str, str]
    connector_data: Mapping[str, Any]
    id: str | None
    executed: bool

    def payload(self) -> dict[str, Any]:
        """Return what activation conditions and result expressions read."""
        return {
            "request": {"body": self.body, "headers": dict(self.headers), "params": {}},
            "connectorData": dict(self.connector_data),
            "documents": [],
        }


@slack.inbound(
    TYPE,
    name="Slack webhook",
    id="connectory.slack.inbound",
    description="Start or continue a process when something happens in Slack",
    version=1,
    groups=(Group("endpoint", "Slack"),),
    sees="request with body (the event, command or payload) and headers; connectorData for slash commands",
    errors={
        "401": "Slack did not sign the call, or not lately",
        "422": "no condition is met, or no correlation key; Slack sends the event again",
        "503": "the cluster is away; Slack sends the event again",
    },
    example=(
        "Webhook ID: slack\nSlack signing secret: {{secrets.SLACK_SIGNING_SECRET}}\n"
        'Activation condition: =request.body.command = "/approve"\nCorrelation key (process): =number\n'
        "Correlation key (payload): =request.body.text\nResult expression: ={approvedBy: request.body.user_name}"
    ),
    content="request.body",
    deduplicate_by=(
        "inbound.context",
        "inbound.slackSigningSecret",
        "inbound.appToken",
        "inbound.verificationExpression",
    ),
)
async def listen(config: Listen, inbound: InboundContext) -> None:
    """Take what Slack sends to one address, or over a socket."""
    settings = config.inbound
    if settings.app_token is not None:
        from connectory_slack.socket_mode import receive  # imports slack-sdk and aiohttp, which takes 0.3 s

        await receive(settings.app_token.get_secret_value(), inbound)
        return

    async def answer(request: HttpRequest) -> HttpResponse:
        return await answered(settings, request, inbound)

    await inbound.serve(str(settings.context), answer)


async def answered(settings: Endpoint, request: HttpRequest, inbound: InboundContext) -> HttpResponse:
    """Return the answer to one call."""
    check_signature(settings, request, now=time.time())
    fields = form(request.body) if request.media_type == FORM else None
    body = body_of(request) if fields is None else fields
    seen = {"body": body, "headers": dict(request.headers), "params": dict(request.params)}
    if settings.verification_expression:
        verified = inbound.evaluate(settings.verification_expression, seen)
        if verified is not None:
            return shaped(verified)
    if fields is None and body.get("type") == "url_verification":
        return HttpResponse(body={"challenge": body.get("challenge")})
    incoming = event(body, request.headers) if fields is None else command(fields)
    correlation = await inbound.correlate(incoming.payload(), message_id=incoming.id)
    return refusal(correlation) or HttpResponse(body=EXECUTED if incoming.executed else None)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object that Slack sent.

    Raises:
        HttpError: It is none.
    """
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise HttpError(400, "The body is neither a form nor a JSON object, which Slack does not send")
    return body


def event(body: dict[str, Any], headers: Mapping[str, str]) -> Incoming:
    """Return an event of the Events API."""
    return Incoming(body=body, headers=headers, connector_data={}, id=body.get("event_id"), executed=False)


def command(fields: dict[str, Any]) -> Incoming:
    """Return a slash command, or the payload of a button or modal."""
    if set(fields) == {"payload"}:
        try:
            payload = json.loads(fields["payload"])
        except ValueError:
            payload = fields
        identity = payload.get("trigger_id") if isinstance(payload, dict) else None
        return Incoming(body=payload, headers=REPLACED, connector_data={}, id=identity, executed=True)
    is_command = "command" in fields
    return Incoming(
        body=fields,
        headers=REPLACED if is_command else {},
        connector_data=fields if is_command else {},
        id=fields.get("trigger_id"),
        executed=is_command,
    )


def check_signature(settings: Endpoint, request: HttpRequest, *, now: float) -> None:
    """Refuse a call that Slack did not sign, or not lately.

    Raises:
        HttpError: 401; the same for all reasons.
    """
    stamp = request.headers.get("x-slack-request-timestamp", "")
    given = request.headers.get("x-slack-signature", "")
    secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
    signed = b"v0:" + stamp.encode() + b":" + request.body
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    fresh = stamp.isdecimal() and stamp.isascii() and abs(now - int(stamp)) <= PATIENCE
    if not (hmac.compare_digest(given.encode(), expected.encode()) and fresh):
        raise HttpError(401, "Reason: INVALID_SIGNATURE. Details: HMAC signature did not match")

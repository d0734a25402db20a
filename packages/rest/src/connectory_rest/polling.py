"""Ask a service again and again while a process waits: each answer is offered to it."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from connectory_rest import icons
from connectory_rest.requests import ENDPOINT, PAYLOAD, TIMEOUT, TLS, Policy, RestRequest, ReturnFormat
from connectory_rest.state import Http, lifespan
from connectory_sdk import Connector, ConnectorError, ConnectorInputError, Group, InboundContext, Property

TYPE = "io.camunda:http-polling:1"
INTERVAL = "interval"
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
SHORTEST = 0.05  # seconds


class Poll(RestRequest):
    """A request, and how often it is sent."""

    http_request_interval: Annotated[str, Property(group=INTERVAL)] = Field(
        "PT50S", title="Request interval", description="Pause between two requests, such as PT50S"
    )
    process_polling_interval: Annotated[str, Property(group=INTERVAL, type="Hidden")] = Field(
        "PT5S", title="Process polling interval", description="How often waiting instances are looked for"
    )
    # What an answer becomes, and what a failed job means, is no question of polling.
    document_return_format: Annotated[ReturnFormat | None, Property(hidden=True)] = None
    connectory_policy: Annotated[Policy | None, Property(hidden=True)] = None

    @model_validator(mode="before")
    @classmethod
    def old_methods(cls, data: Any) -> Any:
        """Accept methods in small letters, and none for GET, as early templates wrote them."""
        if not isinstance(data, Mapping):
            return data
        return {**data, "method": str(data.get("method") or "GET").strip().upper()}

    @field_validator("http_request_interval")
    @classmethod
    def a_duration(cls, text: str) -> str:
        """Refuse what is no duration."""
        seconds(text)
        return text


def seconds(text: str) -> float:
    """Return the seconds of an ISO 8601 duration.

    Raises:
        ValueError: It is none.
    """
    found = DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise ValueError(f"'{text}' is no duration; write for example PT50S")
    days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    return max(timedelta(days=days, hours=hours, minutes=minutes, seconds=rest).total_seconds(), SHORTEST)


polling: Connector[Http] = Connector(
    id="connectory.rest.polling",
    name="HTTP polling",
    type=TYPE,
    version=1,
    description="Ask a service again and again while a process waits",
    lifespan=lifespan,
    icon=icons.POLLING,
    keywords=("http", "rest", "poll", "api"),
)


@polling.inbound(
    TYPE,
    name="HTTP polling",
    id="connectory.rest.polling",
    description="Ask a service again and again while a process waits, until its answer continues the process",
    version=1,
    groups=(
        Group("authentication", "Authentication"),
        Group(ENDPOINT, "HTTP endpoint"),
        Group(INTERVAL, "Interval"),
        Group(TIMEOUT, "Timeouts"),
        Group(PAYLOAD, "Payload"),
        Group(TLS, "TLS", tooltip="Certificates, where the server or your network asks for them"),
    ),
    sees="status, headers, body and reason of an answer",
    errors={"error status, no answer": "written into the activity log; asked again after the interval"},
    example=(
        'Method: GET\nURL: ="https://shop.example.com/orders/" + orderId\nActivation condition: =body.state = "sent"\n'
        "Correlation key (process): =orderId\nCorrelation key (payload): =body.id\n"
        "Result expression: ={parcel: body.parcel}"
    ),
    kinds=("intermediate", "boundary", "receive"),
    acknowledges=False,
    deduplicates=False,
    per_instance=True,
    feel_everywhere=True,
)
async def poll(config: Poll, inbound: InboundContext) -> None:
    """Send the request at once and then after each pause, and offer each answer; what fails is written down."""
    try:
        answer = await asked(config, inbound.state)
    except (ConnectorError, ConnectorInputError) as exc:
        inbound.log(f"{config.method} {config.url} failed: {exc.message}", severity="ERROR", tag="Message")
    else:
        await inbound.correlate(answer)
    await asyncio.sleep(seconds(config.http_request_interval))


async def asked(config: Poll, http: Http) -> dict[str, Any]:
    """Return what a service answers: status, headers, body and reason.

    Raises:
        ConnectorError: There is no answer, or an error status.
        ConnectorInputError: The request cannot be sent.
    """
    from connectory_rest.answers import body_of, result, status_error, whole
    from connectory_rest.fetching import fetch

    async with AsyncExitStack() as stack:
        response = await fetch(config, http, stack, added=[])
        content = await whole(response, http.settings.max_response)
        if response.status_code >= 400:
            raise status_error(response, content)
        return result(response, body=body_of(content))

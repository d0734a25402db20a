"""What an event must be, what names it, and whom it reaches."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import BaseModel

from connectory_sdk import Connector

SCHEMA = json.dumps(
    {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, "lines": {"type": "array", "items": {"required": ["sku"]}}},
    }
)
ORDERS = {"inbound.context": "orders", "deduplicationMode": "AUTO", "resultExpression": "={body: request.body}"}


async def test_an_event_that_does_not_fit_its_schema_starts_nothing(side: Any, models: Any) -> None:
    """422 with the places that are wrong and without the event's values; what fits starts a process."""
    await side.deploy(models.started("orders", {**models.webhook, **ORDERS, "eventSchema": SCHEMA}))

    refused = await side.http.post("/inbound/orders", json={"id": 4711, "lines": [{}]})
    taken = await side.http.post("/inbound/orders", json={"id": "o-1"})

    assert (refused.status_code, taken.status_code) == (422, 200)
    message = refused.json()["message"]
    assert "id: the value is not of type" in message
    assert "lines[1]: " in message
    assert "4711" not in message
    assert side.variables("orders") == [{"body": {"id": "o-1"}}]
    log = side.inbound.registry.all()[0].journal.lines
    assert any(line.message.startswith("Invalid input: The event does not fit its JSON Schema") for line in log)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("{", "eventSchema is no JSON Schema: "),
        ('{"type": "objct"}', "eventSchema is no JSON Schema: "),
        ('{"$ref": "http://127.0.0.1:9/schema.json"}', "eventSchema is no JSON Schema: "),
    ],
)
async def test_a_schema_that_is_none_is_said_before_any_event(side: Any, models: Any, schema: str, reason: str) -> None:
    """The subscription is down with the reason; nothing is fetched from elsewhere."""
    await side.deploy(models.started("orders", {**models.webhook, **ORDERS, "eventSchema": schema}))

    health = side.inbound.registry.all()[0].journal.health

    assert (health.status, health.code) == ("DOWN", "ACTIVATION_FAILURE")
    assert health.message.startswith(reason)


async def test_lines_of_subscriptions_say_whose_they_are(
    side: Any, models: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Of which subscription, and whether the runtime or the connector says it."""
    caplog.set_level("INFO", "connectory_runtime.inbound.activity")
    await side.deploy(models.started("orders", {**models.webhook, **ORDERS}))

    (one,) = side.inbound.registry.all()
    one.log("a line of the connector")
    said = {(r.source, r.executableId) for r in caplog.records if r.name == "connectory_runtime.inbound.activity"}
    (line,) = [r for r in caplog.records if r.getMessage().endswith("a line of the connector")]

    assert ("RUNTIME", one.group.executable_id) in said
    assert (line.source, line.executableId) == ("CONNECTOR", one.group.executable_id)


async def test_an_expression_that_cannot_be_read_is_said_before_any_event(side: Any, models: Any) -> None:
    """In the activity log, with element and property; other events go on."""
    await side.deploy(models.started("orders", {**models.webhook, **ORDERS, "activationCondition": "=request.body.("}))

    lines = [line.message for line in side.inbound.registry.all()[0].journal.lines if line.tag == "Warning"]

    assert len(lines) == 1
    assert lines[0].startswith("Element 'start': activationCondition cannot be read: ")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
        {"webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"},
        {"Idempotency-Key": "f5e57ebe-0f47-4dd5-b9b7-15a7cc5f4b5a"},
        {"ce-id": "1", "ce-source": "/shop"},
    ],
)
@pytest.mark.parametrize("message", [None, "order"])
async def test_a_delivery_that_comes_again_starts_one_process(
    side: Any, models: Any, headers: dict[str, str], message: str | None
) -> None:
    """Plain and message start events, without a message id in the model."""
    await side.deploy(models.started("orders", {**models.webhook, **ORDERS}, message=message))

    first = await side.http.post("/inbound/orders", json={"n": 1}, headers=headers)
    again = await side.http.post("/inbound/orders", json={"n": 1}, headers=headers)
    other = await side.http.post("/inbound/orders", json={"n": 2}, headers=dict.fromkeys(headers, "other"))

    assert [answer.status_code for answer in (first, again, other)] == [200, 200, 200]
    assert sorted(one["body"]["n"] for one in side.variables("orders")) == [1, 2]


async def test_names_of_deliveries_can_be_switched_off(start: Any, models: Any) -> None:
    """By an operator for all; by a modeller with a message id that is null."""
    same = {"Idempotency-Key": "1"}
    async with start(environ={"CONNECTORY_WEBHOOK_DELIVERY_HEADERS": "none"}) as side:
        await side.deploy(models.started("orders", {**models.webhook, **ORDERS}, message="order"))
        for _ in range(2):
            await side.http.post("/inbound/orders", json={}, headers=same)
        assert len(side.variables("orders")) == 2
    async with start() as side:
        free = {**models.webhook, **ORDERS, "messageIdExpression": "=null"}
        await side.deploy(models.started("orders", free, message="order"))
        for _ in range(2):
            await side.http.post("/inbound/orders", json={}, headers=same)
        assert len(side.variables("orders")) == 2


def started_or_continued(webhook: dict[str, str]) -> bytes:
    """A process whose start and catch event share message, key and address."""
    common = {**webhook, **ORDERS, "correlationKeyExpression": "=request.body.order"}
    entries = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in common.items())
    inbound = f"<bpmn:extensionElements><zeebe:properties>{entries}</zeebe:properties></bpmn:extensionElements>"
    message = '<bpmn:messageEventDefinition id="{}" messageRef="msg"/>'
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://example.com">'
        f'<bpmn:process id="chat" isExecutable="true"><bpmn:startEvent id="start">{inbound}{message.format("m1")}'
        f'</bpmn:startEvent><bpmn:intermediateCatchEvent id="reply">{inbound}{message.format("m2")}'
        '</bpmn:intermediateCatchEvent><bpmn:userTask id="task"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="reply"/>'
        '<bpmn:sequenceFlow id="f2" sourceRef="reply" targetRef="task"/></bpmn:process>'
        '<bpmn:message id="msg" name="chat"><bpmn:extensionElements>'
        '<zeebe:subscription correlationKey="=body.order"/></bpmn:extensionElements></bpmn:message></bpmn:definitions>'
    ).encode()


async def test_an_event_continues_who_waits_for_it_and_starts_a_process_otherwise(side: Any, models: Any) -> None:
    """One address, one message name, one key: the engine decides."""
    await side.deploy(started_or_continued(models.webhook))

    answers = [
        await side.http.post("/inbound/orders", json={"order": order, "text": text})
        for order, text in (("o-1", "hello"), ("o-2", "hi"), ("o-1", "again"))
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert sorted((one["body"]["order"], one["body"]["text"]) for one in side.variables("chat")) == [
        ("o-1", "again"),
        ("o-2", "hi"),
    ]


async def test_a_subscription_that_does_not_clean_up_does_not_hold_the_service(
    start: Any, models: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is left alone after a while, with a line that names it."""
    monkeypatch.setattr("connectory_runtime.inbound.subscription.ENDING", 0.1)
    stuck: Connector[None] = Connector(id="acme.stuck", name="Stuck", type="acme:stuck:1", version=1)
    released = asyncio.Event()

    class Settings(BaseModel):
        pass

    @stuck.inbound("acme:stuck:1", name="Stuck")
    async def listen(config: Settings, inbound: Any) -> None:
        inbound.healthy()
        try:
            await asyncio.Event().wait()
        finally:
            await released.wait()

    async with asyncio.timeout(10):
        async with start((stuck,)) as side:
            await side.deploy(models.started("order", {"inbound.type": "acme:stuck:1"}))
        assert "has not cleaned up" in caplog.text
    released.set()

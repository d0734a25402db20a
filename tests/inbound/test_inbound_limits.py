"""Limits of the webhooks' server, addresses with tenants, pages of other origins, and which types are listened to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectory_runtime import Runtime, Settings, SettingsError
from connectory_webhook import webhook

ORDERS = {"inbound.context": "orders", "resultExpression": "={body: request.body}"}


@asynccontextmanager
async def begun(side: Any, *, body: bytes = b"{") -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A call whose body has two bytes, of which some were sent; the runtime has taken it in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(side.runtime.address.rsplit(":", 1)[1]))
    try:
        writer.write(b"POST /inbound/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n" + body)
        async with asyncio.timeout(10):
            while not side.inbound.running.calls:  # noqa: ASYNC110 - nothing tells of a call but their number
                await asyncio.sleep(0.01)
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def test_one_call_too_many_is_asked_to_come_later(start: Any, models: Any) -> None:
    """503 with Retry-After; the call that came first is answered, and then there is room again."""
    async with start(most_calls=1) as side:
        await side.deploy(models.started("orders", {**models.webhook, **ORDERS}))
        async with begun(side) as (reader, writer):
            refused = await side.http.post("/inbound/orders", json={})
            writer.write(b"}")
            first = await reader.readline()
        taken = await side.http.post("/inbound/orders", json={})

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert b" 200 " in first
    assert taken.status_code == 200
    assert len(side.variables("orders")) == 2


async def test_a_body_that_comes_too_slowly_is_408(start: Any, models: Any) -> None:
    """The connection is closed, nothing is started, and the activity log says why."""
    async with start(reading=0.2) as side:
        await side.deploy(models.started("orders", {**models.webhook, **ORDERS}))
        async with begun(side) as (reader, _):
            answer = await asyncio.wait_for(reader.read(), 10)

        assert answer.startswith(b"HTTP/1.1 408 ")
        assert not side.inbound.running.calls
        lines = [line.message for line in side.inbound.registry.all()[0].journal.lines]
        assert any(line.startswith("The call sent no whole body") for line in lines)
    assert side.variables("orders") == []


async def test_addresses_with_tenants(start: Any, models: Any) -> None:
    """The short address is unknown then; the endpoints say the long one."""
    async with start(scoped=True) as side:
        await side.deploy(models.started("orders", {**models.webhook, **ORDERS}))

        short = await side.http.post("/inbound/orders", json={})
        long = await side.http.post("/inbound/default/%3Cdefault%3E/orders", json={})
        (listed,) = (await side.http.get("/inbound")).json()
        one = f"/inbound-instances/executables/{listed['executableId']}"
        raw = (await side.http.get(one)).json()
        asked = (await side.http.get(f"{one}?appendPhysicalTenantAndTenantToPath=true")).json()

    assert (short.status_code, long.status_code) == (404, 200)
    path = "default/<default>/orders"
    found = [entry["data"]["inbound.context"] for entry in (listed, raw, asked)]
    assert found == [path, "orders", path]


async def test_pages_of_other_origins(start: Any, models: Any) -> None:
    """Those that are allowed get what their browser wants to see, others nothing."""
    shop = "https://shop.example.com"
    async with start(cors_origins=frozenset({shop}), cors_credentials=True) as side:
        await side.deploy(models.started("orders", {**models.webhook, **ORDERS}))

        asked = await side.http.options(
            "/inbound/orders", headers={"Origin": shop, "Access-Control-Request-Headers": "x-key"}
        )
        taken = await side.http.post("/inbound/orders", json={}, headers={"Origin": shop})
        other = await side.http.post("/inbound/orders", json={}, headers={"Origin": "https://evil.example.com"})

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-headers"] == "x-key"
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert taken.headers["access-control-allow-origin"] == shop
    assert taken.headers["access-control-allow-credentials"] == "true"
    assert not any(name.startswith("access-control") for name in other.headers)


async def test_the_activity_log_shows_calls_without_what_authorizes(side: Any, models: Any) -> None:
    """Address, headers and body help with a model; credentials have stars."""
    await side.deploy(models.started("orders", {**models.webhook, **ORDERS}))

    await side.http.post(
        "/inbound/orders?page=2&access_token=t0ken",
        json={"id": "o-1"},
        headers={"Authorization": "Bearer s3cret", "X-Api-Key": "k3y", "X-Kind": "order"},
    )

    (line,) = [one.message for one in side.inbound.registry.all()[0].journal.lines if one.tag == "POST"]
    assert all(part in line for part in ("/inbound/orders?", "page=2", "x-kind=order", "authorization=***", '"id"'))
    assert not any(secret in line for secret in ("t0ken", "s3cret", "k3y"))


@pytest.mark.parametrize(
    ("variables", "types"),
    [
        ({}, {"io.camunda:webhook:1"}),
        ({"CONNECTOR_INBOUND_DISABLED": "IO.camunda:webhook:1"}, set()),
        ({"CONNECTOR_INBOUND_ENABLED": "io.camunda:slack-webhook:1"}, set()),
        ({"CONNECTOR_INBOUND_ENABLED": ""}, set()),
    ],
)
async def test_types_can_be_left_out(variables: dict[str, str], types: set[str]) -> None:
    """By a block-list or an allow-list; the case does not matter."""
    settings = Settings.read({"CAMUNDA_REST_ADDRESS": "http://127.0.0.1:9", **variables})

    inbound = Runtime(settings, connectors=[webhook], environ={}).inbound

    assert inbound is not None
    assert set(inbound.connectors) == types


async def test_what_listens_can_be_named_by_variables() -> None:
    """Its type and the properties that make a subscription, too; nothing else listens then."""
    variables = {
        "CAMUNDA_REST_ADDRESS": "http://127.0.0.1:9",
        "CONNECTORY_CONNECTORS": "slack",
        "CONNECTOR_HOOK_EXECUTABLE": "connectory_webhook:webhook",
        "CONNECTOR_HOOK_TYPE": "acme:hook:1",
        "CONNECTOR_HOOK_DEDUPLICATION_PROPERTIES": "inbound.context, inbound.method",
    }

    inbound = Runtime(Settings.read(variables), environ={}).inbound

    assert inbound is not None
    assert list(inbound.connectors) == ["acme:hook:1"]
    assert inbound.connectors["acme:hook:1"].deduplicate_by == ("inbound.context", "inbound.method")
    assert Runtime(Settings.read({**variables, "CONNECTOR_INBOUND_DISCOVERY_DISABLED": ""}), environ={}).inbound is None
    with pytest.raises(SettingsError, match="CONNECTOR_INBOUND_ENABLED and CONNECTOR_INBOUND_DISABLED"):
        Settings.read({**variables, "CONNECTOR_INBOUND_ENABLED": "a", "CONNECTOR_INBOUND_DISABLED": "b"})


async def test_webhooks_can_be_switched_off(start: Any, models: Any) -> None:
    """Their addresses are unknown, and it is said once which setting makes them so."""
    async with start(webhooks=False) as side:
        await side.deploy(models.started("order", {**models.webhook, "inbound.context": "orders"}))

        answer = await side.http.post("/inbound/orders", json={})
        (item,) = (await side.http.get("/inbound")).json()

    assert answer.status_code == 404
    assert (item["state"], item["health"]["status"]) == ("ConnectorNotRegistered", "DOWN")
    assert "CAMUNDA_CONNECTOR_WEBHOOK_ENABLED" in item["health"]["error"]["message"]
    assert not any("Trying again" in line["message"] for line in item["logs"])

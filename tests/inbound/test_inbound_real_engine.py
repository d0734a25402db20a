"""Import and correlation on the real engine."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectory_runtime import Runtime, Settings
from connectory_webhook import webhook


@pytest.fixture
async def cluster() -> AsyncIterator[httpx.AsyncClient]:
    address = os.environ.get("CONNECTORY_ZEEBE_ENGINE")
    if not address:
        pytest.skip("CONNECTORY_ZEEBE_ENGINE is not set")
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        yield client


async def deploy(cluster: httpx.AsyncClient, *models: bytes) -> None:
    files = [("resources", (f"{uuid.uuid4().hex}.bpmn", model)) for model in models]
    answer = await cluster.post("/v2/deployments", files=files)
    assert answer.status_code == 200, answer.text


async def test_messages_and_instances_on_the_real_engine(cluster: httpx.AsyncClient, models: Any) -> None:
    """Deployed processes are found, copies of an event are taken once, and instances start by call and by message."""
    mark = uuid.uuid4().hex[:8]
    start = {**models.webhook, "deduplicationMode": "AUTO"}
    await deploy(
        cluster,
        models.started(f"plain{mark}", {**start, "inbound.context": f"plain{mark}", "resultVariable": "all"}),
        models.started(
            f"message{mark}",
            {**start, "inbound.context": f"message{mark}", "messageIdExpression": "=request.body.id"},
            message=f"m{mark}",
        ),
        models.started(
            f"answer{mark}",
            {
                **start,
                "inbound.context": f"answer{mark}",
                "synchronousResponse": "true",
                "resultExpression": "={n: request.body.n + 1}",
                "inbound.responseExpression": "={body: correlation.variables}",
            },
            task=False,
        ),
    )
    settings = Settings.read({"CAMUNDA_REST_ADDRESS": str(cluster.base_url)})
    settings = replace(settings, port=0, host="127.0.0.1", inbound=settings.inbound._replace(interval=0.5))
    async with (
        Runtime(settings, connectors=[webhook], secret_providers=[], environ={}) as runtime,
        httpx.AsyncClient(base_url=str(runtime.address), timeout=30) as http,
    ):
        assert runtime.inbound is not None
        async with asyncio.timeout(30):
            while f"message{mark}" not in runtime.inbound.webhooks.paths:  # noqa: ASYNC110 - it looks by itself
                await asyncio.sleep(0.1)

        plain = await http.post(f"/inbound/plain{mark}", json={"id": 1})
        copies = await asyncio.gather(*(http.post(f"/inbound/message{mark}", json={"id": "e-1"}) for _ in range(10)))
        answer = await http.post(f"/inbound/answer{mark}", json={"n": 41})
        before = runtime.inbound.metrics.polls
        await runtime.inbound.importer.look()

        assert plain.status_code == 200
        assert {copy.status_code for copy in copies} == {200}
        assert answer.json() == {"n": 42}
        assert runtime.inbound.metrics.polls - before == 1
    found = await cluster.post(
        "/v2/process-instances/search", json={"filter": {"processDefinitionId": f"message{mark}"}}
    )
    if found.status_code == 200:
        assert len(found.json()["items"]) == 1


async def test_one_address_starts_and_continues_tickets(cluster: httpx.AsyncClient) -> None:
    """The example does on the engine of 8.8 what it does on the local one."""
    mark = uuid.uuid4().hex[:8]
    model = (Path(__file__).parents[2] / "examples" / "ticket.bpmn").read_text()
    for name in ('process id="ticket"', 'bpmnElement="ticket"', 'name="ticket"', 'value="tickets"'):
        assert name in model
        model = model.replace(name, f'{name[:-1]}{mark}"')
    await deploy(cluster, model.encode())
    settings = Settings.read({"CAMUNDA_REST_ADDRESS": str(cluster.base_url)})
    settings = replace(settings, port=0, host="127.0.0.1", drain=1.0)
    async with (
        Runtime(settings, connectors=(webhook,)) as runtime,
        httpx.AsyncClient(base_url=str(runtime.address)) as http,
        asyncio.timeout(60),
    ):
        for ticket, text, closed in (("T-1", "no light", False), ("T-2", "no heat", True), ("T-1", "on", True)):
            while True:
                body = {"ticket": f"{mark}{ticket}", "text": text, "closed": closed}
                answer = await http.post(f"/inbound/tickets{mark}", json=body)
                if answer.status_code == 202:
                    break
                assert answer.status_code in (404, 503)  # not known yet
                await asyncio.sleep(0.2)

        found: list[Any] = []
        while sum(item["state"] == "COMPLETED" for item in found) < 2:
            query = {"filter": {"processDefinitionId": f"ticket{mark}"}}
            found = (await cluster.post("/v2/process-instances/search", json=query)).json()["items"]
            await asyncio.sleep(0.1)
        variables = (await cluster.post("/v2/variables/search", json={"filter": {"name": "texts"}})).json()["items"]

    assert len(found) == 2
    keys = {item["processInstanceKey"] for item in found}
    texts = [item["value"] for item in variables if item["scopeKey"] in keys]
    assert sorted(texts) == ['["no heat"]', '["no light","on"]']

"""``connectory dev`` as people start it."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import line

EXAMPLE = Path(__file__).parents[2] / "examples" / "purchase.bpmn"
START = {"inbound.type": "io.camunda:webhook:1", "deduplicationMode": "AUTO", "inbound.context": "orders"}


async def test_files_are_served_and_deployed_again(models: Any, tmp_path: Path) -> None:
    """A webhook starts a process, the page shows it, and an edited file takes effect without a restart."""
    file = tmp_path / "order.bpmn"
    file.write_bytes(models.started("order", {**START, "resultExpression": "={v: 1}"}, task=False))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "connectory_runtime", "dev", str(file), "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "CAMUNDA_CONNECTOR_POLLING_INTERVAL": "200"},
    )
    try:
        address = (await line(process, "connectory dev", "at")).split(" at ")[1].split(",")[0]
        await line(process, "listens 'start' of 'order': ", "/inbound/orders")
        async with httpx.AsyncClient(base_url=address) as http:
            first = await http.post("/inbound/orders", json={})
            await line(process, "completed", "order")
            await line(process, "v = 1")
            page = (await http.get("/")).text
            topology = await http.get("/v2/topology")
            health = await http.get("/actuator/health")
            file.write_bytes(models.started("order", {**START, "resultExpression": "={v: 2}"}, task=False))
            await line(process, "deployed", "again")
            second = None
            while second is None:
                await http.post("/inbound/orders", json={})
                found = (await http.post("/v2/variables/search", json={"filter": {"name": "v"}})).json()["items"]
                second = next((item for item in found if item["value"] == "2"), None)
            file.write_text("<broken")
            await line(process, "not deployed")
            third = await http.post("/inbound/orders", json={})
    finally:
        process.send_signal(signal.SIGTERM)
        code = await process.wait()

    assert (first.status_code, third.status_code) == (200, 200)
    assert "/inbound/orders" in page
    assert topology.status_code == 200
    assert health.json()["status"] == "UP"
    assert code == 0


async def test_ctrl_c_ends_everything_in_order(tmp_path: Path) -> None:
    """A terminal sends Ctrl+C to the fake broker, too; consumers end before it, and nothing is complained of."""
    pytest.importorskip("noida_db", reason="the sandbox's broker is not installed")
    with (tmp_path / "complaints").open("wb") as complaints:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "connectory_runtime", "dev", str(EXAMPLE), "--sandbox", "--port", "0"),
            *("--secret", "SHOP_KEY=k", "--secret", "SLACK_SIGNING_SECRET=k"),
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
            process_group=0,
        )
    try:
        await line(process, "listens", "kafka")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        async with asyncio.timeout(30):
            code = await process.wait()

    assert (code, (tmp_path / "complaints").read_text()) == (0, "")

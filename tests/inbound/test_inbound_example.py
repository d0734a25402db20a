"""The examples of docs/inbound.md: events take a process to its end, and one address starts and continues processes."""

import asyncio
import hashlib
import hmac
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from programs import line

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = EXAMPLES / "purchase.bpmn"


def digest(key: str, content: bytes) -> str:
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


async def test_the_example_on_the_sandbox() -> None:
    """Each event takes the process one step further; deliveries that come twice and forged ones change nothing."""
    pytest.importorskip("noida_db", reason="the sandbox's broker is not installed")
    from aiokafka import AIOKafkaProducer

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "connectory_runtime", "dev", str(EXAMPLE), "--sandbox", "--port", "0"),
        *("--secret", "SHOP_KEY=shop-key-1", "--secret", "SLACK_SIGNING_SECRET=slack-key-1"),
        stdout=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("CAMUNDA_")},
    )
    try:
        address = (await line(process, "connectory dev", " at ")).split(" at ")[1].split(",")[0]
        servers = (await line(process, "CONNECTORY_KAFKA_BOOTSTRAP_SERVERS")).split("=")[1]
        body = json.dumps({"number": "P-1", "amount": 99}).encode()
        command = urlencode({"command": "/approve", "text": "P-1", "user_name": "ann", "trigger_id": "t"}).encode()
        stamp = str(int(time.time()))
        slack = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={digest('slack-key-1', f'v0:{stamp}:'.encode() + command)}",
        }
        async with httpx.AsyncClient(base_url=address) as http:
            await listening(http, 3)
            forged = await http.post("/inbound/purchases", content=body, headers={"x-signature": "0" * 64})
            signed = {"x-signature": digest("shop-key-1", body), "content-type": "application/json"}
            answers = [await http.post("/inbound/purchases", content=body, headers=signed) for _ in range(3)]
            await line(process, "Ask for approval")
            approval = await http.post("/inbound/slack", content=command, headers=slack)
            async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
                await producer.send_and_wait("shipments", b'{"number": "P-1", "parcel": "DHL-7"}')
            await line(process, "completed", "purchase")
            values = [await line(process, "="), await line(process, "="), await line(process, "="), ""]
            page = (await http.get("/")).text
            instances: Any = (await http.post("/v2/process-instances/search", json={})).json()["items"]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()

    assert forged.status_code == 401
    assert [answer.status_code for answer in answers] == [202, 200, 200]
    assert answers[0].json() == {"message": "Purchase P-1 is looked at"}
    assert approval.json() == {"response_type": "ephemeral", "text": "Command executed"}
    assert len(instances) == 1
    assert [value.strip() for value in values[:2]] == ["amount = 99", "approvedBy = ann"]
    assert "Purchase P-1 of 99 EUR: /approve P-1" in page.replace("&#x27;", "'")


async def listening(http: httpx.AsyncClient, count: int) -> None:
    """Wait until so many subscriptions are up."""
    async with asyncio.timeout(60):
        while True:
            found = (await http.get("/inbound")).json()
            if sum(item["health"]["status"] == "UP" for item in found) == count:
                return
            await asyncio.sleep(0.1)


async def test_one_address_starts_and_continues_tickets(side: Any) -> None:
    """The first message of a ticket starts its process, later ones continue it, and after the end one starts anew."""
    await side.deploy((EXAMPLES / "ticket.bpmn").read_bytes())
    texts = [("T-1", "no light"), ("T-2", "no heat"), ("T-1", "still none"), ("T-1", "on"), ("T-1", "off again")]

    for ticket, text in texts:
        body = {"ticket": ticket, "text": text, "closed": text == "on"}
        answer = await side.http.post("/inbound/tickets", json=body)
        assert (answer.status_code, answer.json()) == (202, {"message": f"Ticket {ticket} has it"})

    found = [(one["ticket"], one["texts"], one["closed"]) for one in side.variables("ticket")]
    assert found == [
        ("T-1", ["no light", "still none", "on"], True),
        ("T-2", ["no heat"], False),
        ("T-1", ["off again"], False),
    ]

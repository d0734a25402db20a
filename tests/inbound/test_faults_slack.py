"""Slack's socket mode while connections break: no event is lost, none starts two processes."""

import asyncio
from collections import Counter
from typing import Any

from connectory_sandbox import Fault, Sandbox
from connectory_slack import slack

EVENTS = 300
SETTINGS = {
    "inbound.type": "io.camunda:slack-webhook:1",
    "deduplicationMode": "AUTO",
    "inbound.appToken": "{{secrets.APP}}",
    "resultExpression": "={number: request.body.event.number}",
}


async def test_sockets_that_break(start: Any, models: Any, figures: Any, monkeypatch: Any) -> None:
    """Connections are lost, Slack is away for a while; what was acknowledged has its process, and each event one."""
    monkeypatch.setattr("connectory_slack.socket_mode.BRIEF", 0.0)  # else one that is lost at once is a failure
    async with Sandbox(["slack"]) as box, start((slack,), secrets={"APP": "xapp-1"}, environ=box.environ) as side:
        await side.deploy(models.started("event", SETTINGS, message="event", task=False))
        sockets = box.slack.sockets
        sent = []
        async with asyncio.timeout(60):
            for number in range(EVENTS):
                payload = {"event_id": f"Ev{number}", "event": {"type": "message", "number": number}}
                sent.append(sockets.send("events_api", payload))
                if number % 100 == 50:
                    await sockets.connected()
                    if number == 150:
                        box.slack.faults.add(Fault(operation="apps.connections.open", status=503, times=2))
                    box.slack.drop_sockets()
                    await sockets.connected(0)
                await asyncio.sleep(0)
            await sockets.answered(*sent)
        (item,) = (await side.http.get("/inbound")).json()
        numbers = Counter(values["number"] for values in side.variables("event"))

    assert numbers == Counter(range(EVENTS))
    assert item["health"]["status"] == "UP"
    assert "xapp-1" not in str(item)
    figures(f"{EVENTS} Slack events over a socket that breaks 3 times: {numbers.total()} processes, all acknowledged")

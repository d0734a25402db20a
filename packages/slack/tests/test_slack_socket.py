"""Socket mode against the sandbox, while connections are lost and Slack refuses."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from connectory_sandbox import Fault, Sandbox
from connectory_sdk import ConnectorError
from connectory_sdk.inbound import Correlation
from connectory_sdk.testing import Subscription, subscribed
from connectory_slack import slack

INBOUND = slack.inbounds["io.camunda:slack-webhook:1"]
AWAY = Correlation(accepted=False, kind="ZeebeClientStatus", status="UNAVAILABLE", retry=True)


def subscription(box: Sandbox, **more: Any) -> Subscription:
    return Subscription({"inbound": {"appToken": "xapp-1"}}, environ=box.environ, **more)


def event(number: int) -> dict[str, Any]:
    return {"event_id": f"Ev{number}", "event": {"type": "message", "text": f"{number}"}}


async def test_what_apps_answer() -> None:
    """An event is acknowledged alone, a command with what its caller sees, what is unknown is not taken."""
    async with Sandbox(["slack"]) as box:
        inbound = subscription(box)
        async with subscribed(INBOUND, inbound), asyncio.timeout(20):
            sockets = box.slack.sockets
            await sockets.connected()
            sent = [
                sockets.send("events_api", event(1)),
                sockets.send("slash_commands", {"command": "/go", "trigger_id": "t-1"}),
                sockets.send("interactive", {"type": "block_actions", "trigger_id": "t-2"}),
                sockets.send("options", {}),
            ]
            await sockets.answered(*sent)

    executed = {"response_type": "ephemeral", "text": "Command executed"}
    assert [sockets.acknowledged[one] for one in sent] == [None, executed, None, None]
    assert {one.message_id for one in inbound.events} == {"Ev1", "t-1", "t-2"}
    assert inbound.health == "UP"


async def test_lost_connections_lose_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections break amid events, end as planned, and come back; all events are taken and acknowledged."""
    monkeypatch.setattr("connectory_slack.socket_mode.BRIEF", 0.0)  # else one that is lost at once is a failure
    async with Sandbox(["slack"]) as box:
        inbound = subscription(box)
        sockets = box.slack.sockets
        async with subscribed(INBOUND, inbound), asyncio.timeout(60):
            sent = []
            for part in range(4):
                await sockets.connected()
                sent += [sockets.send("events_api", event(part * 50 + number)) for number in range(50)]
                if part == 1:
                    sockets.disconnect()
                elif part == 2:
                    box.slack.drop_sockets()
                    await sockets.connected(0)
            await sockets.answered(*sent)

    taken = Counter(one.message_id for one in inbound.events)
    assert set(taken) == {f"Ev{number}" for number in range(200)}
    assert set(sockets.acknowledged) == set(sent)


async def test_what_no_process_has_is_not_acknowledged() -> None:
    """While the cluster is away nothing is acknowledged; Slack sends it again, and then it is."""
    async with Sandbox(["slack"]) as box:
        inbound = subscription(box, result=AWAY)
        sockets = box.slack.sockets
        async with subscribed(INBOUND, inbound), asyncio.timeout(20):
            await sockets.connected()
            sent = [sockets.send("events_api", event(number)) for number in range(10)]
            while len(inbound.events) < 10:  # noqa: ASYNC110 - the test kit has no event for it
                await asyncio.sleep(0.01)
            assert sockets.acknowledged == {}

            inbound.result = Correlation(accepted=True, kind="MessagePublished", facts={})
            sockets.disconnect()
            await sockets.answered(*sent)

    assert sockets.waiting == {}


async def test_a_slow_event_holds_up_no_other() -> None:
    """Events are independent: each is acknowledged when its own process has it."""
    async with Sandbox(["slack"]) as box:
        inbound = subscription(box)
        sockets = box.slack.sockets
        go_on = asyncio.Event()
        correlate = inbound.correlate

        async def slowly(payload: Any, *, message_id: str | None = None) -> Correlation:
            if message_id == "Ev0":
                await go_on.wait()
            return await correlate(payload, message_id=message_id)

        inbound.correlate = slowly  # type: ignore[method-assign]
        async with subscribed(INBOUND, inbound), asyncio.timeout(20):
            await sockets.connected()
            slow, *others = [sockets.send("events_api", event(number)) for number in range(10)]
            await sockets.answered(*others)
            assert slow not in sockets.acknowledged
            go_on.set()
            await sockets.answered(slow)


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        ({"error": "invalid_auth"}, "Slack does not open a socket: invalid_auth; check the app-level token"),
        ({"status": 503}, "Slack does not open a socket: service_unavailable"),
        ({"status": 429}, "Slack does not open a socket: ratelimited"),
        ({"status": 0, "drop": True}, "Slack cannot be reached: "),
    ],
)
async def test_refusals_are_said(prepare: dict[str, Any], message: str) -> None:
    """The subscription ends with the reason, which the runtime shows, and tries again after a while."""
    async with Sandbox(["slack"]) as box:
        if "error" in prepare:
            box.slack.add_token("xapp-1", error=prepare["error"])
        else:
            box.slack.faults.add(Fault(operation="apps.connections.open", times=0, **prepare))
        inbound = subscription(box)
        from connectory_sdk.binding import bind

        config = await bind(INBOUND.config, {"inbound": {"appToken": "xapp-1"}})
        with pytest.raises(ConnectorError) as raised:
            async with asyncio.timeout(20):
                await INBOUND.subscribe(config, inbound)

    assert message in str(raised.value)
    assert "xapp-1" not in str(raised.value)

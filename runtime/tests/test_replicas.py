"""Answers of several replicas as one."""

import asyncio
import json
from typing import Any

import pytest

from connectory_runtime.service.replicas import merged


async def get(address: str, path: str) -> tuple[int, Any]:
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    text = body.decode()
    return int(head.split()[1]), json.loads(text) if text.startswith(("[", "{")) else text


async def test_a_request_is_answered_for_all_replicas(gateway: Any, start_runtime: Any) -> None:
    """The other replica has the same port and another address; what it gets is not sent on once more."""
    async with start_runtime(gateway, environ={"CAMUNDA_CONNECTOR_HOSTNAME": "first"}) as first:
        port = first.address.rpartition(":")[2]
        more = {
            "SERVER_ADDRESS": "127.0.0.2",
            "SERVER_PORT": port,
            "CAMUNDA_CONNECTOR_HOSTNAME": "second",
            "CAMUNDA_CONNECTOR_HEADLESS_SERVICEURL": "http://127.0.0.1",
        }
        async with start_runtime(gateway, environ=more) as second:
            status, listed = await get(second.address, "/outbound/test:1")
            missing, text = await get(second.address, "/outbound/nope:1")
            alive, _ = await get(second.address, "/actuator/health/liveness")

    assert (status, [one["runtimeId"] for one in listed]) == (200, ["first"])
    assert (missing, text) == (404, "Data of type 'OutboundConnectorResponse' with id 'nope:1' not found")
    assert alive == 200


async def test_a_replica_alone_answers_itself(gateway: Any, start_runtime: Any, caplog: Any) -> None:
    """A name without addresses is said, and costs no answer."""
    environ = {"CAMUNDA_CONNECTOR_HEADLESS_SERVICEURL": "nobody.invalid", "CAMUNDA_CONNECTOR_HOSTNAME": "me"}
    async with start_runtime(gateway, environ=environ) as runtime:
        _, listed = await get(runtime.address, "/outbound")

    assert [one["runtimeId"] for one in listed] == ["me"]
    assert "CAMUNDA_CONNECTOR_HEADLESS_SERVICEURL" in caplog.text


def instance(executable: str, status: str) -> dict[str, Any]:
    return {"executableId": executable, "health": {"status": status}}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[{"type": "a"}], [{"type": "a"}]], [{"type": "a"}, {"type": "a"}]),
        ([[], [{"type": "a"}]], [{"type": "a"}]),
        (
            [[instance("x", "UP"), instance("y", "UP")], [instance("x", "DOWN")], [instance("x", "UNKNOWN")]],
            [instance("x", "DOWN"), instance("y", "UP")],
        ),
        (
            [
                [{"connectorId": "k", "instances": [instance("x", "UP")]}],
                [{"connectorId": "k", "instances": [instance("x", "UNKNOWN"), instance("z", "UP")]}],
            ],
            [{"connectorId": "k", "instances": [instance("x", "UNKNOWN"), instance("z", "UP")]}],
        ),
    ],
)
def test_answers_are_put_together(values: list[Any], expected: Any) -> None:
    """Lists one after the other; inbound connectors by their identity, with the worst health."""
    assert merged(values) == expected

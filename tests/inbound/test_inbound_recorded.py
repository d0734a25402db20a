"""``connectory dev --record``: what came is kept, and a test plays it again."""

import asyncio
import hashlib
import hmac
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from kit import ROOT
from programs import line

from connectory_engine.testing import LocalEngine, running
from connectory_runtime.testing import LocalRuntime, serving
from connectory_sandbox import Sandbox
from connectory_sdk.testing import recorded_call, recorded_event

EXAMPLE = ROOT / "examples" / "purchase.bpmn"
OPEN = {"inbound.type": "io.camunda:webhook:1", "inbound.context": "files", "inbound.method": "any"}
KEYED = {
    **OPEN,
    "inbound.auth.type": "APIKEY",
    "inbound.auth.apiKey": "{{secrets.FILES_KEY}}",
    "inbound.auth.apiKeyLocator": '=get value(request.headers, "x-api-key")',
    "resultExpression": "={kind: request.params.kind}",
}


async def dev(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "connectory_runtime", "dev", "--port", "0", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("CAMUNDA_")},
            "CAMUNDA_CONNECTOR_POLLING_INTERVAL": "200",
        },
    )


async def stop(process: asyncio.subprocess.Process) -> str:
    """End it; return what it complained of."""
    process.send_signal(signal.SIGTERM)
    return (await process.communicate())[1].decode()


async def test_a_call_is_played_again(models: Any, tmp_path: Path) -> None:
    """Byte by byte, with its query; the key is a reference in the file, and whoever was refused is there, too."""
    file = tmp_path / "files.bpmn"
    file.write_bytes(models.started("files", KEYED, task=False))
    events = tmp_path / "events"
    body = b'{"a":  1, "b": "\xc3\xa4"}'  # no JSON that Python would write
    process = await dev(str(file), "--secret", "FILES_KEY=key of ours/1", "--record", str(events))
    try:
        address = (await line(process, "connectory dev", " at ")).split(" at ")[1].split(",")[0]
        await line(process, "listens", "/inbound/files")
        async with httpx.AsyncClient(base_url=address) as http:
            url = "/inbound/files?kind=scan&token=t-1"
            await http.post(url, content=body, headers={"x-api-key": "key of ours/1", "cookie": "c-1"})
            await http.post(url, content=body, headers={"x-api-key": "guessed"})
            await http.post("/inbound/nowhere")
        await line(process, "recorded", "0002-files.json")
    finally:
        await stop(process)

    first, second = sorted(events.iterdir())
    text = first.read_text() + second.read_text()
    assert [json.loads(one.read_text())["status"] for one in (first, second)] == [200, 401]
    assert not [word for word in ("key of ours", "c-1", "t-1", "guessed") if word in text]
    call = recorded_call(first, secrets={"FILES_KEY": "another key"})
    assert (call.body, call.query, call.headers["x-api-key"]) == (body, "kind=scan&token=***", "another key")
    with pytest.raises(AssertionError, match=r"0001-files\.json needs the secret 'FILES_KEY'"):
        recorded_call(first)

    def play() -> list[Any]:
        with running() as engine, serving(engine, secrets={"FILES_KEY": "another key"}) as runtime:
            engine.deploy(file)
            answers = [
                runtime.call(recorded_call(one, secrets={"FILES_KEY": "another key"})) for one in (first, second)
            ]
            return [status for status, _ in answers] + [one["variables"] for one in runtime.instances()]

    assert await asyncio.to_thread(play) == [200, 401, {"kind": "scan"}]


async def test_files_that_are_there_are_left_alone(models: Any, tmp_path: Path) -> None:
    """Numbers go on; a folder that cannot be made is one line."""
    file = tmp_path / "files.bpmn"
    file.write_bytes(models.started("files", OPEN, task=False))
    (tmp_path / "0007-older.json").write_text("{}")
    process = await dev(str(file), "--record", str(tmp_path))
    try:
        address = (await line(process, "connectory dev", " at ")).split(" at ")[1].split(",")[0]
        await line(process, "listens")
        async with httpx.AsyncClient(base_url=address) as http:
            await http.post("/inbound/files", json={"n": 1})
        said = await line(process, "recorded")
    finally:
        complaints = await stop(process)
    refused = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "connectory_runtime", "dev", "--port", "0", "--record", str(file)),
        stderr=asyncio.subprocess.PIPE,
    )
    refusal = (await refused.communicate())[1].decode()

    assert said.endswith("0008-files.json")
    assert complaints == "", "requests that wait for jobs are answered before the server ends"
    assert (tmp_path / "0007-older.json").read_text() == "{}"
    assert (refused.returncode, refusal) == (
        2,
        f"connectory dev: --record: '{file}' cannot be made: File exists\n",
    )


@pytest.fixture
def recorded(tmp_path: Path) -> list[Path]:
    """What came to the example: a call that its sender signed, and a record of Kafka."""
    pytest.importorskip("noida_db", reason="the sandbox's broker is not installed")
    asyncio.run(record(tmp_path / "events"))
    return sorted((tmp_path / "events").iterdir())


async def record(folder: Path) -> None:
    from aiokafka import AIOKafkaProducer

    process = await dev(str(EXAMPLE), "--sandbox", "--secret", "SHOP_KEY=key-1", "--record", str(folder))
    body = b'{"number": "P-1", "amount": 99}'
    signature = hmac.new(b"key-1", body, hashlib.sha256).hexdigest()
    try:
        address = (await line(process, "connectory dev", " at ")).split(" at ")[1].split(",")[0]
        servers = (await line(process, "CONNECTORY_KAFKA_BOOTSTRAP_SERVERS")).split("=")[1]
        await line(process, "listens", "/inbound/purchases")
        async with httpx.AsyncClient(base_url=address) as http:
            await http.post("/inbound/purchases", content=body, headers={"x-signature": signature})
        await line(process, "recorded", "purchases")
        async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
            await producer.send_and_wait("shipments", b'{"number": "P-1", "parcel": "DHL-7"}')
        await line(process, "recorded", "kafka")
    finally:
        await stop(process)


def test_events_of_all_kinds_are_played_again(
    recorded: list[Path], local_engine: LocalEngine, sandbox: Sandbox
) -> None:
    """The signature still fits the body; the record is offered without a broker."""
    call, event = recorded
    local_engine.deploy(EXAMPLE)

    with serving(
        local_engine,
        connectors=["webhook", "kafka", "slack"],
        secrets={"SHOP_KEY": "key-1", "SLACK_SIGNING_SECRET": "k", "KAFKA_SERVERS": "127.0.0.1:9"},
        environ=sandbox.environ,
    ) as runtime:
        status, _ = runtime.call(recorded_call(call))
        result = runtime.offer(recorded_event(event))

    assert status == json.loads(call.read_text())["status"] == 202
    assert (result.kind, recorded_event(event).payload["value"]["parcel"]) == ("MessagePublished", "DHL-7")


def test_an_event_that_nobody_waits_for(local_runtime: LocalRuntime, tmp_path: Path) -> None:
    """It is said, and not waited for for ever."""
    file = tmp_path / "event.json"
    file.write_text('{"type": "acme:nothing", "payload": {}}')

    with pytest.raises(AssertionError, match="no process listens for events of the type 'acme:nothing'"):
        local_runtime.offer(recorded_event(file))

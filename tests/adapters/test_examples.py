"""The examples run as they stand, against a local engine."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from kit import ROOT
from places import Cluster, local

from connectory_sandbox import Sandbox

EXAMPLES = ROOT / "examples" / "workers"

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="order" isExecutable="true">
    <startEvent id="start"><extensionElements>{event}</extensionElements></startEvent>
    <sequenceFlow id="a" sourceRef="start" targetRef="ask"/>
    <serviceTask id="ask"><extensionElements>
      <zeebe:taskDefinition type="io.camunda:http-json:1"/>
      <zeebe:ioMapping><zeebe:input source="GET" target="method"/><zeebe:input source="{url}" target="url"/>
        <zeebe:input source="noAuth" target="authentication.type"/></zeebe:ioMapping>
      <zeebe:taskHeaders><zeebe:header key="resultExpression" value="={{price: response.body.price}}"/>
      </zeebe:taskHeaders></extensionElements></serviceTask>
    <sequenceFlow id="b" sourceRef="ask" targetRef="{second}"/>
    <serviceTask id="greet"><extensionElements><zeebe:taskDefinition type="greet"/></extensionElements></serviceTask>
    <sequenceFlow id="c" sourceRef="greet" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""


@asynccontextmanager
async def program(*command: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Python until the block ends, which must end it too."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "ZEEBE_", "CONNECTOR"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env={**kept, "PYTHONUNBUFFERED": "1", **environ},
        cwd=EXAMPLES,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.communicate(), 20)


async def deploy(cluster: Cluster, service: str, *, event: str = "", own: bool = True) -> None:
    model = MODEL.format(url=f"{service}/items/7", event=event, second="greet" if own else "end")
    await cluster.deploy("order", model.encode())


async def said(process: asyncio.subprocess.Process, pattern: str) -> str:
    """Wait for a line."""
    assert process.stdout is not None
    seen = []
    async with asyncio.timeout(60):
        while line := (await process.stdout.readline()).decode():
            seen.append(line)
            if found := re.search(pattern, line):
                return found[found.lastindex or 0]
    pytest.fail(f"no line like '{pattern}' in:\n{''.join(seen)}")


@pytest.mark.parametrize("name", ["camunda_sdk.py", "pyzeebe_worker.py"])
async def test_a_worker_with_jobs_of_its_own(name: str, service: str) -> None:
    """Its own jobs and those of connectors are served side by side."""
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(local(grpc=name == "pyzeebe_worker.py"))
        await deploy(cluster, service)
        environ = {"CAMUNDA_REST_ADDRESS": cluster.address, "ZEEBE_ADDRESS": cluster.grpc or ""}
        await stack.enter_async_context(program(name, **environ))

        variables = await cluster.run("order", {"who": "Ann"})

    assert (variables["price"], variables["greeting"]) == (70, "Hello, Ann!")


async def test_a_program_of_asyncio(service: str) -> None:
    """It observes the jobs that it serves."""
    async with local() as cluster, program("plain_asyncio.py", CAMUNDA_REST_ADDRESS=cluster.address) as process:
        await deploy(cluster, service, own=False)

        variables = await cluster.run("order", {})
        line = await said(process, "HTTP REST ask .*")

    assert variables["price"] == 70
    assert line.strip() == "HTTP REST ask Completed"


async def test_an_application_of_fastapi(service: str) -> None:
    """A webhook starts the process, a connector serves its job, and the application answers as before."""
    properties = {"inbound.type": "io.camunda:webhook:1", "inbound.context": "orders", "inbound.method": "any"}
    event = "".join(f'<zeebe:property name="{key}" value="{value}"/>' for key, value in properties.items())
    command = ("-m", "uvicorn", "fastapi_app:app", "--port", "0")
    async with local() as cluster, program(*command, CAMUNDA_REST_ADDRESS=cluster.address) as process:
        await deploy(cluster, service, event=f"<zeebe:properties>{event}</zeebe:properties>", own=False)
        address = await said(process, r"Uvicorn running on (http://\S+)")
        async with httpx.AsyncClient(base_url=address) as http, asyncio.timeout(30):
            greeted = await http.get("/greet", params={"who": "Ann"})
            while (answer := await http.post("/inbound/orders", json={"id": 1})).status_code == 404:  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # until the model was found
            assert answer.status_code == 200
            variables: list[dict[str, Any]] = []
            while not variables:
                found = await cluster.client.post("/variables/search", {"filter": {"name": "price"}})
                variables = found["items"]

    assert greeted.json() == {"greeting": "Hello, Ann!"}
    assert variables[0]["value"] == "70"


async def test_functions_without_camunda() -> None:
    """A service is asked, Slack is told; nothing of Camunda is there."""
    teapot = {"url": "*/products/1", "answer": {"body": {"title": "Teapot"}}}
    async with Sandbox(["http", "slack"], [teapot]) as box:
        environ = {**box.environ, "SHOP": box.http.url, "SLACK_TOKEN": "xoxb-test"}
        async with program("without_camunda.py", **environ) as process:
            output = (await process.communicate())[0].decode()

    assert process.returncode == 0, output
    assert output == "200 Teapot\n"
    calls = [one["operation"] for one in box.entries() if one["service"] == "slack"]
    assert [name for name in calls if name.startswith("chat.")] == ["chat.postMessage", "chat.update"]

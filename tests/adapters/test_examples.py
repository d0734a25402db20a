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


async def deploy(cluster: Cluster, name: str) -> None:
    """Deploy the process that the page starts; it asks the engine, wherever that is."""
    model = (EXAMPLES / f"{name}.bpmn").read_bytes()
    assert b"http://localhost:8080" in model
    await cluster.deploy(name, model.replace(b"http://localhost:8080", cluster.address.encode()))


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
async def test_a_worker_with_jobs_of_its_own(name: str) -> None:
    """Its own jobs and those of connectors are served side by side."""
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(local(grpc=name == "pyzeebe_worker.py"))
        await deploy(cluster, "greeting")
        environ = {"CAMUNDA_REST_ADDRESS": cluster.address, "ZEEBE_ADDRESS": cluster.grpc or ""}
        await stack.enter_async_context(program(name, **environ))

        variables = await cluster.run("greeting", {"who": "Ann"})

    assert (variables["greeting"], variables["engineVersion"][:1]) == ("Hello, Ann!", "8")


async def test_a_program_of_asyncio() -> None:
    """It observes the jobs that it serves."""
    async with local() as cluster, program("plain_asyncio.py", CAMUNDA_REST_ADDRESS=cluster.address) as process:
        await deploy(cluster, "orders")

        variables = await cluster.run("orders", {})
        line = await said(process, "HTTP REST ask .*")

    assert variables["engineVersion"].startswith("8")
    assert line.strip() == "HTTP REST ask Completed"


async def test_an_application_of_fastapi() -> None:
    """A webhook starts the process, a connector serves its job, and the application answers as before."""
    command = ("-m", "uvicorn", "fastapi_app:app", "--port", "0")
    async with local() as cluster, program(*command, CAMUNDA_REST_ADDRESS=cluster.address) as process:
        await deploy(cluster, "orders")
        address = await said(process, r"Uvicorn running on (http://\S+)")
        async with httpx.AsyncClient(base_url=address) as http, asyncio.timeout(30):
            greeted = await http.get("/greet", params={"who": "Ann"})
            while (answer := await http.post("/inbound/orders", json={"order": 7})).status_code == 404:  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # until the model was found
            assert answer.status_code == 200
            variables: list[dict[str, Any]] = []
            while not variables:
                found = await cluster.client.post("/variables/search", {"filter": {"name": "engineVersion"}})
                variables = found["items"]

    assert greeted.json() == {"greeting": "Hello, Ann!"}
    assert variables[0]["processInstanceKey"] == str(answer.json()["processInstanceKey"])


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

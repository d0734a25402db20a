"""Engines, and the ways to serve connectors: each place is a pair of the two that fits."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI

import connectory_engine
from connectory_runtime import CamundaClient, GatewayError, Runtime, Settings
from connectory_runtime.asgi import webhooks


@dataclass(frozen=True)
class Cluster:
    """An engine that runs."""

    client: CamundaClient
    address: str
    grpc: str | None

    async def patiently(self, call: Callable[[], Any]) -> Any:
        """Repeat a call while the cluster is busy."""
        async with asyncio.timeout(60):
            while True:
                try:
                    return await call()
                except GatewayError as exc:
                    if exc.status != 503:
                        raise
                    await asyncio.sleep(0.2)

    async def deploy(self, name: str, model: bytes) -> None:
        from pyreqwest.multipart import FormBuilder, PartBuilder

        def form() -> Any:
            part = PartBuilder.from_bytes(model).file_name(f"{name}.bpmn").mime("text/xml")
            return FormBuilder().part("resources", part)

        await self.patiently(lambda: self.client.upload("/deployments", form, timeout=30))

    async def run(self, process: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Start a process, wait for its end, return its variables."""
        order = {
            "processDefinitionId": process,
            "variables": variables,
            "awaitCompletion": True,
            "requestTimeout": 30_000,
        }
        answer = await self.patiently(lambda: self.client.post("/process-instances", order, timeout=40))
        return answer["variables"]  # type: ignore[no-any-return]


@asynccontextmanager
async def local(*, grpc: bool = False) -> AsyncIterator[Cluster]:
    """The local engine."""
    async with connectory_engine.serve(connectory_engine.Engine()) as address, CamundaClient(address) as client:
        if not grpc:
            yield Cluster(client, address, None)
            return
        from grpc_front import grpc_front

        async with grpc_front(address) as front:
            yield Cluster(client, address, front)


def elsewhere(rest: str, grpc: str | None = None) -> Callable[[], AbstractAsyncContextManager[Cluster]]:
    """An engine that the environment names."""

    @asynccontextmanager
    async def there() -> AsyncIterator[Cluster]:
        for variable in (rest, grpc):
            if variable is not None and not os.environ.get(variable):
                pytest.skip(f"{variable} is not set")
        async with CamundaClient(os.environ[rest]) as client:
            yield Cluster(client, os.environ[rest], None if grpc is None else os.environ[grpc])

    return there


ENGINES: dict[str, Callable[[], AbstractAsyncContextManager[Cluster]]] = {
    "local": local,
    "local-grpc": lambda: local(grpc=True),
    "8.6": elsewhere("CONNECTORY_TEST_CAMUNDA"),
    "8.6-grpc": elsewhere("CONNECTORY_TEST_CAMUNDA", "CONNECTORY_TEST_CAMUNDA_GRPC"),
    "8.8": elsewhere("CONNECTORY_ZEEBE_ENGINE"),
    "8.8-grpc": elsewhere("CONNECTORY_ZEEBE_ENGINE", "CONNECTORY_ZEEBE_ENGINE_GRPC"),
}

Serve = Callable[..., AbstractAsyncContextManager[Any]]


@asynccontextmanager
async def asyncio_runtime(cluster: Cluster, *names: Any) -> AsyncIterator[Any]:
    """`Runtime` in a program of asyncio, which is what the service is."""
    async with Runtime(Settings.read(port=None), connectors=names) as runtime:
        yield runtime


@asynccontextmanager
async def application(cluster: Cluster, *names: Any) -> AsyncIterator[Any]:
    """An application of FastAPI with a runtime in its lifespan."""
    runtime = Runtime(Settings.read(port=None), connectors=[*names, "webhook"])

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with runtime:
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/inbound", webhooks(runtime))
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def camunda_sdk(cluster: Cluster, *names: Any) -> AsyncIterator[Any]:
    """A client of Camunda's Python SDK."""
    from camunda_orchestration_sdk import CamundaAsyncClient

    from connectory_runtime.workers.camunda import add_workers

    async with CamundaAsyncClient() as client, add_workers(client, *names) as workers:
        task = asyncio.create_task(client.run_workers())
        yield workers
        await workers.close()
        await task


@asynccontextmanager
async def pyzeebe_worker(cluster: Cluster, *names: Any, over_grpc: bool = True) -> AsyncIterator[Any]:
    """A worker of pyzeebe."""
    from pyzeebe import ZeebeWorker, create_insecure_channel

    from connectory_runtime.workers.pyzeebe import router

    channel = create_insecure_channel(cluster.grpc)
    worker = ZeebeWorker(channel, request_timeout=2_000, max_connection_retries=-1)
    async with router(*names, channel=channel if over_grpc else None) as connectors:
        worker.include_router(connectors)
        task = asyncio.create_task(worker.work())
        try:
            yield connectors
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    await channel.close()


@asynccontextmanager
async def pyzeebe_without_channel(cluster: Cluster, *names: Any) -> AsyncIterator[Any]:
    """A worker of pyzeebe whose locks are extended over the REST API."""
    async with pyzeebe_worker(cluster, *names, over_grpc=False) as connectors:
        yield connectors


PLACES: list[tuple[Serve, str]] = [
    (asyncio_runtime, "local"),
    (asyncio_runtime, "8.6"),
    (asyncio_runtime, "8.8"),
    (application, "local"),
    (application, "8.6"),
    (camunda_sdk, "local"),  # the SDK reads answers of 8.9 and later only
    (pyzeebe_worker, "local-grpc"),
    (pyzeebe_worker, "8.6-grpc"),
    (pyzeebe_worker, "8.8-grpc"),
    (pyzeebe_without_channel, "local-grpc"),
    (pyzeebe_without_channel, "8.6-grpc"),
]

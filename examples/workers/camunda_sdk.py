"""Connectors beside the jobs of your own, in a worker of Camunda's Python SDK.

pip install 'connectory[rest,camunda]'
CAMUNDA_REST_ADDRESS=http://localhost:8080 python camunda_sdk.py
"""

import asyncio

from camunda_orchestration_sdk import CamundaAsyncClient, ConnectedJobContext, WorkerConfig

from connectory_runtime.workers.camunda import add_workers


async def greet(job: ConnectedJobContext) -> dict[str, str]:
    """Do a job of your own, as before."""
    return {"greeting": f"Hello, {job.variables['who']}!"}


async def main() -> None:
    """Serve both until interrupted."""
    async with CamundaAsyncClient() as client:
        client.create_job_worker(WorkerConfig(job_type="greet", job_timeout_milliseconds=30_000), greet)
        async with add_workers(client, "rest"):
            await client.run_workers()


asyncio.run(main())

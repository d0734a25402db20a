"""Connectors beside the tasks of your own, in a worker of pyzeebe.

pip install 'connectory[rest,pyzeebe]'
ZEEBE_ADDRESS=localhost:26500 CAMUNDA_REST_ADDRESS=http://localhost:8080 python pyzeebe_worker.py
"""

import asyncio

from pyzeebe import ZeebeWorker, create_insecure_channel

from connectory_runtime.workers.pyzeebe import router


async def greet(who: str) -> dict[str, str]:
    """Do a task of your own, as before."""
    return {"greeting": f"Hello, {who}!"}


async def main() -> None:
    """Serve both until interrupted."""
    channel = create_insecure_channel()
    worker = ZeebeWorker(channel, max_connection_retries=-1)
    worker.task(task_type="greet")(greet)
    async with router("rest", channel=channel) as connectors:
        worker.include_router(connectors)
        await worker.work()


asyncio.run(main())

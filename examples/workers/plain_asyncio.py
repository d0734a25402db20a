"""Connectors in a program of asyncio that uses no client of Camunda.

pip install 'connectory[rest]'
CAMUNDA_REST_ADDRESS=http://localhost:8080 python plain_asyncio.py
"""

import asyncio

from connectory_runtime import JobEvent, JobFinished, Runtime, Settings


def observe(event: JobEvent) -> None:
    """Say what became of each job."""
    if isinstance(event, JobFinished):
        print(event.connector, event.job.element_id, type(event.outcome).__name__, flush=True)  # noqa: T201


async def main() -> None:
    """Serve jobs until interrupted, and do other things meanwhile."""
    async with Runtime(Settings.read(port=None), connectors=["rest"], observe=observe) as runtime:
        await runtime.reached()
        print("serving", [worker.type for worker in runtime.workers], flush=True)  # noqa: T201
        await asyncio.Event().wait()


asyncio.run(main())

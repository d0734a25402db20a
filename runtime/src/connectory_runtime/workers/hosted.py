"""Connectors whose jobs somebody else fetches."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from connectory_runtime.installed import DiscoveryError
from connectory_runtime.outbound.commands import Send
from connectory_runtime.outbound.job import Job
from connectory_runtime.outbound.running import Extend
from connectory_runtime.outbound.worker import Worker
from connectory_runtime.runtime import Runtime
from connectory_runtime.settings import Settings
from connectory_sdk import Connector


class Hosted:
    """A `Runtime` without fetching, HTTP server and inbound side.

    Nothing is opened before the first job. `close` (or ``async with``) leaves the lifespans of connectors; without it
    they are left when the event loop ends, as `asyncio.run` cancels what still runs.

    Args:
        connectors: Names of installed distributions, or connectors. None at all means all that are installed.
        settings: Settings. Default: from the environment.
        extend: Extends the locks of jobs. Default: over the REST API.

    Attributes:
        runtime: Secrets, documents, lifespans, settings of workers.

    Raises:
        DiscoveryError: A connector is missing or broken, serves no jobs, or two claim one job type.
    """

    def __init__(
        self, connectors: Sequence[Connector[Any] | str], *, settings: Settings | None, extend: Extend | None = None
    ) -> None:
        settings = settings or Settings.read()
        settings = replace(settings, port=None, inbound=settings.inbound._replace(enabled=False))
        self.runtime = Runtime(settings, connectors=connectors or None, extend=extend)
        self._opening = asyncio.Lock()
        self._stack: AsyncExitStack | None = None
        for name, several in self.runtime.loaded.connectors.items():
            if several and name in connectors and not any(connector.operations for connector in several):
                raise DiscoveryError(
                    f"connector '{name}' has no jobs to serve here, it waits for events: "
                    "mount its webhooks in an ASGI application, or run it with: connectory start"
                )
        if not self.workers:
            raise DiscoveryError(
                "there is no connector with jobs to serve: install one, for example pip install 'connectory[rest]', "
                "or look at CONNECTORY_CONNECTORS and CONNECTOR_OUTBOUND_DISABLED"
            )

    @property
    def workers(self) -> list[Worker]:
        """One for each job type, with what it fetches and how."""
        return self.runtime.workers

    async def handle(self, worker: Worker, job: Job, send: Send) -> None:
        """Run a job and tell its outcome.

        Args:
            worker: The worker of its type.
            job: The job.
            send: Tells the outcome, once.
        """
        if self._stack is None:
            await self._open()
        await worker.handle(job, send)

    async def _open(self) -> None:
        async with self._opening:
            if self._stack is None:
                async with AsyncExitStack() as stack:
                    await stack.enter_async_context(self.runtime.client)
                    for lifespan in self.runtime.lifespans.values():
                        stack.push_async_callback(lifespan.close)
                    for worker in self.workers:
                        stack.push_async_callback(worker.stop, self.runtime.settings.drain)
                    self._stack = stack.pop_all()

    async def close(self) -> None:
        """Let running jobs end, give back those that do not, leave the lifespans."""
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

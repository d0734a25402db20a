"""Connectors in workers of Camunda's Python SDK (``camunda-orchestration-sdk``)::

    async with CamundaAsyncClient() as client, add_workers(client, "slack", "kafka"):
        await client.run_workers()

Outcomes are told through ``job.client``, which the SDK offers for handlers that end their jobs themselves: it then
tells nothing of its own. So a command that is refused, or that a busy cluster does not take, is treated as in the
service.
"""

import asyncio
import os
from typing import Any
from weakref import WeakKeyDictionary

from connectory_runtime.client.problems import GatewayError, UnreachableError
from connectory_runtime.installed import DiscoveryError
from connectory_runtime.outbound.commands import command
from connectory_runtime.outbound.job import Job, read_job
from connectory_runtime.outbound.outcome import Outcome
from connectory_runtime.outbound.worker import Worker
from connectory_runtime.settings import Settings
from connectory_runtime.workers.hosted import Hosted
from connectory_sdk import Connector

try:
    import httpx  # what the SDK raises when there is no answer
    from camunda_orchestration_sdk import CamundaAsyncClient, ConnectedJobContext, WorkerConfig
    from camunda_orchestration_sdk.errors import ApiError
    from camunda_orchestration_sdk.models import JobCompletionRequest, JobErrorRequest, JobFailRequest
    from camunda_orchestration_sdk.runtime.job_worker import JobWorker
except ModuleNotFoundError as exc:
    raise ImportError(
        f"connectory_runtime.workers.camunda needs Camunda's Python SDK ({exc}). Try: pip install 'connectory[camunda]'"
    ) from exc

__all__ = ["ConnectorWorkers", "add_workers"]

served: WeakKeyDictionary[CamundaAsyncClient, set[str]] = WeakKeyDictionary()


class ConnectorWorkers(Hosted):
    """The connectors' workers of one client; `close` stops them."""

    def __init__(self, client: CamundaAsyncClient, *connectors: Connector[Any] | str, settings: Settings) -> None:
        super().__init__(connectors, settings=settings)
        types = served.setdefault(client, set())
        for worker in self.workers:
            if worker.type in types:
                raise DiscoveryError(
                    f"job type '{worker.type}' has a worker of '{worker.connector.id}' in this client already; "
                    "add each connector once"
                )
        self._types = types
        self._jobs = [self._add(client, worker) for worker in self.workers]

    def _add(self, client: CamundaAsyncClient, worker: Worker) -> JobWorker:
        async def handler(context: ConnectedJobContext) -> None:
            await handle(self, worker, context)

        settings = worker.settings
        config = WorkerConfig(
            job_type=worker.type,
            job_timeout_milliseconds=settings.timeout,
            request_timeout_milliseconds=settings.request_timeout,
            max_concurrent_jobs=settings.most,
            fetch_variables=list(worker.variables) or None,
            worker_name=worker.name,
        )
        self._types.add(worker.type)
        return client.create_job_worker(config, handler, execution_strategy="async")

    async def close(self) -> None:
        """Fetch no more, let running jobs end, give back those that do not, leave the lifespans."""
        for job in self._jobs:
            polling: Any = job.polling_task  # the SDK's types say None
            if polling is not None:
                polling.cancel()
        await super().close()
        await asyncio.gather(*(job.aclose() for job in self._jobs))
        self._types.difference_update(worker.type for worker in self.workers)


def add_workers(
    client: CamundaAsyncClient, *connectors: Connector[Any] | str, settings: Settings | None = None
) -> ConnectorWorkers:
    """Let a client serve the jobs of connectors, beside whatever it serves already.

    Args:
        client: The client, open; in a running event loop.
        connectors: Names of installed distributions, or connectors. None at all means all that are installed.
        settings: Settings. Default: from the environment; address and login are those of the client.

    Returns:
        The workers, started. Close them to leave the connectors' lifespans before the event loop ends.

    Raises:
        DiscoveryError: A connector is missing or broken, serves no jobs, or a job type is served twice.
        RuntimeError: The client is closed, or there is no running event loop.
        TypeError: The client is none of asyncio.
    """
    given: Any = client  # not everybody checks types
    if not isinstance(given, CamundaAsyncClient):
        raise TypeError(f"add_workers needs a CamundaAsyncClient, not a {type(given).__name__}: connectors are async")
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "add_workers needs a running event loop: call it in a coroutine, before 'await client.run_workers()'"
        ) from None
    if client.client.get_async_httpx_client().is_closed:
        raise RuntimeError("the Camunda client is closed: add connectors inside 'async with CamundaAsyncClient()'")
    return ConnectorWorkers(client, *connectors, settings=settings or settings_of(client))


def settings_of(client: CamundaAsyncClient) -> Settings:
    """Return the settings of the environment, with what the client was configured with; names are the same."""
    own = {name: str(value) for name, value in client.configuration.model_dump().items() if value is not None}
    return Settings.read({**os.environ, **own})


async def handle(hosted: Hosted, worker: Worker, context: ConnectedJobContext) -> None:
    """Run a job that the SDK fetched.

    Raises:
        CancelledError: Nothing was told: of a handler that is cancelled, the SDK tells nothing either.
    """
    told = False

    async def send(job: Job, outcome: Outcome) -> None:
        nonlocal told
        await tell(context, job, outcome)
        told = True

    await hosted.handle(worker, read_job(context.to_dict()), send)
    if not told:
        raise asyncio.CancelledError("the cluster knows the job no more, or could not be told")


async def tell(context: ConnectedJobContext, job: Job, outcome: Outcome) -> None:
    """Tell an outcome with the SDK.

    Raises:
        GatewayError: It was not taken.
    """
    kind, body = command(job, outcome)
    client, key = context.client, context.job_key
    commands = {
        "completion": lambda: client.complete_job(key, data=JobCompletionRequest.from_dict(body)),
        "failure": lambda: client.fail_job(key, data=JobFailRequest.from_dict(body)),
        "error": lambda: client.throw_job_error(key, data=JobErrorRequest.from_dict(body)),
    }
    try:
        await commands[kind]()
    except ApiError as exc:
        title, detail = getattr(exc.parsed, "title", None), getattr(exc.parsed, "detail", None)
        raise GatewayError(exc.status_code, str(title or ""), str(detail or "")) from exc
    except httpx.TransportError as exc:
        raise UnreachableError(str(exc) or type(exc).__name__) from exc

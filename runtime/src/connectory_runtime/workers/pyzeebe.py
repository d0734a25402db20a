"""Connectors in workers of pyzeebe::

    async with router("slack", "kafka") as connectors:
        worker.include_router(connectors)
        await worker.work()

A task function of pyzeebe can complete its job and nothing else, but an exception handler gets a controller that has
all commands. So the function gives up at once, and the handler runs the job and tells its outcome.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from connectory_runtime.client.problems import GatewayError, UnreachableError
from connectory_runtime.outbound.commands import milliseconds
from connectory_runtime.outbound.job import Job, read_job
from connectory_runtime.outbound.outcome import Completed, Failed, Outcome
from connectory_runtime.outbound.running import Extend
from connectory_runtime.outbound.worker import Worker
from connectory_runtime.settings import Settings
from connectory_runtime.workers.hosted import Hosted
from connectory_sdk import Connector

try:
    import grpc
    from pyzeebe import Job as ZeebeJob
    from pyzeebe import JobController, ZeebeTaskRouter, errors
    from pyzeebe.proto.gateway_pb2 import UpdateJobTimeoutRequest
    from pyzeebe.proto.gateway_pb2_grpc import GatewayStub
except ModuleNotFoundError as exc:
    raise ImportError(
        f"connectory_runtime.workers.pyzeebe needs pyzeebe ({exc}). Try: pip install 'connectory[pyzeebe]'"
    ) from exc

__all__ = ["ConnectorRouter", "router"]

STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
}
"""Statuses of the REST API that mean the same; all others are outages."""


class ConnectorRouter(ZeebeTaskRouter):
    """A router whose tasks are the job types of connectors; leaving ``async with`` leaves the connectors' lifespans."""

    def __init__(self, hosted: Hosted) -> None:
        super().__init__()
        self.hosted = hosted
        for worker in hosted.workers:
            register: Callable[[Any], Any] = self.task(
                worker.type,
                exception_handler=partial(handle, hosted, worker),
                variables_to_fetch=worker.variables,
                timeout_ms=worker.settings.timeout,
                max_jobs_to_activate=worker.settings.most,
                max_running_jobs=worker.settings.most,
            )
            register(give_up)

    async def close(self) -> None:
        """Let running jobs end and leave the connectors' lifespans; call it when the worker has stopped."""
        await self.hosted.close()

    async def __aenter__(self) -> "ConnectorRouter":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()


def router(
    *connectors: Connector[Any] | str, settings: Settings | None = None, channel: grpc.aio.Channel | None = None
) -> ConnectorRouter:
    """Return a router for ``worker.include_router``.

    Args:
        connectors: Names of installed distributions, or connectors. None at all means all that are installed.
        settings: Settings. Default: from the environment. Documents and the secret filter need the REST address.
        channel: The worker's channel: locks of jobs are then extended over it. Default: over the REST API.

    Raises:
        DiscoveryError: A connector is missing or broken, serves no jobs, or two claim one job type.
    """
    extend = None if channel is None else extender(channel)
    return ConnectorRouter(Hosted(connectors, settings=settings, extend=extend))


class HandOver(Exception):  # noqa: N818 - no error
    """The exception handler goes on with the job."""


async def give_up(job: ZeebeJob, **variables: Any) -> dict[str, Any]:
    """Let the exception handler run the job. The parameters are what pyzeebe passes."""
    raise HandOver


async def handle(hosted: Hosted, worker: Worker, exc: Exception, job: ZeebeJob, controller: JobController) -> None:
    """Run a job that pyzeebe fetched."""
    fetched = read_job(
        {
            "jobKey": job.key,
            "type": job.type,
            "variables": dict(job.variables),
            "customHeaders": dict(job.custom_headers),
            "retries": job.retries,
            "deadline": job.deadline,
            "processInstanceKey": job.process_instance_key,
            "processDefinitionId": job.bpmn_process_id,
            "processDefinitionVersion": job.process_definition_version,
            "processDefinitionKey": job.process_definition_key,
            "elementId": job.element_id,
            "elementInstanceKey": job.element_instance_key,
            "tenantId": job.tenant_id,
        }
    )
    await hosted.handle(worker, fetched, partial(tell, job, controller))


async def tell(job: ZeebeJob, controller: JobController, _: Job, outcome: Outcome) -> None:
    """Tell an outcome with the controller.

    Raises:
        GatewayError: It was not taken.
    """
    variables = dict(outcome.variables)
    if isinstance(outcome, Completed):
        if outcome.result is not None:
            raise GatewayError(
                501, "Not Implemented", "pyzeebe cannot tell the result of an ad-hoc sub-process; use connectory start"
            )
        await taken(controller.set_success_status(variables))
    elif isinstance(outcome, Failed):
        # The controller always sends one retry less than its job has (camunda-community-hub/pyzeebe#610), so its job is
        # made to have one more than are left; pyzeebe changes its frozen jobs in the same way.
        object.__setattr__(job, "retries", outcome.retries + 1)
        backoff = 0 if outcome.backoff is None else milliseconds(outcome.backoff)
        await taken(controller.set_failure_status(outcome.message, backoff, variables))
    else:
        await taken(controller.set_error_status(outcome.message or "", outcome.code, variables))


async def taken(call: Awaitable[None]) -> None:
    """Wait for a command.

    Raises:
        GatewayError: It was not taken.
    """
    try:
        await call
    except errors.JobNotFoundError as exc:
        raise GatewayError(404, "NOT_FOUND", str(exc)) from exc
    except errors.JobAlreadyDeactivatedError as exc:
        raise GatewayError(409, "INVALID_STATE", str(exc)) from exc
    except errors.ZeebeError as exc:
        raise refusal(exc.grpc_error) from exc


def extender(channel: grpc.aio.Channel) -> Extend:
    """Return what extends locks over a channel, which pyzeebe's own API does not offer to tasks."""
    update: Callable[[Any], Awaitable[Any]] = GatewayStub(channel).UpdateJobTimeout

    async def extend(job: Job, millis: int) -> None:
        try:
            await update(UpdateJobTimeoutRequest(jobKey=int(job.key), timeout=millis))
        except grpc.aio.AioRpcError as exc:
            raise refusal(exc) from exc

    return extend


def refusal(exc: grpc.aio.AioRpcError) -> GatewayError:
    """Return what a gRPC error means in the words of the REST API."""
    status = STATUS.get(exc.code())
    if status is None:
        return UnreachableError(f"{exc.code().name}: {exc.details()}")
    return GatewayError(status, exc.code().name, exc.details() or "")

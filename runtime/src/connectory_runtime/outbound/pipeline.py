"""From a job to its outcome, in the order that models rely on.

Headers, secrets, binding, the operation, document return, result mapping, then the error expression: on success and on
failure. Nothing here talks to the engine; a worker translates the outcome.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectory_runtime.client.problems import GatewayError
from connectory_runtime.documents import returned
from connectory_runtime.documents.incoming import reading_is_input
from connectory_runtime.encoding import plain
from connectory_runtime.outbound import headers as keys
from connectory_runtime.outbound.errors import LONGEST, error_object, failure, with_variables
from connectory_runtime.outbound.expressions import EvaluationError, context_of, context_result, guard
from connectory_runtime.outbound.headers import HeaderError, job_timeout, present, retry_backoff
from connectory_runtime.outbound.job import Job, read_job, text_of
from connectory_runtime.outbound.operations import choose, with_headers
from connectory_runtime.outbound.outcome import BpmnErrorThrown, Completed, Failed, Outcome
from connectory_runtime.outbound.services import Services
from connectory_runtime.outbound.variables import read_variables
from connectory_runtime.outbound.verdict import verdict
from connectory_runtime.secrets import Masked
from connectory_sdk import BpmnError, Connector, ConnectorError, ConnectorInputError, JobContext
from connectory_sdk.adhoc import AdHocSubProcessResult
from connectory_sdk.binding import bind
from connectory_sdk.documents import DocumentReturn

log = logging.getLogger(__name__)

DEFAULT = Services()
EVALUATION = "io.camunda.connector.feel.FeelEngineWrapperException"
"""What the reference calls the error of an error expression that fails."""


async def run_job(job: Mapping[str, Any] | Job, connector: Connector[Any], services: Services = DEFAULT) -> Outcome:
    """Run a job with a connector and return what the engine should be told. Raises nothing but cancellation.

    Args:
        job: The job as the engine's REST API gives it, or read from that.
        connector: The connector of its type.
        services: Secrets, documents and the connector's state.
    """
    if not isinstance(job, Job):
        job = read_job(job)
        job.text = text_of(job)
    return await Execution(job, connector, services).run()


class Execution:
    """One run of one job."""

    __slots__ = ("backoff", "connector", "job", "masked", "operation", "response", "services")

    def __init__(self, job: Job, connector: Connector[Any], services: Services) -> None:
        self.job = job
        self.connector = connector
        self.services = services
        self.masked = Masked()
        self.backoff: timedelta | None = None
        self.operation: str | None = None
        self.response: Any = None

    async def run(self) -> Outcome:
        """Return the outcome; what goes wrong is one."""
        try:
            outcome, content = await self.succeed()
        except BpmnError as exc:
            message = None if exc.message is None else self.masked.text(exc.message)[:LONGEST]
            variables = self.masked.value(plain(exc.variables or {}))
            return BpmnErrorThrown(code=exc.code, message=message, variables=variables, operation=self.operation)
        except Exception as exc:  # whatever a connector raises is the outcome of its job
            return await self.fail(exc)
        expression = present(self.job.headers, keys.ERROR_EXPRESSION)
        if expression is None:
            return outcome
        return await self.judge(expression, content, outcome)

    async def succeed(self) -> tuple[Completed, Any]:
        """Call the operation; return the outcome, and the content that an error expression sees."""
        headers = self.job.headers
        self.backoff = retry_backoff(headers)
        if keys.JOB_TIMEOUT in headers:
            await self.set_timeout()
        response = await self.call()
        if isinstance(response, AdHocSubProcessResult):
            return self.adhoc(response)
        self.response = response = plain(response)
        variables: dict[str, Any] = {}
        if (name := present(headers, keys.RESULT_VARIABLE)) is not None:
            variables[name] = response
        if (expression := present(headers, keys.RESULT_EXPRESSION)) is not None:
            mapped = await context_result(
                expression, context_of(response), what="result expression", documents=self.services.documents
            )
            variables.update(mapped or {})
        if variables:
            guard(variables)
        outcome = Completed(variables=variables, operation=self.operation, response=response)
        return outcome, variables or response

    async def call(self) -> Any:
        """Bind the job's variables to the request of the operation, and call it."""
        job, services = self.job, self.services
        variables = await read_variables(job, services, self.masked)
        operation = choose(self.connector, variables, job.headers)
        self.operation = operation.id
        with reading_is_input():
            request = await bind(operation.request, with_headers(operation.request, variables, job.headers))
        context = JobContext(
            key=job.key,
            type=job.type,
            variables=variables,
            headers=job.headers,
            retries=job.retries,
            deadline=job.deadline,
            process_instance_key=job.process_instance_key,
            process_definition_id=job.process_definition_id,
            process_definition_version=job.process_definition_version,
            process_definition_key=job.process_definition_key,
            element_id=job.element_id,
            element_instance_key=job.element_instance_key,
            tenant_id=job.tenant_id,
            lease_token=job.lease_token,
            state=await services.state(),
            documents=services.documents,
            trace=services.trace,
        )
        response = await operation.call(request, context)
        if isinstance(response, DocumentReturn):
            response = await returned.convert(response, job.variables.get(returned.VARIABLE), services.documents)
        return response

    def adhoc(self, result: AdHocSubProcessResult) -> tuple[Completed, Any]:
        """Return the outcome of a job that drives an ad-hoc sub-process: no result mapping."""
        variables = plain(result.variables)
        guard(variables)
        order = {
            "type": "adHocSubProcess",
            "activateElements": [
                {"elementId": one.element_id, "variables": plain(one.variables)} for one in result.activate
            ],
            "isCompletionConditionFulfilled": result.completed,
            "isCancelRemainingInstances": result.cancel_remaining,
        }
        self.response = plain(result.response)
        outcome = Completed(variables=variables, result=order, operation=self.operation, response=self.response)
        return outcome, self.response

    async def set_timeout(self) -> None:
        """Give the job the lock that its model asks for, before anything is called."""
        before = time.time()
        millis = job_timeout(self.job.headers, now=before)
        if millis is None or self.services.extend is None:
            return
        deadline = before + millis / 1000
        try:
            await self.services.extend(self.job, millis)
        except GatewayError as exc:
            if not exc.transient:
                raise ConnectorError(f"the job timeout cannot be set: {exc}") from exc
            log.warning("job %s: the job timeout could not be set, going on: %s", self.job.key, exc)
            deadline = min(self.job.deadline, deadline) if self.job.deadline else deadline
        self.job.deadline = deadline
        if time.time() >= deadline:
            raise ConnectorError("the job's deadline passed before the connector was called")

    async def fail(self, exc: Exception) -> Outcome:
        """Return the outcome of an exception, which the error expression may see differently."""
        error = error_object(exc, self.masked)
        if not isinstance(exc, ConnectorError | ConnectorInputError | HeaderError):
            log.warning("connector '%s' raised %s at %s", self.connector.id, error["message"], place(exc))
        hint = self.masked.text(exc.hint) if isinstance(exc, ConnectorError) and exc.hint else None
        outcome = failure(exc, error, retries=self.job.retries, backoff=self.backoff, hint=hint)
        expression = present(self.job.headers, keys.ERROR_EXPRESSION)
        if expression is None:
            return observed(outcome, self)
        return await self.judge(expression, {"error": error}, outcome)

    async def judge(self, expression: str, content: Any, outcome: Outcome) -> Outcome:
        """Return what the error expression makes of an outcome."""
        adhoc = isinstance(outcome, Completed) and outcome.result is not None
        try:
            judged = await verdict(
                expression, content, retries=self.job.retries, documents=self.services.documents, adhoc=adhoc
            )
        except Exception as exc:  # storing a document may raise anything; a broken expression never retries
            error = error_object(exc, self.masked)
            if isinstance(exc, EvaluationError):
                error["type"] = EVALUATION
            variables = {"error": error}
            judged = Failed(message=with_variables(error["message"], variables), retries=0, variables=variables)
        return observed(outcome if judged is None else judged, self)


def observed(outcome: Outcome, execution: Execution) -> Outcome:
    """Return the outcome with what observers may want to know."""
    return replace(outcome, operation=execution.operation, response=execution.response)


def place(exc: BaseException) -> str:
    """Return where an exception was raised, without any values."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"

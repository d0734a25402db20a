"""Jobs: activated by workers, completed, failed and updated; and their search."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import DATE, FLAG, INTEGER, KEY, TEXT, enumeration
from connectory_engine.gateway.problems import invalid
from connectory_engine.gateway.shapes import (
    OPERATION_REFERENCE,
    Shape,
    boolean,
    int32,
    int64,
    list_of,
    mapping,
    needed,
    one_of,
    positive,
    text,
)
from connectory_engine.gateway.tables import Table, column
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway
    from connectory_engine.records import Job

Activated = list[tuple["Job", dict[str, Any]]]

DEFAULT_WAIT = 10_000
KIND = enumeration("BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS")
EVENT = enumeration(
    "ASSIGNING",
    "BEFORE_ALL",
    "CANCEL",
    "CANCELING",
    "COMPLETING",
    "CREATING",
    "END",
    "START",
    "UNSPECIFIED",
    "UPDATING",
)
STATE = enumeration(
    "CANCELED",
    "COMPLETED",
    "CREATED",
    "ERROR_THROWN",
    "FAILED",
    "MIGRATED",
    "PRIORITY_UPDATED",
    "RETRIES_UPDATED",
    "TIMEOUT_UPDATED",
    "TIMED_OUT",
)

ACTIVATION = Shape(
    {
        "type": needed(text),
        "worker": text,
        "timeout": needed(int64, rule=positive),
        "maxJobsToActivate": needed(int32, rule=positive),
        "fetchVariable": list_of(text),
        "requestTimeout": int64,
        "tenantIds": list_of(text),
        "tenantFilter": one_of("PROVIDED", "ASSIGNED"),
        "withLease": boolean,
    }
)
CORRECTIONS = Shape(
    {
        "assignee": text,
        "dueDate": text,
        "followUpDate": text,
        "candidateUsers": list_of(text),
        "candidateGroups": list_of(text),
        "priority": int32,
    }
)
RESULT = Shape(
    {
        "type": one_of("userTask", "adHocSubProcess"),
        "denied": boolean,
        "deniedReason": text,
        "corrections": CORRECTIONS,
        "activateElements": list_of(Shape({"elementId": needed(text), "variables": mapping})),
        "isCompletionConditionFulfilled": boolean,
        "isCancelRemainingInstances": boolean,
    }
)
COMPLETION = Shape(
    {"variables": mapping, "result": RESULT, "jobLeaseToken": text, "leaseToken": text, "businessId": text}
)
FAILURE = Shape(
    {
        "retries": int32,
        "errorMessage": text,
        "retryBackOff": int64,
        "variables": mapping,
        "jobLeaseToken": text,
        "leaseToken": text,
    }
)
ERROR = Shape(
    {"errorCode": needed(text), "errorMessage": text, "variables": mapping, "jobLeaseToken": text, "leaseToken": text}
)
UPDATE = Shape(
    {
        "changeset": Shape({"retries": int32, "timeout": int64, "priority": int32}),
        "operationReference": OPERATION_REFERENCE,
        "jobLeaseToken": text,
        "leaseToken": text,
    }
)

TABLE = Table(
    column("customHeaders", TEXT, lambda j: j.headers),
    column("deadline", DATE, lambda j: j.deadline, "filter sort"),
    column("deniedReason", TEXT, lambda _: None, "filter sort"),
    column("elementId", TEXT, lambda j: j.element_id, "filter sort"),
    column("elementInstanceKey", KEY, lambda j: j.element_key, "filter sort"),
    column("endTime", DATE, lambda j: j.ended, "filter sort"),
    column("errorCode", TEXT, lambda j: j.error_code, "filter sort"),
    column("errorMessage", TEXT, lambda j: j.error_message, "filter sort"),
    column("hasFailedWithRetriesLeft", FLAG, lambda j: j.state == "FAILED" and j.retries > 0, "filter sort"),
    column("isDenied", FLAG, lambda _: None, "filter sort"),
    column("jobKey", KEY, lambda j: j.key, "filter sort"),
    column("kind", KIND, lambda j: j.kind, "filter sort"),
    column("listenerEventType", EVENT, lambda j: j.event, "filter sort"),
    column("processDefinitionId", TEXT, lambda j: j.definition.id, "filter sort"),
    column("processDefinitionKey", KEY, lambda j: j.definition.key, "filter sort"),
    column("processInstanceKey", KEY, lambda j: j.instance_key, "filter sort"),
    column("rootProcessInstanceKey", KEY, lambda j: j.root_key),
    column("businessId", TEXT, lambda j: j.business_id),
    column("retries", INTEGER, lambda j: j.retries, "filter sort"),
    column("state", STATE, lambda j: j.state, "filter sort"),
    column("tenantId", TEXT, lambda _: TENANT, "filter sort"),
    column("type", TEXT, lambda j: j.type, "filter sort"),
    column("worker", TEXT, lambda j: j.worker, "filter sort"),
    column("creationTime", DATE, lambda j: j.created, "filter sort"),
    column("lastUpdateTime", DATE, lambda j: j.updated, "filter"),
    column("priority", INTEGER, lambda _: 0, "filter sort"),
    key="jobKey",
)


def activate(gateway: "Gateway", call: Call) -> "Reply | Awaitable[Reply]":
    """Give jobs to a worker: those that are there, or the next ones that come while it waits."""
    body = call.body
    job_type: str = body["type"]
    worker: str = body.get("worker", "")
    fetch: list[str] = body.get("fetchVariable", [])

    def take() -> Activated:
        return gateway.engine.activate_jobs(
            job_type, most=body["maxJobsToActivate"], timeout=body["timeout"], worker=worker, fetch_variables=fetch
        )

    jobs = take()
    wait: int = body.get("requestTimeout", 0)
    if jobs or wait < 0:
        return _activated(gateway, jobs)
    return _wait(gateway, job_type, take, (wait or DEFAULT_WAIT) / 1000)


async def _wait(gateway: "Gateway", job_type: str, take: Callable[[], Activated], seconds: float) -> Reply:
    return _activated(gateway, await gateway.waiters.wait(job_type, take, seconds))


def _activated(gateway: "Gateway", jobs: Activated) -> Reply:
    reply = answer({"jobs": [_job(job, variables) for job, variables in jobs]})
    if jobs:
        reply.unsent = lambda: _give_back(gateway, jobs)
    return reply


def _give_back(gateway: "Gateway", jobs: Activated) -> None:
    """Fail jobs that no worker got, without taking a retry, as the real gateway does."""
    for job, _ in jobs:
        gateway.engine.fail_job(job.key, retries=job.retries, message="the worker left before it got the job")


def _job(job: "Job", variables: dict[str, Any]) -> dict[str, Any]:
    instance = job.at.instance
    definition = instance.definition
    return {
        "type": job.type,
        "processDefinitionId": definition.id,
        "processDefinitionVersion": definition.version,
        "elementId": job.at.element.id,
        "customHeaders": job.headers,
        "worker": job.worker,
        "retries": job.retries,
        "deadline": int(job.deadline or 0),
        "variables": variables,
        "tenantId": TENANT,
        "physicalTenantId": TENANT,
        "jobKey": str(job.key),
        "processInstanceKey": str(instance.key),
        "processDefinitionKey": str(definition.key),
        "elementInstanceKey": str(job.at.key),
        "kind": job.kind,
        "listenerEventType": job.event,
        "userTask": None,
        "tags": instance.tags,
        "rootProcessInstanceKey": str(instance.root_key),
        "businessId": instance.business_id,
        "priority": 0,
        "jobLeaseToken": None,
    }


def complete(gateway: "Gateway", call: Call) -> Reply:
    """Complete a job."""
    gateway.engine.complete_job(call.key, variables=call.body.get("variables"), result=call.body.get("result"))
    return NO_CONTENT


def fail(gateway: "Gateway", call: Call) -> Reply:
    """Give a job back."""
    body = call.body
    gateway.engine.fail_job(
        call.key,
        retries=body.get("retries", 0),
        message=body.get("errorMessage", ""),
        back_off=body.get("retryBackOff", 0),
        variables=body.get("variables"),
    )
    return NO_CONTENT


def throw(gateway: "Gateway", call: Call) -> Reply:
    """End a job with a BPMN error."""
    body = call.body
    gateway.engine.throw_error(
        call.key, code=body["errorCode"], message=body.get("errorMessage", ""), variables=body.get("variables")
    )
    return NO_CONTENT


def update(gateway: "Gateway", call: Call) -> Reply:
    """Change the retries or the deadline of a job."""
    changes = call.body.get("changeset", {})
    if not changes:
        raise invalid("At least one of [retries, timeout] is required.")
    gateway.engine.update_job(call.key, retries=changes.get("retries"), timeout=changes.get("timeout"))
    return NO_CONTENT


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search jobs."""
    rows: Iterable[Job] = gateway.engine.jobs(call.exact("processInstanceKey"))
    return answer(TABLE.answer(rows, call.body))


ROUTES = (
    Route("POST", "/jobs/activation", activate, body=ACTIVATION, required=True),
    Route("POST", "/jobs/search", search, body=TABLE.query),
    Route("POST", "/jobs/{jobKey}/completion", complete, body=COMPLETION),
    Route("POST", "/jobs/{jobKey}/failure", fail, body=FAILURE),
    Route("POST", "/jobs/{jobKey}/error", throw, body=ERROR, required=True),
    Route("PATCH", "/jobs/{jobKey}", update, body=UPDATE, required=True),
)

"""Incidents: read, searched and resolved."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import DATE, KEY, TEXT, TEXT_KEY, enumeration
from connectory_engine.gateway.problems import no_such
from connectory_engine.gateway.shapes import OPERATION_REFERENCE, Shape
from connectory_engine.gateway.tables import Table, column
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway
    from connectory_engine.records import ElementInstance, Incident

TYPE = enumeration(
    "AD_HOC_SUB_PROCESS_NO_RETRIES",
    "CALLED_DECISION_ERROR",
    "CALLED_ELEMENT_ERROR",
    "CONDITION_ERROR",
    "DECISION_EVALUATION_ERROR",
    "EXECUTION_LISTENER_NO_RETRIES",
    "EXTRACT_VALUE_ERROR",
    "FORM_NOT_FOUND",
    "IO_MAPPING_ERROR",
    "JOB_NO_RETRIES",
    "MESSAGE_SIZE_EXCEEDED",
    "RESOURCE_NOT_FOUND",
    "SECRET_RESOLUTION_ERROR",
    "TASK_LISTENER_NO_RETRIES",
    "UNHANDLED_ERROR_EVENT",
    "UNKNOWN",
    "UNSPECIFIED",
)
STATE = enumeration("ACTIVE", "MIGRATED", "PENDING", "RESOLVED", "UNKNOWN")
RESOLUTION = Shape({"operationReference": OPERATION_REFERENCE})

TABLE = Table(
    column("processDefinitionId", TEXT, lambda i: i.definition.id, "filter sort"),
    column("errorType", TYPE, lambda i: i.type, "filter sort"),
    column("errorMessage", TEXT, lambda i: i.message, "filter"),
    column("elementId", TEXT, lambda i: i.element_id, "filter sort"),
    column("creationTime", DATE, lambda i: i.created, "filter sort"),
    column("state", STATE, lambda i: i.state, "filter sort"),
    column("tenantId", TEXT, lambda _: TENANT, "filter sort"),
    column("incidentKey", TEXT_KEY, lambda i: i.key, "filter sort"),
    column("processDefinitionKey", KEY, lambda i: i.definition.key, "filter sort"),
    column("processInstanceKey", KEY, lambda i: i.instance_key, "filter sort"),
    column("rootProcessInstanceKey", KEY, lambda i: i.root_key),
    column("elementInstanceKey", KEY, lambda i: i.element_key, "filter sort"),
    column("jobKey", KEY, lambda i: i.job_key, "filter sort"),
    key="incidentKey",
)


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search incidents."""
    return answer(TABLE.answer(gateway.engine.incidents(call.exact("processInstanceKey")), call.body))


def search_instance(gateway: "Gateway", call: Call) -> Reply:
    """Search the incidents of a process instance and of those that it called."""
    if gateway.engine.instance(call.key) is None:
        raise no_such("Process Instance", call.key)
    return answer(TABLE.answer(_within(gateway, call.key), call.body))


def search_element(gateway: "Gateway", call: Call) -> Reply:
    """Search the incidents of an element instance and of all within it."""
    if gateway.engine.element_instance(call.key) is None:
        raise no_such("Element Instance", call.key)
    return answer(TABLE.answer(_within(gateway, call.key), call.body))


def _within(gateway: "Gateway", key: int) -> "Iterator[Incident]":
    """Give the incidents that happened in a scope, or in instances called from it."""
    for incident in gateway.engine.incidents():
        at: ElementInstance | None = incident.at
        while at is not None and at.key != key:
            at = at.scope or at.instance.parent
        if at is not None:
            yield incident


def get(gateway: "Gateway", call: Call) -> Reply:
    """Give one incident."""
    found = gateway.engine.incident(call.key)
    if found is None:
        raise no_such("Incident", call.key)
    return answer(TABLE.item(found))


def resolve(gateway: "Gateway", call: Call) -> Reply:
    """Try again what caused an incident."""
    gateway.engine.resolve_incident(call.key)
    return NO_CONTENT


ROUTES = (
    Route("POST", "/incidents/search", search, body=TABLE.query),
    Route("POST", "/process-instances/{processInstanceKey}/incidents/search", search_instance, body=TABLE.query),
    Route("POST", "/element-instances/{elementInstanceKey}/incidents/search", search_element, body=TABLE.query),
    Route("GET", "/incidents/{incidentKey}", get),
    Route("POST", "/incidents/{incidentKey}/resolution", resolve, body=RESOLUTION),
)

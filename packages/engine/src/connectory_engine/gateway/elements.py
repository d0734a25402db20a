"""Element instances: read and searched, their variables set, ad-hoc elements activated."""

from typing import TYPE_CHECKING

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import (
    DATE,
    FLAG,
    PLAIN_KEY,
    PLAIN_TEXT,
    TEXT,
    enumeration,
    plain_enumeration,
)
from connectory_engine.gateway.problems import invalid, no_such
from connectory_engine.gateway.shapes import OPERATION_REFERENCE, Shape, boolean, list_of, mapping, needed, text
from connectory_engine.gateway.tables import Table, column
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway

STATE = enumeration("ACTIVE", "COMPLETED", "TERMINATED")
TYPE = plain_enumeration(
    "UNSPECIFIED",
    "PROCESS",
    "SUB_PROCESS",
    "EVENT_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
    "START_EVENT",
    "INTERMEDIATE_CATCH_EVENT",
    "INTERMEDIATE_THROW_EVENT",
    "BOUNDARY_EVENT",
    "END_EVENT",
    "SERVICE_TASK",
    "RECEIVE_TASK",
    "USER_TASK",
    "MANUAL_TASK",
    "TASK",
    "EXCLUSIVE_GATEWAY",
    "INCLUSIVE_GATEWAY",
    "PARALLEL_GATEWAY",
    "EVENT_BASED_GATEWAY",
    "SEQUENCE_FLOW",
    "MULTI_INSTANCE_BODY",
    "CALL_ACTIVITY",
    "BUSINESS_RULE_TASK",
    "SCRIPT_TASK",
    "SEND_TASK",
    "UNKNOWN",
)
VARIABLES = Shape(
    {
        "variables": needed(mapping),
        "local": boolean,
        "operationReference": OPERATION_REFERENCE,
    }
)
ACTIVATION = Shape(
    {
        "elements": needed(list_of(Shape({"elementId": needed(text), "variables": mapping}))),
        "cancelRemainingInstances": boolean,
    }
)

TABLE = Table(
    column("processDefinitionId", PLAIN_TEXT, lambda e: e.instance.definition.id, "filter sort"),
    column("startDate", DATE, lambda e: e.started, "filter sort"),
    column("endDate", DATE, lambda e: e.ended, "filter sort"),
    column("elementId", TEXT, lambda e: e.element.id, "filter sort"),
    column("elementName", TEXT, lambda e: e.element.name or e.element.id, "filter sort"),
    column("type", TYPE, lambda e: e.type, "filter sort"),
    column("state", STATE, lambda e: e.state, "filter sort"),
    column("hasIncident", FLAG, lambda e: e.incident is not None, "filter"),
    column("tenantId", PLAIN_TEXT, lambda _: TENANT, "filter sort"),
    column("elementInstanceKey", PLAIN_KEY, lambda e: e.key, "filter sort"),
    column("processInstanceKey", PLAIN_KEY, lambda e: e.instance.key, "filter sort"),
    column("rootProcessInstanceKey", PLAIN_KEY, lambda e: e.instance.root_key),
    column("processDefinitionKey", PLAIN_KEY, lambda e: e.instance.definition.key, "filter sort"),
    column("incidentKey", PLAIN_KEY, lambda e: e.incident_key, "filter sort"),
    column("elementInstanceScopeKey", PLAIN_KEY, lambda e: e.scope_key, "filter hidden"),
    key="elementInstanceKey",
    alternatives=True,
)


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search element instances."""
    return answer(TABLE.answer(gateway.engine.element_instances(call.exact("processInstanceKey")), call.body))


def get(gateway: "Gateway", call: Call) -> Reply:
    """Give one element instance."""
    found = gateway.engine.element_instance(call.key)
    if found is None:
        raise no_such("Element Instance", call.key)
    return answer(TABLE.item(found))


def set_variables(gateway: "Gateway", call: Call) -> Reply:
    """Set variables in a scope, or where they are defined above it."""
    if not call.body["variables"]:
        raise invalid("No variables provided.")
    gateway.engine.set_variables(call.key, call.body["variables"], local=call.body.get("local", False))
    return NO_CONTENT


def activate_ad_hoc(gateway: "Gateway", call: Call) -> Reply:
    """Activate elements of an ad-hoc sub-process."""
    if not call.body["elements"]:
        raise invalid("No elements provided.")
    elements = [(element["elementId"], element.get("variables", {})) for element in call.body["elements"]]
    remaining = call.body.get("cancelRemainingInstances", False)
    gateway.engine.activate_ad_hoc(call.key, elements, cancel_remaining=remaining)
    return NO_CONTENT


ROUTES = (
    Route("POST", "/element-instances/search", search, body=TABLE.query),
    Route("GET", "/element-instances/{elementInstanceKey}", get),
    Route("PUT", "/element-instances/{elementInstanceKey}/variables", set_variables, body=VARIABLES, required=True),
    Route(
        "POST",
        "/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation",
        activate_ad_hoc,
        body=ACTIVATION,
        required=True,
    ),
)

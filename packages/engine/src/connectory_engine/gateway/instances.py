"""Process instances: created, cancelled, read and searched."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from connectory_engine.gateway.cluster import TENANT
from connectory_engine.gateway.kinds import DATE, FLAG, INTEGER, KEY, TEXT, Condition, Kind, enumeration
from connectory_engine.gateway.problems import Problem, invalid, no_such, not_found
from connectory_engine.gateway.shapes import (
    OPERATION_REFERENCE,
    Check,
    Shape,
    boolean,
    int32,
    int64,
    key,
    list_of,
    mapping,
    needed,
    one_of,
    tag,
    tenant,
    text,
)
from connectory_engine.gateway.tables import Table, column
from connectory_engine.gateway.variables import holds_variables
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route, answer

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway
    from connectory_engine.records import ElementInstance, Instance

DEFAULT_WAIT = 15_000
STATE = enumeration("ACTIVE", "COMPLETED", "SUSPENDED", "TERMINATED")
ELEMENT_STATE = enumeration("ACTIVE", "COMPLETED", "TERMINATED")
CANCELLATION = Shape({"operationReference": OPERATION_REFERENCE})

_CREATION = Shape(
    {
        "processDefinitionId": text,
        "processDefinitionKey": key,
        "processDefinitionVersion": int32,
        "processDefinitionVersionTag": text,
        "variables": mapping,
        "tenantId": tenant("Create Process Instance"),
        "operationReference": OPERATION_REFERENCE,
        "startInstructions": list_of(Shape({"elementId": needed(text)})),
        "runtimeInstructions": list_of(
            Shape({"type": one_of("TERMINATE_PROCESS_INSTANCE"), "afterElementId": needed(text)})
        ),
        "awaitCompletion": boolean,
        "fetchVariables": list_of(text),
        "requestTimeout": int64,
        "tags": list_of(tag, most=10),
        "businessId": text,
    }
)


def creation(value: Any, path: str) -> dict[str, Any]:
    """Check a creation: the process is named in exactly one way."""
    body = _CREATION(value, path)
    named = [name for name in ("processDefinitionId", "processDefinitionKey") if body.get(name) not in (None, "")]
    if not named:
        raise invalid("At least one of [processDefinitionId, processDefinitionKey] is required.")
    if len(named) == 2:
        raise invalid("Only one of [processDefinitionId, processDefinitionKey] is allowed.")
    return body


def _some(kind: Kind, get: Callable[["ElementInstance"], Any]) -> Check:
    """Give the check of a filter on the elements of an instance: one that is there has to pass."""
    condition = kind.condition()

    def check(value: Any, path: str) -> Callable[["Instance"], bool]:
        test: Condition = condition(value, path)
        return lambda instance: any((seen := get(e)) is not None and test(seen) for e in instance.elements)

    return check


def _has_retries_left(element: "ElementInstance") -> bool | None:
    retries = getattr(element.job, "retries", None)
    return None if retries is None or element.job.state != "FAILED" else retries > 0  # type: ignore[union-attr]


def _has_tags(value: Any, path: str) -> Callable[["Instance"], bool]:
    wanted = frozenset(list_of(tag, most=10)(value, path))
    return lambda instance: wanted.issubset(instance.tags)


def java_hash(written: str) -> int:
    """Give what Java's `String.hashCode` gives, by which incidents with the same message are found."""
    result = 0
    units = written.encode("utf-16-be")
    for unit in range(0, len(units), 2):
        result = (31 * result + int.from_bytes(units[unit : unit + 2])) & 0xFFFFFFFF
    return result - (1 << 32) if result >= 1 << 31 else result


TABLE = Table(
    column("processInstanceKey", KEY, lambda i: i.key, "filter sort"),
    column("processDefinitionId", TEXT, lambda i: i.definition.id, "filter sort"),
    column("processDefinitionName", TEXT, lambda i: i.definition.name, "filter sort"),
    column("processDefinitionVersion", INTEGER, lambda i: i.definition.version, "filter sort"),
    column("processDefinitionVersionTag", TEXT, lambda i: i.definition.version_tag, "filter sort"),
    column("processDefinitionKey", KEY, lambda i: i.definition.key, "filter sort"),
    column("startDate", DATE, lambda i: i.started, "filter sort"),
    column("endDate", DATE, lambda i: i.ended, "filter sort"),
    column("state", STATE, lambda i: i.state, "filter sort"),
    column("suspendedDate", DATE, lambda _: None, "filter sort"),
    column("hasIncident", FLAG, lambda i: i.has_incident, "filter sort"),
    column("tenantId", TEXT, lambda _: TENANT, "filter sort"),
    column("parentProcessInstanceKey", KEY, lambda i: i.parent_instance_key, "filter sort"),
    column("parentElementInstanceKey", KEY, lambda i: i.parent_element_key, "filter sort"),
    column("rootProcessInstanceKey", KEY, lambda i: i.root_key),
    column("tags", TEXT, lambda i: list(i.tags)),
    column("businessId", TEXT, lambda i: i.business_id, "filter sort"),
    column("batchOperationId", TEXT, lambda _: None, "filter hidden"),
    column("batchOperationKey", TEXT, lambda _: None, "filter hidden"),
    key="processInstanceKey",
    extra={
        "variables": holds_variables(lambda i: i.variables),
        "tags": _has_tags,
        "errorMessage": _some(TEXT, lambda e: e.incident and e.incident.message),
        "incidentErrorHashCode": _some(INTEGER, lambda e: e.incident and java_hash(e.incident.message)),
        "hasRetriesLeft": _some(FLAG, _has_retries_left),
        "elementId": _some(TEXT, lambda e: e.element.id),
        "elementInstanceState": _some(ELEMENT_STATE, lambda e: e.state),
        "hasElementInstanceIncident": _some(FLAG, lambda e: e.incident is not None),
    },
    alternatives=True,
)


def create(gateway: "Gateway", call: Call) -> "Reply | Awaitable[Reply]":
    """Start an instance; with `awaitCompletion` the answer comes when it has completed."""
    body = call.body
    instance = gateway.engine.create_instance(
        body.get("processDefinitionId"),
        key=_key(gateway, body),
        version=body.get("processDefinitionVersion", -1),
        variables=body.get("variables"),
        start=[instruction["elementId"] for instruction in body.get("startInstructions", ())],
        terminate_after=[instruction["afterElementId"] for instruction in body.get("runtimeInstructions", ())],
        tags=body.get("tags", ()),
        business_id=body.get("businessId"),
    )
    if not body.get("awaitCompletion"):
        return _created(instance, {})
    if instance.state == "COMPLETED":
        return _completed(instance, body)
    return _await(gateway, instance, body)


def _key(gateway: "Gateway", body: dict[str, Any]) -> int | None:
    """Give the key of the version that a version tag names; other ways of naming it are the engine's."""
    wanted = body.get("processDefinitionVersionTag")
    if wanted is None:
        return body.get("processDefinitionKey")
    name = body.pop("processDefinitionId", None)
    tagged = [d.key for d in gateway.engine.definitions() if d.id == name and d.version_tag == wanted]
    if not tagged:
        raise not_found(
            "Command 'CREATE' rejected with code 'NOT_FOUND': Expected to find process definition with process ID "
            f"'{name}' and version tag '{wanted}', but none found"
        )
    return tagged[-1]


async def _await(gateway: "Gateway", instance: "Instance", body: dict[str, Any]) -> Reply:
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    wait = body.get("requestTimeout", 0)

    def finish(ended_instance: "Instance") -> None:
        if not ended.done() and ended_instance.state == "COMPLETED":
            ended.set_result(None)

    forget = gateway.engine.when_ended(instance, finish)
    try:
        await asyncio.wait_for(ended, (wait if wait > 0 else DEFAULT_WAIT) / 1000)
    except TimeoutError:
        detail = "Expected to handle request, but request timed out between gateway and broker"
        raise Problem(504, detail, title="DEADLINE_EXCEEDED") from None
    finally:
        forget()
    return _completed(instance, body)


def _completed(instance: "Instance", body: dict[str, Any]) -> Reply:
    wanted = body.get("fetchVariables")
    variables = instance.variables
    return _created(instance, {n: v for n, v in variables.items() if n in wanted} if wanted else variables)


def _created(instance: "Instance", variables: Any) -> Reply:
    definition = instance.definition
    return answer(
        {
            "processDefinitionId": definition.id,
            "processDefinitionVersion": definition.version,
            "processDefinitionKey": str(definition.key),
            "processInstanceKey": str(instance.key),
            "tenantId": TENANT,
            "variables": variables,
            "tags": instance.tags,
            "businessId": instance.business_id,
        }
    )


def cancel(gateway: "Gateway", call: Call) -> Reply:
    """Terminate an instance."""
    gateway.engine.cancel_instance(call.key)
    return NO_CONTENT


def _instance(gateway: "Gateway", call: Call) -> "Instance":
    found = gateway.engine.instance(call.key)
    if found is None:
        raise no_such("Process Instance", call.key)
    return found


def search(gateway: "Gateway", call: Call) -> Reply:
    """Search process instances."""
    if (wanted := call.exact("processInstanceKey")) is not None:
        one = gateway.engine.instance(wanted)
        return answer(TABLE.answer([] if one is None else [one], call.body))
    if (parent := call.exact("parentProcessInstanceKey")) is not None:
        return answer(TABLE.answer(gateway.engine.children(parent), call.body))
    return answer(TABLE.answer(gateway.engine.instances(), call.body))


def get(gateway: "Gateway", call: Call) -> Reply:
    """Give one instance."""
    return answer(TABLE.item(_instance(gateway, call)))


def hierarchy(gateway: "Gateway", call: Call) -> Reply:
    """Give the instances that called this one, from the outermost to itself."""
    path = [_instance(gateway, call)]
    while (caller := path[-1].parent) is not None:
        path.append(caller.instance)
    return answer(
        [
            {
                "processInstanceKey": str(instance.key),
                "processDefinitionKey": str(instance.definition.key),
                "processDefinitionName": instance.definition.name or instance.definition.id,
            }
            for instance in reversed(path)
        ]
    )


def statistics(gateway: "Gateway", call: Call) -> Reply:
    """Count the element instances of an instance by element and state."""
    counts: dict[str, dict[str, Any]] = {}
    for element in gateway.engine.element_instances(call.key):
        if element.scope is not None:
            count = counts.setdefault(
                element.element.id,
                {"elementId": element.element.id, "active": 0, "canceled": 0, "incidents": 0, "completed": 0},
            )
            count[{"ACTIVE": "active", "COMPLETED": "completed", "TERMINATED": "canceled"}[element.state]] += 1
            count["incidents"] += element.incident is not None
    return answer({"items": list(counts.values())})


ROUTES = (
    Route("POST", "/process-instances", create, body=creation, required=True),
    Route("POST", "/process-instances/search", search, body=TABLE.query),
    Route("GET", "/process-instances/{processInstanceKey}", get),
    Route("POST", "/process-instances/{processInstanceKey}/cancellation", cancel, body=CANCELLATION),
    Route("GET", "/process-instances/{processInstanceKey}/call-hierarchy", hierarchy),
    Route("GET", "/process-instances/{processInstanceKey}/statistics/element-instances", statistics),
)

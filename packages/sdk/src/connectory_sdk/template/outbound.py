"""The templates of a connector's operations."""

import inspect
from typing import Any

from pydantic import BaseModel

from connectory_sdk.connector import Connector, Operation
from connectory_sdk.properties import Group
from connectory_sdk.template.configurations import definitions
from connectory_sdk.template.kinds import TASK_KINDS, element_type
from connectory_sdk.template.properties import JSON, TemplateError, condition, present, properties
from connectory_sdk.template.rules import check
from connectory_sdk.template.text import SCHEMA, icon

OPERATION = Group("operation", "Operation")
INPUT = Group("input", "Input")
"""Where fields stand that name no group."""
TAIL = (
    Group("connector", "Connector"),
    Group("output", "Output mapping"),
    Group("error", "Error handling"),
    Group("retries", "Retries"),
)


def outbound_templates(connector: Connector[Any]) -> list[JSON]:
    """Return the element templates of a connector's operations: one for each kind of element that it is for.

    Raises:
        TemplateError: The models cannot become a form; names model, field and remedy.
    """
    if not connector.kinds or [kind for kind in connector.kinds if kind not in TASK_KINDS]:
        raise TemplateError(
            f"connector '{connector.id}' has the kinds {connector.kinds}; write some of {', '.join(TASK_KINDS)}"
        )
    return [outbound_template(connector, kind) for kind in connector.kinds]


def outbound_template(connector: Connector[Any], kind: str = "task") -> JSON:
    """Return the element template of a connector's operations for one kind of element.

    The template's id names the kind where it is no task; the header with the id is the connector's in any case.

    Raises:
        TemplateError: The models cannot become a form; names model, field and remedy.
    """
    element = TASK_KINDS[kind]
    if not connector.operations:
        raise TemplateError(f"connector '{connector.id}' has no operation; register one with @operation(...)")
    form = [task_type(connector), *markers(connector)]
    form += [*operation_choice(connector), *map(grouped, merged(connector)), *tail(connector)]
    declared = [OPERATION, *(group for group in connector.groups if group.id != OPERATION.id), INPUT, *TAIL]
    groups = [group for group in declared if any(entry.get("group") == group.id for entry in form)]
    template = present(
        {
            "$schema": SCHEMA,
            "name": (connector.title or connector.name) + (f" ({element.label})" if element.label else ""),
            "id": connector.id if kind == "task" else f"{connector.id}.{kind}",
            "description": connector.description or None,
            "keywords": list(connector.keywords) or None,
            "documentationRef": connector.documentation,
            "version": connector.version,
            "deprecated": {"message": connector.deprecated} if connector.deprecated else None,
            "category": {"id": "connectors", "name": "Connectors"},
            "appliesTo": list(element.applies_to),
            "elementType": element_type(element),
            "engines": {"camunda": connector.engines},
            "groups": [described(group) for group in groups],
            "properties": ordered(form, [group.id for group in groups]),
            "steps": steps(connector) or None,
            "presets": presets(connector) or None,
            "configurationTemplates": definitions(requests(connector), connector.engines) or None,
            "icon": icon(connector.icon) if connector.icon else None,
        }
    )
    if problems := check(template):
        raise TemplateError(f"template of connector '{connector.id}': {problems[0]}")
    return template


def requests(connector: Connector[Any]) -> list[type[BaseModel]]:
    """Return the models of the operations."""
    return [operation.request for operation in connector.operations.values()]


def task_type(connector: Connector[Any]) -> JSON:
    """Return the hidden property that makes the element a job of this connector."""
    return {
        "id": "taskDefinitionType",
        "value": connector.type,
        "binding": {"property": "type", "type": "zeebe:taskDefinition"},
        "type": "Hidden",
    }


def operation_choice(connector: Connector[Any]) -> list[JSON]:
    """Return the property that selects the operation, none for a connector with one that needs no selecting."""
    operations = sorted(connector.operations.values(), key=lambda operation: operation.name)
    if len(operations) == 1 and connector.select is None:
        return []
    binding = (
        {"name": connector.select, "type": "zeebe:input"}
        if connector.select
        else {"key": "operation", "type": "zeebe:taskHeader"}
    )
    return [
        present(
            {
                "id": "operation",
                "label": "Operation",
                "value": operations[0].id if len(operations) == 1 else next(iter(connector.operations)),
                "group": None if len(operations) == 1 else OPERATION.id,
                "binding": binding,
                "type": "Hidden" if len(operations) == 1 else "Dropdown",
                "choices": None
                if len(operations) == 1
                else [{"name": operation.name, "value": operation.id} for operation in operations],
            }
        )
    ]


def grouped(entry: JSON) -> JSON:
    """Return a property of a model, in a group: what has none would stand before the operation that shows it."""
    return entry if "group" in entry else {**entry, "group": INPUT.id}


def steps(connector: Connector[Any]) -> list[JSON]:
    """Return what the modeler offers beside the template itself: each operation, ready chosen."""
    if len(connector.operations) == 1:
        return []
    return [
        present(
            {
                "name": operation.name,
                "description": sentence(operation),
                "keywords": list(operation.keywords) or [operation.name.lower()],
                "presetId": f"operation_{operation.id}",
            }
        )
        for operation in connector.operations.values()
    ]


def presets(connector: Connector[Any]) -> list[JSON]:
    """Return what each step sets."""
    if len(connector.operations) == 1:
        return []
    return [{"id": f"operation_{key}", "properties": {"operation": key}} for key in connector.operations]


def sentence(operation: Operation[Any]) -> str | None:
    """Return the first sentence of an operation's docstring."""
    text = " ".join((inspect.getdoc(operation.call) or "").partition("\n\n")[0].split())
    return text.removesuffix(".") or None


def markers(connector: Connector[Any]) -> list[JSON]:
    """Return the hidden properties that tools look for."""
    return [
        {"id": name, "value": value, "binding": {"name": name, "type": "zeebe:property"}, "type": "Hidden"}
        for name, value in connector.markers.items()
    ]


def merged(connector: Connector[Any]) -> list[JSON]:
    """Return the operations' properties: one for what all share, one with a condition for what belongs to one."""
    forms = {key: list(properties(operation.request)) for key, operation in connector.operations.items()}
    if len(forms) == 1:
        return unselected(connector, next(iter(forms.values())))
    first = next(iter(forms.values()))
    shared = [entry for entry in first if all(entry in form for form in forms.values())]
    own: list[JSON] = []
    for key, form in forms.items():
        ids = {entry["id"] for entry in form if entry not in shared}
        own += [belonging(entry, key, ids) for entry in form if entry not in shared]
    return unselected(connector, shared + own)


def unselected(connector: Connector[Any], form: list[JSON]) -> list[JSON]:
    """Return a form without the field that the operation's dropdown already writes."""
    return [entry for entry in form if entry["binding"].get("name") != (connector.select or "")]


def belonging(entry: JSON, operation: str, ids: set[str]) -> JSON:
    """Return a property of one operation: its id and condition name the operation."""
    only = {"property": "operation", "equals": operation, "type": "simple"}
    given = entry.get("condition")
    conditions = given["allMatch"] if given and "allMatch" in given else [given] if given else []
    renamed = [{**c, "property": f"{operation}:{c['property']}"} if c["property"] in ids else c for c in conditions]
    return {**entry, "id": f"{operation}:{entry['id']}", "condition": condition((only, *renamed))}


def tail(connector: Connector[Any]) -> list[JSON]:
    """Return the properties that every outbound template ends with."""

    def header(key: str, group: str, **facts: Any) -> JSON:
        return present({"id": key, **facts, "group": group, "binding": {"key": key, "type": "zeebe:taskHeader"}})

    return [
        {
            "id": "version",
            "label": "Version",
            "description": "Version of the element template",
            "value": str(connector.version),
            "group": "connector",
            "binding": {"key": "elementTemplateVersion", "type": "zeebe:taskHeader"},
            "type": "Hidden",
        },
        {
            "id": "id",
            "label": "ID",
            "description": "ID of the element template",
            "value": connector.id,
            "group": "connector",
            "binding": {"key": "elementTemplateId", "type": "zeebe:taskHeader"},
            "type": "Hidden",
        },
        header(
            "resultVariable",
            "output",
            label="Result variable",
            description="Name of the process variable that gets the whole response",
            value=connector.result_variable,
            type="String",
        ),
        header(
            "resultExpression",
            "output",
            label="Result expression",
            description="Takes parts of the response into process variables, such as {id: response.id}",
            value=connector.result_expression,
            feel="required",
            type="Text",
        ),
        header(
            "errorExpression",
            "error",
            label="Error expression",
            description='What an error becomes, such as if error.code = "404" then '
            'bpmnError("GONE", error.message) else null; null counts as a failed attempt',
            value=connector.error_expression,
            feel="required",
            type="Text",
        ),
        {
            "id": "retryCount",
            "label": "Retries",
            "description": "Number of attempts before an incident is raised",
            "value": "3",
            "feel": "optional",
            "group": "retries",
            "binding": {"property": "retries", "type": "zeebe:taskDefinition"},
            "type": "String",
        },
        header(
            "retryBackoff",
            "retries",
            label="Retry backoff",
            description="Pause between two attempts: PT30S is 30 seconds, PT5M 5 minutes",
            value="PT30S",
            type="String",
        ),
        header(
            "jobTimeout",
            "retries",
            label="Job timeout",
            description="How long an attempt may take before another worker may begin, such as PT10M for 10 minutes",
            optional=True,
            type="String",
        ),
    ]


def described(group: Group) -> JSON:
    """Return a group as the template says it."""
    return present({"id": group.id, "label": group.label, "tooltip": group.tooltip, "openByDefault": group.open})


def ordered(form: list[JSON], groups: list[str]) -> list[JSON]:
    """Return the properties without a group first, then group by group, each in its own order."""
    order = {group: index for index, group in enumerate(groups)}
    return sorted(form, key=lambda entry: order.get(entry.get("group", ""), -1 if "group" not in entry else len(order)))

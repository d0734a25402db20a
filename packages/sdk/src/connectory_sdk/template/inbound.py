"""The templates of an inbound connector: one for each kind of element that can wait for its events."""

from typing import Any

from connectory_sdk.connector import Connector
from connectory_sdk.inbound import InboundConnector
from connectory_sdk.properties import Group
from connectory_sdk.template.configurations import definitions
from connectory_sdk.template.kinds import KINDS, Kind, element_type
from connectory_sdk.template.outbound import described, ordered
from connectory_sdk.template.properties import JSON, Place, TemplateError, present, properties
from connectory_sdk.template.rules import check
from connectory_sdk.template.text import SCHEMA, icon

TAIL = (
    Group("activation", "Activation"),
    Group("synchronousResponse", "Response mode"),
    Group("correlation", "Correlation", tooltip="Which process instance an event belongs to"),
    Group("deduplication", "Deduplication"),
    Group("output", "Output mapping"),
)


def inbound_templates(connector: Connector[Any], inbound: InboundConnector) -> list[JSON]:
    """Return the element templates of an inbound connector.

    Raises:
        TemplateError: The model cannot become a form; names model, field and remedy.
    """
    if not inbound.id:
        raise TemplateError(
            f"inbound connector '{inbound.type}' has no id for its templates; pass id='{connector.id}.inbound'"
        )
    if unknown := [kind for kind in inbound.kinds if kind not in KINDS]:
        raise TemplateError(
            f"inbound connector '{inbound.type}' has the kind '{unknown[0]}'; write some of {', '.join(KINDS)}"
        )
    return [template(connector, inbound, KINDS[kind]) for kind in inbound.kinds]


def template(connector: Connector[Any], inbound: InboundConnector, kind: Kind) -> JSON:
    """Return the template for one kind of element."""
    fields = list(properties(inbound.config, Place(inbound=True)))
    form = [property_("inbound.type", "Hidden", value=inbound.type), *fields]
    form += [*activation(inbound), *response(inbound), *correlation(kind, inbound), *deduplication(inbound), *output()]
    groups = [group for group in (*inbound.groups, *TAIL) if any(entry.get("group") == group.id for entry in form)]
    made = present(
        {
            "$schema": SCHEMA,
            "name": f"{inbound.name} ({kind.label})",
            "id": f"{inbound.id}.{kind.id}",
            "description": inbound.description or None,
            "keywords": list(connector.keywords) or None,
            "documentationRef": connector.documentation,
            "version": inbound.version,
            "deprecated": {"message": connector.deprecated} if connector.deprecated else None,
            "category": {"id": "connectors", "name": "Connectors"},
            "appliesTo": list(kind.applies_to),
            "elementType": element_type(kind),
            "engines": {"camunda": connector.engines},
            "groups": [described(group) for group in groups],
            "properties": ordered(form, [group.id for group in groups]),
            "configurationTemplates": definitions([inbound.config], connector.engines) or None,
            "icon": icon(connector.icon) if connector.icon else None,
        }
    )
    if problems := check(made):
        raise TemplateError(f"template of inbound connector '{inbound.type}': {problems[0]}")
    return made


def property_(name: str, type: str, *, id: str | None = None, **facts: Any) -> JSON:
    """Return a property of the event that the runtime itself reads."""
    return {"id": id or name, **facts, "binding": {"name": name, "type": "zeebe:property"}, "type": type}


def activation(inbound: InboundConnector) -> list[JSON]:
    """Return when an event counts."""
    entries = [
        property_(
            "activationCondition",
            "String",
            label="Activation condition",
            description="Condition under which the event counts; leave empty to take every event",
            optional=True,
            feel="required",
            group="activation",
        )
    ]
    if inbound.acknowledges:
        entries.append(
            property_(
                "consumeUnmatchedEvents",
                "Boolean",
                label="Consume unmatched events",
                description="Acknowledge events that match no activation condition",
                value=True,
                group="activation",
            )
        )
    if inbound.content:
        entries.append(
            property_(
                "eventSchema",
                "Text",
                label="JSON Schema",
                description=f"Events whose {inbound.content} does not fit are refused before anything starts",
                optional=True,
                group="activation",
            )
        )
    return entries


def response(inbound: InboundConnector) -> list[JSON]:
    """Return whether the caller waits for the process."""
    if not inbound.synchronous:
        return []
    return [
        property_(
            "synchronousResponse",
            "Dropdown",
            label="Response mode",
            description="Whether the caller gets an answer at once or when the process has ended",
            value="false",
            group="synchronousResponse",
            choices=[{"name": "Asynchronous", "value": "false"}, {"name": "Synchronous", "value": "true"}],
        )
    ]


def correlation(kind: Kind, inbound: InboundConnector) -> list[JSON]:
    """Return how an event finds its process instance."""
    if not kind.message:
        return []
    start = kind.element == "bpmn:StartEvent"
    needed: JSON = (
        {"condition": {"property": "correlationRequired", "equals": "required", "type": "simple"}} if start else {}
    )
    later: JSON = (
        {"condition": {"property": "synchronousResponse", "equals": "false", "type": "simple"}}
        if inbound.synchronous
        else {}
    )
    entries: list[JSON] = []
    if start:
        entries.append(
            property_(
                "correlationRequired",
                "Dropdown",
                label="Subprocess correlation required",
                description="Choose whether events need a correlation key, as event sub-processes do",
                value="notRequired",
                group="correlation",
                choices=[
                    {"name": "Correlation not required", "value": "notRequired"},
                    {"name": "Correlation required", "value": "required"},
                ],
            )
        )
    key: JSON = {"constraints": {"notEmpty": True}, "feel": "required", "group": "correlation", **needed}
    entries += [
        {
            "id": "correlationKeyProcess",
            "label": "Correlation key (process)",
            "description": "From the variables of the process, such as orderId",
            **key,
            "binding": {"name": "correlationKey", "type": "bpmn:Message#zeebe:subscription#property"},
            "type": "String",
        },
        property_(
            "correlationKeyExpression",
            "String",
            id="correlationKeyPayload",
            label="Correlation key (payload)",
            description="The same key, from the event: it continues the instance whose key is equal",
            **key,
        ),
        property_(
            "messageIdExpression",
            "String",
            label="Message ID expression",
            description="What identifies an event, so that a repeated one counts once",
            optional=True,
            feel="required",
            group="correlation",
            **later,
        ),
        property_(
            "messageTtl",
            "String",
            label="Message TTL",
            description="How long an event waits for a process: PT10M is 10 minutes, PT1H an hour",
            optional=True,
            feel="optional",
            constraints={
                "notEmpty": False,
                # An empty field is the text "undefined" for the panel of the modeler.
                "pattern": {"value": "^(PT.*|undefined|)$", "message": "must be an ISO-8601 duration such as PT1H"},
            },
            group="correlation",
            **later,
        ),
        {
            "id": "messageNameUuid",
            "label": "Message name",
            "description": "Events of one name continue the instance that waits for them, or start one",
            "generatedValue": {"type": "uuid"},
            "group": "correlation",
            "binding": {"name": "name", "type": "bpmn:Message#property"},
            "type": "String",
        },
    ]
    return entries


def deduplication(inbound: InboundConnector) -> list[JSON]:
    """Return whether elements share one subscription."""
    if not inbound.deduplicates:
        return []
    group = {"group": "deduplication"}
    return [
        property_(
            "deduplicationModeManualFlag",
            "Boolean",
            label="Manual mode",
            description="Say by an id which elements share one subscription; otherwise equal settings do",
            value=False,
            **group,
        ),
        property_(
            "deduplicationId",
            "String",
            label="Deduplication ID",
            description="Elements with the same id share one subscription",
            constraints={
                "notEmpty": True,
                "pattern": {"value": "^[a-zA-Z0-9_-]+$", "message": "must have letters, digits, '_' and '-' only"},
            },
            condition={"property": "deduplicationModeManualFlag", "equals": True, "type": "simple"},
            **group,
        ),
        property_(
            "deduplicationMode",
            "Hidden",
            id="deduplicationModeManual",
            value="MANUAL",
            condition={"property": "deduplicationId", "isActive": True, "type": "simple"},
            **group,
        ),
        property_(
            "deduplicationMode",
            "Hidden",
            id="deduplicationModeAuto",
            value="AUTO",
            condition={"property": "deduplicationId", "isActive": False, "type": "simple"},
            **group,
        ),
    ]


def output() -> list[JSON]:
    """Return where the event's content goes."""
    return [
        property_(
            "resultVariable",
            "String",
            label="Result variable",
            description="Name of the process variable that gets the whole event",
            group="output",
        ),
        property_(
            "resultExpression",
            "Text",
            label="Result expression",
            description="Takes parts of the event into process variables",
            feel="required",
            group="output",
        ),
    ]

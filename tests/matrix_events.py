"""Models of official templates for events: sensible values, and the diagram that the modeler makes of them."""

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from matrix_cases import Case, Entry, holds
from matrix_values import AVRO, JSON_SCHEMA, VALUES, said, text, written

ORDER = "o-7"
SECRET = "sandbox-{}".format  # what the sandbox invents for a secret's name
NEEDED = (
    "inbound.context",
    "inbound.auth.",
    "inbound.jwt.",
    "inbound.hmacSecret",
    "inbound.hmacHeader",
    "inbound.slackSigningSecret",
    "authentication.username",
    "authentication.password",
)
"""What a choice cannot do without, though not every version of the form marks it."""
SEES = {"webhook": "request.params", "slack": "request.body.event", "kafka": "value", "http-polling": "body"}
"""Where expressions find the order in an event."""
EVENTS = {
    "inbound.auth.username": "ada",
    "inbound.auth.password": "{{secrets.PASSWORD}}",
    "inbound.auth.apiKey": "{{secrets.API_KEY}}",
    "inbound.hmacSecret": "{{secrets.HMAC_SECRET}}",
    "inbound.hmacHeader": "X-Signature",
    "inbound.slackSigningSecret": "{{secrets.SIGNING_SECRET}}",
    "inbound.verificationExpression": "=if request.body.challenge = null then null "
    "else {body: {challenge: request.body.challenge}}",
    "inbound.responseExpression": "={statusCode: 202, body: {taken: request.params.id}}",
    "inbound.responseBodyExpression": "={taken: request.params.id}",
    "authentication.username": "ada",
    "authentication.password": "{{secrets.PASSWORD}}",
    "additionalProperties": '={"client.id": "orders"}',
    "messageTtl": "PT1H",
    "resultVariable": "event",
    "deduplicationId": "orders",
    "correlationKey": "=orderId",
}
"""Values by binding; what tasks have too is in `matrix_values`."""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="{process}" isExecutable="true">"""
TAIL = """
    <bpmn:endEvent id="end" />
  </bpmn:process>{message}
</bpmn:definitions>
"""
DEFINE = '<bpmn:messageEventDefinition id="by" messageRef="message" />'
FLOW = '<bpmn:sequenceFlow id="{0}-{1}" sourceRef="{0}" targetRef="{1}" />'
WAIT = '<bpmn:startEvent id="start" /><bpmn:userTask id="wait" />' + FLOW.format("start", "wait")
BY_MESSAGE = "+bpmn:MessageEventDefinition"
SHAPES = {
    "bpmn:StartEvent": f"<bpmn:startEvent{{event}}</bpmn:startEvent>{FLOW.format('event', 'end')}",
    f"bpmn:StartEvent{BY_MESSAGE}": f"<bpmn:startEvent{{event}}{DEFINE}</bpmn:startEvent>"
    f'<bpmn:endEvent id="over" />{FLOW.format("event", "over")}',
    f"bpmn:IntermediateCatchEvent{BY_MESSAGE}": f'<bpmn:startEvent id="start" />'
    f"<bpmn:intermediateCatchEvent{{event}}{DEFINE}</bpmn:intermediateCatchEvent>"
    f"{FLOW.format('start', 'event')}{FLOW.format('event', 'end')}",
    f"bpmn:BoundaryEvent{BY_MESSAGE}": f'{WAIT}<bpmn:boundaryEvent attachedToRef="wait"{{event}}{DEFINE}'
    f"</bpmn:boundaryEvent>{FLOW.format('event', 'end')}",
    "bpmn:ReceiveTask": '<bpmn:startEvent id="start" /><bpmn:receiveTask messageRef="message"{event}</bpmn:receiveTask>'
    f"{FLOW.format('start', 'event')}{FLOW.format('event', 'end')}",
}
"""What stands in the process, by the kind of element."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a case has for itself, and where the keys of tokens are.

    Args:
        name: Of its process, path, topic and message.
        keys: Address of the keys.
    """

    name: str
    keys: str


def model(case: Case, place: Place) -> str:
    """Return the diagram that the modeler makes of a case.

    Raises:
        LookupError: Nobody has thought of a value.
    """
    properties: list[str] = []
    name = key = ""
    for entry in case.template["properties"]:
        if not holds(entry, case.state):
            continue
        given = written(entry, value(entry, case, place))
        if entry["bindingType"] == "bpmn:Message#property":
            name = place.name
        elif entry["bindingType"].startswith("bpmn:Message#"):
            key = given or ""
        elif given or not entry.get("optional"):
            properties.append(f"<zeebe:property name={quoteattr(entry['binding'])} value={quoteattr(given or '')} />")
    version = case.template["version"]
    event = (
        f' id="event" zeebe:modelerTemplate={quoteattr(case.template["id"])} zeebe:modelerTemplateVersion="{version}">'
        f"<bpmn:extensionElements><zeebe:properties>{''.join(properties)}</zeebe:properties></bpmn:extensionElements>"
    )
    message = ""
    if name:
        subscription = f"<zeebe:subscription correlationKey={quoteattr(key)} />" if key else ""
        message = (
            f'<bpmn:message id="message" name={quoteattr(name)}><bpmn:extensionElements>{subscription}'
            "</bpmn:extensionElements></bpmn:message>"
        )
    shape = SHAPES[case.template["elementType"]].format(event=event)
    if in_sub_process(case):
        shape = (
            WAIT
            + f'<bpmn:subProcess id="sub" triggeredByEvent="true">{shape}</bpmn:subProcess>'
            + FLOW.format("wait", "end")
        )
    return (HEAD + "{shape}" + TAIL).format(process=place.name, shape=shape, message=message)


def in_sub_process(case: Case) -> bool:
    """Tell whether a message start event asks for a key, which only one in an event sub-process needs."""
    return said(case, "correlationRequired") == "required"


def waits(case: Case) -> bool:
    """Tell whether an instance waits for the event."""
    return not case.template["elementType"].startswith("bpmn:StartEvent") or in_sub_process(case)


def value(entry: Entry, case: Case, place: Place) -> str | None:
    """Return what a field says; None leaves it empty.

    Raises:
        LookupError: Nobody has thought of a value for it.
    """
    key = entry["binding"]
    if entry["type"] in {"Dropdown", "Boolean"}:
        return case.state.get(entry["id"]) or text(entry.get("default"))
    if entry.get("default") not in (None, ""):
        return text(entry["default"])
    if entry["type"] in {"Hidden", "Configuration"} or entry.get("generated"):
        return None
    if key == "offsets" and said(case, "autoOffsetReset") == "none":
        return "=[0]"
    if not case.full and not entry.get("notEmpty") and not key.startswith(NEEDED):
        return None
    order = f"{SEES[case.template['connector']]}.id"
    special = {
        "inbound.context": place.name,
        "groupId": place.name,
        "topic.topicName": place.name,
        "url": f"https://shop.test/orders/{place.name}",
        "inbound.hmacScopes": '=["url", "parameters"]' if said(case, "inbound.method") == "get" else '=["body"]',
        "inbound.auth.apiKeyLocator": '=split(request.headers.authorization, " ")[2]',
        "inbound.auth.jwt.jwkUrl": place.keys,
        "inbound.jwt.jwkUrl": place.keys,
        "inbound.auth.jwt.permissionsExpression": "=roles",
        "inbound.jwt.jwtRoleExpression": "=roles",
        "inbound.auth.jwt.requiredPermissions": '=["clerk"]',
        "inbound.jwt.requiredPermissions": '=["clerk"]',
        "activationCondition": f'={order} = "{ORDER}"',
        "inbound.activationCondition": f'={order} = "{ORDER}"',
        "correlationKeyExpression": f"={order}",
        "messageIdExpression": f"={order}",
        "resultExpression": f"={{order: {order}}}",
        "inbound.variableMapping": f"={{order: {order}}}",
        "offsets": "=[0]",
        "avro.schema": AVRO,
        "schemaStrategy.schema": JSON_SCHEMA if said(case, "schemaStrategy.schemaType") == "json" else AVRO,
    }
    for known in (special, EVENTS, VALUES):
        if key in known:
            return known[key]
    raise LookupError(f"no value for '{key}' of {case.template['id']}")

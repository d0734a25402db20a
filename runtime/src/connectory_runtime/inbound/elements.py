"""Elements that wait for events from outside, as a model has them."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from xml.etree import ElementTree

from connectory_runtime.durations import milliseconds
from connectory_runtime.inbound.schema import PROPERTY

log = logging.getLogger(__name__)

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
TYPE = "inbound.type"
PHYSICAL_TENANT = "default"
CONTAINERS = {"subProcess", "adHocSubProcess", "transaction"}
KINDS = {"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"}

Point = Literal["start", "message-start", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A version of a deployed process.

    Args:
        key: Its key; the file's name where it was read from a folder.
        version: None where it is not known: the latest then starts.
    """

    id: str
    key: str
    version: int | None = None
    tenant_id: str = "<default>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element that waits for events.

    Args:
        definition: The process that has it.
        point: What an event does here: start an instance, start one by message, continue one by message.
        attached_to: The activity of a boundary event.
        within: The sub-processes around it, the outermost first.
        properties: All ``zeebe:property`` entries that are not blank, by name.
        ttl: Milliseconds that a message lives; None leaves it to the runtime.
        condition: The activation condition.
        result_expression: What the process gets of an event.
        synchronous: The caller waits for the process's answer.
        consumes_unmatched: Events that no condition wants are acknowledged.
        schema: JSON Schema that events must fit.
        labels: What metrics say of it: type, id and version of its template.
        problem: Why it cannot wait for events.
    """

    definition: Definition
    process_name: str | None
    id: str
    name: str | None
    kind: str
    point: Point
    message_name: str | None
    properties: Mapping[str, str]
    template: Mapping[str, str | None] = field(default_factory=dict)
    attached_to: str | None = None
    within: tuple[str, ...] = ()
    ttl: int | None = None
    condition: str | None = None
    result_expression: str | None = None
    synchronous: bool = False
    consumes_unmatched: bool = False
    schema: str | None = None
    labels: tuple[str, str, str] = ("unknown", "unknown", "unknown")
    problem: str | None = None

    @property
    def type(self) -> str:
        """The subscription type."""
        return self.properties[TYPE]

    def described(self) -> dict[str, Any]:
        """Return what the endpoints and FEEL see of it."""
        key = self.definition.key
        return {
            "bpmnProcessId": self.definition.id,
            "processName": self.process_name,
            "messageName": self.message_name,
            "version": self.definition.version,
            "processDefinitionKey": int(key) if key.isdecimal() else key,
            "elementId": self.id,
            "elementName": self.name,
            "elementType": self.kind,
            "tenantId": self.definition.tenant_id,
            "physicalTenantId": PHYSICAL_TENANT,
            "elementTemplateDetails": dict(self.template),
        }


class ModelError(Exception):
    """A model that cannot be read: one line that says what is wrong."""


def process_ids(content: bytes | str) -> list[str]:
    """Return the ids of the executable processes of a file.

    Raises:
        ModelError: It is no BPMN.
    """
    return [one.get("id", "") for one in parsed(content).iter(f"{BPMN}process") if one.get("isExecutable") == "true"]


def read_elements(content: bytes | str, definition: Definition) -> list[Element]:
    """Return the elements of a process that wait for events, also of those that cannot.

    Raises:
        ModelError: It is no BPMN.
    """
    if TYPE not in (content if isinstance(content, str) else content.decode(errors="replace")):
        return []
    root = parsed(content)
    messages = {one.get("id"): one.get("name") for one in root.iter(f"{BPMN}message")}
    process = next((one for one in root.iter(f"{BPMN}process") if one.get("id") == definition.id), None)
    if process is None:
        return []
    names = {one.get("id"): one.get("name") for one in process.iter() if one.get("id")}
    found = []
    for node, within in flow_elements(process):
        properties = properties_of(node)
        if TYPE in properties:
            element = read_element(node, properties, messages, definition, process.get("name"))
            found.append(replace(element, within=within, problem=check(element, names)))
    return found


def parsed(content: bytes | str) -> ElementTree.Element:
    """Return the root of a file.

    Raises:
        ModelError: It is no XML.
    """
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - expat refuses entity bombs, and resolves no external ones
    except ElementTree.ParseError as exc:
        raise ModelError(f"it is no BPMN: {exc}") from exc


def flow_elements(
    container: ElementTree.Element, within: tuple[str, ...] = ()
) -> Iterator[tuple[ElementTree.Element, tuple[str, ...]]]:
    """Yield the elements that can wait, also those of sub-processes, with the ids of these."""
    for node in container:
        tag = node.tag.removeprefix(BPMN)
        if tag in KINDS:
            yield node, within
        elif tag in CONTAINERS:
            yield from flow_elements(node, (*within, node.get("id", "")))


def properties_of(node: ElementTree.Element) -> dict[str, str]:
    """Return an element's properties; the first of a name counts, blank ones are as if they were not there."""
    properties: dict[str, str] = {}
    for entry in node.iterfind(f"{BPMN}extensionElements/{ZEEBE}properties/{ZEEBE}property"):
        name, value = entry.get("name"), entry.get("value")
        if name and value is not None:
            if name in properties:
                log.warning("element '%s' has the property '%s' twice; the first one counts", node.get("id"), name)
            else:
                properties[name] = value
    return {name: value for name, value in properties.items() if value.strip()}


def read_element(
    node: ElementTree.Element,
    properties: Mapping[str, str],
    messages: Mapping[str | None, str | None],
    definition: Definition,
    process_name: str | None,
) -> Element:
    """Return one element."""
    kind = node.tag.removeprefix(BPMN)
    trigger = node if kind == "receiveTask" else node.find(f"{BPMN}messageEventDefinition")
    message = None if trigger is None else messages.get(trigger.get("messageRef"))
    by_message = trigger is not None
    ttl = properties.get("messageTtl")
    template = node.get(f"{ZEEBE}modelerTemplate"), node.get(f"{ZEEBE}modelerTemplateVersion")
    return Element(
        definition=definition,
        process_name=process_name,
        id=node.get("id", ""),
        name=node.get("name"),
        kind=kind,
        point=("message-start" if by_message else "start") if kind == "startEvent" else "message",
        message_name=message,
        properties=properties,
        template={
            "id": template[0],
            "version": template[1],
            "icon": node.get(f"{ZEEBE}modelerTemplateIcon"),
        },
        attached_to=node.get("attachedToRef"),
        ttl=None if ttl is None else time_to_live(ttl),
        condition=properties.get("activationCondition") or properties.get("inbound.activationCondition"),
        # The webhook's first template had another name for it.
        result_expression=properties.get("resultExpression") or properties.get("inbound.variableMapping"),
        synchronous=flag(properties, "synchronousResponse"),
        consumes_unmatched=flag(properties, "consumeUnmatchedEvents"),
        schema=properties.get(PROPERTY),
        labels=(properties[TYPE], template[0] or "unknown", template[1] or "unknown"),
    )


def flag(properties: Mapping[str, str], name: str) -> bool:
    """Return a property that is true or false."""
    return properties.get(name, "").strip().lower() == "true"


def time_to_live(text: str) -> int | None:
    """Return a life time in milliseconds; -1 where it is none."""
    try:
        return milliseconds(text.strip().removeprefix("=").strip().strip('"'))
    except ValueError:
        return -1


def check(element: Element, names: Mapping[str | None, str | None]) -> str | None:
    """Return why an element cannot wait for events."""
    if element.ttl is not None and element.ttl < 0:
        return f"has messageTtl '{element.properties['messageTtl']}', which is no duration; write for example PT1H"
    if element.point != "start" and not element.message_name:
        return "has no message with a name"
    if element.point == "message" and "correlationKeyExpression" not in element.properties:
        return "has no correlationKeyExpression, without which no instance can be found"
    if element.attached_to is not None and element.attached_to not in names:
        return f"is attached to '{element.attached_to}', which does not exist"
    return None

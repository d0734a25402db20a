"""Templates as files, applied to a diagram by the published tool, and run as the models of the matrix are."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from matrix_cases import Case, cases, holds, readable
from official import Templates

FAMILIES = {
    "io.camunda:http-json:1": "rest",
    "io.camunda:connector-graphql:1": "graphql",
    "io.camunda:slack:1": "slack",
    "io.camunda:connector-microsoft-teams:1": "teams",
    "io.camunda:connector-kafka:1": "kafka",
    "io.camunda:webhook:1": "webhook",
    "io.camunda:slack-webhook:1": "slack",
    "io.camunda:connector-kafka-inbound:1": "kafka",
    "io.camunda:http-polling:1": "http-polling",
}
ELEMENTS = {
    "bpmn:Task": "task",
    "bpmn:ReceiveTask": "task",
    "bpmn:StartEvent": "startEvent",
    "bpmn:IntermediateCatchEvent": "intermediateCatchEvent",
    "bpmn:BoundaryEvent": "boundaryEvent",
}
"""What a template is applied to."""


def listed(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a template in the shape of the list of official templates."""
    kind = next(
        entry["value"]
        for entry in template["properties"]
        if entry["binding"].get("property") == "type" or entry["binding"].get("name") == "inbound.type"
    )
    element = template["elementType"]
    event = element.get("eventDefinition")
    return readable(
        {
            "id": template["id"],
            "version": template.get("version"),
            "connector": FAMILIES[kind],
            "elementType": f"{element['value']}+{event}" if event else element["value"],
            "properties": [shaped(entry) for entry in template["properties"] if shown_at_all(entry)],
        }
    )


def shaped(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a property in that shape."""
    binding, constraints = entry["binding"], entry.get("constraints", {})
    made = {
        "bindingType": binding["type"],
        "binding": binding.get("name") or binding.get("key") or binding.get("property"),
        "id": entry.get("id"),
        "type": entry["type"],
        "default": entry.get("value"),
        "optional": entry.get("optional"),
        "feel": entry.get("feel"),
        "notEmpty": constraints.get("notEmpty"),
        "pattern": constraints.get("pattern", {}).get("value"),
        "generated": entry.get("generatedValue"),
        "choices": [choice["value"] for choice in entry.get("choices", [])],
        "condition": " and ".join(filter(None, map(atom, parts(entry)))),
    }
    return {name: value for name, value in made.items() if value not in (None, [], "")}


def parts(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the single conditions of a property."""
    condition = entry.get("condition")
    return [] if condition is None else list(condition.get("allMatch", [condition]))


def shown_at_all(entry: Mapping[str, Any]) -> bool:
    """Tell whether a property is shown while reusable credentials are left empty."""
    return not any(part.get("isEmpty") is False for part in parts(entry))


def atom(part: Mapping[str, Any]) -> str:
    """Return a single condition as text; none for what holds while reusable credentials are left empty."""
    if "isEmpty" in part:
        return ""
    if "isActive" in part:
        return f"{part['property']} isActive {str(part['isActive']).lower()}"
    if "oneOf" in part:
        return f"{part['property']} in {json.dumps(part['oneOf'])}"
    return f"{part['property']} == {json.dumps(part['equals'])}"


def case_of(template: Mapping[str, Any]) -> Case:
    """Return the case of a template as it is, with all fields filled in that a value is known for."""
    return next(case for case in cases(listed(template)) if case.full and not case.choice)


def drawn(
    templates: Templates, template: Mapping[str, Any], case: Case, process: str, value: Callable[[Any], str | None]
) -> str:
    """Return the diagram that the tool makes of a case.

    Args:
        templates: Has the tool.
        template: The template's file.
        case: What to choose.
        process: Id of the process.
        value: What to write into a property.
    """
    values: dict[str, Any] = {}
    for entry in case.template["properties"]:
        if not holds(entry, case.state) or "generated" in entry or entry["type"] == "Hidden":
            continue
        try:
            given = value(entry)
        except LookupError:
            continue  # a field of ours that the official templates do not have
        if given is not None:
            values[entry["id"]] = typed(entry, given)
    diagram = templates.folder / f"{process}.bpmn"
    diagram.write_text(plain(template["appliesTo"][0], process))
    made = templates.apply(dict(template), diagram, "element", values=values)
    return Path(made).read_text()


def typed(entry: Mapping[str, Any], given: str) -> Any:
    """Return a value in the JSON type of its property."""
    if entry["type"] == "Boolean":
        return given == "true"
    return float(given) if entry["type"] == "Number" else given


def plain(kind: str, process: str) -> str:
    """Return a diagram, with shapes, that has an element of a kind."""
    tag = ELEMENTS[kind]
    flows = (
        [("element", "end")] if tag in ("startEvent", "boundaryEvent") else [("start", "element"), ("element", "end")]
    )
    nodes = {"element": f'<bpmn:{tag} id="element"{{more}} />', "end": '<bpmn:endEvent id="end" />'}
    if tag != "startEvent":
        nodes["start"] = '<bpmn:startEvent id="start" />'
    if tag == "boundaryEvent":
        nodes["wait"] = '<bpmn:userTask id="wait" />'
        flows.append(("start", "wait"))
    nodes["element"] = nodes["element"].format(more=' attachedToRef="wait"' if tag == "boundaryEvent" else "")
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}">'
        f'<dc:Bounds x="{index * 150}" y="0" width="36" height="36" /></bpmndi:BPMNShape>'
        for index, key in enumerate(nodes)
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="{a}-{b}_di" bpmnElement="{a}-{b}"><di:waypoint x="0" y="0" /><di:waypoint x="9" y="0" />'
        "</bpmndi:BPMNEdge>"
        for a, b in flows
    )
    sequence = "".join(f'<bpmn:sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}" />' for a, b in flows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions '
        'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:modeler="http://camunda.org/schema/modeler/1.0" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://bpmn.io/schema/bpmn" '
        'modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.10.0">'
        f'<bpmn:process id={quoteattr(process)} isExecutable="true">{"".join(nodes.values())}{sequence}</bpmn:process>'
        f'<bpmndi:BPMNDiagram id="i"><bpmndi:BPMNPlane id="pl" bpmnElement={quoteattr(process)}>{shapes}{edges}'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
    )

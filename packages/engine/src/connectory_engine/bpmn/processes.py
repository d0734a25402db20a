"""Makes the elements of processes out of the nodes of a file."""

import logging
from collections.abc import Iterator

from connectory_engine.bpmn.events import Events
from connectory_engine.bpmn.findings import Findings
from connectory_engine.bpmn.tasks import Tasks
from connectory_engine.bpmn.tools import tool_descriptions
from connectory_engine.bpmn.xml_reading import MODEL, Node
from connectory_engine.model import Element, Flow, Process

log = logging.getLogger(__name__)

TYPES = {
    "startEvent": "START_EVENT",
    "endEvent": "END_EVENT",
    "intermediateCatchEvent": "INTERMEDIATE_CATCH_EVENT",
    "intermediateThrowEvent": "INTERMEDIATE_THROW_EVENT",
    "boundaryEvent": "BOUNDARY_EVENT",
    "serviceTask": "SERVICE_TASK",
    "sendTask": "SEND_TASK",
    "businessRuleTask": "BUSINESS_RULE_TASK",
    "scriptTask": "SCRIPT_TASK",
    "userTask": "USER_TASK",
    "receiveTask": "RECEIVE_TASK",
    "manualTask": "MANUAL_TASK",
    "task": "TASK",
    "exclusiveGateway": "EXCLUSIVE_GATEWAY",
    "inclusiveGateway": "INCLUSIVE_GATEWAY",
    "parallelGateway": "PARALLEL_GATEWAY",
    "eventBasedGateway": "EVENT_BASED_GATEWAY",
    "subProcess": "SUB_PROCESS",
    "adHocSubProcess": "AD_HOC_SUB_PROCESS",
    "callActivity": "CALL_ACTIVITY",
}
REFUSED = {
    "complexGateway",
    "transaction",
    "choreographyTask",
    "subChoreography",
    "callChoreography",
    "implicitThrowEvent",
    "event",
}
# What a process or sub-process may hold that does nothing when it runs.
IDLE = {
    "artifact",
    "association",
    "auditing",
    "completionCondition",
    "correlationSubscription",
    "dataInputAssociation",
    "dataObject",
    "dataObjectReference",
    "dataOutputAssociation",
    "dataStoreReference",
    "documentation",
    "extensionElements",
    "group",
    "humanPerformer",
    "incoming",
    "ioBinding",
    "ioSpecification",
    "laneSet",
    "monitoring",
    "multiInstanceLoopCharacteristics",
    "outgoing",
    "performer",
    "potentialOwner",
    "property",
    "resourceRole",
    "sequenceFlow",
    "standardLoopCharacteristics",
    "supportedInterfaceRef",
    "supports",
    "textAnnotation",
}
ACTIVITIES = {
    "SERVICE_TASK",
    "SEND_TASK",
    "BUSINESS_RULE_TASK",
    "SCRIPT_TASK",
    "USER_TASK",
    "RECEIVE_TASK",
    "MANUAL_TASK",
    "TASK",
    "SUB_PROCESS",
    "EVENT_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS",
    "CALL_ACTIVITY",
    "MULTI_INSTANCE_BODY",
}
_WITHOUT_DEFAULT = ("parallelGateway", "eventBasedGateway", "Event")
_SCOPES = ("subProcess", "adHocSubProcess", "transaction")
INNER = "#innerInstance"


class Built:
    """A process and the nodes that its elements were made of."""

    def __init__(self, process: Process, node: Node) -> None:
        self.process = process
        self.node = node
        self.nodes: dict[str, Node] = {}
        self.flows: dict[str, Flow] = {}


class Builder:
    """Makes the processes of one file."""

    def __init__(self, root: Node, findings: Findings, resource: str) -> None:
        self.root = root
        self.findings = findings
        self.resource = resource
        self.events = Events(root, findings)
        self.tasks = Tasks(findings)

    def build(self) -> list[Built]:
        """Make all executable processes."""
        return [self._process(node) for node in self.root.all("process") if node.get("isExecutable") == "true"]

    def _process(self, node: Node) -> Built:
        root = Element(node.id, "PROCESS", node.get("name"), None)
        tag = node.extension("versionTag")
        process = Process(
            node.id, node.get("name"), None if tag is None else tag.get("value"), root, {}, has_start_form=False
        )
        built = Built(process, node)
        built.nodes[node.id] = node
        elements: dict[str, Element] = {node.id: root}
        process.elements = elements
        self.tasks.common(node, root)
        root.inputs = root.outputs = None  # not of a process
        self._children(node, root, elements, built)
        self._attach(built, elements)
        self._flows(node, elements, built)
        self._wrap_loops(built, elements)
        self._associations(node, elements)
        for element in elements.values():
            if element.type == "INCLUSIVE_GATEWAY" and element.parent is not None:
                element.parent.tracks = True
        return built

    def _children(self, node: Node, scope: Element, elements: dict[str, Element], built: Built) -> None:
        for child in node.children:
            if child.space != MODEL or child.tag in IDLE:
                continue
            if child.tag in REFUSED or child.tag not in TYPES:
                self._refuse(child)
                continue
            if not child.id:
                self.findings.add(child, f"Element of type '{child.tag}' needs an id to be executed")
                continue
            element = self._element(child, scope)
            elements[child.id] = element
            built.nodes[child.id] = child
            scope.children.append(element)
            if child.tag in _SCOPES:
                self._children(child, element, elements, built)
                self._finish_scope(child, element)

    def _refuse(self, node: Node) -> None:
        if node.tag in REFUSED:
            name = node.tag[0].upper() + node.tag[1:]
            self.findings.add(
                node,
                f"Elements of type '{name}' are currently not supported. Please refer to the documentation for a list"
                f" of supported elements: https://docs.camunda.io/docs/components/modeler/bpmn/bpmn-coverage/",
            )
        else:
            self.findings.add(
                node, f"Invalid content was found starting with element 'bpmn:{node.tag}' (line {node.line})."
            )

    def _element(self, node: Node, scope: Element) -> Element:
        type_ = TYPES[node.tag]
        if node.tag == "subProcess" and node.get("triggeredByEvent") == "true":
            type_ = "EVENT_SUB_PROCESS"
        element = Element(node.id, type_, node.get("name"), scope)
        self.tasks.common(node, element)
        if node.first("standardLoopCharacteristics") is not None:
            log.warning("%s: element '%s': the loop is ignored, as the real engine does", self.resource, node.id)
        element.for_compensation = node.get("isForCompensation") == "true"
        element.loop = self.tasks.loop(node)
        self._specifics(node, element)
        return element

    def _specifics(self, node: Node, element: Element) -> None:
        match node.tag:
            case "serviceTask":
                element.job = self.tasks.one_job(node)
            case "sendTask":
                element.job = self.tasks.throwing_job(node)
            case "businessRuleTask":
                self.tasks.business_rule(node, element)
            case "scriptTask":
                self.tasks.script(node, element)
            case "userTask":
                self.tasks.user_task(node, element)
            case "receiveTask":
                element.event = self.events.message(node, node)
            case "callActivity":
                element.call = self.tasks.call(node)
            case "adHocSubProcess":
                element.ad_hoc = self.tasks.ad_hoc(node, element)
            case "startEvent" | "endEvent" | "intermediateCatchEvent" | "intermediateThrowEvent" | "boundaryEvent":
                self._event(node, element)

    def _event(self, node: Node, element: Element) -> None:
        definitions = self.events.definitions(node)
        throws = node.tag in ("endEvent", "intermediateThrowEvent")
        scope = element.parent
        of_process = node.tag == "startEvent" and scope is not None and scope.type == "PROCESS"
        for definition in reversed(definitions):  # the first one counts
            element.event = self.events.read(definition, throws=throws, start=of_process, keyed=not of_process)
            if throws and definition.tag == "messageEventDefinition":
                element.job = self.tasks.throwing_job(node)
        kind = None if element.event is None else element.event.kind
        if throws and kind not in ("message", "signal"):
            element.inputs = None  # the real engine has no use for them there
        if throws and kind in ("compensation", "terminate", "error"):
            element.outputs = None
        if node.tag == "boundaryEvent":
            element.interrupting = node.get("cancelActivity") != "false"
        elif node.tag == "startEvent":
            element.interrupting = node.get("isInterrupting") != "false"
            if scope is not None:
                scope.starts.append(element)
                if not definitions or scope.is_event_sub_process:
                    scope.start = element

    def _finish_scope(self, node: Node, element: Element) -> None:
        if element.is_event_sub_process and element.parent is not None:
            element.parent.event_sub_processes.append(element)
        if element.ad_hoc is not None:
            object.__setattr__(element.ad_hoc, "elements", tool_descriptions(node, TYPES))
            element.by_id = {child.id: child for child in element.children}
            element.inner = Element(element.id + INNER, "AD_HOC_SUB_PROCESS_INNER_INSTANCE", element.name, element)

    def _attach(self, built: Built, elements: dict[str, Element]) -> None:
        for node in built.nodes.values():
            if node.tag != "boundaryEvent":
                continue
            host = elements.get(node.get("attachedToRef") or "")
            if host is None or host.type not in ACTIVITIES:
                self.findings.add(node, "Must be attached to an activity")
                continue
            elements[node.id].attached_to = host
            host.boundaries.append(elements[node.id])

    def _flows(self, node: Node, elements: dict[str, Element], built: Built) -> None:
        for found in reversed([n for n in node.walk() if n.tag == "sequenceFlow" and n.space == MODEL]):
            source, target = elements.get(found.get("sourceRef") or ""), elements.get(found.get("targetRef") or "")
            if source is None or target is None:
                if not self.findings:  # else its end may be an element that was refused
                    self.findings.add(found, "Must have a source and a target that are elements of the process")
                continue
            flow = Flow(found.id, source, target, line=found.line)
            condition = found.first("conditionExpression")
            if condition is not None:
                text = condition.text.strip()
                if text.startswith("="):
                    flow.condition = self.findings.compiled(condition, text[1:])
                else:
                    self.findings.static(condition, text)
            source.outgoing.append(flow)
            target.incoming.append(flow)
            built.flows[found.id] = flow
        for name, element in elements.items():
            default = built.nodes[name].get("default")
            if default is not None and built.nodes[name].tag.endswith(_WITHOUT_DEFAULT):
                tag = built.nodes[name].tag
                self.findings.add(
                    built.nodes[name], f"Attribute 'default' is not allowed to appear in element 'bpmn:{tag}'."
                )
            elif default is not None:
                element.default = built.flows.get(default)
                if element.default is None or element.default.source is not element:
                    self.findings.add(built.nodes[name], "Default flow must start at gateway")

    def _wrap_loops(self, built: Built, elements: dict[str, Element]) -> None:
        """Put a body around each multi-instance: it has the flows and the boundary events."""
        for name, inner in list(elements.items()):
            if inner.loop is None:
                continue
            body = Element(name, "MULTI_INSTANCE_BODY", inner.name, inner.parent)
            body.inner, body.loop = inner, inner.loop
            body.outgoing, inner.outgoing = inner.outgoing, []
            body.incoming, inner.incoming = inner.incoming, []
            body.boundaries, inner.boundaries = inner.boundaries, []
            body.properties, body.for_compensation = inner.properties, inner.for_compensation
            for boundary in body.boundaries:
                boundary.attached_to = body
            for flow in body.outgoing:
                flow.source = body
            for flow in body.incoming:
                flow.target = body
            if inner.parent is not None:
                siblings = inner.parent.children
                siblings[siblings.index(inner)] = body
                if name in inner.parent.by_id:
                    inner.parent.by_id[name] = body
            inner.parent = body
            elements[name] = body

    def _associations(self, node: Node, elements: dict[str, Element]) -> None:
        for found in (n for n in node.walk() if n.tag == "association" and n.space == MODEL):
            source, target = elements.get(found.get("sourceRef") or ""), elements.get(found.get("targetRef") or "")
            if source is None or target is None:
                continue
            event = source.event
            if source.type == "BOUNDARY_EVENT" and event is not None and event.kind == "compensation":
                source.compensation_handler = target


def elements_of(scope: Element) -> Iterator[Element]:
    """Give all elements below a scope."""
    waiting = [*scope.children]
    while waiting:
        element = waiting.pop()
        yield element
        inner = element.inner if element.type == "MULTI_INSTANCE_BODY" else element
        if inner is not None:
            waiting.extend(inner.children)

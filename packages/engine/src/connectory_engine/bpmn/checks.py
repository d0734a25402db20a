"""What the real engine checks of the shape of processes, in its words.

Like it, some rules look at the `incoming` and `outgoing` children of an element instead of the flows themselves.
"""

from collections import Counter
from collections.abc import Iterable

from connectory_engine.bpmn.events import DEFINITIONS
from connectory_engine.bpmn.findings import Findings
from connectory_engine.bpmn.processes import ACTIVITIES, Built, elements_of
from connectory_engine.bpmn.xml_reading import Node
from connectory_engine.model import Element

_BOUNDARY = ("timer", "message", "error", "signal", "escalation", "compensation")
_CATCH = ("message", "timer", "signal", "link")
_THROW = ("message", "link", "escalation", "signal", "compensation")
_END = ("error", "message", "terminate", "signal", "escalation", "compensation")
_EVENT_START = ("message", "timer", "error", "signal", "escalation")
_NO_CYCLE = "Interrupting timer event with time cycle is not allowed."
_INTERRUPTS = "Non-Interrupting event of this type is not allowed"


def _kinds(node: Node) -> list[str | None]:
    return [DEFINITIONS[child.tag] for child in node.children if child.tag in DEFINITIONS]


class Checks:
    """The checks of one process."""

    def __init__(self, built: Built, findings: Findings) -> None:
        self.built = built
        self.findings = findings
        self.nodes = built.nodes

    def run(self) -> None:
        """Check the process and everything in it."""
        root = self.built.process.root
        self._process(root)
        for element in elements_of(root):
            node = self.nodes[element.id]
            self._element(element, node)
            self._conditions(element, node)
        for scope in (root, *(e for e in elements_of(root) if e.children)):
            self._links(scope)
            self._catchers(scope, scope.event_sub_processes, of_scope=True)
        for element in elements_of(root):
            if element.boundaries:
                self._catchers(element, element.boundaries, of_scope=False)

    # --- scopes

    def _process(self, root: Element) -> None:
        node = self.built.node
        starts = node.all("startEvent")
        if not starts:
            self.findings.add(node, "Must have at least one start event")
        if sum(not _kinds(start) for start in starts) > 1:
            self.findings.add(node, "Multiple none start events are not allowed")
        messages = Counter(
            definition.get("messageRef")
            for start in starts
            for definition in start.all("messageEventDefinition")
            if definition.get("messageRef")
        )
        for message, count in messages.items():
            if count > 1 and message:
                self.findings.add(message, "A message cannot be referred by more than one start event")

    def _sub_process(self, element: Element, node: Node) -> None:
        starts = node.all("startEvent")
        if element.type == "AD_HOC_SUB_PROCESS":
            self._ad_hoc(element, node)
            return
        if len(starts) != 1:
            self.findings.add(node, "Must have exactly one start event")
            return
        kinds = _kinds(starts[0])
        if not element.is_event_sub_process:
            if kinds:
                self.findings.add(node, "Start events in subprocesses must be of type none")
            return
        start = element.start
        if len(kinds) != 1 or kinds[0] not in _EVENT_START or start is None:
            self.findings.add(
                node, "Start events in event subprocesses must be one of: message, timer, error, signal or escalation"
            )
            return
        self._interruption(node, start)

    def _ad_hoc(self, element: Element, node: Node) -> None:
        if node.all("startEvent"):
            self.findings.add(node, "Must not contain a start event.")
        if node.all("endEvent"):
            self.findings.add(node, "Must not contain an end event.")
        if not any(child.type not in ("START_EVENT", "END_EVENT", "BOUNDARY_EVENT") for child in element.children):
            self.findings.add(node, "Must have at least one activity.")
        for sub in element.event_sub_processes:
            if sub.start is not None and sub.start.interrupting:
                self.findings.add(sub.id, "An interrupting event subprocess is not allowed inside an ad-hoc subprocess")

    def _interruption(self, node: Node, event: Element) -> None:
        spec = event.event
        if spec is None:
            return
        if event.interrupting and spec.timer is not None and spec.timer.kind == "cycle":
            self.findings.add(node, _NO_CYCLE)
        if not event.interrupting and spec.kind == "error":
            self.findings.add(node, _INTERRUPTS)

    def _links(self, scope: Element) -> None:
        caught = Counter(
            e.event.name
            for e in scope.children
            if e.type == "INTERMEDIATE_CATCH_EVENT" and e.event is not None and e.event.kind == "link"
        )
        for name, count in caught.items():
            if count > 1:
                self.findings.add(
                    scope.id,
                    f"Multiple intermediate catch link event definitions with the same name '{name}' are not allowed.",
                )
        for element in scope.children:
            event = element.event
            if event is None or event.kind != "link" or element.type != "INTERMEDIATE_THROW_EVENT":
                continue
            if event.name not in caught:
                self.findings.add(
                    scope.id,
                    f"Can't find an catch link event for the throw link event with the name '{event.name}'.",
                )

    def _catchers(self, owner: Element, catchers: Iterable[Element], *, of_scope: bool) -> None:
        """Refuse two events of one place that would catch the same."""
        seen: Counter[tuple[str, object]] = Counter()
        for catcher in catchers:
            start = catcher.start if of_scope else catcher
            event = None if start is None else start.event
            if event is not None and (event.name is None or isinstance(event.name, str)):
                seen[event.kind, event.name] += 1
        for (kind, name), count in seen.items():
            if count < 2:
                continue
            if kind in ("error", "escalation"):
                if name is None:
                    self.findings.add(
                        owner.id,
                        f"The same scope can not contain more than one {kind} catch event without {kind} code."
                        f" An {kind} catch event without {kind} code catches all {kind}s.",
                    )
                else:
                    self.findings.add(
                        owner.id,
                        f"Multiple {kind} catch events with the same {kind} code '{name}' are not supported on the"
                        f" same scope.",
                    )
            elif kind in ("message", "signal") and name is not None:
                self.findings.add(
                    owner.id, f"Multiple {kind} event definitions with the same name '{name}' are not allowed."
                )

    # --- elements

    def _element(self, element: Element, node: Node) -> None:
        if element.inner is not None and element.type == "MULTI_INSTANCE_BODY":
            element = element.inner
        kinds = _kinds(node)
        match element.type:
            case "SUB_PROCESS" | "EVENT_SUB_PROCESS" | "AD_HOC_SUB_PROCESS":
                self._sub_process(element, node)
            case "START_EVENT":
                if len(kinds) > 1:
                    self.findings.add(node, "Start event can't have more than one type")
            case "END_EVENT":
                self._end(node, kinds)
            case "INTERMEDIATE_CATCH_EVENT":
                self._catch(element, node, kinds)
            case "INTERMEDIATE_THROW_EVENT":
                if len(kinds) > 1 or any(kind not in _THROW for kind in kinds):
                    self.findings.add(
                        node, "Event definition must be one of: message, link, signal, escalation or compensation"
                    )
            case "BOUNDARY_EVENT":
                self._boundary(element, node, kinds)
            case "EVENT_BASED_GATEWAY":
                self._event_gateway(element, node)
        self._compensation_target(element, node)

    def _end(self, node: Node, kinds: list[str | None]) -> None:
        if node.all("outgoing"):
            self.findings.add(node, "End events must not have outgoing sequence flows to other elements.")
        if len(kinds) > 1:
            self.findings.add(node, "Must have at most one event definition")
        elif kinds and kinds[0] not in _END:
            self.findings.add(
                node, "End events must be one of: none, error, message, terminate, signal, escalation or compensation"
            )

    def _catch(self, element: Element, node: Node, kinds: list[str | None]) -> None:
        if len(kinds) != 1:
            self.findings.add(node, "Must have exactly one event definition")
        elif kinds[0] not in _CATCH:
            self.findings.add(node, "Event definition must be one of: message, timer, signal, or link")
        elif kinds[0] == "timer":
            spec = element.event
            if spec is not None and (spec.timer is None or spec.timer.kind == "cycle"):
                self.findings.add(
                    node, "Intermediate timer catch event must have either a time duration or a time date."
                )

    def _boundary(self, element: Element, node: Node, kinds: list[str | None]) -> None:
        if node.all("incoming"):
            self.findings.add(node, "Cannot have incoming sequence flows")
        if len(kinds) != 1:
            self.findings.add(node, "Must have exactly one event definition")
            return
        kind = kinds[0]
        if kind not in _BOUNDARY:
            self.findings.add(node, "Boundary events must be one of: timer, message, error, signal, escalation")
        elif kind == "compensation":
            if element.compensation_handler is None or node.all("outgoing"):
                self.findings.add(
                    node,
                    "Compensation boundary events must have a compensation association and no outgoing sequence flows",
                )
        else:
            self._interruption(node, element)
            host = element.attached_to
            if host is not None and host.type == "MULTI_INSTANCE_BODY":
                host = host.inner
            if kind == "escalation" and host is not None and host.type not in ("SUB_PROCESS", "CALL_ACTIVITY"):
                self.findings.add(
                    node, "An escalation boundary event should only be attached to a subprocess, or a call activity."
                )

    def _event_gateway(self, element: Element, node: Node) -> None:
        if len(node.all("outgoing")) < 2:
            self.findings.add(node, "Event-based gateway must have at least 2 outgoing sequence flows.")
        targets = [flow.target for flow in element.outgoing]
        for target in targets:
            kind = None if target.event is None else target.event.kind
            if target.type != "INTERMEDIATE_CATCH_EVENT" or kind not in ("message", "timer", "signal"):
                self.findings.add(
                    node,
                    "Event-based gateway must not have an outgoing sequence flow to other elements than"
                    " message/timer/signal intermediate catch events.",
                )
        self._catchers(element, targets, of_scope=False)

    def _compensation_target(self, element: Element, node: Node) -> None:
        event = element.event
        if event is None or event.kind != "compensation" or event.activity is None:
            return
        target = self.built.process.elements.get(event.activity)
        if target is None or target.type not in ACTIVITIES:
            self.findings.add(node, f"Must refer to an activity, but '{event.activity}' is none")

    # --- conditions

    def _conditions(self, element: Element, node: Node) -> None:
        named = {child.text.strip() for child in node.all("outgoing")}
        flows = [flow for flow in element.outgoing if flow.id in named]
        if element.type == "EXCLUSIVE_GATEWAY" or element.type == "INCLUSIVE_GATEWAY":
            if len(named) < 2:
                return
            for flow in flows:
                if flow.condition is None and flow is not element.default and not self._has_condition(flow.id):
                    more = " or be default flow" if element.type == "EXCLUSIVE_GATEWAY" else ""
                    self.findings.add(flow.id, f"Must have a condition{more}")
        elif any(flow.condition is not None for flow in flows):
            self.findings.add(node, "Conditional sequence flows are only supported at exclusive or inclusive gateway")

    def _has_condition(self, flow: str) -> bool:
        """Whether a condition is there at all; one that cannot be read is a fault of its own."""
        for node in self.built.node.walk():
            if node.tag == "sequenceFlow" and node.id == flow:
                return node.first("conditionExpression") is not None
        return False

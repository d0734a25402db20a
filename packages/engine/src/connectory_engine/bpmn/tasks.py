"""The extension elements of activities: jobs, scripts, user tasks, called processes, loops, listeners."""

import re
from typing import Any

from connectory_engine.bpmn.findings import Findings
from connectory_engine.bpmn.mappings import WrongMapping, check_target, input_mapping, output_mapping, source_text
from connectory_engine.bpmn.xml_reading import Node
from connectory_engine.durations import parse_moment
from connectory_engine.expressions import Expression
from connectory_engine.failure import NotATime
from connectory_engine.model import (
    AdHocSpec,
    CallSpec,
    DateValue,
    Element,
    JobSpec,
    Listener,
    ListValue,
    LoopSpec,
    UserTaskSpec,
    Value,
)

USER_TASK_JOB = "io.camunda.zeebe:userTask"
_PREFIX = "io.camunda.zeebe:"
_UNMAPPED = ("MANUAL_TASK", "TASK")


class Tasks:
    """Reads the extensions of one file's elements."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    # --- what any element may have

    def common(self, node: Node, element: Element) -> None:
        """Read mappings, properties and listeners."""
        properties = node.extension("properties")
        if properties is not None:
            element.properties = {
                p.get("name") or "": p.get("value") or "" for p in properties.children if p.tag == "property"
            }
        mapping = node.extension("ioMapping")
        if mapping is not None:
            self._mappings(mapping, element)
        self._listeners(node, element)

    def _mappings(self, mapping: Node, element: Element) -> None:
        inputs: list[tuple[str, str]] = []
        outputs: list[tuple[str, str]] = []
        sound = True
        for entry in mapping.children:
            source = entry.get("source")
            try:
                check_target(entry.get("target"))
            except WrongMapping as exc:
                self.findings.add(entry, str(exc))
                sound = False
            if source and source.startswith("="):
                sound &= self.findings.compiled(entry, source[1:]) is not None
            elif entry.tag == "output":
                self.findings.expression(entry, source)
                sound = False
            if entry.tag == "input":
                inputs.append((source_text(source), entry.get("target") or ""))
            elif entry.tag == "output":
                outputs.append(((source or "=")[1:], entry.get("target") or ""))
        if not sound or element.type in _UNMAPPED or element.type.endswith("_GATEWAY"):
            return
        try:
            if inputs and element.type not in ("START_EVENT", "BOUNDARY_EVENT"):
                element.inputs = input_mapping(inputs)
            if outputs:
                element.outputs = output_mapping(outputs)
        except WrongMapping as exc:
            self.findings.add(mapping, str(exc))

    def _listeners(self, node: Node, element: Element) -> None:
        block = node.extension("executionListeners")
        if block is None:
            return
        seen: dict[tuple[str, str], int] = {}
        for entry in block.children:
            event, type_ = entry.get("eventType") or "", entry.get("type")
            if event not in ("start", "end"):
                self.findings.add(entry, f"Execution listeners of type '{event}' are not supported")
                continue
            if not type_:
                self.findings.add(entry, "Attribute 'type' must be present and not empty")
                continue
            seen[event, type_] = seen.get((event, type_), 0) + 1
            if refusal := _unsupported_listener(node, element.type, event):
                self.findings.add(node, f"Execution listeners of type '{event}' are not supported by {refusal}")
            value = self.findings.expression(entry, type_, static=True)
            retries = self.findings.expression(entry, entry.get("retries") or "3", static=True)
            if value is not None and retries is not None:
                (element.start_listeners if event == "start" else element.end_listeners).append(
                    Listener(value, retries)
                )
        for (event, type_), count in seen.items():
            if count > 1:
                self.findings.add(
                    block,
                    f"Found '{count}' duplicates based on eventType[{event}] and type[{type_}],"
                    f" these combinations should be unique.",
                )

    def headers(self, node: Node) -> dict[str, str]:
        """Read the task headers; one without a value is dropped."""
        block = node.extension("taskHeaders")
        if block is None:
            return {}
        return {h.get("key") or "": h.get("value") or "" for h in block.children if h.get("key") and h.get("value")}

    # --- kinds of tasks

    def job(self, node: Node) -> JobSpec | None:
        """Read a task definition that is there."""
        definition = node.extension("taskDefinition")
        if definition is None:
            return None
        type_ = self.findings.expression(definition, definition.get("type"), static=True)
        retries = self.findings.expression(definition, definition.get("retries") or "3", static=True)
        if type_ is None or retries is None:
            return None
        return JobSpec(type_, retries, self.headers(node))

    def one_job(self, node: Node) -> JobSpec | None:
        """Read the task definition of what is always a job."""
        if len(node.extensions("taskDefinition")) != 1:
            self.findings.add(node, "Must have exactly one 'zeebe:taskDefinition' extension element")
            return None
        return self.job(node)

    def throwing_job(self, node: Node) -> JobSpec | None:
        """Read what a send task, or an event that throws a message, does."""
        publish, jobs = node.extensions("publishMessage"), node.extensions("taskDefinition")
        if len(publish) + len(jobs) != 1:
            self.findings.add(
                node, "Must have either one 'zeebe:publishMessage' or one 'zeebe:taskDefinition' extension element"
            )
            return None
        if publish:
            self.findings.add(
                publish[0], f"Element '{node.id}': 'zeebe:publishMessage' is not supported by this engine"
            )
            return None
        return self.job(node)

    def script(self, node: Node, element: Element) -> None:
        """Read a script task: an expression, or a job."""
        scripts = node.extensions("script")
        if len(scripts) + len(node.extensions("taskDefinition")) != 1:
            self.findings.add(
                node, "Must have either one 'zeebe:script' or one 'zeebe:taskDefinition' extension element"
            )
        elif scripts:
            element.script = self.findings.only_expression(scripts[0], scripts[0].get("expression"))
            element.result_variable = scripts[0].get("resultVariable") or ""
            if not element.result_variable:
                self.findings.add(scripts[0], "Attribute 'resultVariable' must be present and not empty")
        else:
            element.job = self.job(node)

    def business_rule(self, node: Node, element: Element) -> None:
        """Read a business rule task: a job; decisions need an engine of their own."""
        decisions = node.extensions("calledDecision")
        if len(decisions) + len(node.extensions("taskDefinition")) != 1:
            self.findings.add(
                node, "Must have either one 'zeebe:calledDecision' or one 'zeebe:taskDefinition' extension element"
            )
        elif decisions:
            self.findings.add(
                decisions[0],
                f"Element '{node.id}' of type 'businessRuleTask': 'zeebe:calledDecision' is not supported by this"
                f" engine, which has no DMN. Use a job worker, or run on Camunda",
            )
        else:
            element.job = self.job(node)

    def call(self, node: Node) -> CallSpec | None:
        """Read what a call activity calls."""
        called = node.extensions("calledElement")
        if len(called) != 1:
            self.findings.add(node, "Must have exactly one 'zeebe:calledElement' extension element")
            return None
        there = called[0]
        process = self.findings.expression(there, there.get("processId"), static=True)
        binding: Any = there.get("bindingType") or "latest"
        tag = there.get("versionTag")
        if binding not in ("latest", "deployment", "versionTag"):
            self.findings.add(there, "Attribute 'bindingType' must be one of: deployment, latest, versionTag")
        if binding == "versionTag" and not tag:
            self.findings.add(
                there, "Attribute 'versionTag' must be present and not empty if 'bindingType' is 'versionTag'"
            )
        if binding != "versionTag" and tag:
            self.findings.add(there, "Attribute 'versionTag' may only be used if 'bindingType' is 'versionTag'")
        if process is None:
            return None
        return CallSpec(
            process,
            binding,
            tag,
            (there.get("propagateAllParentVariables") or "true") == "true",
            (there.get("propagateAllChildVariables") or "true") == "true",
        )

    def loop(self, node: Node) -> LoopSpec | None:
        """Read multi-instance characteristics."""
        characteristics = node.first("multiInstanceLoopCharacteristics")
        if characteristics is None:
            return None
        loops = characteristics.extensions("loopCharacteristics")
        if len(loops) != 1:
            self.findings.add(characteristics, "Must have exactly one 'zeebe:loopCharacteristics' extension element")
            return None
        there = loops[0]
        collection = self.findings.only_expression(there, there.get("inputCollection"))
        output, element = there.get("outputCollection"), there.get("outputElement")
        if output and not element:
            self.findings.add(
                there, "Attribute 'outputElement' must be present if the attribute 'outputCollection' is set"
            )
        if element and not output:
            self.findings.add(
                there, "Attribute 'outputCollection' must be present if the attribute 'outputElement' is set"
            )
        output_element = self.findings.only_expression(there, element) if element else None
        condition = self._condition(characteristics, characteristics)
        if collection is None:
            return None
        return LoopSpec(
            characteristics.get("isSequential") == "true",
            collection,
            there.get("inputElement") or None,
            output or None,
            output_element,
            condition,
        )

    def _condition(self, node: Node, where: Node) -> Expression | None:
        text = node.content("completionCondition")
        if not text:
            return None
        if not text.startswith("=") and node.tag == "multiInstanceLoopCharacteristics":
            # The real engine takes a static text here and fails when it is evaluated.
            return Expression('"' + text.replace('"', '\\"') + '"')
        return self.findings.only_expression(where, text)

    def ad_hoc(self, node: Node, element: Element) -> AdHocSpec:
        """Read an ad-hoc sub-process."""
        there = node.extension("adHoc")
        element.job = self.job(node)
        active = output = output_element = None
        if there is not None:
            collection = there.get("activeElementsCollection")
            active = self.findings.only_expression(there, collection) if collection else None
            output, result = there.get("outputCollection"), there.get("outputElement")
            if bool(output) != bool(result):
                self.findings.add(
                    node,
                    f"OutputElement and OutputCollection must both be set, or neither of them set."
                    f" outputElement:{result or 'null'} and outputCollection:{output or 'null'}.",
                )
            output_element = self.findings.only_expression(there, result) if result else None
        condition = self._condition(node, node)
        if node.extensions("taskDefinition"):
            word = "in combination with zeebe:taskDefinition."
            if condition is not None:
                self.findings.add(node, f"Must not define completionCondition {word}")
            if active is not None:
                self.findings.add(node, f"Must not define activeElementsCollection {word}")
        return AdHocSpec(
            active, output or None, output_element, condition, node.get("cancelRemainingInstances") != "false"
        )

    # --- user tasks

    def user_task(self, node: Node, element: Element) -> None:
        """Read a user task: one of the engine, or (without `zeebe:userTask`) a job."""
        native = bool(node.extensions("userTask"))
        assignment, schedule = node.extension("assignmentDefinition"), node.extension("taskSchedule")
        form, priority = node.extension("formDefinition"), node.extension("priorityDefinition")
        listeners = node.extension("taskListeners")
        if listeners is not None:
            if not native:
                self.findings.add(listeners, "Task listeners are only allowed on Camunda user tasks.")
            else:
                self.findings.add(
                    listeners,
                    f"Element '{node.id}' of type 'userTask': 'zeebe:taskListeners' is not supported by this engine",
                )
        assignee: Value | None = None
        groups: ListValue | None = None
        users: ListValue | None = None
        due: DateValue | None = None
        follow_up: DateValue | None = None
        if assignment is not None:
            assignee = self.findings.optional(assignment, assignment.get("assignee"))
            groups = self._list(assignment, assignment.get("candidateGroups"))
            users = self._list(assignment, assignment.get("candidateUsers"))
        if schedule is not None:
            due = self._date(schedule, schedule.get("dueDate"))
            follow_up = self._date(schedule, schedule.get("followUpDate"))
        if native:
            form_id = external = None
            if form is not None:
                names = (form.get("formId"), form.get("externalReference"))
                if sum(1 for name in names if name and name.strip()) != 1:
                    self.findings.add(
                        form,
                        "Exactly one of the attributes 'formId, externalReference' must be present and not blank"
                        " for native user tasks",
                    )
                form_id = self.findings.optional(form, names[0])
                external = self.findings.optional(form, names[1])
            element.user_task = UserTaskSpec(
                assignee, groups, users, due, follow_up, self._priority(priority), form_id, external
            )
            element.job = JobSpec(USER_TASK_JOB, "1", self.headers(node))
            return
        headers = self.headers(node)
        if form is not None and form.get("formKey"):
            headers[f"{_PREFIX}formKey"] = form.get("formKey") or ""
        dynamic: dict[str, Value | ListValue | DateValue] = {}
        for name, value in {
            "assignee": assignee,
            "candidateGroups": groups,
            "candidateUsers": users,
            "dueDate": due,
            "followUpDate": follow_up,
        }.items():
            if value is not None:
                dynamic[_PREFIX + name] = value
        element.job = JobSpec(USER_TASK_JOB, "1", headers, dynamic)

    def _list(self, where: Node, text: str | None) -> ListValue | None:
        value = self.findings.optional(where, text)
        if value is None:
            return None
        if isinstance(value, Expression):
            return ListValue(value)
        items = [item.strip() for item in value.split(",")]
        if not all(items):
            self.findings.add(
                where,
                f"Expected static value to be a list of comma-separated values, e.g. 'a,b,c', but found '{text}'.",
            )
        return ListValue(items)

    def _date(self, where: Node, text: str | None) -> DateValue | None:
        value = self.findings.optional(where, text)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                parse_moment(value)
            except NotATime:
                self.findings.add(
                    where,
                    f"Expected static value to be a valid DateTime String, e.g. '2023-03-02T15:35+02:00', but found"
                    f" '{text}'.",
                )
        return DateValue(value)

    def _priority(self, node: Node | None) -> Value | None:
        text = None if node is None else node.get("priority")
        if node is None or not text:
            return None
        value = self.findings.optional(node, text)
        if isinstance(value, str):
            if not re.fullmatch(r"-?\d{1,9}", value):
                self.findings.add(
                    node, f"Expected static value to be a valid Number between 0 and 100, but found '{text}'."
                )
            elif not 0 <= int(value) <= 100:
                self.findings.add(node, f"Priority must be a number between 0 and 100, but was '{text}'.")
        return value


def _unsupported_listener(node: Node, type_: str, event: str) -> str | None:
    """Say which kind of element cannot have a listener."""
    if event == "start":
        return {"BOUNDARY_EVENT": "boundary events", "START_EVENT": "start events"}.get(type_)
    if type_.endswith("_GATEWAY"):
        return "gateway element"
    return "[error] end events" if type_ == "END_EVENT" and node.all("errorEventDefinition") else None

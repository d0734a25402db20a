"""The kinds of elements that templates are for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of element.

    Args:
        id: Suffix of the template id.
        label: Suffix of the template name.
        element: BPMN type that the element becomes.
        applies_to: BPMN types that may be turned into it.
        event: It carries a message event definition.
        message: It waits for a message, so it has a name and a correlation key.
    """

    id: str
    label: str
    element: str
    applies_to: tuple[str, ...]
    event: bool
    message: bool


KINDS = {
    kind.id: kind
    for kind in (
        Kind("start", "start event", "bpmn:StartEvent", ("bpmn:StartEvent",), event=False, message=False),
        Kind("message-start", "message start event", "bpmn:StartEvent", ("bpmn:StartEvent",), event=True, message=True),
        Kind(
            "intermediate",
            "intermediate catch event",
            "bpmn:IntermediateCatchEvent",
            ("bpmn:IntermediateCatchEvent", "bpmn:IntermediateThrowEvent"),
            event=True,
            message=True,
        ),
        Kind("boundary", "boundary event", "bpmn:BoundaryEvent", ("bpmn:BoundaryEvent",), event=True, message=True),
        Kind("receive", "receive task", "bpmn:ReceiveTask", ("bpmn:Task",), event=False, message=True),
    )
}
"""Elements that wait for events."""

TASK_KINDS = {
    kind.id: kind
    for kind in (
        Kind("task", "", "bpmn:ServiceTask", ("bpmn:Task",), event=False, message=False),
        Kind("send", "send task", "bpmn:SendTask", ("bpmn:Task",), event=False, message=False),
        Kind(
            "throw",
            "intermediate throw event",
            "bpmn:IntermediateThrowEvent",
            ("bpmn:IntermediateThrowEvent",),
            event=True,
            message=False,
        ),
        Kind("end", "end event", "bpmn:EndEvent", ("bpmn:EndEvent",), event=True, message=False),
    )
}
"""Elements that are jobs."""


def element_type(kind: Kind) -> dict[str, str]:
    """Return what an element becomes, as a template says it."""
    return {"value": kind.element} | ({"eventDefinition": "bpmn:MessageEventDefinition"} if kind.event else {})

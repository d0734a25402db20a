"""Processes as the processor runs them: elements and flows, with their expressions compiled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from connectory_engine.cron import Cron
from connectory_engine.durations import Repetition
from connectory_engine.expressions import Expression

# A static text, or an expression.
Value = str | Expression
EventKind = Literal["none", "message", "timer", "error", "escalation", "signal", "link", "terminate", "compensation"]


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow."""

    id: str
    source: "Element"
    target: "Element"
    condition: Expression | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class TimerSpec:
    """When a timer fires: what kind of text, and the text or (where it is static) what it means."""

    kind: Literal["duration", "date", "cycle"]
    value: Value
    static: Any = None  # an Interval, a moment, or a Repetition


@dataclass(frozen=True, slots=True)
class EventSpec:
    """The event of an event element, or of a receive task."""

    kind: EventKind
    name: Value | None = None  # of the message, signal or link; the code of an error or escalation (None: any)
    correlation_key: Expression | None = None
    timer: TimerSpec | None = None
    activity: str | None = None  # what a compensation event compensates; None: everything in its scope


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What a worker does: the type of the job and how often it is tried."""

    type: Value
    retries: Value
    headers: Mapping[str, str]
    dynamic_headers: Mapping[str, "Value | ListValue | DateValue"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list of texts, static or by an expression."""

    value: list[str] | Expression


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date, static or by an expression."""

    value: Value


@dataclass(frozen=True, slots=True)
class UserTaskSpec:
    """What a user task says of who does it until when."""

    assignee: Value | None = None
    candidate_groups: ListValue | None = None
    candidate_users: ListValue | None = None
    due: DateValue | None = None
    follow_up: DateValue | None = None
    priority: Value | None = None
    form_id: Value | None = None
    external_form: Value | None = None


@dataclass(frozen=True, slots=True)
class CallSpec:
    """What a call activity calls."""

    process: Value
    binding: Literal["latest", "deployment", "versionTag"] = "latest"
    version_tag: str | None = None
    all_parent_variables: bool = True
    all_child_variables: bool = True


@dataclass(frozen=True, slots=True)
class LoopSpec:
    """How a multi-instance repeats."""

    sequential: bool
    collection: Expression
    input_element: str | None = None
    output_collection: str | None = None
    output_element: Expression | None = None
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class AdHocSpec:
    """What an ad-hoc sub-process activates, and when it is done."""

    active_elements: Expression | None = None
    output_collection: str | None = None
    output_element: Expression | None = None
    condition: Expression | None = None
    cancel_remaining: bool = True
    elements: Sequence[Mapping[str, Any]] = ()  # what agents are told of the elements


@dataclass(frozen=True, slots=True)
class Listener:
    """An execution listener: a job before or after the element."""

    type: Value
    retries: Value


class Element:
    """An element that can be activated; a process, too."""

    __slots__ = (
        "ad_hoc",
        "attached_to",
        "boundaries",
        "by_id",
        "call",
        "children",
        "compensation_handler",
        "default",
        "end_listeners",
        "event",
        "event_sub_processes",
        "for_compensation",
        "id",
        "incoming",
        "inner",
        "inputs",
        "interrupting",
        "job",
        "loop",
        "name",
        "outgoing",
        "outputs",
        "parent",
        "properties",
        "result_variable",
        "script",
        "start",
        "start_listeners",
        "starts",
        "tracks",
        "type",
        "user_task",
    )

    def __init__(self, id: str, type: str, name: str | None, parent: "Element | None") -> None:
        self.id: str = id
        self.type: str = type
        self.name: str | None = name
        self.parent: Element | None = parent
        self.outgoing: list[Flow] = []  # in the order in which they are taken, the reverse of the file
        self.incoming: list[Flow] = []
        self.boundaries: list[Element] = []
        self.event_sub_processes: list[Element] = []
        self.children: list[Element] = []
        self.starts: list[Element] = []
        self.start: Element | None = None  # the none start event, or that of an event sub-process
        self.event: EventSpec | None = None
        self.interrupting = True
        self.attached_to: Element | None = None
        self.job: JobSpec | None = None
        self.inputs: Expression | None = None
        self.outputs: Expression | None = None
        self.properties: Mapping[str, str] = {}
        self.loop: LoopSpec | None = None
        self.inner: Element | None = None  # of a multi-instance body or an ad-hoc sub-process
        self.script: Expression | None = None
        self.result_variable = ""
        self.call: CallSpec | None = None
        self.user_task: UserTaskSpec | None = None
        self.ad_hoc: AdHocSpec | None = None
        self.default: Flow | None = None
        self.start_listeners: list[Listener] = []
        self.end_listeners: list[Listener] = []
        self.compensation_handler: Element | None = None
        self.for_compensation = False
        self.by_id: dict[str, Element] = {}
        self.tracks = False  # a scope with an inclusive join, which has to know of all tokens

    def __repr__(self) -> str:
        return f"Element({self.id!r}, {self.type})"

    @property
    def is_event_sub_process(self) -> bool:
        """Whether it is started by an event of the scope around it."""
        return self.type == "EVENT_SUB_PROCESS"


@dataclass(slots=True, eq=False)
class Process:
    """A process: its root element, and all elements by id."""

    id: str
    name: str | None
    version_tag: str | None
    root: Element
    elements: Mapping[str, Element]
    has_start_form: bool = False


__all__ = [
    "AdHocSpec",
    "CallSpec",
    "Cron",
    "DateValue",
    "Element",
    "EventSpec",
    "Flow",
    "JobSpec",
    "ListValue",
    "Listener",
    "LoopSpec",
    "Process",
    "Repetition",
    "TimerSpec",
    "UserTaskSpec",
    "Value",
]

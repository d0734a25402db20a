"""What the engine remembers, as searches read it. Times are milliseconds since 1970.

Everything here is read-only for others; the processor alone changes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from connectory_engine.execution.timers import Timer
    from connectory_engine.model import Element, Flow, Process

State = Literal["ACTIVE", "COMPLETED", "TERMINATED"]
JobState = Literal["CREATED", "COMPLETED", "FAILED", "CANCELED", "ERROR_THROWN", "TIMED_OUT", "RETRIES_UPDATED"]


@dataclass(slots=True, eq=False)
class Definition:
    """One version of a deployed process."""

    key: int
    id: str
    name: str | None
    version: int
    version_tag: str | None
    resource_name: str
    xml: bytes
    deployment_key: int
    process: "Process"
    digest: bytes = b""
    latest: bool = True
    has_start_form: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one deployment made, or found to be there already."""

    key: int
    definitions: Sequence[Definition]


class Instance:
    """A process instance: created, then ended; `root` is its outermost scope."""

    __slots__ = (
        "awaiting",
        "business_id",
        "definition",
        "elements",
        "incident_count",
        "message_start",
        "parent",
        "records",
        "root",
        "root_key",
        "spin",
        "spin_epoch",
        "tags",
        "terminate_after",
    )

    def __init__(self, definition: Definition, root_key: int, tags: Sequence[str], business_id: str | None) -> None:
        self.definition = definition
        self.root_key = root_key
        self.tags = tags
        self.business_id = business_id
        self.root: ElementInstance
        self.parent: ElementInstance | None = None
        self.elements: list[ElementInstance] = []
        self.incident_count = 0
        self.awaiting: list[Any] | None = None
        self.terminate_after: frozenset[str] = frozenset()
        self.message_start: tuple[str, str] | None = None
        self.records: list[Job | UserTask | Incident | Subscription] = []
        self.spin = 0
        self.spin_epoch = 0

    @property
    def key(self) -> int:
        """The key of the instance, which is that of its root scope."""
        return self.root.key

    @property
    def started(self) -> float:
        """When it began."""
        return self.root.started

    @property
    def ended(self) -> float | None:
        """When it ended, if it has."""
        return self.root.ended

    @property
    def state(self) -> State:
        """Whether it is active, completed or terminated."""
        return self.root.state

    @property
    def has_incident(self) -> bool:
        """Whether it, or an instance that it called, waits at an incident."""
        return self.incident_count > 0

    @property
    def parent_instance_key(self) -> int | None:
        """The key of the calling instance."""
        return None if self.parent is None else self.parent.instance.key

    @property
    def parent_element_key(self) -> int | None:
        """The key of the call activity's element instance."""
        return None if self.parent is None else self.parent.key

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the root scope."""
        return self.root.variables or {}


class ElementInstance:
    """One activation of an element, which is also a scope of variables."""

    __slots__ = (
        "active",
        "arrived",
        "called",
        "compensations",
        "element",
        "ended",
        "extra",
        "incident",
        "instance",
        "interrupted",
        "job",
        "key",
        "kind",
        "pending",
        "phase",
        "scope",
        "started",
        "tokens",
        "variable_keys",
        "variables",
        "waits",
    )

    def __init__(
        self, key: int, element: "Element", kind: str, instance: Instance, scope: "ElementInstance | None", now: float
    ) -> None:
        self.key = key
        self.element = element
        self.kind = kind
        self.instance = instance
        self.scope = scope
        self.started = now
        self.ended: float | None = None
        self.phase = 0
        self.variables: dict[str, Any] | None = None
        self.variable_keys: dict[str, int] | None = None
        self.active: dict[int, ElementInstance] | None = None
        self.tokens = 0
        self.job: Job | UserTask | None = None
        self.called: Instance | None = None
        self.incident: Incident | None = None
        self.waits: list[Timer | Subscription | SignalWait] | None = None
        self.extra: Any = None  # what the kind of element needs between its steps
        self.pending: Any = None  # the event that goes on when this is terminated
        self.interrupted = False  # an event sub-process has taken over
        self.arrived: dict[Flow, int] | None = None  # tokens on flows, where joins have to know
        self.compensations: list[ElementInstance] | None = None  # what has completed and can be compensated

    @property
    def type(self) -> str:
        """The type as the API words it."""
        return self.kind

    @property
    def state(self) -> State:
        """Whether it is active, completed or terminated."""
        if self.ended is None:
            return "ACTIVE"
        return "COMPLETED" if self.phase == COMPLETED else "TERMINATED"

    @property
    def incident_key(self) -> int | None:
        """The key of the incident at which it waits."""
        return None if self.incident is None else self.incident.key

    @property
    def scope_key(self) -> int:
        """The key of the scope around it; the process is its own."""
        return self.key if self.scope is None else self.scope.key


# Phases of an element instance.
ACTIVATING, ACTIVE, COMPLETING, COMPLETED, TERMINATING, TERMINATED = range(6)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a scope, with its value as JSON text."""

    key: int
    name: str
    text: str
    scope_key: int
    instance_key: int
    root_key: int


class AtElement:
    """What belongs to one element instance."""

    __slots__ = ()
    at: ElementInstance

    @property
    def definition(self) -> Definition:
        """The process definition."""
        return self.at.instance.definition

    @property
    def element_id(self) -> str:
        """The id of the element."""
        return self.at.element.id

    @property
    def element_key(self) -> int:
        """The key of the element instance."""
        return self.at.key

    @property
    def instance_key(self) -> int:
        """The key of the process instance."""
        return self.at.instance.key

    @property
    def root_key(self) -> int:
        """The key of the outermost calling instance."""
        return self.at.instance.root_key

    @property
    def business_id(self) -> str | None:
        """The business id of the instance."""
        return self.at.instance.business_id

    @property
    def tags(self) -> Sequence[str]:
        """The tags of the instance."""
        return self.at.instance.tags


@dataclass(slots=True, eq=False)
class Job(AtElement):
    """A job, from its creation on; what is gone stays for searches."""

    key: int
    type: str
    at: ElementInstance
    retries: int
    headers: Mapping[str, str]
    created: float
    kind: str = "BPMN_ELEMENT"
    event: str = "UNSPECIFIED"
    state: str = "CREATED"
    worker: str = ""
    deadline: float | None = None
    ended: float | None = None
    updated: float | None = None
    error_code: str | None = None
    error_message: str | None = None
    status: int = 0  # of the processor: whether workers may have it
    stamp: int = 0  # of the processor: the entry of the heap that counts


@dataclass(slots=True, eq=False)
class UserTask(AtElement):
    """A task for people, completed through the API."""

    key: int
    at: ElementInstance
    created: float
    headers: Mapping[str, str]
    name: str | None
    state: str = "CREATED"
    assignee: str | None = None
    candidate_groups: list[str] = field(default_factory=list)
    candidate_users: list[str] = field(default_factory=list)
    due: float | None = None
    follow_up: float | None = None
    priority: int = 50
    external_form: str | None = None
    form_key: int | None = None
    completed: float | None = None


@dataclass(slots=True, eq=False)
class Incident(AtElement):
    """Why an element instance does not go on."""

    key: int
    type: str
    message: str
    at: ElementInstance
    created: float
    job: Job | None = None
    state: Literal["ACTIVE", "RESOLVED"] = "ACTIVE"
    retry: Any = None  # of the processor: the step to take again

    @property
    def job_key(self) -> int | None:
        """The key of the job that caused it."""
        return None if self.job is None else self.job.key


@dataclass(slots=True, eq=False)
class Subscription:
    """A wait for a message: of an element instance, or (without one) of a message start event."""

    key: int
    definition: Definition
    element: "Element"  # the element whose event it is
    message_name: str
    correlation_key: str | None
    at: ElementInstance | None
    updated: float
    state: Literal["CREATED", "CORRELATED", "DELETED"] = "CREATED"
    interrupting: bool = True

    @property
    def type(self) -> str:
        """What kind of event waits."""
        return "START_EVENT" if self.at is None else "PROCESS_EVENT"

    @property
    def element_id(self) -> str:
        """The id of the element that waits."""
        return self.element.id

    @property
    def element_key(self) -> int | None:
        """The key of the element instance that waits."""
        return None if self.at is None else self.at.key

    @property
    def instance_key(self) -> int | None:
        """The key of the process instance that waits."""
        return None if self.at is None else self.at.instance.key

    @property
    def root_key(self) -> int | None:
        """The key of the outermost calling instance."""
        return None if self.at is None else self.at.instance.root_key

    @property
    def connector_type(self) -> str | None:
        """The type of the inbound connector at the element."""
        return self.element.properties.get("inbound.type")


@dataclass(slots=True, eq=False)
class SignalWait:
    """A wait for a signal: of an element instance, or (without one) of a signal start event."""

    name: str
    definition: Definition
    element: "Element"
    at: ElementInstance | None


@dataclass(frozen=True, slots=True)
class Correlation:
    """A message that reached a subscription."""

    time: float
    message_key: int
    message_name: str
    correlation_key: str
    definition: Definition
    element_id: str
    element_key: int | None
    instance_key: int
    root_key: int
    subscription_key: int

"""The inbound side: a coroutine per subscription, which lives until it is cancelled.

::

    @kafka.inbound("io.camunda:connector-kafka:1", name="Consume messages")
    async def consume(config: Consume, inbound: InboundContext) -> None:
        async with consumer(config) as records:
            async for record in records:
                result = await inbound.correlate(payload(record), message_id=f"{record.topic}:{record.offset}")
                if result.accepted:
                    await records.commit()
"""

from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Protocol

from pydantic import BaseModel

from connectory_sdk.documents import DocumentStore
from connectory_sdk.properties import Group

if TYPE_CHECKING:
    from connectory_sdk.http import Answer


class Correlation(NamedTuple):
    """What became of an event that was offered to the processes.

    Args:
        accepted: Upstream may acknowledge: Camunda has the event, or nobody wants it and it may be dropped.
        kind: Class of the result: ``ProcessInstanceCreated``, ``ProcessInstanceCreatedWithResult``,
            ``MessagePublished``, ``MessageCorrelated``, ``MessageAlreadyCorrelated``, ``ActivationConditionNotMet``,
            ``InvalidInput``, ``ZeebeClientStatus``, ``Other``.
        facts: What a response expression sees as ``correlation``, such as ``processInstanceKey``; None where an event
            was accepted without effect.
        properties: Properties of the element that took the event, nested by their dots.
        message: Why, in one line, where it was not accepted.
        status: The engine's status, such as ``NOT_FOUND``, for ``ZeebeClientStatus``.
        retry: Offering the same event again may help.
    """

    accepted: bool
    kind: str
    facts: Mapping[str, Any] | None = None
    properties: Mapping[str, Any] = MappingProxyType({})
    message: str | None = None
    status: str | None = None
    retry: bool = False


class Event(NamedTuple):
    """Something that happened outside.

    Args:
        payload: What activation conditions, correlation keys and result expressions read.
        message_id: Identifies the event: Camunda takes one id only once while the message lives.
    """

    payload: Mapping[str, Any]
    message_id: str | None = None


class Replayed(NamedTuple):
    """What became of dead letters that were offered again.

    Args:
        taken: Processes have so many now.
        failed: So many failed again; they wait for the next time.
        problem: Why it stopped before all were offered.
    """

    taken: int = 0
    failed: int = 0
    problem: str | None = None


class InboundContext(Protocol):
    """A subscription's way to the processes and to the operator."""

    @property
    def type(self) -> str:
        """The subscription type."""
        ...

    @property
    def deduplication_id(self) -> str:
        """Names the subscription: the same in every replica, another one when its settings change."""
        ...

    @property
    def properties(self) -> Mapping[str, Any]:
        """The element's properties, nested by their dots, secrets replaced."""
        ...

    @property
    def state(self) -> Any:
        """What the connector's `lifespan` yielded."""
        ...

    @property
    def documents(self) -> DocumentStore:
        """Stores and reads documents."""
        ...

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables of the runtime."""
        ...

    def evaluate(self, expression: str, context: Mapping[str, Any]) -> Any:
        """Return the value of a FEEL expression that the modeller wrote.

        Raises:
            ConnectorInputError: It does not parse, or fails.
        """
        ...

    def wanted(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether exactly one element would take this event, before anything costly is done for it.

        Raises:
            ConnectorInputError: An activation condition fails.
        """
        ...

    async def serve(self, path: str, answer: "Answer") -> NoReturn:
        """Answer calls of ``/inbound/<path>`` until the subscription is cancelled; see `connectory_sdk.http`.

        Where another subscription has the path already, this one stands by and takes over when the path is free.
        """
        ...

    async def correlate(self, payload: Mapping[str, Any], *, message_id: str | None = None) -> Correlation:
        """Offer an event to the elements of this subscription. Never raises for what Camunda answers."""
        ...

    def log(self, message: str, *, severity: str = "INFO", tag: str = "activity") -> None:
        """Write a line into the activity log, which modellers and operators read. No secrets."""
        ...

    def healthy(self, **details: Any) -> None:
        """Say that the subscription works."""
        ...

    def unhealthy(self, message: str, **details: Any) -> None:
        """Say that the subscription does not work at the moment, and why."""
        ...


Subscribe = Callable[[Any, Any], Coroutine[Any, Any, None]]
Replay = Callable[[Any, Any], Coroutine[Any, Any, Replayed]]
ConfigModel = type[BaseModel]


class InboundConnector(NamedTuple):
    """One kind of subscription.

    Args:
        type: The value of the property ``inbound.type``.
        name: What a modeller reads.
        config: The model that the element's properties are bound to.
        subscribe: The coroutine function that runs while the subscription lives.
        id: Id of the element templates, without the kind: ``connectory.kafka.inbound``.
        version: Version of the element templates.
        description: One sentence for the templates and the catalogue.
        groups: Sections of the properties panel, in order.
        kinds: Elements that may wait for events, ids of `connectory_sdk.template.KINDS`.
        acknowledges: The modeller may choose what happens to events that no condition wants.
        synchronous: The caller may wait for the process's answer.
        deduplicates: Elements with equal settings share one subscription.
        deduplicate_by: Properties that make two elements share one. Default: all but the runtime's own.
        per_instance: The coroutine runs for each element instance that waits, and again at once when it returns, so it
            ends with a pause. FEEL in its properties sees the instance's variables as they are when it begins, and
            its events concern that instance alone. For connectors that ask, not listen.
        also: Other values of ``inbound.type`` that mean the same, such as those of older templates.
        sees: What expressions see of an event, for the catalogue.
        errors: What becomes of an event that cannot be taken, for the catalogue: cases, and what happens in each.
        example: For the catalogue: what a modeller writes into which field, a line each.
        replay: The coroutine function that offers dead letters again which the connector keeps itself. Without one the
            runtime keeps them, where it has a folder.
        content: The part of an event that a JSON Schema describes, such as ``request.body``; none offers no schema.
        feel_everywhere: FEEL is evaluated in all fields, not only in those marked with ``Property(feel=...)``.
    """

    type: str
    name: str
    config: ConfigModel
    subscribe: Subscribe
    id: str = ""
    version: int = 1
    description: str = ""
    groups: tuple[Group, ...] = ()
    kinds: tuple[str, ...] = ("message-start", "start", "intermediate", "boundary", "receive")
    acknowledges: bool = True
    synchronous: bool = False
    deduplicates: bool = True
    deduplicate_by: tuple[str, ...] = ()
    per_instance: bool = False
    also: tuple[str, ...] = ()
    sees: str = ""
    errors: Mapping[str, str] = MappingProxyType({})
    example: str = ""
    replay: "Replay | None" = None
    content: str = ""
    feel_everywhere: bool = False

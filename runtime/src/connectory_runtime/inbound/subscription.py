"""One subscription: runs a connector's coroutine, brings it up again when it fails, and is its way to the processes."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, NoReturn

from connectory_runtime.client.problems import GatewayError
from connectory_runtime.inbound.activity import Health, Journal
from connectory_runtime.inbound.configuration import Configuration
from connectory_runtime.inbound.correlation import (
    UnmatchedError,
    failure,
    matching,
    unmatched,
    unreadable,
)
from connectory_runtime.inbound.elements import Element
from connectory_runtime.inbound.grouping import Group
from connectory_runtime.inbound.instances import Instances
from connectory_runtime.inbound.properties import SecretsUnavailableError
from connectory_runtime.inbound.replays import Replays
from connectory_runtime.inbound.schema import part_of, schema_check
from connectory_runtime.inbound.services import Services
from connectory_runtime.inbound.webhooks import SwitchedOffError
from connectory_runtime.outbound.expressions import evaluate
from connectory_runtime.secrets import Masked
from connectory_sdk import ConnectorInputError, ConnectorRetryError
from connectory_sdk.documents import DocumentStore
from connectory_sdk.http import Answer
from connectory_sdk.inbound import Correlation, InboundConnector, Replayed

log = logging.getLogger(__name__)

State = Literal[
    "Activating", "Activated", "Cancelled", "ConnectorNotRegistered", "FailedToActivate", "InvalidDefinition", "Paused"
]
LONGEST_PAUSE = 300.0
ENDING = 15.0  # seconds that a connector has to clean up when its subscription ends
STABLE = 60.0  # seconds after which a failure counts as the first one again


class Subscription:
    """The connector's coroutine for one group of elements; an `InboundContext`.

    Args:
        group: The elements.
        connector: What runs; None when no connector of the type is installed.
        state: Gives what the connector's lifespan yields.
        services: What subscriptions share.
    """

    def __init__(
        self,
        group: Group,
        connector: InboundConnector | None,
        state: Callable[[], Awaitable[Any]],
        services: Services,
    ) -> None:
        self.group = group
        self.connector = connector
        self.services = services
        self.phase: State = "Activating"
        self.activated_at: float | None = None
        self.settled = asyncio.Event()
        first = group.first
        name = f"{first.type} of process '{first.definition.id}' ({first.id})"
        self.journal = Journal(name, services.log_size, executable_id=group.executable_id)
        self._state_of = state
        self._state: Any = None
        self._properties: dict[str, Any] = {}
        self.configuration = Configuration(services)
        self._config: Any = None
        self._replays = Replays()
        self._replaying = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    # --- lifecycle

    def start(self) -> None:
        """Begin to run."""
        if self.group.problem is not None:
            self._settle("InvalidDefinition", "INVALID_DEFINITION", self.group.problem)
        elif self.connector is None:
            self._settle("ConnectorNotRegistered", "CONNECTOR_NOT_REGISTERED", f"Connector {self.type} not registered")
        else:
            self._task = asyncio.create_task(self._run(self.connector))

    async def stop(self) -> None:
        """End for good."""
        await self._end()
        self.services.webhooks.forget(self)

    async def _end(self) -> None:
        """End the coroutine and wait until it has cleaned up, though not for ever: a service must be able to end."""
        if self._task is None:
            return
        self._task.cancel()
        _, late = await asyncio.wait([self._task], timeout=ENDING)
        if late:
            log.warning("%s: its connector has not cleaned up in %.0f s; it is left alone", self.journal.name, ENDING)
        self._task = None
        self.services.metrics.activation("deactivated", self.group.first)

    async def pause(self) -> None:
        """Stop until `reset`; events wait at their source, callers of webhooks are asked to come again."""
        self.phase = "Paused"
        await self._end()
        self.activated_at = None
        self.journal.report(Health(status="DOWN", code="PAUSED", message="Paused by an operator"))

    async def reset(self) -> None:
        """Begin anew, with fresh secrets."""
        self.phase = "Activating"
        await self._end()
        self.journal.add("INFO", "Lifecycle", "Started anew by an operator")
        self.start()

    @property
    def comes_back(self) -> bool:
        """Whether it does not run but is about to, or waits for an operator to let it."""
        return self.phase in ("Paused", "Activating")

    async def replay(self) -> Replayed:
        """Offer the dead letters again, the oldest first; where Camunda is away, what is left waits.

        Raises:
            ConnectorInputError: The settings do not fit, or events cannot be taken at the moment.
            ConnectorError: The connector cannot get at them.
        """
        replay = None if self.connector is None else self.connector.replay
        async with self._replaying:
            letters = await self.services.dead_letters.of(self.group)
            if self.connector is None or self.group.problem is not None or self.phase == "FailedToActivate":
                if replay is None and not letters:
                    return Replayed()
                raise ConnectorInputError(f"A subscription that is {self.phase} takes no events")
            found = Replayed() if replay is None else await replay(self._config, self)
            taken = failed = 0
            for letter in letters:
                result = await self.correlate(letter.payload, message_id=letter.message_id)
                if not result.accepted and result.retry:
                    found = found._replace(problem=result.message or result.kind)
                    break
                taken, failed = taken + result.accepted, failed + (not result.accepted)
                if result.accepted:
                    await self.services.dead_letters.remove(letter)
            found = found._replace(taken=found.taken + taken, failed=found.failed + failed)
        text = f"Replayed dead letters: {found.taken} taken, {found.failed} failed again"
        self.journal.add("INFO", "Lifecycle", text if found.problem is None else f"{text}; stopped: {found.problem}")
        return found

    def swap(self, group: Group) -> None:
        """Take over other elements with the same settings; connections stay."""
        self.group = group
        self.configuration.forget()
        self.journal.add("INFO", "Lifecycle", f"Elements: {', '.join(element.id for element in group.elements)}")
        try:
            self._check()
        except ConnectorInputError as exc:
            self.journal.add("ERROR", "Warning", self.text_of(exc))

    def _check(self) -> None:
        """Say what is wrong with the elements' expressions before an event meets them.

        Raises:
            ConnectorInputError: A schema is none.
        """
        for element in self.group.elements:
            for problem in unreadable(element):
                self.journal.add("WARNING", "Warning", self.masked.text(problem))
            if element.schema is not None:
                schema_check(element.schema)

    async def _run(self, connector: InboundConnector) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            pause = None
            try:
                config = self._config = await self._bound(connector)
                self._state = await self._state_of()
            except asyncio.CancelledError:
                raise
            except Exception as exc:  # a connector's model and lifespan may raise anything
                self.services.metrics.activation("activation-failed", self.group.first)
                self._settle("FailedToActivate", "ACTIVATION_FAILURE", self.text_of(exc))
            else:
                try:
                    await self._live(connector, config)
                    self._settle("Cancelled", "ENDED", "The subscription ended by itself")
                except asyncio.CancelledError:
                    raise
                except SwitchedOffError as exc:
                    self._settle("ConnectorNotRegistered", "CONNECTOR_NOT_REGISTERED", exc.message)
                    return
                except Exception as exc:  # a connector's code may raise anything
                    if isinstance(exc, ConnectorRetryError) and exc.backoff is not None:
                        pause = exc.backoff.total_seconds()
                    self._settle("Cancelled", type(exc).__name__, self.text_of(exc))
                    log.debug("%s failed", self.journal.name, exc_info=True)
            failures = 1 if time.monotonic() - began > STABLE else failures + 1
            first = self.services.first_pause
            again = min(first * 2 ** (failures - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
            pause = again if pause is None else pause
            self.journal.add("INFO", "Lifecycle", f"Trying again in {pause:.0f} s")
            await asyncio.sleep(pause)

    async def _live(self, connector: InboundConnector, config: Any) -> None:
        self.phase = "Activated"
        self.activated_at = time.time()
        self.services.metrics.activation("activated", self.group.first)
        self.journal.add(
            "INFO", "Lifecycle", f"Activated inbound connector {self.type} with deduplication ID '{self.group.id}'"
        )
        try:
            if connector.per_instance:
                await Instances(self, connector).run()
            else:
                await connector.subscribe(config, self)
        finally:
            self.activated_at = None

    async def _bound(self, connector: InboundConnector) -> Any:
        first = self.group.first
        configuration = self.configuration = Configuration(self.services)
        self._properties = await configuration.properties_of(first)
        for element in self.group.elements:
            await configuration.properties_of(element)
        self._check()
        return None if connector.per_instance else await configuration.config(connector, first, {})

    def _settle(self, phase: State, code: str, message: str) -> None:
        self.phase = phase
        self.journal.report(Health(status="DOWN", code=code, message=message))
        self.settled.set()

    @property
    def masked(self) -> Masked:
        """Keeps secrets out of what is said of calls."""
        return self.configuration.masked

    def text_of(self, exc: BaseException) -> str:
        """Return what may be said of an error: one line, without secrets."""
        text = exc.message if isinstance(exc, ConnectorInputError) else str(exc)
        return self.masked.text(" ".join((text or type(exc).__name__).split()))

    # --- what the connector's coroutine sees

    @property
    def type(self) -> str:
        """The subscription type."""
        return self.group.first.type

    @property
    def properties(self) -> Mapping[str, Any]:
        """The element's properties, nested by their dots, secrets replaced."""
        return self._properties

    @property
    def state(self) -> Any:
        """What the connector's `lifespan` yielded."""
        return self._state

    @property
    def documents(self) -> DocumentStore:
        """Stores and reads documents."""
        return self.services.documents

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables of the runtime."""
        return self.services.environ

    @property
    def deduplication_id(self) -> str:
        """Names the subscription, the same in every replica."""
        return self.group.id

    def evaluate(self, expression: str, context: Mapping[str, Any]) -> Any:
        """Return the value of a FEEL expression that the modeller wrote.

        Raises:
            ConnectorInputError: It does not parse, or fails.
        """
        return evaluate(expression, context, what="expression")

    def wanted(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether exactly one element would take this event.

        Raises:
            ConnectorInputError: An activation condition fails.
        """
        try:
            matching(self.group.elements, payload)
        except UnmatchedError:
            return False
        return True

    async def serve(self, path: str, answer: Answer) -> NoReturn:
        """Answer calls of a path until the subscription is cancelled."""
        await self.services.webhooks.hold(path, self, answer)

    async def correlate(
        self, payload: Mapping[str, Any], *, message_id: str | None = None, only: Element | None = None
    ) -> Correlation:
        """Offer an event to the elements of this subscription, or to one of them."""
        metrics = self.services.metrics
        elements = self.group.elements if only is None else (only,)
        metrics.trigger("triggered", elements[0])
        try:
            element = matching(elements, payload)
        except UnmatchedError:
            metrics.trigger("activation-condition-failed", elements[0])
            self.journal.add("WARNING", "Correlation", "Activation condition not met")
            return unmatched(elements)
        except ConnectorInputError as exc:
            return await self._failed(exc, payload, message_id)
        try:
            if element.schema is not None:
                schema_check(element.schema)(part_of(payload, self.connector.content if self.connector else ""))
            if element.point == "start" and message_id:
                kind, facts = await self._replays.once(
                    f"{element.id} {message_id}", lambda: self.services.correlator.offer(element, payload, message_id)
                )
            else:
                kind, facts = await self.services.correlator.offer(element, payload, message_id)
            properties = await self.configuration.properties_of(element)
        except (ConnectorInputError, GatewayError, SecretsUnavailableError) as exc:
            return await self._failed(exc, payload, message_id)
        except Exception as exc:  # a defect, which must not end the connector's coroutine
            log.exception("%s: an event could not be correlated, which is a defect", self.journal.name)
            return await self._failed(exc, payload, message_id)
        metrics.trigger("correlated", elements[0])
        self.journal.add("INFO", "Correlation", Said((kind, facts)))
        if facts is not None:
            facts = {"activatedElement": self.configuration.described(element), **facts}
        return Correlation(accepted=True, kind=kind, facts=facts, properties=properties)

    async def _failed(self, exc: Exception, payload: Mapping[str, Any], message_id: str | None) -> Correlation:
        """Count and say a failure; keep the event where sending it again would not help."""
        self.services.metrics.trigger("correlation-failed", self.group.first)
        result = failure(exc)
        what = {"InvalidInput": "Invalid input", "ZeebeClientStatus": "Zeebe client status error"}
        text = self.masked.text(result.message or "")
        self.journal.add("ERROR", "Correlation", f"{what.get(result.kind, 'Other error')}: {text}")
        if not result.retry and self.connector is not None and self.connector.replay is None:
            kept = await self.services.dead_letters.keep(self.group, payload, message_id, text, self.masked)
            if kept is not None:
                self.journal.add("WARNING", "Message", kept)
        return result._replace(message=text)

    def log(self, message: str, *, severity: str = "INFO", tag: str = "activity") -> None:
        """Write a line into the activity log."""
        self.journal.add(severity, tag, self.masked.text(message), source="CONNECTOR")

    def healthy(self, **details: Any) -> None:
        """Say that the subscription works."""
        self.journal.report(Health(status="UP", details=details), source="CONNECTOR")
        self.settled.set()

    def unhealthy(self, message: str, **details: Any) -> None:
        """Say that the subscription does not work at the moment, and why."""
        self.journal.report(
            Health(status="DOWN", code="CONNECTOR", message=self.masked.text(message), details=details),
            source="CONNECTOR",
        )
        self.settled.set()


class Said(tuple[str, dict[str, Any] | None]):
    """What the activity log says of an event that was taken; becomes text when somebody reads it."""

    __slots__ = ()

    def __str__(self) -> str:
        kind, facts = self
        facts = facts or {}
        match kind:
            case "MessageAlreadyCorrelated":
                return "Message already correlated"
            case "MessagePublished":
                return f"Message published (messageKey {facts.get('messageKey')})"
            case "MessageCorrelated":
                return f"Message correlated (processInstanceKey {facts.get('processInstanceKey')})"
            case _:
                return f"Process instance created (processInstanceKey {facts.get('processInstanceKey')})"

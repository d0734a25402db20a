"""Connectors that ask instead of listen: one coroutine for each element instance that waits."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from connectory_runtime.client.problems import GatewayError
from connectory_runtime.durations import milliseconds
from connectory_runtime.inbound.elements import Element
from connectory_sdk import ConnectorInputError
from connectory_sdk.documents import DocumentStore
from connectory_sdk.http import Answer
from connectory_sdk.inbound import Correlation, InboundConnector

if TYPE_CHECKING:
    from connectory_runtime.inbound.subscription import Subscription

log = logging.getLogger(__name__)

ELEMENTS = "/element-instances/search"
VARIABLES = "/variables/search?truncateValues=false"
INTERVAL = "processPollingInterval"
DEFAULT = 5.0
AGAIN = 10.0  # seconds until an instance's coroutine that failed runs again


class Instances:
    """Runs a connector's coroutine for each waiting element instance of a subscription.

    Args:
        subscription: The subscription.
        connector: What runs.
    """

    def __init__(self, subscription: "Subscription", connector: InboundConnector) -> None:
        self.subscription = subscription
        self.connector = connector
        self.client = subscription.services.correlator.client
        self.interval = interval(subscription.group.first)
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> NoReturn:
        """Look again and again which instances wait."""
        try:
            while True:
                try:
                    await self._look()
                    self.subscription.healthy(**{"Process instances": len(self.tasks)})
                except GatewayError as exc:
                    self.subscription.unhealthy(f"Waiting instances cannot be searched: {exc}")
                await asyncio.sleep(self.interval)
        finally:
            await self._end(list(self.tasks))

    async def _look(self) -> None:
        found: dict[str, tuple[Element, str]] = {}
        for element in self.subscription.group.elements:
            waiting = {
                "processDefinitionKey": element.definition.key,
                "elementId": element.attached_to or element.id,
                "state": "ACTIVE",
            }
            async for item in self.client.search(ELEMENTS, waiting):
                if item.get("type") == "MULTI_INSTANCE_BODY" and element.attached_to is None:
                    continue  # it does not wait itself, its instances do
                found[str(item["elementInstanceKey"])] = element, str(item["processInstanceKey"])
        await self._end([key for key in self.tasks if key not in found])
        for key, (element, process) in found.items():
            if key not in self.tasks:
                self.tasks[key] = asyncio.create_task(self._live(element, key, process))

    async def _end(self, keys: list[str]) -> None:
        tasks = [self.tasks.pop(key) for key in keys]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, element: Element, key: str, process: str) -> None:
        """Run the coroutine for one instance again and again; what fails is said and tried again after a while."""
        subscription = self.subscription
        scopes: list[str] | None = None
        while True:
            try:
                configuration = subscription.configuration
                variables: dict[str, Any] = {}
                if "=" in json.dumps(await configuration.properties_of(element)):
                    scopes = scopes or await self._scopes(element, key, process)
                    variables = await self._variables(scopes)
                config = await configuration.config(self.connector, element, variables)
                await self.connector.subscribe(config, Instance(subscription, element, key))
            except asyncio.CancelledError:
                raise
            except Exception as exc:  # a connector's code may raise anything
                place = f"Element '{element.id}' of instance {process}"
                subscription.log(f"{place}: {subscription.text_of(exc)}", severity="ERROR", tag="Activation")
                await asyncio.sleep(AGAIN)

    async def _scopes(self, element: Element, key: str, process: str) -> list[str]:
        """Return the keys of the scopes whose variables an element instance sees, the process instance first."""
        scopes = [key]
        for container in reversed(element.within):
            wanted = {"processInstanceKey": process, "elementId": container, "state": "ACTIVE"}
            around = [str(one["elementInstanceKey"]) async for one in self.client.search(ELEMENTS, wanted)]
            while parent := await self._parent(scopes[0], around):  # two of a multi-instance: one of many, and the body
                scopes.insert(0, parent)
        return [process, *scopes]

    async def _parent(self, child: str, candidates: list[str]) -> str | None:
        """Return which element instance is directly around another one."""
        for candidate in candidates:
            wanted = {"elementInstanceScopeKey": candidate, "elementInstanceKey": child}
            async for _ in self.client.search(ELEMENTS, wanted):
                return candidate
        return None

    async def _variables(self, scopes: list[str]) -> dict[str, Any]:
        """Return the variables of scopes; those of inner ones hide those of outer ones."""
        found: dict[str, dict[str, Any]] = {scope: {} for scope in scopes}
        async for item in self.client.search(VARIABLES, {"scopeKey": {"$in": scopes}}):
            found[str(item["scopeKey"])][item["name"]] = json.loads(item["value"])
        return {name: value for scope in scopes for name, value in found[scope].items()}


class Instance:
    """An `InboundContext` for one element instance."""

    def __init__(self, subscription: "Subscription", element: Element, key: str) -> None:
        self._subscription = subscription
        self._element = element
        self._key = key

    @property
    def type(self) -> str:
        """The subscription type."""
        return self._subscription.type

    @property
    def deduplication_id(self) -> str:
        """Names the subscription."""
        return self._subscription.deduplication_id

    @property
    def properties(self) -> Mapping[str, Any]:
        """The element's properties."""
        return self._subscription.properties

    @property
    def state(self) -> Any:
        """What the connector's `lifespan` yielded."""
        return self._subscription.state

    @property
    def documents(self) -> DocumentStore:
        """Stores and reads documents."""
        return self._subscription.documents

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables of the runtime."""
        return self._subscription.environ

    def evaluate(self, expression: str, context: Mapping[str, Any]) -> Any:
        """Return the value of a FEEL expression that the modeller wrote."""
        return self._subscription.evaluate(expression, context)

    def wanted(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether an element would take this event."""
        return self._subscription.wanted(payload)

    async def serve(self, path: str, answer: Answer) -> NoReturn:
        """Refuse: who asks for instances has no path.

        Raises:
            ConnectorInputError: Always.
        """
        raise ConnectorInputError(f"'{self.type}' runs for each instance and cannot serve the path '{path}'")

    async def correlate(self, payload: Mapping[str, Any], *, message_id: str | None = None) -> Correlation:
        """Offer an event to this instance's element; the same instance takes one within a message's life time."""
        identity = message_id or f"{self._element.id}{self._key}"
        return await self._subscription.correlate(payload, message_id=identity, only=self._element)

    def log(self, message: str, *, severity: str = "INFO", tag: str = "activity") -> None:
        """Write a line into the activity log."""
        self._subscription.log(message, severity=severity, tag=tag)

    def healthy(self, **details: Any) -> None:
        """Say nothing: the health is that of the whole subscription."""

    def unhealthy(self, message: str, **details: Any) -> None:
        """Write a line: the health is that of the whole subscription."""
        self.log(message, severity="ERROR")


def interval(element: Element) -> float:
    """Return the seconds between two looks for instances."""
    text = element.properties.get(INTERVAL, "").strip()
    if not text:
        return DEFAULT
    try:
        return max(milliseconds(text), 100) / 1000
    except ValueError as exc:
        raise ConnectorInputError(f"{INTERVAL}: {exc}") from None

"""Subscriptions without a runtime."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn
from urllib.parse import urlsplit

from connectory_sdk.binding import bind
from connectory_sdk.http import Answer, HttpRequest, HttpResponse
from connectory_sdk.inbound import Correlation, Event, InboundConnector
from connectory_sdk.memory import MemoryDocuments

ACCEPTED = Correlation(accepted=True, kind="MessagePublished", facts={"messageKey": 1, "tenantId": "<default>"})


class Subscription:
    """An `InboundContext` without a runtime: keeps what was correlated and calls what is served.

    Args:
        properties: The element's properties, nested.
        state: What the connector's lifespan would have yielded.
        evaluate: Evaluates FEEL; pass ``connectory_feel.evaluate`` or a function of yours.
        result: What `correlate` answers.
        documents: Where documents are kept. Default: a new store in memory.
    """

    def __init__(
        self,
        properties: Mapping[str, Any],
        *,
        type: str = "",
        state: Any = None,
        evaluate: Callable[[str, Mapping[str, Any]], Any] | None = None,
        result: Correlation = ACCEPTED,
        documents: MemoryDocuments | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.type = type
        self.deduplication_id = "test"
        self.properties = properties
        self.state = state
        self.result = result
        self.documents = documents or MemoryDocuments()
        self.environ = environ or {}
        self.events: list[Event] = []
        self.lines: list[str] = []
        self.health: str | None = None
        self.routes: dict[str, Answer] = {}
        self._evaluate = evaluate

    def evaluate(self, expression: str, context: Mapping[str, Any]) -> Any:
        """Evaluate with the function that was given."""
        if self._evaluate is None:
            raise AssertionError("the connector evaluates FEEL: pass evaluate=...")
        return self._evaluate(expression, context)

    def wanted(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether the result would be accepted."""
        return self.result.accepted

    async def correlate(self, payload: Mapping[str, Any], *, message_id: str | None = None) -> Correlation:
        """Keep the event and answer what the test wants."""
        self.events.append(Event(payload=payload, message_id=message_id))
        return self.result

    async def serve(self, path: str, answer: Answer) -> NoReturn:
        """Offer a path until the subscription is cancelled."""
        self.routes[path] = answer
        try:
            await asyncio.Event().wait()
        finally:
            del self.routes[path]
        raise AssertionError("nothing sets the event")

    async def call(self, request: HttpRequest) -> HttpResponse:
        """Call the path that the subscription serves, as the runtime does for ``/inbound/<path>``."""
        path = urlsplit(request.url).path.partition("/inbound/")[2]
        if path not in self.routes:
            raise AssertionError(f"nothing serves '{path}'; there is {', '.join(self.routes) or 'nothing'}")
        return await self.routes[path](request)

    def log(self, message: str, *, severity: str = "INFO", tag: str = "activity") -> None:
        """Keep the line."""
        self.lines.append(f"{severity} {tag} {message}")

    def healthy(self, **details: Any) -> None:
        """Keep that it works."""
        self.health = "UP"

    def unhealthy(self, message: str, **details: Any) -> None:
        """Keep that it does not work."""
        self.health = f"DOWN {message}"


@asynccontextmanager
async def subscribed(inbound: InboundConnector, subscription: Subscription) -> AsyncIterator[Subscription]:
    """Run an inbound connector's coroutine while the block runs; an error in it is raised at the end of the block."""
    config = await bind(inbound.config, subscription.properties)
    task = asyncio.create_task(inbound.subscribe(config, subscription))
    await asyncio.sleep(0)
    try:
        yield subscription
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

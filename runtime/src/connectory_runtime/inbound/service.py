"""The inbound side of a runtime: import, subscriptions and their HTTP, started and stopped together."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from connectory_runtime.client.problems import GatewayError
from connectory_runtime.inbound.application import InboundApplication
from connectory_runtime.inbound.cors import Cors
from connectory_runtime.inbound.folder import FolderImport
from connectory_runtime.inbound.importing import ClusterImport, NoSearchError
from connectory_runtime.inbound.metrics import InboundMetrics
from connectory_runtime.inbound.registry import Registry
from connectory_runtime.inbound.running import Running
from connectory_runtime.inbound.webhooks import Webhooks
from connectory_sdk import Connector
from connectory_sdk.inbound import InboundConnector

if TYPE_CHECKING:
    from connectory_runtime.inbound.services import Services
    from connectory_runtime.runtime import Runtime

log = logging.getLogger(__name__)

SETTLING = 2.0  # seconds that the first subscriptions get until a path that nobody has is unknown
WITHOUT_SEARCH = 60.0  # seconds between looks at a cluster that could not be searched


class Inbound:
    """Finds elements that wait for events, and brings the events.

    Attributes:
        registry: The subscriptions.
        webhooks: The paths in use.
        metrics: What happened since the start.
        ready: Whether the last look for process definitions went well.
        problem: Why not.
    """

    def __init__(self, runtime: "Runtime") -> None:
        self.runtime = runtime
        self.settings = runtime.settings.inbound
        self.metrics = InboundMetrics()
        self.running = Running(
            self.settings.most_calls, reading=self.settings.reading, answering=self.settings.answering
        )
        self.webhooks = Webhooks(
            most=self.settings.most_body,
            running=self.running,
            cors=Cors(origins=self.settings.cors_origins, credentials=self.settings.cors_credentials),
            scoped=self.settings.scoped,
            enabled=self.settings.webhooks,
        )
        owners: dict[str, Connector[Any]] = {}
        self.connectors: dict[str, InboundConnector] = {}
        names = runtime.settings.connectors
        for connector in runtime.listening:
            for kind, one in connector.inbounds.items():
                for name in (names.type_of(one.name) or kind, *one.also):
                    if names.listens(name):
                        owners[name], self.connectors[name] = connector, one

        async def state(kind: str) -> Any:
            return await runtime.lifespans[id(owners[kind])].state()

        @cache
        def services() -> "Services":
            from connectory_runtime.inbound.correlation import Correlator
            from connectory_runtime.inbound.dead_letters import DeadLetters
            from connectory_runtime.inbound.services import Services

            return Services(
                correlator=Correlator(runtime.client, runtime.documents, ttl=self.settings.ttl),
                documents=runtime.documents,
                functions=runtime.functions,
                secrets=runtime.secrets,
                webhooks=self.webhooks,
                metrics=self.metrics,
                environ=runtime.environ,
                dead_letters=DeadLetters(self.settings.dead_letters),
                log_size=self.settings.log_size,
            )

        self.registry = Registry(self.connectors, state, services)
        self.importer: ClusterImport | FolderImport
        if self.settings.folder is not None:
            self.importer = FolderImport(self.settings.folder, self.registry.apply)
        else:
            self.importer = ClusterImport(
                runtime.client,
                self.registry.apply,
                self.metrics,
                page_size=self.settings.page_size,
                active_versions=self.settings.active_versions,
                most_models=self.settings.most_models,
            )
        self.ready = True
        self.searchable = True
        self.problem: str | None = None
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        application = InboundApplication(self)
        for prefix in ("/inbound", "/inbound-instances", "/tenants"):
            runtime.mounts[prefix] = application
        runtime.health["processDefinitionImport"] = self.health
        runtime.metrics.more.append(self.metrics.meters)

    def health(self) -> tuple[bool, Mapping[str, Any]]:
        """Tell whether process definitions can be imported."""
        details: dict[str, Any] = {"operateEnabled": self.searchable}
        if self.problem is not None:
            details["problem"] = self.problem
        return self.ready, details

    def start(self) -> None:
        """Begin to look."""
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self.running.watch())]

    async def stop(self) -> None:
        """End all subscriptions; meanwhile callers are asked to come again."""
        self.webhooks.complete = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.registry.stop()

    def refresh(self) -> None:
        """Look at once."""
        self._wanted.set()

    async def _watch(self) -> None:
        await asyncio.sleep(self.settings.initial_delay)
        while True:
            self._wanted.clear()
            await self.look()
            try:
                async with asyncio.timeout(self.settings.interval if self.searchable else WITHOUT_SEARCH):
                    await self._wanted.wait()
            except TimeoutError:
                pass

    async def look(self) -> None:
        """Look once what is deployed."""
        before = self.problem
        try:
            await self.importer.look()
            self.ready, self.searchable, self.problem = True, True, None
        except NoSearchError as exc:
            self.ready, self.searchable, self.problem = True, False, str(exc)
        except GatewayError as exc:
            self.ready, self.problem = False, f"process definitions cannot be imported: {exc}"
        except Exception:
            log.exception("process definitions cannot be imported, which is a defect")
            self.ready, self.problem = False, "process definitions cannot be imported, which is a defect; see the log"
        if self.problem is not None and self.problem != before:
            log.warning("%s", self.problem)
        if self.ready and not self.webhooks.complete:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLING):
                    await asyncio.gather(*(one.settled.wait() for one in self.registry.all()))
            self.webhooks.complete = True

"""The runtime: connectors, workers and what they share, as one async context manager."""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from connectory_runtime import discovery
from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.cluster import Cluster
from connectory_runtime.documents.store import ClusterDocuments
from connectory_runtime.lifespans import Lifespan
from connectory_runtime.outbound.running import Extend, extender
from connectory_runtime.outbound.services import Services
from connectory_runtime.outbound.worker import Worker, cancelled
from connectory_runtime.secrets import EnvironmentSecrets, FileSecrets
from connectory_runtime.secrets.model_filter import ModelFilter
from connectory_runtime.service.metrics import Metrics
from connectory_runtime.settings import Settings
from connectory_runtime.tracing import Tracer
from connectory_sdk import Connector, SecretProvider

if TYPE_CHECKING:
    from connectory_runtime.inbound.service import Inbound
    from connectory_runtime.intrinsic import Function
    from connectory_runtime.outbound.events import JobEvent

log = logging.getLogger(__name__)


class Runtime:
    """Runs connectors against one cluster::

        async with Runtime(Settings.read()) as runtime:
            await runtime.reached()
            ...

    Entering starts the workers and does not wait for the cluster; leaving lets running jobs end.

    Args:
        settings: Settings. Default: from the environment.
        connectors: The connectors; a name stands for those of an installed distribution. Default: the installed ones
            that the settings allow.
        secret_providers: Asked before all others, in order.
        last_resort: Asked after all others.
        functions: Intrinsic functions by name, beside those of Camunda and of the distributions that are loaded.
        environ: What the connectors' lifespans see as environment. Default: that of this process.
        observe: Called with each `JobEvent`, in the loop; must be quick.
        extend: Extends the locks of jobs. Default: over the REST API.

    Attributes:
        client: Calls of the cluster's REST API.
        documents: The document store.
        cluster: Whether the cluster can be reached.
        metrics: What happened since the start.
        workers: One for each job type.
        connectors: All connectors that were loaded, also those that are disabled.
        listening: Those whose subscriptions are served; the same, unless variables tell them apart.
        address: Where the HTTP server listens, if there is one.
        mounts: ASGI applications by the first segment of their paths, served beside the runtime's own endpoints.
        inbound: What listens for events, where a connector does.
        entered: Whether the runtime was entered and not left.
        health: More indicators of readiness: whether all is well, and details.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        connectors: Sequence[Connector[Any] | str] | None = None,
        secret_providers: Sequence[SecretProvider] = (),
        last_resort: SecretProvider | None = None,
        functions: "Mapping[str, Function] | None" = None,
        environ: Mapping[str, str] | None = None,
        observe: "Callable[[JobEvent], None] | None" = None,
        extend: Extend | None = None,
    ) -> None:
        self.settings = settings or Settings.read()
        self.environ = os.environ if environ is None else environ
        self.observe = observe
        self.loaded = loaded = load(self.settings) if connectors is None else chosen(connectors)
        self.connectors = [one for several in loaded.connectors.values() for one in several]
        self.listening = self.connectors if connectors is not None else listening(self.settings, self.connectors)
        self.metrics = Metrics()
        self.client: CamundaClient = self.settings.connection.client()
        self.extend = extend or extender(self.client)
        self.documents = ClusterDocuments(self.client)
        self.cluster = Cluster(self.client)
        self.secrets = [
            *secret_providers,
            *own_providers(self.settings, self.environ),
            *(loaded.secret_providers if self.settings.secrets.discovered else ()),
            *([last_resort] if last_resort is not None else []),
        ]
        self.functions = {**loaded.functions, **(functions or {})}
        self.filter = ModelFilter(self.client, self.settings.secrets.filter, most=self.settings.secrets.filter_cache)
        self.workers: list[Worker] = []
        self.lifespans = {
            id(connector): Lifespan(connector, self.environ) for connector in (*self.connectors, *self.listening)
        }
        self.address: str | None = None
        self.mounts: dict[str, Any] = {}
        self.health: dict[str, Callable[[], tuple[bool, Mapping[str, Any]]]] = {}
        self.inbound: Inbound | None = None
        if self.settings.inbound.enabled and any(connector.inbounds for connector in self.listening):
            from connectory_runtime.inbound import service as inbound

            self.inbound = inbound.Inbound(self)
            self.cluster.on_return = self.inbound.refresh
        self.entered = False
        self._stack = AsyncExitStack()
        self._watching: list[asyncio.Task[None]] = []
        self._make_workers()

    def _make_workers(self) -> None:
        tracer = Tracer(wanted=self.settings.trace)
        names = self.settings.connectors

        def kind_of(connector: Connector[Any]) -> str:
            return names.type_of(connector.name) or connector.type

        discovery.check_types(self.connectors, kind_of)
        configured = {
            id(connector): name
            for name, several in self.loaded.connectors.items()
            if name in names.configured
            for connector in several
        }
        for connector in self.connectors:
            if not connector.operations:
                continue
            kind = kind_of(connector)
            settings = self.settings.worker_of(kind)
            own = configured.get(id(connector))
            if (timeout := names.timeout_of(connector.name, own)) is not None:
                settings = settings._replace(timeout=timeout)
            if own is not None and settings.variables is None:
                settings = settings._replace(variables=names.inputs_of(own))
            if not names.runs(kind) or not settings.enabled:
                continue
            self.workers.append(
                Worker(
                    self.client,
                    connector,
                    type=settings.type or kind,
                    settings=settings,
                    services=self.services(connector),
                    metrics=self.metrics,
                    tracer=tracer,
                    observe=self.observe,
                )
            )
        self.workers.sort(key=lambda worker: worker.type)

    def services(self, connector: Connector[Any]) -> Services:
        """Return what the jobs of a connector need."""
        return Services(
            secrets=self.secrets,
            documents=self.documents,
            state=self.lifespans[id(connector)].state,
            extend=self.extend,
            allowed=self.filter.allowed,
            functions=self.functions,
            nested_secrets=self.settings.secrets.nested,
            physical_tenant_id=self.settings.physical_tenant,
        )

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.client)
            for lifespan in self.lifespans.values():
                stack.push_async_callback(lifespan.close)
            if self.settings.port is not None:
                from connectory_runtime.service.server import serve

                self.address = await stack.enter_async_context(serve(self, self.settings.host, self.settings.port))
            self._watching = [asyncio.create_task(self.cluster.watch())]
            stack.push_async_callback(cancelled, self._watching)
            stack.push_async_callback(self._stop_workers)
            for worker in self.workers:
                worker.start()
            if self.inbound is not None:
                stack.push_async_callback(self.inbound.stop)
                self.inbound.start()
            self._stack = stack.pop_all()
        self.entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.entered = False
        await self._stack.aclose()

    async def _stop_workers(self) -> None:
        await asyncio.gather(*(worker.stop(self.settings.drain) for worker in self.workers))

    def outbound(self) -> list[dict[str, Any]]:
        """Return what the endpoint ``/outbound`` says of each connector."""
        active = {id(worker.connector): worker for worker in self.workers}
        listed = []
        for connector in self.connectors:
            if not connector.operations:
                continue
            worker = active.get(id(connector))
            listed.append(
                {
                    "name": connector.name,
                    "type": worker.type
                    if worker
                    else self.settings.connectors.type_of(connector.name) or connector.type,
                    "inputVariables": list(worker.variables if worker else connector.input_variables),
                    "timeout": worker.settings.timeout if worker else self.settings.worker.timeout,
                    "enabled": worker is not None,
                    "runtimeId": self.settings.hostname,
                    "brokerConnectivityState": "UNKNOWN",
                }
            )
        return listed

    async def reached(self) -> None:
        """Wait until the cluster has answered once."""
        await self.cluster.reached.wait()


def load(settings: Settings) -> discovery.Loaded:
    """Return the connectors that the settings allow.

    Raises:
        DiscoveryError: One that was named is missing or broken.
    """
    if settings.connectors.configured:
        return discovery.load_configured(settings.connectors.configured, settings.connectors.variables)
    if not settings.connectors.discover:
        return discovery.Loaded({})

    def kind_of(connector: Connector[Any]) -> str:
        return settings.connectors.type_of(connector.name) or connector.type

    return discovery.load(settings.connectors.names, kind_of=kind_of)


def listening(settings: Settings, loaded: list[Connector[Any]]) -> list[Connector[Any]]:
    """Return the connectors that may listen: the variables for the one direction leave the other one alone.

    Args:
        settings: What the environment says.
        loaded: The connectors that work on jobs.

    Raises:
        DiscoveryError: One that was named is missing or broken.
    """
    names = settings.connectors
    if not names.discover_inbound:
        return []
    if names.executables:
        return discovery.load_executables(names.executables, names.variables)
    if names.discover and not names.configured:
        return loaded
    found = discovery.load(names.names, kind_of=lambda connector: names.type_of(connector.name) or connector.type)
    return [one for several in found.connectors.values() for one in several]


def chosen(connectors: Sequence[Connector[Any] | str]) -> discovery.Loaded:
    """Return connectors that a program names or has itself.

    Raises:
        DiscoveryError: One that was named is missing or broken.
    """
    names = [one for one in connectors if isinstance(one, str)]
    own = [one for one in connectors if not isinstance(one, str)]
    loaded = discovery.load(names) if names else discovery.Loaded({})
    return loaded._replace(connectors={**loaded.connectors, "": own})


def own_providers(settings: Settings, environ: Mapping[str, str]) -> list[SecretProvider]:
    """Return the secret providers that need no package: environment, then mounted files."""
    secrets = settings.secrets
    providers: list[SecretProvider] = []
    if secrets.environment:
        if not secrets.prefix:
            log.warning(
                "the prefix of secrets in the environment is empty: models can read every environment variable; "
                "set CAMUNDA_CONNECTOR_SECRETPROVIDER_ENVIRONMENT_PREFIX"
            )
        providers.append(
            EnvironmentSecrets(
                environ,
                prefix=secrets.prefix,
                physical_tenant_aware=secrets.physical_tenant_aware,
                tenant_aware=secrets.tenant_aware,
                process_aware=secrets.process_aware,
            )
        )
    if secrets.folder is not None:
        providers.append(FileSecrets(secrets.folder))
    return providers

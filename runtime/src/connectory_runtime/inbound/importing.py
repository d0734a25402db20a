"""Process definitions of the cluster: what is new since the last look, at one request a look while nothing is.

Definitions are searched from the newest on, so a look ends at the first one that is known. How many there are tells of
deletions: where the number does not fit, everything is looked through once more.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectory_runtime.client.camunda import CamundaClient
from connectory_runtime.client.problems import GatewayError
from connectory_runtime.client.versions import Version
from connectory_runtime.inbound.elements import Definition, Element, ModelError, read_elements
from connectory_runtime.inbound.metrics import InboundMetrics

log = logging.getLogger(__name__)

SEARCH = "/process-definitions/search"
STATISTICS = "/process-definitions/statistics/message-subscriptions"
NEWEST_FIRST = [{"field": "processDefinitionKey", "order": "DESC"}]
FIRST_LOOK = 20  # definitions asked for while nothing is expected
AT_ONCE = 8  # models fetched at a time
BLIND = 60  # looks after which everything is looked through, where the cluster does not tell the true number

WITH_STATE = Version(8, 9)

Process = tuple[str, str]
"""Tenant and id of a process."""
Publish = Callable[[Process, Sequence[Element]], Awaitable[None]]


class NoSearchError(Exception):
    """The cluster cannot be searched."""


@dataclass(slots=True)
class Known:
    """What is known of the cluster's definitions."""

    newest: int = 0
    total: int | None = None
    exact: bool = True
    latest: dict[Process, Definition] = field(default_factory=dict)
    versions: dict[Process, int] = field(default_factory=dict)
    looks: int = 0


class ClusterImport:
    """Looks for process definitions and publishes the elements of those that changed.

    Args:
        client: The cluster.
        publish: Called with a process and the elements of its active versions.
        metrics: Counts models that were fetched, and failures.
        page_size: Definitions a request.
        active_versions: Also look for older versions whose instances wait for messages.
        most_models: Models that are kept for the time when another version of their process comes or goes.
    """

    def __init__(
        self,
        client: CamundaClient,
        publish: Publish,
        metrics: InboundMetrics,
        *,
        page_size: int = 200,
        active_versions: bool = True,
        most_models: int = 1_000,
    ) -> None:
        self.client = client
        self.publish = publish
        self.metrics = metrics
        self.page_size = page_size
        self.active_versions = active_versions
        self.most_models = most_models
        self.known = Known()
        self.waiting: dict[Process, dict[str, Definition]] = {}
        self.published: dict[Process, tuple[str, ...]] = {}
        self._models: dict[str, list[Element]] = {}

    async def look(self) -> None:
        """Look once, and publish what changed.

        Raises:
            NoSearchError: The cluster has no search.
            GatewayError: It does not answer.
        """
        await self._definitions()
        if self.active_versions and any(count > 1 for count in self.known.versions.values()):
            await self._subscriptions()
        else:
            self.waiting = {}
        await self._publish_changes()

    async def _definitions(self) -> None:
        known = self.known
        known.looks += 1
        if known.total is None or (not known.exact and known.looks % BLIND == 0):
            await self._sweep()
            return
        fresh: list[Mapping[str, Any]] = []
        found = await self._page(FIRST_LOOK, {})
        page = found["page"]
        while True:
            new = [item for item in found["items"] if int(item["processDefinitionKey"]) > known.newest]
            fresh += new
            if len(new) < len(found["items"]) or not found["items"]:
                break
            found = await self._page(self.page_size, following(found["page"], len(fresh)))
        if known.exact and page["totalItems"] != known.total + len(fresh):
            await self._sweep()
            return
        known.total += len(fresh)
        for item in reversed(fresh):
            self._learn(item)

    async def _sweep(self) -> None:
        """Look through everything."""
        self.known = known = Known(looks=self.known.looks)
        count = 0
        after: dict[str, Any] = {}
        while True:
            found = await self._page(self.page_size, after)
            items, page = found["items"], found["page"]
            count += len(items)
            for item in items:
                self._learn(item)
            known.exact = not page.get("hasMoreTotalItems")
            if not items or (known.exact and count >= page["totalItems"]):
                break
            after = following(page, count)
        known.total = page["totalItems"] if known.exact else count

    def _learn(self, item: Mapping[str, Any]) -> None:
        known = self.known
        definition = Definition(
            id=item["processDefinitionId"],
            key=str(item["processDefinitionKey"]),
            version=item["version"],
            tenant_id=item["tenantId"],
        )
        process = definition.tenant_id, definition.id
        known.newest = max(known.newest, int(definition.key))
        known.versions[process] = known.versions.get(process, 0) + 1
        other = known.latest.get(process)
        if other is None or int(other.key) < int(definition.key):
            known.latest[process] = definition

    async def _page(self, limit: int, after: Mapping[str, Any]) -> Mapping[str, Any]:
        # Before 8.9 definitions have no state, and none that is deleted is found.
        wanted = {"state": "ACTIVE"} if self.client.version >= WITH_STATE else {}
        query = {"sort": NEWEST_FIRST, "filter": wanted, "page": {"limit": limit, **after}}
        self.metrics.polls += 1
        try:
            return await self.client.post(SEARCH, query)  # type: ignore[no-any-return]
        except GatewayError as exc:
            if exc.status in (403, 404, 405, 501):
                raise NoSearchError(
                    f"process definitions cannot be searched ({exc}); clusters before 8.8, or without secondary "
                    "storage, need the BPMN files: connectory start --processes DIR"
                ) from exc
            raise

    async def _subscriptions(self) -> None:
        """Learn which older versions have instances that wait for messages."""
        waiting: dict[Process, dict[str, Definition]] = {}
        count = 0
        after: dict[str, Any] = {}
        while True:
            page = {"limit": self.page_size, **after}
            query = {"filter": {"messageSubscriptionState": "CREATED"}, "page": page}
            try:
                found = await self.client.post(STATISTICS, query)
            except GatewayError as exc:
                if exc.status not in (400, 403, 404, 405, 501):
                    raise
                log.warning(
                    "the cluster does not tell which versions wait for messages (%s); only latest versions are served",
                    exc,
                )
                self.active_versions = False
                break
            for item in found["items"]:
                definition = Definition(
                    id=item["processDefinitionId"],
                    key=str(item["processDefinitionKey"]),
                    version=None,
                    tenant_id=item["tenantId"],
                )
                waiting.setdefault((definition.tenant_id, definition.id), {})[definition.key] = definition
            count += len(found["items"])
            if len(found["items"]) < self.page_size:
                break
            after = following(found["page"], count)
        self.waiting = waiting

    def _active(self, process: Process) -> list[Definition]:
        """Return the active versions of a process, the latest one last."""
        latest = self.known.latest.get(process)
        older = self.waiting.get(process, {})
        active = {key: one for key, one in older.items() if latest is None or int(key) < int(latest.key)}
        ordered = [active[key] for key in sorted(active, key=int)]
        return ordered if latest is None else [*ordered, latest]

    async def _publish_changes(self) -> None:
        processes = [*self.known.latest, *(one for one in self.waiting if one not in self.known.latest)]
        wanted = {process: self._active(process) for process in processes}
        for process in self.published:
            wanted.setdefault(process, [])
        changed = {
            process: versions
            for process, versions in wanted.items()
            if self.published.get(process, ()) != tuple(one.key for one in versions)
        }
        if not changed:
            return
        limit = asyncio.Semaphore(AT_ONCE)

        async def fetch(definition: Definition) -> None:
            async with limit:
                await self._model(definition)

        missing = {one.key: one for several in changed.values() for one in several if one.key not in self._models}
        self.metrics.cache["hit"] += sum(len(several) for several in changed.values()) - len(missing)
        await asyncio.gather(*(fetch(one) for one in missing.values()))
        for process, versions in sorted(changed.items(), key=lambda one: [int(two.key) for two in one[1]]):
            if all(one.key in self._models for one in versions):
                await self._publish(process, versions)
        alive = {one.key for several in wanted.values() for one in several}
        kept = [key for key in self._models if key in alive][-self.most_models :] if self.most_models else []
        self._models = {key: self._models[key] for key in kept}

    async def _publish(self, process: Process, versions: Sequence[Definition]) -> None:
        elements: list[Element] = []
        latest = self.known.latest.get(process)
        for definition in versions:
            elements += (
                element
                for element in self._models[definition.key]
                if definition is latest or element.point == "message"
            )
        await self.publish(process, elements)
        if versions:
            self.published[process] = tuple(one.key for one in versions)
        else:
            del self.published[process]

    async def _model(self, definition: Definition) -> None:
        """Fetch and read a model; a failure is counted, and tried again at the next look."""
        self.metrics.cache["miss"] += 1
        address = f"/process-definitions/{definition.key}"
        try:
            elements = read_elements(await self.client.get_text(f"{address}/xml"), definition)
            if elements and definition.version is None:  # the statistics do not tell it
                numbered = replace(definition, version=(await self.client.get(address))["version"])
                elements = [replace(element, definition=numbered) for element in elements]
            self._models[definition.key] = elements
        except GatewayError as exc:
            self.metrics.publish_failures += 1
            log.warning("the model of process '%s' cannot be fetched (%s); trying again", definition.id, exc)
        except ModelError as exc:
            self.metrics.publish_failures += 1
            log.error("process '%s' (%s): %s; its inbound elements do not work", definition.id, definition.key, exc)
            self._models[definition.key] = []


def following(page: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return what asks for the next page: behind the cursor, or behind so many items where there is none."""
    cursor = page.get("endCursor")
    return {"after": cursor} if cursor else {"from": count}

"""All subscriptions: what a changed process means for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from connectory_runtime.inbound.elements import Element
from connectory_runtime.inbound.grouping import Group, grouped, scope
from connectory_runtime.inbound.importing import Process
from connectory_sdk.inbound import InboundConnector

if TYPE_CHECKING:
    from connectory_runtime.inbound.services import Services
    from connectory_runtime.inbound.subscription import Subscription

log = logging.getLogger(__name__)

TAKEOVER = 2.0  # seconds that a new version's subscriptions get to be ready before the old ones end
State = Callable[[str], Awaitable[Any]]


class Registry:
    """Starts, changes and stops subscriptions.

    Args:
        connectors: What can be subscribed, by type.
        state: Gives the state of the connector of a type.
        services: Gives what subscriptions share. Called when there is one: without, what only they need, such as
            FEEL, is not imported.
    """

    def __init__(
        self, connectors: Mapping[str, InboundConnector], state: State, services: "Callable[[], Services]"
    ) -> None:
        self.connectors = connectors
        self.state = state
        self.services = services
        self.processes: dict[Process, dict[str, Subscription]] = {}
        self.changed: Callable[[Process, list[Subscription]], None] = lambda process, subscriptions: None
        self._lock = asyncio.Lock()

    def all(self) -> "list[Subscription]":
        """Return all subscriptions."""
        return [one for several in self.processes.values() for one in several.values()]

    def find(self, executable_id: str) -> "Subscription | None":
        """Return a subscription by the id that addresses have."""
        return next((one for one in self.all() if one.group.executable_id == executable_id), None)

    async def apply(self, process: Process, elements: Sequence[Element]) -> None:
        """Make the subscriptions of a process fit its elements."""
        async with self._lock:
            await self._apply(process, grouped(elements, self.connectors))

    async def _apply(self, process: Process, wanted: Mapping[str, Group]) -> None:
        current = self.processes.pop(process, {})
        kept: dict[str, Subscription] = {}
        gone: list[Subscription] = []
        started: list[Subscription] = []
        for key, group in wanted.items():
            there = current.get(key)
            if there is not None and self._fits(there, group):
                if there.group.elements != group.elements:
                    there.swap(group)
                kept[key] = there
                continue
            if there is not None:
                gone.append(there)
            kept[key] = self._start(group)
            started.append(kept[key])
        if kept:
            self.processes[process] = kept
        gone += [one for key, one in current.items() if key not in wanted]
        if gone and started:
            # The new ones first stand by for the paths of the old ones, so that no call finds nobody.
            with suppress(TimeoutError):
                async with asyncio.timeout(TAKEOVER):
                    await asyncio.gather(*(one.settled.wait() for one in started))
        await asyncio.gather(*(one.stop() for one in gone))
        if started or gone:
            self.changed(process, started)

    def _fits(self, there: "Subscription", group: Group) -> bool:
        """Tell whether a running subscription can take over a group's elements as it is."""
        if there.phase not in ("Activated", "Paused") or group.problem is not None:
            return False
        connector = self.connectors.get(group.first.type)
        old, new = there.group.first, group.first
        return old.type == new.type and scope(old, connector) == scope(new, connector)

    def _start(self, group: Group) -> "Subscription":
        from connectory_runtime.inbound.subscription import Subscription

        kind = group.first.type

        async def state() -> Any:
            return await self.state(kind)

        subscription = Subscription(group, self.connectors.get(kind), state, self.services())
        subscription.start()
        return subscription

    async def stop(self) -> None:
        """Stop all."""
        async with self._lock:
            subscriptions = self.all()
            self.processes.clear()
            await asyncio.gather(*(one.stop() for one in subscriptions))

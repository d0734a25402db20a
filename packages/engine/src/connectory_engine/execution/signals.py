"""Signals: everybody who waits gets them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectory_engine.records import SignalWait

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class Signals:
    """Who waits for which signal, start events included."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._waits: dict[str, dict[SignalWait, None]] = {}

    def wait(self, wait: SignalWait) -> None:
        """Let somebody wait."""
        self._waits.setdefault(wait.name, {})[wait] = None

    def forget(self, wait: SignalWait) -> None:
        """Let somebody wait no more."""
        waits = self._waits.get(wait.name)
        if waits is not None:
            waits.pop(wait, None)
            if not waits:
                del self._waits[wait.name]

    def broadcast(self, name: str, variables: Mapping[str, Any] | None) -> int:
        """Send a signal to all; gives its key."""
        key = self.world.store.next_key()
        for wait in list(self._waits.get(name, ())):
            if wait.at is None:
                self.world.instances.start_by_event(wait.definition, wait.element, variables or {})
            else:
                self.world.events.trigger(wait.at, wait.element, variables or {})
        return key

"""Processes and sub-processes: they end when nothing in them is active and no token is under way."""

from typing import TYPE_CHECKING

from connectory_engine.execution.plain import Plain
from connectory_engine.records import ACTIVE, ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class SubProcess(Plain):
    """An embedded or event sub-process."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Wait for the events around it, and enter the start, which opens the event sub-processes."""
        element = e.element
        w.events.open(e, element.boundaries)
        brought, e.extra = e.extra, None
        w.processor.activated(e)
        if element.start is not None:
            w.processor.push(w.processor.enter, e, (element.start, None, brought))

    def complete(self, w: "World", e: ElementInstance) -> None:
        """End."""
        w.processor.outputs(e)
        w.processor.finish(e)

    def terminate(self, w: "World", e: ElementInstance) -> None:
        """End everything inside first."""
        if not w.processor.terminate_children(e):
            w.processor.terminated(e)

    def child_left(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """End when that was the last."""
        if not e.active and e.tokens == 0 and e.phase == ACTIVE:
            w.processor.push(w.processor.complete, e)


class ProcessScope(SubProcess):
    """The root scope of an instance."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Enter where the instance was told to start."""
        starts, e.extra = e.extra, None
        w.processor.activated(e)
        w.instances.begin(e, starts)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """End the instance."""
        w.processor.outputs(e)
        w.processor.finish(e)

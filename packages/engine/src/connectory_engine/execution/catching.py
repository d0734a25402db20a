"""Events that are caught: start events, intermediate events, boundary events, and receive tasks."""

from typing import TYPE_CHECKING

from connectory_engine.execution.events import stays_local
from connectory_engine.execution.plain import Plain
from connectory_engine.execution.variables import set_local
from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class StartEvent(Plain):
    """Where a scope begins; the start of a process by an event keeps what the event brought."""

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Hand on what the event brought, and open the event sub-processes of the scope."""
        scope = e.scope
        w.processor.outputs(e, e.extra, keep=scope is not None and scope.kind == "PROCESS")
        if scope is not None and scope.element.event_sub_processes:
            w.events.open(scope, [s.start for s in scope.element.event_sub_processes if s.start is not None])
        w.processor.finish(e)


class CatchEvent(Plain):
    """An intermediate event; behind an event-based gateway, or a link, it has happened already."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Wait for the event."""
        event = e.element.event
        if e.extra is not None or event is None or event.kind == "link":
            w.processor.passes(e)
            return
        w.events.open(e, [e.element])
        w.processor.activated(e)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Hand on what the event brought."""
        after_gateway = any(flow.source.type == "EVENT_BASED_GATEWAY" for flow in e.element.incoming)
        w.processor.outputs(e, e.extra, keep=after_gateway)
        w.processor.finish(e)


class ReceiveTask(Plain):
    """A task that waits for a message."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Wait for the message, and for the boundary events."""
        w.events.open(e, [e.element, *e.element.boundaries])
        w.processor.activated(e)


class BoundaryEvent(Plain):
    """An event at the border of an activity; it keeps what it brought, and an error's variables stay there."""

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Hand on what the event brought."""
        variables = e.extra
        if stays_local(variables):
            if variables:
                set_local(e, variables)
            w.processor.outputs(e)
        else:
            w.processor.outputs(e, variables, keep=True)
        w.processor.finish(e)

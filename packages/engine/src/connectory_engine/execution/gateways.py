"""Gateways: they choose flows, wait for tokens or for the first of several events."""

from typing import TYPE_CHECKING

from connectory_engine.execution.plain import Plain
from connectory_engine.failure import Failure
from connectory_engine.model import Flow
from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

_NO_FLOW = "Expected at least one condition to evaluate to true, or to have a default flow"


class ParallelGateway(Plain):
    """Takes all flows; the tokens were joined before it was entered."""

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Go on; gateways have no mappings."""
        w.processor.finish(e)


class ExclusiveGateway(Plain):
    """Takes one flow."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Choose the flow; a condition that cannot be decided is an incident of the gateway."""
        e.extra = self.choose(e)
        w.processor.passes(e)

    def choose(self, e: ElementInstance) -> list[Flow]:
        """Give the first flow whose condition holds, the last in the file being tried first."""
        element = e.element
        flows = element.outgoing
        if not flows:
            return []
        if len(flows) == 1 and flows[0].condition is None:
            return flows
        for flow in flows:
            if flow is not element.default and flow.condition is not None and flow.condition.boolean(e):
                return [flow]
        if element.default is not None:
            return [element.default]
        raise Failure("CONDITION_ERROR", _NO_FLOW)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Go on along what was chosen."""
        w.processor.finish(e, e.extra)


class InclusiveGateway(ExclusiveGateway):
    """Takes all flows whose conditions hold."""

    def choose(self, e: ElementInstance) -> list[Flow]:
        """Give the flows whose conditions hold, or the default."""
        element = e.element
        flows = element.outgoing
        if not flows or (len(flows) == 1 and flows[0].condition is None):
            return flows
        chosen = [
            flow
            for flow in flows
            if flow is not element.default and flow.condition is not None and flow.condition.boolean(e)
        ]
        if chosen:
            return chosen
        if element.default is not None:
            return [element.default]
        raise Failure("CONDITION_ERROR", _NO_FLOW)


class EventBasedGateway(Plain):
    """Waits for the first of the events behind it."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Wait for all of the events."""
        w.events.open(e, [flow.target for flow in e.element.outgoing])
        w.processor.activated(e)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Enter the event that came, with what it brought."""
        event, variables = e.pending
        scope = e.scope
        if scope is None:
            return
        scope.tokens += 1  # keeps the scope alive until the event is entered
        w.processor.completed(e, [])
        scope.tokens -= 1
        w.processor.push(w.processor.enter, scope, (event, None, variables))

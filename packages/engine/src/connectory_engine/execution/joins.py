"""Gateways that wait for several tokens."""

from typing import TYPE_CHECKING

from connectory_engine.model import Element, Flow
from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class Joins:
    """Decides when a parallel or inclusive gateway is entered."""

    def __init__(self, world: "World") -> None:
        self.world = world

    def ready(self, scope: ElementInstance, gateway: Element) -> bool:
        """Whether all tokens that a gateway waits for have arrived; looked at when a token arrives."""
        arrived = scope.arrived or {}
        if gateway.type == "PARALLEL_GATEWAY":
            return all(flow in arrived for flow in gateway.incoming)
        missing = [flow for flow in gateway.incoming if flow not in arrived]
        if len(missing) == len(gateway.incoming):
            return False
        return not missing or not self._may_come(scope, gateway, missing)

    def consume(self, scope: ElementInstance, gateway: Element) -> bool:
        """Take one token from each flow that has some; says no when they have been taken meanwhile."""
        arrived = scope.arrived or {}
        if gateway.type == "PARALLEL_GATEWAY":
            if not all(flow in arrived for flow in gateway.incoming):
                return False
        elif not any(flow in arrived for flow in gateway.incoming):
            return False
        for flow in gateway.incoming:
            count = arrived.get(flow, 0)
            if count > 1:
                arrived[flow] = count - 1
            elif count:
                del arrived[flow]
            scope.tokens -= 1 if count else 0
        return True

    def _may_come(self, scope: ElementInstance, gateway: Element, missing: list[Flow]) -> bool:
        """Whether anything active in the scope has a way to one of the flows."""
        active = {e.element for e in (scope.active or {}).values()}
        arrived = scope.arrived or {}
        seen: set[Element] = {gateway}
        waiting = [flow.source for flow in missing]
        if any(flow in arrived for flow in missing):
            return True
        while waiting:
            element = waiting.pop()
            if element in seen:
                continue
            seen.add(element)
            if element in active or any(flow in arrived for flow in element.incoming):
                return True
            waiting += [flow.source for flow in element.incoming]
            if element.attached_to is not None:
                waiting.append(element.attached_to)
            if element.event is not None and element.event.kind == "link" and element.parent is not None:
                waiting += [e for e in element.parent.children if _throws_to(e, element)]
        return False


def _throws_to(element: Element, catch: Element) -> bool:
    event = element.event
    return (
        element.type == "INTERMEDIATE_THROW_EVENT"
        and event is not None
        and catch.event is not None
        and event.kind == "link"
        and event.name == catch.event.name
    )

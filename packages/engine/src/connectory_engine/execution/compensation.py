"""Compensation: the handlers of what has completed, all started at once by a compensation event."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectory_engine.model import Element
from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


def handler(element: Element) -> tuple[Element, Element] | None:
    """Give the compensation event of an activity, and what it leads to."""
    for boundary in element.boundaries:
        if boundary.compensation_handler is not None:
            return boundary, boundary.compensation_handler
    return None


def note(e: ElementInstance) -> None:
    """Remember, in the scope, a completed activity that can be compensated, or that holds such."""
    scope = e.scope
    if scope is None or not (e.compensations or handler(e.element)):
        return
    if scope.compensations is None:
        scope.compensations = []
    scope.compensations.append(e)


def throw(w: "World", e: ElementInstance, activity: str | None) -> None:
    """Start the handlers of a scope, or of one activity in it; the event waits until they are done."""
    scope = e.scope
    found: list[ElementInstance] = []
    while scope is not None:
        found += _take(scope, activity)
        if scope.kind != "EVENT_SUB_PROCESS":  # from there it is for the scope around, too
            break
        scope = scope.scope
    count = 0
    for done in found:
        pair = handler(done.element)
        if pair is None or scope is None:
            continue
        boundary, what = pair
        count += 1
        event = w.processor.create(boundary, scope)
        child = w.processor.create(what, scope)
        w.processor.activated(event)
        w.processor.leave(event)
        w.compensating[child] = e
        w.processor.push(w.processor.activate, child)
    e.extra = count
    if not count:
        e.extra = None
        w.processor.push(w.processor.complete, e)


def handled(w: "World", child: ElementInstance) -> None:
    """Let the event that started a handler go on when it was the last."""
    e = w.compensating.pop(child, None)
    if e is None or e.ended is not None:
        return
    e.extra -= 1
    if not e.extra:
        e.extra = None
        w.processor.push(w.processor.complete, e)


def _take(scope: ElementInstance, activity: str | None) -> Iterator[ElementInstance]:
    """Give what can be compensated, in the order of its completion, and forget it."""
    done = scope.compensations or []
    taken = [e for e in done if activity is None or e.element.id == activity]
    scope.compensations = [e for e in done if e not in taken] or None
    for e in taken:
        if handler(e.element) is not None:
            yield e
        if e.compensations:
            yield from _take(e, None)

"""Execution listeners: jobs that run one after the other before an element begins, or after it has ended."""

from typing import TYPE_CHECKING, Any

from connectory_engine.execution.steps import Step
from connectory_engine.execution.variables import set_local
from connectory_engine.model import JobSpec
from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class Listening:
    """How far the listeners of an element are."""

    __slots__ = ("event", "index", "kept", "then")

    def __init__(self, event: str, then: Step, kept: Any) -> None:
        self.event = event
        self.then = then
        self.kept = kept
        self.index = 0


def begin(w: "World", e: ElementInstance, event: str, then: Step) -> None:
    """Run the listeners of an event, then a step."""
    e.extra = Listening(event, then, e.extra)
    advance(w, e)


def advance(w: "World", e: ElementInstance, _: Any = None) -> None:
    """Make the job of the next listener, or go on with the element when there is none."""
    state: Listening = e.extra
    element = e.element
    listeners = element.start_listeners if state.event == "START" else element.end_listeners
    if state.index < len(listeners):
        listener = listeners[state.index]
        headers = element.job.headers if element.job is not None else {}
        spec = JobSpec(listener.type, listener.retries, headers)
        w.jobs.create(e, spec, kind="EXECUTION_LISTENER", event=state.event)
        return
    e.extra = state.kept
    state.then(e, None)


def completed(w: "World", e: ElementInstance, variables: Any) -> None:
    """Take the result of a listener: before the element it is local to it, after it to the scope around."""
    state: Listening = e.extra
    if variables:
        set_local(e if state.event == "START" or e.scope is None else e.scope, variables)
    state.index += 1
    w.processor.push(lambda at, _: advance(w, at), e)

"""Events that are thrown: intermediate ones, and ends."""

from typing import TYPE_CHECKING, Any

from connectory_engine.execution import compensation
from connectory_engine.execution.jobs import text
from connectory_engine.execution.steps import Step
from connectory_engine.execution.tasks import JobTask
from connectory_engine.failure import Failure
from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


def _broadcast(w: "World") -> Step:
    """Give the step that sends a signal: it reaches what begins to wait before its turn comes."""

    def step(_: ElementInstance, signal: Any) -> None:
        w.signals.broadcast(*signal)

    return step


class ThrowEvent(JobTask):
    """An intermediate event that throws: a message is a job, the others happen at once."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Throw."""
        event = e.element.event
        if e.element.job is not None or event is None:
            super().activate(w, e)
            return
        match event.kind:
            case "signal":
                name = text(event.name or "", e)
                w.processor.push(_broadcast(w), e, (name, dict(e.variables or {})))
                w.processor.passes(e)
            case "escalation":
                code = text(event.name or "", e)
                w.processor.activated(e)
                caught = w.events.throw_escalation(e, code)
                if caught is None or not caught.interrupting:
                    w.processor.push(w.processor.complete, e)
            case "compensation":
                w.processor.activated(e)
                compensation.throw(w, e, event.activity)
            case "error":
                self.throw_error(w, e)
            case _:
                w.processor.passes(e)

    def throw_error(self, w: "World", e: ElementInstance) -> None:
        """Throw an error from an end event."""
        event = e.element.event
        code = text(event.name or "" if event is not None else "", e)
        if not code:
            raise Failure("EXTRACT_VALUE_ERROR", "Expected the error code to be a text, but it is empty.")
        w.processor.activated(e)
        w.events.throw_error(e, code, None, retry=(self._throw_again(w), None))

    def _throw_again(self, w: "World"):  # type: ignore[no-untyped-def]
        return lambda e, _: self.throw_error(w, e)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Go on; a link jumps to its other end."""
        event = e.element.event
        w.processor.outputs(e, e.extra)
        if event is not None and event.kind == "link":
            w.processor.finish_with(e, lambda at, _: self._jump(w, at))
        else:
            w.processor.finish(e)

    def _jump(self, w: "World", e: ElementInstance) -> None:
        scope, around, event = e.scope, e.element.parent, e.element.event
        if scope is None or around is None or event is None:
            return
        for target in around.children:
            there = target.event
            if target.type != "INTERMEDIATE_CATCH_EVENT" or there is None or there.kind != "link":
                continue
            if there.name == event.name:
                scope.tokens += 1  # keeps the scope alive until the other end is entered
                w.processor.completed(e, [])
                scope.tokens -= 1
                w.processor.push(w.processor.enter, scope, (target, None, {}))
                return


class EndEvent(ThrowEvent):
    """The end of a path, which may throw something, or end the whole scope."""

    def complete(self, w: "World", e: ElementInstance) -> None:
        """End; a terminate event ends all else in its scope, too."""
        event = e.element.event
        if event is None or event.kind != "terminate":
            super().complete(w, e)
            return
        w.processor.outputs(e)
        w.processor.finish_with(e, lambda at, _: self._end_scope(w, at))

    def _end_scope(self, w: "World", e: ElementInstance) -> None:
        scope = e.scope
        if scope is None:
            return
        scope.tokens = 1  # keeps the scope alive until the others have ended
        w.processor.completed(e, [])
        scope.tokens = 0
        if not w.processor.terminate_children(scope):
            w.processor.behaviours[scope.kind].child_left(w, scope, e)

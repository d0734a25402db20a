"""The body of a multi-instance activity: one inner instance for each item of a list."""

import re
from typing import TYPE_CHECKING, Any

from connectory_engine.execution.plain import Plain
from connectory_engine.execution.variables import propagate, set_local
from connectory_engine.expressions import Expression, context
from connectory_engine.failure import Failure
from connectory_engine.model import LoopSpec
from connectory_engine.records import ACTIVE, COMPLETED, ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

_PATH = re.compile(r"\s*([A-Za-z_]\w*)(?:\.\w+)*\s*")


def output_variable(expression: Expression | None) -> dict[str, None]:
    """Give what an inner instance has as null when its output element is a variable, or a path into one."""
    path = None if expression is None else _PATH.fullmatch(expression.text)
    return {} if path is None else {path[1]: None}


class Progress:
    """How far a body is."""

    __slots__ = ("completed", "created", "done", "indexes", "items", "terminated")

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self.created = 0
        self.completed = 0
        self.terminated = 0
        self.done = False
        self.indexes: dict[int, int] = {}  # of the items, by the keys of their instances


def _loop(e: ElementInstance) -> LoopSpec:
    loop = e.element.loop
    assert loop is not None  # noqa: S101 - a body has one
    return loop


class MultiInstanceBody(Plain):
    """Runs its inner activity for each item, all at once or one after the other."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Evaluate the list, and begin."""
        loop = _loop(e)
        items = loop.collection.array(e)
        w.events.open(e, e.element.boundaries)
        e.extra = Progress(items)
        if loop.output_collection is not None:
            set_local(e, {loop.output_collection: [None] * len(items)})
        w.processor.activated(e)
        if not items:
            w.processor.push(w.processor.complete, e)
            return
        for _ in range(1 if loop.sequential else len(items)):
            w.processor.push(self._next(w), e)

    def _next(self, w: "World"):  # type: ignore[no-untyped-def]
        return lambda e, _: self._enter_next(w, e)

    def _enter_next(self, w: "World", e: ElementInstance) -> None:
        inner = e.element.inner
        progress = e.extra
        if e.phase != ACTIVE or progress is None or progress.done or inner is None:
            return
        loop = _loop(e)
        index = progress.created
        progress.created += 1
        child = w.processor.create(inner, e)
        progress.indexes[child.key] = index
        local: dict[str, Any] = {**output_variable(loop.output_element)}
        if loop.input_element is not None:
            local[loop.input_element] = progress.items[index]
        local["loopCounter"] = index + 1
        set_local(child, local)
        w.processor.take(w.processor.activate, child, None)

    def before_child_completes(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """Collect the output of an inner instance and see whether that is enough."""
        loop, progress = _loop(e), e.extra
        if loop.output_collection is not None and loop.output_element is not None:
            value = loop.output_element.json(child, "EXTRACT_VALUE_ERROR")
            # The variable is the truth: what a result has made of it is kept.
            collected = (e.variables or {}).get(loop.output_collection)
            index = progress.indexes[child.key]
            if type(collected) is not list or index >= len(collected):
                size = len(collected) if type(collected) is list else 0
                raise Failure(
                    "EXTRACT_VALUE_ERROR",
                    f"Unable to update an item in output collection '{loop.output_collection}' at position {index + 1}"
                    f" because the size of the collection is: {size}. This may happen when multiple BPMN elements write"
                    f" to the same variable.",
                )
            set_local(e, {loop.output_collection: [*collected[:index], value, *collected[index + 1 :]]})
        if loop.condition is not None and not progress.done:
            progress.done = self._enough(e, child)

    def _enough(self, e: ElementInstance, child: ElementInstance) -> bool:
        condition, progress = _loop(e).condition, e.extra
        if condition is None:
            return False
        counts = {
            "numberOfInstances": progress.created,
            "numberOfActiveInstances": len(e.active or {}) - 1,
            "numberOfCompletedInstances": progress.completed + 1,
            "numberOfTerminatedInstances": progress.terminated,
        }
        seen = context(child, condition.names)
        value = condition.raw({**seen, **{n: counts[n] for n in condition.names if n in counts}}, "EXTRACT_VALUE_ERROR")
        if value is True or value is False:
            return value
        raise condition.wrong_type(child, value, "BOOLEAN")

    def child_left(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """Go on with the next item, or end."""
        progress: Progress | None = e.extra
        if progress is None or e.phase != ACTIVE:
            return
        if child.phase == COMPLETED:
            progress.completed += 1
        else:
            progress.terminated += 1
        if progress.done:
            if not w.processor.terminate_children(e):
                w.processor.push(w.processor.complete, e)
        elif _loop(e).sequential and progress.created < len(progress.items):
            w.processor.push(self._next(w), e)
        elif not e.active and progress.created >= len(progress.items):
            w.processor.push(w.processor.complete, e)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Hand the output on to the scope around."""
        collection = _loop(e).output_collection
        if collection is not None and e.scope is not None:
            propagate(e.scope, {collection: (e.variables or {}).get(collection)})
        w.processor.completed(e, e.element.outgoing)

    def terminate(self, w: "World", e: ElementInstance) -> None:
        """End the inner instances first."""
        if not w.processor.terminate_children(e):
            w.processor.terminated(e)

"""Ad-hoc sub-processes: elements are activated by a list, by the API, or by an agent's job."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectory_engine.execution.multi_instance import output_variable
from connectory_engine.execution.plain import Plain
from connectory_engine.execution.variables import propagate, set_local
from connectory_engine.failure import Failure
from connectory_engine.model import AdHocSpec
from connectory_engine.records import ACTIVE, COMPLETED, ElementInstance
from connectory_engine.rejection import rejected

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

ELEMENTS = "adHocSubProcessElements"
Activation = tuple[str, Mapping[str, Any]]


def _spec(e: ElementInstance) -> AdHocSpec:
    spec = e.element.ad_hoc
    assert spec is not None  # noqa: S101 - an ad-hoc sub-process has one
    return spec


class AdHocSubProcess(Plain):
    """Holds the inner instances around activated elements. `extra` says whether it may end."""

    def prepare(self, w: "World", e: ElementInstance) -> None:
        """Tell of the elements."""
        spec = _spec(e)
        set_local(e, {ELEMENTS: [dict(told) for told in spec.elements]})
        if spec.output_collection is not None:
            set_local(e, {spec.output_collection: []})

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Activate the elements that are listed, or ask the agent."""
        element, spec = e.element, _spec(e)
        listed: list[str] = []
        if spec.active_elements is not None:
            try:
                listed = spec.active_elements.strings(e)
            except Failure as failure:
                raise Failure(failure.type, f"Failed to activate ad-hoc elements. {failure.message}") from None
            if unknown := self.unknown(e, listed):
                raise Failure("EXTRACT_VALUE_ERROR", unknown)
        prepared = None if element.job is None else w.jobs.prepare(e, element.job)
        events = [s.start for s in element.event_sub_processes if s.start is not None]
        w.events.open(e, [*element.boundaries, *events])
        e.extra = False
        w.processor.activated(e)
        if prepared is not None:
            w.jobs.make(e, prepared, kind="AD_HOC_SUB_PROCESS")
        self.start(w, e, [(name, {}) for name in listed])

    def unknown(self, e: ElementInstance, names: Sequence[str]) -> str | None:
        """Say which elements there are not."""
        activatable = {told["elementId"] for told in _spec(e).elements}
        unknown = [name for name in names if name not in activatable]
        if not unknown:
            return None
        return (
            f"Expected to activate activities for ad-hoc sub-process with key '{e.key}', but the given elements"
            f" [{', '.join(unknown)}] do not exist."
        )

    def check_activation(self, e: ElementInstance, names: Sequence[str], command: str = "ACTIVATE") -> None:
        """Reject what cannot be activated."""
        if unknown := self.unknown(e, names):
            raise rejected(command, "NOT_FOUND", unknown)

    def check_result(self, e: ElementInstance, result: Mapping[str, Any] | None) -> None:
        """Reject an agent's decision that cannot be carried out."""
        activations = (result or {}).get("activateElements") or ()
        if unknown := self.unknown(e, [activation["elementId"] for activation in activations]):
            raise rejected("COMPLETE", "NOT_FOUND", unknown)

    def start(self, w: "World", e: ElementInstance, activations: Sequence[Activation]) -> None:
        """Activate elements, each in an inner instance with variables of its own."""
        inner = e.element.inner
        if inner is None:
            return
        for name, variables in activations:
            child = w.processor.create(inner, e)
            if local := {**output_variable(_spec(e).output_element), **variables}:
                set_local(child, local)
            child.extra = name
            w.processor.push(w.processor.activate, child, name)

    def before_child_completes(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """Collect the output of an inner instance and evaluate whether that is enough."""
        spec = _spec(e)
        if child.kind != "AD_HOC_SUB_PROCESS_INNER_INSTANCE":
            return
        if spec.output_collection is not None and spec.output_element is not None:
            value = spec.output_element.json(child, "EXTRACT_VALUE_ERROR")
            collected = (e.variables or {}).get(spec.output_collection)
            set_local(e, {spec.output_collection: [*(collected if isinstance(collected, list) else []), value]})
        if spec.condition is not None and e.element.job is None:
            e.extra = spec.condition.boolean(e)

    def child_left(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """End, wait for the rest, or ask the agent again."""
        if e.phase != ACTIVE:
            return
        spec = _spec(e)
        if e.element.job is not None:
            if e.extra:
                self._end_if_idle(w, e)
            elif child.phase == COMPLETED and child.kind == "AD_HOC_SUB_PROCESS_INNER_INSTANCE":
                if e.job is not None:
                    w.jobs.cancel(e)
                w.jobs.create(e, e.element.job, kind="AD_HOC_SUB_PROCESS")
        elif spec.condition is None:
            self._end_if_idle(w, e)
        elif e.extra:
            if spec.cancel_remaining and w.processor.terminate_children(e):
                return
            self._end_if_idle(w, e)

    def _end_if_idle(self, w: "World", e: ElementInstance) -> None:
        if not e.active and e.tokens == 0:
            w.processor.push(w.processor.complete, e)

    def job_completed(self, w: "World", e: ElementInstance, variables: Any, result: Mapping[str, Any] | None) -> None:
        """Do what the agent has decided."""
        if variables:
            propagate(e, variables)
        decided = result or {}
        activations = [(a["elementId"], a.get("variables") or {}) for a in decided.get("activateElements") or ()]
        done = bool(decided.get("isCompletionConditionFulfilled"))
        if decided.get("isCancelRemainingInstances") and (done or activations):
            w.processor.terminate_children(e)
        self.start(w, e, activations)
        if done:
            e.extra = True
            self._end_if_idle(w, e)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Hand the output on to the scope around."""
        if e.job is not None:
            w.jobs.cancel(e)
        collection = _spec(e).output_collection
        if collection is not None and e.scope is not None:
            propagate(e.scope, {collection: (e.variables or {}).get(collection)})
        w.processor.outputs(e)
        w.processor.finish(e)

    def terminate(self, w: "World", e: ElementInstance) -> None:
        """End the inner instances first."""
        if not w.processor.terminate_children(e):
            w.processor.terminated(e)


class InnerInstance(Plain):
    """The scope around one activated element and what follows it."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Enter the element."""
        name, e.extra = e.extra, None
        parent = e.element.parent
        w.processor.activated(e)
        if parent is not None:
            w.processor.push(w.processor.enter, e, (parent.by_id[name], None, None))

    def complete(self, w: "World", e: ElementInstance) -> None:
        """End."""
        w.processor.finish(e)

    def terminate(self, w: "World", e: ElementInstance) -> None:
        """End the element first."""
        if not w.processor.terminate_children(e):
            w.processor.terminated(e)

    def child_left(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """End when nothing is left inside."""
        if not e.active and e.tokens == 0 and e.phase == ACTIVE:
            w.processor.push(w.processor.complete, e)

"""The life of element instances: entered, activated, completed or terminated, and what follows from it.

Every step is an entry of one queue, taken first in, first out, as the real engine works through its log. A step that
fails becomes an incident, which keeps the step to take it again. What a kind of element does in its phases is said by
its `Behaviour`; here is what all have in common.
"""

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from connectory_engine.execution import compensation, incidents, listeners
from connectory_engine.execution.steps import Step
from connectory_engine.execution.variables import propagate, set_local
from connectory_engine.failure import Failure
from connectory_engine.model import Element, Flow
from connectory_engine.records import (
    ACTIVATING,
    ACTIVE,
    COMPLETED,
    COMPLETING,
    TERMINATED,
    TERMINATING,
    ElementInstance,
    Instance,
)

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


_COLLECTING = ("MULTI_INSTANCE_BODY", "AD_HOC_SUB_PROCESS")
STEPS_AT_ONCE = 5_000  # then others have their turn
MOST_WITHOUT_WAIT = 100_000  # elements entered by one instance that never waits for anything


class Behaviour(Protocol):
    """What a kind of element does. `activate` ends with `activated`, `complete` with `completed`."""

    def prepare(self, w: "World", e: ElementInstance) -> None:
        """Set what even the listeners before the element see."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Begin: the inputs are there."""

    def complete(self, w: "World", e: ElementInstance) -> None:
        """End: what it waited for has happened; a trigger's variables are in `e.extra`."""

    def terminate(self, w: "World", e: ElementInstance) -> None:
        """Stop everything; `terminated` follows when nothing below is active any more."""

    def child_left(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """Go on, or end, after a child has completed or was terminated and nothing follows it."""


class Processor:
    """The queue of steps and the transitions between phases."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.queue: deque[tuple[Step, ElementInstance, Any]] = deque()
        self.epoch = 0
        self.behaviours: dict[str, Behaviour] = {}

    # --- the queue

    def push(self, step: Step, e: ElementInstance, argument: Any = None) -> None:
        """Let a step be taken after those that wait already."""
        self.queue.append((step, e, argument))

    def run(self) -> None:
        """Take steps until nothing is left to do, or it is time for others."""
        queue = self.queue
        for _ in range(STEPS_AT_ONCE):
            if not queue:
                self.epoch += 1
                return
            self.take(*queue.popleft())

    def take(self, step: Step, e: ElementInstance, argument: Any) -> None:
        """Take one step; a failure becomes an incident of the element instance."""
        try:
            step(e, argument)
        except Failure as failure:
            incidents.open_incident(self.world, e, failure, retry=(step, argument))

    # --- entering

    def enter(self, scope: ElementInstance, what: tuple[Element, Flow | None, Any]) -> None:
        """Enter an element in a scope: by a flow, or with the variables of the event that leads to it."""
        element, flow, variables = what
        if flow is not None and not self._arrive(scope, element, flow):
            return
        if scope.phase != ACTIVE or scope.interrupted:
            return
        instance = scope.instance
        if self._spins(instance):
            e = self.create(element, scope)
            failure = Failure(
                "UNKNOWN",
                f"The process instance has entered {MOST_WITHOUT_WAIT} elements without waiting for anything: it looks"
                f" like an endless loop. Resolve this incident to let it go on for as many again.",
            )
            incidents.open_incident(self.world, e, failure, retry=(self.activate, variables))
            instance.spin = 0
            return
        e = self.create(element, scope)
        self.take(self.activate, e, variables)

    def _spins(self, instance: Instance) -> bool:
        if instance.spin_epoch != self.epoch:
            instance.spin_epoch, instance.spin = self.epoch, 0
        instance.spin += 1
        return instance.spin > MOST_WITHOUT_WAIT

    def create(self, element: Element, scope: ElementInstance) -> ElementInstance:
        """Make an element instance."""
        store = self.world.store
        e = ElementInstance(store.next_key(), element, element.type, scope.instance, scope, self.world.now())
        scope.instance.elements.append(e)
        store.elements[e.key] = e
        if scope.active is None:
            scope.active = {}
        scope.active[e.key] = e
        return e

    def activate(self, e: ElementInstance, variables: Any = None) -> None:
        """Begin the activation: local variables, inputs, listeners, then what the element does."""
        if e.phase != ACTIVATING:
            return
        if variables is not None:
            e.extra = variables
        element = e.element
        if element.inputs is not None:
            set_local(e, element.inputs.json(e, "IO_MAPPING_ERROR"))
        self.behaviours[e.kind].prepare(self.world, e)
        if element.start_listeners:
            listeners.begin(self.world, e, "START", self._behave)
        else:
            self._behave(e, None)

    def _behave(self, e: ElementInstance, _: Any = None) -> None:
        self.behaviours[e.kind].activate(self.world, e)

    def activated(self, e: ElementInstance) -> None:
        """Say that an element is active."""
        e.phase = ACTIVE

    def passes(self, e: ElementInstance) -> None:
        """Say that an element is active and has nothing to wait for."""
        e.phase = ACTIVE
        self.queue.append((self.complete, e, None))

    # --- completing

    def complete(self, e: ElementInstance, _: Any = None) -> None:
        """Begin the completion."""
        if e.phase == ACTIVE or e.phase == COMPLETING:
            e.phase = COMPLETING
            self.behaviours[e.kind].complete(self.world, e)

    def outputs(self, e: ElementInstance, variables: Any = None, *, keep: bool = False) -> None:
        """Apply the output mappings; without them what a trigger brought goes upwards.

        Events that are entered by their trigger `keep` a local copy of it.
        """
        mapping = e.element.outputs
        if variables and (mapping is not None or keep):
            set_local(e, variables)
        if mapping is not None:
            inner = e.scope is not None and e.scope.kind == "MULTI_INSTANCE_BODY"
            propagate(e if inner or e.scope is None else e.scope, mapping.json(e, "IO_MAPPING_ERROR"))
        elif variables:
            propagate(e.scope if keep and e.scope is not None else e, variables)

    def finish(self, e: ElementInstance, flows: list[Flow] | None = None) -> None:
        """End the completion, after the listeners, and go on along some flows (all, if not told which)."""
        self.finish_with(e, lambda at, _: self._finish(at, flows))

    def finish_with(self, e: ElementInstance, then: Step) -> None:
        """End the completion, after the listeners, with a step of the caller's."""
        if e.element.end_listeners:
            listeners.begin(self.world, e, "END", then)
        else:
            then(e, None)

    def _finish(self, e: ElementInstance, flows: list[Flow] | None) -> None:
        scope = e.scope
        if scope is not None and scope.kind in _COLLECTING:
            # A step of its own: what fails here is tried again without mapping the outputs twice.
            self.take(self._collect, e, flows)
        else:
            self.completed(e, e.element.outgoing if flows is None else flows)

    def _collect(self, e: ElementInstance, flows: list[Flow] | None) -> None:
        scope = e.scope
        if scope is not None:
            behaviour: Any = self.behaviours[scope.kind]
            behaviour.before_child_completes(self.world, scope, e)
        self.completed(e, e.element.outgoing if flows is None else flows)

    def completed(self, e: ElementInstance, flows: list[Flow]) -> None:
        """Say that an element has completed, and go on along some flows."""
        world = self.world
        scope = e.scope
        self.leave(e)
        if scope is None:
            world.instances.ended(e)
            return
        compensation.note(e)
        if world.compensating:
            compensation.handled(world, e)
        terminate_after = e.instance.terminate_after
        stops = bool(terminate_after) and e.element.id in terminate_after
        if not flows:
            self.behaviours[scope.kind].child_left(world, scope, e)
        elif not stops:
            for flow in flows:
                self.follow(scope, flow)
        if stops and scope.kind != "MULTI_INSTANCE_BODY":
            self.push(self.terminate, e.instance.root)

    def leave(self, e: ElementInstance) -> None:
        """Take a completed element out of its scope."""
        e.phase = COMPLETED
        e.ended = self.world.now()
        e.extra = None
        if e.waits:
            self.world.events.close(e)
        if e.scope is not None:
            _remove(e.scope, e)

    # --- flows

    def follow(self, scope: ElementInstance, flow: Flow) -> None:
        """Take a flow; a join is entered when all of its tokens are there."""
        scope.tokens += 1
        target = flow.target
        kind = target.type
        joins = kind in ("PARALLEL_GATEWAY", "INCLUSIVE_GATEWAY")
        if joins or scope.element.tracks:
            arrived = scope.arrived
            if arrived is None:
                arrived = scope.arrived = {}
            arrived[flow] = arrived.get(flow, 0) + 1
            if joins and not self.world.joins.ready(scope, target):
                return
        self.queue.append((self.enter, scope, (target, flow, None)))

    def _arrive(self, scope: ElementInstance, element: Element, flow: Flow) -> bool:
        """Take the tokens of an entered element from its flows."""
        if element.type in ("PARALLEL_GATEWAY", "INCLUSIVE_GATEWAY"):
            return self.world.joins.consume(scope, element)
        scope.tokens -= 1
        if scope.arrived is not None and flow in scope.arrived:
            _less(scope.arrived, flow)
        return True

    # --- terminating

    def terminate(self, e: ElementInstance, _: Any = None) -> None:
        """Begin the termination."""
        if e.phase >= COMPLETED:
            return
        e.phase = TERMINATING
        incidents.drop(self.world, e)
        if e.waits:
            self.world.events.close(e)
        if e.job is not None:
            self.world.jobs.cancel(e)
        self.behaviours[e.kind].terminate(self.world, e)

    def terminate_children(self, e: ElementInstance) -> bool:
        """Terminate what is active below; says whether there was anything."""
        e.tokens = 0
        e.arrived = None
        children = list(e.active.values()) if e.active else []
        for child in children:
            self.push(self.terminate, child)
        return bool(children)

    def terminated(self, e: ElementInstance) -> None:
        """Say that an element was terminated, and let go on what interrupted it."""
        e.phase = TERMINATED
        e.ended = self.world.now()
        e.extra = None
        scope = e.scope
        if scope is None:
            self.world.instances.ended(e)
            return
        _remove(scope, e)
        if scope.phase == TERMINATING:
            if not scope.active:
                self.terminated(scope)
        elif scope.interrupted and scope.extra is not None:
            if not scope.active:
                self.world.events.take_over(scope)
        elif e.pending is not None:
            element, variables = e.pending
            self.enter(scope, (element, None, variables))
        else:
            self.behaviours[scope.kind].child_left(self.world, scope, e)


def _remove(scope: ElementInstance, e: ElementInstance) -> None:
    if scope.active is not None:
        del scope.active[e.key]


def _less(arrived: dict[Flow, int], flow: Flow) -> None:
    if arrived[flow] > 1:
        arrived[flow] -= 1
    else:
        del arrived[flow]

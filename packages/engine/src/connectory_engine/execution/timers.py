"""Timers: of element instances, and of start events."""

from typing import TYPE_CHECKING, Any

from connectory_engine.execution.schedule import Planned
from connectory_engine.model import Element, TimerSpec
from connectory_engine.records import Definition, ElementInstance
from connectory_engine.timing import first_due, timer_value

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class Timer:
    """A timer that runs: of an element instance, or (without one) of a process's start event."""

    __slots__ = ("at", "definition", "due", "element", "left", "plan", "repetition")

    def __init__(self, element: Element, at: ElementInstance | None, definition: Definition | None) -> None:
        self.element = element
        self.at = at
        self.definition = definition
        self.due = 0.0
        self.left = 1
        self.repetition: Any = None
        self.plan: Planned | None = None


class Timers:
    """Starts timers and lets them fire."""

    def __init__(self, world: "World") -> None:
        self.world = world

    def prepare(self, spec: TimerSpec, scope: ElementInstance | None) -> tuple[Any, float | None]:
        """Evaluate when a timer fires first, before anything is changed."""
        value = timer_value(spec, scope)
        return value, first_due(spec, value, self.world.now())

    def start(self, timer: Timer, spec: TimerSpec, prepared: tuple[Any, float | None]) -> None:
        """Let a timer run."""
        value, due = prepared
        if spec.kind == "cycle":
            timer.repetition = value
            timer.left = value.times
        if due is not None:
            self._plan(timer, due)

    def stop(self, timer: Timer) -> None:
        """Let a timer not fire any more."""
        if timer.plan is not None:
            timer.plan.cancel()
            timer.plan = None

    def _plan(self, timer: Timer, due: float) -> None:
        timer.due = due
        timer.plan = self.world.schedule.at(due, lambda: self._fire(timer))

    def _fire(self, timer: Timer) -> None:
        timer.plan = None
        if timer.repetition is not None and (timer.left == -1 or timer.left > 1):  # so R0 fires once
            timer.left -= 1 if timer.left > 1 else 0
            self._plan(timer, timer.repetition.next(timer.due, self.world.now()))
        if timer.at is not None:
            self.world.events.trigger(timer.at, timer.element, None)
        elif timer.definition is not None:
            self.world.instances.start_by_event(timer.definition, timer.element, None)

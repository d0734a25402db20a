"""Events: what an element instance waits for, what happens when it comes, and who catches what is thrown."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connectory_engine.execution import incidents
from connectory_engine.execution.timers import Timer
from connectory_engine.expressions import Expression, type_name
from connectory_engine.failure import Failure
from connectory_engine.model import Element
from connectory_engine.records import ACTIVE, TERMINATING, ElementInstance, SignalWait, Subscription

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

Catch = tuple[ElementInstance, Element]  # the instance whose event it is, and the event
Prepared = tuple[Element, str, Any, Any]  # the event, its kind, and what was evaluated


class Events:
    """Waits for events and leads them where they belong."""

    def __init__(self, world: "World") -> None:
        self.world = world

    # --- waiting

    def prepare(self, e: ElementInstance, events: list[Element]) -> list[Prepared]:
        """Evaluate what an element instance would wait for; nothing is changed."""
        w = self.world
        prepared: list[Prepared] = []
        for element in events:
            event = element.event
            if event is None:
                continue
            if event.kind == "message":
                around = e.scope if element.type == "BOUNDARY_EVENT" else e
                key = _correlation_key(event.correlation_key, around)
                prepared.append((element, "message", _name(event.name, e), key))
            elif event.kind == "timer" and event.timer is not None:
                prepared.append((element, "timer", event.timer, w.timers.prepare(event.timer, e)))
            elif event.kind == "signal":
                prepared.append((element, "signal", _name(event.name, e), None))
        return prepared

    def open(self, e: ElementInstance, events: list[Element]) -> None:
        """Wait for events on behalf of an element instance: all of them, or none if one cannot be evaluated."""
        w = self.world
        prepared = self.prepare(e, events)
        if not prepared:
            return
        waits: list[Any] = []
        for element, kind, what, more in prepared:
            if kind == "message":
                waits.append(w.messages.subscribe(e, element, what, more))
            elif kind == "timer":
                timer = Timer(element, e, None)
                w.timers.start(timer, what, more)
                waits.append(timer)
            else:
                signal = SignalWait(what, e.instance.definition, element, e)
                w.signals.wait(signal)
                waits.append(signal)
        e.waits = [*(e.waits or ()), *waits]
        w.messages.look_up([wait for wait in waits if isinstance(wait, Subscription)])

    def close(self, e: ElementInstance, type_: str | None = None) -> None:
        """Stop waiting for all events, or for those of a type of element."""
        waits, e.waits = e.waits or [], None
        for wait in waits:
            if type_ is not None and wait.element.type != type_:
                e.waits = [*(e.waits or ()), wait]
            elif isinstance(wait, Subscription):
                self.world.messages.unsubscribe(wait)
            elif isinstance(wait, Timer):
                self.world.timers.stop(wait)
            else:
                self.world.signals.forget(wait)

    # --- triggers

    def trigger(self, e: ElementInstance, event: Element, variables: Mapping[str, Any] | None) -> bool:
        """Let an event happen to an element instance that waits for it; says whether it still does."""
        processor = self.world.processor
        if e.phase != ACTIVE or e.pending is not None or (e.interrupted and event.type != "BOUNDARY_EVENT"):
            return False
        if event is e.element:
            e.extra = variables
            self.close(e)
            processor.push(processor.complete, e)
        elif event.type == "BOUNDARY_EVENT":
            brought = event, variables or {}
            if event.interrupting:
                e.pending = brought
                self.close(e)
                processor.push(processor.terminate, e)
            elif e.scope is not None:
                processor.push(processor.enter, e.scope, (event, None, variables or {}))
        elif event.type == "START_EVENT" and event.parent is not None:
            self._start_event_sub_process(e, event, event.parent, variables)
        else:  # an event behind an event-based gateway
            e.pending = event, variables or {}
            self.close(e)
            processor.push(processor.complete, e)
        return True

    def _start_event_sub_process(
        self, scope: ElementInstance, event: Element, sub_process: Element, variables: Mapping[str, Any] | None
    ) -> None:
        processor = self.world.processor
        if not event.interrupting:
            processor.push(processor.enter, scope, (sub_process, None, variables or {}))
            return
        scope.interrupted = True
        scope.extra = sub_process, variables or {}
        self.close(scope, "START_EVENT")  # its boundary events still happen
        if not processor.terminate_children(scope):
            self.take_over(scope)

    def take_over(self, scope: ElementInstance) -> None:
        """Start the event sub-process that has interrupted a scope."""
        sub_process, variables = scope.extra
        scope.extra = None
        processor = self.world.processor
        e = processor.create(sub_process, scope)
        processor.push(processor.activate, e, variables)

    # --- what is thrown

    def throw_error(
        self, e: ElementInstance, code: str, variables: Mapping[str, Any] | None, *, retry: Any = None
    ) -> bool:
        """Lead an error to whatever catches it, or open an incident; says whether it was caught."""
        available: list[str] = []
        for catch in self._catchers(e, "error", code, available):
            owner, event = catch
            if event.type == "BOUNDARY_EVENT":
                owner.pending = event, _Local(variables or {})
                self.close(owner)
                self.world.processor.push(self.world.processor.terminate, owner)
            else:
                self.trigger(owner, event, variables)
            return True
        message = f"Expected to throw an error event with the code '{code}', but it was not caught."
        message += (
            f" Available error events are [{', '.join(available)}]"
            if available
            else " No error events are available in the scope."
        )
        incidents.open_incident(self.world, e, Failure("UNHANDLED_ERROR_EVENT", message), retry=retry)
        return False

    def throw_escalation(self, e: ElementInstance, code: str) -> Element | None:
        """Lead an escalation to whatever catches it; gives the event that does."""
        start = e.scope
        if start is None:
            return None
        for owner, event in self._catchers(start, "escalation", code, []):
            self.trigger(owner, event, None)
            return event
        return None

    def _catchers(self, e: ElementInstance, kind: str, code: str, available: list[str]) -> Iterator[Catch]:
        """Go outwards from an element instance; at each level an exact code comes before one that catches all."""
        at: ElementInstance | None = e
        while at is not None and at.phase < TERMINATING and not at.interrupted:
            catch_all: Catch | None = None
            events = [s.start for s in at.element.event_sub_processes if s.start is not None]
            for group in (events, at.element.boundaries):
                for event in group:
                    spec = event.event
                    if spec is None or spec.kind != kind:
                        continue
                    if spec.name is None:
                        catch_all = catch_all or (at, event)
                    else:
                        available.append(str(spec.name))
                        if spec.name == code:
                            yield at, event
                if catch_all is not None:
                    yield catch_all
            at = at.scope if at.scope is not None else at.instance.parent


class _Local(dict[str, Any]):
    """What an error brought to a boundary event: it stays there unless it is mapped out."""


def stays_local(variables: object) -> bool:
    """Whether the variables of a trigger are not for the scope outside."""
    return isinstance(variables, _Local)


def _name(value: str | Expression | None, scope: ElementInstance) -> str:
    return value.string(scope) if isinstance(value, Expression) else value or ""


def _correlation_key(expression: Expression | None, scope: ElementInstance | None) -> str:
    if expression is None:
        return ""
    value = expression.run(scope)
    if type(value) is str:
        return value
    if type_name(value) == "NUMBER":
        return str(int(value))  # type: ignore[call-overload] # a fraction is cut, as in the real engine
    failure = expression.wrong_type(scope, value, "STRING")
    kind, _, rest = failure.message.partition("but was ")[2].partition(".")
    raise Failure(
        "EXTRACT_VALUE_ERROR",
        f"Failed to extract the correlation key for '{expression.text}': The value must be either a string or a number,"
        f" but was {kind}.{rest}",
    )

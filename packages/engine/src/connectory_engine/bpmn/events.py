"""Event definitions: what each kind of event element may have, and what it means."""

from collections.abc import Mapping
from typing import Any

from connectory_engine.bpmn.findings import Findings
from connectory_engine.bpmn.xml_reading import Node
from connectory_engine.durations import parse_interval, parse_moment, parse_repetition
from connectory_engine.expressions import Expression
from connectory_engine.failure import Failure, NotATime
from connectory_engine.model import EventKind, EventSpec, TimerSpec, Value
from connectory_engine.timing import timer_value

DEFINITIONS: Mapping[str, EventKind | None] = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "signalEventDefinition": "signal",
    "linkEventDefinition": "link",
    "terminateEventDefinition": "terminate",
    "compensateEventDefinition": "compensation",
    "conditionalEventDefinition": None,
    "cancelEventDefinition": None,
}
_TIMERS = {"timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle"}


class Events:
    """Makes events of the definitions in one file."""

    def __init__(self, root: Node, findings: Findings) -> None:
        self.findings = findings
        self._declared: dict[tuple[str, str], Node] = {}
        for tag in ("message", "error", "escalation", "signal"):
            for node in root.all(tag):
                self._declared[tag, node.id] = node

    def definitions(self, node: Node) -> list[Node]:
        """Give the event definitions of an element."""
        return [child for child in node.children if child.tag in DEFINITIONS]

    def read(
        self, definition: Node, *, throws: bool = False, start: bool = False, keyed: bool = True
    ) -> EventSpec | None:
        """Make an event; `keyed` messages need a correlation key, those of `start` a constant name."""
        kind = DEFINITIONS[definition.tag]
        if kind is None:
            self.findings.add(definition, "Event definition of this type is not supported")
            return None
        if kind in ("link", "compensation") and not definition.id:
            self.findings.add(definition, "Element id must be present and not empty.")
        if kind == "message":
            return self.message(definition, definition, start=start, keyed=keyed and not throws, throws=throws)
        if kind == "timer":
            return self._timer(definition, start=start)
        if kind == "signal":
            return self._signal(definition, start=start)
        if kind in ("error", "escalation"):
            return self._coded(definition, kind, throws=throws)
        if kind == "link":
            name = definition.get("name")
            if name is None:
                self.findings.add(definition, "Attribute 'name' must appear on element 'linkEventDefinition'.")
            elif not name:
                self.findings.add(definition, "Link name must be present and not empty.")
            return EventSpec("link", name)
        if kind == "compensation":
            return EventSpec("compensation", activity=definition.get("activityRef") or None)
        return EventSpec(kind)

    def message(
        self, definition: Node, where: Node, *, start: bool = False, keyed: bool = True, throws: bool = False
    ) -> EventSpec | None:
        """Make the event of a message, which a definition or a receive task refers to."""
        message = self._declared.get(("message", definition.get("messageRef") or ""))
        if message is None:
            if not throws:
                self.findings.add(where, "Must reference a message")
            return EventSpec("message")
        name = message.get("name")
        if not name:
            self.findings.add(message, "Name must be present and not empty")
            return None
        value = (
            self._constant(where, name, "message name")
            if start
            else self.findings.expression(message, name, static=True)
        )
        key = None
        if keyed:
            subscriptions = message.extensions("subscription")
            if len(subscriptions) != 1:
                self.findings.add(message, "Must have exactly one zeebe:subscription extension element")
            else:
                key = self.findings.only_expression(subscriptions[0], subscriptions[0].get("correlationKey"))
        return EventSpec("message", value, key)

    def _constant(self, where: Node, text: str, what: str) -> str | None:
        """Give a text that must not depend on variables."""
        if not text.startswith("="):
            return text
        expression = self.findings.compiled(where, text[1:])
        if expression is None:
            return None
        owner = where if where.tag not in DEFINITIONS or where.parent is None else where.parent
        try:
            return expression.string(None)
        except Failure as exc:
            kind = exc.message.partition("but was '")[2].partition("'")[0] or "an error"
            self.findings.add(owner, f"Expected constant expression of type String for {what} '{text}', but was {kind}")
            return None

    def _signal(self, definition: Node, *, start: bool) -> EventSpec | None:
        signal = self._declared.get(("signal", definition.get("signalRef") or ""))
        if signal is None:
            self.findings.add(definition, "Must reference a signal")
            return None
        name = signal.get("name")
        if not name:
            self.findings.add(signal, "Name must be present and not empty")
            return None
        if start:
            return EventSpec("signal", self._constant(definition, name, "signal name"))
        return EventSpec("signal", self.findings.expression(signal, name, static=True))

    def _coded(self, definition: Node, kind: EventKind, *, throws: bool) -> EventSpec | None:
        declared = self._declared.get((kind, definition.get(f"{kind}Ref") or ""))
        article = "an"
        if declared is None:
            if throws:
                self.findings.add(definition, f"Must reference {article} {kind}")
            return EventSpec(kind)
        code = declared.get(f"{kind}Code")
        word = f"{kind.capitalize()}Code"
        if throws:
            if not code:
                self.findings.add(
                    declared if kind == "escalation" else definition, f"{word} must be present and not empty"
                )
                return None
            value: Value | None = self.findings.expression(definition, code, static=True)
            return EventSpec(kind, value)
        if code and code.startswith("="):
            self.findings.add(
                definition, f"The {kind}Code of the {kind} catch event is not allowed to be an expression"
            )
            return None
        return EventSpec(kind, code or None)

    def _timer(self, definition: Node, *, start: bool) -> EventSpec | None:
        texts = [child for child in definition.children if child.tag in _TIMERS]
        if len(texts) != 1:
            self.findings.add(definition, "Must be exactly one type of timer: timeDuration, timeDate or timeCycle")
            return EventSpec("timer")
        kind: Any = _TIMERS[texts[0].tag]
        text = texts[0].text.strip()
        owner = definition.parent or definition
        value: Value | None = text
        static: Any = None
        try:
            if text.startswith("="):
                value = self.findings.compiled(texts[0], text[1:])
                if value is None:
                    return EventSpec("timer", timer=TimerSpec(kind, text))
                if start:  # of a process: there are no variables yet
                    static = timer_value(TimerSpec(kind, value), None)
            else:
                static = _static(kind, text)
        except (NotATime, Failure) as exc:
            reason = exc.message if isinstance(exc, Failure) else str(exc)
            self.findings.add(owner, f"Invalid timer {kind} expression ({reason})")
            return EventSpec("timer", timer=TimerSpec(kind, text))
        assert isinstance(value, str | Expression)  # noqa: S101 - either branch gave one
        return EventSpec("timer", timer=TimerSpec(kind, value, static))


def _static(kind: str, text: str) -> Any:
    if kind == "cycle":
        return parse_repetition(text)
    try:
        return parse_interval(text) if kind == "duration" else parse_moment(text)
    except NotATime:
        word = "duration" if kind == "duration" else "date-time"
        raise NotATime(f"Invalid {word} format '{text}' for expression '{text}'.") from None

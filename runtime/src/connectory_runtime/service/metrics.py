"""Counts and times under the reference's names, in Prometheus text.

Kept by hand: Micrometer's timers have a maximum, for which `prometheus_client` has no type, and counting a job must
cost next to nothing.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from connectory_runtime.outbound.commands import Delivery
from connectory_runtime.outbound.outcome import BpmnErrorThrown, Failed, Outcome

INVOCATIONS = "camunda_connector_outbound_invocations_total"
TIMES = "camunda_connector_outbound_execution_time_seconds"

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Timer:
    """How many calls there were, and how long they took."""

    count: int = 0
    seconds: float = 0.0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one call."""
        self.count += 1
        self.seconds += seconds
        self.longest = max(self.longest, seconds)


@dataclass(slots=True)
class Totals:
    """What the endpoint ``/outbound/metrics`` says about one job type."""

    activated: int = 0
    handled: int = 0
    completed: int = 0
    failed: int = 0
    bpmn_error: int = 0
    last_completed: int | None = None
    last_failed: int | None = None
    timer: Timer = field(default_factory=Timer)


class Metrics:
    """What happened since the start."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.totals: dict[str, Totals] = {}
        self.invocations: dict[tuple[str, str, str, str], int] = {}
        self.timers: dict[tuple[str, str, str], Timer] = {}
        self.deliveries: dict[tuple[str, str], int] = {}
        self.log_events: dict[tuple[str, str], int] = {}
        self.more: list[Callable[[], list[str]]] = []

    def of(self, type: str) -> Totals:
        """Return the totals of a job type."""
        totals = self.totals.get(type)
        if totals is None:
            totals = self.totals[type] = Totals()
        return totals

    def activated(self, type: str, count: int) -> None:
        """Count fetched jobs."""
        self.of(type).activated += count

    def invoked(self, type: str, headers: Mapping[str, str]) -> None:
        """Count a job whose connector is called."""
        self._count("activated", type, headers)

    def finished(
        self, type: str, headers: Mapping[str, str], outcome: Outcome, delivery: Delivery, seconds: float
    ) -> None:
        """Count a job's outcome, which counts as its own when the engine took it."""
        totals = self.of(type)
        totals.handled += 1
        totals.timer.add(seconds)
        key = (type, headers.get("elementTemplateId", "unknown"), headers.get("elementTemplateVersion", "unknown"))
        timer = self.timers.get(key)
        if timer is None:
            timer = self.timers[key] = Timer()
        timer.add(seconds)
        now = int(time.time() * 1000)
        if delivery != "accepted":
            self.deliveries[type, delivery] = self.deliveries.get((type, delivery), 0) + 1
        if delivery == "gone":
            return
        if isinstance(outcome, Failed) or delivery != "accepted":
            totals.failed += 1
            totals.last_failed = now
            self._count("failed", type, headers)
        elif isinstance(outcome, BpmnErrorThrown):
            totals.bpmn_error += 1
            self._count("bpmn-error", type, headers)
        else:
            totals.completed += 1
            totals.last_completed = now
            self._count("completed", type, headers)

    def logged(self, logger: str, level: str) -> None:
        """Count a log line."""
        self.log_events[logger, level] = self.log_events.get((logger, level), 0) + 1

    def _count(self, action: str, type: str, headers: Mapping[str, str]) -> None:
        template = headers.get("elementTemplateId", "unknown"), headers.get("elementTemplateVersion", "unknown")
        key = (action, type, *template)
        self.invocations[key] = self.invocations.get(key, 0) + 1

    def prometheus(self) -> str:
        """Return everything in Prometheus text."""
        lines: list[str] = []
        lines += family(
            INVOCATIONS,
            "counter",
            (
                ((("action", a), ("type", t), ("elementTemplateId", i), ("elementTemplateVersion", v)), count)
                for (a, t, i, v), count in self.invocations.items()
            ),
        )
        timers = [
            ((("type", t), ("elementTemplateId", i), ("elementTemplateVersion", v)), timer)
            for (t, i, v), timer in self.timers.items()
        ]
        lines.append(f"# TYPE {TIMES} summary")
        for labels, timer in timers:
            lines += [line(f"{TIMES}_count", labels, timer.count), line(f"{TIMES}_sum", labels, timer.seconds)]
        lines += family(f"{TIMES}_max", "gauge", ((labels, timer.longest) for labels, timer in timers))
        kinds = [((("type", kind),), totals) for kind, totals in self.totals.items()]
        for name, member in (("last_completed", "last_completed"), ("last_failed", "last_failed")):
            values = ((labels, getattr(totals, member) or 0) for labels, totals in kinds)
            lines += family(f"camunda_connector_outbound_{name}", "gauge", values)
        longest = ((labels, round(totals.timer.longest * 1000, 3)) for labels, totals in kinds)
        lines += family("camunda_connector_outbound_max_execution_time", "gauge", longest)
        for name in ("activated", "handled"):
            values = ((labels, getattr(totals, name)) for labels, totals in kinds)
            lines += family(f"camunda_client_worker_job_{name}_total", "counter", values)
        lines += family(
            "connectory_undelivered_outcomes_total",
            "counter",
            (((("type", t), ("delivery", d)), count) for (t, d), count in self.deliveries.items()),
        )
        lines += family(
            "logback_events_total",
            "counter",
            (((("level", level), ("logger", name)), n) for (name, level), n in self.log_events.items()),
        )
        for others in self.more:
            lines += others()
        lines += family("process_uptime_seconds", "gauge", [((), round(time.monotonic() - self.started, 3))])
        return "\n".join(lines) + "\n"


def family(name: str, kind: str, values: Iterable[tuple[Labels, float]]) -> list[str]:
    """Return the lines of one metric."""
    return [f"# TYPE {name} {kind}", *(line(name, labels, value) for labels, value in values)]


def line(name: str, labels: Labels, value: float) -> str:
    """Return one sample."""
    text = ",".join(f'{key}="{escaped(item)}"' for key, item in labels)
    return f"{name}{{{text}}} {value}" if text else f"{name} {value}"


def escaped(text: str) -> str:
    """Return a label's value as the format writes it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""Counts and times under the reference's names.

Kept by hand: Micrometer's timers have a maximum, for which `prometheus_client` has no type, and counting a job must
cost next to nothing.
"""

import time
from collections.abc import Callable, Mapping

from connectory_runtime.outbound.commands import Delivery
from connectory_runtime.outbound.outcome import BpmnErrorThrown, Failed, Outcome
from connectory_runtime.service.meters import AnyMeter, Meter, Timer, TimerMeter, counter

OUTBOUND = "camunda.connector.outbound"
WORKER = "camunda.client.worker.job"
TEMPLATE = ("type", "elementTemplateId", "elementTemplateVersion")


# A plain class: every program that loads a connector has it, and a dataclass would cost it a millisecond.
class Totals:
    """What the endpoint ``/outbound/metrics`` says about one job type."""

    __slots__ = ("activated", "bpmn_error", "completed", "failed", "handled", "last_completed", "last_failed", "timer")

    def __init__(self) -> None:
        self.activated = 0
        self.handled = 0
        self.completed = 0
        self.failed = 0
        self.bpmn_error = 0
        self.last_completed: int | None = None
        self.last_failed: int | None = None
        self.timer = Timer()


class Metrics:
    """What happened since the start."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.totals: dict[str, Totals] = {}
        self.invocations: dict[tuple[str, str, str, str], int] = {}
        self.timers: dict[tuple[str, str, str], Timer] = {}
        self.deliveries: dict[tuple[str, str], int] = {}
        self.log_events: dict[tuple[str, str], int] = {}
        self.more: list[Callable[[], list[AnyMeter]]] = []

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

    def meters(self) -> list[AnyMeter]:
        """Return everything."""
        kinds = [((("type", kind),), totals) for kind, totals in self.totals.items()]

        def gauge(name: str, value: Callable[[Totals], float]) -> Meter:
            return Meter(f"{OUTBOUND}.{name}", "gauge", [(labels, value(totals)) for labels, totals in kinds])

        return [
            counter(f"{OUTBOUND}.invocations", ("action", *TEMPLATE), self.invocations),
            TimerMeter(
                f"{OUTBOUND}.execution-time",
                [(tuple(zip(TEMPLATE, key, strict=True)), timer) for key, timer in self.timers.items()],
            ),
            gauge("last-completed", lambda totals: totals.last_completed or 0),
            gauge("last-failed", lambda totals: totals.last_failed or 0),
            gauge("max-execution-time", lambda totals: round(totals.timer.longest * 1000, 3)),
            Meter(f"{WORKER}.activated", "counter", [(labels, totals.activated) for labels, totals in kinds]),
            Meter(f"{WORKER}.handled", "counter", [(labels, totals.handled) for labels, totals in kinds]),
            counter("connectory.undelivered.outcomes", ("type", "delivery"), self.deliveries),
            counter(
                "logback.events",
                ("level", "logger"),
                {(level, name): count for (name, level), count in self.log_events.items()},
            ),
            *(meter for others in self.more for meter in others()),
            Meter("process.uptime", "gauge", [((), round(time.monotonic() - self.started, 3))], unit="seconds"),
        ]

    def prometheus(self) -> str:
        """Return everything in Prometheus text."""
        return "\n".join(line for meter in self.meters() for line in meter.prometheus()) + "\n"

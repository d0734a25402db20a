"""Counts of the inbound side under the reference's names."""

import time
from collections import defaultdict
from typing import Any

from connectory_runtime.inbound.elements import PHYSICAL_TENANT, Element
from connectory_runtime.service.meters import AnyMeter, Labels, Meter, counter

INBOUND = "camunda.connector.inbound"
Key = tuple[str, tuple[str, str, str]]
"""What happened, and to whom: type, template id, template version."""


class InboundMetrics:
    """What happened to subscriptions since the start."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.activations: dict[Key, int] = defaultdict(int)
        self.triggers: dict[Key, int] = defaultdict(int)
        self.last: dict[tuple[str, str], float] = {}
        self.cache = {"hit": 0, "miss": 0}
        self.publish_failures = 0
        self.polls = 0

    def activation(self, action: str, element: Element) -> None:
        """Count that a subscription came or went."""
        self.activations[action, element.labels] += 1
        if action == "activated":
            self.last["activated", element.type] = time.time()

    def trigger(self, action: str, element: Element) -> None:
        """Count an event."""
        labels = element.labels
        self.triggers[action, labels] += 1
        if action == "triggered":
            self.last["triggered", labels[0]] = time.time()

    def described(self, type: str, runtime_id: str) -> dict[str, Any]:
        """Return what the endpoint ``/inbound-instances/metrics`` says of a type."""

        def last(action: str) -> int | None:
            at = self.last.get((action, type))
            return None if at is None else int(at * 1000)

        def total(counts: dict[Key, int], action: str) -> int:
            return sum(value for (what, labels), value in counts.items() if (what, labels[0]) == (action, type))

        return {
            "type": type,
            "runtimeId": runtime_id,
            "runtime": {"uptimeSeconds": int(time.monotonic() - self.started)},
            "activation": {
                "activated": total(self.activations, "activated"),
                "deactivated": total(self.activations, "deactivated"),
                "activationFailed": total(self.activations, "activation-failed"),
                "lastActivated": last("activated"),
            },
            "trigger": {
                "triggered": total(self.triggers, "triggered"),
                "correlated": total(self.triggers, "correlated"),
                "correlationFailed": total(self.triggers, "correlation-failed"),
                "activationConditionFailed": total(self.triggers, "activation-condition-failed"),
                "lastTriggered": last("triggered"),
            },
        }

    def meters(self) -> list[AnyMeter]:
        """Return everything."""
        names = "action", "type", "elementTemplateId", "elementTemplateVersion", "physicalTenantId"

        def counted(name: str, counts: dict[Key, int]) -> Meter:
            keys = {(action, *labels, PHYSICAL_TENANT): float(value) for (action, labels), value in counts.items()}
            return counter(f"{INBOUND}.{name}", names, keys)

        def last(action: str) -> Meter:
            stamps: list[tuple[Labels, float]] = [
                ((("type", kind), ("physicalTenantId", PHYSICAL_TENANT)), float(int(at * 1000)))
                for (what, kind), at in self.last.items()
                if what == action
            ]
            return Meter(f"{INBOUND}.last-{action}", "gauge", stamps)

        accesses = {(result,): float(value) for result, value in self.cache.items()}
        failures = f"{INBOUND}.process-state-change.publish-failures"
        return [
            counted("activations", self.activations),
            counted("triggers", self.triggers),
            last("activated"),
            last("triggered"),
            counter(f"{INBOUND}.process-definition-cache.accesses", ("result",), accesses),
            Meter(failures, "counter", [((), float(self.publish_failures))]),
        ]

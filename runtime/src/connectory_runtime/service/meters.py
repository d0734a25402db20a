"""Meters in the two notations that operators read: Prometheus text, and the JSON of Spring's actuator.

Names are Micrometer's, with dots and dashes; those of Prometheus follow from them as Micrometer makes them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

Labels = tuple[tuple[str, str], ...]
Key = TypeVar("Key", bound=tuple[str, ...])


class Timer:
    """How many calls there were, and how long they took."""

    __slots__ = ("count", "longest", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count one call."""
        self.count += 1
        self.seconds += seconds
        self.longest = max(self.longest, seconds)


class Meter(NamedTuple):
    """A counter or gauge.

    Args:
        name: Micrometer's name.
        kind: What its values are.
        samples: Labels and value of each.
        unit: What they are counted in.
    """

    name: str
    kind: Literal["counter", "gauge"]
    samples: Sequence[tuple[Labels, float]]
    unit: str = ""

    def prometheus(self) -> list[str]:
        """Return the lines of Prometheus text."""
        parts = [prometheus_name(self.name), self.unit, "total" if self.kind == "counter" else ""]
        return family("_".join(part for part in parts if part), self.kind, self.samples)

    def measurements(self, wanted: Labels) -> dict[str, float]:
        """Return what its samples with these labels are together."""
        statistic = "COUNT" if self.kind == "counter" else "VALUE"
        return {statistic: sum(value for labels, value in self.samples if has(labels, wanted))}


class TimerMeter(NamedTuple):
    """A meter of times."""

    name: str
    samples: Sequence[tuple[Labels, Timer]]
    unit: str = "seconds"

    def prometheus(self) -> list[str]:
        """Return the lines of Prometheus text."""
        name = f"{prometheus_name(self.name)}_{self.unit}"
        lines = [f"# TYPE {name} summary"]
        for labels, timer in self.samples:
            lines += [line(f"{name}_count", labels, timer.count), line(f"{name}_sum", labels, timer.seconds)]
        return lines + family(f"{name}_max", "gauge", ((labels, timer.longest) for labels, timer in self.samples))

    def measurements(self, wanted: Labels) -> dict[str, float]:
        """Return what its samples with these labels are together."""
        timers = [timer for labels, timer in self.samples if has(labels, wanted)]
        return {
            "COUNT": sum(timer.count for timer in timers),
            "TOTAL_TIME": sum(timer.seconds for timer in timers),
            "MAX": max((timer.longest for timer in timers), default=0.0),
        }


AnyMeter = Meter | TimerMeter


def described(meter: AnyMeter, wanted: Labels = ()) -> dict[str, Any] | None:
    """Return a meter as Spring's actuator does; None where no sample has the labels that are wanted."""
    found = [labels for labels, _ in meter.samples if has(labels, wanted)]
    if not found:
        return None
    chosen = {name for name, _ in wanted}
    values: dict[str, set[str]] = {}
    for name, value in (label for labels in found for label in labels if label[0] not in chosen):
        values.setdefault(name, set()).add(value)
    return {
        "name": meter.name,
        **({"baseUnit": meter.unit} if meter.unit else {}),
        "measurements": [{"statistic": name, "value": value} for name, value in meter.measurements(wanted).items()],
        "availableTags": [{"tag": name, "values": sorted(each)} for name, each in values.items()],
    }


def has(labels: Labels, wanted: Labels) -> bool:
    """Tell whether a sample has all labels that are wanted."""
    return all(label in labels for label in wanted)


def counter(name: str, labels: Sequence[str], counts: Mapping[Key, float]) -> Meter:
    """Return a counter of what was counted by the values of its labels."""
    return Meter(name, "counter", [(tuple(zip(labels, key, strict=True)), value) for key, value in counts.items()])


def prometheus_name(name: str) -> str:
    """Return a name as Prometheus writes it."""
    return name.replace(".", "_").replace("-", "_")


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

"""Times of the day, local and with a zone."""

from typing import ClassVar

from connectory_feel.temporal.calendar import DAY_NANOS, NANOS
from connectory_feel.temporal.durations import DaysTimeDuration
from connectory_feel.temporal.zones import format_offset

__all__ = ["LocalTime", "ZonedTime", "format_time"]

_PROPERTIES = ("timezone", "second", "time offset", "minute", "hour")


def format_time(nanos: int) -> str:
    """Write nanoseconds of the day as a time, without trailing zeros of the fraction."""
    seconds, fraction = divmod(nanos, NANOS)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"
    return f"{text}.{f'{fraction:09d}'.rstrip('0')}" if fraction else text


class LocalTime:
    """A time of the day in no zone."""

    __slots__ = ("nanos",)
    feel_type: ClassVar[str] = "time"
    properties: ClassVar[tuple[str, ...]] = _PROPERTIES

    def __init__(self, nanos: int) -> None:
        self.nanos = nanos

    def plus(self, nanos: int) -> "LocalTime":
        """Move on the clock, around midnight if need be."""
        return LocalTime((self.nanos + nanos) % DAY_NANOS)

    def property(self, name: str) -> object:
        """Give a property; `KeyError` if there is none of this name."""
        return clock_property(self.nanos, name) if name in {"hour", "minute", "second"} else None

    def iso(self) -> str:
        """Write it for JSON."""
        return format_time(self.nanos)

    __str__ = iso

    def __repr__(self) -> str:
        return f"LocalTime({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalTime) and self.nanos == other.nanos

    def __lt__(self, other: "LocalTime") -> bool:
        return self.nanos < other.nanos

    def __le__(self, other: "LocalTime") -> bool:
        return self.nanos <= other.nanos

    def __gt__(self, other: "LocalTime") -> bool:
        return self.nanos > other.nanos

    def __ge__(self, other: "LocalTime") -> bool:
        return self.nanos >= other.nanos

    def __hash__(self) -> int:
        return hash(self.nanos)


def clock_property(nanos: int, name: str) -> int:
    """Give hour, minute or second of nanoseconds of the day."""
    seconds = nanos // NANOS
    return {"hour": seconds // 3_600, "minute": seconds // 60 % 60, "second": seconds % 60}[name]


class ZonedTime:
    """A time of the day with an offset from UTC, and the name of its zone if it was given one.

    Two are equal if time, offset and zone are; the order looks at the moment alone.
    """

    __slots__ = ("nanos", "offset", "zone")
    feel_type: ClassVar[str] = "time"
    properties: ClassVar[tuple[str, ...]] = _PROPERTIES

    def __init__(self, nanos: int, offset: int, zone: str | None = None) -> None:
        self.nanos = nanos
        self.offset = offset
        self.zone = zone

    def plus(self, nanos: int) -> "ZonedTime":
        """Move on the clock, around midnight if need be."""
        return ZonedTime((self.nanos + nanos) % DAY_NANOS, self.offset, self.zone)

    def moment(self) -> int:
        """Give the nanoseconds of the day in UTC; before 0 and beyond a day where that is another day."""
        return self.nanos - self.offset * NANOS

    def property(self, name: str) -> object:
        """Give a property; `KeyError` if there is none of this name."""
        if name == "timezone":
            return self.zone
        if name == "time offset":
            return DaysTimeDuration(self.offset * NANOS)
        return clock_property(self.nanos, name)

    def iso(self) -> str:
        """Write it for JSON: with the offset, without the zone."""
        return format_time(self.nanos) + format_offset(self.offset)

    def __str__(self) -> str:
        if self.zone is None:
            return self.iso()
        return f"{format_time(self.nanos)}@{self.zone}"

    def __repr__(self) -> str:
        return f"ZonedTime({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZonedTime) and (
            self.nanos == other.nanos and self.offset == other.offset and self.zone == other.zone
        )

    def __lt__(self, other: "ZonedTime") -> bool:
        return self.moment() < other.moment()

    def __le__(self, other: "ZonedTime") -> bool:
        return self.moment() <= other.moment()

    def __gt__(self, other: "ZonedTime") -> bool:
        return self.moment() > other.moment()

    def __ge__(self, other: "ZonedTime") -> bool:
        return self.moment() >= other.moment()

    def __hash__(self) -> int:
        return hash((self.nanos, self.offset, self.zone))

"""Dates with a time, local and with a zone."""

from typing import Any, ClassVar

from connectory_feel.temporal.calendar import DAY_NANOS, NANOS, format_year
from connectory_feel.temporal.dates import Date
from connectory_feel.temporal.durations import DaysTimeDuration
from connectory_feel.temporal.times import clock_property, format_time
from connectory_feel.temporal.zones import Zone, format_offset, is_valid_offset, local_offset, offset_at

__all__ = ["LocalDateTime", "ZonedDateTime"]

_PROPERTIES = ("timezone", "year", "second", "month", "day", "time offset", "weekday", "minute", "hour")


class LocalDateTime:
    """A day and a time in no zone."""

    __slots__ = ("date", "nanos")
    feel_type: ClassVar[str] = "date and time"
    properties: ClassVar[tuple[str, ...]] = _PROPERTIES

    def __init__(self, date: Date, nanos: int) -> None:
        self.date = date
        self.nanos = nanos

    @classmethod
    def from_total(cls, total: int) -> "LocalDateTime":
        """Make it from the nanoseconds since 1970."""
        days, nanos = divmod(total, DAY_NANOS)
        return cls(Date.from_days(days), nanos)

    def total(self) -> int:
        """Give the nanoseconds since 1970, on this clock."""
        return self.date.days() * DAY_NANOS + self.nanos

    def plus(self, nanos: int) -> "LocalDateTime":
        """Move by a length of time."""
        days, rest = divmod(self.nanos + nanos, DAY_NANOS)
        return LocalDateTime(Date.from_days(self.date.days() + days) if days else self.date, rest)

    def plus_months(self, months: int) -> "LocalDateTime":
        """Move by months."""
        return LocalDateTime(self.date.plus_months(months), self.nanos)

    def property(self, name: str) -> object:
        """Give a property; `KeyError` if there is none of this name."""
        if name in {"year", "month", "day", "weekday"}:
            return self.date.property(name)
        return None if name in {"timezone", "time offset"} else clock_property(self.nanos, name)

    def iso(self) -> str:
        """Write it for JSON."""
        return f"{self.date.iso()}T{format_time(self.nanos)}"

    def __str__(self) -> str:
        date = self.date
        year = format_year(date.year, plus=False)
        return f"{year}-{date.month:02d}-{date.day:02d}T{format_time(self.nanos)}"

    def __repr__(self) -> str:
        return f"LocalDateTime({self})"

    def _key(self) -> tuple[int, int, int, int]:
        date = self.date
        return date.year, date.month, date.day, self.nanos

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalDateTime) and self._key() == other._key()

    def __lt__(self, other: "LocalDateTime") -> bool:
        return self._key() < other._key()

    def __le__(self, other: "LocalDateTime") -> bool:
        return self._key() <= other._key()

    def __gt__(self, other: "LocalDateTime") -> bool:
        return self._key() > other._key()

    def __ge__(self, other: "LocalDateTime") -> bool:
        return self._key() >= other._key()

    def __hash__(self) -> int:
        return hash(self._key())


class ZonedDateTime:
    """A moment: a day and a time with an offset from UTC, and the name of its zone if it has one.

    Two are equal if local time, offset and zone are. The order looks at the moment first, then at the local time and
    at the name of the zone, so that only equal ones share a place.
    """

    __slots__ = ("local", "offset", "zone")
    feel_type: ClassVar[str] = "date and time"
    properties: ClassVar[tuple[str, ...]] = _PROPERTIES

    def __init__(self, local: LocalDateTime, offset: int, zone: str | None = None) -> None:
        self.local = local
        self.offset = offset
        self.zone = zone

    @classmethod
    def from_local(cls, local: LocalDateTime, zone: Zone, *, preferred: int | None = None) -> "ZonedDateTime":
        """Put a local time into a zone; `preferred` chooses the offset of a time that exists twice."""
        fixed, name = zone
        if name is None or fixed is not None:
            return cls(local, fixed or 0, name)
        days, second = local.date.days(), local.nanos // NANOS
        if preferred is not None and is_valid_offset(name, days, second, preferred):
            return cls(local, preferred, name)
        offset, moved = local_offset(name, days, second)
        return cls(local.plus(moved * NANOS) if moved else local, offset, name)

    @classmethod
    def from_moment(cls, moment: int, zone: Zone) -> "ZonedDateTime":
        """Show a moment, in nanoseconds since 1970 (UTC), on the clock of a zone."""
        fixed, name = zone
        offset = fixed if fixed is not None else offset_at(name or "UTC", moment // NANOS)
        return cls(LocalDateTime.from_total(moment + offset * NANOS), offset, name)

    def place(self) -> Zone:
        """Give the zone as `from_local` and `from_moment` take it."""
        return (self.offset, None) if self.zone is None else (None, self.zone)

    def without_zone(self) -> "ZonedDateTime":
        """Give the same moment with nothing but its offset."""
        return self if self.zone is None else ZonedDateTime(self.local, self.offset)

    def moment(self) -> int:
        """Give the nanoseconds since 1970 (UTC)."""
        return self.local.total() - self.offset * NANOS

    def plus(self, nanos: int) -> "ZonedDateTime":
        """Move by a length of time."""
        if self.zone is None:
            return ZonedDateTime(self.local.plus(nanos), self.offset)
        return ZonedDateTime.from_moment(self.moment() + nanos, self.place())

    def plus_months(self, months: int) -> "ZonedDateTime":
        """Move the local time by months."""
        return ZonedDateTime.from_local(self.local.plus_months(months), self.place(), preferred=self.offset)

    def property(self, name: str) -> object:
        """Give a property; `KeyError` if there is none of this name."""
        if name == "timezone":
            return self.zone
        if name == "time offset":
            return DaysTimeDuration(self.offset * NANOS)
        return self.local.property(name)

    def iso(self) -> str:
        """Write it for JSON."""
        text = self.local.iso() + format_offset(self.offset)
        return text if self.zone is None else f"{text}[{self.zone}]"

    def __str__(self) -> str:
        return f"{self.local}{format_offset(self.offset) if self.zone is None else '@' + self.zone}"

    def __repr__(self) -> str:
        return f"ZonedDateTime({self.iso()})"

    def _order(self) -> tuple[int, int, str]:
        return self.moment(), self.offset, self.zone if self.zone is not None else format_offset(self.offset)

    def _orders(self, other: "ZonedDateTime") -> tuple[Any, Any]:
        """Give two values that are in the order of the two moments."""
        if self.offset == other.offset and self.zone == other.zone:
            return self.local._key(), other.local._key()
        return self._order(), other._order()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZonedDateTime) and (
            self.local == other.local and self.offset == other.offset and self.zone == other.zone
        )

    def __lt__(self, other: "ZonedDateTime") -> bool:
        mine, others = self.moment(), other.moment()
        return mine < others if mine != others else self._order() < other._order()

    def __le__(self, other: "ZonedDateTime") -> bool:
        mine, others = self.moment(), other.moment()
        return mine <= others if mine != others else self._order() <= other._order()

    def __gt__(self, other: "ZonedDateTime") -> bool:
        mine, others = self.moment(), other.moment()
        return mine > others if mine != others else self._order() > other._order()

    def __ge__(self, other: "ZonedDateTime") -> bool:
        mine, others = self.moment(), other.moment()
        return mine >= others if mine != others else self._order() >= other._order()

    def __hash__(self) -> int:
        return hash((self.local, self.offset, self.zone))

"""The two durations of FEEL: days and time, years and months."""

from typing import ClassVar

from connectory_feel.errors import FeelError
from connectory_feel.temporal.calendar import NANOS

__all__ = ["DaysTimeDuration", "YearsMonthsDuration"]

_MAX_SECONDS = (1 << 63) - 1


def _split(number: int, unit: int) -> tuple[int, int]:
    """Divide towards zero; quotient and remainder have the sign of the number."""
    quotient, rest = divmod(abs(number), unit)
    return (quotient, rest) if number >= 0 else (-quotient, -rest)


class DaysTimeDuration:
    """A length of time, exact to the nanosecond."""

    __slots__ = ("nanos",)
    feel_type: ClassVar[str] = "days and time duration"
    properties: ClassVar[tuple[str, ...]] = ("days", "hours", "minutes", "seconds")

    def __init__(self, nanos: int) -> None:
        if not -_MAX_SECONDS - 1 <= nanos // NANOS <= _MAX_SECONDS:
            msg = f"a duration of {nanos // NANOS} seconds exceeds the capacity of a duration"
            raise FeelError(msg)
        self.nanos = nanos

    def seconds(self) -> int:
        """Give the whole seconds, rounded down."""
        return self.nanos // NANOS

    def property(self, name: str) -> int:
        """Give a property; `KeyError` if there is none of this name."""
        hours, rest = _split(self.seconds(), 3_600)
        minutes, seconds = _split(rest, 60)
        days, hours = _split(hours, 24)
        return {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}[name]

    def iso(self) -> str:
        """Write it for JSON: in hours, minutes and seconds with fraction."""
        if self.nanos == 0:
            return "PT0S"
        total, fraction = _split(self.nanos, NANOS)
        hours, rest = _split(total, 3_600)
        minutes, seconds = _split(rest, 60)
        text = "PT"
        if hours:
            text += f"{hours}H"
        if minutes:
            text += f"{minutes}M"
        if seconds or fraction:
            sign = "-" if self.nanos < 0 else ""
            digits = f"{abs(fraction):09d}".rstrip("0")
            text += f"{sign}{abs(seconds)}{'.' + digits if digits else ''}S"
        return text

    def __str__(self) -> str:
        total = self.seconds()
        if total == 0:
            return "P0D"
        hours, rest = divmod(abs(total), 3_600)
        minutes, seconds = divmod(rest, 60)
        days, hours = divmod(hours, 24)
        text = ("-P" if total < 0 else "P") + (f"{days}D" if days else "")
        if rest or hours:
            text += "T" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
            text += f"{seconds}S" if seconds else ""
        return text

    def __repr__(self) -> str:
        return f"DaysTimeDuration({self.iso()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DaysTimeDuration) and self.nanos == other.nanos

    def __lt__(self, other: "DaysTimeDuration") -> bool:
        return self.nanos < other.nanos

    def __le__(self, other: "DaysTimeDuration") -> bool:
        return self.nanos <= other.nanos

    def __gt__(self, other: "DaysTimeDuration") -> bool:
        return self.nanos > other.nanos

    def __ge__(self, other: "DaysTimeDuration") -> bool:
        return self.nanos >= other.nanos

    def __hash__(self) -> int:
        return hash((0, self.nanos))


class YearsMonthsDuration:
    """A number of calendar months."""

    __slots__ = ("months",)
    feel_type: ClassVar[str] = "years and months duration"
    properties: ClassVar[tuple[str, ...]] = ("years", "months")

    def __init__(self, months: int) -> None:
        if not -0x8000_0000 <= _split(months, 12)[0] <= 0x7FFF_FFFF:
            msg = f"a duration of {months} months exceeds the capacity of a duration"
            raise FeelError(msg)
        self.months = months

    def property(self, name: str) -> int:
        """Give a property; `KeyError` if there is none of this name."""
        years, months = _split(self.months, 12)
        return {"years": years, "months": months}[name]

    def iso(self) -> str:
        """Write it for JSON."""
        years, months = _split(self.months, 12)
        if not self.months:
            return "P0D"
        return "P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")

    def __str__(self) -> str:
        if self.months == 0:
            return "P0Y"
        years, months = divmod(abs(self.months), 12)
        sign = "-P" if self.months < 0 else "P"
        return sign + (f"{years}Y" if years else "") + (f"{months}M" if months else "")

    def __repr__(self) -> str:
        return f"YearsMonthsDuration({self.iso()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, YearsMonthsDuration) and self.months == other.months

    def __lt__(self, other: "YearsMonthsDuration") -> bool:
        return self.months < other.months

    def __le__(self, other: "YearsMonthsDuration") -> bool:
        return self.months <= other.months

    def __gt__(self, other: "YearsMonthsDuration") -> bool:
        return self.months > other.months

    def __ge__(self, other: "YearsMonthsDuration") -> bool:
        return self.months >= other.months

    def __hash__(self) -> int:
        return hash((1, self.months))

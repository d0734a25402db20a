"""Calendar days."""

from typing import ClassVar

from connectory_feel.temporal.calendar import check_year, civil, epoch_day, format_year, month_length, weekday

__all__ = ["Date"]


class Date:
    """A day of the calendar, with no time and no zone."""

    __slots__ = ("_days", "day", "month", "year")
    feel_type: ClassVar[str] = "date"
    properties: ClassVar[tuple[str, ...]] = ("year", "month", "day", "weekday")

    def __init__(self, year: int, month: int, day: int) -> None:
        self.year = year
        self.month = month
        self.day = day
        self._days: int | None = None

    @classmethod
    def from_days(cls, days: int) -> "Date":
        """Make the date of an epoch day."""
        year, month, day = civil(days)
        check_year(year)
        return cls(year, month, day)

    def days(self) -> int:
        """Give the days since 1970-01-01."""
        if self._days is None:
            self._days = epoch_day(self.year, self.month, self.day)
        return self._days

    def plus_months(self, months: int) -> "Date":
        """Move by months; a day that the month does not have becomes its last."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        check_year(year)
        return Date(year, month + 1, min(self.day, month_length(year, month + 1)))

    def property(self, name: str) -> int:
        """Give a property; `AttributeError` if there is none of this name."""
        if name == "weekday":
            return weekday(self.days())
        return getattr(self, name)  # type: ignore[no-any-return]

    def iso(self) -> str:
        """Write it for JSON."""
        return f"{format_year(self.year, plus=True)}-{self.month:02d}-{self.day:02d}"

    __str__ = iso

    def __repr__(self) -> str:
        return f"Date({self})"

    def _key(self) -> tuple[int, int, int]:
        return self.year, self.month, self.day

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Date) and self._key() == other._key()

    def __lt__(self, other: "Date") -> bool:
        return self._key() < other._key()

    def __le__(self, other: "Date") -> bool:
        return self._key() <= other._key()

    def __gt__(self, other: "Date") -> bool:
        return self._key() > other._key()

    def __ge__(self, other: "Date") -> bool:
        return self._key() >= other._key()

    def __hash__(self) -> int:
        return hash(self._key())

"""Adding, subtracting, multiplying and dividing dates, times and durations.

Each function gives None for a pair that has no such operation. A result out of range is a `FeelError`, as in the
reference. Where the reference keeps only 32 bits, so does this.
"""

from decimal import Decimal

from connectory_feel import arithmetic as math
from connectory_feel.errors import FeelError
from connectory_feel.temporal.calendar import DAY_NANOS, wrap_int
from connectory_feel.temporal.dates import Date
from connectory_feel.temporal.datetimes import LocalDateTime, ZonedDateTime
from connectory_feel.temporal.durations import DaysTimeDuration, YearsMonthsDuration
from connectory_feel.temporal.times import LocalTime, ZonedTime

__all__ = ["add", "divide", "multiply", "subtract", "whole"]

_MILLIS = 1_000_000
_MOVABLE = frozenset([LocalDateTime, ZonedDateTime, LocalTime, ZonedTime])
# A greater number cannot be a whole number of 32 bits that means anything; it is not written out.
_MAX_EXPONENT = 100


def whole(number: object) -> int:
    """Cut the fraction of a number; numbers far out of range become 0, like their lowest bits."""
    if type(number) is Decimal:
        return int(number) if number.adjusted() < _MAX_EXPONENT else 0
    return number  # type: ignore[return-value]


def add(a: object, b: object) -> object | None:
    """Add a duration to a date, a time or a duration, in any order."""
    kind = type(b)
    if kind is DaysTimeDuration:
        return _plus_time(a, b.nanos)  # type: ignore[attr-defined]
    if kind is YearsMonthsDuration:
        return _plus_months(a, b.months)  # type: ignore[attr-defined]
    if type(a) is DaysTimeDuration:
        return _plus_time(b, a.nanos)
    return _plus_months(b, a.months) if type(a) is YearsMonthsDuration else None


def subtract(a: object, b: object) -> object | None:
    """Take a duration away, or give the duration between two of the same type."""
    kind = type(b)
    if kind is DaysTimeDuration:
        return _plus_time(a, -b.nanos)  # type: ignore[attr-defined]
    if kind is YearsMonthsDuration:
        return _plus_months(a, -b.months)  # type: ignore[attr-defined]
    if type(a) is not kind:
        return None
    if isinstance(a, Date) and isinstance(b, Date):
        return DaysTimeDuration((a.days() - b.days()) * DAY_NANOS)
    if isinstance(a, LocalTime) and isinstance(b, LocalTime):
        return DaysTimeDuration(a.nanos - b.nanos)
    if isinstance(a, LocalDateTime) and isinstance(b, LocalDateTime):
        return DaysTimeDuration(a.total() - b.total())
    if isinstance(a, ZonedDateTime) and isinstance(b, ZonedDateTime):
        return DaysTimeDuration(a.moment() - b.moment())
    if isinstance(a, ZonedTime) and isinstance(b, ZonedTime):
        # Here the reference gives the distance, without a sign.
        return DaysTimeDuration(abs(a.moment() - b.moment()))
    return None


def _plus_time(a: object, nanos: int) -> object | None:
    if type(a) in _MOVABLE:
        return a.plus(nanos)  # type: ignore[attr-defined, no-any-return]
    if isinstance(a, DaysTimeDuration):
        return DaysTimeDuration(a.nanos + nanos)
    if isinstance(a, Date):
        return Date.from_days(a.days() + nanos // DAY_NANOS)
    return None


def _plus_months(a: object, months: int) -> object | None:
    if isinstance(a, Date | LocalDateTime | ZonedDateTime):
        return a.plus_months(months)
    return YearsMonthsDuration(a.months + months) if isinstance(a, YearsMonthsDuration) else None


def multiply(a: object, b: object) -> object | None:
    """Multiply a duration by a number, whose fraction is cut."""
    if isinstance(b, DaysTimeDuration | YearsMonthsDuration):
        a, b = b, a
    if type(b) is not int and type(b) is not Decimal:
        return None
    factor = wrap_int(whole(b))
    if isinstance(a, DaysTimeDuration):
        return DaysTimeDuration(a.nanos * factor)
    return YearsMonthsDuration(a.months * factor) if isinstance(a, YearsMonthsDuration) else None


def divide(a: object, b: object) -> object | None:
    """Divide a duration by a number, or by a duration of its type, which gives a whole number."""
    if isinstance(a, DaysTimeDuration):
        if isinstance(b, DaysTimeDuration):
            return _times(_cut(a.nanos, _MILLIS), _cut(b.nanos, _MILLIS)) if b.nanos else None
        part = _part(_cut(a.nanos, _MILLIS), b)
        return None if part is None else DaysTimeDuration(part * _MILLIS)
    if isinstance(a, YearsMonthsDuration):
        if isinstance(b, YearsMonthsDuration):
            return _times(a.months, b.months) if b.months else None
        part = _part(a.months, b)
        return None if part is None else YearsMonthsDuration(part)
    return None


def _cut(number: int, unit: int) -> int:
    return number // unit if number >= 0 else -(-number // unit)


def _times(a: int, b: int) -> int:
    if not b:
        msg = "a duration of less than a millisecond cannot divide a duration"
        raise FeelError(msg)
    return _cut(a, b) if b > 0 else _cut(-a, -b)


def _part(amount: int, divisor: object) -> int | None:
    if (type(divisor) is not int and type(divisor) is not Decimal) or not divisor:
        return None
    return wrap_int(whole(math.divide(amount, divisor)))

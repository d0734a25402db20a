"""Built-ins that make dates, times and durations, and take them apart."""

import re
from decimal import Decimal
from typing import NoReturn

from connectory_feel.arithmetic import CONTEXT
from connectory_feel.errors import FeelError
from connectory_feel.temporal import (
    Date,
    DaysTimeDuration,
    LocalDateTime,
    LocalTime,
    YearsMonthsDuration,
    ZonedDateTime,
    ZonedTime,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from connectory_feel.temporal.arithmetic import whole
from connectory_feel.temporal.calendar import MAX_YEAR, NANOS, day_of_year, month_length, week_of_year, wrap_int
from connectory_feel.temporal.text import start_of_day
from connectory_feel.values import Function, FunctionFailure, Value, display, illegal_arguments, is_number

__all__ = ["FUNCTIONS"]

_DAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("", "January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


# What the reference takes a text for that it cannot read; the messages say so.
_DATE = re.compile(r"-?(?:[1-9]\d{4,8}|\d{4})-\d\d-\d\d", re.ASCII)
_LOCAL_DATE_TIME = re.compile(_DATE.pattern + r"T\d\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?", re.ASCII)
_ZONED_TIME = re.compile(r"T?\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d|@.*)", re.ASCII)
_YEARS_MONTHS = re.compile(r"-?P(?:-?\d+Y)?(?:-?\d+M)?", re.ASCII)
_DAYS_TIME = re.compile(r"-?P(?:-?\d+D)?(?:T(?:-?\d+H)?(?:-?\d+M)?(?:-?\d+(?:[.,]\d*)?S)?-?)?", re.ASCII)


def _unreadable(what: str, text: str) -> NoReturn:
    msg = f"Failed to parse {what} from '{text}'"
    raise FunctionFailure(msg)


def _day(value: Value) -> Date | None:
    """Give the day of a date or of a date and time."""
    if isinstance(value, Date):
        return value
    if isinstance(value, LocalDateTime):
        return value.date
    return value.local.date if isinstance(value, ZonedDateTime) else None


def date(value: Value) -> Value:
    """Read a date, or take it from a date and time."""
    if type(value) is str:
        return parse_date(value) or _unreadable("date", value)
    day = _day(value)
    if day is None:
        raise illegal_arguments(value)
    return day


def date_of_parts(year: Value, month: Value, day: Value) -> Value:
    """Make a date of numbers."""
    if not is_number(year) or not is_number(month) or not is_number(day):
        raise illegal_arguments(year, month, day)
    y, m, d = (wrap_int(whole(part)) for part in (year, month, day))
    if not -MAX_YEAR <= y <= MAX_YEAR or not 1 <= m <= 12 or not 1 <= d <= month_length(y, m):
        msg = f"Failed to parse date from: year={display(year)}, month={display(month)}, day={display(day)}"
        raise FunctionFailure(msg)
    return Date(y, m, d)


def time(value: Value) -> Value:
    """Read a time, or take it from a date and time; a date starts at midnight in UTC."""
    if type(value) is str:
        return parse_time(value) or _unreadable("time" if _ZONED_TIME.fullmatch(value) else "local-time", value)
    if isinstance(value, LocalDateTime):
        return LocalTime(value.nanos)
    if isinstance(value, ZonedDateTime):
        return ZonedTime(value.local.nanos, value.offset, value.zone)
    if isinstance(value, Date):
        return ZonedTime(0, 0)
    raise illegal_arguments(value)


def time_of_parts(hour: Value, minute: Value, second: Value) -> Value:
    """Make a local time of numbers."""
    if not is_number(hour) or not is_number(minute) or not is_number(second):
        raise illegal_arguments(hour, minute, second)
    nanos = _nanos(hour, minute, second)
    if nanos is None:
        msg = f"Failed to parse local-time from: {_parts(hour, minute, second)}"
        raise FunctionFailure(msg)
    return LocalTime(nanos)


def time_of_parts_with_offset(hour: Value, minute: Value, second: Value, offset: Value) -> Value:
    """Make a time of numbers and an offset from UTC; a local time if the offset is null."""
    numbers = is_number(hour) and is_number(minute) and is_number(second)
    if numbers and offset is None:
        return time_of_parts(hour, minute, second)
    if not numbers or not isinstance(offset, DaysTimeDuration):
        raise illegal_arguments(hour, minute, second, offset)
    nanos = _nanos(hour, minute, second)
    if nanos is None or abs(offset.seconds()) > 64_800:
        msg = f"Failed to parse time from: {_parts(hour, minute, second)}, offset={display(offset)}"
        raise FunctionFailure(msg)
    return ZonedTime(nanos, offset.seconds())


def _parts(hour: Value, minute: Value, second: Value) -> str:
    return f"hour={display(hour)}, minute={display(minute)}, second={display(second)}"


def _nanos(hour: Value, minute: Value, second: Value) -> int | None:
    h, m, s = (wrap_int(whole(part)) for part in (hour, minute, second))
    nanos = 0
    if type(second) is Decimal and second.adjusted() < 20:
        nanos = int(CONTEXT.multiply(second, NANOS)) - int(second) * NANOS
    if not (0 <= h <= 23 and 0 <= m <= 59 and 0 <= s <= 59 and nanos >= 0):
        return None
    return (h * 3_600 + m * 60 + s) * NANOS + nanos


def date_and_time(value: Value) -> Value:
    """Read a date and time; a date alone means its start."""
    if type(value) is not str:
        raise illegal_arguments(value)
    found = parse_date_time(value) or start_of_day(value)
    if found is not None:
        return found
    local = _LOCAL_DATE_TIME.fullmatch(value)
    return _unreadable("local-date-time" if local else "date(-time)" if _DATE.fullmatch(value) else "date-time", value)


def date_and_time_of_parts(date: Value, time: Value) -> Value:
    """Join a date and a time, or show a date and time in the zone that a text names."""
    if type(time) is str and isinstance(date, LocalDateTime | ZonedDateTime):
        return _in_zone(date, time)
    day = _day(date)
    if day is not None and isinstance(time, LocalTime):
        return LocalDateTime(day, time.nanos)
    if day is not None and isinstance(time, ZonedTime):
        local = LocalDateTime(day, time.nanos)
        return ZonedDateTime.from_local(local, (time.offset, None) if time.zone is None else (None, time.zone))
    raise illegal_arguments(date, time)


def _in_zone(value: LocalDateTime | ZonedDateTime, name: str) -> ZonedDateTime:
    from connectory_feel.temporal.zones import zone_of

    zone = zone_of(name, lenient=True)
    if zone is None:
        msg = f"date and time: no time zone has the name '{name}'"
        raise FeelError(msg)
    if isinstance(value, LocalDateTime):
        return ZonedDateTime.from_local(value, zone)
    return ZonedDateTime.from_moment(value.moment(), zone)


def duration(value: Value) -> Value:
    """Read a duration."""
    if type(value) is not str:
        raise illegal_arguments(value)
    found = parse_duration(value)
    if found is not None:
        return found
    if _YEARS_MONTHS.fullmatch(value):
        return _unreadable("year-month-duration", value)
    return _unreadable("day-time-duration" if _DAYS_TIME.fullmatch(value) else "duration", value)


def years_and_months_duration(start: Value, end: Value) -> Value:
    """Give the whole months from one day to another."""
    first, last = _day(start), _day(end)
    if first is None or last is None:
        raise illegal_arguments(start, end)
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearsMonthsDuration(months)


def _needed_day(value: Value) -> Date:
    day = _day(value)
    if day is None:
        raise illegal_arguments(value)
    return day


def name_of_day(value: Value) -> Value:
    """Name the day of the week."""
    return _DAYS[_needed_day(value).property("weekday")]


def number_in_year(value: Value) -> Value:
    """Count the day within its year."""
    day = _needed_day(value)
    return day_of_year(day.year, day.month, day.day)


def week(value: Value) -> Value:
    """Give the ISO week of a day."""
    day = _needed_day(value)
    return week_of_year(day.year, day.month, day.day)


def name_of_month(value: Value) -> Value:
    """Name the month."""
    return _MONTHS[_needed_day(value).month]


def last_day_of_month(value: Value) -> Value:
    """Give the last day of a day's month."""
    day = _needed_day(value)
    return Date(day.year, day.month, month_length(day.year, day.month))


def now() -> Value:
    """Give the current moment."""
    from connectory_feel.temporal import foreign

    return foreign.now()


def today() -> Value:
    """Give the current day."""
    from connectory_feel.temporal import foreign

    return foreign.today()


FUNCTIONS: dict[str, list[Function]] = {
    "date": [Function(("from",), date), Function(("year", "month", "day"), date_of_parts)],
    "time": [
        Function(("from",), time),
        Function(("hour", "minute", "second"), time_of_parts),
        Function(("hour", "minute", "second", "offset"), time_of_parts_with_offset),
    ],
    "date and time": [
        Function(("from",), date_and_time),
        Function(("date", "time"), date_and_time_of_parts),
    ],
    "duration": [Function(("from",), duration)],
    "years and months duration": [Function(("from", "to"), years_and_months_duration)],
    "day of week": [Function(("date",), name_of_day)],
    "day of year": [Function(("date",), number_in_year)],
    "week of year": [Function(("date",), week)],
    "month of year": [Function(("date",), name_of_month)],
    "last day of month": [Function(("date",), last_day_of_month)],
    "now": [Function((), now)],
    "today": [Function((), today)],
}

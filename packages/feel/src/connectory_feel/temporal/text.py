"""Reading dates, times and durations from text.

The reference reads a text that stands in a call (`duration("p1d")`) more leniently than the value of a variable or a
literal (`@"P1D"`).

Each function gives None where the text has another form or no such day or time exists.
"""

import re
from functools import lru_cache

from connectory_feel.errors import FeelError
from connectory_feel.temporal.calendar import NANOS, month_length
from connectory_feel.temporal.dates import Date
from connectory_feel.temporal.datetimes import LocalDateTime, ZonedDateTime
from connectory_feel.temporal.durations import DaysTimeDuration, YearsMonthsDuration
from connectory_feel.temporal.times import LocalTime, ZonedTime
from connectory_feel.temporal.zones import offset_at, parse_offset, zone_of

__all__ = [
    "Temporal",
    "parse_constructor",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_temporal",
    "parse_time",
    "start_of_day",
]

Temporal = Date | LocalTime | ZonedTime | LocalDateTime | ZonedDateTime | DaysTimeDuration | YearsMonthsDuration

_DATE = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)
_CLOCK = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?"
_ZONE = r"(?:(Z|[+-]\d\d:\d\d)(?:\[([^\]]+)\])?|@(.+))?"
_DATE_TIME = re.compile(rf"(-?\d{{4,9}})-(\d\d)-(\d\d)T{_CLOCK}{_ZONE}", re.ASCII | re.DOTALL)
_LEADING_ZERO = re.compile(r"-?0\d{4}", re.ASCII)
_TIME = re.compile(r"T?" + _CLOCK + r"(?:(Z|[+-]\d\d:\d\d)|@(.+))?", re.ASCII | re.DOTALL)
_INTEGER = r"([+-]?\d+)"
_LENIENT_DAYS_TIME = re.compile(
    rf"([+-]?)P(?:{_INTEGER}D)?(T(?=[+\-\d])(?:{_INTEGER}H)?(?:{_INTEGER}M)?(?:{_INTEGER}(?:[.,](\d{{0,9}}))?S)?)?",
    re.ASCII | re.IGNORECASE,
)
_LENIENT_YEARS_MONTHS = re.compile(rf"([+-]?)P(?:{_INTEGER}Y)?(?:{_INTEGER}M)?", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(r"[-PYMDTHS\d.,]*", re.ASCII)
_MAX_INT = 0x7FFF_FFFF
# A duration needs no more digits than this; longer ones are out of range, and are not turned into numbers.
_MAX_DIGITS = 40


def parse_constructor(name: str, text: str) -> Temporal | None:
    """Read the text that stands in a call of `date`, `time`, `date and time` or `duration`."""
    if name == "date":
        return parse_date(text)
    if name == "time":
        return parse_time(text)
    if name == "duration":
        return parse_duration(text, lenient=True)
    return parse_date_time(text, lenient=True) or start_of_day(text)


def start_of_day(text: str) -> LocalDateTime | None:
    """Read a date as the date and time of its start."""
    date = parse_date(text)
    return None if date is None else LocalDateTime(date, 0)


def parse_temporal(text: str) -> Temporal | None:
    """Read the text of a temporal literal, whichever type it has."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    return parse_date(text) or parse_date_time(text) or parse_time(text)


@lru_cache(maxsize=512)
def parse_date(text: str) -> Date | None:
    """Read `2024-12-31`."""
    found = _DATE.fullmatch(text)
    return None if found is None else _date(found[1], found[2], found[3])


def _date(year: str, month: str, day: str) -> Date | None:
    y, m, d = int(year), int(month), int(day)
    if not 1 <= m <= 12 or not 1 <= d <= month_length(y, m) or (y == 0 and year[0] == "-"):
        return None
    return Date(y, m, d)


def _clock(hour: str, minute: str, second: str | None, fraction: str | None) -> int | None:
    h, m, s = int(hour), int(minute), int(second or 0)
    if h > 23 or m > 59 or s > 59:
        return None
    nanos = (h * 3_600 + m * 60 + s) * NANOS
    return nanos + int(fraction.ljust(9, "0")) if fraction else nanos


def parse_time(text: str) -> LocalTime | ZonedTime | None:
    """Read `12:30:59`, also with a fraction, an offset or `@` and a zone; `24:00:00` is midnight."""
    # The offset of a named zone depends on the day, and a time has none: it gets the zone's offset of now.
    return _time(text) if "@" in text else _time_without_zone(text)


@lru_cache(maxsize=512)
def _time_without_zone(text: str) -> LocalTime | ZonedTime | None:
    return _time(text)


def _time(text: str) -> LocalTime | ZonedTime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction, offset, zone = found.groups()
    midnight = hour == "24" and minute == "00" and not int(second or 0) and not int(fraction or 0)
    nanos = 0 if midnight else _clock(hour, minute, second, fraction)
    if nanos is None:
        return None
    if offset is None and zone is None:
        return LocalTime(nanos)
    if second is None or fraction == "":
        return None
    if offset is not None:
        seconds = parse_offset(offset)
        return None if seconds is None else ZonedTime(nanos, seconds)
    place = zone_of(zone)
    if place is None:
        return None
    fixed, name = place
    return ZonedTime(nanos, fixed if fixed is not None else offset_at(name or "UTC", _now()), name)


def _now() -> int:
    import time

    return int(time.time())


@lru_cache(maxsize=512)
def parse_date_time(text: str, *, lenient: bool = False) -> LocalDateTime | ZonedDateTime | None:
    """Read `2024-12-31T12:30:59`, also with a fraction and a zone.

    Lenient: the year of a local one may have leading zeros, its seconds may end with a point.
    """
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset, region, zone = found.groups()
    date = _date(year, month, day)
    nanos = _clock(hour, minute, second, fraction)
    if date is None or nanos is None:
        return None
    if (fraction == "" or _LEADING_ZERO.match(year)) and not (lenient and offset is None and zone is None):
        return None
    local = LocalDateTime(date, nanos)
    if offset is None and zone is None:
        return local
    return _in_offset(local, offset, region) if zone is None else _in_zone(local, zone)


def _in_offset(local: LocalDateTime, offset: str, region: str | None) -> ZonedDateTime | None:
    seconds = parse_offset(offset)
    if seconds is None:
        return None
    if region is None:
        return ZonedDateTime(local, seconds)
    zone = zone_of(region)
    return None if zone is None else ZonedDateTime.from_moment(local.total() - seconds * NANOS, zone)


def _in_zone(local: LocalDateTime, text: str) -> ZonedDateTime | None:
    zone = zone_of(text)
    return None if zone is None else ZonedDateTime.from_local(local, zone)


@lru_cache(maxsize=512)
def parse_duration(text: str, *, lenient: bool = False) -> DaysTimeDuration | YearsMonthsDuration | None:
    """Read `P1DT2H3M4.5S` or `P1Y2M`; lenient: also with `+` signs and small letters."""
    if not lenient and _DURATION.fullmatch(text) is None:
        return None
    try:
        found = _LENIENT_DAYS_TIME.fullmatch(text)
        if found is not None and any(found.group(2, 4, 5, 6)):
            return _days_time(*found.groups())
        found = _LENIENT_YEARS_MONTHS.fullmatch(text)
        if found is not None and any(found.group(2, 3)):
            return _years_months(*found.groups())
    except FeelError:
        return None
    return None


def _integer(text: str | None) -> int:
    if text is None:
        return 0
    if len(text) > _MAX_DIGITS:
        msg = "the duration is out of range"
        raise FeelError(msg)
    return int(text)


def _days_time(
    sign: str, days: str | None, _time: str | None, hours: str | None, minutes: str | None, *rest: str | None
) -> DaysTimeDuration:
    seconds, fraction = rest
    total = _integer(days) * 86_400 + _integer(hours) * 3_600 + _integer(minutes) * 60 + _integer(seconds)
    nanos = int((fraction or "0").ljust(9, "0"))
    if seconds is not None and seconds.startswith("-"):
        nanos = -nanos
    total = total * NANOS + nanos
    return DaysTimeDuration(-total if sign == "-" else total)


def _years_months(sign: str, years: str | None, months: str | None) -> YearsMonthsDuration:
    y, m = _integer(years), _integer(months)
    if abs(y) > _MAX_INT or abs(m) > _MAX_INT:
        msg = "the duration is out of range"
        raise FeelError(msg)
    total = y * 12 + m
    return YearsMonthsDuration(-total if sign == "-" else total)

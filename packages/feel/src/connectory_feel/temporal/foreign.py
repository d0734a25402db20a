"""Values of Python's `datetime` as values of FEEL, and the clock."""

from datetime import date, datetime, time, timedelta

from connectory_feel.temporal.calendar import NANOS
from connectory_feel.temporal.dates import Date
from connectory_feel.temporal.datetimes import LocalDateTime, ZonedDateTime
from connectory_feel.temporal.durations import DaysTimeDuration
from connectory_feel.temporal.text import Temporal
from connectory_feel.temporal.times import LocalTime, ZonedTime
from connectory_feel.temporal.zones import local_zone, zone_of

__all__ = ["from_python", "now", "today"]


def from_python(value: object) -> Temporal | None:
    """Give the FEEL value of a `datetime` object; None for anything else."""
    if isinstance(value, datetime):
        local = LocalDateTime(Date(value.year, value.month, value.day), _nanos(value.time()))
        offset = value.utcoffset()
        return local if offset is None else ZonedDateTime(local, offset // timedelta(seconds=1), _zone_name(value))
    if isinstance(value, date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, time):
        offset = value.utcoffset()
        return LocalTime(_nanos(value)) if offset is None else ZonedTime(_nanos(value), offset // timedelta(seconds=1))
    if isinstance(value, timedelta):
        return DaysTimeDuration(value // timedelta(microseconds=1) * 1_000)
    return None


def _zone_name(value: datetime) -> str | None:
    name = getattr(value.tzinfo, "key", None)
    zone = zone_of(name) if isinstance(name, str) else None
    return None if zone is None else zone[1]


def _nanos(value: time) -> int:
    return (value.hour * 3_600 + value.minute * 60 + value.second) * NANOS + value.microsecond * 1_000


def now() -> ZonedDateTime:
    """Give this moment on the clock of this process's zone."""
    from time import time_ns

    return ZonedDateTime.from_moment(time_ns(), local_zone())


def today() -> Date:
    """Give the current day in this process's zone."""
    return now().local.date

"""Points and lengths of time as timers have them: ISO 8601 durations, dates with an offset, repetitions."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectory_engine.cron import Cron, parse_cron
from connectory_engine.failure import NotATime
from connectory_feel.temporal import DaysTimeDuration, LocalDateTime, YearsMonthsDuration, ZonedDateTime

__all__ = [
    "Interval",
    "NotATime",
    "Repetition",
    "as_interval",
    "as_moment",
    "parse_interval",
    "parse_moment",
    "parse_repetition",
]


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of time: calendar months, and milliseconds."""

    months: int
    milliseconds: float

    def after(self, moment: float) -> float:
        """Give the point in time that is this much after another, both in milliseconds since 1970."""
        if self.months:
            moment = _plus_months(moment, self.months)
        return moment + self.milliseconds


@dataclass(frozen=True, slots=True)
class Repetition:
    """`R<times>/<start>/<interval>`; times -1 is without end."""

    times: int
    start: float | None
    interval: Interval

    def first(self, now: float) -> float | None:
        """Give the first moment; None when it never fires."""
        if self.start is not None:
            return self.start
        return self.interval.after(now)

    def next(self, due: float, _now: float) -> float:
        """Give the moment after one that was due."""
        return self.interval.after(due)


_INTERVAL = re.compile(
    r"([+-]?)P(?=.)(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?"
    r"(?:(T)(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+(?:[.,]\d{0,9})?)S)?)?"
)
_DAY = 86_400_000.0


def parse_interval(text: str) -> Interval:
    """Read an ISO 8601 duration.

    Raises:
        NotATime: it is none.
    """
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise NotATime(text)
    sign, years, months, weeks, days, time, hours, minutes, seconds = match.groups()
    if time and hours is minutes is seconds is None:
        raise NotATime(text)
    factor = -1 if sign == "-" else 1
    whole = (int(weeks or 0) * 7 + int(days or 0)) * _DAY + int(hours or 0) * 3_600_000.0 + int(minutes or 0) * 60_000.0
    whole += float((seconds or "0").replace(",", ".")) * 1000.0
    if abs(whole) > 1e17 or len(text) > 100:
        raise NotATime(text)
    return Interval(factor * (int(years or 0) * 12 + int(months or 0)), factor * whole)


_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)(?:\[([\w/+-]+)\])?"
)


def parse_moment(text: str) -> float:
    """Read a date and time with an offset, as milliseconds since 1970.

    Raises:
        NotATime: it is none.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise NotATime(text)
    day, offset, _zone = match.groups()
    try:
        return datetime.fromisoformat(day[:26] + ("+00:00" if offset == "Z" else offset)).timestamp() * 1000
    except (ValueError, OverflowError):
        raise NotATime(text) from None


def parse_repetition(text: str) -> Repetition | Cron:
    """Read a repeating interval or a cron expression.

    Raises:
        NotATime: it is neither.
    """
    if not text.startswith("R"):
        return parse_cron(text)
    count, slash, rest = text.partition("/")
    if not slash:
        msg = "Repetition spec must start with R"
        raise NotATime(msg)
    if count == "R":
        times = -1
    elif re.fullmatch(r"R-?\d{1,9}", count):
        times = int(count[1:])
    else:
        raise NotATime(f'For input string: "{count[1:]}"')
    start, slash, interval = rest.rpartition("/")
    try:
        begin = parse_moment(start) if start else None
    except NotATime:
        raise NotATime(f"Text '{start}' could not be parsed at index 0") from None
    try:
        return Repetition(times, begin, parse_interval(interval))
    except NotATime:
        raise NotATime("Text cannot be parsed to a Period") from None


def as_interval(value: object) -> Interval | None:
    """Give a duration of FEEL as an interval."""
    if type(value) is DaysTimeDuration:
        return Interval(0, value.nanos / 1_000_000)
    if type(value) is YearsMonthsDuration:
        return Interval(value.months, 0)
    return None


def as_moment(value: object) -> float | None:
    """Give a date and time of FEEL in milliseconds since 1970; without an offset it is local time."""
    if type(value) is LocalDateTime:
        try:
            return datetime.fromisoformat(value.iso()[:26]).timestamp() * 1000
        except (ValueError, OverflowError):
            return None
    if type(value) is ZonedDateTime:
        return parse_moment(value.iso().partition("[")[0])
    return None


def _plus_months(moment: float, months: int) -> float:
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
        year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
        month += 1
        day = min(at.day, calendar.monthrange(year, month)[1])
        return at.replace(year=year, month=month, day=day).timestamp() * 1000
    except (ValueError, OverflowError):
        return moment + months * 30.44 * _DAY  # beyond the year 9999 nobody waits for the exact day

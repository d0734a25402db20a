"""Cron expressions as Camunda's timers take them: six fields beginning with seconds, macros, `L`, `W` and `#`."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from connectory_engine.failure import NotATime

_MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"))}
_DAYS["SUN"] = 0
_YEARS = 8  # a leap day comes at least this often

DayTest = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Cron:
    """Points in time by the calendar, in UTC; it repeats without end."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    day: DayTest
    times: int = -1

    def first(self, now: float) -> float | None:
        """Give the first moment after now; None when there is none."""
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now)
        at = at.replace(microsecond=0) + timedelta(seconds=1)
        day = at.date()
        times = [(h, m, s) for h in sorted(self.hours) for m in sorted(self.minutes) for s in sorted(self.seconds)]
        earliest = (at.hour, at.minute, at.second)
        for _ in range(366 * _YEARS):
            if day.month in self.months and self.day(day):
                found = next((time for time in times if time >= earliest), None)
                if found is not None:
                    return datetime(day.year, day.month, day.day, *found, tzinfo=UTC).timestamp() * 1000
            day += timedelta(days=1)
            earliest = (0, 0, 0)
        return None

    def next(self, due: float, now: float) -> float:
        """Give the moment after one that was due."""
        found = self.first(max(due, now))
        return float("inf") if found is None else found


def parse_cron(text: str) -> Cron:
    """Read a cron expression.

    Raises:
        NotATime: it is none.
    """
    parts = _MACROS.get(text.strip(), text).split()
    if len(parts) != 6:
        raise NotATime(f"Cron expression contains {len(parts)} parts but we expect one of [6]")
    return Cron(
        _field(parts[0], 0, 59),
        _field(parts[1], 0, 59),
        _field(parts[2], 0, 23),
        _field(parts[4].upper(), 1, 12, _MONTHS),
        _days(parts[3].upper(), parts[5].upper()),
    )


def _field(text: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(\*|\?|\w+)(?:-(\w+))?(?:/(\d{1,4}))?", part)
        if match is None:
            raise NotATime(f"Failed to parse cron expression. Invalid cron field '{text}'")
        begin, end, step = match.groups()
        if begin in "*?":
            first, last = low, high
        else:
            first = _number(begin, names, text)
            last = _number(end, names, text) if end else (high if step else first)
        if not low <= first <= high or not low <= last <= high or (step is not None and int(step) < 1):
            raise NotATime(f"Failed to parse cron expression. Value not in range [{low}, {high}]: '{text}'")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None, field: str) -> int:
    if text.isdecimal() and len(text) < 5:
        return int(text)
    if names and text in names:
        return names[text]
    raise NotATime(f"Failed to parse cron expression. Invalid cron field '{field}'")


def _days(month: str, week: str) -> DayTest:
    of_month, of_week = _day_of_month(month), _day_of_week(week)
    return lambda day: of_month(day) and of_week(day)


def _last_day(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: date, wanted: int) -> int:
    number = min(wanted, _last_day(day))
    weekday = date(day.year, day.month, number).weekday()
    if weekday == 5:
        return number - 1 if number > 1 else number + 2
    if weekday == 6:
        return number + 1 if number < _last_day(day) else number - 2
    return number


def _day_of_month(text: str) -> DayTest:
    if text == "L":
        return lambda day: day.day == _last_day(day)
    if match := re.fullmatch(r"L-(\d{1,2})", text):
        before = int(match[1])
        return lambda day: day.day == _last_day(day) - before
    if text == "LW":
        return lambda day: day.day == _nearest_weekday(day, 31)
    if match := re.fullmatch(r"(\d{1,2})W", text):
        wanted = int(match[1])
        return lambda day: day.day == _nearest_weekday(day, wanted)
    days = _field(text, 1, 31)
    return lambda day: day.day in days


def _day_of_week(text: str) -> DayTest:
    if match := re.fullmatch(r"(\w+?)L", text):
        last = _number(match[1], _DAYS, text) % 7
        return lambda day: day.isoweekday() % 7 == last and day.day > _last_day(day) - 7
    if match := re.fullmatch(r"(\w+)#([1-5])", text):
        weekday, which = _number(match[1], _DAYS, text) % 7, int(match[2])
        return lambda day: day.isoweekday() % 7 == weekday and (day.day + 6) // 7 == which
    days = frozenset(number % 7 for number in _field(text, 0, 7, _DAYS))
    return lambda day: day.isoweekday() % 7 in days

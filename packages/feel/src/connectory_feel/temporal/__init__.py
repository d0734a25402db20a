"""The seven temporal types of FEEL.

Python's `datetime` ends at the year 9999 and at microseconds and knows no months as a duration, so FEEL has types of
its own: years up to ±999,999,999, nanoseconds, offsets with seconds, zones by name. All are immutable by convention,
can be hashed, print as FEEL's `string()` does, and have

- `iso()`: the text for JSON,
- `properties` and `property(name)`: what a path like `date.year` gives,
- `<`, `<=`, `>`, `>=` within their type.
"""

from connectory_feel import values
from connectory_feel.temporal.arithmetic import add, divide, multiply, subtract
from connectory_feel.temporal.dates import Date
from connectory_feel.temporal.datetimes import LocalDateTime, ZonedDateTime
from connectory_feel.temporal.durations import DaysTimeDuration, YearsMonthsDuration
from connectory_feel.temporal.text import (
    Temporal,
    parse_constructor,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_temporal,
    parse_time,
)
from connectory_feel.temporal.times import LocalTime, ZonedTime

__all__ = [
    "Date",
    "DaysTimeDuration",
    "LocalDateTime",
    "LocalTime",
    "Temporal",
    "YearsMonthsDuration",
    "ZonedDateTime",
    "ZonedTime",
    "add",
    "divide",
    "from_python",
    "multiply",
    "parse_constructor",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_temporal",
    "parse_time",
    "subtract",
]


values.PLAIN.update([Date, LocalTime, ZonedTime, LocalDateTime, ZonedDateTime, DaysTimeDuration, YearsMonthsDuration])
values.TEMPORAL_OPERATIONS.update(add=add, subtract=subtract, multiply=multiply, divide=divide)


def from_python(value: object) -> Temporal | None:
    """Give the FEEL value of a `datetime` object; None for anything else."""
    # Imported on use: `datetime` takes time to import, and few contexts have such objects.
    from connectory_feel.temporal import foreign

    return foreign.from_python(value)

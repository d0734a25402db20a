"""The proleptic Gregorian calendar of ISO 8601, for years far beyond those of `datetime`."""

from connectory_feel.errors import FeelError

__all__ = [
    "DAY_NANOS",
    "MAX_YEAR",
    "NANOS",
    "check_year",
    "civil",
    "day_of_year",
    "epoch_day",
    "format_year",
    "is_leap",
    "month_length",
    "week_of_year",
    "weekday",
    "wrap_int",
    "wrap_long",
]

NANOS = 1_000_000_000
DAY_NANOS = 86_400 * NANOS
MAX_YEAR = 999_999_999

_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BEFORE = (0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def is_leap(year: int) -> bool:
    """Say whether a year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Give the number of days of a month."""
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month]


def epoch_day(year: int, month: int, day: int) -> int:
    """Give the days since 1970-01-01."""
    if month <= 2:
        year -= 1
        month += 12
    era_year = year % 400
    days = (153 * (month - 3) + 2) // 5 + day - 1
    return (year // 400) * 146_097 + era_year * 365 + era_year // 4 - era_year // 100 + days - 719_468


def civil(days: int) -> tuple[int, int, int]:
    """Give year, month and day from the days since 1970-01-01."""
    days += 719_468
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, day


def check_year(year: int) -> None:
    """Fail if a calculation leaves the years that FEEL knows."""
    if not -MAX_YEAR <= year <= MAX_YEAR:
        msg = f"year {year} is outside the valid years -{MAX_YEAR} to {MAX_YEAR}"
        raise FeelError(msg)


def weekday(days: int) -> int:
    """Give the day of the week from the epoch day: 1 is Monday, 7 is Sunday."""
    return (days + 3) % 7 + 1


def day_of_year(year: int, month: int, day: int) -> int:
    """Give the number of a day within its year, from 1."""
    return _BEFORE[month] + day + (month > 2 and is_leap(year))


def week_of_year(year: int, month: int, day: int) -> int:
    """Give the ISO week of a day; the first week has the year's first Thursday."""
    thursday = epoch_day(year, month, day)
    thursday += 4 - weekday(thursday)
    return (thursday - epoch_day(civil(thursday)[0], 1, 1)) // 7 + 1


def format_year(year: int, *, plus: bool) -> str:
    """Write a year with at least four digits; `plus` marks years of more than four."""
    if 0 <= year <= 9_999:
        return f"{year:04d}"
    if year < 0:
        return f"-{-year:04d}"
    return f"+{year}" if plus else str(year)


def wrap_int(number: int) -> int:
    """Keep the lowest 32 bits, as the reference does where it needs an `int`."""
    return (number + 0x8000_0000 & 0xFFFF_FFFF) - 0x8000_0000


def wrap_long(number: int) -> int:
    """Keep the lowest 64 bits, as the reference does where it needs a `long`."""
    return (number + (1 << 63) & (1 << 64) - 1) - (1 << 63)

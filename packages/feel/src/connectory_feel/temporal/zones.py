"""Time zones: offsets, zone names, and the offset of a zone at a moment.

A zone of FEEL is an offset alone, or a name: one of the tz database, or `UTC`, `GMT` and `UT` with an offset. The tz
database is read through `zoneinfo`, which is imported when the first named zone is met. Its years end at 9999; the
calendar repeats every 400 years, so a year outside is looked up in a year of the same shape within.
"""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from connectory_feel.temporal.calendar import civil, epoch_day

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

__all__ = [
    "Zone",
    "format_offset",
    "is_valid_offset",
    "local_offset",
    "local_zone",
    "offset_at",
    "parse_offset",
    "zone_of",
]

# The offset of a zone that never changes, and the name; without a name the offset is all there is.
Zone = tuple[int | None, str | None]

_STRICT_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_LENIENT_OFFSET = re.compile(r"([+-])(?:(\d)|(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)", re.ASCII)
_REGION = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]+")
# Known to the tz database, unknown to the reference (Java has them as short names only).
_NOT_ZONES = frozenset(["EST", "MST", "HST", "Factory", "localtime", "posixrules"])
_MAX_OFFSET = 18 * 3_600


def _seconds(sign: str, hours: str, minutes: str | None, seconds: str | None) -> int | None:
    h, m, s = int(hours), int(minutes or 0), int(seconds or 0)
    total = h * 3_600 + m * 60 + s
    if m > 59 or s > 59 or total > _MAX_OFFSET:
        return None
    return -total if sign == "-" else total


def parse_offset(text: str, *, lenient: bool = False) -> int | None:
    """Read `Z` or `+hh:mm[:ss]` in seconds; lenient also reads `+h`, `+hh`, `+hhmm` and `+hhmmss`."""
    if text == "Z":
        return 0
    if lenient:
        found = _LENIENT_OFFSET.fullmatch(text)
        return None if found is None else _seconds(found[1], found[2] or found[3], found[4], found[5])
    found = _STRICT_OFFSET.fullmatch(text)
    return None if found is None else _seconds(found[1], found[2], found[3], found[4])


def format_offset(seconds: int) -> str:
    """Write an offset."""
    if seconds == 0:
        return "Z"
    minutes, rest = divmod(abs(seconds), 60)
    text = f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{rest:02d}" if rest else text


@lru_cache(maxsize=256)
def zone_of(text: str, *, lenient: bool = False) -> Zone | None:
    """Find a zone by its name or offset; None if there is none."""
    offset = parse_offset(text, lenient=lenient)
    if offset is not None:
        return offset, None
    for prefix in ("UTC", "GMT", "UT"):
        if text == prefix:
            return 0, prefix
        if text.startswith((prefix + "+", prefix + "-")):
            offset = parse_offset(text[len(prefix) :], lenient=lenient)
            if offset is None:
                return None
            return offset, prefix + (format_offset(offset) if offset else "")
    if text in _NOT_ZONES or _REGION.fullmatch(text) is None or text.startswith(("posix/", "right/")):
        return None
    try:
        _zone_info(text)
    except (KeyError, ValueError, OSError):
        return None
    return None, text


@lru_cache(maxsize=256)
def _zone_info(name: str) -> "ZoneInfo":
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _within_datetime(year: int) -> int:
    """Give a year of the same shape that `datetime` and the rules of the tz database reach."""
    if 100 < year < 9_900:
        return year
    return 400 + year % 400 if year <= 100 else 9_200 + year % 400


def _offset(name: str, moment: "datetime") -> int:
    from datetime import timedelta

    delta = moment.replace(tzinfo=_zone_info(name)).utcoffset()
    return 0 if delta is None else delta // timedelta(seconds=1)


def local_offset(name: str, days: int, second: int) -> tuple[int, int]:
    """Give the offset of a named zone at a local time, and the seconds to move the time on.

    The clock is put forward: the time does not exist and moves on by the gap. It is put back: the time exists twice
    and the earlier one is meant.
    """
    fixed = _fixed(name)
    if fixed is not None:
        return fixed, 0
    moment = _datetime(days, second)
    first, second_time = _offset(name, moment), _offset(name, moment.replace(fold=1))
    if first < second_time:
        return second_time, second_time - first
    return first, 0


def offset_at(name: str, seconds: int) -> int:
    """Give the offset of a named zone at a moment, in seconds since 1970 (UTC)."""
    fixed = _fixed(name)
    if fixed is not None:
        return fixed
    moment = _datetime(*divmod(seconds, 86_400))
    local = _zone_info(name).fromutc(moment.replace(tzinfo=_zone_info(name)))
    from datetime import timedelta

    delta = local.utcoffset()
    return 0 if delta is None else delta // timedelta(seconds=1)


def is_valid_offset(name: str, days: int, second: int, offset: int) -> bool:
    """Say whether a named zone can have this offset at a local time."""
    fixed = _fixed(name)
    if fixed is not None:
        return fixed == offset
    moment = _datetime(days, second)
    first, second_time = _offset(name, moment), _offset(name, moment.replace(fold=1))
    return first >= second_time and offset in (first, second_time)


def _fixed(name: str) -> int | None:
    zone = zone_of(name)
    return None if zone is None else zone[0]


def _datetime(days: int, second: int) -> "datetime":
    from datetime import datetime, timedelta

    year, month, day = civil(days)
    shift = epoch_day(year, month, day) - epoch_day(_within_datetime(year), month, day)
    return datetime(1970, 1, 1) + timedelta(days=days - shift, seconds=second)


def local_zone() -> Zone:
    """Give the zone of this process: `TZ`, the system's setting, or the offset that the clock has now."""
    import os

    name = os.environ.get("TZ", "").removeprefix(":") or _system_zone()
    zone = zone_of(name) if name else None
    if zone is not None:
        return zone
    import time

    return time.localtime().tm_gmtoff, None


@cache
def _system_zone() -> str:
    import os
    from pathlib import Path

    target = os.path.realpath("/etc/localtime")
    if "zoneinfo/" in target:
        return target.rpartition("zoneinfo/")[2]
    try:
        return Path("/etc/timezone").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""

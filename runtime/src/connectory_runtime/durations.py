"""Durations as headers, settings and FEEL write them.

Headers keep to the grammar of ``java.time.Duration``: days and time, no years, months or weeks. Settings also take
what Spring takes: ``10s``, ``5m``, ``300000`` (milliseconds).
"""

import re
from datetime import timedelta

ISO = re.compile(
    r"(?P<sign>[-+]?)P(?:(?P<days>[-+]?[0-9]+)D)?"
    r"(?P<time>T(?:(?P<hours>[-+]?[0-9]+)H)?(?:(?P<minutes>[-+]?[0-9]+)M)?"
    r"(?:(?P<seconds>[-+]?[0-9]+)(?:[.,](?P<fraction>[0-9]{0,9}))?S)?)?",
    re.IGNORECASE | re.ASCII,
)
SIMPLE = re.compile(r"([-+]?[0-9]+)\s*(ns|us|ms|s|m|h|d)?", re.IGNORECASE | re.ASCII)
UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
NANOS = 1_000_000_000


def nanoseconds(text: str) -> int:
    """Return the nanoseconds of an ISO 8601 duration.

    Raises:
        ValueError: The text is none.
    """
    found = ISO.fullmatch(text)
    if found is None or found["time"] in ("T", "t") or not (found["days"] or found["time"]):
        raise ValueError(f"'{text}' is no duration; write for example PT30S or P1DT2H")
    seconds = 86_400 * int(found["days"] or 0) + 3_600 * int(found["hours"] or 0) + 60 * int(found["minutes"] or 0)
    whole = found["seconds"] or "0"
    fraction = int((found["fraction"] or "").ljust(9, "0"))
    total = (seconds + int(whole)) * NANOS + (-fraction if whole.startswith("-") else fraction)
    return -total if found["sign"] == "-" else total


def milliseconds(text: str) -> int:
    """Return the whole milliseconds of an ISO 8601 duration, rounded down as Java does.

    Raises:
        ValueError: The text is none.
    """
    return nanoseconds(text) // 1_000_000


def setting_milliseconds(text: str) -> int:
    """Return the milliseconds of a setting: ISO 8601, or a number with an optional unit.

    Raises:
        ValueError: The text is neither.
    """
    text = text.strip()
    if found := SIMPLE.fullmatch(text):
        return int(int(found[1]) * UNITS[(found[2] or "ms").lower()])
    try:
        return milliseconds(text)
    except ValueError:
        raise ValueError(f"'{text}' is no duration; write for example 300000 (milliseconds), 5m or PT5M") from None


def iso_text(value: timedelta) -> str:
    """Return a duration in ISO 8601, in hours, minutes and seconds."""
    micros = value // timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, micros = divmod(micros, 1_000_000)
    hours, rest = divmod(seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    parts = [
        f"{hours}H" if hours else "",
        f"{minutes}M" if minutes else "",
        f"{seconds}{fraction}S" if seconds or micros else "",
    ]
    return f"{sign}PT{''.join(parts)}" if any(parts) else "PT0S"

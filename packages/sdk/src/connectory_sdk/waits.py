"""How long a remote system asks to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def retry_after(header: str | None, now: datetime | None = None) -> timedelta | None:
    """Return the wait of an HTTP ``Retry-After``: seconds, with or without a fraction, or a date.

    Args:
        header: Its value, None where it is absent.
        now: The time. Default: that of the clock.

    Returns:
        The wait, never less than nothing; None where the header says none, or more than thirty years.
    """
    text = (header or "").strip()
    if text.replace(".", "", 1).isdecimal():
        return timedelta(seconds=float(text)) if len(text) < 10 else None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(0), moment - (now or datetime.now(UTC)))

"""The task headers that the runtime itself reads."""

from collections.abc import Mapping
from datetime import timedelta

from connectory_runtime.durations import milliseconds, nanoseconds

RESULT_VARIABLE = "resultVariable"
RESULT_EXPRESSION = "resultExpression"
ERROR_EXPRESSION = "errorExpression"
RETRY_BACKOFF = "retryBackoff"
JOB_TIMEOUT = "jobTimeout"
OPERATION = "operation"
LINKED = "linkedResources"  # the engine adds it: a JSON list of what the element links

MOST_MILLIS = (1 << 63) - 1


class HeaderError(Exception):
    """A header cannot be read: the job fails without retries, and the connector is not called."""


def present(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header that is there and not blank."""
    value = headers.get(name)
    return value if value and not value.isspace() else None


def retry_backoff(headers: Mapping[str, str]) -> timedelta | None:
    """Return the back-off of the model; None when there is none.

    Raises:
        HeaderError: It is no duration; a blank one is none either.
    """
    text = headers.get(RETRY_BACKOFF)
    if text is None:
        return None
    try:
        return timedelta(milliseconds=milliseconds(text))
    except (ValueError, OverflowError):
        raise HeaderError(
            f"Failed to parse retry backoff header. Expected ISO-8601 duration, e.g. PT5S, got: {text}"
        ) from None


def job_timeout(headers: Mapping[str, str], *, now: float) -> int | None:
    """Return the job timeout of the model in milliseconds; None when there is none.

    Raises:
        HeaderError: It is no positive duration that a deadline can be made of.
    """
    text = present(headers, JOB_TIMEOUT)
    if text is None:
        return None
    try:
        nanos = nanoseconds(text)
    except ValueError:
        raise HeaderError(
            f"Failed to parse job timeout header. Expected ISO-8601 duration, e.g. PT5M, got: {text}"
        ) from None
    millis = abs(nanos) // 1_000_000 * (1 if nanos > 0 else -1)
    if millis <= 0:
        raise HeaderError(f"Job timeout must be a positive duration of at least a millisecond, got: {text}")
    if millis > MOST_MILLIS or millis + int(now * 1000) > MOST_MILLIS:
        raise HeaderError(f"Job timeout is too large to represent: {text}")
    return millis

"""The waits that remote systems ask for."""

from datetime import UTC, datetime, timedelta

import pytest

from connectory_sdk.waits import retry_after


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", 7),
        (" 1.5 ", 1.5),
        ("0", 0),
        ("Wed, 21 Oct 2015 07:28:10 GMT", 10),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("9999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_waits_are_seconds_or_a_date(header: str | None, wait: float | None) -> None:
    """What is neither is no wait; what has passed is a wait of nothing."""
    now = datetime(2015, 10, 21, 7, 28, 0, tzinfo=UTC)

    assert retry_after(header, now) == (None if wait is None else timedelta(seconds=wait))

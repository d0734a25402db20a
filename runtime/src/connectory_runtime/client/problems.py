"""What Camunda answers when it does not do what was asked.

::

    GatewayError           Camunda answered, but not with success
    └── UnreachableError   there was no answer
"""

from collections.abc import Mapping
from typing import Any

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class GatewayError(Exception):
    """Camunda refused a call.

    Args:
        status: The HTTP status; 0 without an answer.
        title: The problem's title, such as ``NOT_FOUND``.
        detail: What Camunda says about it.
        retry_after: Seconds after which to try again, if it said so.
    """

    def __init__(self, status: int, title: str, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(": ".join(part for part in (f"{status} {title}".strip(), detail) if part))
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after = retry_after

    @property
    def transient(self) -> bool:
        """Trying again later may help."""
        return self.status in TRANSIENT


class UnreachableError(GatewayError):
    """There was no answer: connection refused or lost, time-out, TLS.

    Args:
        reason: What went wrong, in one line.
        timeout: Nobody answered in time.
        tls: The certificates do not fit.
    """

    def __init__(self, reason: str, *, timeout: bool = False, tls: bool = False) -> None:
        super().__init__(0, "", reason)
        self.args = (reason,)
        self.timeout = timeout
        self.tls = tls

    @property
    def transient(self) -> bool:
        """Trying again later may help."""
        return True


def problem(status: int, body: Any, headers: Mapping[str, str]) -> GatewayError:
    """Return the error that an answer means; bodies are problem+json, Spring's JSON, or anything."""
    data = body if isinstance(body, Mapping) else {}
    title = str(data.get("title") or data.get("error") or "")
    detail = str(data.get("detail") or data.get("message") or "")
    after = headers.get("retry-after", "")
    return GatewayError(status, title, detail, retry_after=float(after) if after.isdecimal() else None)

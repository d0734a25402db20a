"""What an error status means for the job: try again, when, or not at all, or a BPMN error."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from connectory_rest.requests import Policy
from connectory_rest.settings import Settings
from connectory_sdk import BpmnError, ConnectorError, ConnectorInputError, ConnectorRetryError
from connectory_sdk.waits import retry_after

if TYPE_CHECKING:
    import httpx

ITEM = re.compile(r"([1-9])xx|([1-9][0-9]{2})(?:\s*-\s*([1-9][0-9]{2}))?", re.IGNORECASE)
WAITING = {429, 503}
SOON = 1_000_000_000  # a larger reset is a moment, a smaller one is seconds from now


def consequence(
    error: ConnectorError, response: "httpx.Response", policy: Policy | None, settings: Settings, *, retries: int
) -> Exception:
    """Return the error that the operation raises for an error status.

    Args:
        error: What it raises without a policy.
        response: The answer.
        policy: What the model says.
        settings: What the operator says.
        retries: Retries that the job has left.

    Raises:
        ConnectorInputError: The policy cannot be read.
    """
    status = response.status_code
    policy = policy or Policy()
    if matches(policy.bpmn_error_on, status, "connectoryPolicy.bpmnErrorOn"):
        return BpmnError(str(status), error.message, variables=error.variables)
    if matches(policy.fail_on, status, "connectoryPolicy.failOn") or (
        (policy.retry_on or "").strip() and not matches(policy.retry_on, status, "connectoryPolicy.retryOn")
    ):
        return ConnectorRetryError(
            error.message, code=error.code, variables=error.variables, hint=error.hint, retries=0
        )
    wanted = settings.retry_after if policy.retry_after is None else policy.retry_after
    wait = waiting(response) if wanted and status in WAITING else None
    if wait is None or wait > settings.retry_after_limit:
        return error
    return ConnectorRetryError(
        error.message, code=error.code, variables=error.variables, hint=error.hint, retries=retries, backoff=wait
    )


def matches(statuses: str | None, status: int, field: str) -> bool:
    """Tell whether a status is in a list such as ``404, 429, 500-503, 5xx``.

    Raises:
        ConnectorInputError: The list cannot be read.
    """
    found = False
    for part in (statuses or "").split(","):
        if not part.strip():
            continue
        item = ITEM.fullmatch(part.strip())
        if item is None:
            raise ConnectorInputError(
                f"{field}: '{part.strip()}' is no status; write for example 404, 429, 500-503, 5xx"
            )
        if item[1]:
            found = found or status // 100 == int(item[1])
        else:
            found = found or int(item[2]) <= status <= int(item[3] or item[2])
    return found


def check(policy: Policy | None) -> None:
    """Refuse a policy that cannot be read, before anything is sent.

    Raises:
        ConnectorInputError: It cannot be read; names the field.
    """
    if policy is not None:
        matches(policy.bpmn_error_on, 0, "connectoryPolicy.bpmnErrorOn")
        matches(policy.fail_on, 0, "connectoryPolicy.failOn")
        matches(policy.retry_on, 0, "connectoryPolicy.retryOn")


def waiting(response: "httpx.Response", now: datetime | None = None) -> timedelta | None:
    """Return how long a server asks to wait: ``Retry-After``, or the reset of a rate limit; None if it does not say."""
    now = now or datetime.now(UTC)
    if text := response.headers.get("retry-after", "").strip():
        return retry_after(text, now)
    for name in ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"):
        text = response.headers.get(name, "").strip()
        if text.replace(".", "", 1).isdecimal():
            seconds = float(text)
            return timedelta(seconds=max(0.0, seconds - now.timestamp()) if seconds > SOON else seconds)
    return None

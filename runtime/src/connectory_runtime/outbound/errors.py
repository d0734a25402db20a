"""From an exception to the ``error`` object that models read, and to the failure that the engine is told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectory_runtime.encoding import plain
from connectory_runtime.outbound.headers import HeaderError
from connectory_runtime.outbound.outcome import Failed
from connectory_runtime.secrets import Masked
from connectory_sdk import ConnectorError, ConnectorInputError, ConnectorRetryError

LONGEST = 6000
INPUT = "io.camunda.connector.api.error.ConnectorInputException"
TYPES: tuple[tuple[type[BaseException], str], ...] = (
    (ConnectorRetryError, "io.camunda.connector.api.error.ConnectorRetryException"),
    (ConnectorError, "io.camunda.connector.api.error.ConnectorException"),
    (ConnectorInputError, INPUT),
    (HeaderError, "io.camunda.connector.runtime.core.error.InvalidBackOffDurationException"),
)
"""What error expressions compare ``error.type`` with: the names of Camunda's runtime."""


def error_object(exc: BaseException, masked: Masked) -> dict[str, Any]:
    """Return the object that error expressions see as ``error``; secrets are masked, but never in the code."""
    error: dict[str, Any] = {
        "type": next((name for kind, name in TYPES if isinstance(exc, kind)), "java.lang.RuntimeException"),
        "message": masked.text(message_of(exc))[:LONGEST],
    }
    if isinstance(exc, ConnectorError):
        if exc.code is not None:
            error["code"] = str(exc.code)
        if exc.variables is not None:
            error["variables"] = masked.value(json_value(exc.variables))
    return error


def json_value(value: Any) -> Any:
    """Return error variables as JSON; what has none is printed."""
    try:
        return plain(value)
    except (TypeError, ValueError, RecursionError):
        return cut_circles(value, ())


def cut_circles(value: Any, around: tuple[int, ...]) -> Any:
    """Return a copy in which what contains itself ends in a note."""
    if isinstance(value, Mapping | list | tuple):
        if id(value) in around:
            return "[circular reference]"
        inside = (*around, id(value))
        if isinstance(value, Mapping):
            return {str(key): cut_circles(item, inside) for key, item in value.items()}
        return [cut_circles(item, inside) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def message_of(exc: BaseException) -> str:
    """Return an exception's text; of a defect also its kind, which is often all that it says."""
    text = str(exc)
    if isinstance(exc, ConnectorError | ConnectorInputError | HeaderError):
        return text
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def is_input_error(exc: BaseException) -> bool:
    """Tell whether trying again is of no use: the input is wrong, or directly caused the error."""
    return isinstance(exc, ConnectorInputError) or isinstance(exc.__cause__, ConnectorInputError)


def failure(
    exc: BaseException, error: Mapping[str, Any], *, retries: int, backoff: timedelta | None, hint: str | None = None
) -> Failed:
    """Return the failure that follows from an exception.

    Args:
        exc: The exception.
        error: Its error object.
        retries: Retries of the job, this attempt included.
        backoff: Back-off of the model.
        hint: What the incident says after the message; expressions do not see it.
    """
    left = retries - 1
    if isinstance(exc, HeaderError):
        left, backoff = 0, None
    elif isinstance(exc, ConnectorRetryError):
        left = left if exc.retries is None else exc.retries
        backoff = exc.backoff if exc.backoff is not None else backoff
    elif is_input_error(exc):
        left = 0
    variables = {"error": dict(error)}
    return Failed(
        message=with_variables(f"{error['message']} ({hint})" if hint else error["message"], variables),
        retries=max(left, 0),
        backoff=backoff,
        variables=variables,
        code=error.get("code"),
    )


def with_variables(message: str, variables: Mapping[str, Any]) -> str:
    """Return the message of a failure as operators see it: the text, then the variables."""
    return f"{message} | Error variables: {printed(variables)}"[:LONGEST]


def printed(value: Any) -> str:
    """Return a value as Java prints maps and lists."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={printed(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(printed(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value)

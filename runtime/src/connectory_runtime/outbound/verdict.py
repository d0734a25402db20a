"""What an error expression makes of a result or an error."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectory_runtime.durations import milliseconds
from connectory_runtime.outbound.errors import LONGEST, with_variables
from connectory_runtime.outbound.expressions import ExpressionError, context_of, context_result, guard
from connectory_runtime.outbound.outcome import BpmnErrorThrown, Completed, Failed, Outcome
from connectory_sdk.documents import DocumentStore

WHAT = "error expression"
MOST_RETRIES = 2**31 - 1
WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")


async def verdict(
    expression: str, content: Any, *, retries: int, documents: DocumentStore, adhoc: bool = False
) -> Outcome | None:
    """Return the outcome that an error expression asks for; None leaves it as it is.

    Args:
        expression: The FEEL text.
        content: What happened: the output variables, the response, or ``{"error": ...}``.
        retries: Retries of the job, this attempt included.
        documents: Where ``createDocument`` stores.
        adhoc: The job drives an ad-hoc sub-process, whose errors cannot be ignored.

    Raises:
        ConnectorInputError: The expression fails, or asks for what there is not.
    """
    context = context_of(content, job={"retries": retries})
    value = await context_result(expression, context, what=WHAT, documents=documents)
    if not value:
        return None
    kind = value.get("errorType")
    if kind == "bpmnError":
        return bpmn_error(value)
    if kind == "jobError":
        return job_error(value)
    if kind == "ignoreError":
        if adhoc:
            raise ExpressionError("IgnoreError is not supported for ad-hoc sub-processes")
        return Completed(variables=variables_of(value), ignored=True)
    raise ExpressionError(
        f"The {WHAT} must give bpmnError(...), jobError(...), ignoreError(...) or null; its errorType is '{kind}'"
    )


def bpmn_error(value: Mapping[str, Any]) -> BpmnErrorThrown | None:
    """Return the BPMN error; None without a code, as the reference has it."""
    code = value.get("errorCode")
    if isinstance(code, list) and len(code) == 1:
        code = code[0]
    if code is None:
        return None
    if isinstance(code, list | Mapping):
        raise ExpressionError("bpmnError: errorCode must be a text")
    message = value.get("errorMessage")
    return BpmnErrorThrown(
        code=text(code),
        message=None if message is None else text(message)[:LONGEST],
        variables=variables_of(value),
    )


def job_error(value: Mapping[str, Any]) -> Failed:
    """Return the failure that ``jobError`` describes; the written object form has no defaults."""
    message, retries = value.get("errorMessage"), value.get("retries")
    if isinstance(retries, str) and WHOLE.fullmatch(retries):
        retries = int(retries)
    if message is None or not isinstance(retries, int | float) or isinstance(retries, bool):
        raise ExpressionError("A jobError object needs errorMessage (text) and retries (number)")
    if abs(retries) > MOST_RETRIES:
        raise ExpressionError(f"jobError: retries {retries} is more than the engine can count")
    backoff = value.get("retryBackoff")
    try:
        delay = span(backoff)
    except (ValueError, OverflowError):
        raise ExpressionError(f"jobError: retryBackoff '{backoff}' is no ISO-8601 duration, such as PT5S") from None
    variables = {**variables_of(value), "error": text(message)}
    return Failed(
        message=with_variables(text(message), variables),
        retries=max(int(retries), 0),
        backoff=delay,
        variables=variables,
    )


def span(backoff: Any) -> timedelta:
    """Return a back-off: ISO 8601, seconds as a number, or nothing.

    Raises:
        ValueError: It is no duration.
        OverflowError: It is too long.
    """
    if backoff is None or backoff == "":
        return timedelta()
    if isinstance(backoff, int | float) and not isinstance(backoff, bool):
        return timedelta(seconds=backoff)
    return timedelta(milliseconds=milliseconds(str(backoff)))


def variables_of(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the variables of an error, checked for their size."""
    variables = value.get("variables")
    if variables is None:
        return {}
    if not isinstance(variables, Mapping):
        raise ExpressionError(f"variables of the {WHAT} must be a context")
    guard(variables)
    return variables


def text(value: Any) -> str:
    """Return a code or message; numbers and booleans are printed."""
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)

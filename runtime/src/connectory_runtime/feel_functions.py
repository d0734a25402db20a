"""Functions for connectors in FEEL: ``bpmnError``, ``jobError``, ``ignoreError``, ``backoff``, ``createDocument``.

They are strict about types, unlike FEEL's own functions: a wrong argument ends the evaluation instead of giving null,
because a misspelt error would otherwise pass as success.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectory_feel import FeelError, Function
from connectory_feel.temporal import DaysTimeDuration

MILLIS = 1_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class DocumentToCreate:
    """What ``createDocument`` gives: no value of JSON, so that no data from outside can pass for it."""

    value: Any


def text(function: str, parameter: str, value: Any) -> str:
    """Return a text argument."""
    if not isinstance(value, str):
        raise FeelError(f"Parameter '{parameter}' of function '{function}' must be a String")
    return value


def context(function: str, parameter: str, value: Any) -> dict[str, Any]:
    """Return a context argument."""
    if not isinstance(value, dict):
        raise FeelError(f"Parameter '{parameter}' of function '{function}' must be a Context")
    return value


def number(function: str, parameter: str, value: Any) -> Any:
    """Return a number argument."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise FeelError(f"Parameter '{parameter}' of function '{function}' must be a Number")
    return value


def duration(function: str, parameter: str, value: Any) -> DaysTimeDuration:
    """Return a duration argument."""
    if not isinstance(value, DaysTimeDuration):
        raise FeelError(f"Parameter '{parameter}' of function '{function}' must be a days and time Duration")
    return value


def bpmn_error(code: Any, message: Any = "", variables: Any = None) -> dict[str, Any]:
    """Give the error that a boundary event catches."""
    error: dict[str, Any] = {"errorType": "bpmnError", "errorCode": text("bpmnError", "errorCode", code)}
    error["errorMessage"] = text("bpmnError", "errorMessage", message)
    error["variables"] = context("bpmnError", "variables", {} if variables is None else variables)
    return error


def job_error(message: Any, variables: Any, retries: Any, backoff: Any) -> dict[str, Any]:
    """Give the failure of a job, with retries and back-off of its own."""
    return {
        "errorType": "jobError",
        "errorMessage": text("jobError", "errorMessage", message),
        "variables": context("jobError", "variables", variables),
        "retries": number("jobError", "retries", retries),
        "retryBackoff": duration("jobError", "retryBackoff", backoff),
    }


def ignore_error(variables: Any) -> dict[str, Any]:
    """Give the order to complete a failed job."""
    return {"errorType": "ignoreError", "variables": context("ignoreError", "variables", variables)}


def backoff(attempt: Any, least: Any, factor: Any, most: Any, jitter: Any) -> DaysTimeDuration:
    """Give the time to wait before an attempt: growing, bounded, a little random."""
    shortest = duration("backoff", "minDelay", least).nanos
    longest = duration("backoff", "maxDelay", most).nanos
    growth = float(number("backoff", "factor", factor))
    spread = float(number("backoff", "jitterFactor", jitter))
    count = float(number("backoff", "attempt", attempt))
    for wrong, said in (
        (count < 1, "attempt must be at least 1"),
        (growth <= 0, "factor must be greater than 0"),
        (shortest > longest, "minDelay must not be greater than maxDelay"),
        (spread < 0, "jitterFactor must not be negative"),
    ):
        if wrong:
            raise FeelError(f"backoff: {said}")
    try:
        delay = min(max(shortest * growth ** (count - 1), shortest), longest)
    except OverflowError:
        delay = longest
    return DaysTimeDuration(max(0, round(delay * (1 + random.uniform(-spread, spread)))))  # noqa: S311 - no secret


def create_document(value: Any) -> DocumentToCreate:
    """Give the order to store a document and put its reference here."""
    return DocumentToCreate(value)


def no_document_here(value: Any) -> DocumentToCreate:
    """Refuse: nobody would store the document."""
    raise FeelError("createDocument can be used in result and error expressions only")


def overloads(parameters: Sequence[str], invoke: Callable[..., Any], *defaults: Any) -> list[Function]:
    """Return one function for each number of arguments that may be left out at the end."""
    required = len(parameters) - len(defaults)
    made = []
    for count in range(required, len(parameters) + 1):
        rest = defaults[count - required :]
        made.append(Function(tuple(parameters[:count]), lambda *given, rest=rest: invoke(*given, *rest)))
    return made


COMMON: dict[str, list[Function]] = {
    "bpmnError": [
        *overloads(("errorCode", "errorMessage", "variables"), bpmn_error, "", {}),
        Function(("errorCode", "variables"), lambda code, variables: bpmn_error(code, "", variables)),
    ],
    "jobError": overloads(
        ("errorMessage", "variables", "retries", "retryBackoff"), job_error, {}, 0, DaysTimeDuration(0)
    ),
    "ignoreError": overloads(("variables",), ignore_error, {}),
    "backoff": overloads(
        ("attempt", "minDelay", "factor", "maxDelay", "jitterFactor"),
        backoff,
        DaysTimeDuration(50 * MILLIS),
        1.6,
        DaysTimeDuration(5_000 * MILLIS),
        0.1,
    ),
}
FUNCTIONS = {**COMMON, "createDocument": [Function(("value",), create_document)]}
"""For result and error expressions, whose documents are stored."""

PLAIN_FUNCTIONS = {**COMMON, "createDocument": [Function(("value",), no_document_here)]}
"""For all other expressions."""

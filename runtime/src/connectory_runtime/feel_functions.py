"""Functions for connectors in FEEL: ``bpmnError``, ``jobError``, ``ignoreError``, ``backoff``, ``createDocument``.

They are strict about types, unlike FEEL's own functions: a wrong argument ends the evaluation instead of giving null,
because a misspelt error would otherwise pass as success.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
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


def bpmn_error(errorCode: Any, **given: Any) -> dict[str, Any]:  # noqa: N803 - FEEL's names
    """Give the error that a boundary event catches; what was not given is not there."""
    error: dict[str, Any] = {"errorType": "bpmnError", "errorCode": text("bpmnError", "errorCode", errorCode)}
    for name, value in given.items():
        error[name] = (context if name == "variables" else text)("bpmnError", name, value)
    return error


def job_error(
    errorMessage: Any,  # noqa: N803
    variables: Any = MappingProxyType({}),
    retries: Any = 0,
    retryBackoff: Any = DaysTimeDuration(0),  # noqa: N803, B008 - a constant
) -> dict[str, Any]:
    """Give the failure of a job, with retries and back-off of its own."""
    return {
        "errorType": "jobError",
        "errorMessage": text("jobError", "errorMessage", errorMessage),
        "variables": context(
            "jobError", "variables", dict(variables) if isinstance(variables, MappingProxyType) else variables
        ),
        "retries": number("jobError", "retries", retries),
        "retryBackoff": duration("jobError", "retryBackoff", retryBackoff),
    }


def ignore_error(**given: Any) -> dict[str, Any]:
    """Give the order to complete a failed job."""
    return {"errorType": "ignoreError", "variables": context("ignoreError", "variables", given.get("variables", {}))}


def backoff(
    attempt: Any,
    minDelay: Any = DaysTimeDuration(50 * MILLIS),  # noqa: N803, B008 - a constant
    factor: Any = 1.6,
    maxDelay: Any = DaysTimeDuration(5_000 * MILLIS),  # noqa: N803, B008
    jitterFactor: Any = 0.1,  # noqa: N803
) -> DaysTimeDuration:
    """Give the time to wait before an attempt: growing, bounded, a little random."""
    shortest = duration("backoff", "minDelay", minDelay).nanos
    longest = duration("backoff", "maxDelay", maxDelay).nanos
    growth = float(number("backoff", "factor", factor))
    spread = float(number("backoff", "jitterFactor", jitterFactor))
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


def overloads(invoke: Callable[..., Any], required: Sequence[str], optional: Sequence[str]) -> list[Function]:
    """Return a function for each choice of arguments: by position from the left, by name any."""
    # By number: of those with as many parameters the first, the one without gaps. By name: the first that has them all.
    choices = [names for count in range(len(optional) + 1) for names in combinations(optional, count)]
    return [function(invoke, (*required, *names)) for names in choices]


def function(invoke: Callable[..., Any], names: tuple[str, ...]) -> Function:
    """Return a function of these parameters."""
    return Function(names, lambda *values: invoke(**dict(zip(names, values, strict=True))))


COMMON: dict[str, list[Function]] = {
    "bpmnError": overloads(bpmn_error, ("errorCode",), ("errorMessage", "variables")),
    "jobError": overloads(job_error, ("errorMessage",), ("variables", "retries", "retryBackoff")),
    "ignoreError": overloads(ignore_error, (), ("variables",)),
    "backoff": overloads(backoff, ("attempt",), ("minDelay", "factor", "maxDelay", "jitterFactor")),
}
FUNCTIONS = {**COMMON, "createDocument": [Function(("value",), create_document)]}
"""For result and error expressions, whose documents are stored."""

PLAIN_FUNCTIONS = {**COMMON, "createDocument": [Function(("value",), no_document_here)]}
"""For all other expressions."""

"""Calls of functions that are values, and what becomes of arguments that failed."""

import sys

from connectory_feel.errors import FeelLimitError
from connectory_feel.limits import _active as active
from connectory_feel.limits import charge
from connectory_feel.runtime.calculations import NUMBERS
from connectory_feel.runtime.host import pure
from connectory_feel.runtime.paths import M
from connectory_feel.values import AssertionFailure, Failure, Function, FunctionFailure, Range, Value, display
from connectory_feel.warnings import Warnings

__all__ = [
    "as_variadic",
    "call",
    "entry_function",
    "failed",
    "make_range",
    "matching",
    "method",
    "no_function",
    "stopped",
    "whole",
]


def no_function(name: str, shape: int | tuple[str, ...], w: Warnings) -> None:
    """Note that no function has this name and number (or these names) of parameters."""
    w.append(("NO_FUNCTION_FOUND", name, shape))


def failed(name: str, w: Warnings) -> None:
    """Note the failure that is being handled."""
    failure = sys.exc_info()[1]
    if isinstance(failure, AssertionFailure):
        w.append(("ASSERT_FAILURE", str(failure)))
        return
    w.append(("FUNCTION_INVOCATION_FAILURE", name, str(failure)))


def matching(value: Value, shape: int | tuple[str, ...]) -> Function | None:
    """Give the value if it is a function for this number (or these names) of arguments."""
    if type(value) is not Function:
        return None
    parameters = value.parameters
    if type(shape) is int:
        fits = len(parameters) == shape or (value.variadic and shape >= len(parameters) - 1)
    else:
        fits = len(shape) == len(parameters) and set(shape) == set(parameters)  # type: ignore[arg-type]
    return value if fits else None


def entry_function(item: Value, name: str, shape: int | tuple[str, ...]) -> Function | None:
    """Give the function that an item of a filtered list has under a name."""
    return matching(item.get(name), shape) if type(item) is dict else None


def method(target: Value, name: str, shape: int | tuple[str, ...], w: Warnings) -> Value:
    """Give the function of a context, or the failure that the reference makes here instead of null."""
    if type(target) is not dict:
        if type(target) is Failure:
            return target
        w.append(("EXPECTED", "context", target))
        return Failure(f"Expected context but found '{display(target)}'")
    function = matching(target.get(name), shape)
    if function is None:
        no_function(name, shape, w)
        return Failure(f"No function found with name '{name}' and {_shape_in_words(shape)}")
    return function


def _shape_in_words(shape: int | tuple[str, ...]) -> str:
    return f"{shape} parameters" if type(shape) is int else f"parameters: {','.join(shape)}"  # type: ignore[arg-type]


def call(
    function: Function, shape: int | tuple[str, ...], arguments: tuple[Value, ...], name: str, w: Warnings
) -> Value:
    """Call a function that is a value, with a bound on the calls under way."""
    if type(shape) is tuple:
        by_name = dict(zip(shape, arguments, strict=True))
        arguments = tuple(by_name[parameter] for parameter in function.parameters)
    elif function.variadic:
        fixed = len(function.parameters) - 1
        arguments = (*arguments[:fixed], list(arguments[fixed:]))
    state = active
    state.calls += 1
    if state.calls > state.limits.calls:
        state.calls = 0
        msg = f"more than {state.limits.calls} functions of the expression call each other"
        raise FeelLimitError(msg)
    charge(1)
    try:
        return function.invoke(*arguments)
    except FunctionFailure:
        return failed(name, w)  # type: ignore[func-returns-value]
    finally:
        state.calls -= 1


def as_variadic(value: Value) -> list[Value]:
    """Give the values of a variadic parameter from its only argument: the items of a list, or the one value."""
    return value if type(value) is list else [value]


def make_range(
    start: Value,
    end: Value,
    start_included: bool,
    end_included: bool,
    w: Warnings,
) -> Value:
    """Make a range of two numbers, or of two temporal values of a type."""
    made = Range(pure(start), pure(end), start_included, end_included)
    first, last = type(made.start), type(made.end)
    numbers = first in NUMBERS and last in NUMBERS
    if numbers or (first is last and hasattr(made.start, "feel_type")):
        return made
    text = f"Invalid range definition '{made}'"
    w.append(("INVALID_TYPE", text))
    return Failure(text)


def stopped(arguments: tuple[Value, ...], name: str, w: Warnings, variadic: bool = False) -> Value:
    """Tell what a call gives if an argument failed; no entry if none did."""
    failures = [argument for argument in arguments if type(argument) is Failure]
    if not failures:
        return M
    for failure in failures:
        if failure.fatal and not variadic:
            return failure
    w.append(("FUNCTION_INVOCATION_FAILURE", name, failures[0].text))
    return None


def whole(value: Value, parts: tuple[Value, ...]) -> Value:
    """Give a list or a context, or the failure of one of its parts."""
    for part in parts:
        if type(part) is Failure:
            return Failure(str(part) if part.fatal else part.text)
    return value

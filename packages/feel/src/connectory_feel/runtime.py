"""What generated code calls: the operations of FEEL in full, for operands of any type.

The generated code has short paths for the common types; these functions have the whole meaning. A warning is noted as
a tuple and put into words by `connectory_feel.warnings` only if somebody asks. `w` is the list of warnings.
"""

import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

from connectory_feel import arithmetic as math
from connectory_feel.errors import FeelError, FeelLimitError
from connectory_feel.limits import _active as active
from connectory_feel.limits import charge, check_size
from connectory_feel.values import (
    PLAIN,
    TEMPORAL_OPERATIONS,
    AssertionFailure,
    Failure,
    Function,
    FunctionFailure,
    Range,
    Value,
    display,
    entries,
    equal,
    from_float,
)
from connectory_feel.warnings import Warnings

__all__ = ["NAMESPACE", "pure"]

M = object()  # no entry
NUMBERS = frozenset([int, Decimal, float])
_SCALARS = frozenset([int, str, bool, type(None), Decimal, float])


# --- values of the caller


def pure(value: Value) -> Value:
    """Make FEEL values of what a caller may give: floats, tuples, other mappings; the same object if all is fine."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is float:
        return from_float(value)  # type: ignore[arg-type]
    if kind is list:
        for position, item in enumerate(value):  # type: ignore[arg-type, var-annotated]
            if type(item) not in PLAIN:
                better = pure(item)
                if better is not item:
                    copy = value[:position]  # type: ignore[index]
                    copy.append(better)
                    copy.extend(map(pure, value[position + 1 :]))  # type: ignore[index]
                    return copy
        return value
    if kind is dict:
        return _pure_context(value)  # type: ignore[arg-type]
    if isinstance(value, tuple):
        return [pure(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): pure(item) for key, item in value.items()}
    if hasattr(value, "feel_type"):
        return value
    return _foreign(value)


def outwardly_pure(value: Value) -> Value:
    """Make a FEEL value, but leave what is inside of it."""
    kind = type(value)
    return value if kind is dict or kind is list else pure(value)


def _pure_context(context: dict[object, Value]) -> Value:
    changed: dict[object, Value] = {}
    names = True
    for key, item in context.items():
        if type(item) not in PLAIN:
            better = pure(item)
            if better is not item:
                changed[key] = better
        if type(key) is not str:
            names = False
    if not changed and names:
        return context
    return {str(key): changed.get(key, item) for key, item in context.items()}


def _foreign(value: Value) -> Value:
    """Read subclasses of the plain types; anything else is no FEEL value."""
    for plain in (str, int, float, list, dict):
        if isinstance(value, plain):
            return pure(plain(value))  # type: ignore[arg-type]
    from connectory_feel.temporal import from_python

    converted = from_python(value)
    if converted is None:
        msg = f"a value of the Python type {type(value).__name__} cannot be used in FEEL"
        raise FeelError(msg)
    return converted


# --- names and paths


def no_variable(name: str, w: Warnings, value: Value = None) -> Value:
    """Note a missing variable; functions of the context can be called, but are no variables."""
    w.append(("NO_VARIABLE_FOUND", name))
    return value


def unary_input(c: Mapping[str, Value], w: Warnings) -> Value:
    value = c.get("cellInput", M)
    if value is M:
        w.append(("NO_INPUT",))
        return None
    return value


NO_INPUT = Failure("No input value available. '?' can only be used inside an unary-test expression.", fatal=True)


def no_entry(context: dict[str, Value], name: str, w: Warnings) -> None:
    w.append(("NO_CONTEXT_ENTRY_FOUND", name, context))


def no_host_entry(context: dict[str, Value], name: str, w: Warnings) -> None:
    w.append(("NO_HOST_ENTRY_FOUND", name, context))


def host_path(target: Value, name: str, w: Warnings) -> Value:
    """Follow a path in what the caller gave."""
    if type(target) is list:
        charge(len(target))
        found = []
        for item in target:
            if type(item) is dict:
                value = item.get(name, M)
                if value is M or type(value) is Function:
                    value = no_host_entry(item, name, w)  # type: ignore[func-returns-value]
                found.append(value)
            else:
                found.append(host_path(item, name, w))
        return found
    if type(target) is dict:
        value = target.get(name, M)
        return no_host_entry(target, name, w) if value is M or type(value) is Function else value  # type: ignore[func-returns-value]
    better = pure(target)
    return path(target, name, w) if better is target else host_path(better, name, w)


def host_steps(target: Value, names: tuple[str, ...], w: Warnings) -> Value:
    """Follow several names; a variable that was missing has had its warning."""
    if target is M:
        return None
    for name in names:
        if type(target) is dict:
            value = target.get(name, M)
            if value is M:
                w.append(("NO_HOST_ENTRY_FOUND", name, target))
                value = None
            target = value
        else:
            target = host_path(target, name, w)
    return target


def host_chain(c: Mapping[str, Value], variable: str, names: tuple[str, ...], w: Warnings) -> Value:
    """Read a variable and follow names."""
    target = c.get(variable, M)
    if target is M or type(target) is Function:
        return no_variable(variable, w)
    return host_steps(target, names, w)


def path(target: Value, name: str, w: Warnings) -> Value:
    kind = type(target)
    if kind is dict:
        value = target.get(name, M)  # type: ignore[attr-defined]
        if value is M or type(value) is Function:
            return no_entry(target, name, w)  # type: ignore[arg-type, func-returns-value]
        return value
    if kind is list:
        charge(len(target))  # type: ignore[arg-type]
        return [path(item, name, w) for item in target]  # type: ignore[attr-defined]
    if target is None:
        w.append(("NO_CONTEXT_ENTRY_FOUND", name, None))
        return None
    if kind is Failure:
        return target
    if kind in _SCALARS:
        w.append(("NO_PROPERTY_FOUND", name, target, ()))
        return None
    better = pure(target)
    if better is not target:
        return path(better, name, w)
    properties = getattr(target, "properties", None)
    if properties is None:
        w.append(("NO_PROPERTY_FOUND", name, target, ()))
        return None
    if name in properties:
        return target.property(name)  # type: ignore[attr-defined]
    w.append(("NO_PROPERTY_FOUND", name, target, properties))
    return None


def to_list(value: Value, w: Warnings) -> list[Value] | None:
    value = pure(value)
    if type(value) is list:
        return value
    if type(value) is not Failure:
        w.append(("EXPECTED", "list", value))
    return None


def at_index(items: list[Value], index: int | Decimal | float) -> Value:
    """Give the item at a position, from 1; negative ones count from the end, fractions are cut off."""
    size = len(items)
    if index >= 1:
        return items[int(index) - 1] if index < size + 1 else None
    if -size <= index < 0:
        return items[int(size + index)]
    return None


# --- types


def not_boolean(value: Value, w: Warnings) -> None:
    if type(value) is not Failure:
        w.append(("EXPECTED", "boolean", value))


def warn_again(warnings: Warnings, w: Warnings) -> None:
    """Repeat the warnings of what the reference evaluates twice."""
    charge(len(warnings))
    w.extend(warnings)


def negated(value: Value, w: Warnings) -> bool | None:
    if value is True:
        return False
    if value is False:
        return True
    not_boolean(value, w)
    return None


_TYPES: dict[str, tuple[str, ...]] = {
    "years and months duration": ("years and months duration",),
    "days and time duration": ("days and time duration",),
}


def instance_of(value: Value, wanted: str) -> bool:
    from connectory_feel.values import type_name

    if value is None:
        return False
    if wanted == "Any":
        return True
    kind = type(value)
    if kind is float:
        return wanted == "number"
    return type_name(value) == wanted


# --- comparisons


def eq(a: Value, b: Value, w: Warnings) -> Value:
    if type(a) is Failure or type(b) is Failure:
        return _failure(a, b)
    same = equal(a, b)
    if same is None:
        a, b = pure(a), pure(b)
        same = equal(a, b)
        if same is None:
            w.append(("NOT_COMPARABLE", a, b))
    return same


def ne(a: Value, b: Value, w: Warnings) -> Value:
    same = eq(a, b, w)
    if same is None:
        return not_boolean(None, w)  # type: ignore[func-returns-value]
    return same if type(same) is Failure else not same


def _failure(a: Value, b: Value) -> Failure | None:
    """Give the failure among two operands; a fatal one goes first."""
    if type(a) is Failure:
        return b if type(b) is Failure and b.fatal else a
    return b if type(b) is Failure else None


def is_fatal(value: Value) -> bool:
    """Say whether a value is a failure that nothing turns into null."""
    return type(value) is Failure and value.fatal


def _comparable(a: Value, b: Value) -> tuple[Value, Value] | None:
    """Give two values that Python can order, or None."""
    kind, other = type(a), type(b)
    if kind is float:
        a, kind = from_float(a), Decimal  # type: ignore[arg-type]
    if other is float:
        b, other = from_float(b), Decimal  # type: ignore[arg-type]
    if kind is int or kind is Decimal:
        return (a, b) if other is int or other is Decimal else None
    if kind is not other or kind in (bool, type(None), dict, Function, Range, Failure):
        return None
    if kind is str:
        if a.isascii() or b.isascii():  # type: ignore[attr-defined]
            return a, b
        return a.encode("utf-16-be", "surrogatepass"), b.encode("utf-16-be", "surrogatepass")  # type: ignore[attr-defined]
    if kind is list:
        msg = f"{display(a)} can not be compared to {display(b)}"
        raise FeelError(msg)
    return a, b


def _ordered(a: Value, b: Value, w: Warnings) -> tuple[Value, Value] | None:
    pair = _comparable(a, b)
    if pair is None:
        if type(a) is Failure or type(b) is Failure:
            return None
        a, b = pure(a), pure(b)
        pair = _comparable(a, b)
        if pair is None:
            w.append(("NOT_COMPARABLE", a, b))
    return pair


def lt(a: Value, b: Value, w: Warnings) -> Value:
    pair = _ordered(a, b, w)
    return _failure(a, b) if pair is None else pair[0] < pair[1]  # type: ignore[operator]


def le(a: Value, b: Value, w: Warnings) -> Value:
    pair = _ordered(a, b, w)
    return _failure(a, b) if pair is None else pair[0] <= pair[1]  # type: ignore[operator]


def gt(a: Value, b: Value, w: Warnings) -> Value:
    pair = _ordered(a, b, w)
    return _failure(a, b) if pair is None else pair[0] > pair[1]  # type: ignore[operator]


def ge(a: Value, b: Value, w: Warnings) -> Value:
    pair = _ordered(a, b, w)
    return _failure(a, b) if pair is None else pair[0] >= pair[1]  # type: ignore[operator]


def in_interval(
    value: Value,
    start: Value,
    end: Value,
    start_included: bool,
    end_included: bool,
    w: Warnings,
) -> bool | None:
    low, high = _comparable(value, start), _comparable(value, end)
    if low is None or high is None:
        w.append(("NOT_COMPARABLE", value, start, end))
        return None
    above = low[0] >= low[1] if start_included else low[0] > low[1]  # type: ignore[operator]
    below = high[0] <= high[1] if end_included else high[0] < high[1]  # type: ignore[operator]
    return bool(above and below)


def passes(value: Value, test: Value, w: Warnings) -> Value:
    """Decide a unary test that is an expression: true, or equal, or a list with the value in it."""
    if test is True:
        return True
    if type(test) is Failure:
        return False
    if type(test) is list and any(equal(value, item) is True for item in test):
        return True
    same = eq(value, test, w)
    if same is None and (type(test) is list or type(test) is bool):
        return False
    return same


# --- arithmetic


def _number(value: Value) -> Value:
    """Give an operand as FEEL value."""
    return from_float(value) if type(value) is float else pure(value)


def add(a: Value, b: Value, w: Warnings) -> Value:
    kind, other = type(a), type(b)
    if kind is float:
        a, kind = from_float(a), Decimal  # type: ignore[arg-type]
    if other is float:
        b, other = from_float(b), Decimal  # type: ignore[arg-type]
    if (kind is Decimal or kind is int) and (other is Decimal or other is int):
        return math.add(a, b)  # type: ignore[arg-type]
    if kind is str and other is str:
        text = a + b  # type: ignore[operator]
        charge_text(text)
        return text
    return _other_types(add, "add", a, b, w)


def sub(a: Value, b: Value, w: Warnings) -> Value:
    kind, other = type(a), type(b)
    if kind is float:
        a, kind = from_float(a), Decimal  # type: ignore[arg-type]
    if other is float:
        b, other = from_float(b), Decimal  # type: ignore[arg-type]
    if (kind is Decimal or kind is int) and (other is Decimal or other is int):
        return math.subtract(a, b)  # type: ignore[arg-type]
    return _other_types(sub, "subtract", a, b, w)


def mul(a: Value, b: Value, w: Warnings) -> Value:
    kind, other = type(a), type(b)
    if kind is float:
        a, kind = from_float(a), Decimal  # type: ignore[arg-type]
    if other is float:
        b, other = from_float(b), Decimal  # type: ignore[arg-type]
    if (kind is Decimal or kind is int) and (other is Decimal or other is int):
        return math.multiply(a, b)  # type: ignore[arg-type]
    return _other_types(mul, "multiply", a, b, w)


def div(a: Value, b: Value, w: Warnings) -> Value:
    kind, other = type(a), type(b)
    if kind is float:
        a, kind = from_float(a), Decimal  # type: ignore[arg-type]
    if other is float:
        b, other = from_float(b), Decimal  # type: ignore[arg-type]
    if (kind is Decimal or kind is int) and (other is Decimal or other is int):
        if b:
            return math.divide(a, b)  # type: ignore[arg-type]
        w.append(("MATH", "divide", a, b))
        return None
    return _other_types(div, "divide", a, b, w)


def _other_types(again: Callable[..., Value], operation: str, a: Value, b: Value, w: Warnings) -> Value:
    """Calculate with what is no number: temporal values, or what the caller gave in types of Python."""
    if type(a) not in PLAIN or type(b) not in PLAIN:
        better = pure(a), pure(b)
        if better[0] is not a or better[1] is not b:
            return again(*better, w)
    failure = _failure(a, b)
    if failure is not None:
        return failure if failure.fatal else None
    temporal = TEMPORAL_OPERATIONS.get(operation)
    result = temporal(a, b) if temporal is not None else None
    if result is None:
        w.append(("MATH", operation, a, b))
    return result


def power(a: Value, b: Value, w: Warnings) -> Value:
    if type(a) is Failure or type(b) is Failure:
        failure = _failure(a, b)
        return failure if is_fatal(failure) else None
    for operand in (a, b):
        if type(operand) not in NUMBERS:
            w.append(("EXPECTED", "number", operand))
            return None
    return math.power(_number(a), _number(b))  # type: ignore[arg-type]


def negate(value: Value, w: Warnings) -> Value:
    if type(value) not in NUMBERS:
        value = pure(value)
        if type(value) is Failure:
            return value if value.fatal else None
        if type(value) not in NUMBERS:
            w.append(("EXPECTED", "number", value))
            return None
    value = _number(value)
    return math.negate(value)  # type: ignore[arg-type]


def span(start: Value, end: Value, w: Warnings) -> list[Value] | range | None:
    """Give the numbers of `start..end`, downwards if the end is less."""
    for side in (start, end):
        if type(side) not in NUMBERS:
            w.append(("EXPECTED", "number", side))
            return None
    first, last = _number(start), _number(end)
    distance = math.subtract(last, first)  # type: ignore[arg-type]
    count = abs(int(distance)) + 1 if -(10**18) < distance < 10**18 else 10**18
    if type(first) is int and type(last) is int:
        check_size(count, "list of the iteration")
        return range(first, last + 1) if first <= last else range(first, last - 1, -1)
    charge(count)
    step = 1 if first <= last else -1  # type: ignore[operator]
    return [math.add(first, position * step) for position in range(count)]  # type: ignore[arg-type]


def charge_text(text: str) -> None:
    """Pay for a long text that was made."""
    size = len(text)
    if size > 99:
        check_size(size, "text")
        charge(size >> 5)


def snapshot(items: list[Value]) -> list[Value]:
    """Copy the results so far, for `partial`."""
    charge(len(items) >> 3)
    return items[:]


# --- functions


def no_function(name: str, shape: int | tuple[str, ...], w: Warnings) -> None:
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


_BY_NAME: tuple[object, ...] = (
    Function,
    FunctionFailure,
    as_variadic,
    at_index,
    call,
    charge,
    charge_text,
    entries,
    entry_function,
    failed,
    in_interval,
    instance_of,
    is_fatal,
    make_range,
    matching,
    method,
    negate,
    negated,
    host_chain,
    host_path,
    host_steps,
    no_entry,
    no_host_entry,
    no_function,
    no_variable,
    not_boolean,
    outwardly_pure,
    partial,
    passes,
    path,
    power,
    pure,
    snapshot,
    span,
    stopped,
    to_list,
    unary_input,
    warn_again,
    whole,
    *(eq, ne, lt, le, gt, ge, add, sub, mul, div),
)

# The globals of all generated code. It reads them and writes none.
NAMESPACE: dict[str, object] = {
    "__builtins__": {"type": type, "len": len, "dict": dict, "list": list, "str": str, "int": int, "float": float},
    "A": active,
    "HIGH": math.HIGH,
    "LOW": math.LOW,
    "M": M,
    "Failure": Failure,
    "NO_INPUT": NO_INPUT,
    "NUMBERS": NUMBERS,
    "PLAIN": PLAIN,
    "X": (KeyError, TypeError, AttributeError),
    "rounded": math.rounded,
    **{part.__name__: part for part in _BY_NAME},  # type: ignore[attr-defined]
}

Operation = Callable[..., Value]

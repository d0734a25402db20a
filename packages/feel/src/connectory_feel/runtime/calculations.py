"""Calculations, with numbers and with what else can be added or subtracted."""

from collections.abc import Callable
from decimal import Decimal

from connectory_feel import arithmetic as math
from connectory_feel.limits import charge, check_size
from connectory_feel.runtime.failures import failure_of, is_fatal
from connectory_feel.runtime.host import pure
from connectory_feel.values import PLAIN, TEMPORAL_OPERATIONS, Failure, Value, from_float
from connectory_feel.warnings import Warnings

__all__ = ["NUMBERS", "add", "charge_text", "div", "mul", "negate", "power", "span", "sub"]

NUMBERS = frozenset([int, Decimal, float])


def _number(value: Value) -> Value:
    """Give an operand as FEEL value."""
    return from_float(value) if type(value) is float else pure(value)


def add(a: Value, b: Value, w: Warnings) -> Value:
    """Add numbers, texts, or temporal values."""
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
    """Subtract numbers or temporal values."""
    kind, other = type(a), type(b)
    if kind is float:
        a, kind = from_float(a), Decimal  # type: ignore[arg-type]
    if other is float:
        b, other = from_float(b), Decimal  # type: ignore[arg-type]
    if (kind is Decimal or kind is int) and (other is Decimal or other is int):
        return math.subtract(a, b)  # type: ignore[arg-type]
    return _other_types(sub, "subtract", a, b, w)


def mul(a: Value, b: Value, w: Warnings) -> Value:
    """Multiply numbers, or a duration."""
    kind, other = type(a), type(b)
    if kind is float:
        a, kind = from_float(a), Decimal  # type: ignore[arg-type]
    if other is float:
        b, other = from_float(b), Decimal  # type: ignore[arg-type]
    if (kind is Decimal or kind is int) and (other is Decimal or other is int):
        return math.multiply(a, b)  # type: ignore[arg-type]
    return _other_types(mul, "multiply", a, b, w)


def div(a: Value, b: Value, w: Warnings) -> Value:
    """Divide numbers, or a duration; by zero gives null."""
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
    failure = failure_of(a, b)
    if failure is not None:
        return failure if failure.fatal else None
    temporal = TEMPORAL_OPERATIONS.get(operation)
    result = temporal(a, b) if temporal is not None else None
    if result is None:
        w.append(("MATH", operation, a, b))
    return result


def power(a: Value, b: Value, w: Warnings) -> Value:
    """Raise a number to a power."""
    if type(a) is Failure or type(b) is Failure:
        failure = failure_of(a, b)
        return failure if is_fatal(failure) else None
    for operand in (a, b):
        if type(operand) not in NUMBERS:
            w.append(("EXPECTED", "number", operand))
            return None
    return math.power(_number(a), _number(b))  # type: ignore[arg-type]


def negate(value: Value, w: Warnings) -> Value:
    """Change the sign of a number."""
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

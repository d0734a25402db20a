"""Comparisons and tests."""

from decimal import Decimal

from connectory_feel.errors import FeelError
from connectory_feel.runtime.failures import failure_of, not_boolean
from connectory_feel.runtime.host import pure
from connectory_feel.values import Failure, Function, Range, Value, display, equal, from_float, type_name
from connectory_feel.warnings import Warnings

__all__ = ["eq", "ge", "gt", "in_interval", "instance_of", "le", "lt", "ne", "negated", "passes"]


def negated(value: Value, w: Warnings) -> bool | None:
    """Give the opposite of a boolean; null for anything else."""
    if value is True:
        return False
    if value is False:
        return True
    not_boolean(value, w)
    return None


def instance_of(value: Value, wanted: str) -> bool:
    """Tell whether a value is of the type with this name; null is of none."""
    if value is None:
        return False
    if wanted == "Any":
        return True
    return wanted == ("number" if type(value) is float else type_name(value))


def eq(a: Value, b: Value, w: Warnings) -> Value:
    """Tell whether two values are equal; null if they are of types that have nothing in common."""
    if type(a) is Failure or type(b) is Failure:
        return failure_of(a, b)
    same = equal(a, b)
    if same is None:
        a, b = pure(a), pure(b)
        same = equal(a, b)
        if same is None:
            w.append(("NOT_COMPARABLE", a, b))
    return same


def ne(a: Value, b: Value, w: Warnings) -> Value:
    """Tell whether two values differ."""
    same = eq(a, b, w)
    if same is None:
        return not_boolean(None, w)  # type: ignore[func-returns-value]
    return same if type(same) is Failure else not same


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
    """Tell whether `a < b`."""
    pair = _ordered(a, b, w)
    return failure_of(a, b) if pair is None else pair[0] < pair[1]  # type: ignore[operator]


def le(a: Value, b: Value, w: Warnings) -> Value:
    """Tell whether `a <= b`."""
    pair = _ordered(a, b, w)
    return failure_of(a, b) if pair is None else pair[0] <= pair[1]  # type: ignore[operator]


def gt(a: Value, b: Value, w: Warnings) -> Value:
    """Tell whether `a > b`."""
    pair = _ordered(a, b, w)
    return failure_of(a, b) if pair is None else pair[0] > pair[1]  # type: ignore[operator]


def ge(a: Value, b: Value, w: Warnings) -> Value:
    """Tell whether `a >= b`."""
    pair = _ordered(a, b, w)
    return failure_of(a, b) if pair is None else pair[0] >= pair[1]  # type: ignore[operator]


def in_interval(
    value: Value,
    start: Value,
    end: Value,
    start_included: bool,
    end_included: bool,
    w: Warnings,
) -> bool | None:
    """Tell whether a value lies between two others."""
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

"""Built-ins that make one value of a list of numbers, and the least and greatest of a list."""

import math
from decimal import Context, Decimal
from functools import reduce

from connectory_feel import arithmetic
from connectory_feel.errors import FeelError
from connectory_feel.java.doubles import from_double, to_double
from connectory_feel.limits import charge
from connectory_feel.values import Function, FunctionFailure, Value, compare, display, illegal_arguments

__all__ = ["FUNCTIONS"]

Number = int | Decimal
_DIGITS = 34
_NUMBERS = frozenset([int, Decimal])


def _numbers(items: Value) -> list[Number]:
    if type(items) is not list:
        raise illegal_arguments(items)
    charge(len(items))
    if not _NUMBERS.issuperset(map(type, items)):
        wrong = next(item for item in items if type(item) not in _NUMBERS)
        msg = f"expected number but found '{display(wrong)}'"
        raise FunctionFailure(msg)
    return items


def _wide(number: Number) -> Context | None:
    """Give the context of a number with more digits than a result has; only literals and texts can make one."""
    if type(number) is Decimal and len(number.as_tuple().digits) > _DIGITS:
        context = arithmetic.CONTEXT.copy()
        context.prec = len(number.as_tuple().digits)
        return context
    return None


def _total(numbers: list[Number]) -> Number:
    if {*map(type, numbers)} == {int}:
        total = sum(numbers)
        return total if arithmetic.LOW < total < arithmetic.HIGH else arithmetic.rounded(int(total))
    total = numbers[0]
    wide = _wide(total)
    if wide is not None:
        for number in numbers[1:]:
            total = wide.add(Decimal(total), Decimal(number))
        return total
    sum_ = reduce(arithmetic.CONTEXT.add, numbers[1:], Decimal(total))
    return sum_ or sum_.copy_abs()


def total(items: Value) -> Value:
    """Add numbers; null of none."""
    numbers = _numbers(items)
    return _total(numbers) if numbers else None


def product(items: Value) -> Value:
    """Multiply numbers; null of none."""
    numbers = _numbers(items)
    if not numbers:
        return None
    result = numbers[0]
    for number in numbers[1:]:
        result = arithmetic.multiply(result, number)
    return result


def mean(items: Value) -> Value:
    """Give the average; null of none."""
    numbers = _numbers(items)
    return arithmetic.divide(_total(numbers), len(numbers)) if numbers else None


def median(items: Value) -> Value:
    """Give the number in the middle, or the average of the two there; null of none."""
    numbers = sorted(_numbers(items))
    if not numbers:
        return None
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return arithmetic.divide(arithmetic.add(numbers[middle - 1], numbers[middle]), 2)


def stddev(items: Value) -> Value:
    """Give the standard deviation of a sample; null of none."""
    numbers = _numbers(items)
    if not numbers:
        return None
    if len(numbers) == 1:
        msg = "stddev: one number has no deviation"
        raise FeelError(msg)
    average = arithmetic.divide(_total(numbers), len(numbers))
    squares: Number = 0
    for number in numbers:
        distance = arithmetic.subtract(number, average)
        squares = arithmetic.add(squares, arithmetic.multiply(distance, distance))
    return from_double(math.sqrt(to_double(arithmetic.divide(squares, len(numbers) - 1))))


def mode(items: Value) -> Value:
    """Give the most frequent numbers, in order."""
    counts: dict[Number, int] = {}
    for number in _numbers(items):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)


def _comparable(values: list[Value]) -> bool:
    """Say whether the values have an order, as far as their types tell; lists of such values count as well."""
    charge(len(values))
    kinds = {*map(type, values)}
    if kinds and kinds <= _NUMBERS:
        return True
    first = values[0] if values else None
    if type(first) is list:
        return _comparable(first) and all(type(value) is list for value in values)
    return all(compare(value, first) is not None for value in values) and bool(values)


def _extreme(items: Value, sign: int) -> Value:
    if type(items) is not list:
        raise illegal_arguments(items)
    if not items:
        return None
    if not _comparable(items):
        msg = f"{display(items)} is not comparable"
        raise FunctionFailure(msg)
    if type(items[0]) in _NUMBERS:
        return min(items) if sign < 0 else max(items)
    best = items[0]
    for value in items[1:]:
        if type(value) is list:
            msg = f"{display(best)} can not be compared to {display(value)}"
            raise FeelError(msg)
        if compare(value, best) == sign:
            best = value
    return best


def least(items: Value) -> Value:
    """Give the least value; null of none."""
    return _extreme(items, -1)


def greatest(items: Value) -> Value:
    """Give the greatest value; null of none."""
    return _extreme(items, 1)


FUNCTIONS: dict[str, list[Function]] = {
    "sum": [Function(("list",), total, variadic=True)],
    "product": [Function(("list",), product, variadic=True)],
    "mean": [Function(("list",), mean, variadic=True)],
    "median": [Function(("list",), median, variadic=True)],
    "stddev": [Function(("list",), stddev, variadic=True)],
    "mode": [Function(("list",), mode, variadic=True)],
    "min": [Function(("list",), least, variadic=True)],
    "max": [Function(("list",), greatest, variadic=True)],
}

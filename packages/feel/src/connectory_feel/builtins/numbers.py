"""Built-ins for single numbers."""

import math
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
)

from connectory_feel import arithmetic
from connectory_feel.errors import FeelError, FeelLimitError
from connectory_feel.java.doubles import from_double, to_double
from connectory_feel.limits import active
from connectory_feel.temporal import DaysTimeDuration, YearsMonthsDuration
from connectory_feel.temporal.arithmetic import whole
from connectory_feel.temporal.calendar import wrap_int
from connectory_feel.values import Function, FunctionFailure, Value, illegal_arguments, is_number

__all__ = ["FUNCTIONS"]

Number = int | Decimal

_MODES = {
    "UP": ROUND_UP,
    "DOWN": ROUND_DOWN,
    "CEILING": ROUND_CEILING,
    "FLOOR": ROUND_FLOOR,
    "HALF_UP": ROUND_HALF_UP,
    "HALF_DOWN": ROUND_HALF_DOWN,
    "HALF_EVEN": ROUND_HALF_EVEN,
    "UNNECESSARY": ROUND_HALF_EVEN,
}
_WIDE = Context(prec=200, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
_UNITS = {places: Decimal((0, (1,), -places)) for places in range(-2, 10)}
# From this scale on, the reference itself gives up.
_IMPOSSIBLE_SCALE = 646_456_993
_MIN_SCALE = -2_147_483_646


def _scaled(number: Number, scale: Value, mode: str) -> Number:
    """Bring a number to a number of digits after the point."""
    places = wrap_int(whole(scale))
    value = Decimal(number)
    if places == 0 and type(number) is int:
        return number
    if not number:
        return Decimal((0, (0,), -places)) if places else 0
    if places <= _MIN_SCALE:
        msg = f"Failed to apply rounding mode '{mode}': Underflow"
        raise FunctionFailure(msg)
    if places >= _IMPOSSIBLE_SCALE:
        msg = f"Failed to apply rounding mode '{mode}': BigInteger would overflow supported range"
        raise FunctionFailure(msg)
    digits = max(value.adjusted(), 0) + places + 2
    if digits > active().exponent:
        msg = f"a number of {digits} digits; the limit is {active().exponent}"
        raise FeelLimitError(msg)
    context = _WIDE if digits < _WIDE.prec else Context(prec=digits, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
    result = value.quantize(_UNITS.get(places) or Decimal((0, (1,), -places)), _MODES[mode], context)
    if mode == "UNNECESSARY" and result != value:
        msg = "Failed to apply rounding mode 'UNNECESSARY': Rounding necessary"
        raise FunctionFailure(msg)
    if not result:
        result = result.copy_abs()  # there is no negative zero
    return int(result) if places == 0 and result.adjusted() < 34 else result


def _rounding(mode: str) -> tuple[Function, Function]:
    def to_integer(n: Value) -> Value:
        if not is_number(n):
            raise illegal_arguments(n)
        return n if type(n) is int else _scaled(n, 0, mode)  # type: ignore[arg-type]

    def to_scale(n: Value, scale: Value) -> Value:
        if not is_number(n) or not is_number(scale):
            raise illegal_arguments(n, scale)
        return _scaled(n, scale, mode)  # type: ignore[arg-type]

    # The reference's names for the second parameter, with the misspelling that expressions may use.
    second = "scala" if mode in {"FLOOR", "HALF_DOWN"} else "scale"
    return Function(("n",), to_integer), Function(("n", second), to_scale)


def decimal_with_mode(n: Value, scale: Value, mode: Value) -> Value:
    """Round to a number of digits after the point, in a mode that is named."""
    if not is_number(n) or not is_number(scale) or type(mode) is not str:
        raise illegal_arguments(n, scale, mode)
    if mode.upper() not in _MODES:
        msg = f"Illegal argument '{mode}' for rounding mode. Must be one of: {', '.join(_MODES)}"
        raise FunctionFailure(msg)
    return _scaled(n, scale, mode.upper())  # type: ignore[arg-type]


def absolute(n: Value) -> Value:
    """Give a number or a duration without its sign."""
    if is_number(n):
        return abs(n) if type(n) is int else n.copy_abs()  # type: ignore[attr-defined]
    if isinstance(n, DaysTimeDuration):
        return DaysTimeDuration(abs(n.nanos))
    if isinstance(n, YearsMonthsDuration):
        return YearsMonthsDuration(abs(n.months))
    raise illegal_arguments(n)


_REMAINDER = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation])


def modulo(dividend: Value, divisor: Value) -> Value:
    """Give the remainder, with the sign of the divisor."""
    if not is_number(dividend) or not is_number(divisor):
        raise illegal_arguments(dividend, divisor)
    if not divisor:
        msg = "modulo: division by zero"
        raise FeelError(msg)
    if type(dividend) is int and type(divisor) is int and arithmetic.LOW < 10 * divisor < arithmetic.HIGH:
        return dividend % divisor
    a, b = Decimal(dividend), Decimal(divisor)  # type: ignore[arg-type]
    context = _REMAINDER
    if len(a.as_tuple().digits) > 34:
        context = _REMAINDER.copy()
        context.prec = len(a.as_tuple().digits)
    try:
        # As the reference does it; the sum is rounded to 34 digits, so a great divisor costs small digits.
        rest = context.remainder(arithmetic.CONTEXT.add(context.remainder(a, b), b), b)
    except InvalidOperation:
        if _divides(a, b):
            return 0
        msg = "modulo: the quotient has too many digits"
        raise FeelError(msg) from None
    return rest if rest else rest.copy_abs()


def _divides(a: Decimal, b: Decimal) -> bool:
    """Say whether the quotient is a whole number of no more than 34 digits, zeros at its end aside."""
    context = _REMAINDER.copy()
    context.clear_flags()
    quotient = context.divide(a, b).normalize()
    exponent = quotient.as_tuple().exponent
    return not context.flags[Inexact] and isinstance(exponent, int) and exponent >= 0


def sqrt(number: Value) -> Value:
    """Give the square root; null of a negative number."""
    if not is_number(number):
        raise illegal_arguments(number)
    return None if number < 0 else from_double(math.sqrt(to_double(number)))  # type: ignore[arg-type, operator]


def log(number: Value) -> Value:
    """Give the natural logarithm."""
    if not is_number(number):
        raise illegal_arguments(number)
    value = to_double(number)  # type: ignore[arg-type]
    if value <= 0:
        msg = f"log: there is no logarithm of {number}"
        raise FeelError(msg)
    return from_double(math.log(value))


def exp(number: Value) -> Value:
    """Give e to a power."""
    if not is_number(number):
        raise illegal_arguments(number)
    try:
        return from_double(math.exp(to_double(number)))  # type: ignore[arg-type]
    except OverflowError:
        msg = "exp: the result is out of range"
        raise FeelError(msg) from None


def odd(number: Value) -> Value:
    """Say whether a number is whole and odd."""
    if not is_number(number):
        raise illegal_arguments(number)
    return _parity(number) == 1  # type: ignore[arg-type]


def even(number: Value) -> Value:
    """Say whether a number is whole and even."""
    if not is_number(number):
        raise illegal_arguments(number)
    return _parity(number) == 0  # type: ignore[arg-type]


def _parity(number: Number) -> int | None:
    """Give the remainder of a whole number by 2; None of a fraction."""
    if type(number) is Decimal:
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent > 0:
            return 0
        if number.adjusted() > active().exponent or number != number.to_integral_value():
            return None
    return int(number) % 2


def random_number() -> Value:
    """Give a random number from 0 to below 1."""
    from random import random

    return from_double(random())  # noqa: S311 - no secret is made of it


FUNCTIONS: dict[str, list[Function]] = {
    "floor": list(_rounding("FLOOR")),
    "ceiling": list(_rounding("CEILING")),
    "round up": [_rounding("UP")[1]],
    "round down": [_rounding("DOWN")[1]],
    "round half up": [_rounding("HALF_UP")[1]],
    "round half down": [_rounding("HALF_DOWN")[1]],
    "decimal": [_rounding("HALF_EVEN")[1], Function(("n", "scale", "mode"), decimal_with_mode)],
    "abs": [Function(("number",), absolute), Function(("n",), absolute)],
    "modulo": [Function(("dividend", "divisor"), modulo)],
    "sqrt": [Function(("number",), sqrt)],
    "log": [Function(("number",), log)],
    "exp": [Function(("number",), exp)],
    "odd": [Function(("number",), odd)],
    "even": [Function(("number",), even)],
    "random number": [Function((), random_number)],
}

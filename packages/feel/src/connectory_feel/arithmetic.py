"""Numbers: 34 digits, rounded half to even, with the scale that the operation gives.

A number is an `int` while it is whole and has no scale of its own, else a `Decimal`.
"""

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from connectory_feel.errors import FeelError

__all__ = ["CONTEXT", "HIGH", "LOW", "add", "divide", "multiply", "negate", "power", "rounded", "subtract"]

# The exponents of Java's BigDecimal have 32 bits; beyond them an operation fails, here with an ArithmeticError.
CONTEXT = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-2_147_483_646,
    Emax=2_147_483_646,
    traps=[Overflow, InvalidOperation, DivisionByZero],
)
# Raising to a power needs room for exponents on its way.
_POWERS = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation])
HIGH = 10**34
LOW = -HIGH

Number = int | Decimal

_add, _subtract, _multiply, _divide = CONTEXT.add, CONTEXT.subtract, CONTEXT.multiply, CONTEXT.divide

_MAX_POWER = 999_999_999
_DIGITS = 34
# A number of so many bits has 34 digits at most.
_EXACT_BITS = 112


def rounded(number: int) -> Number:
    """Bring a whole number that became too long back to 34 digits."""
    return CONTEXT.plus(Decimal(number))


def _checked(number: Decimal) -> Decimal:
    return number or number.copy_abs()  # there is no negative zero


def add(a: Number, b: Number) -> Number:
    """Add two numbers."""
    if type(a) is int and type(b) is int:
        total = a + b
        return total if LOW < total < HIGH else rounded(total)
    return _add(a, b) or _checked(_add(a, b))


def subtract(a: Number, b: Number) -> Number:
    """Subtract the second number from the first."""
    if type(a) is int and type(b) is int:
        total = a - b
        return total if LOW < total < HIGH else rounded(total)
    return _subtract(a, b) or _checked(_subtract(a, b))


def multiply(a: Number, b: Number) -> Number:
    """Multiply two numbers."""
    if type(a) is int and type(b) is int:
        total = a * b
        return total if LOW < total < HIGH else rounded(total)
    return _multiply(a, b) or _checked(_multiply(a, b))


def divide(a: Number, b: Number) -> Number:
    """Divide; the divisor is not zero."""
    if type(a) is int and type(b) is int:
        quotient, rest = divmod(a, b)
        if not rest:
            return quotient
    return _checked(_divide(Decimal(a), Decimal(b)))


def negate(a: Number) -> Number:
    """Change the sign."""
    if type(a) is int:
        return -a
    return a.copy_negate() if a else a  # type: ignore[union-attr]


def power(a: Number, b: Number) -> Number:
    """Raise to a power: exactly to 34 digits for a whole exponent, through doubles for a fraction."""
    if not -_MAX_POWER <= b <= _MAX_POWER or b != int(b):
        return _power_of_doubles(a, b)
    exponent = int(b)
    if exponent < 0:
        if not a:
            msg = "zero cannot be raised to a negative power"
            raise FeelError(msg)
        return divide(1, power(a, -exponent))
    if type(a) is int and (exponent <= 1 or a.bit_length() * exponent <= _EXACT_BITS):
        return int(a**exponent)
    result = _checked(CONTEXT.plus(_POWERS.power(Decimal(a), exponent))) if exponent else Decimal(1)
    if type(a) is int and result.adjusted() < _DIGITS:
        return int(result)
    return result


def _power_of_doubles(a: Number, b: Number) -> Number:
    try:
        result = float(a) ** float(b)
    except (OverflowError, ZeroDivisionError):
        result = float("nan")
    if isinstance(result, complex) or result != result or abs(result) == float("inf"):
        msg = f"{a} ** {b} is no number"
        raise FeelError(msg)
    return Decimal(repr(result))

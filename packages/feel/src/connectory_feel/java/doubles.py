"""Doubles, through which the reference computes roots, logarithms and powers with a fraction."""

from decimal import Decimal

from connectory_feel.errors import FeelError

__all__ = ["from_double", "to_double"]


def to_double(number: int | Decimal) -> float:
    """Give the nearest double; infinity where the number is too large."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def from_double(value: float) -> Decimal:
    """Give the number that Java reads from its own text of a double.

    That text has at least one digit after the point (`4.0`), and an exponent below 0.001 and from 10,000,000 on
    (`1.0E10`), which decides the scale of the number.
    """
    if value != value or value in (float("inf"), float("-inf")):
        msg = f"{value} is no number"
        raise FeelError(msg)
    if value == 0:
        return Decimal("0.0")
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - infinities are dealt with above
    text = "".join(map(str, digits))
    short = text.rstrip("0")
    exponent += len(text) - len(short)
    # At least one digit after the point: of the plain text, or of the digit before the exponent.
    highest = -1 if 1e-3 <= abs(value) < 1e7 else exponent + len(short) - 2
    if exponent > highest:
        short += "0" * (exponent - highest)
        exponent = highest
    return Decimal((sign, tuple(map(int, short)), exponent))

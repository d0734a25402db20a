"""Values as the text that Java prints, where a form field or a part has no better notation."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def java_text(value: Any) -> str:
    """Return a value as Java's ``toString`` writes it: ``{a=1, b=x}``, ``[1, two]``, ``1.0E10``."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_float(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(java_text, value)) + "]"
    return str(value)


def java_float(value: float) -> str:
    """Return a number as ``Double.toString`` does: with an exponent below 0.001 and from ten millions on."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    assert isinstance(exponent, int)  # noqa: S101 - JSON knows no infinity
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{len(digits) - 1 + exponent}"

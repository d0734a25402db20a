"""JSON as the reference reads and writes it."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from connectory_feel.java.doubles import from_double
from connectory_feel.limits import charge, check_size
from connectory_feel.values import Value, display, entries

if TYPE_CHECKING:
    from json import JSONDecoder

__all__ = ["read", "write"]

_SPACE = " \t\r\n"
# The reference's own limit for the digits of a number.
_MAX_DIGITS = 1_000


def _integer(text: str) -> Value:
    if len(text) > _MAX_DIGITS:
        msg = "a number with too many digits"
        raise ValueError(msg)
    value = int(text)
    return value if len(text) <= 34 else Decimal(value)


def _fraction(text: str) -> Value:
    if len(text) > _MAX_DIGITS:
        msg = "a number with too many digits"
        raise ValueError(msg)
    value = float(text)
    return None if value in (float("inf"), float("-inf")) else from_double(value)


def _no_constant(text: str) -> Value:
    msg = f"{text} is not JSON"
    raise ValueError(msg)


@cache
def _decoder() -> "JSONDecoder":
    from json import JSONDecoder

    return JSONDecoder(parse_float=_fraction, parse_int=_integer, parse_constant=_no_constant)


def read(text: str) -> Value:
    """Read a value and leave what follows it.

    Raises:
        ValueError: the text is not JSON.
    """
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        value, end = _decoder().raw_decode(text, start)
    except RecursionError:
        msg = "nested too deep"
        raise ValueError(msg) from None
    following = text[end : end + 1]
    number = type(value) is int or type(value) is Decimal
    if following and ((number and following not in _SPACE) or (_is_word(value) and following.isalnum())):
        msg = f"unexpected '{following}'"
        raise ValueError(msg)
    return value


def _is_word(value: Value) -> bool:
    return value is None or type(value) is bool


def write(value: Value) -> str:
    """Write a value without spaces; what JSON does not have becomes a string."""
    kind = type(value)
    if kind is str:
        return _quoted(value)  # type: ignore[arg-type]
    if kind is list:
        return f"[{_joined(map(write, value))}]"  # type: ignore[call-overload]
    if kind is dict:
        members = (f"{_quoted(key)}:{write(item)}" for key, item in entries(value).items())  # type: ignore[arg-type]
        return "{" + _joined(members) + "}"
    if value is None or kind is bool or kind is int or kind is Decimal:
        return display(value)
    iso = getattr(value, "iso", None)
    return _quoted(display(value) if iso is None else iso())


def _joined(texts: Iterable[str]) -> str:
    """Join texts; values that contain each other many times over may be small and their text huge."""
    parts: list[str] = []
    size = 0
    for text in texts:
        parts.append(text)
        size += len(text) + 1
        if size > 10_000:
            check_size(size, "text")
    charge(4 * len(parts))
    return ",".join(parts)


def _quoted(text: str) -> str:
    from json.encoder import encode_basestring

    return encode_basestring(text)
